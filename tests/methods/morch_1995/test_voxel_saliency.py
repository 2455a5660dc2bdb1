"""The streamed saliency against the plain loop, against autograd, and against a network of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from viewer.errors import Cancelled, MethodError
from viewer.methods.morch_1995 import reference
from viewer.methods.morch_1995.approximation import Approximation
from viewer.methods.morch_1995.voxel_saliency import compute_voxel_saliency
from viewer.models.training.morch.network import NetworkWeights, forward
from viewer.models.training.morch.training_options import HiddenActivation
from viewer.progress import Progress
from viewer.scans.masked_matrix import MaskedMatrix

KINDS = ["graded", "two", "three"]


def near(found, expected, relative=1e-10):
    np.testing.assert_allclose(found, expected, rtol=0, atol=relative * np.abs(expected).max())


def doubled(fit, matrix):
    X = matrix.values.astype(np.float64)
    return X, reference.compute_basis(fit, X)


@pytest.mark.parametrize("activation", list(HiddenActivation))
@pytest.mark.parametrize("biases", [True, False])
def test_the_expansions_are_equation_10(matrix, fitted, activation, biases):
    fit = fitted(activation=activation, biases=biases)
    found = compute_voxel_saliency(fit, matrix, list(Approximation)[:3], double=True)
    X, B = doubled(fit, matrix)
    terms = np.array([reference.compute_expansion(fit, X, B, i) for i in range(matrix.voxel_count)])
    near(found[Approximation.FIRST], terms[:, 0])
    near(found[Approximation.SECOND], terms[:, 0] + terms[:, 1])
    near(found[Approximation.SECOND_CROSS], terms[:, 0] + terms[:, 2])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", list(HiddenActivation))
def test_the_exact_change_is_that_of_scans_projected_again(matrix, fitted, kind, activation):
    fit = fitted(kind, activation=activation)
    found = compute_voxel_saliency(fit, matrix, [Approximation.EXACT], double=True)[Approximation.EXACT]
    X, B = doubled(fit, matrix)
    near(found, np.array([reference.exact_change(fit, X, B, i) for i in range(matrix.voxel_count)]))


def test_the_loop_by_rank_one_agrees_as_well(matrix, fitted):
    fit = fitted()
    found = compute_voxel_saliency(fit, matrix, list(Approximation)[:4], double=True)
    loop = reference.compute_by_rank_one(fit, *doubled(fit, matrix), range(matrix.voxel_count))
    for column, approximation in enumerate(list(Approximation)[:4]):
        near(found[approximation], loop[:, column])


@pytest.mark.parametrize("kind", KINDS)
def test_small_changes_take_the_series_and_agree_too(matrix, fitted, kind):
    faint = MaskedMatrix(matrix.values * np.float32(2**-10), matrix.mean, matrix.mask, matrix.grid)
    fit = fitted(kind)
    components = replace(fit.components, P=fit.components.P / 2)
    fit = replace(fit, components=components)
    found = compute_voxel_saliency(fit, faint, [Approximation.EXACT], double=True)[Approximation.EXACT]
    # The network itself stands where it was; only what a voxel takes away is smaller.
    X, B = faint.values.astype(np.float64), faint.values.T.astype(np.float64) @ components.P
    for i in range(0, faint.voxel_count, 9):
        V = fit.components.V - np.outer(X[:, i], B[i])
        cost = fit.objective.cost
        changed = cost.losses(forward(fit.weights, fit.objective.activation, V).F, fit.targets.Y)
        expected = float((changed - cost.losses(fit.state.F, fit.targets.Y)).mean())
        assert found[i] == pytest.approx(expected, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_first_and_second_order_are_derivatives_by_the_axes(matrix, fitted, kind):
    """Autograd through a cost of torch's own: the slope along b_i, and the Gauss–Newton curvature."""
    fit = fitted(kind)
    found = compute_voxel_saliency(
        fit, matrix, [Approximation.FIRST, Approximation.SECOND_CROSS], double=True
    )
    X = torch.tensor(matrix.values.astype(np.float64))
    B = X.T @ torch.tensor(fit.components.P)
    weights = fit.weights
    w, b, W, beta = (torch.tensor(value) for value in (weights.w, weights.b, weights.W, weights.beta))
    Y = torch.tensor(fit.targets.Y)

    def outputs(axes):
        return W @ torch.tanh(w @ (X @ axes).T + b[:, None]) + beta[:, None]

    def cost(F):
        if kind == "graded":
            return ((Y - F) ** 2).sum() / len(X)
        if kind == "two":
            return torch.nn.functional.binary_cross_entropy_with_logits(F, Y)
        return torch.nn.functional.cross_entropy(F.T, Y.argmax(0))

    leaf = B.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(cost(outputs(leaf)), leaf)
    near(found[Approximation.FIRST], -(gradient * B).sum(1).numpy())

    F = outputs(B)
    curvature = torch.autograd.functional.hessian(cost, F)
    for i in range(0, matrix.voxel_count, 13):
        step = torch.zeros_like(B)
        step[i] = -B[i]
        _, change = torch.autograd.functional.jvp(outputs, B, step)
        second = 0.5 * torch.einsum("oj,ojpk,pk->", change, curvature, change)
        assert found[Approximation.SECOND_CROSS][i] - found[Approximation.FIRST][i] == pytest.approx(
            float(second), rel=1e-9, abs=1e-14
        )


