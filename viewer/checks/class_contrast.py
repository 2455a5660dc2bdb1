"""Check whether a map depends on its class, by comparison with the maps of the other classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from viewer.checks.base import Check, CheckCost, Finding, Verdict, grade
from viewer.checks.context import Explanation, Floats
from viewer.checks.svg_charts import BarChart
from viewer.methods.base import Target, parameter
from viewer.models.output_meaning import output_names
from viewer.progress import Progress
from viewer.scans.metrics import dice_of_strongest, pearson_correlation

OPPOSITE_SHARE = 0.1
"""Two outputs count as opposite if their sum varies by no more than this share of their difference."""

PROBES = 4


@dataclass(frozen=True)
class ClassContrast(Check):
    """Correlation with the maps of the other classes, in order of their scores."""

    name: ClassVar[str] = "contrast"
    title: ClassVar[str] = "Class contrast"
    question: ClassVar[str] = "Does the map change when another class is explained?"
    limits: ClassVar[str] = (
        "If the outputs of two classes are each other's negatives, as in many networks with two classes, "
        "their maps differ only in sign, whatever the method: such a pair is not graded. A method that "
        "ignores the class cannot pass."
    )
    source: ClassVar[str] = "Sixt et al. 2020 (random logit)"
    reading: ClassVar[str] = (
        "The map is also computed for other classes. A correlation near 1 means that the map shows the scan "
        "rather than the decision; near 0, that it is specific to this class."
    )
    needs_method: ClassVar[bool] = True

    others: int = parameter(2, "number of other classes to compare", limits=(1, 1000))
    good: float = parameter(0.5, "Pearson up to which the maps differ", limits=(-1.0, 1.0))
    bad: float = parameter(
        0.9, "Pearson beyond which they are the same, or the same with the sign reversed", limits=(-1.0, 1.0)
    )

    def _other_targets(self, explanation: Explanation) -> tuple[Target, ...]:
        context = explanation.context
        scores = context.output[0].reshape(context.output.shape[1], -1).mean(1).tolist()
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        names = output_names(context.model.card, len(scores))
        return tuple(
            Target(index, names[index], context.target.region)
            for index in order
            if index != context.target.index
        )[: self.others]

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the cost: a map for each other class, and forward passes that detect opposite outputs."""
        return (
            CheckCost()
            if self.unavailable_reason(explanation)
            else CheckCost(forward_passes=PROBES, maps=len(self._other_targets(explanation)))
        )

    def unavailable_reason(self, explanation: Explanation) -> str:
        """Return why there is no other class; empty if there is one."""
        if explanation.context.target.values or explanation.context.output.shape[1] < 2:
            return "the network has only one output"
        if explanation.context.target.subtracted_index is not None:
            return "the map already explains the difference of two outputs"
        return super().unavailable_reason(explanation)

    def _is_mirrored(self, explanation: Explanation, pearson: float, has_opposite_output: bool) -> bool:
        """Return whether a pair of classes is uninformative: one map is always the other negated.

        A signed map that is the same for two opposite outputs is still graded: it is wrong.
        """
        if pearson <= -self.bad:
            return True
        return has_opposite_output and not (explanation.is_signed and pearson > self.bad)

    def _find_opposite_outputs(self, explanation: Explanation, targets: tuple[Target, ...]) -> list[bool]:
        """Return for each class whether its output and the explained one are opposite up to a constant.

        The network is run on the scan, darker versions, and its voxels in random order.
        """
        import torch

        context = explanation.context
        order = torch.from_numpy(context.make_generator(95).permutation(context.x[0, 0].numel())).to(
            context.x.device
        )
        shuffled = context.x.flatten(2)[:, :, order].reshape(context.x.shape)
        probes = (context.x, 0.5 * context.x, torch.zeros_like(context.x), shuffled)
        with torch.no_grad():
            outputs = [context.model.logits(probe).detach().double().cpu() for probe in probes]

        def score_probes(target: Target) -> np.ndarray:
            return np.array([float(target.score(output)) for output in outputs])

        own_scores = score_probes(context.target)
        other_scores = [score_probes(target) for target in targets]
        return [
            bool(np.ptp(own_scores + target_scores) <= OPPOSITE_SHARE * np.ptp(own_scores - target_scores))
            for target_scores in other_scores
        ]

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Compute the correlations and grade the largest."""
        targets = self._other_targets(explanation)
        foreground = explanation.context.foreground
        pearson, absolute_pearson, dice = [], [], []
        maps: list[tuple[str, Floats]] = []
        mirrored: list[bool] = []
        opposite = self._find_opposite_outputs(explanation, targets)
        for index, target in enumerate(targets):
            subtask = progress.subtask(index / len(targets), (index + 1) / len(targets))
            map_values = explanation.recompute(subtask, target=target)
            maps.append((target.name, map_values))
            a, b = explanation.values[foreground], map_values[foreground]
            # A map of zeros for the other class has nothing in common with this one.
            is_empty = a.any() and not b.any()
            pearson.append(0.0 if is_empty else pearson_correlation(a, b))
            absolute_pearson.append(0.0 if is_empty else pearson_correlation(np.abs(a), np.abs(b)))
            dice.append(dice_of_strongest(explanation.values, map_values, foreground))
            mirrored.append(self._is_mirrored(explanation, pearson[-1], opposite[index]))
        gradable = [
            value
            for value, is_mirrored in zip(pearson, mirrored, strict=True)
            if value == value and not is_mirrored
        ]
        largest = max(gradable or [value for value in pearson if value == value], default=float("nan"))
        verdict = grade(largest, self.good, self.bad) if gradable else Verdict.OPEN
        phrases = {
            Verdict.HOLDS: "it depends on the class",
            Verdict.DOUBTFUL: "much of it is the same for either class",
            Verdict.FAILS: "it is the same whichever class is explained",
            Verdict.OPEN: "a constant map cannot be compared",
        }
        if verdict is Verdict.OPEN and any(mirrored):
            phrases[Verdict.OPEN] = (
                "the two outputs are (nearly) each other's negatives, so there is nothing to compare"
            )
        nearest_name = targets[pearson.index(largest)].name if largest == largest else targets[0].name
        return Finding(
            verdict,
            f"Pearson {largest:z.2f}",
            f"The map for {explanation.context.target.name} correlates with that for {nearest_name} by "
            f"{largest:z.2f}: "
            f"{phrases[verdict]}.",
            {
                "target": explanation.context.target.name,
                "classes": [target.name for target in targets],
                "Pearson": pearson,
                "Pearson of |values|": absolute_pearson,
                "Dice": dice,
                "opposite outputs": mirrored,
            },
            BarChart(tuple(target.name for target in targets), tuple(pearson), (-1.0, 1.0), self.good),
            tuple(maps),
        )
