"""How activations, arithmetic and casts are written, and the nodes they become.

Arithmetic with a constant becomes ``affine``, wherever the result is no larger than the value.
"""

from __future__ import annotations

import torch

from viewer.models.graph.reading.call import Call, Reference
from viewer.models.graph.reading.draft import Draft
from viewer.models.graph.reading.translator import Translations, Translator, translations


def plain(word: str) -> Translator:
    """An operator of one value and no settings."""
    return lambda call, draft: draft.add(word, (call.tensor("self"),))


def leaky_relu(call: Call, draft: Draft) -> str:
    """``leaky_relu``."""
    return draft.add("leaky_relu", (call.tensor("self"),), {"slope": call.number("negative_slope")})


def random_leaky_relu(call: Call, draft: Draft) -> str:
    """``rrelu``, whose slope in evaluation is the middle of its range."""
    if call.get("training", False):
        raise call.refused("draws its slope at random", "put the network into evaluation mode")
    slope = (call.number("lower") + call.number("upper")) / 2
    return draft.add("leaky_relu", (call.tensor("self"),), {"slope": slope})


def prelu(call: Call, draft: Draft) -> str:
    """``prelu``; its weights one or one a channel."""
    weight = call.tensor("weight")
    if draft.rank(weight) > 1:
        weight = draft.add("view", (weight,), {"shape": (-1,)}, shape=(None,))
    return draft.add("prelu", (call.tensor("self"), weight))


def elu(call: Call, draft: Draft) -> str:
    """``elu``."""
    settings = {name: call.number(name) for name in ("alpha", "scale", "input_scale")}
    return draft.add("elu", (call.tensor("self"),), settings)


def selu(call: Call, draft: Draft) -> str:
    """``selu`` (Klambauer et al. 2017), an ``elu`` with fixed constants."""
    settings = {"alpha": 1.6732632423543772848, "scale": 1.0507009873554804934, "input_scale": 1.0}
    return draft.add("elu", (call.tensor("self"),), settings)


def celu(call: Call, draft: Draft) -> str:
    """``celu``, an ``elu`` whose input is divided by its alpha."""
    alpha = call.number("alpha")
    settings = {"alpha": alpha, "scale": 1.0, "input_scale": 1.0 / alpha}
    return draft.add("elu", (call.tensor("self"),), settings)


def gelu(call: Call, draft: Draft) -> str:
    """``gelu``, exact or by tanh."""
    return draft.add("gelu", (call.tensor("self"),), {"approximate": str(call["approximate"])})


def hardtanh(call: Call, draft: Draft) -> str:
    """``hardtanh``; ``relu6`` is one from 0 to 6."""
    six = "relu6" in call.target
    low, high = (0.0, 6.0) if six else (call.number("min_val"), call.number("max_val"))
    return draft.add("hardtanh", (call.tensor("self"),), {"low": low, "high": high})


def clamp(call: Call, draft: Draft) -> str:
    """``clamp``, ``clamp_min`` and ``clamp_max``."""
    bounds = {"low": call.get("min"), "high": call.get("max")}
    if any(isinstance(bound, Reference) for bound in bounds.values()):
        raise call.refused("has a bound that is a tensor", "use numbers")
    return draft.add("clamp", (call.tensor("self"),), bounds)


def power(call: Call, draft: Draft) -> str:
    """``pow`` to a fixed exponent, and what is written as one."""
    fixed = {"rsqrt": -0.5, "reciprocal": -1.0, "square": 2.0}
    exponent = fixed.get(call.target.split(".")[1])
    if exponent is None:
        exponent = call.number("exponent")
    return draft.add("pow", (call.tensor("self"),), {"exponent": exponent})


def softmax(call: Call, draft: Draft) -> str:
    """``softmax`` and ``log_softmax``."""
    x = call.tensor("self")
    if call.get("dtype") is not None:
        x = draft.add("cast", (x,), {"dtype": call["dtype"]})
    word = "log_softmax" if "log" in call.target else "softmax"
    return draft.add(word, (x,), {"dim": call.number("dim")})


def same(call: Call, draft: Draft) -> str:
    """What changes no value: a copy, an alias, a detached tensor."""
    del draft
    return call.tensor("self")


def dropout(call: Call, draft: Draft) -> str:
    """Every kind of dropout, which does nothing in evaluation.

    Raises
    ------
    CaptureError
        It would drop values.
    """
    del draft
    if call.get("train", call.get("training", False)) and call.number("p") > 0:
        raise call.refused("drops values at random", "put the network into evaluation mode")
    return call.tensor("input")


def cast(call: Call, draft: Draft) -> str:
    """``to`` and ``_to_copy``: a cast to another kind of number; a change of place or order is nothing."""
    wanted = call.get("dtype")
    x = call.tensor("self")
    if wanted is None or wanted == draft.dtype_of(x):
        return x
    return draft.add("cast", (x,), {"dtype": wanted})


