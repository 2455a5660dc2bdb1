"""Uniform interface to linear operators: forward and transposed (adjoint) application.

A relevance rule then takes a few lines: modify the weights or the inputs, run forward, divide, and apply the
transposed operator. Operators without weights (averages, sums, resampling) have none to modify.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from viewer.models.graph.graph import Node
from viewer.models.graph.operators.chunking import (
    ChunkIndex,
    compute_in_chunks,
    iterate_chunks,
    make_output_buffer,
    multiply_in_chunks,
    take_chunk,
    update_in_chunks,
)
from viewer.models.graph.operators.convolution import (
    affine,
    convolve,
    convolve_adjoint,
    convolve_transposed,
    convolve_transposed_adjoint,
    linear,
)
from viewer.models.graph.operators.operator import CheckCancelled, SavedTensors, never_cancelled
from viewer.models.graph.operators.registry import find_operator

Settings = Mapping[str, Any]
Shape = tuple[int, ...]
Tensor = torch.Tensor


@dataclass(frozen=True)
class LinearOperator:
    """Linear operator at one node: y = W x + b.

    Parameters
    ----------
    weight
        W, or None if the operator's weights are fixed.
    bias
        b, or None.
    forward
        (x, W, b) → W x + b.
    adjoint
        (s, W, shape of x) → Wᵀ s.
    axis
        The axis of y that a one-dimensional b belongs to; other b broadcast.
    """

    weight: Tensor | None
    bias: Tensor | None
    forward: Callable[[Tensor, Tensor | None, Tensor | None], Tensor]
    adjoint: Callable[[Tensor, Tensor | None, Shape], Tensor]
    axis: int = 1

    def broadcast_bias(self, y: Tensor) -> Tensor:
        """Return b in a shape that broadcasts against the output ``y``."""
        assert self.bias is not None, "this operator has no bias"
        if self.bias.dim() != 1 or len(self.bias) != y.shape[self.axis]:
            return self.bias
        shape = [1] * y.dim()
        shape[self.axis] = -1
        return self.bias.reshape(shape)


def _convolution(node: Node, saved: SavedTensors) -> LinearOperator:
    attributes = node.attributes
    return LinearOperator(
        saved.inputs[1],
        saved.inputs[2],
        lambda x, w, b: convolve(attributes, (x, w, b), saved.check_cancelled),
        lambda s, w, shape: convolve_adjoint(attributes, s, _require_weight(w), shape, saved.check_cancelled),
    )


def _transposed(node: Node, saved: SavedTensors) -> LinearOperator:
    attributes = node.attributes
    return LinearOperator(
        saved.inputs[1],
        saved.inputs[2],
        lambda x, w, b: convolve_transposed(attributes, (x, w, b), saved.check_cancelled),
        lambda s, w, shape: convolve_transposed_adjoint(
            attributes, s, _require_weight(w), shape, saved.check_cancelled
        ),
    )


def _dense(node: Node, saved: SavedTensors) -> LinearOperator:
    del node
    return LinearOperator(
        saved.inputs[1],
        saved.inputs[2],
        lambda x, w, b: linear({}, (x, w, b)),
        lambda s, w, shape: s.matmul(_require_weight(w)),
        -1,
    )


def _fixed_weights(node: Node, saved: SavedTensors) -> LinearOperator:
    operator = find_operator(node.operator)

    def adjoint(s: Tensor, w: Tensor | None, shape: Shape) -> Tensor:
        del w
        gradient = operator.backward(node.attributes, s, SavedTensors((None,), (shape,), (True,)))[0]
        assert gradient is not None
        return gradient

    return LinearOperator(None, None, lambda x, w, b: operator.forward(node.attributes, (x,)), adjoint)


def _require_weight(weight: Tensor | None) -> Tensor:
    assert weight is not None, "this operator has weights"
    return weight


LINEAR_OPERATORS: Mapping[str, Callable[[Node, SavedTensors], LinearOperator]] = MappingProxyType(
    {
        "conv": _convolution,
        "conv_transpose": _transposed,
        "linear": _dense,
        "avg_pool": _fixed_weights,
        "adaptive_avg_pool": _fixed_weights,
        "mean": _fixed_weights,
        "sum": _fixed_weights,
        "upsample": _fixed_weights,
    }
)
"""Functions that return the `LinearOperator` of a node, by operator. ``affine`` is not included: each of its
outputs has one input, and only a shift that counts as a bias takes relevance from it.
"""


def linear_operator_at(node: Node, saved: SavedTensors) -> LinearOperator:
    """Return the linear operator at a node; also for an ``affine``."""
    return (
        _scaling(node, saved) if node.operator == "affine" else LINEAR_OPERATORS[node.operator](node, saved)
    )


def _scaling(node: Node, saved: SavedTensors) -> LinearOperator:
    scale = saved.inputs[1]
    return LinearOperator(
        saved.input().new_ones(()) if scale is None else scale,
        saved.inputs[2],
        lambda x, w, b: affine(node.attributes, (x, w, b), saved.check_cancelled),
        lambda s, w, shape: multiply_in_chunks(
            s, _require_weight(w), may_overwrite=False, check=saved.check_cancelled
        ),
        -1,
    )


Terms = tuple[tuple[Tensor, Tensor | None], ...]
"""Inputs with their weights, which represent the sum over the terms of W x."""


def split_contributions(
    linear: LinearOperator, x: Tensor, check: CheckCancelled, *, nonnegative: bool = False
) -> tuple[Terms, Terms]:
    """Return the positive and the negative contributions to each output: x⁺w⁺ + x⁻w⁻, and x⁺w⁻ + x⁻w⁺.

    Terms known to be 0 are left out: those of x⁻ if x ≥ 0, those of w⁻ if the weights are fixed.
    """
    w = linear.weight
    up = x if nonnegative else positive_part(x, check)
    if w is None:
        return ((up, None),), () if nonnegative else ((negative_part(x, check), None),)
    positive, negative = w.clamp(min=0), w.clamp(max=0)
    if nonnegative:
        return ((up, positive),), ((up, negative),)
    down = negative_part(x, check)
    return ((up, positive), (down, negative)), ((up, negative), (down, positive))


def positive_part(x: Tensor, check: CheckCancelled) -> Tensor:
    """Return x⁺."""
    return compute_in_chunks(lambda chunk: chunk.clamp(min=0), x, check=check)


def negative_part(x: Tensor, check: CheckCancelled) -> Tensor:
    """Return x⁻."""
    return compute_in_chunks(lambda chunk: chunk.clamp(max=0), x, check=check)


def add_in_chunks(total: Tensor | None, more: Tensor, check: CheckCancelled, factor: float = 1.0) -> Tensor:
    """Return total + factor · more in the memory of ``total``, or ``more`` if there is no total."""
    if total is None:
        return (
            more if factor == 1.0 else update_in_chunks(lambda chunk: chunk.mul_(factor), more, check=check)
        )
    return update_in_chunks(
        lambda chunk, summand: chunk.add_(summand, alpha=factor), total, more, check=check
    )


def forward_terms(
    linear: LinearOperator, terms: Terms, bias: Tensor | None, check: CheckCancelled
) -> Tensor | None:
    """Compute the sum over the terms of W x, plus a bias; None if there are no terms."""
    total: Tensor | None = None
    for x, w in terms:
        term = linear.forward(x, w, bias if total is None else None)
        total = add_in_chunks(total, term, check)
    return total


def propagate_terms(
    linear: LinearOperator, terms: Terms, s: Tensor, shape: Shape, check: CheckCancelled
) -> Tensor | None:
    """Compute the sum over the terms of x · Wᵀ s; None if there are no terms."""
    total: Tensor | None = None
    for x, w in terms:
        share = multiply_by_input(linear, linear.adjoint(s, w, shape), x, check)
        total = add_in_chunks(total, share, check)
    return total


def multiply_by_input(linear: LinearOperator, propagated: Tensor, x: Tensor, check: CheckCancelled) -> Tensor:
    """Multiply the propagated values by x, in place if their memory is not shared."""
    return multiply_in_chunks(propagated, x, may_overwrite=linear.weight is not None, check=check)


def stabilize(z: Tensor, epsilon: float | Tensor) -> Tensor:
    """Move z away from 0 by ``epsilon``, keeping its sign; 0 counts as positive."""
    stabilized = z + 0.0  # −0 becomes 0
    epsilon = torch.as_tensor(epsilon, dtype=z.dtype, device=z.device)
    return torch.copysign(epsilon, stabilized, out=stabilized).add_(z)


def safe_divide(
    relevance: Tensor,
    z: Tensor,
    epsilon: float | Tensor | None = None,
    *,
    may_overwrite: bool = False,
    check: CheckCancelled = never_cancelled,
) -> Tensor:
    """Return relevance / z, and 0 where z is 0: outputs with zero pre-activation propagate no relevance.

    Parameters
    ----------
    relevance, z
        Of one shape.
    epsilon
        ε by which z is first moved (`stabilize`), or None: one value, or one for each sample, (N, 1, ...).
    may_overwrite
        Whether the relevance may be overwritten by the result.
    check
        Called before each chunk; raises an error to cancel.
    """
    result, zero = make_output_buffer(relevance, may_overwrite), z.new_zeros(())
    never_zero = isinstance(epsilon, float) and epsilon > 0
    for chunk in iterate_chunks(z.shape, check):
        denominator = z[chunk]
        if epsilon is not None:
            denominator = stabilize(
                denominator, take_chunk(epsilon, chunk, z.dim()) if isinstance(epsilon, Tensor) else epsilon
            )
        if never_zero:
            torch.div(relevance[chunk], denominator, out=result[chunk])
        else:
            torch.where(denominator == 0, zero, relevance[chunk] / denominator, out=result[chunk])
    return result


def root_mean_square(z: Tensor, check: CheckCancelled = never_cancelled) -> Tensor:
    """Compute the root mean square of every sample's values, shape (N, 1, ...)."""
    return z.abs() if z.dim() < 2 else root_mean_square_of(z, lambda chunk: z[chunk], check)


def root_mean_square_of(
    like: Tensor, compute_chunk: Callable[[ChunkIndex], Tensor], check: CheckCancelled = never_cancelled
) -> Tensor:
    """Compute the root mean square of values of ``like``'s shape, in chunks from ``compute_chunk(where)``."""
    squares = like.new_zeros((len(like), *(1,) * (like.dim() - 1)))
    dims = tuple(range(1, like.dim()))
    for chunk in iterate_chunks(like.shape, check):
        squares[chunk[0]] += compute_chunk(chunk).square().sum(dims, keepdim=True)
    return (squares / (like.numel() / len(like))).sqrt()


def epsilon_for(
    epsilon: float, z: Tensor, *, relative: bool, check: CheckCancelled = never_cancelled
) -> float | Tensor | None:
    """Return ε itself or relative to the root mean square of every sample's values; None if ε is 0."""
    if not epsilon:
        return None
    return epsilon * root_mean_square(z, check) if relative else epsilon
