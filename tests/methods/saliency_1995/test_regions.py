"""Sets of voxels against single voxels, against all of them, and against networks trained again."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.errors import MethodError
from viewer.methods.saliency_1995 import plain
from viewer.methods.saliency_1995.accuracy import Accuracy
from viewer.methods.saliency_1995.regions import Regions, atlas_regions, cubes, region_saliency
from viewer.methods.saliency_1995.voxels import voxel_saliency

NO_REFIT = list(Accuracy)[:4]


@pytest.mark.parametrize("kind", ["graded", "two", "three"])
def test_regions_of_one_voxel_are_voxels(matrix, fitted, kind):
    fit = fitted(kind)
    single = Regions(np.arange(matrix.voxels), tuple(map(str, range(matrix.voxels))))
    found = region_saliency(fit, matrix, single, NO_REFIT)
    voxels = voxel_saliency(fit, matrix, NO_REFIT, double=True)
    for accuracy in NO_REFIT:
        scale = np.abs(voxels[accuracy]).max()
        np.testing.assert_allclose(found[accuracy], voxels[accuracy], rtol=0, atol=1e-10 * scale)


def test_without_all_voxels_the_network_knows_nothing(matrix, fitted):
    fit = fitted(biases=False)
    everything = Regions(np.zeros(matrix.voxels, dtype=np.int64), ("brain",))
    found = region_saliency(fit, matrix, everything, [Accuracy.EXACT, Accuracy.RETRAINED])
    # Without biases it says 0 then, and the targets have variance one; no training can mend that.
    assert found[Accuracy.EXACT][0] == pytest.approx(1.0 - fit.error, abs=1e-12)
    assert found[Accuracy.RETRAINED][0] == pytest.approx(1.0 - fit.minimum.value, abs=1e-9)


def test_regions_are_the_plain_way_with_their_rows_at_zero(matrix, fitted):
    fit = fitted()
    regions = cubes(matrix, 6.0)
    found = region_saliency(fit, matrix, regions, [Accuracy.EXACT, Accuracy.RETRAINED])
    X = matrix.values.astype(np.float64)
    B = plain.basis(fit, X)
    for number in (0, 3, len(regions.names) - 1):
        changed = plain.without(fit, X, B, np.flatnonzero(regions.labels == number))
        assert found[Accuracy.EXACT][number] == pytest.approx(
            changed.error(fit.minimum.u) - fit.error, abs=1e-12
        )
        # Whatever weights training ends at, they are no worse than those it started from.
        assert found[Accuracy.RETRAINED][number] <= found[Accuracy.EXACT][number] + 1e-12


def test_cubes_tile_the_mask(matrix):
    regions = cubes(matrix, 6.0)  # 3 × 3 × 2 voxels of 2 × 2 × 3 mm
    assert regions.sizes.sum() == matrix.voxels
    assert regions.sizes.max() == 18
    places = np.argwhere(matrix.mask)
    for number in range(len(regions.names)):
        inside = places[regions.labels == number]
        assert (np.ptp(inside, axis=0) <= [2, 2, 1]).all()
        assert len(np.unique(inside // [3, 3, 2], axis=0)) == 1


def test_values_are_spread_over_their_voxels():
    regions = Regions(np.array([1, -1, 0, 1]), ("a", "b"))
    np.testing.assert_array_equal(regions.spread([5.0, 7.0]), [7.0, 0.0, 5.0, 7.0])
    np.testing.assert_array_equal(regions.sizes, [1, 2])


def test_atlas_numbers_keep_their_names(matrix):
    atlas = np.zeros(matrix.grid.shape)
    atlas[3], atlas[5, :, 2:] = 40, 2
    regions = atlas_regions(matrix, atlas, ["none", "first", "second"])
    assert regions.names == ("second", "region 40")
    np.testing.assert_array_equal(
        regions.labels, np.where(atlas == 2, 0, np.where(atlas == 40, 1, -1))[matrix.mask]
    )


def test_an_atlas_of_another_place_is_refused(matrix):
    with pytest.raises(MethodError, match="none of its regions lies in the mask"):
        atlas_regions(matrix, np.zeros(matrix.grid.shape), [])


def test_cubes_smaller_than_a_voxel_are_refused(matrix):
    with pytest.raises(MethodError, match="shorter than a voxel"):
        cubes(matrix, 2.5)
