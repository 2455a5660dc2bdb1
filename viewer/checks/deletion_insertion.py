"""Deletion and insertion check: patches are removed and restored in the map's order and in random orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from viewer.checks.base import Check, CheckCost, Finding, Verdict
from viewer.checks.context import CheckContext, Explanation
from viewer.checks.infill import Fill
from viewer.checks.perturbation_curves import (
    PerturbationCurve,
    PerturbationPlan,
    both_curves,
    make_patches,
    mean_curve,
    random_curves,
)
from viewer.checks.svg_charts import ChartSeries, LineChart, LineStyle
from viewer.methods.base import parameter
from viewer.number_format import format_number, format_probability
from viewer.progress import Progress


@dataclass(frozen=True, eq=False)
class RandomCurves:
    """Mean curves of the random orders, and the output range that they cover."""

    deletion: PerturbationCurve
    insertion: PerturbationCurve

    @property
    def original_output(self) -> float:
        """Output of the unmodified scan."""
        return float(self.deletion.scores[0])

    @property
    def filled_output(self) -> float:
        """Output with the whole head filled."""
        return float(self.insertion.scores[0])

    @property
    def output_range(self) -> float:
        """Range of the output over both curves."""
        return float(np.ptp(np.concatenate([self.deletion.scores, self.insertion.scores])))

    def is_neutral(self, share: float) -> bool:
        """Return whether filling the whole head removes the evidence: the output falls by at least ``share``.

        ``share`` refers to the output's range and to its magnitude; for a class, the probability must fall by
        ``share``, too.
        """
        drop = self.original_output - self.filled_output
        if drop <= 0 or drop < share * max(self.output_range, abs(self.original_output)):
            return False
        before, after = self.deletion.probabilities, self.insertion.probabilities
        return before is None or after is None or bool(before[0] - after[0] >= share)


@dataclass(frozen=True)
class CurveEffect:
    """Advantage of a curve over random orders.

    Parameters
    ----------
    gain
        In standard deviations of the random orders' areas (at least 1 % of the output's range); at most 0 if
        one of the random orders is better.
    share
        As a fraction of the output's range in random order; 0 if the output does not change.
    """

    gain: float
    share: float

    @property
    def is_better(self) -> bool:
        """Whether it is better than every random order by more than their spread."""
        return self.gain > 1

    @classmethod
    def measure(
        cls,
        curve: PerturbationCurve,
        random_order_curves: tuple[PerturbationCurve, ...],
        mean_random_curve: PerturbationCurve,
        output_range: float,
        sign: int,
    ) -> CurveEffect:
        """Compare a curve with random orders; ``sign`` is 1 if a larger area is better, else -1."""
        areas = np.array([random_curve.area for random_curve in random_order_curves])
        scores = np.concatenate(
            [curve.scores, *(random_curve.scores for random_curve in random_order_curves)]
        )
        sd = max(float(areas.std(ddof=1)), 0.01 * float(np.ptp(scores)), 1e-12)
        gain = sign * (curve.area - float(areas.mean())) / sd
        is_beaten = bool((sign * curve.area <= sign * areas).any())
        share = sign * (curve.area - mean_random_curve.area) / output_range if output_range > 0 else 0.0
        return cls(min(gain, 0.0) if is_beaten else gain, share)


@dataclass(frozen=True)
class DeletionInsertion(Check):
    """Deletion and insertion curves, and the areas under them."""

    name: ClassVar[str] = "deletion"
    title: ClassVar[str] = "Deletion"
    question: ClassVar[str] = (
        "Does the output fall when what the map marks is removed, and rise when it is restored?"
    )
    limits: ClassVar[str] = (
        "A scan with holes is unlike any the network was trained on, and the network may respond to the "
        "holes themselves; other fills give other curves. Only the order of the patches counts, not the "
        "map's values. A tick needs both curves to be better than every random order by at least 10 % of the "
        "range that the output covers in random order, and an output that falls when the head is filled."
    )
    source: ClassVar[str] = "Samek et al. 2017; Kindermans et al. 2017, figure 4a; Petsiuk et al. 2018"
    reading: ClassVar[str] = (
        "Patches of the scan are removed in the order of the map, the strongest first. A good map makes the "
        "output fall faster than random orders (deletion), and rise faster when the patches are put back "
        "(insertion). The headline gives both differences in standard deviations of the random orders: "
        "deletion first, then insertion; positive values are better than chance. The sentence adds which "
        "share of the output's range that is: an effect beyond chance may still be small."
    )

    patch: float = parameter(
        12.0, "edge of a patch; below the voxel size, single voxels are used", unit="mm", limits=(0.0, 1000.0)
    )
    fill: str = parameter("inpaint", "what patches are filled with", choices=tuple(Fill))
    steps: int = parameter(8, "steps of each curve, finer at its beginning", limits=(2, 1000))
    reach: float = parameter(0.3, "share of the patches removed at the end of the curve", limits=(0.001, 1.0))
    draws: int = parameter(8, "random orders to compare with", limits=(2, 1000))
    effect: float = parameter(
        0.1, "share of the output's range by which a map must be better than random order", limits=(0.0, 1.0)
    )

    def make_plan(self, context: CheckContext) -> PerturbationPlan:
        """Return how patches are removed from this scan."""
        edge = max(1, round(self.patch / float(np.exp(np.log(context.spacing).mean()))))
        return PerturbationPlan(edge, self.fill, self.steps, self.reach)

    def unavailable_reason(self, explanation: Explanation) -> str:
        """Return why the map gives no order of patches; empty if it does."""
        return explanation.head_problem()

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the cost: two curves of the map, and those of random orders once for all maps."""
        return CheckCost(forward_passes=2 * self.steps + 1 + self.shared_cost(explanation))

    def shared_cost(self, explanation: Explanation) -> float:
        """Return the cost of the curves of random orders, shared by all maps."""
        plan = self.make_plan(explanation.context)
        return (
            0.0
            if explanation.context.is_cached(("random curves", plan, self.draws))
            else float(self.draws * plan.forward_passes)
        )

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Compute both curves and compare them with those of random orders."""
        context, plan = explanation.context, self.make_plan(explanation.context)
        patches = context.cached(("patches", plan.edge), lambda: make_patches(context.foreground, plan.edge))
        random = random_curves(context, patches, plan, self.draws, progress.subtask(0, 0.7))
        ranks = patches.ranks(explanation.importance, context.make_generator(72))
        deletion, insertion = both_curves(context, patches, ranks, plan, progress.subtask(0.7, 1))
        return self._make_finding(patches.count, deletion, insertion, *zip(*random, strict=True))

    def _make_finding(
        self,
        patch_count: int,
        deletion: PerturbationCurve,
        insertion: PerturbationCurve,
        deletions: tuple[PerturbationCurve, ...],
        insertions: tuple[PerturbationCurve, ...],
    ) -> Finding:
        random = RandomCurves(mean_curve(deletions), mean_curve(insertions))
        effects = (
            CurveEffect.measure(deletion, deletions, random.deletion, random.output_range, -1),
            CurveEffect.measure(insertion, insertions, random.insertion, random.output_range, 1),
        )
        neutral = random.is_neutral(self.effect)
        verdict = self._verdict(effects, neutral)
        deletion_effect, insertion_effect = effects
        shares = tuple(deletion.shares.tolist())
        curves = (
            ("deletion", deletion, LineStyle.MAIN),
            ("insertion", insertion, LineStyle.SECOND),
            ("deletion, random", random.deletion, LineStyle.QUIET),
            ("insertion, random", random.insertion, LineStyle.QUIET_SECOND),
        )
        numbers = {
            "patches": patch_count,
            "patch in mm": self.patch,
            "fill": self.fill,
            "shares": list(shares),
            "output range in random order": random.output_range,
            "output of the scan": random.original_output,
            "output with the head filled": random.filled_output,
            "neutral fill": neutral,
            "deletion": _numbers(deletion, deletions, deletion_effect),
            "insertion": _numbers(insertion, insertions, insertion_effect),
        }
        return Finding(
            verdict,
            f"{deletion_effect.gain:+z.1f} / {insertion_effect.gain:+z.1f} SD",
            " ".join(self._sentences(deletion, insertion, effects, random, verdict)),
            numbers,
            LineChart(
                "share of patches",
                "output",
                tuple(
                    ChartSeries(name, shares, tuple(curve.scores.tolist()), style)
                    for name, curve, style in curves
                ),
            ),
        )

    def _verdict(self, effects: tuple[CurveEffect, CurveEffect], is_neutral: bool) -> Verdict:
        """Return HOLDS only if both directions exceed chance by enough, and the fill is neutral."""
        if not any(effect.is_better for effect in effects):
            return Verdict.FAILS
        is_large = all(effect.is_better and effect.share >= self.effect for effect in effects)
        return Verdict.HOLDS if is_large and is_neutral else Verdict.DOUBTFUL

    def _sentences(
        self,
        deletion: PerturbationCurve,
        insertion: PerturbationCurve,
        effects: tuple[CurveEffect, CurveEffect],
        random_means: RandomCurves,
        verdict: Verdict,
    ) -> list[str]:
        """Return the numbers as sentences, the conclusion first."""
        deletion_effect, insertion_effect = effects
        sentences = [
            self._conclusion(effects, verdict),
            f"Removing patches in the map's order leaves a mean output of {format_number(deletion.area)} "
            f"(random order {format_number(random_means.deletion.area)}), restoring them one of "
            f"{format_number(insertion.area)} ({format_number(random_means.insertion.area)}): "
            f"{deletion_effect.share:+.0%} and {insertion_effect.share:+.0%} of the range of "
            f"{format_number(random_means.output_range)} that the output covers in random order, "
            f"{deletion_effect.gain:+z.1f} and {insertion_effect.gain:+z.1f} SD of the random orders.",
        ]
        if deletion.probabilities is not None:
            ends = deletion.probabilities[0], deletion.probabilities[-1]
            first, last = (format_probability(end, 2) for end in ends)
            sentences.append(
                f"With {self.reach:.0%} of the patches removed, the probability goes from {first} to {last}."
            )
        if not random_means.is_neutral(self.effect):
            sentences.append(
                "With the whole head filled, the output is still "
                f"{format_number(random_means.filled_output)}, and "
                f"{format_number(random_means.original_output)} for the scan: "
                "the fill alone already gives the output."
            )
        return sentences

    def _conclusion(self, effects: tuple[CurveEffect, CurveEffect], verdict: Verdict) -> str:
        if verdict is Verdict.HOLDS:
            return "The output depends on what the map marks."
        if verdict is Verdict.FAILS:
            return "The map's order is no better than chance."
        if not all(effect.is_better for effect in effects):
            return "Only one of the two curves supports the map."
        if any(effect.share < self.effect for effect in effects):
            return "The map's order is better than chance, but the effect is small."
        return "The map's order is better than chance, but the fill is not neutral."


def _numbers(
    curve: PerturbationCurve, random_order_curves: tuple[PerturbationCurve, ...], effect: CurveEffect
) -> dict[str, object]:
    numbers: dict[str, object] = {
        "area": curve.area,
        "random areas": [random_curve.area for random_curve in random_order_curves],
        "gain in spreads": effect.gain,
        "effect": effect.share,
        "scores": curve.scores.tolist(),
    }
    if curve.probabilities is not None:
        numbers["probability area"] = curve.probability_area
        numbers["random probability areas"] = [
            random_curve.probability_area for random_curve in random_order_curves
        ]
        numbers["probabilities"] = curve.probabilities.tolist()
    return numbers
