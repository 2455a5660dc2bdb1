"""Where a view cuts a map: the thresholds of its bodies and shadows, and the signs that have any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.content import MapContent
from viewer.session.view import View

_INNER_SHARE = 0.2
_NONE = float("inf")


@dataclass(frozen=True)
class Levels:
    """Where a map is cut, infinite where nothing is shown, and the signs that are shown.

    Parameters
    ----------
    cutoff
        The |value| from which on voxels are shown, as it is told: `SortedValues.cutoff`.
    threshold
        The isovalue of bodies and shadows that shows those voxels: `SortedValues.isovalue`.
    inner
        That of the inner of two nested bodies: of what a fifth of the shown voxels reach. It is
        ``threshold`` where bodies are not nested.
    signs
        1, -1.
    """

    cutoff: float = _NONE
    threshold: float = _NONE
    inner: float = _NONE
    signs: tuple[int, ...] = ()

    @classmethod
    def of(cls, shown: MapContent | None, view: View) -> Levels:
        """Those of a view of a map, or of none."""
        if shown is None:
            return cls()
        ranking = shown.rankings[view.sign]
        cutoff = ranking.cutoff(view.threshold)
        threshold = inner = ranking.isovalue(cutoff)
        if view.nested and np.isfinite(threshold):
            number = max(int(_INNER_SHARE * ranking.count_above(cutoff)), 1)
            inner = ranking.isovalue(max(ranking.cutoff(Threshold(ThresholdKind.VOXELS, number)), cutoff))
        signs = tuple(sign for sign in view.sign.signs if sign > 0 or shown.signed)
        return cls(cutoff, threshold, inner, signs)
