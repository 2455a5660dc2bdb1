"""A scan that lies as the template, and the same scan turned, mirrored and moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fit_scans import changed, turned, upside_down

from viewer.fit.pose import axis_rotations, check_pose, find_orientation, template_correlation
from viewer.fit.subject import FitSubject, coarse_volume
from viewer.models.fit_report import FitVerdict
from viewer.models.input_spec import InputChannel
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan

Subject = Callable[..., FitSubject]


@pytest.fixture(scope="module")
def brain() -> Scan:
    """The template at 3 mm."""
    scan = load_scan("mni152")
    data, grid = coarse_volume(scan.data, scan.grid, 3.0)
    return Scan(data, grid, "brain")


def moved(scan: Scan, millimetres: float) -> Scan:
    shift = np.eye(4)
    shift[1, 3] = millimetres
    return Scan(scan.data, Grid(scan.grid.shape, shift @ scan.grid.affine), scan.name)


def test_there_are_24_rotations_by_right_angles() -> None:
    found = list(axis_rotations())
    assert len({tuple(map(int, one.ravel())) for one in found}) == 24
    assert np.array_equal(found[0], np.eye(3))
    assert all(np.isclose(np.linalg.det(one), 1) for one in found)


def test_the_template_lies_where_it_lies(subject: Subject, brain: Scan) -> None:
    assert template_correlation(subject(brain)) > 0.95
    assert check_pose(subject(brain, space="affine")).verdict is FitVerdict.OK
    assert check_pose(subject(changed(brain, brain.data[::-1]), space="affine")).verdict is FitVerdict.OK


@pytest.mark.parametrize(
    ("change", "says"), [(upside_down, "upside down"), (turned, "turned by 90°, on its back or face")]
)
def test_a_turned_head_is_named(
    subject: Subject, brain: Scan, change: Callable[[Scan], Scan], says: str
) -> None:
    found = check_pose(subject(change(brain), space="affine"))
    assert found.verdict is FitVerdict.UNFIT
    assert says in found.sentence
    native = check_pose(subject(change(brain), space="native"))
    assert native.verdict is FitVerdict.CAUTION
    assert says in native.sentence


def test_a_head_elsewhere_fits_only_a_network_of_native_scans(subject: Subject, brain: Scan) -> None:
    away = moved(brain, 45)
    assert not find_orientation(subject(away)).is_turned
    assert find_orientation(subject(away)).correlation > 0.9
    found = check_pose(subject(away, space="affine"))
    assert found.verdict is FitVerdict.UNFIT
    assert "register it first" in found.sentence
    assert check_pose(subject(away, space="native")).verdict is FitVerdict.OK


def test_other_modalities_are_not_compared_with_a_t1_template(subject: Subject, brain: Scan) -> None:
    flair = subject(upside_down(brain), space="affine", inputs=(InputChannel("F", "FLAIR"),))
    assert check_pose(flair).verdict is FitVerdict.NOT_MEASURABLE


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("low", [True, False])
def test_no_turn_is_read_from_half_a_head(subject: Subject, brain: Scan, axis: int, low: bool) -> None:
    data = np.array(brain.data)
    half = data.shape[axis] // 2
    data[
        tuple((slice(half) if low else slice(half, None)) if one == axis else slice(None) for one in range(3))
    ] = 0
    given = changed(brain, data)
    assert not find_orientation(subject(given)).is_turned
    assert "seems to lie" not in check_pose(subject(given, space="native")).sentence


def test_no_turn_is_read_from_a_head_at_an_oblique_angle_far_away(subject: Subject, brain: Scan) -> None:
    from scipy.spatial.transform import Rotation

    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", [35, 20, 10], degrees=True).as_matrix()
    matrix[:3, 3] = (3000, -2500, 900)
    far = subject(Scan(brain.data, Grid(brain.grid.shape, matrix @ brain.grid.affine), "far"))
    assert not find_orientation(far).is_turned


def test_a_small_brain_without_skull_lies_upright(subject: Subject, brain: Scan) -> None:
    """It is 15 % smaller than the template along each side, as many brains are."""
    small = Scan(
        brain.data, Grid(brain.grid.shape, np.diag([0.85, 0.85, 0.85, 1]) @ brain.grid.affine), "small"
    )
    found = check_pose(subject(small, space="native"))
    assert found.verdict is FitVerdict.OK, found.sentence


def test_no_turn_is_read_from_half_a_real_head(subject: Subject, real_data: Path) -> None:
    head = load_scan(real_data / "heads" / "example_brain_t1.nii.gz")
    data = np.array(head.data)
    data[: data.shape[0] // 2] = 0
    for one in (data, np.where(data > 0, 0, head.data)):
        assert not find_orientation(subject(changed(head, one))).is_turned


def test_no_turn_is_read_from_an_upright_real_head_on_a_sheared_grid(
    subject: Subject, real_data: Path
) -> None:
    head = load_scan(real_data / "heads" / "example_brain_t1.nii.gz")
    affine, shape = np.eye(4), (210, 210, 210)
    affine[:3, :3] = np.array([[1.2, 0.2, 0], [0, 1.2, 0.15], [0.1, 0, 1.2]])
    affine[:3, 3] = head.grid.centre - affine[:3, :3] @ (104.5, 104.5, 104.5)
    sheared = Grid(shape, affine)
    given = subject(Scan(resample(head.data, head.grid, sheared), sheared, "sheared"), space="affine")
    found = check_pose(given)
    assert found.verdict is FitVerdict.UNFIT
    assert "upside down" not in found.sentence
    assert "its header does not say which space it is in" in found.sentence
