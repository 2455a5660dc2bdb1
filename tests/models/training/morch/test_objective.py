"""The cost's derivatives against differences of the cost, and against autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.models.training.morch.cost import CostName, make_cost
from viewer.models.training.morch.network import (
    HiddenActivation,
    LayerSizes,
    NetworkWeights,
    initial_weights,
    trainable_parameters,
)
from viewer.models.training.morch.objective import TrainingObjective

CASES = [
    (CostName.SQUARED_ERROR, 1),
    (CostName.SQUARED_ERROR, 2),
    (CostName.CROSS_ENTROPY, 1),
    (CostName.CROSS_ENTROPY, 3),
]


def objective_and_point(name, outputs, activation, biases=True, drop=0):
    rng = np.random.default_rng(4)
    V = rng.normal(size=(12, 4))
    sizes = LayerSizes(4, outputs if activation is HiddenActivation.LINEAR else 3, outputs)
    if name is CostName.SQUARED_ERROR:
        Y = rng.normal(size=(outputs, 12))
    elif outputs == 1:
        Y = rng.integers(0, 2, (1, 12)) * 1.0
    else:
        Y = np.eye(outputs)[rng.integers(0, outputs, 12)].T
    free = trainable_parameters(sizes, activation, biases)
    u = initial_weights(sizes, activation, rng, V).to_vector()
    u[free] += rng.normal(0, 0.5, free.sum())
    gone = np.flatnonzero(free)[:drop]
    free[gone], u[gone] = False, 0.0
    return TrainingObjective(V, Y, sizes, activation, name, 0.03, free), u


@pytest.mark.parametrize(("name", "outputs"), CASES)
@pytest.mark.parametrize("activation", list(HiddenActivation))
@pytest.mark.parametrize(("biases", "drop"), [(True, 0), (False, 0), (True, 3)])
def test_gradient_and_hessian_are_autograds(name, outputs, activation, biases, drop):
    objective, u = objective_and_point(name, outputs, activation, biases, drop)
    V, Y = torch.tensor(objective.V), torch.tensor(objective.Y)
    sizes, free = objective.sizes, torch.tensor(objective.trainable)
    K, A, outs = sizes.components, sizes.hidden, sizes.outputs

    def value(part):
        full = torch.tensor(u).masked_scatter(free, part)
        w, b, W, beta = torch.split(full, [A * K, A, outs * A, outs])
        hidden = w.reshape(A, K) @ V.T + b[:, None]
        hidden = torch.tanh(hidden) if activation is HiddenActivation.TANH else hidden
        F = W.reshape(outs, A) @ hidden + beta[:, None]
        if name is CostName.SQUARED_ERROR:
            error = ((Y - F) ** 2).sum() / len(V)
        elif outs == 1:
            error = torch.nn.functional.binary_cross_entropy_with_logits(F, Y)
        else:
            error = torch.nn.functional.cross_entropy(F.T, Y.argmax(0))
        return error + objective.decay * (part**2).sum()

    at = torch.tensor(u)[free]
    assert objective.value(u) == pytest.approx(float(value(at)), rel=1e-13)
    gradient, hessian = objective.derivatives(u)
    wanted = torch.autograd.functional.jacobian(value, at).numpy()
    np.testing.assert_allclose(gradient, wanted, rtol=0, atol=1e-13)
    wanted = torch.autograd.functional.hessian(value, at).numpy()
    np.testing.assert_allclose(hessian, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("name", "outputs"), CASES)
def test_slopes_and_curvatures_of_a_cost_are_its_derivatives(name, outputs):
    rng = np.random.default_rng(0)
    F, Y = rng.normal(size=(outputs, 6)) * 4, np.zeros((outputs, 6))
    Y[0] = 1.0
    cost, step = make_cost(name, outputs), 1e-5
    for o in range(outputs):
        up, down = F.copy(), F.copy()
        up[o] += step
        down[o] -= step
        slope = (cost.losses(up, Y) - cost.losses(down, Y)) / (2 * step)
        np.testing.assert_allclose(cost.gradients(F, Y)[o], slope, atol=1e-8)
        curvature = (cost.gradients(up, Y) - cost.gradients(down, Y)) / (2 * step)
        np.testing.assert_allclose(cost.hessians(F)[o], curvature, atol=1e-8)


def test_costs_far_out_stay_finite():
    for outputs in (1, 3):
        F, Y = np.full((outputs, 1), 800.0), np.zeros((outputs, 1))
        Y[-1] = outputs > 1
        cost = make_cost(CostName.CROSS_ENTROPY, outputs)
        assert np.isfinite(cost.losses(F, Y)).all()
        assert np.isfinite(cost.gradients(F, Y)).all()


def test_a_vector_and_its_weights_are_the_same():
    sizes = LayerSizes(4, 3, 2)
    vector = np.arange(sizes.parameter_count, dtype=float)
    weights = NetworkWeights.from_vector(vector, sizes)
    assert weights.sizes == sizes
    np.testing.assert_array_equal(weights.to_vector(), vector)
    assert weights.w[1, 0] == 4
    assert weights.b[0] == 12
    assert weights.W[1, 0] == 18
    assert weights.beta[1] == 22
