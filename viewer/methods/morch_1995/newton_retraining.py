"""Saliency with retraining, equation (4) of Mørch et al. 1995, by one Newton step per voxel.

The paper calls the cost of retraining I networks immense. From a true minimum of C = E + λ |u|² the step is
−H⁻¹ g, with g the gradient of the changed cost and H the Hessian of the trained network, the same for all
voxels; it reduces the exact change by ½ gᵀ H⁻¹ g. The reported change is that of C, which training minimizes.
The error is of third order in the change, so that it decreases with the number of voxels.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import linalg

from viewer.methods.morch_1995.perturbed_network import PerturbedNetwork
from viewer.models.training.morch.cost import Array
from viewer.models.training.morch.fit import Fit

Tensor = torch.Tensor

_STRIP = 64
"""Number of rows of the factor that are multiplied at once."""


class NewtonRetraining:
    """Factorized Hessian of the network, and the terms of the gradient without a voxel."""

    def __init__(self, fit: Fit, network: PerturbedNetwork) -> None:
        trainable = np.flatnonzero(fit.objective.trainable)
        inverse = _inverse_factor(fit) / network.scans
        # Gradients are with respect to all parameters; the columns of those that are not trainable are zero.
        # Splitting the lower triangle into strips of rows saves nearly half of the multiplications.
        self._factor_strips = []
        for start in range(0, len(trainable), _STRIP):
            rows = inverse[start : start + _STRIP]
            strip = np.zeros((len(rows), trainable[min(start + _STRIP, len(trainable)) - 1] + 1))
            columns = trainable[: start + _STRIP]
            strip[:, columns] = rows[:, : len(columns)]
            self._factor_strips.append(network.tensor(strip))
        weights = fit.weights
        self._network = network
        self._V = network.tensor(fit.components.V.T)
        slopes = network.slopes.double()
        pull = torch.as_tensor(weights.W.T, dtype=torch.float64, device=slopes.device) @ slopes
        self._hidden_gradients = pull.to(network.like.dtype)
        self._preactivation_gradients = (pull * network.activation_slopes.double()).to(network.like.dtype)

    def cost_reduction(self, x: Tensor, decreases: list[Tensor], deltas: list[Tensor]) -> Tensor:
        """Compute ½ gᵀ H⁻¹ g, the cost reduction by retraining without each voxel of a block, shape (n,)."""
        gradient = self._gradient(x, decreases, deltas)
        gain = torch.zeros_like(x[0])
        for strip in self._factor_strips:
            z = strip @ gradient[: strip.shape[1]]
            gain += (z * z).sum(0)
        return 0.5 * gain

    def _gradient(self, x: Tensor, decreases: list[Tensor], deltas: list[Tensor]) -> Tensor:
        """Compute J times the gradient without each voxel, minus that with it: (parameters, n)."""
        response = self._network
        outputs, hidden = response.outputs, response.hidden
        components = len(self._V)
        slopes = response.cost.slope_change(deltas)
        axes = response.axes @ x
        rows = hidden * components
        gradient = x.new_empty((rows + hidden + outputs * (hidden + 1), x.shape[1]))
        for a in range(hidden):
            first = response.activation_slopes[a, :, None]
            fall = decreases[a]
            pull = slopes[0] * response.W[0][a]
            for o in range(1, outputs):
                pull.add_(slopes[o], alpha=response.W[o][a])
            if response.is_linear:
                force = pull
            else:
                # 1 − (h − fall)² is the slope 1 − h² plus this.
                bend = (2 * response.h[a, :, None] - fall).mul_(fall)
                force = (bend + first).mul_(pull).addcmul_(bend, self._hidden_gradients[a, :, None])
            moment = self._preactivation_gradients[a] @ x + (force * x).sum(0)
            by_w = gradient[a * components : (a + 1) * components]
            torch.mm(self._V, force, out=by_w)
            by_w.addcmul_(axes, moment, value=-1)
            gradient[rows + a] = force.sum(0)
            for o in range(outputs):
                change = slopes[o] * (response.h[a, :, None] - fall)
                change.addcmul_(fall, response.slopes[o, :, None], value=-1)
                gradient[rows + hidden + o * hidden + a] = change.sum(0)
        for o in range(outputs):
            gradient[rows + hidden + outputs * hidden + o] = slopes[o].sum(0)
        return gradient


def _inverse_factor(fit: Fit) -> Array:
    """Return L⁻¹ with L Lᵀ the Hessian by the free parameters, so that gᵀ H⁻¹ g is |L⁻¹ g|²."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1, "blas"):
        _, hessian = fit.objective.derivatives(fit.minimum.parameters)
        factor = linalg.cholesky(hessian, lower=True)
        return np.asarray(linalg.solve_triangular(factor, np.eye(len(factor)), lower=True))