def cast_as(call: Call, draft: Draft) -> str:
    """``type_as``."""
    x, other = call.tensor("self"), call.tensor("other")
    wanted = draft.dtype_of(other)
    return x if wanted == draft.dtype_of(x) else draft.add("cast", (x,), {"dtype": wanted})


def operands(call: Call, draft: Draft) -> list[tuple[str, torch.Tensor | None]]:
    """Names of both operands, and the values of those that are numbers or constants.

    A number takes the kind of the value beside it, and never changes it, as torch has it.
    """
    names = ("other", "self") if "rsub" in call.target else ("self", "other")
    given = [call[name] for name in names]
    real = all(draft.is_float(value.name) for value in given if isinstance(value, Reference))
    found: list[tuple[str, torch.Tensor | None]] = []
    for name, value in zip(names, given, strict=True):
        if isinstance(value, Reference):
            found.append((value.name, draft.constant(value.name)))
        else:
            number = call.number(name)
            tensor = torch.tensor(number, dtype=draft.dtype if real else None, device=draft.device)
            found.append((draft.add_constant(tensor), tensor))
    return found


def fits(draft: Draft, x: str, constant: torch.Tensor) -> bool:
    """Whether arithmetic with a constant leaves a value's shape and kind as they are."""
    shape = draft.shape(x)
    if shape is None or constant.dim() > len(shape) or not draft.is_float(x):
        return False
    sizes = shape[len(shape) - constant.dim() :]
    return constant.is_floating_point() and all(
        have == 1 or have == size for have, size in zip(constant.shape, sizes, strict=True)
    )


def add(call: Call, draft: Draft) -> str:
    """``add``, ``sub`` and ``rsub``, with their factor alpha."""
    (x, left), (y, right) = operands(call, draft)
    factor = float(call.number("alpha"))
    if "sub" in call.target:
        factor = -factor
    if left is None and right is not None and fits(draft, x, right):
        return draft.add_affine(x, None, right * factor, y)
    if right is None and left is not None and fits(draft, y, left):
        scale = None if factor == 1 else torch.tensor(factor, dtype=draft.dtype, device=draft.device)
        return draft.add_affine(y, scale, left, x)
    if factor == -1:
        return draft.add("sub", (x, y))
    if factor != 1:
        y = draft.add_affine(y, torch.tensor(factor, dtype=draft.dtype, device=draft.device), None)
    return draft.add("add", (x, y))


def multiply(call: Call, draft: Draft) -> str:
    """``mul``."""
    (x, left), (y, right) = operands(call, draft)
    if left is None and right is not None and fits(draft, x, right):
        return draft.add_affine(x, right, None, y)
    if right is None and left is not None and fits(draft, y, left):
        return draft.add_affine(y, left, None, x)
    return draft.add("mul", (x, y))


def divide(call: Call, draft: Draft) -> str:
    """``div`` without rounding."""
    (x, left), (y, right) = operands(call, draft)
    if left is None and right is not None and fits(draft, x, right):
        return draft.add_affine(x, right.reciprocal(), None, y)
    return draft.add("div", (x, y))


def negate(call: Call, draft: Draft) -> str:
    """``neg``."""
    x = call.tensor("self")
    return draft.add_affine(x, torch.tensor(-1.0, dtype=draft.dtype, device=draft.device), None)


def overwritten(call: Call, draft: Draft) -> str:
    """``copy``: another value in a value's place."""
    x, source = call.tensor("self"), call.tensor("src")
    shape = draft.shape(x)
    if shape is None or None in shape[1:]:
        raise call.refused("writes into a value whose size is not fixed")
    if draft.dtype_of(x) != draft.dtype_of(source):
        source = draft.add("cast", (source,), {"dtype": draft.dtype_of(x)}, shape=draft.shape(source))
    if draft.shape(source) == shape:
        return source
    if shape and shape[0] is None:
        raise call.refused("writes a smaller value into one that follows the batch")
    return draft.add("expand", (source,), {"shape": shape})


TRANSLATIONS: Translations = translations(
    {
        plain("relu"): "relu.default",
        plain("sigmoid"): "sigmoid.default special_expit.default",
        plain("tanh"): "tanh.default",
        plain("silu"): "silu.default",
        plain("exp"): "exp.default",
        plain("sqrt"): "sqrt.default",
        plain("log"): "log.default",
        plain("abs"): "abs.default",
        leaky_relu: "leaky_relu.default",
        random_leaky_relu: "rrelu.default rrelu_with_noise.default rrelu_with_noise_functional.default",
        prelu: "prelu.default _prelu_kernel.default",
        elu: "elu.default",
        selu: "selu.default",
        celu: "celu.default",
        gelu: "gelu.default",
        hardtanh: "hardtanh.default relu6.default",
        clamp: "clamp.default clamp_min.default clamp_max.default clip.default",
        power: "pow.Tensor_Scalar rsqrt.default reciprocal.default square.default",
        softmax: "softmax.int _softmax.default log_softmax.int _log_softmax.default",
        same: "alias.default detach.default clone.default contiguous.default lift_fresh.default "
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
        overwritten: "copy.default",
    }
)
