"""What a trained network answers when voxels are taken from its scans: the parts all accuracies share.

Without voxel i the hidden sums become p_aj − q_ai x_ji with q_ai = w_a · b_i: a change of rank one. And b_i
is Pᵀ x_i, so that all that is needed of a voxel is its own J values, and nothing is projected again.
"""

from __future__ import annotations

import numpy as np
import torch

from viewer.methods.saliency_1995.change import CostChange, change_of
from viewer.methods.saliency_1995.series import summed, tanh_derivatives, terms_needed
from viewer.models.training.morch.cost import Array, cost_of
from viewer.models.training.morch.fit import Fit
from viewer.models.training.morch.network import Activation

Tensor = torch.Tensor

_SMALL = 0.19
"""Up to here d (15 + d²) / (15 + 6 d²) is tanh d to the rounding of float32 (3e-8 of it)."""


class Response:
    """The network at its training scans, as tensors of one type on one device.

    A block of voxels is a tensor ``x`` (J, n): their centred values in every scan.
    """

    def __init__(self, fit: Fit, dtype: torch.dtype, device: torch.device) -> None:
        weights, state, targets = fit.weights, fit.state, fit.targets
        self.like = torch.zeros((), dtype=dtype, device=device)
        self.linear = fit.objective.activation is Activation.LINEAR
        self.scans, self.hidden, self.outputs = len(fit.components.V), *weights.W.T.shape
        self.W = weights.W.tolist()
        self.axes = self.tensor(fit.components.P.T)
        self.through = self.tensor(weights.w @ fit.components.P.T)
        self.h = self.tensor(state.h)
        self._p, self._h = (torch.from_numpy(values).to(device) for values in (state.p, state.h))
        self.first = self.tensor(state.first)
        self.gains = [self.tensor((row[:, None] * state.first).T) for row in weights.W]
        terms = [state.first] if self.linear else tanh_derivatives(state.h)
        self._series = [
            [self.tensor((-1) ** n * (row[:, None] * term).T) for n, term in enumerate(terms, start=1)]
            for row in weights.W
        ]
        cost = cost_of(fit.objective.cost_name, self.outputs)
        self.slopes = self.tensor(cost.slopes(state.F, targets.Y))
        self.cost: CostChange = change_of(fit.objective.cost_name, state.F, targets.Y, self.like)
        self.curvature = self.tensor(_curvature(fit).T)

    def tensor(self, values: Array) -> Tensor:
        """Float64 values in this response's type, on its device."""
        return torch.as_tensor(np.ascontiguousarray(values), dtype=self.like.dtype, device=self.like.device)

    def linear_change(self, x: Tensor) -> list[Tensor]:
        """g_ji x_ji, by which the outputs fall to first order: one tensor (J, n) an output."""
        q = self.through @ x
        return [(gain @ q).mul_(x) for gain in self.gains]

    def output_changes(self, x: Tensor) -> list[Tensor]:
        """δF without each voxel of a block: one tensor (J, n) an output."""
        q = self.through @ x
        rounding = torch.finfo(x.dtype).eps / 2
        terms = 1 if self.linear else terms_needed(self._reach(q, x), rounding)
        if terms is None:
            return self.output_changes_from(self.hidden_falls(x))
        return [summed(coefficients[:terms], q, x) for coefficients in self._series]

    def hidden_falls(self, x: Tensor) -> list[Tensor]:
        """By how much every hidden unit falls without each voxel of a block: one tensor (J, n) a unit."""
        q = self.through @ x
        if self.linear:
            return [x * row for row in q]
        fall = self._fall if self._reach(q, x) < _SMALL else self._fall_direct
        return [fall(x, q, a) for a in range(self.hidden)]

    def output_changes_from(self, falls: list[Tensor]) -> list[Tensor]:
        """δF from the hidden units' falls: one tensor (J, n) an output."""
        deltas = []
        for row in self.W:
            delta = falls[0] * -row[0]
            for weight, fall in zip(row[1:], falls[1:], strict=True):
                delta.add_(fall, alpha=-weight)
            deltas.append(delta)
        return deltas

    def _reach(self, q: Tensor, x: Tensor) -> float:
        """A bound on |d| in the block."""
        return float((q.abs().amax(0) * x.abs().amax(0)).amax())

    def _fall(self, x: Tensor, q: Tensor, a: int) -> Tensor:
        """The fall t (1 − h²) / (1 − h t) with t = tanh d, from tanh(p − d) = (h − t) / (1 − h t)."""
        h = self.h[a, :, None]
        d = x * q[a]
        if d.dtype == torch.float64:
            t = d.tanh_()
            return t.div_(1 - h * t).mul_(self.first[a, :, None])
        square = d * d
        above = (square + 15).mul_(d)
        below = square.mul_(6).add_(15).addcmul_(above, h, value=-1)
        return above.div_(below).mul_(self.first[a, :, None])

    def _fall_direct(self, x: Tensor, q: Tensor, a: int) -> Tensor:
        """The same for changes that are not small, where nothing is lost by subtracting in float64."""
        p, h = self._p[a, :, None], self._h[a, :, None]
        return (h - torch.tanh(p - x.double() * q[a].double())).to(x.dtype)


def _curvature(fit: Fit) -> Array:
    """½ s_jkᵀ (∂²cost/∂F²) s_jk, shape (J, K), with s_jok = Σ_a W_oa (1 − h_aj²) w_ak."""
    weights, state = fit.weights, fit.state
    s = np.einsum("oa,aj,ak->ojk", weights.W, state.first, weights.w)
    curvatures = cost_of(fit.objective.cost_name, len(state.F)).curvatures(state.F)
    return np.asarray(0.5 * np.einsum("ojk,opj,pjk->jk", s, curvatures, s))
