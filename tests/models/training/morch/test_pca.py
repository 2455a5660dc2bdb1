"""Principal components from the Gram matrix against the scans' own singular vectors."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.errors import ModelError
from viewer.models.training.morch.pca import gram_rank, principal_components, project_held_out


def scans(J=10, voxels=200, rank=None):
    rng = np.random.default_rng(2)
    if rank is None:
        return rng.normal(size=(J, voxels)) + rng.normal(size=voxels)
    return rng.normal(size=(J, rank)) @ rng.normal(size=(rank, voxels))


def test_axes_and_projections_are_the_singular_vectors():
    X = scans() - scans().mean(axis=0)
    found = principal_components(X @ X.T)
    U, S, B = np.linalg.svd(X, full_matrices=False)
    axes = X.T @ found.P * found.scale
    np.testing.assert_allclose(np.abs(np.sum(axes * B[:9].T, axis=0)), 1.0, rtol=1e-10)
    np.testing.assert_allclose(X @ X.T @ found.P, found.V, atol=1e-10)
    np.testing.assert_allclose(np.abs(found.V * found.scale), np.abs(U[:, :9] * S[:9]), atol=1e-10)
    np.testing.assert_allclose(found.variances, S[:9] ** 2 / 10, rtol=1e-10)
    assert np.mean(found.V.var(axis=0)) == pytest.approx(1.0)


def test_scans_need_not_be_centred_before():
    X = scans()
    Z = X - X.mean(axis=0)
    raw, centred = principal_components(X @ X.T, 4), principal_components(Z @ Z.T, 4)
    np.testing.assert_allclose(raw.V, centred.V, atol=1e-9)
    np.testing.assert_allclose(raw.P.sum(axis=0), 0.0, atol=1e-12)


def test_rank_counts_what_differs():
    assert gram_rank(scans() @ scans().T) == 9
    X = scans(rank=4).astype(np.float32).astype(np.float64)
    assert gram_rank(X @ X.T) == 4
    assert principal_components(X @ X.T).count == 4
    same = np.ones((5, 30))
    assert gram_rank(same @ same.T) == 0


def test_held_out_scans_are_projected_without_being_known():
    X = scans(12)
    train = np.arange(12) % 4 != 1
    components, V = project_held_out(X @ X.T, train, 5)
    mean = X[train].mean(axis=0)
    axes = (X[train] - mean).T @ components.P
    np.testing.assert_allclose(V, (X[~train] - mean) @ axes, atol=1e-10)
    np.testing.assert_allclose(components.V, (X[train] - mean) @ axes, atol=1e-10)


def test_fewer_components_where_fewer_are_left_after_holding_out():
    X = scans(6)
    assert project_held_out(X @ X.T, np.arange(6) < 4, 5)[0].count == 3


def test_invalid_input_is_refused():
    X = scans()
    with pytest.raises(
        ModelError, match="10 were requested, but 10 scans prepared this way have 9; choose 1 to 9"
    ):
        principal_components(X @ X.T, 10)
    with pytest.raises(ModelError, match="0 were requested"):
        principal_components(X @ X.T, 0)
    with pytest.raises(ModelError, match="there is only one"):
        principal_components(np.ones((1, 1)))
    with pytest.raises(ModelError, match="all of them are the same"):
        principal_components(np.ones((4, 4)))
