"""The descent against answers in closed form, against scipy's, and at the edges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from viewer.errors import Cancelled
from viewer.models.training.morch.cost import CostName
from viewer.models.training.morch.levenberg_marquardt import minimise
from viewer.models.training.morch.network import (
    HiddenActivation,
    LayerSizes,
    NetworkWeights,
    initial_weights,
    trainable_parameters,
)
from viewer.models.training.morch.objective import TrainingObjective
from viewer.progress import Progress


def objective(
    activation=HiddenActivation.TANH, name=CostName.SQUARED_ERROR, decay=0.01, biases=True, scans=40
):
    rng = np.random.default_rng(8)
    V = rng.normal(size=(scans, 6)) * np.array([3, 2, 1, 1, 0.5, 0.2])
    y = np.tanh(V[:, 0]) + 0.4 * V[:, 1] + 0.1 * rng.normal(size=scans)
    Y = (y - y.mean())[None] / y.std() if name is CostName.SQUARED_ERROR else (y > 0)[None] * 1.0
    sizes = LayerSizes(6, 1 if activation is HiddenActivation.LINEAR else 4, 1)
    return TrainingObjective(
        V, Y, sizes, activation, name, decay, trainable_parameters(sizes, activation, biases)
    )


def start_of(problem: TrainingObjective, seed=0):
    return initial_weights(
        problem.sizes, problem.activation, np.random.default_rng(seed), problem.V
    ).to_vector()


def test_the_linear_network_is_ridge_regression():
    problem = objective(HiddenActivation.LINEAR, biases=False)
    found = minimise(problem, start_of(problem))
    scans = len(problem.V)
    expected = np.linalg.solve(
        problem.V.T @ problem.V / scans + problem.decay * np.eye(6), problem.V.T @ problem.Y[0] / scans
    )
    assert found.converged
    np.testing.assert_allclose(
        NetworkWeights.from_vector(found.parameters, problem.sizes).w[0], expected, atol=1e-10 / problem.decay
    )
    assert found.steps <= 10


@pytest.mark.parametrize("name", list(CostName))
@pytest.mark.parametrize("decay", [1e-3, 5e-2])
def test_a_true_minimum_no_other_descent_leaves(name, decay):
    problem = objective(name=name, decay=decay)
    found = minimise(problem, start_of(problem))
    assert found.converged
    assert found.max_gradient <= 1e-10
    assert found.eigenvalue_range[0] > 0

    def value(part):
        u = found.parameters.copy()
        u[problem.trainable] = part
        return problem.value(u)

    onward = optimize.minimize(
        value, found.parameters[problem.trainable], method="BFGS", options={"gtol": 1e-7}
    )
    assert onward.fun >= found.value - 1e-12
    assert found.value == pytest.approx(problem.value(found.parameters), abs=0)


def test_it_goes_at_least_as_deep_as_lbfgs_from_the_same_start():
    problem = objective(decay=1e-2)

    def both(part):
        u = np.zeros(problem.sizes.parameter_count)
        u[problem.trainable] = part
        return problem.value(u), problem.derivatives(u)[0]

    ours = min(minimise(problem, start_of(problem, seed)).value for seed in range(3))
    theirs = min(
        optimize.minimize(both, start_of(problem, seed)[problem.trainable], jac=True, method="L-BFGS-B").fun
        for seed in range(3)
    )
    assert ours <= theirs + 1e-6


def test_it_leaves_a_saddle():
    """All weights zero is stationary without biases, and no minimum where there is something to learn."""
    problem = objective(biases=False, decay=1e-3)
    u = np.full(problem.sizes.parameter_count, 1e-9)
    u[-1] = 0.0
    found = minimise(problem, u)
    assert found.converged
    assert found.value < 0.5 * problem.value(np.zeros_like(u))


def test_parameters_that_are_not_free_stay():
    problem = objective()
    free = problem.trainable.copy()
    free[:6] = False
    u = start_of(problem)
    found = minimise(replace(problem, trainable=free), u)
    np.testing.assert_array_equal(found.parameters[:6], u[:6])
    assert np.abs(found.parameters[6:] - u[6:]).max() > 0.01
    assert found.converged


def test_too_few_steps_are_no_minimum():
    problem = objective()
    stopped = minimise(problem, start_of(problem), max_steps=2)
    assert not stopped.converged
    assert stopped.steps == 2
    assert stopped.value < problem.value(start_of(problem))


def test_it_can_be_cancelled():
    problem = objective()
    with pytest.raises(Cancelled):
        minimise(problem, start_of(problem), progress=Progress(cancelled=lambda: True))
