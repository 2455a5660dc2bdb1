"""A threshold told as a slider's place, or as another kind, still cuts where it did."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind
from viewer.session.threshold_scale import (
    convert_threshold,
    rounded_threshold_at,
    slider_position,
    threshold_at,
)

VALUES = np.random.default_rng(3).gamma(1.0, 2.0, 5000).astype(np.float32)
RANKING = SortedValues(VALUES)


@given(kind=st.sampled_from(ThresholdKind), place=st.floats(0, 1))
def test_a_place_is_found_again(kind: ThresholdKind, place: float) -> None:
    threshold = threshold_at(kind, place, RANKING)
    again = slider_position(threshold, RANKING)
    # Numbers of voxels are whole, so that places between two of them come back as the nearer one.
    tolerance = 0.5 / np.log(RANKING.count) if kind is ThresholdKind.VOXELS else 1e-5
    assert again == pytest.approx(place, abs=tolerance)


@pytest.mark.parametrize("kind", list(ThresholdKind))
def test_further_to_the_right_never_shows_more(kind: ThresholdKind) -> None:
    shown = [
        RANKING.count_above(RANKING.raw_cutoff(threshold_at(kind, place, RANKING)))
        for place in np.linspace(0, 1, 101)
    ]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] > 0.9 * RANKING.count
    assert shown[-1] <= 1


@settings(max_examples=60)
@given(
    before=st.sampled_from(ThresholdKind),
    after=st.sampled_from(ThresholdKind),
    place=st.floats(0.02, 0.98),
)
def test_another_kind_cuts_at_the_same_voxels(
    before: ThresholdKind, after: ThresholdKind, place: float
) -> None:
    threshold = threshold_at(before, place, RANKING)
    same = convert_threshold(after, threshold, RANKING)
    assert same.kind is after
    shown = RANKING.count_above(RANKING.raw_cutoff(threshold))
    assert abs(RANKING.count_above(RANKING.raw_cutoff(same)) - shown) <= 1


def test_a_map_of_zeros_has_every_kind_of_threshold() -> None:
    empty = SortedValues(np.zeros(10, np.float32))
    for kind in ThresholdKind:
        threshold = convert_threshold(kind, Threshold(ThresholdKind.VALUE, 1.0), empty)
        assert threshold.kind is kind
        assert 0.0 <= slider_position(threshold, empty) <= 1.0


@pytest.mark.parametrize("kind", list(ThresholdKind))
def test_a_slider_sets_amounts_of_few_digits_and_never_shows_more_further_on(kind: ThresholdKind) -> None:
    places = np.linspace(0, 1, 201)
    amounts = [rounded_threshold_at(kind, place, RANKING).amount for place in places]
    shown = [RANKING.count_above(RANKING.raw_cutoff(Threshold(kind, amount))) for amount in amounts]
    assert shown == sorted(shown, reverse=True)
    assert len(set(amounts)) > 20
    for amount, place in zip(amounts, places, strict=True):
        exact = threshold_at(kind, place, RANKING).amount
        expected, asked = (100 - amount, 100 - exact) if kind is ThresholdKind.PERCENTILE else (amount, exact)
        assert expected == pytest.approx(asked, rel=0.34, abs=1e-9)
        if kind in (ThresholdKind.PERCENTILE, ThresholdKind.TOP):
            assert expected == pytest.approx(float(f"{expected:.2g}"), abs=1e-9)


def test_a_high_percentile_has_no_more_digits_than_it_needs() -> None:
    assert rounded_threshold_at(ThresholdKind.PERCENTILE, 0.972, RANKING).amount == 99.998
    assert threshold_at(ThresholdKind.PERCENTILE, 0.972, RANKING).amount != 99.998
