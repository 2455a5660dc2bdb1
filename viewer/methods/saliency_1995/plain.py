"""The saliency by the plain loop over voxels, as the equations stand: what the fast ways are held against.

Float64 and numpy alone, one voxel after the other, the basis changed and the scans projected again.
"""

from __future__ import annotations

from viewer.models.training.morch.cost import Array, cost_of
from viewer.models.training.morch.fit import Fit
from viewer.models.training.morch.network import run
from viewer.models.training.morch.newton import minimise
from viewer.models.training.morch.objective import Objective


def basis(fit: Fit, X: Array) -> Array:
    """B, shape (I, K), from the centred scans ``X`` (J, I)."""
    return X.T @ fit.components.P


def expansion(fit: Fit, X: Array, i: int) -> tuple[float, float, float]:
    """First and second term of equation (10) at voxel ``i``, and the second with the terms between k.

    For squared error and one output, as the paper has it.
    """
    weights, state, B = fit.weights, fit.state, basis(fit, X)
    scans, components = fit.components.V.shape
    first = second = cross = 0.0
    for j in range(scans):
        e = fit.targets.Y[0, j] - state.F[0, j]
        g = 0.0
        for k in range(components):
            s = sum(weights.W[0, a] * state.first[a, j] * weights.w[a, k] for a in range(len(weights.w)))
            first += 2 / scans * e * s * X[j, i] * B[i, k]
            second += 1 / scans * s**2 * X[j, i] ** 2 * B[i, k] ** 2
            g += s * B[i, k]
        cross += 1 / scans * g**2 * X[j, i] ** 2
    return float(first), float(second), float(cross)


def without(fit: Fit, X: Array, voxels: list[int] | Array) -> Objective:
    """What training makes small when rows of B are set to zero (equation 3): the scans projected again."""
    B = basis(fit, X)
    B[voxels] = 0.0
    kept = fit.objective
    return Objective(X @ B, kept.Y, kept.sizes, kept.activation, kept.cost_name, kept.decay, kept.free)


def exact(fit: Fit, X: Array, i: int) -> float:
    """E without voxel ``i``, less E, the weights as they are."""
    V = without(fit, X, [i]).V
    cost = cost_of(fit.objective.cost_name, len(fit.targets.Y))
    changed = cost.losses(run(fit.weights, fit.objective.activation, V).F, fit.targets.Y)
    return float(changed.mean() - cost.losses(fit.state.F, fit.targets.Y).mean())


def retrained(fit: Fit, X: Array, i: int) -> float:
    """C without voxel ``i`` at its own minimum, less C at the network's (equation 4)."""
    return minimise(without(fit, X, [i]), fit.minimum.u).value - fit.minimum.value
