"""Field of view, voxel size and what lies outside of the network's grid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from fit_scans import GRID, ball

from viewer.fit.field_of_view import check_field_of_view
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.models.input_spec import Placement
from viewer.scans.grid import Grid

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
    assert "of 258 × 258 × 258 mm here" in found.sentence
    assert check_field_of_view(subject(wide, space="native")).verdict is FitVerdict.OK


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
