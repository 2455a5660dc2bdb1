"""Whether a map depends on what the network learned: its weights are drawn anew, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from viewer.checks.check import Check, Found, Verdict, Work, graded
from viewer.checks.plot import Lines, Series, Stroke
from viewer.checks.randomised import Stage, randomised, stages
from viewer.checks.similarity import spearman, structural_similarity
from viewer.checks.subject import Case, Floats
from viewer.methods.method import parameter
from viewer.progress import Progress


@dataclass(frozen=True)
class Likeness:
    """How like the map is that a network with random weights gives."""

    spearman: float
    ssim: float


@dataclass(frozen=True)
class Randomisation(Check):
    """Parameter randomisation: cascading from the output to the input, and each layer alone."""

    name: ClassVar[str] = "randomisation"
    title: ClassVar[str] = "Random weights"
    asks: ClassVar[str] = "Does the map change when the network forgets what it learned?"
    limits: ClassVar[str] = (
        "A map that changes is not right for that; a noisy one changes more easily than a smooth one. "
        "Methods that multiply by the scan keep the scan's shape whatever the network is."
    )
    source: ClassVar[str] = "Adebayo et al. 2018, arXiv:1810.03292; caveats: Hedström et al. 2024"
    needs_method: ClassVar[bool] = True

    stages: int = parameter(
        6, "layers, or groups of them, that are drawn anew one after the other", limits=(1, 1000)
    )
    alone: bool = parameter(True, "each layer alone, too, with the others as they were")
    good: float = parameter(0.5, "|Spearman| up to which the map depends on the weights", limits=(0.0, 1.0))
    bad: float = parameter(0.8, "|Spearman| beyond which it does not", limits=(0.0, 1.0))

    def work(self, case: Case) -> Work:
        """A map for each stage; the first of those drawn alone is that of the cascade."""
        count = len(self._stages(case))
        return Work(maps=2 * count - 1 if self.alone else count)

    def _stages(self, case: Case) -> tuple[Stage, ...]:
        subject = case.subject
        return subject.once(("stages", self.stages), lambda: stages(subject.model, subject.x, self.stages))

    def find(self, case: Case, progress: Progress) -> Found:
        """The likeness to the map itself after every stage."""
        plan = self._stages(case)
        cascade: list[Likeness] = []
        alone: list[Likeness] = []
        maps: list[tuple[str, Floats]] = []
        total, done = (2 * len(plan) - 1 if self.alone else len(plan)), 0
        for place, stage in enumerate(plan):
            drawn = tuple(name for one in plan[: place + 1] for name in one.tensors)
            part = progress.subtask(done / total, (done + 1) / total)
            found = self._map(case, drawn, part)
            done += 1
            cascade.append(self._like(case, found))
            maps.append((f"random from the output to {stage.name}", found))
        for place, stage in enumerate(plan if self.alone else ()):
            if place == 0:
                alone.append(cascade[0])
                continue
            part = progress.subtask(done / total, (done + 1) / total)
            alone.append(self._like(case, self._map(case, stage.tensors, part)))
            done += 1
        progress.step(1, 1)
        return self._told(plan, cascade, alone, tuple(maps))

    def _map(self, case: Case, tensors: tuple[str, ...], progress: Progress) -> Floats:
        subject = case.subject
        model = randomised(subject.model, subject.x, tensors, subject.seed)
        return case.again(progress, model=model)

    def _like(self, case: Case, found: Floats) -> Likeness:
        inside = case.subject.foreground
        before, after = np.abs(case.values), np.abs(found)
        if not after.any():
            return Likeness(0.0, 0.0)
        return Likeness(spearman(before[inside], after[inside]), structural_similarity(before, after, inside))

    def _told(
        self,
        plan: tuple[Stage, ...],
        cascade: list[Likeness],
        alone: list[Likeness],
        maps: tuple[tuple[str, Floats], ...],
    ) -> Found:
        last = cascade[-1]
        verdict = graded(abs(last.spearman), self.good, self.bad)
        words = {
            Verdict.HOLDS: "it depends on what the network learned",
            Verdict.DOUBTFUL: "part of it does not depend on what the network learned",
            Verdict.FAILS: "it hardly depends on what the network learned",
            Verdict.OPEN: "it is the same everywhere, which cannot be compared",
        }
        names = tuple(stage.name for stage in plan)
        steps = tuple(float(step) for step in range(len(plan) + 1))
        series = [
            Series("cascading, Spearman", steps, (1.0, *(one.spearman for one in cascade))),
            Series("cascading, SSIM", steps, (1.0, *(one.ssim for one in cascade)), Stroke.SECOND),
        ]
        if alone:
            series.append(
                Series("layer alone, Spearman", steps[1:], tuple(one.spearman for one in alone), Stroke.QUIET)
            )
        numbers = {
            "layers": list(names),
            "cascading": {
                "Spearman": [one.spearman for one in cascade],
                "SSIM": [one.ssim for one in cascade],
            },
        }
        if alone:
            numbers["alone"] = {
                "Spearman": [one.spearman for one in alone],
                "SSIM": [one.ssim for one in alone],
            }
        return Found(
            verdict,
            f"Spearman {last.spearman:z.2f}",
            f"With all weights random, |map| keeps a rank correlation of {last.spearman:z.2f} and a "
            f"structural similarity of {last.ssim:.2f} with itself: {words[verdict]}.",
            numbers,
            Lines("layers drawn anew", "", tuple(series), ("none", *names), (min(0.0, last.spearman), 1.0)),
            maps,
        )
