"""How much the cost of every scan changes when its outputs change by δ, without subtracting like from like.

Voxels change the outputs by a millionth; a difference of two costs would keep one digit of float32. Every
formula here is small because its factors are. ``delta`` holds one tensor (J, n) an output: n voxels.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

from viewer.models.training.morch.cost import Array, CostName, ManyClasses, SquaredError, TwoClasses

Tensor = torch.Tensor


class CostChange(Protocol):
    """What the saliency needs of a cost."""

    def change(self, delta: list[Tensor]) -> Tensor:
        """The change of every scan's cost, shape (J, n)."""

    def quadratic(self, delta: list[Tensor]) -> Tensor:
        """½ δᵀ (∂²cost/∂F²) δ, shape (J, n)."""

    def slope_change(self, delta: list[Tensor]) -> list[Tensor]:
        """The change of ∂cost/∂F, one tensor (J, n) an output."""


class SquaredErrorChange:
    """δ (δ + slope) summed over outputs, with slope = −2 (y − F)."""

    def __init__(self, F: Array, Y: Array, like: Tensor) -> None:
        self._slopes = [_column(row, like) for row in SquaredError().slopes(F, Y)]

    def change(self, delta: list[Tensor]) -> Tensor:
        """The change of every scan's cost, shape (J, n)."""
        parts = [(d + slope).mul_(d) for d, slope in zip(delta, self._slopes, strict=True)]
        return _sum(parts)

    def quadratic(self, delta: list[Tensor]) -> Tensor:
        """Σ δ², shape (J, n)."""
        return _sum([d * d for d in delta])

    def slope_change(self, delta: list[Tensor]) -> list[Tensor]:
        """2 δ."""
        return [2 * d for d in delta]


class TwoClassesChange:
    """log(1 + π (exp(±δ) − 1)) with π the probability of the wrong class; − where that is the first."""

    def __init__(self, F: Array, Y: Array, like: Tensor) -> None:
        towards_wrong = 1.0 - 2.0 * Y[0]
        wrong = TwoClasses.probabilities(towards_wrong[None] * F)[0]
        self._sign = _column(towards_wrong, like)
        self._wrong = _column(wrong, like)
        self._spread = _column(wrong * (1.0 - wrong), like)

    def change(self, delta: list[Tensor]) -> Tensor:
        """The change of every scan's cost, shape (J, n)."""
        return torch.log1p(torch.expm1(delta[0] * self._sign).mul_(self._wrong))

    def quadratic(self, delta: list[Tensor]) -> Tensor:
        """½ p (1 − p) δ², shape (J, n)."""
        return (delta[0] * delta[0]).mul_(0.5 * self._spread)

    def slope_change(self, delta: list[Tensor]) -> list[Tensor]:
        """The change of the second class's probability."""
        grown = torch.expm1(delta[0] * self._sign)
        return [grown * (self._spread * self._sign) / (1.0 + self._wrong * grown)]


class ManyClassesChange:
    """log(1 + Σ p_c (exp(δ_c − δ_y) − 1)) over the classes c, with y the right one."""

    def __init__(self, F: Array, Y: Array, like: Tensor) -> None:
        self._p = [_column(row, like) for row in ManyClasses.probabilities(F)]
        self._right = [_column(row, like) for row in Y]

    def change(self, delta: list[Tensor]) -> Tensor:
        """The change of every scan's cost, shape (J, n)."""
        return torch.log1p(self._sum_grown(self._grown(delta)))

    def quadratic(self, delta: list[Tensor]) -> Tensor:
        """Half the variance of δ under the probabilities, shape (J, n)."""
        mean = _sum([p * d for p, d in zip(self._p, delta, strict=True)])
        return 0.5 * _sum([p * (d - mean) ** 2 for p, d in zip(self._p, delta, strict=True)])

    def slope_change(self, delta: list[Tensor]) -> list[Tensor]:
        """The change of every class's probability."""
        grown = self._grown(delta)
        total = self._sum_grown(grown)
        return [p * (g - total) / (1.0 + total) for p, g in zip(self._p, grown, strict=True)]

    def _grown(self, delta: list[Tensor]) -> list[Tensor]:
        right = _sum([y * d for y, d in zip(self._right, delta, strict=True)])
        return [torch.expm1(d - right) for d in delta]

    def _sum_grown(self, grown: list[Tensor]) -> Tensor:
        return _sum([p * g for p, g in zip(self._p, grown, strict=True)])


def change_of(name: CostName, F: Array, Y: Array, like: Tensor) -> CostChange:
    """The change of a cost around the outputs ``F`` (O, J), in ``like``'s type and on its device."""
    if name is CostName.SQUARED_ERROR:
        return SquaredErrorChange(F, Y, like)
    return TwoClassesChange(F, Y, like) if len(F) == 1 else ManyClassesChange(F, Y, like)


def _column(values: Array, like: Tensor) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(values), dtype=like.dtype, device=like.device)[:, None]


def _sum(parts: list[Tensor]) -> Tensor:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
