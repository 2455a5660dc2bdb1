"""How large the effect of a map's order is, beside what random orders do to the same output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from viewer.checks.curves import Curve


@dataclass(frozen=True, eq=False)
class Random:
    """The mean curves of the random orders, and what they say of the output as a whole."""

    deletion: Curve
    insertion: Curve

    @property
    def full(self) -> float:
        """The output of the scan itself."""
        return float(self.deletion.scores[0])

    @property
    def empty(self) -> float:
        """The output with the whole head filled."""
        return float(self.insertion.scores[0])

    @property
    def range(self) -> float:
        """How far the output goes, from the lowest to the highest point of both curves."""
        return float(np.ptp(np.concatenate([self.deletion.scores, self.insertion.scores])))

    def neutral(self, share: float) -> bool:
        """Whether filling the whole head takes the evidence away: the output falls by ``share``, at least.

        That is ``share`` of its range and of its own size, and for a class as much of its probability.
        """
        fall = self.full - self.empty
        if fall <= 0 or fall < share * max(self.range, abs(self.full)):
            return False
        before, after = self.deletion.probabilities, self.insertion.probabilities
        return before is None or after is None or bool(before[0] - after[0] >= share)


@dataclass(frozen=True)
class Effect:
    """How much better than random orders a curve is.

    Parameters
    ----------
    gain
        In standard deviations of the random orders' areas, of which no less than 1 % of the way the output
        goes is taken; at most 0 where one of them is better.
    share
        As a share of the output's range in random order; 0 where the output does not change.
    """

    gain: float
    share: float

    @property
    def better(self) -> bool:
        """Whether it is better than every random order by more than their spread."""
        return self.gain > 1

    @classmethod
    def of(cls, curve: Curve, random: tuple[Curve, ...], mean: Curve, span: float, side: int) -> Effect:
        """Compare; ``side`` is 1 where a larger area is better, -1 where a smaller one is."""
        areas = np.array([one.area for one in random])
        scores = np.concatenate([curve.scores, *(one.scores for one in random)])
        spread = max(float(areas.std(ddof=1)), 0.01 * float(np.ptp(scores)), 1e-12)
        gain = side * (curve.area - float(areas.mean())) / spread
        beaten = bool((side * curve.area <= side * areas).any())
        share = side * (curve.area - mean.area) / span if span > 0 else 0.0
        return cls(min(gain, 0.0) if beaten else gain, share)
