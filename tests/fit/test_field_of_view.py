"""Field of view, voxel size and what lies outside of the network's grid."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from fit_scans import GRID, ball

from viewer.fit.field_of_view import check_field_of_view
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.models.input_spec import Placement
from viewer.preparation.prepared import Prepared
from viewer.preparation.registration import Registration, RegistrationKind
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

Subject = Callable[..., FitSubject]


def scaled(*steps: float) -> Grid:
    """The same field of view in other voxels."""
    shape = [round(size * 3 / step) for size, step in zip(GRID.shape, steps, strict=True)]
    return Grid(tuple(shape), GRID.affine @ np.diag([*(step / 3 for step in steps), 1]))


def test_a_usual_field_of_view(subject: Subject) -> None:
    assert (
        check_field_of_view(subject(ball(74, grid=scaled(2, 2, 2)), space="affine")).verdict is FitVerdict.OK
    )


def test_another_field_of_view_for_a_network_that_is_shown_all_of_it(subject: Subject) -> None:
    wide = ball(74, grid=Grid((129, 129, 129), scaled(2, 2, 2).affine))
    found = check_field_of_view(subject(wide, space="affine"))
    assert found.verdict is FitVerdict.UNFIT
    assert "here 258 × 258 × 258 mm" in found.sentence
    assert check_field_of_view(subject(wide, space="native")).verdict is FitVerdict.OK


def test_a_side_that_a_header_rounds_up_is_within_the_limit(subject: Subject) -> None:
    """240 mm at voxels of 1.6 mm, which a file holds in float32, are 240.000004 mm."""
    affine = np.diag([*[float(np.float32(1.6))] * 3, 1.0])
    affine[:3, 3] = (-120, -150, -100)
    found = check_field_of_view(subject(ball(74, grid=Grid((150, 150, 150), affine)), space="affine"))
    assert found.verdict is FitVerdict.OK, found.sentence


@pytest.mark.parametrize(
    ("steps", "says"), [((6, 6, 6), "coarser"), ((0.5, 2, 2), "times longer"), ((2, 2, 12), "coarser")]
)
def test_unusual_voxels(subject: Subject, steps: tuple[float, float, float], says: str) -> None:
    given = subject(ball(74, grid=scaled(*steps)), shape=(90, 105, 90))
    found = check_field_of_view(given)
    assert found.verdict is FitVerdict.CAUTION
    assert says in found.sentence


def test_a_coarse_network_takes_coarse_scans(subject: Subject) -> None:
    assert check_field_of_view(subject(ball(74, grid=scaled(4, 4, 4)))).verdict is FitVerdict.OK


def test_a_head_outside_of_the_networks_grid(subject: Subject) -> None:
    scan = ball(74, grid=scaled(2, 2, 2))
    centre = scan.grid.centre
    half = np.diag([3.0, 3, 3, 1])
    half[:3, 3] = centre - (74, 105, 90)
    far = half.copy()
    far[0, 3] += 70
    spot = {"placement": Placement.AFFINE, "shape": (60, 70, 60)}
    inside = subject(scan, affine=tuple(map(tuple, half)), **spot)
    assert check_field_of_view(inside).verdict is FitVerdict.OK
    found = check_field_of_view(subject(scan, affine=tuple(map(tuple, far)), **spot))
    assert found.verdict is FitVerdict.CAUTION
    assert "outside of the network's grid" in found.sentence


def shifted(scan: Scan, millimetres: float) -> Scan:
    affine = np.array(scan.grid.affine)
    affine[0, 3] += millimetres
    return Scan(scan.data, Grid(scan.grid.shape, affine), scan.name)


def cropped(scan: Scan, height: int) -> Scan:
    """Return the lowest ``height`` planes."""
    data = scan.data[:, :, :height]
    return Scan(np.ascontiguousarray(data), Grid(data.shape, scan.grid.affine), scan.name)


@pytest.mark.parametrize("space", ["affine", "rigid"])
def test_a_head_far_from_the_template_covers_nothing(subject: Subject, space: str) -> None:
    far = shifted(ball(74, grid=scaled(2, 2, 2)), 3000)
    found = check_field_of_view(subject(far, space=space))
    assert found.verdict is FitVerdict.UNFIT
    assert "does not overlap the network's field of view" in found.sentence


def test_a_part_of_the_templates_brain(subject: Subject) -> None:
    part = shifted(ball(74, grid=scaled(2, 2, 2)), 90)  # from the middle to the right
    found = check_field_of_view(subject(part, space="rigid"))
    assert found.verdict is FitVerdict.CAUTION
    assert re.search(r"covers only (49|50|51)% of the network's field of view", found.sentence)


@pytest.mark.parametrize("space", ["native", "affine", "rigid", ""])
def test_half_a_head_of_80_mm(subject: Subject, space: str) -> None:
    half = cropped(ball(74, grid=scaled(2, 2, 2)), 40)
    found = check_field_of_view(subject(half, space=space))
    assert found.verdict is not FitVerdict.OK
    assert "only 80 mm along one side" in found.sentence


@pytest.mark.parametrize("space", ["native", "affine", ""])
def test_a_head_whose_file_counts_in_centimetres(subject: Subject, space: str) -> None:
    scan = ball(74, grid=scaled(2, 2, 2))
    tiny = Scan(scan.data, Grid(scan.grid.shape, np.diag([0.1, 0.1, 0.1, 1]) @ scan.grid.affine), "cm")
    found = check_field_of_view(subject(tiny, space=space))
    assert found.verdict is FitVerdict.UNFIT
    assert "18 × 21 × 18 mm is smaller than a brain: its header seems to give lengths in cm" in found.sentence


@pytest.mark.parametrize("space", ["native", "affine", "rigid"])
@pytest.mark.parametrize(("axis", "end"), [(0, 0), (1, 0), (1, 1), (2, 1)])
def test_a_half_that_was_set_to_zero(subject: Subject, space: str, axis: int, end: int) -> None:
    scan = ball(74, grid=scaled(2, 2, 2))
    data = np.array(scan.data)
    middle = data.shape[axis] // 2
    lost = slice(middle, None) if end else slice(0, middle)
    data[tuple(lost if other == axis else slice(None) for other in range(3))] = 0
    found = check_field_of_view(subject(Scan(data, scan.grid, "half"), space=space))
    assert found.verdict is not FitVerdict.OK
    assert "50% of its voxels are empty planes at an end" in found.sentence


def test_a_patch_that_a_network_of_patches_needs(subject: Subject) -> None:
    """A scan of 60 mm for a network whose grid is 48 mm wide."""
    scan = ball(74, grid=scaled(2, 2, 2))
    centre = np.array(scan.grid.shape) // 2
    data = np.ascontiguousarray(scan.data[tuple(slice(c - 15, c + 15) for c in centre)])
    small = Scan(data, Grid(data.shape, scan.grid.affine), "patch")
    spot = {"placement": Placement.SPACING, "shape": (24, 24, 24), "spacing": (2.0, 2.0, 2.0)}
    found = check_field_of_view(subject(small, space="native", **spot))
    assert "brain" not in found.sentence


def test_a_prepared_scan_covers_what_the_scan_as_given_did(subject: Subject) -> None:
    """The prepared scan has the template's box, and half of it was never recorded."""
    whole = ball(74, grid=scaled(2, 2, 2))
    half = Scan(whole.data[:45], Grid((45, *whole.grid.shape[1:]), whole.grid.affine), "half")
    found = {}
    for given in (whole, half):
        registration = Registration(np.eye(4), RegistrationKind.AFFINE, 0.95, 0.9, 1.0, 0.0, "mni152")
        made = Prepared(given, whole, registration=registration, native=given)
        found[given.name] = check_field_of_view(replace(subject(whole, space="affine"), preparation=made))
    assert found["ball"].verdict is FitVerdict.OK
    assert found["half"].verdict is FitVerdict.CAUTION
    assert "of the network's field of view" in found["half"].sentence
