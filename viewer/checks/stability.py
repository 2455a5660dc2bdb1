"""Whether a map stays when the scan is changed a little against the network: FGSM and DeepFool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from viewer.checks.check import Check, Found, Verdict, Work, graded
from viewer.checks.plot import Bars
from viewer.checks.repeatability import Change, change
from viewer.checks.similarity import TOP_SHARE
from viewer.checks.subject import Case, Subject
from viewer.methods.adversarial.deep_fool import DeepFool
from viewer.methods.adversarial.steps import FGSM
from viewer.methods.method import Method, Question, parameter
from viewer.number_format import format_number
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

GRADIENT = 3.0
"""What a derivative costs, in answers of the network."""

STEPS = 10
"""After how many steps DeepFool gives up."""


VISIBLE = 0.5
"""Of the head's contrast; a change of a voxel by more is seen, and a map has every reason to move with it."""


@dataclass(frozen=True)
class Stability(Check):
    """Maps before and after a change of the scan that is made to mislead the network."""

    name: ClassVar[str] = "stability"
    title: ClassVar[str] = "Adversarial"
    asks: ClassVar[str] = "Does the map stay when the scan is changed imperceptibly against the network?"
    limits: ClassVar[str] = (
        "Such changes are made by those who know the network; scanners do not make them. Where the decision "
        "itself is turned over, the map has a reason to move: the answer after each change stands beside it. "
        "A map that does not look at the scan is stable, too."
    )
    source: ClassVar[str] = (
        "Goodfellow et al. 2015 (FGSM); Moosavi-Dezfooli et al. 2016 (DeepFool); Ayyar et al. 2021"
    )
    needs_method: ClassVar[bool] = True

    epsilon: float = parameter(
        0.005, "by how much FGSM moves every voxel, as a share of the scan's range", limits=(1e-6, 1.0)
    )
    good: float = parameter(0.6, "Dice of the strongest voxels from which the map stays", limits=(0.0, 1.0))
    bad: float = parameter(0.3, "Dice below which it does not", limits=(0.0, 1.0))

    def work(self, case: Case) -> Work:
        """A map for each change; the changed scans are the same for all maps of a subject."""
        kinds = self._kinds(case.subject)
        return Work(answers=len(kinds) + self.shared(case), maps=len(kinds))

    def shared(self, case: Case) -> float:
        """The derivatives that change the scan."""
        if case.subject.has(("adversarial", self.epsilon)):
            return 0.0
        return GRADIENT * (1 + (2 * 2 if case.subject.classifies else 0))

    def _kinds(self, subject: Subject) -> tuple[str, ...]:
        return ("FGSM", "DeepFool") if subject.classifies else ("FGSM",)

    def find(self, case: Case, progress: Progress) -> Found:
        """The changes of the map under each change of the scan."""
        subject = case.subject
        kinds = self._kinds(subject)
        changed = subject.once(
            ("adversarial", self.epsilon), lambda: self._inputs(subject, progress.subtask(0, 0.4))
        )
        told = subject.ask(lambda number: changed[number], len(changed), progress.subtask(0.4, 0.45))
        found: dict[str, Change] = {}
        for number, kind in enumerate(kinds):
            step = 0.55 / len(kinds)
            part = progress.subtask(0.45 + number * step, 0.45 + (number + 1) * step)
            found[kind] = change(case.values, case.again(part, x=changed[number]), subject.foreground)
        scale = float(np.std(subject.x.cpu().numpy()[0][:, subject.foreground]))
        sizes = {kind: _largest(changed[number] - subject.x) / scale for number, kind in enumerate(kinds)}
        numbers = {
            kind: {
                "Dice": found[kind].dice,
                "relative change": found[kind].relative,
                "Spearman": found[kind].spearman,
                "largest change of a voxel": sizes[kind],
                "output": float(told.scores[number]),
                "probability": None if told.shares is None else float(told.shares[number]),
            }
            for number, kind in enumerate(kinds)
        }
        slight = [kind for kind in kinds if sizes[kind] <= VISIBLE]
        worst = min(slight or kinds[:1], key=lambda kind: found[kind].dice)
        verdict = graded(found[worst].dice, self.good, self.bad)
        words = {
            Verdict.HOLDS: "the map stays",
            Verdict.DOUBTFUL: "the map moves in part",
            Verdict.FAILS: "the map moves away",
            Verdict.OPEN: "it cannot be compared",
        }
        seen = [kind for kind in kinds if kind not in slight and kind != worst]
        besides = f" The change of {' and '.join(seen)} can be seen and does not count." if seen else ""
        number = kinds.index(worst)
        answer = f"{format_number(subject.answer[0])} to {format_number(float(told.scores[number]))}"
        return Found(
            verdict,
            f"Dice {found[worst].dice:.2f}",
            f"{worst} changes no voxel by more than {sizes[worst]:.1%} of the "
            f"head's contrast and the output from {answer}; {found[worst].dice:.0%} of the map's strongest "
            f"{TOP_SHARE:.0%} stay: {words[verdict]}.{besides}",
            {"output before": subject.answer[0], "probability before": subject.answer[1], **numbers},
            Bars(kinds, tuple(found[kind].dice for kind in kinds), (0.0, 1.0), self.good),
        )

    def _inputs(self, subject: Subject, progress: Progress) -> tuple[torch.Tensor, ...]:
        """The scan after each change, (1, C, spatial...)."""
        ways: list[Method] = [FGSM(epsilon=self.epsilon)]
        if subject.classifies:
            ways.append(DeepFool(steps=STEPS))
        changed = []
        for number, way in enumerate(ways):
            part = progress.subtask(number / len(ways), (number + 1) / len(ways))
            asked = Question(subject.model, subject.x, subject.target, None, subject.seed, part)
            changed.append(subject.x + way.explain(asked).values)
        return tuple(changed)


def _largest(difference: torch.Tensor) -> float:
    return float(difference.abs().max())
