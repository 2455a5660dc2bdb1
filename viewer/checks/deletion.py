"""Whether the output depends on what a map marks: patches are removed and restored, against random order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from viewer.checks.check import Check, Found, Verdict, Work
from viewer.checks.curves import Curve, Way, mean_curve, pair_of_curves, patches, random_curves
from viewer.checks.effect import Effect, Random
from viewer.checks.fill import Fill
from viewer.checks.plot import Lines, Series, Stroke
from viewer.checks.subject import Case, Subject
from viewer.methods.method import parameter
from viewer.number_format import format_number
from viewer.progress import Progress


@dataclass(frozen=True)
class Deletion(Check):
    """Deletion and insertion curves, and the areas below them."""

    name: ClassVar[str] = "deletion"
    title: ClassVar[str] = "Deletion"
    asks: ClassVar[str] = (
        "Does the output fall when what the map marks is removed, and rise when it is restored?"
    )
    limits: ClassVar[str] = (
        "A scan with holes is unlike any the network was trained on, and the network may respond to the "
        "holes themselves; other fills give other curves. Only the order of the patches counts, not the "
        "map's values. A tick needs both ways to be better than every random order by at least 10 % of the "
        "range that the output covers in random order, and an output that falls when the head is filled."
    )
    source: ClassVar[str] = "Samek et al. 2017; Kindermans et al. 2017, figure 4a; Petsiuk et al. 2018"

    patch: float = parameter(
        12.0, "edge of a patch; below the voxel size, single voxels are used", unit="mm", limits=(0.0, 1000.0)
    )
    fill: str = parameter("inpaint", "what patches are filled with", choices=tuple(Fill))
    steps: int = parameter(8, "steps of each curve, finer at its beginning", limits=(2, 1000))
    reach: float = parameter(
        0.3, "share of the patches that is removed at the end of the curve", limits=(0.001, 1.0)
    )
    draws: int = parameter(8, "random orders to compare with", limits=(2, 1000))
    effect: float = parameter(
        0.1, "share of the output's range by which a map must be better than random order", limits=(0.0, 1.0)
    )

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
        random = random_curves(subject, tiles, way, self.draws, progress.subtask(0, 0.7))
        ranks = tiles.ranks(case.importance, subject.random(72))
        deletion, insertion = pair_of_curves(subject, tiles, ranks, way, progress.subtask(0.7, 1))
        return self._told(tiles.count, deletion, insertion, *zip(*random, strict=True))

    def _told(
        self,
        count: int,
        deletion: Curve,
        insertion: Curve,
        deletions: tuple[Curve, ...],
        insertions: tuple[Curve, ...],
    ) -> Found:
        random = Random(mean_curve(deletions), mean_curve(insertions))
        ways = (
            Effect.of(deletion, deletions, random.deletion, random.range, -1),
            Effect.of(insertion, insertions, random.insertion, random.range, 1),
        )
        neutral = random.neutral(self.effect)
        verdict = self._verdict(ways, neutral)
        out, into = ways
        shares = tuple(deletion.shares.tolist())
        drawn = (
            ("deletion", deletion, Stroke.MAIN),
            ("insertion", insertion, Stroke.SECOND),
            ("deletion, random", random.deletion, Stroke.QUIET),
            ("insertion, random", random.insertion, Stroke.QUIET_SECOND),
        )
        numbers = {
            "patches": count,
            "patch in mm": self.patch,
            "fill": self.fill,
            "shares": list(shares),
            "output range in random order": random.range,
            "output of the scan": random.full,
            "output with the head filled": random.empty,
            "neutral fill": neutral,
            "deletion": _numbers(deletion, deletions, out),
            "insertion": _numbers(insertion, insertions, into),
        }
        return Found(
            verdict,
            f"{out.gain:+z.1f} / {into.gain:+z.1f} SD",
            " ".join(self._sentences(deletion, insertion, ways, random, verdict)),
            numbers,
            Lines(
                "share of patches",
                "output",
                tuple(
                    Series(name, shares, tuple(one.scores.tolist()), stroke) for name, one, stroke in drawn
                ),
            ),
        )

    def _verdict(self, ways: tuple[Effect, Effect], neutral: bool) -> Verdict:
        """Hold only where both ways are better than chance by enough, and the fill is neutral."""
        if not any(way.better for way in ways):
            return Verdict.FAILS
        enough = all(way.better and way.share >= self.effect for way in ways)
        return Verdict.HOLDS if enough and neutral else Verdict.DOUBTFUL

    def _sentences(
        self, deletion: Curve, insertion: Curve, ways: tuple[Effect, Effect], random: Random, verdict: Verdict
    ) -> list[str]:
        """Put the numbers into sentences, the conclusion first."""
        out, into = ways
        told = [
            self._conclusion(ways, verdict),
            f"Removing patches in the map's order leaves a mean output of {format_number(deletion.area)} "
            f"(random order {format_number(random.deletion.area)}), restoring them one of "
            f"{format_number(insertion.area)} ({format_number(random.insertion.area)}): {out.share:+.0%} and "
            f"{into.share:+.0%} of the range of {format_number(random.range)} that the output covers in "
            f"random order, {out.gain:+z.1f} and {into.gain:+z.1f} SD of the random orders.",
        ]
        if deletion.probabilities is not None:
            first, last = deletion.probabilities[0], deletion.probabilities[-1]
            told.append(
                f"With {self.reach:.0%} of the patches removed the probability goes from {first:.2%} to "
                f"{last:.2%}."
            )
        if not random.neutral(self.effect):
            told.append(
                f"With the whole head filled the output is still {format_number(random.empty)}, where the "
                f"scan itself gives {format_number(random.full)}: inserting nothing already gives the output."
            )
        return told

    def _conclusion(self, ways: tuple[Effect, Effect], verdict: Verdict) -> str:
        if verdict is Verdict.HOLDS:
            return "The output depends on what the map marks."
        if verdict is Verdict.FAILS:
            return "The map's order is no better than chance."
        if not all(way.better for way in ways):
            return "Only one of the two ways speaks for the map."
        if any(way.share < self.effect for way in ways):
            return "The map's order is better than chance, but the effect is small."
        return "The map's order is better than chance, but the fill is not neutral."


def _numbers(curve: Curve, random: tuple[Curve, ...], effect: Effect) -> dict[str, object]:
    found: dict[str, object] = {
        "area": curve.area,
        "random areas": [one.area for one in random],
        "gain in spreads": effect.gain,
        "effect": effect.share,
        "scores": curve.scores.tolist(),
    }
    if curve.probabilities is not None:
        found["probability area"] = curve.probability_area
        found["random probability areas"] = [one.probability_area for one in random]
        found["probabilities"] = curve.probabilities.tolist()
    return found
