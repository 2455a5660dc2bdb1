"""Left is left: where voxels lie in the picture of a slice, for every way in which a grid may lie."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.scans.grid import Grid
from viewer.scene.slice_plane import Orientation, SlicePlane, evenly_spaced, format_point, slice_plane
from viewer.session.view import Convention

SHAPE = (21, 25, 19)


def turned(degrees: tuple[float, float, float]) -> np.ndarray:
    """A rotation about the three axes, one after the other."""
    x, y, z = np.deg2rad(degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def centred(matrix: np.ndarray) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = -matrix @ ((np.array(SHAPE) - 1) / 2)
    return Grid(SHAPE, affine)


def stored(codes: str) -> np.ndarray:
    """The columns of an affine whose voxel axes run towards these letters, 2 by 2.5 by 3 mm."""
    letters = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
    matrix = np.zeros((3, 3))
    for axis, (code, step) in enumerate(zip(codes, (2.0, 2.5, 3.0), strict=True)):
        row, sign = letters[code]
        matrix[row, axis] = sign * step
    return matrix


SHEAR = np.array([[1, 0.25, 0.1], [0, 1, 0.15], [0, 0, 1]])
GRIDS = {
    "RAS": centred(stored("RAS")),
    "LAS": centred(stored("LAS")),
    "LIA": centred(stored("LIA")),
    "PSR": centred(stored("PSR")),
    "oblique RAS": centred(turned((12, -8, 17)) @ stored("RAS")),
    "oblique LAS": centred(turned((25, 15, -22)) @ stored("LAS")),
    "sheared RAS": centred(SHEAR @ stored("RAS")),
    "sheared LPS": centred(SHEAR @ stored("LPS")),
}


@pytest.fixture(params=GRIDS.values(), ids=GRIDS.keys())
def grid(request: pytest.FixtureRequest) -> Grid:
    return request.param


@pytest.fixture(params=list(Convention), ids=str)
def convention(request: pytest.FixtureRequest) -> Convention:
    return request.param


@pytest.fixture(params=list(Orientation), ids=str)
def orientation(request: pytest.FixtureRequest) -> Orientation:
    return request.param


def offset_from_centre(shown: SlicePlane, point: tuple[float, float, float]) -> tuple[float, float]:
    """Where a point lies from the middle of the picture: to the right, to the top."""
    x, y = shown.to_picture(point)
    width, height = shown.size
    return x - width / 2, height / 2 - y


@pytest.mark.parametrize("across", [Orientation.CORONAL, Orientation.AXIAL])
def test_the_brains_right_is_where_the_convention_says(
    grid: Grid, convention: Convention, across: Orientation
) -> None:
    shown = slice_plane(grid, across, convention)
    expected = 1 if convention is Convention.NEUROLOGICAL else -1
    assert np.sign(offset_from_centre(shown, (12.0, 0.0, 0.0))[0]) == expected
    assert np.sign(offset_from_centre(shown, (-12.0, 0.0, 0.0))[0]) == -expected
    left, right, _, _ = shown.side_letters
    assert (left, right) == (("L", "R") if expected > 0 else ("R", "L"))


def test_front_is_to_the_right_and_at_the_top_in_both_conventions(grid: Grid, convention: Convention) -> None:
    sagittal = slice_plane(grid, Orientation.SAGITTAL, convention)
    axial = slice_plane(grid, Orientation.AXIAL, convention)
    coronal = slice_plane(grid, Orientation.CORONAL, convention)
    assert offset_from_centre(sagittal, (0.0, 12.0, 0.0))[0] > 0
    assert offset_from_centre(axial, (0.0, 12.0, 0.0))[1] > 0
    assert offset_from_centre(sagittal, (0.0, 0.0, 12.0))[1] > 0
    assert offset_from_centre(coronal, (0.0, 0.0, 12.0))[1] > 0
    assert sagittal.side_letters == ("P", "A", "S", "I")
    assert axial.side_letters[2:] == ("A", "P")
    assert coronal.side_letters[2:] == ("S", "I")


def test_a_place_in_the_picture_and_its_point_lead_to_each_other(
    grid: Grid, orientation: Orientation, convention: Convention
) -> None:
    shown = slice_plane(grid, orientation, convention)
    through = (1.5, -2.25, 3.0)
    point = shown.to_mm(7.0, 11.0, through)
    assert shown.to_picture(point) == pytest.approx((7.0, 11.0), abs=1e-9)
    assert grid.to_voxel(point)[shown.slice_axis] == pytest.approx(grid.to_voxel(through)[shown.slice_axis])


def test_a_marked_voxel_is_drawn_where_its_point_is(
    grid: Grid, orientation: Orientation, convention: Convention
) -> None:
    """The picture's pixel and the affine's millimetre name the same voxel: nothing is mirrored between."""
    voxel = (16, 7, 12)
    data = np.zeros(SHAPE, np.float32)
    data[voxel] = 1.0
    point = tuple(grid.to_world(voxel))
    shown = slice_plane(grid, orientation, convention)
    cut = shown.extract_slice(data, point)
    rows, columns = np.nonzero(cut)
    assert len(rows) == 1
    spacing = grid.spacing
    place = (
        (columns[0] + 0.5) * spacing[shown.horizontal_axis],
        (rows[0] + 0.5) * spacing[shown.vertical_axis],
    )
    assert place == pytest.approx(shown.to_picture(point), abs=1e-9)
    assert cut.shape == (grid.shape[shown.vertical_axis], grid.shape[shown.horizontal_axis])
    assert cut.flags.c_contiguous


def test_the_two_conventions_are_mirror_images(grid: Grid) -> None:
    data = np.random.default_rng(0).random(SHAPE, np.float32)
    for orientation in (Orientation.CORONAL, Orientation.AXIAL):
        ours = slice_plane(grid, orientation, Convention.NEUROLOGICAL).extract_slice(data, grid.centre)
        theirs = slice_plane(grid, orientation, Convention.RADIOLOGICAL).extract_slice(data, grid.centre)
        np.testing.assert_array_equal(ours, theirs[:, ::-1])
    ours, theirs = (
        slice_plane(grid, Orientation.SAGITTAL, one).extract_slice(data, grid.centre) for one in Convention
    )
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("codes", ["RAS", "LAS", "LIA", "PSR", "ALS", "SPL"])
def test_slices_are_those_of_nibabels_canonical_image(codes: str) -> None:
    """An oracle for axes and flips: nibabel's reorientation, cut plainly."""
    data = np.random.default_rng(1).random(SHAPE, np.float32)
    grid = centred(stored(codes))
    canonical = nibabel.as_closest_canonical(nibabel.Nifti1Image(data, grid.affine))
    voxel = np.rint(np.linalg.solve(canonical.affine, [*grid.centre, 1.0])[:3]).astype(int)
    values = canonical.get_fdata(dtype=np.float32)
    plain = {
        Orientation.SAGITTAL: values[voxel[0]],
        Orientation.CORONAL: values[:, voxel[1]],
        Orientation.AXIAL: values[:, :, voxel[2]],
    }
    for orientation, expected in plain.items():
        ours = slice_plane(grid, orientation, Convention.NEUROLOGICAL).extract_slice(data, grid.centre)
        np.testing.assert_array_equal(ours, expected.T[::-1])


