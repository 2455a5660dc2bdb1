"""Lowering of convolutions, dense layers and matrix products."""

from __future__ import annotations

from viewer.models.graph.graph import Shape
from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, make_lowering_table

PARTS = ("input", "weight", "bias")


def convolution(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``conv1d`` to ``conv3d`` and ``convolution`` to one operator."""
    weight = call.tensor("weight")
    rank = builder.rank(weight) - 2
    inputs = (call.tensor("input"), weight, call.optional_tensor("bias"))
    attributes = {
        "stride": call.sizes("stride", rank),
        "padding": call.sizes("padding", rank),
        "dilation": call.sizes("dilation", rank),
        "groups": call.number("groups"),
    }
    if not call.get("transposed", False):
        return builder.add("conv", inputs, attributes)
    return builder.add(
        "conv_transpose", inputs, attributes | {"output_padding": call.sizes("output_padding", rank)}
    )


def convolution_transpose(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``conv_transpose1d`` to ``conv_transpose3d``."""
    weight = call.tensor("weight")
    rank = builder.rank(weight) - 2
    attributes = {
        name: call.sizes(name, rank) for name in ("stride", "padding", "dilation", "output_padding")
    }
    inputs = (call.tensor("input"), weight, call.optional_tensor("bias"))
    return builder.add("conv_transpose", inputs, attributes | {"groups": call.number("groups")})


def convolution_with_named_padding(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower a convolution with padding ``same`` or ``valid``."""
    x, weight = call.tensor("input"), call.tensor("weight")
    shape = builder.shape(weight)
    if shape is None or call["padding"] not in ("same", "valid"):
        raise call.error(f"has the padding {call['padding']}, but takes same or valid")
    rank = len(shape) - 2
    dilation = call.sizes("dilation", rank)
    totals = [
        spacing * ((size or 1) - 1) if call["padding"] == "same" else 0
        for spacing, size in zip(dilation, shape[2:], strict=True)
    ]
    if any(total % 2 for total in totals):
        amounts = [side for total in reversed(totals) for side in (0, total % 2)]
        attributes = {"amounts": amounts, "mode": "constant", "value": 0.0}
        input_shape = builder.shape(x)
        wider = input_shape and (
            *input_shape[:2],
            *(
                None if size is None else size + total % 2
                for size, total in zip(input_shape[2:], totals, strict=True)
            ),
        )
        x = builder.add("pad", (x,), attributes, shape=wider)
    attributes = {
        "stride": call.sizes("stride", rank),
        "padding": tuple(total // 2 for total in totals),
        "dilation": dilation,
        "groups": call.number("groups"),
    }
    return builder.add("conv", (x, weight, call.optional_tensor("bias")), attributes)


def linear(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``linear``."""
    return builder.add("linear", (call.tensor("input"), call.tensor("weight"), call.optional_tensor("bias")))


def add_matmul(builder: GraphBuilder, x: str, y: str, shape: Shape | None = None) -> str:
    """Add a matrix product; with a constant matrix on the right it is a dense layer.

    ``shape`` is the product's, by default that of the call's result.
    """
    if (
        builder.constant(y) is not None
        and builder.constant(x) is None
        and builder.rank(y) == 2
        and builder.rank(x) > 1
    ):
        weight = builder.add("permute", (y,), {"dims": (1, 0)})
        return builder.add("linear", (x, weight, None), shape=shape)
    return builder.add("matmul", (x, y), shape=shape)


def matmul(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``matmul``, ``mm`` and ``bmm``."""
    second = "other" if "other" in call.arguments else "mat2"
    return add_matmul(builder, call.tensor("self"), call.tensor(second))


def addmm(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``addmm`` and ``baddbmm``: beta · self + alpha · first @ second."""
    first, second = ("mat1", "mat2") if "mat1" in call.arguments else ("batch1", "batch2")
    x, y = call.tensor(first), call.tensor(second)
    bias = builder.constant(call.tensor("self"))
    unscaled = call.number("beta") == 1 and call.number("alpha") == 1
    if not unscaled:
        raise call.error("has alpha or beta other than 1", "write the scaling as a product")
    if bias is not None and bias.dim() == 1 and builder.constant(y) is not None and builder.rank(y) == 2:
        weight = builder.add("permute", (y,), {"dims": (1, 0)})
        return builder.add("linear", (x, weight, call.tensor("self")))
    return builder.add("add", (add_matmul(builder, x, y), call.tensor("self")))


LOWERINGS: Lowerings = make_lowering_table(
    {
        convolution: "conv1d.default conv2d.default conv3d.default convolution.default _convolution.default",
        convolution_with_named_padding: "conv1d.padding conv2d.padding conv3d.padding",
        convolution_transpose: "conv_transpose1d.default conv_transpose2d.input conv_transpose3d.input",
        linear: "linear.default",
        matmul: "matmul.default mm.default bmm.default",
        addmm: "addmm.default baddbmm.default",
    }
)
