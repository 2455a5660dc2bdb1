"""Full-batch training to a true minimum: Levenberg–Marquardt damping of the exact Hessian.

Close to the minimum the damping vanishes and the steps are Newton's, so that the gradient reaches the
rounding error of float64. The saliency map with retraining relies on that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from viewer.models.training.morch.cost import Array
from viewer.models.training.morch.objective import TrainingObjective
from viewer.progress import Progress

_MIN_DAMPING, _MAX_DAMPING = 1e-14, 1e12


@dataclass(frozen=True)
class Minimum:
    """Result of the minimisation.

    ``max_gradient`` is the largest entry of C's gradient; ``eigenvalue_range`` the smallest and the largest
    eigenvalue of its Hessian. ``converged`` means that the gradient is within the tolerance and every
    eigenvalue is positive: a true minimum.
    """

    parameters: Array
    value: float
    steps: int
    max_gradient: float
    eigenvalue_range: tuple[float, float]
    converged: bool


def minimise(
    objective: TrainingObjective,
    start: Array,
    tolerance: float = 1e-10,
    max_steps: int = 500,
    progress: Progress | None = None,
) -> Minimum:
    """Minimise from ``start`` (only trainable parameters change) until |gradient| ≤ ``tolerance``.

    Raises
    ------
    Cancelled
        Cancelled through ``progress``.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # For matrices of a few hundred rows, more threads cost more than they save.
    with threadpool_limits(1, "blas"):
        u, steps = np.array(start, dtype=np.float64), 0
        while True:
            u, steps_taken = _descend(objective, u, tolerance, max_steps - steps, progress or Progress())
            steps += steps_taken
            gradient, hessian = objective.derivatives(u)
            eigenvalues, vectors = linalg.eigh(hessian, check_finite=False)
            min_eigenvalue, max_eigenvalue = float(eigenvalues[0]), float(eigenvalues[-1])
            lower_point = _escape_saddle(objective, u, vectors[:, 0]) if min_eigenvalue < 0 else None
            if lower_point is None or steps >= max_steps:
                break
            u, steps = lower_point, steps + 1
    max_gradient = float(np.abs(gradient).max())
    converged = max_gradient <= tolerance and min_eigenvalue > 0
    return Minimum(u, objective.value(u), steps, max_gradient, (min_eigenvalue, max_eigenvalue), converged)


def _descend(
    objective: TrainingObjective, u: Array, tolerance: float, max_steps: int, progress: Progress
) -> tuple[Array, int]:
    """Take damped steps until the gradient is small or the cost stops falling; return end and steps."""
    value = objective.value(u)
    gradient, hessian = objective.derivatives(u)
    damping = 1e-2 * float(np.abs(np.diag(hessian)).max())
    steps = 0
    while steps < max_steps and np.abs(gradient).max() > tolerance and damping < _MAX_DAMPING:
        progress.raise_if_cancelled()
        factor = _cholesky(hessian, damping)
        if factor is None:
            damping = max(4.0 * damping, _MIN_DAMPING)
            continue
        step = -linalg.cho_solve(factor, gradient, check_finite=False)
        predicted_gain = -float(gradient @ step + 0.5 * step @ hessian @ step)
        candidate = u.copy()
        candidate[objective.trainable] += step
        candidate_value = objective.value(candidate)
        gain = value - candidate_value
        steps += 1
        # Below its rounding error, a change of the cost is meaningless; then the gradient must decrease.
        unresolved = predicted_gain < 1e-13 * abs(value)
        if gain <= 0 and not unresolved:
            damping = max(4.0 * damping, _MIN_DAMPING)
            continue
        candidate_gradient, candidate_hessian = objective.derivatives(candidate)
        if unresolved and np.abs(candidate_gradient).max() >= np.abs(gradient).max():
            break
        u, value, gradient, hessian = candidate, candidate_value, candidate_gradient, candidate_hessian
        damping *= (
            0.1
            if unresolved or gain > 0.75 * predicted_gain
            else 1.0
            if gain > 0.25 * predicted_gain
            else 4.0
        )
        if damping < _MIN_DAMPING:
            damping = 0.0
    return u, steps


def _escape_saddle(objective: TrainingObjective, u: Array, direction: Array) -> Array | None:
    """Return a lower point along a direction of negative curvature; None if there is none."""
    value = objective.value(u)
    for length in 2.0 ** -np.arange(1, 20):
        for sign in (1.0, -1.0):
            candidate = u.copy()
            candidate[objective.trainable] += sign * length * direction
            if objective.value(candidate) < value:
                return candidate
    return None


def _cholesky(hessian: Array, damping: float) -> tuple[Array, bool] | None:
    """Return the Cholesky factor of the damped Hessian; None if it is not positive definite."""
    damped = hessian.copy()
    damped[np.diag_indices_from(damped)] += damping
    try:
        factor: tuple[Array, bool] = linalg.cho_factor(
            damped, lower=True, overwrite_a=True, check_finite=False
        )
    except linalg.LinAlgError:
        return None
    return factor
