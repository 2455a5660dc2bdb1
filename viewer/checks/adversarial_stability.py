"""Check of a map's stability under small adversarial changes of the scan: FGSM and DeepFool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from viewer.checks.base import Check, CheckCost, Finding, Verdict, grade
from viewer.checks.context import CheckContext, Explanation
from viewer.checks.repeatability import MapChange, measure_change
from viewer.checks.svg_charts import BarChart
from viewer.methods.adversarial.deep_fool import DeepFool
from viewer.methods.adversarial.gradient_sign import FGSM
from viewer.methods.base import ExplanationRequest, Method, parameter
from viewer.number_format import format_number
from viewer.progress import Progress
from viewer.scans.metrics import TOP_SHARE

if TYPE_CHECKING:
    import torch

GRADIENT_COST = 3.0
"""Cost of a gradient, in forward passes of the network."""

DEEPFOOL_STEPS = 10
"""Maximum number of DeepFool steps."""


VISIBLE_CHANGE = 0.5
"""Change of a voxel, in units of the head's contrast, beyond which it is visible and the map may legitimately
change, too.
"""


@dataclass(frozen=True)
class AdversarialStability(Check):
    """Comparison of maps before and after an adversarial change of the scan."""

    name: ClassVar[str] = "stability"
    title: ClassVar[str] = "Adversarial"
    question: ClassVar[str] = "Is the map stable under an imperceptible adversarial change of the scan?"
    limits: ClassVar[str] = (
        "Such changes require knowledge of the network; they do not arise in scanners. If the decision "
        "itself changes, the map has a reason to change: the output after each change is shown beside it. "
        "A map that ignores the scan is also stable."
    )
    source: ClassVar[str] = (
        "Goodfellow et al. 2015 (FGSM); Moosavi-Dezfooli et al. 2016 (DeepFool); Ayyar et al. 2021"
    )
    reading: ClassVar[str] = (
        "The scan is changed as little as possible, but in the direction that misleads the network most. "
        "Dice is the overlap of the strongest voxels before and after. Look at the output, too: if the "
        "decision changed, the map may legitimately change."
    )
    needs_method: ClassVar[bool] = True

    epsilon: float = parameter(
        0.005, "change of every voxel by FGSM, as a share of the scan's range", limits=(1e-6, 1.0)
    )
    good: float = parameter(
        0.6, "Dice of the strongest voxels from which the map is stable", limits=(0.0, 1.0)
    )
    bad: float = parameter(0.3, "Dice below which the map is not stable", limits=(0.0, 1.0))

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the cost: a map for each change; the changed scans are shared by all maps."""
        kinds = self._attack_names(explanation.context)
        return CheckCost(forward_passes=len(kinds) + self.shared_cost(explanation), maps=len(kinds))

    def shared_cost(self, explanation: Explanation) -> float:
        """Return the cost of the gradients that change the scan, shared by all maps."""
        if explanation.context.is_cached(("adversarial", self.epsilon)):
            return 0.0
        return GRADIENT_COST * (1 + (2 * 2 if explanation.context.is_classification else 0))

    def _attack_names(self, context: CheckContext) -> tuple[str, ...]:
        return ("FGSM", "DeepFool") if context.is_classification else ("FGSM",)

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Compute the changes of the map under each change of the scan."""
        context = explanation.context
        kinds = self._attack_names(context)
        inputs = context.cached(
            ("adversarial", self.epsilon), lambda: self._perturbed_inputs(context, progress.subtask(0, 0.4))
        )
        outputs = context.score_inputs(lambda index: inputs[index], len(inputs), progress.subtask(0.4, 0.45))
        changes: dict[str, MapChange] = {}
        for index, kind in enumerate(kinds):
            step = 0.55 / len(kinds)
            subtask = progress.subtask(0.45 + index * step, 0.45 + (index + 1) * step)
            changes[kind] = measure_change(
                explanation.values, explanation.recompute(subtask, x=inputs[index]), context.foreground
            )
        scale = float(np.std(context.x.cpu().numpy()[0][:, context.foreground]))
        sizes = {kind: _largest_change(inputs[index] - context.x) / scale for index, kind in enumerate(kinds)}
        numbers = {
            kind: {
                "Dice": changes[kind].dice,
                "relative change": changes[kind].relative_change,
                "Spearman": changes[kind].spearman,
                "largest change of a voxel": sizes[kind],
                "output": float(outputs.scores[index]),
                "probability": None if outputs.probabilities is None else float(outputs.probabilities[index]),
            }
            for index, kind in enumerate(kinds)
        }
        invisible = [kind for kind in kinds if sizes[kind] <= VISIBLE_CHANGE]
        worst = min(invisible or kinds[:1], key=lambda kind: changes[kind].dice)
        verdict = grade(changes[worst].dice, self.good, self.bad)
        phrases = {
            Verdict.HOLDS: "the map is stable",
            Verdict.DOUBTFUL: "the map is partly stable",
            Verdict.FAILS: "the map is not stable",
            Verdict.OPEN: "it cannot be compared",
        }
        visible = [kind for kind in kinds if kind not in invisible and kind != worst]
        note = f" The change by {' and '.join(visible)} is visible and does not count." if visible else ""
        index = kinds.index(worst)
        output_change = (
            f"{format_number(context.original_scores[0])} to {format_number(float(outputs.scores[index]))}"
        )
        return Finding(
            verdict,
            f"Dice {changes[worst].dice:.2f}",
            f"{worst} changes no voxel by more than {sizes[worst]:.1%} of the "
            f"head's contrast, and the output from {output_change}; {changes[worst].dice:.0%} of the map's "
            f"strongest {TOP_SHARE:.0%} remain: {phrases[verdict]}.{note}",
            {
                "output before": context.original_scores[0],
                "probability before": context.original_scores[1],
                **numbers,
            },
            BarChart(kinds, tuple(changes[kind].dice for kind in kinds), (0.0, 1.0), self.good),
        )

    def _perturbed_inputs(self, context: CheckContext, progress: Progress) -> tuple[torch.Tensor, ...]:
        """Return the scan after each change, (1, C, spatial...)."""
        attacks: list[Method] = [FGSM(epsilon=self.epsilon)]
        if context.is_classification:
            attacks.append(DeepFool(steps=DEEPFOOL_STEPS))
        inputs = []
        for index, attack in enumerate(attacks):
            subtask = progress.subtask(index / len(attacks), (index + 1) / len(attacks))
            request = ExplanationRequest(
                context.model, context.x, context.target, None, context.seed, subtask
            )
            inputs.append(context.x + attack.explain(request).values)
        return tuple(inputs)


def _largest_change(difference: torch.Tensor) -> float:
    return float(difference.abs().max())
