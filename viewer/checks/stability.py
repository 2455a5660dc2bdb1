"""Whether a map stays when the scan is changed a little against the network: FGSM and DeepFool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from viewer.checks.check import Check, Found, Verdict, Work, graded
from viewer.checks.plot import Bars
from viewer.checks.repeatability import Change, change
from viewer.checks.similarity import TOP_SHARE
from viewer.checks.subject import Case, Subject
from viewer.methods.derivative import derivative
from viewer.methods.method import Target, parameter
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

GRADIENT = 3.0
"""What a derivative costs, in answers of the network."""

OVERSHOOT = 0.02
STEPS = 10
"""Of DeepFool: how far beyond the border it goes, and after how many steps it gives up."""


@dataclass(frozen=True)
class Stability(Check):
    """Maps before and after a change of the scan that is made to mislead the network."""

    name: ClassVar[str] = "stability"
    title: ClassVar[str] = "Adversarial stability"
    asks: ClassVar[str] = "Does the map stay when the scan is changed imperceptibly against the network?"
    limits: ClassVar[str] = (
        "Such changes are made by those who know the network; scanners do not make them. Where the decision "
        "itself is turned over, the map has a reason to move: the answer after each change stands beside it."
    )
    source: ClassVar[str] = (
        "Goodfellow et al. 2015 (FGSM); Moosavi-Dezfooli et al. 2016 (DeepFool); Ayyar et al. 2021"
    )
    needs_method: ClassVar[bool] = True

    epsilon: float = parameter(
        0.01,
        "step of FGSM, as a share of the standard deviation of the head's intensities",
        limits=(0.0, 10.0),
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
            ("adversarial", self.epsilon), lambda: self._inputs(subject, progress.part(0, 0.4))
        )
        told = subject.ask(lambda number: changed[number], len(changed), progress.part(0.4, 0.45))
        found: dict[str, Change] = {}
        for number, kind in enumerate(kinds):
            step = 0.55 / len(kinds)
            part = progress.part(0.45 + number * step, 0.45 + (number + 1) * step)
            found[kind] = change(case.values, case.again(part, x=changed[number]), subject.foreground)
        worst = min(kinds, key=lambda kind: found[kind].dice)
        verdict = graded(found[worst].dice, self.good, self.bad)
        words = {
            Verdict.HOLDS: "the map stays",
            Verdict.DOUBTFUL: "the map moves in part",
            Verdict.FAILS: "the map moves away",
            Verdict.OPEN: "it cannot be compared",
        }
        scale = float(np.std(subject.x.cpu().numpy()[0][:, subject.foreground]))
        numbers = {
            kind: {
                "Dice": found[kind].dice,
                "relative change": found[kind].relative,
                "Spearman": found[kind].spearman,
                "largest change of a voxel": _largest(changed[number] - subject.x) / scale,
                "output": float(told.scores[number]),
                "probability": None if told.shares is None else float(told.shares[number]),
            }
            for number, kind in enumerate(kinds)
        }
        number = kinds.index(worst)
        answer = f"{subject.answer[0]:.3g} to {told.scores[number]:.3g}"
        return Found(
            verdict,
            f"Dice {found[worst].dice:.2f}",
            f"{worst} changes no voxel by more than {numbers[worst]['largest change of a voxel']:.1%} of the "
            f"head's contrast and the output from {answer}; {found[worst].dice:.0%} of the map's strongest "
            f"{TOP_SHARE:.0%} stay: {words[verdict]}.",
            {"output before": subject.answer[0], "probability before": subject.answer[1], **numbers},
            Bars(kinds, tuple(found[kind].dice for kind in kinds), (0.0, 1.0), self.good),
        )

    def _inputs(self, subject: Subject, progress: Progress) -> tuple[torch.Tensor, ...]:
        scale = float(np.std(subject.x.cpu().numpy()[0][:, subject.foreground]))
        one = fgsm(subject, self.epsilon * scale, progress.part(0, 0.2))
        if not subject.classifies:
            return (one,)
        return one, deepfool(subject, progress.part(0.2, 1))


def fgsm(subject: Subject, step: float, progress: Progress) -> torch.Tensor:
    """Every voxel moved by ``step`` so that the explained output falls: x − step · sign ∂S/∂x."""
    slope = derivative(subject.model, subject.x, subject.target, progress)
    return subject.x - step * slope.sign()


def deepfool(subject: Subject, progress: Progress) -> torch.Tensor:
    """The nearest input, by a chain of straight steps, that the network gives to the runner-up.

    x ← x + |f| / ‖w‖² · w with f the difference of the two outputs and w its derivative (Moosavi-Dezfooli et
    al. 2016, algorithm 1, for two classes), then 2 % further. The other class is the
    largest of the rest.
    """
    import torch

    scores = subject.output[0].clone()
    own = subject.target.index
    scores[own] = -torch.inf
    other = int(scores.argmax())
    ends: Callable[[int], Target] = lambda index: Target(index, "")  # noqa: E731
    x = subject.x.clone()
    sign = None
    for step in range(STEPS):
        part = progress.part(step / STEPS, (step + 1) / STEPS)
        with torch.no_grad():
            output = subject.model.logits(x.clone())[0].double()
        gap = float(output[own] - output[other])
        sign = np.sign(gap) if sign is None else sign
        if np.sign(gap) != sign:
            break
        slope = derivative(subject.model, x, ends(own), part.part(0, 0.5))
        slope = slope - derivative(subject.model, x, ends(other), part.part(0.5, 1))
        size = float(slope.double().square().sum())
        if size == 0:
            break
        x = x - (1 + OVERSHOOT) * gap / size * slope
    progress.step(1, 1)
    return x


def _largest(difference: torch.Tensor) -> float:
    return float(difference.abs().max())
