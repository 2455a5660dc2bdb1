"""Where a map's relevance lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from fit_scans import GRID, ball

from viewer.fit.relevance_share import check_relevance_share, relevance_shares
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.scans.map import Map

Subject = Callable[..., FitSubject]
HEAD, BRAIN = ball(88), ball(60).data > 0


def relevance(brain: float, skull: float, air: float) -> Map:
    """A map with these sums of |values|, half of them negative."""
    head = HEAD.data > 0
    values = np.zeros(GRID.shape)
    for share, place in ((brain, BRAIN), (skull, head & ~BRAIN), (air, ~head)):
        values[place] = share / place.sum()
    values[::2] *= -1
    return Map(values.astype(np.float32), GRID, "relevance")


def test_shares_add_up() -> None:
    found = relevance_shares(relevance(5, 3, 2), HEAD, BRAIN)
    assert (found.brain, found.skull, found.air) == pytest.approx((0.5, 0.3, 0.2), abs=0.02)


@pytest.mark.parametrize(
    ("shares", "verdict"), [((6, 3, 1), FitVerdict.OK), ((0.5, 6, 3), FitVerdict.CAUTION)]
)
def test_less_in_the_brain_than_its_share_of_the_head(
    subject: Subject, shares: tuple[float, float, float], verdict: FitVerdict
) -> None:
    given = replace(subject(HEAD), relevance=relevance(*shares), mask=BRAIN)
    assert check_relevance_share(given).verdict is verdict


def test_without_a_mask_nothing_is_measured(subject: Subject) -> None:
    given = replace(subject(HEAD), relevance=relevance(1, 1, 1))
    assert check_relevance_share(given).verdict is FitVerdict.NOT_MEASURABLE
