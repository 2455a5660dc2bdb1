"""Maps in which no threshold finds anything are described as what they are."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scans.constant_map import describe_constant, describe_no_values
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.map_clusters import clusters
from viewer.session.threshold_notes import threshold_notes
from viewer.session.view import Sign, View

NAN = float("nan")
SHAPE = (4, 5, 6)


def one_value(value: float) -> Map:
    return Map(np.full(SHAPE, value, np.float32), Grid(SHAPE, np.eye(4)), "a map")


@pytest.mark.parametrize(
    ("values", "sign", "description"),
    [
        ([0, 0], 0, "is zero everywhere"),
        ([0, 0], -1, "is zero everywhere"),
        ([0, NAN], 0, "is zero wherever it is finite"),
        ([NAN, float("inf")], 0, "has no finite values"),
        ([-1, 0], 1, "has no values above zero"),
        ([1, 2], -1, "has no values below zero"),
        ([1, 2], 0, ""),
        ([-1, 2], -1, ""),
        ([NAN, 2], 1, ""),
    ],
)
def test_why_no_value_is_shown(values: list[float], sign: int, description: str) -> None:
    assert describe_no_values(np.array(values, np.float32), sign) == description


def test_values_that_smoothing_removes_are_described_as_such() -> None:
    values = np.array([5, -1], np.float32)
    assert (
        describe_no_values(values, -1, np.array([3, 1], np.float32))
        == "has no values below zero once smoothed"
    )


@pytest.mark.parametrize("values", [[0, 0], [1, 2], [1, NAN], [0, 1], []])
def test_a_map_that_is_not_constant_is_not_called_so(values: list[float]) -> None:
    assert describe_constant(np.array(values, np.float32)) == ""


@pytest.mark.parametrize("threshold", [Threshold(), Threshold(ThresholdKind.VALUE, 5.0), 5.0])
def test_a_map_of_zeros_is_called_so_at_every_threshold(threshold: Threshold | float) -> None:
    found = clusters(one_value(0), threshold)
    assert not found.rows
    assert found.explanation == "the map is zero everywhere"


def test_the_notes_tell_zero_not_finite_and_constant_maps() -> None:
    assert threshold_notes((one_value(0),), View()) == ["a map: is zero everywhere, so there are no bodies"]
    assert threshold_notes((one_value(NAN),), View()) == [
        "a map: has no finite values, so there are no bodies"
    ]
    constant = "a map: has the same value everywhere, 0.25: a threshold shows all of it or nothing"
    assert threshold_notes((one_value(0.25),), View()) == [constant]
    assert constant in clusters(one_value(0.25)).notes
    assert threshold_notes((one_value(0.25),), View(smoothing=4.0)) == []
    above = View(threshold=Threshold(ThresholdKind.VALUE, 1.0))
    assert threshold_notes((one_value(0.25),), above) == [
        "a map: nothing reaches 1; its largest |value| is 0.25"
    ]


def test_a_threshold_by_value_does_not_hide_that_a_sign_is_missing() -> None:
    view = View(threshold=Threshold(ThresholdKind.VALUE, 0.1), sign=Sign.NEGATIVE)
    assert threshold_notes((one_value(2),), view) == [
        "a map: has no values below zero, so there are no bodies"
    ]
    assert clusters(one_value(2), 0.1, sign="negative").explanation == "the map has no values below zero"
