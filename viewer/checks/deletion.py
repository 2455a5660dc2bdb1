"""Whether the network really needs what a map marks: it is taken away, and put back, against random order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from viewer.checks.check import Check, Found, Verdict, Work
from viewer.checks.curves import Curve, Way, mean_curve, pair_of_curves, patches, random_curves
from viewer.checks.fill import Fill
from viewer.checks.plot import Lines, Series, Stroke
from viewer.checks.subject import Case, Subject
from viewer.methods.method import parameter
from viewer.progress import Progress


@dataclass(frozen=True)
class Deletion(Check):
    """Deletion and insertion curves, and the areas below them."""

    name: ClassVar[str] = "deletion"
    title: ClassVar[str] = "Deletion"
    asks: ClassVar[str] = (
        "Does the output fall when what the map marks is taken away, and rise when it is put back?"
    )
    limits: ClassVar[str] = (
        "A scan with holes is unlike any the network has seen, and it may answer to the holes themselves; "
        "other fills give other curves. Only the order of the patches counts, not the map's values."
    )
    source: ClassVar[str] = "Samek et al. 2017; Kindermans et al. 2017, figure 4a; Petsiuk et al. 2018"

    patch: float = parameter(
        12.0, "edge of a patch; below a voxel's, single voxels are taken", unit="mm", limits=(0.0, 1000.0)
    )
    fill: str = parameter("inpaint", "what patches are filled with", choices=tuple(Fill))
    steps: int = parameter(8, "steps on the way, finer at its beginning", limits=(2, 1000))
    reach: float = parameter(
        0.3, "share of the patches that is taken away at the end of the way", limits=(0.001, 1.0)
    )
    draws: int = parameter(8, "random orders to hold it against", limits=(2, 1000))

    def way(self, subject: Subject) -> Way:
        """How patches are taken away from this subject."""
        edge = max(1, round(self.patch / float(np.exp(np.log(subject.spacing).mean()))))
        return Way(edge, self.fill, self.steps, self.reach)

    def cannot(self, case: Case) -> str:
        """Why there is no order."""
        head = case.importance[case.subject.foreground]
        return "" if np.ptp(head) > 0 else "the map is the same everywhere in the head"

    def work(self, case: Case) -> Work:
        """Two curves of the map, and of random orders once for all maps."""
        return Work(answers=2 * self.steps + 1 + self.shared(case))

    def shared(self, case: Case) -> float:
        """The curves of random orders."""
        way = self.way(case.subject)
        return (
            0.0 if case.subject.has(("random curves", way, self.draws)) else float(self.draws * way.answers)
        )

    def find(self, case: Case, progress: Progress) -> Found:
        """Both curves, and where they lie among those of random orders."""
        subject, way = case.subject, self.way(case.subject)
        tiles = subject.once(("patches", way.edge), lambda: patches(subject.foreground, way.edge))
        random = random_curves(subject, tiles, way, self.draws, progress.part(0, 0.7))
        ranks = tiles.ranks(case.importance, subject.random(72))
        deletion, insertion = pair_of_curves(subject, tiles, ranks, way, progress.part(0.7, 1))
        return self._told(tiles.count, deletion, insertion, *zip(*random, strict=True))

    def _told(
        self,
        count: int,
        deletion: Curve,
        insertion: Curve,
        deletions: tuple[Curve, ...],
        insertions: tuple[Curve, ...],
    ) -> Found:
        out, into = _gain(deletion, deletions, -1), _gain(insertion, insertions, 1)
        better = int(out > 1) + int(into > 1)
        verdict = (Verdict.FAILS, Verdict.DOUBTFUL, Verdict.HOLDS)[better]
        words = {
            Verdict.HOLDS: "the output needs what the map marks",
            Verdict.DOUBTFUL: "only one of the two ways speaks for the map",
            Verdict.FAILS: "the map's order is no better than chance",
        }
        mean_out, mean_in = mean_curve(deletions), mean_curve(insertions)
        shares = tuple(deletion.shares.tolist())
        drawn = (
            ("deletion", deletion, Stroke.MAIN),
            ("insertion", insertion, Stroke.SECOND),
            ("deletion, random", mean_out, Stroke.QUIET),
            ("insertion, random", mean_in, Stroke.QUIET_SECOND),
        )
        numbers = {
            "patches": count,
            "patch in mm": self.patch,
            "fill": self.fill,
            "shares": list(shares),
            "deletion": _numbers(deletion, deletions, out),
            "insertion": _numbers(insertion, insertions, into),
        }
        return Found(
            verdict,
            f"{out:+.1f} / {into:+.1f} sd",
            f"Deletion in the map's order leaves a mean output of {deletion.area:.3g} (random order "
            f"{mean_out.area:.3g}), insertion one of {insertion.area:.3g} ({mean_in.area:.3g}); in spreads "
            f"of the random orders that is {out:+.1f} and {into:+.1f} better: {words[verdict]}.",
            numbers,
            Lines(
                "share of the patches",
                "output",
                tuple(
                    Series(name, shares, tuple(one.scores.tolist()), stroke) for name, one, stroke in drawn
                ),
            ),
        )


def _gain(curve: Curve, random: tuple[Curve, ...], side: int) -> float:
    """How much better than random orders, in their spreads, and at most 0 where one of them is better.

    The spread is the standard deviation of their areas, but no less than 1 % of the way the output goes.
    """
    areas = np.array([one.area for one in random])
    scores = np.concatenate([curve.scores, *(one.scores for one in random)])
    spread = max(float(areas.std(ddof=1)), 0.01 * float(np.ptp(scores)), 1e-12)
    gain = side * (curve.area - float(areas.mean())) / spread
    beaten = bool((side * curve.area <= side * areas).any())
    return min(gain, 0.0) if beaten else gain


def _numbers(curve: Curve, random: tuple[Curve, ...], gain: float) -> dict[str, object]:
    found: dict[str, object] = {
        "area": curve.area,
        "random areas": [one.area for one in random],
        "gain in spreads": gain,
        "scores": curve.scores.tolist(),
    }
    if curve.probabilities is not None:
        found["probability area"] = curve.probability_area
        found["random probability areas"] = [one.probability_area for one in random]
        found["probabilities"] = curve.probabilities.tolist()
    return found
