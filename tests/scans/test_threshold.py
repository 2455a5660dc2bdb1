"""Thresholds by look-up are what counting by hand gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind

maps = arrays(np.float32, st.integers(1, 60), elements=st.floats(-100, 100, width=32, allow_subnormal=False))
signs = st.sampled_from([-1, 0, 1])


def counted(values, sign):
    part = np.abs(values) if sign == 0 else values * sign
    return part[part > 0]


@given(maps, signs, st.floats(0, 100))
def test_percentiles_are_numpys(values, sign, amount):
    part = counted(values, sign)
    found = SortedValues(values, sign).raw_cutoff(Threshold(ThresholdKind.PERCENTILE, amount))
    if part.size:
        assert found == pytest.approx(np.percentile(part.astype(np.float64), amount), rel=1e-6)
    else:
        assert found == float("inf")


@given(maps, signs, st.floats(0.1, 100))
def test_the_top_share_is_the_smallest_set_that_holds_it(values, sign, amount):
    part = np.sort(counted(values, sign).astype(np.float64))[::-1]
    ranking = SortedValues(values, sign)
    found = ranking.raw_cutoff(Threshold(ThresholdKind.TOP, amount))
    if not part.size:
        return
    shown = part[part >= found]
    assert shown.sum() >= amount / 100 * part.sum() * (1 - 1e-6)
    larger = part[part > found]
    assert larger.sum() <= amount / 100 * part.sum() * (1 + 1e-6)


@given(maps, signs, st.integers(1, 80))
def test_a_number_of_voxels(values, sign, amount):
    part = np.sort(counted(values, sign))[::-1]
    ranking = SortedValues(values, sign)
    assert ranking.count == part.size
    found = ranking.raw_cutoff(Threshold(ThresholdKind.VOXELS, amount))
    if part.size:
        assert found == part[min(amount, part.size) - 1]
        assert ranking.count_above(found) >= min(amount, part.size)


@given(maps, signs, st.floats(-5, 100, width=32))
def test_above_counts(values, sign, value):
    assert SortedValues(values, sign).count_above(value) == np.count_nonzero(
        counted(values, sign) >= np.float32(value)
    )


def test_what_is_not_finite_does_not_count():
    ranking = SortedValues(np.array([1, np.nan, np.inf, -2, 0], dtype=np.float32))
    assert ranking.count == 2
    assert ranking.largest == 2
    assert ranking.raw_cutoff(Threshold(ThresholdKind.VALUE, 1.5)) == 1.5
    assert SortedValues(np.zeros(3, dtype=np.float32)).raw_cutoff(Threshold()) == float("inf")


@given(
    st.lists(st.sampled_from([0.0, 1.0, -1.0, 2.0, 49.0, 50.0, 1e-45, 3e38, 0.1]), min_size=1, max_size=30),
    st.sampled_from(list(ThresholdKind)),
    st.floats(0, 120),
    st.sampled_from([-1, 0, 1]),
)
def test_the_isovalue_shows_what_the_cutoff_counts_and_lies_at_no_voxels_value(drawn, kind, amount, sign):
    values = np.array(drawn, dtype=np.float32)
    ranking = SortedValues(values, sign)
    sizes = counted(values, sign)
    cutoff = ranking.cutoff(Threshold(kind, amount))
    isovalue = ranking.isovalue(cutoff)
    if not sizes.size:
        assert cutoff == isovalue == float("inf")
        return
    assert np.array_equal(sizes >= np.float32(cutoff), sizes >= np.float32(isovalue))
    assert (
        ranking.count_above(cutoff)
        == ranking.count_above(isovalue)
        == np.count_nonzero(sizes >= np.float32(cutoff))
    )
    lower = sizes[sizes < np.float32(cutoff)].max(initial=0)
    assert np.float32(isovalue) > lower
    # The smallest number of 32 bits has nothing between itself and zero.
    if (sizes == np.float32(cutoff)).any() and cutoff > 1e-44:
        assert lower < isovalue < cutoff
    elif cutoff > 1e-44:
        assert isovalue == cutoff


@pytest.mark.parametrize(
    "threshold", [Threshold(ThresholdKind.VALUE, 0), Threshold(ThresholdKind.PERCENTILE, 0)]
)
@pytest.mark.parametrize("size", [1.0, 1e-35, 1e35])
def test_from_zero_on_all_is_shown_but_the_background(threshold, size):
    values = np.float32(size) * np.array([0, 1e-7, 1, 100, -3], dtype=np.float32)
    ranking = SortedValues(values)
    assert ranking.count_above(ranking.cutoff(threshold)) == np.count_nonzero(values)
    assert 0 < ranking.isovalue(ranking.cutoff(threshold)) < np.float32(size) * np.float32(1e-7)


def test_a_value_of_the_map_that_32_bits_round_down_still_reaches_itself():
    values = np.array([0.7, 0.1], dtype=np.float32)
    assert float(values[0]) < 0.7
    ranking = SortedValues(values)
    assert ranking.count_above(ranking.cutoff(Threshold(ThresholdKind.VALUE, 0.7))) == 1
    assert ranking.cutoff(Threshold(ThresholdKind.VALUE, 0.8)) > ranking.largest
