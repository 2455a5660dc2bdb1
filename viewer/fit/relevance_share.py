"""Shares of a map's relevance in the brain, in the rest of the head and in the air."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from viewer.fit.subject import FitSubject, Mask
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.number_format import format_share

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

NAME = "relevance in the brain"

BRAIN_MARGIN = 1.0
"""Smallest ratio of the brain's share of the relevance to its share of the head."""


@dataclass(frozen=True)
class RelevanceShares:
    """Shares of |relevance|, which add up to 1, and the brain's share of the foreground."""

    brain: float
    skull: float
    air: float
    brain_volume: float

    @property
    def sentence(self) -> str:
        """The shares in words."""
        brain, skull, air = (format_share(share, 0, "%") for share in (self.brain, self.skull, self.air))
        return (
            f"{brain} of the map's relevance lies in the brain, {skull} in the rest of the head and "
            f"{air} in the air"
        )

    def as_json(self) -> dict[str, float]:
        """Return plain values."""
        return asdict(self)


def relevance_shares(relevance: Map, scan: Scan, mask: Mask) -> RelevanceShares:
    """Return the shares of a map's relevance in brain, skull and air.

    Parameters
    ----------
    relevance
        Map on any grid in the scan's space.
    scan
        The scan.
    mask
        Brain mask of the scan's shape.

    Raises
    ------
    ValueError
        The mask has another shape, or the map has no grid or no relevance.
    """
    from viewer.scans.foreground import foreground_mask
    from viewer.scans.resample import resample

    if mask.shape != scan.grid.shape:
        raise ValueError(f"the mask has the shape {mask.shape}, and the scan {scan.grid.shape}")
    if relevance.grid is None:
        raise ValueError("the map has no grid")
    values = np.abs(np.nan_to_num(resample(relevance.data, relevance.grid, scan.grid))).astype(np.float64)
    total = float(values.sum())
    if not total:
        raise ValueError("the map is zero on the scan's grid")
    head = foreground_mask(scan.data) | mask
    brain_share = float(values[mask].sum()) / total
    head_share = float(values[head].sum()) / total
    volume_share = float(np.count_nonzero(mask)) / max(int(np.count_nonzero(head)), 1)
    return RelevanceShares(brain_share, head_share - brain_share, 1 - head_share, volume_share)


def check_relevance_share(subject: FitSubject) -> FitCheck:
    """Check whether the brain's share of the relevance exceeds its share of the head's volume."""
    if subject.relevance is None or subject.mask is None:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, "there is no brain mask to compare the map with")
    try:
        shares = relevance_shares(subject.relevance, subject.scan, subject.mask)
    except ValueError as error:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, str(error))
    value = f"{shares.brain:.1%}"
    expected = f"more than the brain's share of the head, {shares.brain_volume:.0%}"
    exceeds = shares.brain >= BRAIN_MARGIN * shares.brain_volume
    return FitCheck(NAME, FitVerdict.OK if exceeds else FitVerdict.CAUTION, shares.sentence, value, expected)
