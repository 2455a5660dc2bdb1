"""The change of the outputs without a voxel as a power series, cut where float rounding begins.

A voxel moves a hidden sum by d = q_ai x_ji, a thousandth where there are many voxels, and tanh is its Taylor
series to the last digit after a few terms. Summed over the hidden units each term is one product of matrices,
Σ_a W_oa tanh⁽ⁿ⁾(p_aj)/n! q_aiⁿ, times (−x_ji)ⁿ: no tanh is taken at all, and the result is exact.
"""

from __future__ import annotations

from math import factorial, pi

import numpy as np
import torch

from viewer.models.training.morch.cost import Array

Tensor = torch.Tensor

MOST_TERMS = 9


def terms_needed(reach: float, rounding: float) -> int | None:
    """How many terms leave less than ``rounding`` of the change where |d| ≤ ``reach``; None if too many.

    Against the first term the n-th is at most (2d)ⁿ⁻¹/n! where tanh is saturated, and falls as (2d/π)ⁿ⁻¹
    elsewhere, π/2 being the distance of tanh's nearest pole.
    """
    for terms in range(1, MOST_TERMS + 1):
        rest = max((2 * reach) ** terms / factorial(terms + 1), (2 * reach / pi) ** terms)
        if rest < rounding:
            return terms
    return None


def tanh_derivatives(h: Array) -> list[Array]:
    """tanh⁽ⁿ⁾/n! for n = 1 … `MOST_TERMS` where tanh is ``h``: polynomials in h, as tanh' = 1 − tanh²."""
    slope = np.polynomial.Polynomial([1.0, 0.0, -1.0])
    factor, found = np.polynomial.Polynomial([1.0]), []
    for n in range(1, MOST_TERMS + 1):
        # The factor 1 − h² is kept apart: where h is nearly one, a sum of powers of h would lose it.
        found.append((1.0 - h * h) * factor(h) / factorial(n))
        factor = (factor * slope).deriv()
    return found


def summed(coefficients: list[Tensor], q: Tensor, x: Tensor) -> Tensor:
    """Σ_n (coefficients_n @ qⁿ) xⁿ, shape (J, n voxels), from ``q`` (A, n voxels) and ``x`` (J, n voxels)."""
    powers = [q]
    for _ in coefficients[1:]:
        powers.append(powers[-1] * q)
    total = coefficients[-1] @ powers[-1]
    for coefficient, power in zip(coefficients[-2::-1], powers[-2::-1], strict=True):
        total.mul_(x).addmm_(coefficient, power)
    return total.mul_(x)
