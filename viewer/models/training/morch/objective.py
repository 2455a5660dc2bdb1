"""Training objective C(u) = E(u) + λ |u|², with its exact gradient and Hessian.

E is the mean cost over the scans (equation 2 of Mørch et al. 1995); the decay λ includes every trainable
parameter, which makes the minimum well defined even if K is nearly J.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.models.training.morch.cost import Array, Cost, CostName, make_cost
from viewer.models.training.morch.network import (
    ForwardState,
    LayerSizes,
    NetworkWeights,
    forward,
)
from viewer.models.training.morch.training_options import HiddenActivation


@dataclass(frozen=True, eq=False)
class TrainingObjective:
    """Objective of the scans' projections ``V`` (J, K), targets ``Y`` (O, J), the cost and the decay λ.

    ``trainable`` is a mask of the trainable parameters; the others are excluded from decay and derivatives.
    """

    V: Array
    Y: Array
    sizes: LayerSizes
    activation: HiddenActivation
    cost_name: CostName
    decay: float
    trainable: npt.NDArray[np.bool_]

    @property
    def cost(self) -> Cost:
        """Cost function of one scan."""
        return make_cost(self.cost_name, self.sizes.outputs)

    def state(self, u: Array) -> ForwardState:
        """Run the network with the parameters ``u`` on all scans."""
        return forward(NetworkWeights.from_vector(u, self.sizes), self.activation, self.V)

    def error(self, u: Array) -> float:
        """Compute E, the mean cost."""
        return float(self.cost.losses(self.state(u).F, self.Y).mean())

    def value(self, u: Array) -> float:
        """Compute C, the mean cost with the decay."""
        return self.error(u) + self.decay * float(np.sum(u[self.trainable] ** 2))

    def derivatives(self, u: Array) -> tuple[Array, Array]:
        """Compute gradient (P,) and Hessian (P, P) of C with respect to the P trainable parameters."""
        weights = NetworkWeights.from_vector(u, self.sizes)
        state = forward(weights, self.activation, self.V)
        scans = len(self.V)
        slopes = self.cost.gradients(state.F, self.Y) / scans
        curvatures = self.cost.hessians(state.F) / scans
        jacobian = output_jacobian(weights, state, self.V)[:, :, self.trainable]

        gradient = np.einsum("oj,ojp->p", slopes, jacobian) + 2 * self.decay * u[self.trainable]
        hessian = 2 * self.decay * np.eye(len(gradient))
        for curvature_row, left in zip(curvatures, jacobian, strict=True):
            for curvature, right in zip(curvature_row, jacobian, strict=True):
                hessian += left.T @ (curvature[:, None] * right)
        hessian += second_order_terms(weights, state, self.V, slopes)[np.ix_(self.trainable, self.trainable)]
        return gradient, hessian


def output_jacobian(weights: NetworkWeights, state: ForwardState, V: Array) -> Array:
    """Compute ∂F_o/∂u at every scan, (O, J, parameters): W h' v for w, W h' for b, h for W, 1 for β."""
    outputs, scans = state.F.shape
    by_b = weights.W[:, None, :] * state.first_derivatives.T[None]
    by_w = by_b[..., None] * V[None, :, None, :]
    by_W = np.zeros((outputs, scans, outputs, weights.sizes.hidden))
    by_beta = np.zeros((outputs, scans, outputs))
    for o in range(outputs):
        by_W[o, :, o] = state.h.T
        by_beta[o, :, o] = 1.0
    shape = (outputs, scans, -1)
    return np.concatenate([by_w.reshape(shape), by_b, by_W.reshape(shape), by_beta], axis=2)


def second_order_terms(
    weights: NetworkWeights, state: ForwardState, V: Array, output_gradients: Array
) -> Array:
    """Compute Σ_jo slope ∂²F_o/∂u∂uᵀ, (parameters, parameters): the Hessian beyond Gauss–Newton."""
    sizes = weights.sizes
    K, A = sizes.components, sizes.hidden
    inputs = np.hstack([V, np.ones((len(V), 1))])
    total = np.zeros((sizes.parameter_count, sizes.parameter_count))
    through = (weights.W.T @ output_gradients) * state.second_derivatives
    for a in range(A):
        unit = np.append(np.arange(a * K, (a + 1) * K), A * K + a)
        total[np.ix_(unit, unit)] = inputs.T @ (through[a, :, None] * inputs)
        for o in range(sizes.outputs):
            output = A * (K + 1) + o * A + a
            total[unit, output] = total[output, unit] = inputs.T @ (
                output_gradients[o] * state.first_derivatives[a]
            )
    return total
