"""What is prepared: a tight box, slices that are the scan's, shadows that are maxima along its axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from viewer.errors import ViewerError
from viewer.scans.map import Map
from viewer.scene.render_data import MapRenderData, ScanRenderData
from viewer.session.view import Sign

PLACES = ((-31.0, 14.0, 19.0), (28.0, -35.0, -8.0))


def test_the_box_is_tight_around_the_head_and_lets_air_around_it_go(grid, head):
    scan = head(grid)
    content = ScanRenderData.from_scan(scan)
    inside = np.argwhere(scan.data > 0)
    low, high = np.array(content.frame.low), np.array(content.frame.high)
    assert (low <= inside.min(axis=0)).all()
    assert (high > inside.max(axis=0)).all()
    gap = np.concatenate([inside.min(axis=0) - low, high - 1 - inside.max(axis=0)]).reshape(2, 3)
    assert (gap * grid.spacing < 0.05 * 160 + 2 * grid.spacing).all()


def test_a_slice_is_the_scans_and_its_cover_is_the_heads(grid, head):
    scan = head(grid)
    content = ScanRenderData.from_scan(scan)
    for axis in range(3):
        index = grid.shape[axis] // 2
        face = content.slice(axis, index)
        b, c = (other for other in range(3) if other != axis)
        assert face.shape == (content.frame.shape[b], content.frame.shape[c], 2)
        data = np.take(scan.data, index, axis=axis)
        for n, m in ((10, 12), (23, 20), (face.shape[0] // 2, face.shape[1] // 2)):
            i, j = n + content.frame.low[b], m + content.frame.low[c]
            inside = 0 <= i < data.shape[0] and 0 <= j < data.shape[1]
            value = data[i, j] if inside else 0.0
            border = np.pad(data, 4)[i + 2 : i + 7, j + 2 : j + 7] > 0
            if border.all() or not border.any():
                assert (face[n, m, 1] > 127) == (value > 0)
        assert not content.slice(axis, -500).any()


def test_a_hole_that_one_slice_encloses_is_covered(grids, head):
    grid = grids["RAS"]
    scan = head(grid)
    data = np.array(scan.data)
    centre = np.array(grid.shape) // 2
    data[centre[0] - 2 : centre[0] + 3, centre[1] - 3 : centre[1] + 4, :] = 0.0
    content = ScanRenderData.from_scan(type(scan)(data, grid, "with a canal"))
    assert content.mask_alpha[tuple(centre)] < 128, "the canal is open to the air above and below"
    at = centre[:2] - np.array(content.frame.low[:2])
    assert content.slice(2, int(centre[2]))[at[0], at[1], 1] > 127
    assert content.slice(0, int(centre[0]))[at[1], centre[2] - content.frame.low[2], 1] < 128


def test_shadows_on_the_scans_own_grid_are_maximum_projections(grid, head, blobs):
    scan = ScanRenderData.from_scan(head(grid))
    shown = blobs(grid, (PLACES[0], 2.0, 9.0), (PLACES[1], -1.5, 7.0))
    content = MapRenderData.from_map(shown, scan)
    assert content.signed
    low, high = scan.frame.low, scan.frame.high
    for axis in range(3):
        b, c = (other for other in range(3) if other != axis)
        for n, part in enumerate((shown.data, -shown.data)):
            whole = np.pad(np.maximum(part.max(axis=axis), 0), 20)
            expected = whole[low[b] + 20 : high[b] + 20, low[c] + 20 : high[c] + 20]
            assert content.shadows[axis][:, :, n] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("of", ["RAS", "LAS", "LIA", "thick", "oblique", "sheared"])
def test_a_map_on_another_grid_throws_its_shadow_where_it_is(grid, grids, prepared, blobs, of):
    """The middle of each shadow, as a point of the face, lies at the blob's scan coordinates."""
    scan = prepared(grid)
    shown = blobs(grids[of], (PLACES[0], 2.0, 9.0))
    content = MapRenderData.from_map(shown, scan)
    highest = shown.data.max()
    expected = grid.to_voxel(PLACES[0])
    for axis in range(3):
        b, c = (other for other in range(3) if other != axis)
        shadow = content.shadows[axis][:, :, 0]
        assert 0.9 * highest < shadow.max() <= highest * (1 + 1e-6)
        where = np.argwhere(shadow >= 1.0)
        weights = shadow[shadow >= 1.0]
        middle = (where * weights[:, None]).sum(axis=0) / weights.sum()
        texels = np.array(shadow.shape) / np.array([scan.frame.shape[b], scan.frame.shape[c]])
        found = (middle + 0.5) / texels + scan.frame.faces[0, [b, c]]
        assert np.abs((found - expected[[b, c]]) * grid.spacing[[b, c]]).max() < 0.8


def test_smoothing_is_a_width_in_mm(head, grids):
    grid = grids["thick"]
    data = np.zeros(grid.shape, dtype=np.float32)
    centre = tuple(n // 2 for n in grid.shape)
    data[centre] = 1.0
    content = MapRenderData.from_map(
        Map(data, grid, "point"), ScanRenderData.from_scan(head(grid)), smoothing=20.0
    )
    profile = content.volume.values[:, centre[1], centre[2]]
    above = np.count_nonzero(profile >= profile.max() / 2) * grid.spacing[0]
    assert above == pytest.approx(20.0, abs=grid.spacing[0])
    assert content.volume.values.sum() == pytest.approx(1.0, rel=1e-3)


def test_rankings_count_each_sign_alone(head, blobs, grids):
    grid = grids["RAS"]
    shown = blobs(grid, (PLACES[0], 2.0, 9.0), (PLACES[1], -1.5, 7.0))
    content = MapRenderData.from_map(shown, ScanRenderData.from_scan(head(grid)))
    assert content.sorted_values[Sign.POSITIVE].count == np.count_nonzero(shown.data > 0)
    assert content.sorted_values[Sign.NEGATIVE].count == np.count_nonzero(shown.data < 0)
    assert content.sorted_values[Sign.BOTH].count == np.count_nonzero(shown.data)
    assert content.sorted_values[Sign.NEGATIVE].largest == pytest.approx(1.5, rel=0.02)


def test_a_map_without_a_place_is_refused_by_name(head, grids):
    with pytest.raises(ViewerError, match="of a tensor: has no 3D spatial grid"):
        MapRenderData.from_map(
            Map(np.zeros((4, 4), np.float32), None, "of a tensor"),
            ScanRenderData.from_scan(head(grids["RAS"])),
        )


def test_a_scan_without_contrast_still_makes_a_box(grids):
    from viewer.scans.scan import Scan

    grid = grids["RAS"]
    content = ScanRenderData.from_scan(Scan(np.zeros(grid.shape, np.float32), grid, "flat"))
    assert all(n > 0 for n in content.frame.shape)
    assert np.isfinite(content.frame.corners).all()


def test_the_slices_that_are_seen_first_are_what_any_slice_is(prepared, grid):
    content = prepared(grid)
    bare = replace(content, middle_slices=())
    middle = content.frame.slice_indices(None)
    for axis, index in enumerate(middle):
        np.testing.assert_array_equal(content.slice(axis, index), bare.slice(axis, index))
        np.testing.assert_array_equal(content.slice(axis, index + 1), bare.slice(axis, index + 1))
    # A point beyond the box is taken to its last slice.
    low, high = np.array(content.frame.low), np.array(content.frame.high) - 1
    assert content.frame.slice_indices(content.grid.to_world(high + 50)) == tuple(high)
    assert content.frame.slice_indices(content.grid.to_world(low - 50)) == tuple(low)
