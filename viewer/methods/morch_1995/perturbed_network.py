"""Trained network without one voxel: changes of its hidden units, outputs and costs.

Without voxel i the hidden sums become p_aj − q_ai x_ji with q_ai = w_a · b_i: a change of rank one. As b_i is
Pᵀ x_i, only the voxel's own J values are needed, and nothing is projected again.

One voxel changes the outputs by about 1e-6; the difference of two costs would keep one digit of float32. The
formulas for changes of cost are therefore products of small factors without cancellation; ``delta`` holds
one tensor (J, n) per output, for n voxels.

A voxel changes a hidden sum by d = q_ai x_ji, about 1e-3 with many voxels, for which a few terms of the
Taylor series of tanh reach full precision. Summed over the hidden units, each term is one matrix product,
Σ_a W_oa tanh⁽ⁿ⁾(p_aj)/n! q_aiⁿ, times (−x_ji)ⁿ: no tanh is computed, and the result is exact.
"""

from __future__ import annotations

from math import factorial, pi
from typing import Protocol

import numpy as np
import torch

from viewer.methods.morch_1995.approximation import Approximation
from viewer.models.training.morch.cost import (
    Array,
    BinaryCrossEntropy,
    CostName,
    CrossEntropy,
    SquaredError,
    make_cost,
)
from viewer.models.training.morch.fit import Fit
from viewer.models.training.morch.training_options import HiddenActivation

Tensor = torch.Tensor


class CostChange(Protocol):
    """Interface of a cost for the saliency."""

    def change(self, delta: list[Tensor]) -> Tensor:
        """Compute the change of every scan's cost, shape (J, n)."""

    def quadratic(self, delta: list[Tensor]) -> Tensor:
        """Compute ½ δᵀ (∂²cost/∂F²) δ, shape (J, n)."""

    def slope_change(self, delta: list[Tensor]) -> list[Tensor]:
        """Compute the change of ∂cost/∂F, one tensor (J, n) per output."""


class SquaredErrorChange:
    """δ (δ + slope) summed over outputs, with slope = −2 (y − F)."""

    def __init__(self, F: Array, Y: Array, like: Tensor) -> None:
        self._slopes = [_column(row, like) for row in SquaredError().gradients(F, Y)]

    def change(self, delta: list[Tensor]) -> Tensor:
        """Compute the change of every scan's cost, shape (J, n)."""
        terms = [(d + slope).mul_(d) for d, slope in zip(delta, self._slopes, strict=True)]
        return _sum(terms)

    def quadratic(self, delta: list[Tensor]) -> Tensor:
        """Compute Σ δ², shape (J, n)."""
        return _sum([d * d for d in delta])

    def slope_change(self, delta: list[Tensor]) -> list[Tensor]:
        """Return 2 δ."""
        return [2 * d for d in delta]


class TwoClassesChange:
    """log(1 + π (exp(±δ) − 1)) with π the probability of the wrong class; − if that is the first."""

    def __init__(self, F: Array, Y: Array, like: Tensor) -> None:
        towards_wrong = 1.0 - 2.0 * Y[0]
        wrong = BinaryCrossEntropy.probabilities(towards_wrong[None] * F)[0]
        self._sign = _column(towards_wrong, like)
        self._wrong_probability = _column(wrong, like)
        self._variance = _column(wrong * (1.0 - wrong), like)

    def change(self, delta: list[Tensor]) -> Tensor:
        """Compute the change of every scan's cost, shape (J, n)."""
        return torch.log1p(torch.expm1(delta[0] * self._sign).mul_(self._wrong_probability))

    def quadratic(self, delta: list[Tensor]) -> Tensor:
        """Compute ½ p (1 − p) δ², shape (J, n)."""
        return (delta[0] * delta[0]).mul_(0.5 * self._variance)

    def slope_change(self, delta: list[Tensor]) -> list[Tensor]:
        """Compute the change of the second class's probability."""
        grown = torch.expm1(delta[0] * self._sign)
        return [grown * (self._variance * self._sign) / (1.0 + self._wrong_probability * grown)]


class ManyClassesChange:
    """log(1 + Σ p_c (exp(δ_c − δ_y) − 1)) over the classes c, with y the correct one."""

    def __init__(self, F: Array, Y: Array, like: Tensor) -> None:
        self._probabilities = [_column(row, like) for row in CrossEntropy.probabilities(F)]
        self._correct = [_column(row, like) for row in Y]

    def change(self, delta: list[Tensor]) -> Tensor:
        """Compute the change of every scan's cost, shape (J, n)."""
        return torch.log1p(self._mean_change(self._exponential_changes(delta)))

    def quadratic(self, delta: list[Tensor]) -> Tensor:
        """Compute half the variance of δ under the probabilities, shape (J, n)."""
        mean = _sum([p * d for p, d in zip(self._probabilities, delta, strict=True)])
        return 0.5 * _sum([p * (d - mean) ** 2 for p, d in zip(self._probabilities, delta, strict=True)])

    def slope_change(self, delta: list[Tensor]) -> list[Tensor]:
        """Compute the change of every class's probability."""
        grown = self._exponential_changes(delta)
        total = self._mean_change(grown)
        return [p * (g - total) / (1.0 + total) for p, g in zip(self._probabilities, grown, strict=True)]

    def _exponential_changes(self, delta: list[Tensor]) -> list[Tensor]:
        correct = _sum([y * d for y, d in zip(self._correct, delta, strict=True)])
        return [torch.expm1(d - correct) for d in delta]

    def _mean_change(self, changes: list[Tensor]) -> Tensor:
        return _sum([p * g for p, g in zip(self._probabilities, changes, strict=True)])


