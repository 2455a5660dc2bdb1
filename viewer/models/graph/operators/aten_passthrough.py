"""Pure ATen operators that have no operator in this package, run unchanged if they are on a closed list.

The list restricts network files to arithmetic: operators that could access a file, the random state or other
memory are not on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from viewer.errors import ModelError
from viewer.models.graph.operators.operator import Attributes, Inputs, Operator

POINTWISE = (
    "acos asin atan cos cosh sin sinh tan erf erfc exp2 expm1 log10 log1p log2 sign floor ceil trunc frac "
    "isnan isinf isfinite logical_not bitwise_not hardswish hardsigmoid mish celu log_sigmoid softplus "
    "softshrink hardshrink threshold logit round glu nan_to_num"
)
COMPARISONS = "eq ne lt le gt ge"
OTHERS = (
    "maximum.default minimum.default atan2.default pow.Tensor_Tensor pow.Scalar fmod.Scalar "
    "remainder.Scalar div.Tensor_mode div.Scalar_mode logical_and.default logical_or.default "
    "logical_xor.default bitwise_and.Tensor bitwise_or.Tensor where.self where.ScalarOther "
    "where.ScalarSelf where.Scalar masked_fill.Scalar masked_fill.Tensor clamp.Tensor std.default std.dim "
    "std.correction var.default var.dim var.correction var_mean.dim var_mean.correction "
    "linalg_vector_norm.default norm.ScalarOpt_dim norm.Scalar logsumexp.default prod.default "
    "prod.dim_int cumsum.default argmax.default argmin.default amin.default min.dim min.default "
    "max.default any.dim all.dim roll.default flip.default repeat.default repeat_interleave.self_int "
    "tile.default tril.default triu.default rot90.default pixel_shuffle.default pixel_unshuffle.default "
    "channel_shuffle.default unfold.default im2col.default col2im.default diagonal.default gather.default "
    "index_select.default index.Tensor take_along_dim.default select_scatter.default "
    "slice_scatter.default index_put.default copy.default grid_sampler.default grid_sampler_2d.default "
    "fill.Scalar fill.Tensor grid_sampler_3d.default affine_grid_generator.default einsum.default "
    "bilinear.default outer.default "
    "dot.default vdot.default mv.default cosine_similarity.default zeros_like.default ones_like.default "
    "full_like.default arange.default arange.start arange.start_step linspace.default "
    "eye.default eye.m tril_indices.default triu_indices.default meshgrid.default meshgrid.indexing "
    "cumprod.default one_hot.default bucketize.Tensor _weight_norm.default _weight_norm_interface.default"
)

PASSTHROUGH = frozenset(
    [f"aten.{name}.default" for name in POINTWISE.split()]
    + [f"aten.{name}.{kind}" for name in COMPARISONS.split() for kind in ("Tensor", "Scalar")]
    + [f"aten.{name}" for name in OTHERS.split()]
)
"""Every ATen operator that is run unchanged."""


@dataclass(frozen=True)
class InputSlot:
    """Placeholder in an argument for one of the node's inputs."""

    index: int


def fill_slots(value: Any, inputs: Inputs) -> Any:
    """Return a nested argument with its slots replaced by inputs."""
    if isinstance(value, InputSlot):
        return inputs[value.index]
    if isinstance(value, (tuple, list)):
        return [fill_slots(inner, inputs) for inner in value]
    return value


def find_overload(target: str) -> Any:
    """Return the ATen operator of that name, from the closed list only.

    Raises
    ------
    ModelError
        It is not on the list.
    """
    if target not in PASSTHROUGH:
        raise ModelError(target, "is not a supported operator")
    _, name, kind = target.split(".")
    return getattr(getattr(torch.ops.aten, name), kind)


def passthrough_operator(target: str) -> Operator:
    """Return the operator that runs an ATen operator unchanged; its derivative is computed by autograd.

    Raises
    ------
    ModelError
        It is not on the list.
    """
    function = find_overload(target)

    def forward(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
        arguments = {name: fill_slots(value, inputs) for name, value in attributes["arguments"].items()}
        output: torch.Tensor | Sequence[torch.Tensor] = function(**arguments)
        return output if isinstance(output, torch.Tensor) else output[attributes["output"]]

    return Operator.from_autograd(target, forward)
