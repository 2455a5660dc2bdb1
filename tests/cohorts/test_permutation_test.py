"""Permutation tests equal nilearn's on the same arrays; TFCE equals nilearn's."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.cohorts import permutation_test as module
from viewer.cohorts.permutation_test import Design, corrected_p, permutation_test
from viewer.cohorts.tfce import enhance_clusters

nilearn = pytest.importorskip("nilearn.mass_univariate")

SHAPE = (6, 7, 5)
SCANS = 14


def data(seed: int = 0) -> np.ndarray:
    """Return values (scans, voxels), the second half larger in some voxels."""
    random = np.random.default_rng(seed)
    values = random.normal(3.0, 1.0, (SCANS, np.prod(SHAPE)))
    values[SCANS // 2 :, :20] += 1.5
    return values


CASES = {
    "two groups": (np.repeat([0.0, 1.0], SCANS // 2), np.empty((SCANS, 0))),
    "two groups, confound": (np.repeat([0.0, 1.0], SCANS // 2), np.linspace(0, 9, SCANS)[:, None] ** 2),
    "slope, two confounds": (
        np.random.default_rng(1).normal(size=SCANS),
        np.random.default_rng(2).normal(size=(SCANS, 2)),
    ),
    "mean": (np.ones(SCANS), np.empty((SCANS, 0))),
    "mean, confound": (np.ones(SCANS), np.linspace(-3, 3, SCANS)[:, None]),
}


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Split the voxels and the permutations into many blocks."""
    monkeypatch.setattr(module, "BLOCK_VALUES", 1000)
    monkeypatch.setattr(module, "BATCH_BYTES", 8 * 210 * 7)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("small_blocks")
def test_t_and_corrected_p_equal_nilearns(case: str) -> None:
    tested, confounds = CASES[case]
    values = data()
    expected = nilearn.permuted_ols(
        tested[:, None],
        values,
        confounds if confounds.size else None,
        n_perm=60,
        random_state=5,
        n_jobs=1,
        output_type="dict",
    )
    found = permutation_test(
        lambda block: values[:, block], values.shape[1], Design(tested, confounds), 60, 5
    )
    np.testing.assert_allclose(found.t, expected["t"][0], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(np.sort(found.max_statistics), np.sort(expected["h0_max_t"][0]), rtol=1e-10)
    assert found.p is not None
    np.testing.assert_allclose(-np.log10(found.p), expected["logp_max_t"][0], rtol=1e-10, atol=1e-10)


@pytest.mark.usefixtures("small_blocks")
def test_tfce_and_its_corrected_p_equal_nilearns() -> None:
    from nibabel import Nifti1Image
    from nilearn.maskers import NiftiMasker

    mask = np.ones(SHAPE, dtype=np.int8)
    mask[0, 0, :] = 0
    masker = NiftiMasker(Nifti1Image(mask, np.eye(4))).fit()
    values = data()[:, : int(mask.sum())]
    tested = CASES["two groups"][0]
    expected = nilearn.permuted_ols(
        tested[:, None],
        values,
        n_perm=12,
        tfce=True,
        masker=masker,
        random_state=3,
        n_jobs=1,
        output_type="dict",
    )

    def enhance(t: np.ndarray) -> np.ndarray:
        volume = np.zeros(SHAPE)
        volume[mask > 0] = t
        return enhance_clusters(volume)[mask > 0]

    design = Design(tested, np.empty((SCANS, 0)))
    found = permutation_test(lambda block: values[:, block], values.shape[1], design, 12, 3, enhance)
    assert found.tfce is not None
    assert found.p_tfce is not None
    # nilearn passes the statistic through an image, which keeps it in float64.
    np.testing.assert_allclose(found.tfce, expected["tfce"][0], rtol=1e-10)
    np.testing.assert_allclose(-np.log10(found.p_tfce), expected["logp_max_tfce"][0], rtol=1e-10, atol=1e-10)


def test_a_voxel_without_variance_has_no_effect() -> None:
    values = data()
    values[:, 3] = 0.0
    values[:, 4] = 2.0
    design = Design(*CASES["two groups"])
    found = permutation_test(lambda block: values[:, block], values.shape[1], design, 20)
    assert found.t[3] == 0
    assert abs(found.t[4]) < 1e-5
    assert found.p is not None
    assert found.p[3] == 1.0


def test_the_data_itself_counts_as_a_permutation() -> None:
    assert corrected_p(np.array([5.0, 1.0]), np.array([2.0, 3.0, 4.0])).tolist() == [0.25, 1.0]


def test_no_effect_is_rarely_significant() -> None:
    significant = 0
    for seed in range(20):
        values = np.random.default_rng(100 + seed).normal(size=(SCANS, 200))
        found = permutation_test(
            lambda block, v=values: v[:, block], 200, Design(*CASES["two groups"]), 99, seed
        )
        assert found.p is not None
        significant += bool(found.p.min() <= 0.05)
    assert significant <= 1


def test_where_all_scans_have_one_value_t_of_the_mean_is_not_defined() -> None:
    values = np.random.default_rng(0).normal(1, 1, (8, 3))
    values[:, 1] = 0.3
    found = permutation_test(lambda part: values[:, part], 3, Design(np.ones(8), np.empty((8, 0))), 19)
    assert found.t[1] == 0
    assert found.p is not None
    assert found.p[1] == 1
    assert np.abs(found.t[[0, 2]]).min() > 0