def make_cost_change(name: CostName, F: Array, Y: Array, like: Tensor) -> CostChange:
    """Return the change of a cost around the outputs ``F`` (O, J), in ``like``'s type and on its device."""
    if name is CostName.SQUARED_ERROR:
        return SquaredErrorChange(F, Y, like)
    return TwoClassesChange(F, Y, like) if len(F) == 1 else ManyClassesChange(F, Y, like)


def _column(values: Array, like: Tensor) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(values), dtype=like.dtype, device=like.device)[:, None]


def _sum(terms: list[Tensor]) -> Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


MAX_TERMS = 9


def count_terms(max_shift: float, rounding: float) -> int | None:
    """Return the number of terms that leave less than ``rounding`` for |d| ≤ ``max_shift``; None if too many.

    Relative to the first term, the n-th is at most (2d)ⁿ⁻¹/n! where tanh is saturated, and falls as
    (2d/π)ⁿ⁻¹ elsewhere, π/2 being the distance of tanh's nearest pole.
    """
    for terms in range(1, MAX_TERMS + 1):
        remainder = max((2 * max_shift) ** terms / factorial(terms + 1), (2 * max_shift / pi) ** terms)
        if remainder < rounding:
            return terms
    return None


def tanh_derivatives(h: Array) -> list[Array]:
    """Return tanh⁽ⁿ⁾/n!, n = 1 … `MAX_TERMS`, where tanh is ``h``: polynomials in h, as tanh' = 1 − tanh²."""
    slope = np.polynomial.Polynomial([1.0, 0.0, -1.0])
    factor, derivatives = np.polynomial.Polynomial([1.0]), []
    for n in range(1, MAX_TERMS + 1):
        # The factor 1 − h² stays separate: for h close to 1, a sum of powers of h would lose precision.
        derivatives.append((1.0 - h * h) * factor(h) / factorial(n))
        factor = (factor * slope).deriv()
    return derivatives


def sum_series(coefficients: list[Tensor], q: Tensor, x: Tensor) -> Tensor:
    """Compute Σ_n (coefficients_n @ qⁿ) xⁿ, shape (J, n voxels), from ``q`` (A, n) and ``x`` (J, n)."""
    powers = [q]
    for _ in coefficients[1:]:
        powers.append(powers[-1] * q)
    total = coefficients[-1] @ powers[-1]
    for coefficient, power in zip(coefficients[-2::-1], powers[-2::-1], strict=True):
        total.mul_(x).addmm_(coefficient, power)
    return total.mul_(x)


_SMALL = 0.19
"""Limit of |d| up to which d (15 + d²) / (15 + 6 d²) is tanh d to float32 rounding (relative 3e-8)."""


