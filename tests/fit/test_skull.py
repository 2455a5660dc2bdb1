"""A head for a network of brains, and a brain for one of heads, are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from fit_scans import ball, changed

from viewer.fit.skull import check_skull
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.scans.grid import Grid

Subject = Callable[..., FitSubject]
BRAIN, HEAD = ball(74), ball(88)  # 1.7 and 2.9 litres


@pytest.mark.parametrize(
    ("scan", "skull", "verdict", "says"),
    [
        (BRAIN, "removed", FitVerdict.OK, "1.7 litres"),
        (HEAD, "removed", FitVerdict.CAUTION, "2.9 litres, more than any brain"),
        (HEAD, "kept", FitVerdict.OK, "2.9 litres"),
        (BRAIN, "kept", FitVerdict.CAUTION, "1.7 litres, less than a head"),
        (BRAIN, "either", FitVerdict.OK, ""),
        (HEAD, "either", FitVerdict.OK, ""),
        (HEAD, "", FitVerdict.NOT_MEASURABLE, "does not say"),
    ],
)
def test_the_volume_tells_head_from_brain(
    subject: Subject, scan: object, skull: str, verdict: FitVerdict, says: str
) -> None:
    found = check_skull(subject(scan, skull=skull))
    assert found.verdict is verdict
    assert says in found.sentence


def test_a_mask_decides_where_the_volume_does_not(subject: Subject) -> None:
    small = ball(64)  # 1.1 litres: a small brain, or a small head?
    brain = ball(52).data > 0
    for skull, verdict in (("kept", FitVerdict.OK), ("removed", FitVerdict.CAUTION)):
        assert check_skull(replace(subject(small, skull=skull), mask=brain)).verdict is verdict
    whole = small.data > 0
    for skull, verdict in (("kept", FitVerdict.CAUTION), ("removed", FitVerdict.OK)):
        assert check_skull(replace(subject(small, skull=skull), mask=whole)).verdict is verdict


@pytest.mark.parametrize(
    ("factor", "says"),
    [
        (0.1, "0.0029 litres, less than any brain: its header seems to give lengths in cm"),
        (1000, "litres, more than any head: its header seems to give lengths in micrometres"),
    ],
)
def test_lengths_that_are_not_in_mm(subject: Subject, factor: float, says: str) -> None:
    grid = Grid(HEAD.grid.shape, np.diag([factor, factor, factor, 1]) @ HEAD.grid.affine)
    found = check_skull(subject(changed(HEAD, HEAD.data, grid), skull="removed"))
    assert found.verdict is FitVerdict.NOT_MEASURABLE
    assert says in found.sentence


def test_a_blank_has_no_skull_to_measure(subject: Subject) -> None:
    found = check_skull(subject(changed(HEAD, HEAD.data * 0), skull="kept"))
    assert found.verdict is FitVerdict.NOT_MEASURABLE