@pytest.mark.parametrize("kind", KINDS)
def test_at_a_minimum_with_decay_the_first_order_is_the_squared_weights(matrix, fitted, kind):
    """There the slope of E along w_a is −2λ w_a; with all components that settles the first order."""
    fit = fitted(kind, decay=0.05)
    found = compute_voxel_saliency(fit, matrix, [Approximation.FIRST], double=True)[Approximation.FIRST]
    seen = fit.weights.w @ fit.components.P.T @ matrix.values.astype(np.float64)
    near(found, 2 * 0.05 * fit.components.scale**2 * (seen**2).sum(axis=0), 1e-8)


def test_the_exact_change_is_that_of_a_voxel_put_to_its_mean(matrix, fitted):
    """A removed row of B and a voxel at its mean in every scan are the same thing."""
    fit = fitted()
    found = compute_voxel_saliency(fit, matrix, [Approximation.EXACT], double=True)[Approximation.EXACT]
    X = matrix.values.astype(np.float64)
    B = X.T @ fit.components.P
    for i in range(0, matrix.voxel_count, 7):
        blinded = X.copy()
        blinded[:, i] = 0.0
        F = forward(fit.weights, fit.objective.activation, blinded @ B).F
        assert found[i] == pytest.approx(float(((fit.targets.Y - F) ** 2).mean()) - fit.error, abs=1e-12)


def test_single_precision_agrees_with_double(matrix, fitted):
    for kind in KINDS:
        fit = fitted(kind)
        single = compute_voxel_saliency(fit, matrix, list(Approximation))
        double = compute_voxel_saliency(fit, matrix, list(Approximation), double=True)
        for approximation in Approximation:
            near(single[approximation], double[approximation], 1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", list(HiddenActivation))
def test_retraining_is_one_newton_step_of_the_changed_cost(matrix, fitted, kind, activation):
    fit = fitted(kind, activation=activation)
    found = compute_voxel_saliency(fit, matrix, [Approximation.RETRAINED], double=True)[
        Approximation.RETRAINED
    ]
    (X, B), u = doubled(fit, matrix), fit.minimum.parameters
    _, hessian = fit.objective.derivatives(u)
    expected = []
    for i in range(0, matrix.voxel_count, 11):
        changed = reference.remove_voxels(fit, X, B, [i])
        gradient, _ = changed.derivatives(u)
        step = np.linalg.solve(hessian, gradient)
        expected.append(changed.value(u) - 0.5 * gradient @ step - fit.minimum.value)
    near(found[::11], np.array(expected), 1e-9)


def test_many_saturated_units_give_no_nonsense(matrix, fitted):
    fit = fitted()
    weights = fit.weights
    loud = NetworkWeights(weights.w * 200, weights.b, weights.W, weights.beta).to_vector()
    fit = replace(fit, minimum=replace(fit.minimum, parameters=loud))
    X, B = doubled(fit, matrix)
    expected = np.array([reference.exact_change(fit, X, B, i) for i in range(matrix.voxel_count)])
    for double, relative in ((True, 1e-9), (False, 1e-4)):
        found = compute_voxel_saliency(fit, matrix, [Approximation.EXACT], double=double)[Approximation.EXACT]
        near(found, expected, relative)


def test_only_what_is_asked_for_is_given(matrix, fitted):
    fit = fitted()
    assert set(compute_voxel_saliency(fit, matrix, [Approximation.SECOND])) == {Approximation.SECOND}
    assert set(compute_voxel_saliency(fit, matrix, [Approximation.RETRAINED, Approximation.FIRST])) == {
        Approximation.FIRST,
        Approximation.RETRAINED,
    }


def test_scans_it_was_not_trained_on_are_refused(matrix, fitted):
    fewer = MaskedMatrix(matrix.values[:9].copy(), matrix.mean, matrix.mask, matrix.grid)
    with pytest.raises(MethodError, match="trained on 16 scans, these are 9"):
        compute_voxel_saliency(fitted(), fewer, [Approximation.FIRST])


def test_retraining_from_no_minimum_is_refused(matrix, fitted):
    fit = fitted()
    stopped = replace(fit, minimum=replace(fit.minimum, converged=False))
    compute_voxel_saliency(stopped, matrix, [Approximation.EXACT])
    with pytest.raises(MethodError, match="not at a true minimum"):
        compute_voxel_saliency(stopped, matrix, [Approximation.RETRAINED])


def test_it_can_be_cancelled(matrix, fitted):
    with pytest.raises(Cancelled):
        compute_voxel_saliency(
            fitted(), matrix, [Approximation.EXACT], progress=Progress(cancelled=lambda: True)
        )


@pytest.mark.cuda
def test_a_graphics_card_gives_the_same(matrix, fitted):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    fit = fitted()
    here = compute_voxel_saliency(fit, matrix, list(Approximation), double=True)
    there = compute_voxel_saliency(fit, matrix, list(Approximation), double=True, device="cuda")
    for approximation in Approximation:
        near(there[approximation], here[approximation], 1e-9)
