"""Training as a whole: minima, seeds, the linear case, leaving subjects out, pruning, keeping."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.errors import ModelError
from viewer.models.training.morch.crossvalidation import leave_one_subject_out
from viewer.models.training.morch.fit import load_fit, save_fit
from viewer.models.training.morch.network import forward
from viewer.models.training.morch.pca import principal_components
from viewer.models.training.morch.pruning import prune
from viewer.models.training.morch.targets import class_targets, graded_targets
from viewer.models.training.morch.training import fit_components, train_network
from viewer.models.training.morch.training_options import HiddenActivation, TrainingOptions

J = 24


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(6)
    pattern = rng.normal(size=300)
    return rng.normal(size=(J, 300)) + np.outer(np.arange(J) % 6, pattern) * 0.3


Y = [float(number % 6) for number in range(J)]
SUBJECTS = [f"s{number // 6}" for number in range(J)]
WORDS = ["high" if value > 2 else "low" for value in Y]
THREE = [str(int(value // 2)) for value in Y]


@pytest.mark.parametrize(
    "targets", [graded_targets(Y, "t"), class_targets(WORDS, "t"), class_targets(THREE, "t")]
)
@pytest.mark.parametrize("activation", list(HiddenActivation))
def test_every_fit_ends_at_a_true_minimum(X, targets, activation):
    fit = train_network(X @ X.T, targets, TrainingOptions(activation=activation, decay=0.01))
    assert fit.minimum.converged
    assert fit.components.count == J - 1
    if targets.classes:
        np.testing.assert_array_equal(fit.predictions(), targets.labels)
    else:
        assert np.corrcoef(fit.predictions(), Y)[0, 1] > 0.99
        assert fit.error < 0.05


def test_the_same_seed_is_the_same_network(X):
    targets = graded_targets(Y, "t")
    first, second = (
        train_network(X @ X.T, targets, TrainingOptions(seed=3)).minimum.parameters for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_more_starts_are_never_worse(X):
    targets = graded_targets(Y, "t")
    costs = [
        train_network(X @ X.T, targets, TrainingOptions(starts=starts)).minimum.value for starts in (1, 3, 6)
    ]
    assert costs == sorted(costs, reverse=True)


def test_without_biases_it_is_equation_1(X):
    fit = train_network(X @ X.T, graded_targets(Y, "t"), TrainingOptions(biases=False))
    assert not fit.weights.b.any()
    assert not fit.weights.beta.any()
    opposite = forward(fit.weights, fit.objective.activation, -fit.components.V).F
    np.testing.assert_allclose(opposite, -fit.state.F, atol=1e-13)


def test_leaving_a_subject_out_is_training_without_its_scans(X):
    targets = class_targets(WORDS, "t")
    recipe = TrainingOptions(hidden=2, starts=2, components=8)
    found = leave_one_subject_out(X @ X.T, targets, SUBJECTS, recipe)
    train_rows = np.array(SUBJECTS) != "s2"
    inner = X[train_rows] - X[train_rows].mean(axis=0)
    part = class_targets([word for word, kept in zip(WORDS, train_rows, strict=True) if kept], "t")
    fit = fit_components(principal_components(inner @ inner.T, 8), part, recipe)
    V = (X[~train_rows] - X[train_rows].mean(axis=0)) @ (inner.T @ fit.components.P)
    F = forward(fit.weights, fit.objective.activation, V).F
    np.testing.assert_array_equal(found.predictions[~train_rows], (F[0] > 0) * 1.0)
    assert found.score == pytest.approx((found.predictions == targets.labels).mean())


def test_nothing_to_learn_is_not_learned():
    """Labels that have nothing to do with the scans: no better than chance on subjects left out."""
    rng = np.random.default_rng(11)
    X = rng.normal(size=(48, 400))
    labels = [str(n) for n in rng.permutation(np.arange(48) % 2)]
    subjects = [str(number // 6) for number in range(48)]
    found = leave_one_subject_out(X @ X.T, class_targets(labels, "t"), subjects, TrainingOptions(starts=1))
    assert 0.25 < found.score < 0.75


def test_leaving_out_errors(X):
    gram = X @ X.T
    with pytest.raises(ModelError, match="there is only the subject 'a'"):
        leave_one_subject_out(gram, graded_targets(Y, "t"), ["a"] * J, TrainingOptions())
    halves = ["a" if word == "high" else "b" for word in WORDS]
    with pytest.raises(ModelError, match="without 'b' y is the same for every scan"):
        leave_one_subject_out(gram, class_targets(WORDS, "t"), halves, TrainingOptions())


def test_pruning_takes_what_matters_least_and_trains_again(X):
    fit = train_network(X @ X.T, graded_targets(Y, "t"), TrainingOptions(decay=0.01))
    pruned = prune(fit, 0.5, rounds=5)
    weights = fit.objective.sizes.parameter_count - 5 - 1  # the biases stay
    gone = int(fit.objective.trainable.sum() - pruned.fit.objective.trainable.sum())
    assert gone == round(weights * 0.5)
    assert not pruned.fit.minimum.parameters[~pruned.fit.objective.trainable].any()
    assert pruned.fit.minimum.converged
    costs = [cost for _, _, cost in pruned.history]
    assert costs == sorted(costs)
    assert [count for count, _, _ in pruned.history] == sorted(
        (count for count, _, _ in pruned.history), reverse=True
    )
    worst = _prune_the_largest(fit, gone)
    assert pruned.fit.minimum.value < worst


def _prune_the_largest(fit, count):
    from dataclasses import replace

    from viewer.models.training.morch.training import refit

    largest = np.argsort(-np.abs(fit.minimum.parameters))[:count]
    u, free = fit.minimum.parameters.copy(), fit.objective.trainable.copy()
    u[largest], free[largest] = 0.0, False
    cut = replace(
        fit, objective=replace(fit.objective, trainable=free), minimum=replace(fit.minimum, parameters=u)
    )
    return refit(cut).minimum.value


def test_pruning_nothing_changes_nothing(X):
    fit = train_network(X @ X.T, graded_targets(Y, "t"), TrainingOptions())
    pruned = prune(fit, 0.0)
    assert pruned.fit is fit
    assert len(pruned.history) == 1
    with pytest.raises(ModelError, match="a share of 1 was requested"):
        prune(fit, 1.0)


@pytest.mark.parametrize("targets", [graded_targets(Y, "t"), class_targets(THREE, "t")])
def test_a_saved_fit_is_the_same(X, tmp_path, targets):
    fit = prune(train_network(X @ X.T, targets, TrainingOptions(components=9)), 0.2, rounds=1).fit
    path = save_fit(fit, tmp_path / "fit.safetensors")
    back = load_fit(path)
    np.testing.assert_array_equal(back.minimum.parameters, fit.minimum.parameters)
    np.testing.assert_array_equal(back.components.P, fit.components.P)
    np.testing.assert_array_equal(back.objective.trainable, fit.objective.trainable)
    assert back.minimum.value == fit.minimum.value
    assert back.minimum.converged
    assert back.targets.classes == targets.classes
    np.testing.assert_array_equal(back.predictions(), fit.predictions())


def test_files_that_are_no_fits(tmp_path):
    from safetensors.numpy import save_file

    path = tmp_path / "other.safetensors"
    save_file({"P": np.zeros((3, 2))}, path)
    for bad in (path, tmp_path / "none.safetensors"):
        with pytest.raises(ModelError, match="is not a fit that `train morch` wrote"):
            load_fit(bad)
    path.write_bytes(b"text")
    with pytest.raises(ModelError, match="is not a fit"):
        load_fit(path)


def test_invalid_training_options():
    for wrong, says in (
        ({"hidden": 0}, "hidden units: 0 were requested"),
        ({"decay": 0.0}, "decay: is 0"),
        ({"decay": float("nan")}, "decay: is nan"),
        ({"starts": 0}, "starts: 0 were requested"),
    ):
        with pytest.raises(ModelError, match=says):
            TrainingOptions(**wrong)


def test_what_covariates_explain_is_estimated_without_the_subject_that_is_left_out():
    """From the Gram matrix alone the same networks as from the scans, each fold regressed anew."""
    rng = np.random.default_rng(8)
    subjects = [f"s{number // 4}" for number in range(24)]
    y, age = rng.normal(size=24), rng.normal(size=24)
    raw = np.outer(y, rng.normal(size=60)) + np.outer(age, rng.normal(size=60)) + rng.normal(size=(24, 60))
    design = np.column_stack([np.ones(24), age])
    everywhere = raw - design @ np.linalg.lstsq(design, raw, rcond=None)[0]
    recipe, targets = TrainingOptions(hidden=1, starts=2, components=6), graded_targets(list(y), "t")
    found = leave_one_subject_out(
        everywhere @ everywhere.T, targets, subjects, recipe, confound_design=design - [0.0, age.mean()]
    )
    labels = np.array(subjects)
    for name in ("s0", "s3"):
        train_rows = labels != name
        coefficients = np.linalg.lstsq(design[train_rows], raw[train_rows], rcond=None)[0]
        fold = raw - design @ coefficients
        alone = leave_one_subject_out(fold @ fold.T, targets, subjects, recipe)
        np.testing.assert_allclose(
            found.predictions[~train_rows], alone.predictions[~train_rows], rtol=1e-6, atol=1e-8
        )


def test_a_covariate_that_means_nothing_costs_little():
    """Regressed out of all scans at once, left-out scans would be pushed away from what they are."""
    rng = np.random.default_rng(3)
    subjects = [f"s{number // 6}" for number in range(36)]
    y, age = rng.normal(size=36), rng.normal(size=36)
    raw = np.outer(y, rng.normal(size=200)) + 2 * rng.normal(size=(36, 200))
    design = np.column_stack([np.ones(36), age - age.mean()])
    everywhere = raw - design @ np.linalg.lstsq(design, raw, rcond=None)[0]
    recipe, targets = TrainingOptions(hidden=1, starts=2, components=8), graded_targets(list(y), "t")
    plain = leave_one_subject_out(raw @ raw.T, targets, subjects, recipe)
    found = leave_one_subject_out(
        everywhere @ everywhere.T, targets, subjects, recipe, confound_design=design
    )
    assert plain.score > 0.8
    assert found.score > plain.score - 0.1
