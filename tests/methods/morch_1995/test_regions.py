"""Sets of voxels against single voxels, against all of them, and against networks trained again."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.errors import MethodError
from viewer.methods.morch_1995 import reference
from viewer.methods.morch_1995.approximation import Approximation
from viewer.methods.morch_1995.region_saliency import (
    VoxelSets,
    compute_region_saliency,
    make_atlas_regions,
    make_cubes,
)
from viewer.methods.morch_1995.voxel_saliency import compute_voxel_saliency

NO_REFIT = list(Approximation)[:4]


@pytest.mark.parametrize("kind", ["graded", "two", "three"])
def test_regions_of_one_voxel_are_voxels(matrix, fitted, kind):
    fit = fitted(kind)
    single = VoxelSets(np.arange(matrix.voxel_count), tuple(map(str, range(matrix.voxel_count))))
    found = compute_region_saliency(fit, matrix, single, NO_REFIT)
    voxels = compute_voxel_saliency(fit, matrix, NO_REFIT, double=True)
    for approximation in NO_REFIT:
        scale = np.abs(voxels[approximation]).max()
        np.testing.assert_allclose(found[approximation], voxels[approximation], rtol=0, atol=1e-10 * scale)


def test_without_all_voxels_the_network_knows_nothing(matrix, fitted):
    fit = fitted(biases=False)
    everything = VoxelSets(np.zeros(matrix.voxel_count, dtype=np.int64), ("brain",))
    found = compute_region_saliency(fit, matrix, everything, [Approximation.EXACT, Approximation.RETRAINED])
    # Without biases it says 0 then, and the targets have variance one; no training can mend that.
    assert found[Approximation.EXACT][0] == pytest.approx(1.0 - fit.error, abs=1e-12)
    assert found[Approximation.RETRAINED][0] == pytest.approx(1.0 - fit.minimum.value, abs=1e-9)


def test_regions_are_the_plain_way_with_their_rows_at_zero(matrix, fitted):
    fit = fitted()
    regions = make_cubes(matrix, 6.0)
    found = compute_region_saliency(fit, matrix, regions, [Approximation.EXACT, Approximation.RETRAINED])
    X = matrix.values.astype(np.float64)
    B = reference.compute_basis(fit, X)
    for number in (0, 3, len(regions.names) - 1):
        changed = reference.remove_voxels(fit, X, B, np.flatnonzero(regions.labels == number))
        assert found[Approximation.EXACT][number] == pytest.approx(
            changed.error(fit.minimum.parameters) - fit.error, abs=1e-12
        )
        # Whatever weights training ends at, they are no worse than those it started from.
        assert found[Approximation.RETRAINED][number] <= found[Approximation.EXACT][number] + 1e-12


def test_cubes_tile_the_mask(matrix):
    regions = make_cubes(matrix, 6.0)  # 3 × 3 × 2 voxels of 2 × 2 × 3 mm
    assert regions.sizes.sum() == matrix.voxel_count
    assert regions.sizes.max() == 18
    places = np.argwhere(matrix.mask)
    for number in range(len(regions.names)):
        inside = places[regions.labels == number]
        assert (np.ptp(inside, axis=0) <= [2, 2, 1]).all()
        assert len(np.unique(inside // [3, 3, 2], axis=0)) == 1


def test_values_are_spread_over_their_voxels():
    regions = VoxelSets(np.array([1, -1, 0, 1]), ("a", "b"))
    np.testing.assert_array_equal(regions.to_voxels([5.0, 7.0]), [7.0, 0.0, 5.0, 7.0])
    np.testing.assert_array_equal(regions.sizes, [1, 2])


def test_atlas_numbers_keep_their_names(matrix):
    atlas = np.zeros(matrix.grid.shape)
    atlas[3], atlas[5, :, 2:] = 40, 2
    regions = make_atlas_regions(matrix, atlas, ["none", "first", "second"])
    assert regions.names == ("second", "region 40")
    np.testing.assert_array_equal(
        regions.labels, np.where(atlas == 2, 0, np.where(atlas == 40, 1, -1))[matrix.mask]
    )


def test_an_atlas_of_another_place_is_refused(matrix):
    with pytest.raises(MethodError, match="none of its regions lies in the mask"):
        make_atlas_regions(matrix, np.zeros(matrix.grid.shape), [])


def test_cubes_smaller_than_a_voxel_are_refused(matrix):
    with pytest.raises(MethodError, match="shorter than a voxel"):
        make_cubes(matrix, 2.5)