class PerturbedNetwork:
    """Network evaluated at its training scans, as tensors of one type on one device.

    A block of voxels is a tensor ``x`` (J, n): their centred values in every scan.
    """

    def __init__(self, fit: Fit, dtype: torch.dtype, device: torch.device) -> None:
        weights, state, targets = fit.weights, fit.state, fit.targets
        self.like = torch.zeros((), dtype=dtype, device=device)
        self.is_linear = fit.objective.activation is HiddenActivation.LINEAR
        self.scans, self.hidden, self.outputs = len(fit.components.V), *weights.W.T.shape
        self.W = weights.W.tolist()
        self.axes = self.tensor(fit.components.P.T)
        self.hidden_projection = self.tensor(weights.w @ fit.components.P.T)
        self.h = self.tensor(state.h)
        self._p, self._h = (torch.from_numpy(values).to(device) for values in (state.p, state.h))
        self.activation_slopes = self.tensor(state.first_derivatives)
        self.output_gains = [self.tensor((row[:, None] * state.first_derivatives).T) for row in weights.W]
        terms = [state.first_derivatives] if self.is_linear else tanh_derivatives(state.h)
        self._series = [
            [self.tensor((-1) ** n * (row[:, None] * term).T) for n, term in enumerate(terms, start=1)]
            for row in weights.W
        ]
        cost = make_cost(fit.objective.cost_name, self.outputs)
        self.slopes = self.tensor(cost.gradients(state.F, targets.Y))
        self.cost: CostChange = make_cost_change(fit.objective.cost_name, state.F, targets.Y, self.like)
        self.curvature = self.tensor(_curvature(fit).T)

    def tensor(self, values: Array) -> Tensor:
        """Convert float64 values to this network's type and device."""
        return torch.as_tensor(np.ascontiguousarray(values), dtype=self.like.dtype, device=self.like.device)

    def linear_output_changes(self, x: Tensor) -> list[Tensor]:
        """Compute g_ji x_ji, the first-order decrease of the outputs: one tensor (J, n) per output."""
        q = self.hidden_projection @ x
        return [(gain @ q).mul_(x) for gain in self.output_gains]

    def output_changes(self, x: Tensor) -> list[Tensor]:
        """Compute δF without each voxel of a block: one tensor (J, n) per output."""
        q = self.hidden_projection @ x
        rounding = torch.finfo(x.dtype).eps / 2
        terms = 1 if self.is_linear else count_terms(self._largest_shift(q, x), rounding)
        if terms is None:
            return self.output_changes_from(self.hidden_decreases(x))
        return [sum_series(coefficients[:terms], q, x) for coefficients in self._series]

    def hidden_decreases(self, x: Tensor) -> list[Tensor]:
        """Compute every hidden unit's decrease without each voxel of a block: a tensor (J, n) per unit."""
        q = self.hidden_projection @ x
        if self.is_linear:
            return [x * row for row in q]
        decrease = self._decrease if self._largest_shift(q, x) < _SMALL else self._decrease_in_float64
        return [decrease(x, q, a) for a in range(self.hidden)]

    def output_changes_from(self, decreases: list[Tensor]) -> list[Tensor]:
        """Compute δF from the decreases of the hidden units: one tensor (J, n) per output."""
        deltas = []
        for row in self.W:
            delta = decreases[0] * -row[0]
            for weight, fall in zip(row[1:], decreases[1:], strict=True):
                delta.add_(fall, alpha=-weight)
            deltas.append(delta)
        return deltas

    def _largest_shift(self, q: Tensor, x: Tensor) -> float:
        """Return an upper bound of |d| in the block."""
        return float((q.abs().amax(0) * x.abs().amax(0)).amax())

    def _decrease(self, x: Tensor, q: Tensor, a: int) -> Tensor:
        """Compute t (1 − h²) / (1 − h t) with t = tanh d, from tanh(p − d) = (h − t) / (1 − h t)."""
        h = self.h[a, :, None]
        d = x * q[a]
        if d.dtype == torch.float64:
            t = d.tanh_()
            return t.div_(1 - h * t).mul_(self.activation_slopes[a, :, None])
        square = d * d
        numerator = (square + 15).mul_(d)
        denominator = square.mul_(6).add_(15).addcmul_(numerator, h, value=-1)
        return numerator.div_(denominator).mul_(self.activation_slopes[a, :, None])

    def _decrease_in_float64(self, x: Tensor, q: Tensor, a: int) -> Tensor:
        """Compute the decrease for changes that are not small, by subtraction in float64."""
        p, h = self._p[a, :, None], self._h[a, :, None]
        return (h - torch.tanh(p - x.double() * q[a].double())).to(x.dtype)


def _curvature(fit: Fit) -> Array:
    """Compute ½ s_jkᵀ (∂²cost/∂F²) s_jk, shape (J, K), with s_jok = Σ_a W_oa (1 − h_aj²) w_ak."""
    weights, state = fit.weights, fit.state
    s = np.einsum("oa,aj,ak->ojk", weights.W, state.first_derivatives, weights.w)
    curvatures = make_cost(fit.objective.cost_name, len(state.F)).hessians(state.F)
    return np.asarray(0.5 * np.einsum("ojk,opj,pjk->jk", s, curvatures, s))


def exact_change(network: PerturbedNetwork, deltas: list[torch.Tensor]) -> torch.Tensor:
    """Compute δE of a block of voxels, shape (n,), from the changes of the outputs without each of them."""
    return network.cost.change(deltas).sum(0) / network.scans


def compute_expansions(
    network: PerturbedNetwork, x: Tensor, approximations: frozenset[Approximation]
) -> dict[Approximation, Tensor]:
    """Compute the requested expansions, shape (n,) each, for a block of voxels ``x`` (J, n).

    With g_ji = Σ_k s_jk b_ki the first order is 2/J Σ_j e_j g_ji x_ji and the whole Gauss–Newton second
    1/J Σ_j g_ji² x_ji². The printed one keeps Σ_k s_jk² b_ki² of g_ji², and needs the axes themselves. At a
    minimum with decay λ on all components the first order is 2 λ Σ_a (w_a · b_i)² with b_i of the unit axes,
    and so never negative; with fewer components, or pruned, it can be.
    """
    changes = network.linear_output_changes(x)
    scans = network.scans
    first = torch.zeros_like(x[0])
    for slope, change in zip(network.slopes, changes, strict=True):
        first -= slope @ change / scans
    expansions = {Approximation.FIRST: first}
    if Approximation.SECOND_CROSS in approximations:
        expansions[Approximation.SECOND_CROSS] = first + network.cost.quadratic(changes).sum(0) / scans
    if Approximation.SECOND in approximations:
        axes = network.axes @ x
        second = (network.curvature @ (x * x)).mul_(axes.mul_(axes)).sum(0) / scans
        expansions[Approximation.SECOND] = first + second
    return {
        approximation: expansions[approximation]
        for approximation in expansions
        if approximation in approximations
    }
