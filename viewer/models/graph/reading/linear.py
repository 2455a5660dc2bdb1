"""How convolutions, dense layers and matrix products are written, and the nodes they become."""

from __future__ import annotations

from viewer.models.graph.reading.call import Call
from viewer.models.graph.reading.draft import Draft
from viewer.models.graph.reading.translator import Translations, translations

PARTS = ("input", "weight", "bias")


def convolution(call: Call, draft: Draft) -> str:
    """``conv1d`` to ``conv3d`` and ``convolution``: one word for all."""
    weight = call.tensor("weight")
    rank = draft.rank(weight) - 2
    inputs = (call.tensor("input"), weight, call.optional("bias"))
    settings = {
        "stride": call.sizes("stride", rank),
        "padding": call.sizes("padding", rank),
        "dilation": call.sizes("dilation", rank),
        "groups": call.number("groups"),
    }
    if not call.get("transposed", False):
        return draft.add("conv", inputs, settings)
    return draft.add(
        "conv_transpose", inputs, settings | {"output_padding": call.sizes("output_padding", rank)}
    )


def transposed_convolution(call: Call, draft: Draft) -> str:
    """``conv_transpose1d`` to ``conv_transpose3d``."""
    weight = call.tensor("weight")
    rank = draft.rank(weight) - 2
    settings = {name: call.sizes(name, rank) for name in ("stride", "padding", "dilation", "output_padding")}
    inputs = (call.tensor("input"), weight, call.optional("bias"))
    return draft.add("conv_transpose", inputs, settings | {"groups": call.number("groups")})


def convolution_of_same_size(call: Call, draft: Draft) -> str:
    """A convolution with its padding given as ``same`` or ``valid``."""
    x, weight = call.tensor("input"), call.tensor("weight")
    shape = draft.shape(weight)
    if shape is None or call["padding"] not in ("same", "valid"):
        raise call.refused(f"has the padding {call['padding']}, and takes same or valid")
    rank = len(shape) - 2
    dilation = call.sizes("dilation", rank)
    whole = [
        far * ((size or 1) - 1) if call["padding"] == "same" else 0
        for far, size in zip(dilation, shape[2:], strict=True)
    ]
    if any(total % 2 for total in whole):
        amounts = [side for total in reversed(whole) for side in (0, total % 2)]
        settings = {"amounts": amounts, "mode": "constant", "value": 0.0}
        before = draft.shape(x)
        wider = before and (
            *before[:2],
            *(
                None if size is None else size + total % 2
                for size, total in zip(before[2:], whole, strict=True)
            ),
        )
        x = draft.add("pad", (x,), settings, shape=wider)
    settings = {
        "stride": call.sizes("stride", rank),
        "padding": tuple(total // 2 for total in whole),
        "dilation": dilation,
        "groups": call.number("groups"),
    }
    return draft.add("conv", (x, weight, call.optional("bias")), settings)


def dense(call: Call, draft: Draft) -> str:
    """``linear``."""
    return draft.add("linear", (call.tensor("input"), call.tensor("weight"), call.optional("bias")))


def product(draft: Draft, x: str, y: str) -> str:
    """A matrix product; with constant weights on the right it is a dense layer."""
    if (
        draft.constant(y) is not None
        and draft.constant(x) is None
        and draft.rank(y) == 2
        and draft.rank(x) > 1
    ):
        weight = draft.add("permute", (y,), {"dims": (1, 0)})
        return draft.add("linear", (x, weight, None))
    return draft.add("matmul", (x, y))


def matrix_product(call: Call, draft: Draft) -> str:
    """``matmul`` and ``mm``, ``bmm``."""
    second = "other" if "other" in call.arguments else "mat2"
    return product(draft, call.tensor("self"), call.tensor(second))


def matrix_product_and_sum(call: Call, draft: Draft) -> str:
    """``addmm`` and ``baddbmm``: beta · self + alpha · first @ second."""
    first, second = ("mat1", "mat2") if "mat1" in call.arguments else ("batch1", "batch2")
    x, y = call.tensor(first), call.tensor(second)
    bias = draft.constant(call.tensor("self"))
    plain = call.number("beta") == 1 and call.number("alpha") == 1
    if not plain:
        raise call.refused("scales its parts", "write the scaling as a product")
    if bias is not None and bias.dim() == 1 and draft.constant(y) is not None and draft.rank(y) == 2:
        weight = draft.add("permute", (y,), {"dims": (1, 0)})
        return draft.add("linear", (x, weight, call.tensor("self")))
    return draft.add("add", (product(draft, x, y), call.tensor("self")))


TRANSLATIONS: Translations = translations(
    {
        convolution: "conv1d.default conv2d.default conv3d.default convolution.default _convolution.default",
        convolution_of_same_size: "conv1d.padding conv2d.padding conv3d.padding",
        transposed_convolution: "conv_transpose1d.default conv_transpose2d.input conv_transpose3d.input",
        dense: "linear.default",
        matrix_product: "matmul.default mm.default bmm.default",
        matrix_product_and_sum: "addmm.default baddbmm.default",
    }
)
