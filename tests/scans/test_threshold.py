"""Thresholds by look-up are what counting by hand gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from viewer.scans.threshold import Kind, Ranking, Threshold

maps = arrays(np.float32, st.integers(1, 60), elements=st.floats(-100, 100, width=32, allow_subnormal=False))
signs = st.sampled_from([-1, 0, 1])


def counted(values, sign):
    part = np.abs(values) if sign == 0 else values * sign
    return part[part > 0]


@given(maps, signs, st.floats(0, 100))
def test_percentiles_are_numpys(values, sign, amount):
    part = counted(values, sign)
    found = Ranking(values, sign).value(Threshold(Kind.PERCENTILE, amount))
    if part.size:
        assert found == pytest.approx(np.percentile(part.astype(np.float64), amount), rel=1e-6)
    else:
        assert found == float("inf")


@given(maps, signs, st.floats(0.1, 100))
def test_the_top_share_is_the_smallest_set_that_holds_it(values, sign, amount):
    part = np.sort(counted(values, sign).astype(np.float64))[::-1]
    ranking = Ranking(values, sign)
    found = ranking.value(Threshold(Kind.TOP, amount))
    if not part.size:
        return
    shown = part[part >= found]
    assert shown.sum() >= amount / 100 * part.sum() * (1 - 1e-6)
    larger = part[part > found]
    assert larger.sum() <= amount / 100 * part.sum() * (1 + 1e-6)


@given(maps, signs, st.integers(1, 80))
def test_a_number_of_voxels(values, sign, amount):
    part = np.sort(counted(values, sign))[::-1]
    ranking = Ranking(values, sign)
    assert ranking.count == part.size
    found = ranking.value(Threshold(Kind.VOXELS, amount))
    if part.size:
        assert found == part[min(amount, part.size) - 1]
        assert ranking.above(found) >= min(amount, part.size)


@given(maps, signs, st.floats(-5, 100, width=32))
def test_above_counts(values, sign, value):
    assert Ranking(values, sign).above(value) == np.count_nonzero(counted(values, sign) >= np.float32(value))


def test_what_is_not_finite_does_not_count():
    ranking = Ranking(np.array([1, np.nan, np.inf, -2, 0], dtype=np.float32))
    assert ranking.count == 2
    assert ranking.largest == 2
    assert ranking.value(Threshold(Kind.VALUE, 1.5)) == 1.5
    assert Ranking(np.zeros(3, dtype=np.float32)).value(Threshold()) == float("inf")
