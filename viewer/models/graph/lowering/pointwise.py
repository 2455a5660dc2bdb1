"""Lowering of activations, arithmetic and casts.

Arithmetic with a constant becomes ``affine`` if the result has the shape of the value.
"""

from __future__ import annotations

import torch

from viewer.models.graph.lowering.aten_call import AtenCall, TensorReference
from viewer.models.graph.lowering.builder import GraphBuilder, Lowering, Lowerings, make_lowering_table
from viewer.models.graph.lowering.passthrough import lower_passthrough
from viewer.models.graph.lowering.shape_ops import symbolic_shape


def unary(operator: str) -> Lowering:
    """Return the lowering of an operator with one input and no attributes."""
    return lambda call, builder: builder.add(operator, (call.tensor("self"),))


def leaky_relu(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``leaky_relu``."""
    return builder.add("leaky_relu", (call.tensor("self"),), {"slope": call.number("negative_slope")})


def rrelu(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``rrelu``, whose slope in evaluation mode is the middle of its range."""
    if call.get("training", False):
        raise call.error("draws its slope at random", "put the network into evaluation mode")
    slope = (call.number("lower") + call.number("upper")) / 2
    return builder.add("leaky_relu", (call.tensor("self"),), {"slope": slope})


def prelu(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``prelu``, with one weight or one per channel."""
    weight = call.tensor("weight")
    if builder.rank(weight) > 1:
        weight = builder.add("view", (weight,), {"shape": (-1,)}, shape=(None,))
    return builder.add("prelu", (call.tensor("self"), weight))


def elu(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``elu``."""
    attributes = {name: call.number(name) for name in ("alpha", "scale", "input_scale")}
    return builder.add("elu", (call.tensor("self"),), attributes)


def selu(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``selu`` (Klambauer et al. 2017), an ``elu`` with fixed constants."""
    attributes = {"alpha": 1.6732632423543772848, "scale": 1.0507009873554804934, "input_scale": 1.0}
    return builder.add("elu", (call.tensor("self"),), attributes)


def celu(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``celu``, an ``elu`` whose input is divided by its alpha."""
    alpha = call.number("alpha")
    attributes = {"alpha": alpha, "scale": 1.0, "input_scale": 1.0 / alpha}
    return builder.add("elu", (call.tensor("self"),), attributes)


def gelu(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``gelu``, exact or with the tanh approximation."""
    return builder.add("gelu", (call.tensor("self"),), {"approximate": str(call["approximate"])})


def hardtanh(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``hardtanh``; ``relu6`` is one from 0 to 6."""
    is_relu6 = "relu6" in call.target
    low, high = (0.0, 6.0) if is_relu6 else (call.number("min_val"), call.number("max_val"))
    return builder.add("hardtanh", (call.tensor("self"),), {"low": low, "high": high})


def clamp(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``clamp``, ``clamp_min`` and ``clamp_max``."""
    bounds = {"low": call.get("min"), "high": call.get("max")}
    if any(isinstance(bound, TensorReference) for bound in bounds.values()):
        raise call.error("has a bound that is a tensor", "use numbers")
    return builder.add("clamp", (call.tensor("self"),), bounds)


def power(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``pow`` with a fixed exponent, and operators equivalent to it."""
    fixed = {"rsqrt": -0.5, "reciprocal": -1.0, "square": 2.0}
    exponent = fixed.get(call.target.split(".")[1])
    if exponent is None:
        exponent = call.number("exponent")
    return builder.add("pow", (call.tensor("self"),), {"exponent": exponent})


def softmax(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``softmax`` and ``log_softmax``."""
    x = call.tensor("self")
    if call.get("dtype") is not None:
        x = builder.add("cast", (x,), {"dtype": call["dtype"]})
    operator = "log_softmax" if "log" in call.target else "softmax"
    return builder.add(operator, (x,), {"dim": call.number("dim")})


def identity(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower operators that change no value: copy, alias, detach."""
    del builder
    return call.tensor("self")


def dropout(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower every kind of dropout: a ``dropout`` node, which `hide_dropout` removes from the finished graph.

    Its attributes are the probability ``p`` of a zero, whether whole channels are dropped (``channels``), and
    whether it is the dropout of self-normalising networks (``alpha``).

    Raises
    ------
    CaptureError
        It is in training mode.
    """
    p = call.number("p")
    if call.get("train", call.get("training", False)) and p > 0:
        raise call.error("drops values at random", "put the network into evaluation mode")
    x = call.tensor("input" if "input" in call.arguments else "self")  # "self" in the in-place variant
    if not p or builder.constant(x) is not None:
        return x
    name = call.target.split(".")[1]
    attributes = {"p": float(p), "channels": "feature" in name, "alpha": "alpha" in name}
    return builder.add("dropout", (x,), attributes, like=x)


def cast(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``to`` and ``_to_copy``: a cast to another dtype; a change of device or layout is ignored."""
    dtype = call.get("dtype")
    x = call.tensor("self")
    if dtype is None or dtype == builder.value_dtype(x):
        return x
    return builder.add("cast", (x,), {"dtype": dtype})


def cast_as(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``type_as``."""
    x, other = call.tensor("self"), call.tensor("other")
    dtype = builder.value_dtype(other)
    return x if dtype == builder.value_dtype(x) else builder.add("cast", (x,), {"dtype": dtype})


def read_operands(call: AtenCall, builder: GraphBuilder) -> list[tuple[str, torch.Tensor | None]]:
    """Return the names of both operands, and the values of those that are numbers or constants.

    A number takes the dtype of the other operand, as in torch's type promotion.
    """
    names = ("other", "self") if "rsub" in call.target else ("self", "other")
    values = [call[name] for name in names]
    is_float = all(builder.is_float(value.name) for value in values if isinstance(value, TensorReference))
    operands: list[tuple[str, torch.Tensor | None]] = []
    for name, value in zip(names, values, strict=True):
        if isinstance(value, TensorReference):
            operands.append((value.name, builder.constant(value.name)))
        else:
            number = call.number(name)
            tensor = torch.tensor(number, dtype=builder.dtype if is_float else None, device=builder.device)
            operands.append((builder.add_constant(tensor), tensor))
    return operands


def preserves_shape(builder: GraphBuilder, x: str, constant: torch.Tensor) -> bool:
    """Return whether arithmetic with a constant preserves a value's shape and dtype."""
    shape = builder.shape(x)
    if shape is None or constant.dim() > len(shape) or not builder.is_float(x):
        return False
    sizes = shape[len(shape) - constant.dim() :]
    return constant.is_floating_point() and all(
        length == 1 or length == size for length, size in zip(constant.shape, sizes, strict=True)
    )


def add(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``add``, ``sub`` and ``rsub``, with their factor alpha."""
    (x, left), (y, right) = read_operands(call, builder)
    factor = float(call.number("alpha"))
    if "sub" in call.target:
        factor = -factor
    if left is None and right is not None and preserves_shape(builder, x, right):
        return builder.add_affine(x, None, right * factor, y)
    if right is None and left is not None and preserves_shape(builder, y, left):
        scale = None if factor == 1 else torch.tensor(factor, dtype=builder.dtype, device=builder.device)
        return builder.add_affine(y, scale, left, x)
    if factor == -1:
        return builder.add("sub", (x, y))
    if factor != 1:
        y = builder.add_affine(y, torch.tensor(factor, dtype=builder.dtype, device=builder.device), None)
    return builder.add("add", (x, y))


def multiply(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``mul``."""
    (x, left), (y, right) = read_operands(call, builder)
    if left is None and right is not None and preserves_shape(builder, x, right):
        return builder.add_affine(x, right, None, y)
    if right is None and left is not None and preserves_shape(builder, y, left):
        return builder.add_affine(y, left, None, x)
    return builder.add("mul", (x, y))


def divide(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``div`` without rounding."""
    (x, left), (y, right) = read_operands(call, builder)
    if left is None and right is not None and preserves_shape(builder, x, right):
        return builder.add_affine(x, right.reciprocal(), None, y)
    return builder.add("div", (x, y))


def gated_linear_unit(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``glu``: the first half of an axis times the sigmoid of the second."""
    x, dim = call.tensor("self"), call.number("dim")
    half = builder.size(x, dim) // 2
    value, gate = (
        builder.add("slice", (x,), {"dim": dim, "start": start, "end": start + half, "step": 1})
        for start in (0, half)
    )
    return builder.add("mul", (value, builder.add("sigmoid", (gate,))))


def elementwise_maximum(call: AtenCall, builder: GraphBuilder) -> str | tuple[str, ...]:
    """Lower ``maximum`` and ``minimum`` of two values to the maximum along a new last axis."""
    sign = -1.0 if "min" in call.target else 1.0
    shape = call.results[0].shape
    names = [call.tensor("self"), call.tensor("other")]
    full = next((name for name in names if builder.shape(name) == shape), None)
    if shape is None or full is None or not builder.is_float(full):
        return lower_passthrough(call, builder)
    unsqueezed = []
    for name in names:
        if builder.shape(name) != shape:
            name = builder.add("expand", (name,), {"shape": symbolic_shape(builder, full)}, shape=shape)
        unsqueezed.append(
            builder.add("unsqueeze", (add_scaling(name, sign, builder),), {"dim": -1}, shape=(*shape, 1))
        )
    stacked = builder.add("cat", unsqueezed, {"dim": -1}, shape=(*shape, 2))
    return add_scaling(builder.add("amax", (stacked,), {"dims": (-1,), "keepdim": False}), sign, builder)


def add_scaling(name: str, factor: float, builder: GraphBuilder) -> str:
    """Add the product of a value and a number, unless that is 1."""
    if factor == 1:
        return name
    number = torch.tensor(factor, dtype=builder.value_dtype(name), device=builder.device)
    return builder.add_affine(name, number, None)


def negate(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``neg``."""
    return add_scaling(call.tensor("self"), -1.0, builder)


def copy(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``copy``: a value replaced by another."""
    x, source = call.tensor("self"), call.tensor("src")
    shape = builder.shape(x)
    if shape is None or None in shape[1:]:
        raise call.error("writes into a value whose size is not fixed")
    if builder.value_dtype(x) != builder.value_dtype(source):
        source = builder.add(
            "cast", (source,), {"dtype": builder.value_dtype(x)}, shape=builder.shape(source)
        )
    if builder.shape(source) == shape:
        return source
    if shape and shape[0] is None:
        raise call.error("writes a smaller value into one that follows the batch")
    return builder.add("expand", (source,), {"shape": shape})


LOWERINGS: Lowerings = make_lowering_table(
    {
        unary("relu"): "relu.default",
        unary("sigmoid"): "sigmoid.default special_expit.default",
        unary("tanh"): "tanh.default",
        unary("silu"): "silu.default",
        unary("exp"): "exp.default",
        unary("sqrt"): "sqrt.default",
        unary("log"): "log.default",
        unary("abs"): "abs.default",
        leaky_relu: "leaky_relu.default",
        rrelu: "rrelu.default rrelu_with_noise.default rrelu_with_noise_functional.default",
        prelu: "prelu.default _prelu_kernel.default",
        elu: "elu.default",
        selu: "selu.default",
        celu: "celu.default",
        gelu: "gelu.default",
        hardtanh: "hardtanh.default relu6.default",
        clamp: "clamp.default clamp_min.default clamp_max.default clip.default",
        power: "pow.Tensor_Scalar rsqrt.default reciprocal.default square.default",
        softmax: "softmax.int _softmax.default log_softmax.int _log_softmax.default",
        identity: "alias.default detach.default clone.default contiguous.default lift_fresh.default "
        "lift_fresh_copy.default positive.default resolve_conj.default resolve_neg.default "
        "to.device to.prim_Device",
        dropout: "dropout.default feature_dropout.default alpha_dropout.default "
        "feature_alpha_dropout.default native_dropout.default",
        cast: "to.dtype to.dtype_layout to.other _to_copy.default",
        cast_as: "type_as.default",
        add: "add.Tensor add.Scalar sub.Tensor sub.Scalar rsub.Scalar rsub.Tensor",
        multiply: "mul.Tensor mul.Scalar",
        divide: "div.Tensor div.Scalar",
        negate: "neg.default",
        gated_linear_unit: "glu.default",
        elementwise_maximum: "maximum.default minimum.default max.other min.other fmax.default fmin.default",
        copy: "copy.default",
    }
)
