"""The saliency with retraining, equation (4) of Mørch et al. 1995, by one Newton step a voxel.

The paper calls the retraining of I networks immense. From a true minimum of C = E + λ |u|² the step is
−H⁻¹ g, with g the gradient of the changed cost and the one Hessian H of the network as it stands; it takes
½ gᵀ H⁻¹ g off the exact change. The cost whose change is told is C, which is what training makes small.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import linalg

from viewer.methods.saliency_1995.response import Response
from viewer.models.training.morch.fit import Fit

Tensor = torch.Tensor


class Retraining:
    """The network's Hessian, factorised once, and what the gradient without a voxel is put together from."""

    def __init__(self, fit: Fit, response: Response) -> None:
        _, hessian = fit.objective.derivatives(fit.minimum.u)
        factor = linalg.cholesky(hessian, lower=True)
        inverse = linalg.solve_triangular(factor, np.eye(len(factor)), lower=True)
        # Gradients are of all parameters; the columns of those that are not free are zero.
        whitening = np.zeros((len(factor), len(fit.objective.free)))
        whitening[:, fit.objective.free] = inverse / response.scans
        weights = fit.weights
        self._response = response
        self._whitening = response.tensor(whitening)
        self._V = response.tensor(fit.components.V.T)
        slopes = response.slopes.double()
        pull = torch.as_tensor(weights.W.T, dtype=torch.float64, device=slopes.device) @ slopes
        self._pull = pull.to(response.like.dtype)
        self._force = (pull * response.first.double()).to(response.like.dtype)

    def gain(self, x: Tensor, falls: list[Tensor], deltas: list[Tensor]) -> Tensor:
        """½ gᵀ H⁻¹ g, by how much retraining lowers the cost without each voxel of a block, shape (n,)."""
        z = self._whitening @ self._gradient(x, falls, deltas)
        return 0.5 * (z * z).sum(0)

    def _gradient(self, x: Tensor, falls: list[Tensor], deltas: list[Tensor]) -> Tensor:
        """J times the gradient without each voxel, less that with it: (parameters, n)."""
        response = self._response
        outputs, hidden = response.outputs, response.hidden
        components = len(self._V)
        slopes = response.cost.slope_change(deltas)
        axes = response.axes @ x
        rows = hidden * components
        gradient = x.new_empty((rows + hidden + outputs * (hidden + 1), x.shape[1]))
        for a in range(hidden):
            first = response.first[a, :, None]
            fall = falls[a]
            pull = slopes[0] * response.W[0][a]
            for o in range(1, outputs):
                pull.add_(slopes[o], alpha=response.W[o][a])
            if response.linear:
                force = pull
            else:
                # 1 − (h − fall)² is the slope 1 − h² and this.
                bend = (2 * response.h[a, :, None] - fall).mul_(fall)
                force = (bend + first).mul_(pull).addcmul_(bend, self._pull[a, :, None])
            moment = self._force[a] @ x + (force * x).sum(0)
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
