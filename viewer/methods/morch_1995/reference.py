"""Reference implementation of the saliency by plain loops over voxels, for tests and timing.

Float64 and numpy only, one voxel after the other: once directly from the equations, changing the basis and
projecting the scans again; once using the fact that a voxel changes the projections by rank one.
"""

from __future__ import annotations

import numpy as np

from viewer.models.training.morch.cost import Array, make_cost
from viewer.models.training.morch.fit import Fit
from viewer.models.training.morch.levenberg_marquardt import minimise
from viewer.models.training.morch.network import forward
from viewer.models.training.morch.objective import TrainingObjective


def compute_basis(fit: Fit, X: Array) -> Array:
    """Compute B, shape (I, K), from the centred scans ``X`` (J, I)."""
    return X.T @ fit.components.P


def compute_expansion(fit: Fit, X: Array, B: Array, i: int) -> tuple[float, float, float]:
    """Compute the first and second term of equation (10) at voxel ``i``, and the second with cross terms.

    For squared error and one output, as in the paper.
    """
    weights, state = fit.weights, fit.state
    scans, components = fit.components.V.shape
    first = second = cross = 0.0
    for j in range(scans):
        e = fit.targets.Y[0, j] - state.F[0, j]
        g = 0.0
        for k in range(components):
            s = sum(
                weights.W[0, a] * state.first_derivatives[a, j] * weights.w[a, k]
                for a in range(len(weights.w))
            )
            first += 2 / scans * e * s * X[j, i] * B[i, k]
            second += 1 / scans * s**2 * X[j, i] ** 2 * B[i, k] ** 2
            g += s * B[i, k]
        cross += 1 / scans * g**2 * X[j, i] ** 2
    return float(first), float(second), float(cross)


def remove_voxels(fit: Fit, X: Array, B: Array, voxels: list[int] | Array) -> TrainingObjective:
    """Return the training objective with rows of B set to zero (equation 3): the scans projected again."""
    changed = B.copy()
    changed[voxels] = 0.0
    objective = fit.objective
    V = X @ changed
    return TrainingObjective(
        V,
        objective.Y,
        objective.sizes,
        objective.activation,
        objective.cost_name,
        objective.decay,
        objective.trainable,
    )


def exact_change(fit: Fit, X: Array, B: Array, i: int) -> float:
    """Compute E without voxel ``i`` minus E, with unchanged weights."""
    V = remove_voxels(fit, X, B, [i]).V
    cost = make_cost(fit.objective.cost_name, len(fit.targets.Y))
    changed = cost.losses(forward(fit.weights, fit.objective.activation, V).F, fit.targets.Y)
    return float(changed.mean() - cost.losses(fit.state.F, fit.targets.Y).mean())


def retrained_change(fit: Fit, X: Array, B: Array, i: int) -> float:
    """Compute C without voxel ``i`` at its own minimum minus C at the network's (equation 4)."""
    return minimise(remove_voxels(fit, X, B, [i]), fit.minimum.parameters).value - fit.minimum.value


def compute_by_rank_one(fit: Fit, X: Array, B: Array, voxels: range) -> Array:
    """Compute first order, second as printed, second in full, and exact, shape (voxels, 4).

    Loops over voxels, with numpy over scans, components and units; for squared error and one output.
    """
    weights, state = fit.weights, fit.state
    e = fit.targets.Y[0] - state.F[0]
    s = (weights.W[0, :, None] * state.first_derivatives).T @ weights.w
    saliency = np.empty((len(voxels), 4))
    for row, i in enumerate(voxels):
        x, b = X[:, i], B[i]
        g = s @ b * x
        first = 2 * np.mean(e * g)
        printed = np.mean((s * s) @ (b * b) * (x * x))
        F = weights.W[0] @ np.tanh(state.p - np.outer(weights.w @ b, x)) + weights.beta[0]
        change = np.mean((fit.targets.Y[0] - F) ** 2) - np.mean(e * e)
        saliency[row] = first, first + printed, first + np.mean(g * g), change
    return saliency
