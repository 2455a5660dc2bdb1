"""Where a view cuts a map: the thresholds of its bodies and shadows, and the signs that have any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from viewer.scans.threshold import Kind, Ranking, Threshold
from viewer.scene.content import MapContent
from viewer.session.view import Sign, View

_INNER_SHARE = 0.2
_SIGNS = {Sign.BOTH: (1, -1), Sign.POSITIVE: (1,), Sign.NEGATIVE: (-1,)}


@dataclass(frozen=True)
class Levels:
    """Thresholds of |value|, infinite where nothing is shown, and the signs that are shown.

    ``inner`` is that of the inner of two nested bodies: what a fifth of the shown voxels reach. It is
    ``threshold`` where bodies are not nested.
    """

    threshold: float = float("inf")
    inner: float = float("inf")
    signs: tuple[int, ...] = ()

    @classmethod
    def of(cls, shown: MapContent | None, view: View) -> Levels:
        """Those of a view of a map, or of none."""
        if shown is None:
            return cls()
        ranking = shown.rankings[view.sign]
        threshold = inner = shown_from(ranking, view.threshold)
        if view.nested and np.isfinite(threshold):
            number = max(int(_INNER_SHARE * ranking.above(threshold)), 1)
            inner = max(ranking.value(Threshold(Kind.VOXELS, number)), threshold)
        return cls(threshold, inner, tuple(sign for sign in _SIGNS[view.sign] if sign > 0 or shown.signed))


def shown_from(ranking: Ranking, threshold: Threshold) -> float:
    """The |value| from which on a map is shown; infinite where nothing is.

    Zero is the background: a threshold at or below it shows everything that is not.
    """
    return max(ranking.value(threshold), ranking.largest * 1e-6, 1e-30)