def test_steps_go_where_the_keys_point(grid: Grid, orientation: Orientation, convention: Convention) -> None:
    shown = slice_plane(grid, orientation, convention)
    here = tuple(grid.centre)
    right, top = shown.step(here, 1, 0, 0), shown.step(here, 0, 1, 0)
    assert offset_from_centre(shown, right)[0] - offset_from_centre(shown, here)[0] == pytest.approx(
        grid.spacing[shown.horizontal_axis]
    )
    assert offset_from_centre(shown, top)[1] - offset_from_centre(shown, here)[1] == pytest.approx(
        grid.spacing[shown.vertical_axis]
    )
    through = np.array(shown.step(here, 0, 0, 1)) - np.array(here)
    world = {Orientation.SAGITTAL: 0, Orientation.CORONAL: 1, Orientation.AXIAL: 2}[orientation]
    assert through[world] > 0


def test_steps_stay_inside_the_grid(grid: Grid, orientation: Orientation) -> None:
    shown = slice_plane(grid, orientation, Convention.NEUROLOGICAL)
    far = shown.step(tuple(grid.centre), 1000, -1000, 1000)
    assert grid.contains(far)


@settings(max_examples=50)
@given(
    low=st.tuples(*[st.integers(-5, 5)] * 3),
    size=st.tuples(*[st.integers(1, 20)] * 3),
    name=st.sampled_from(sorted(GRIDS)),
    orientation=st.sampled_from(Orientation),
    convention=st.sampled_from(Convention),
)
def test_a_part_of_the_grid_covers_its_voxels(
    low: tuple[int, int, int],
    size: tuple[int, int, int],
    name: str,
    orientation: Orientation,
    convention: Convention,
) -> None:
    grid = GRIDS[name]
    shown = slice_plane(grid, orientation, convention)
    high = tuple(a + b for a, b in zip(low, size, strict=True))
    left, top, width, height = shown.crop_rectangle(low, high)
    ends = [shown.to_picture(tuple(grid.to_world(np.array(end) - 0.5))) for end in (low, high)]
    assert left == pytest.approx(min(x for x, _ in ends), abs=1e-9)
    assert top == pytest.approx(min(y for _, y in ends), abs=1e-9)
    assert width == pytest.approx(abs(ends[0][0] - ends[1][0]), abs=1e-9)
    assert height == pytest.approx(abs(ends[0][1] - ends[1][1]), abs=1e-9)


def test_the_nearest_slice_is_kept_inside(grid: Grid, orientation: Orientation) -> None:
    shown = slice_plane(grid, orientation, Convention.NEUROLOGICAL)
    assert shown.slice_index(grid.centre) == (SHAPE[shown.slice_axis] - 1) // 2
    assert shown.slice_index(grid.to_world((-50, -50, -50))) == 0
    assert shown.slice_index(grid.to_world((500, 500, 500))) == SHAPE[shown.slice_axis] - 1


def test_coordinates_have_letters_and_no_signs() -> None:
    assert format_point((17.6, -35.3, 12.1)) == "R 17.6  P 35.3  S 12.1 mm"
    assert format_point((-0.04, 0.0, -3.0)) == "L 0.0  A 0.0  I 3.0 mm"
    assert format_point(tuple(np.array([17.6, -35.3, 12.1]))) == "R 17.6  P 35.3  S 12.1 mm"


@pytest.mark.parametrize(
    ("start", "stop", "count"), [(0, 1, 5), (3, 11, 8), (3, 11, 12), (0, 100, 9), (2, 12, 9)]
)
def test_evenly_spaced_slices_are_each_there_once(start: int, stop: int, count: int) -> None:
    found = evenly_spaced(start, stop, count)
    assert len(found) == min(count, stop - start)
    assert found == sorted(set(found))
    assert all(start <= index < stop for index in found)
    if count < stop - start - 2:
        distances = np.diff([start, *found, stop - 1])
        assert np.ptp(distances) <= 1
