"""Whether a map is of its class: held against the maps of the other classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from viewer.checks.check import Check, Found, Verdict, Work, graded
from viewer.checks.compare import correlation
from viewer.checks.plot import Bars
from viewer.checks.similarity import top_dice
from viewer.checks.subject import Case, Floats
from viewer.methods.method import Target, parameter
from viewer.progress import Progress


@dataclass(frozen=True)
class Contrast(Check):
    """Correlation with the maps of the other classes, the most probable of them first."""

    name: ClassVar[str] = "contrast"
    title: ClassVar[str] = "Class contrast"
    asks: ClassVar[str] = "Is the map another one when another class is asked for?"
    limits: ClassVar[str] = (
        "Where a network weighs two classes against each other, their maps lie at the same places with "
        "opposite signs: that is contrast, too. A method that does not know of classes cannot pass."
    )
    source: ClassVar[str] = "Sixt et al. 2020 (random logit)"
    needs_method: ClassVar[bool] = True

    others: int = parameter(2, "how many other classes are asked for", limits=(1, 1000))
    good: float = parameter(0.5, "Pearson up to which the maps differ", limits=(-1.0, 1.0))
    bad: float = parameter(0.9, "Pearson beyond which they are the same", limits=(-1.0, 1.0))

    def _targets(self, case: Case) -> tuple[Target, ...]:
        subject = case.subject
        scores = subject.output[0].reshape(subject.output.shape[1], -1).mean(1).tolist()
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        classes = subject.model.card.classes
        return tuple(
            Target(index, classes[index] if index < len(classes) else str(index), subject.target.region)
            for index in order
            if index != subject.target.index
        )[: self.others]

    def work(self, case: Case) -> Work:
        """A map for each of the other classes."""
        return Work(maps=0 if self.cannot(case) else len(self._targets(case)))

    def cannot(self, case: Case) -> str:
        """Why there is no other class."""
        if case.subject.target.values or case.subject.output.shape[1] < 2:
            return "the network has one output only"
        return super().cannot(case)

    def find(self, case: Case, progress: Progress) -> Found:
        """The correlations, the largest of which decides."""
        targets = self._targets(case)
        inside = case.subject.foreground
        pearson, sizes, dice = [], [], []
        maps: list[tuple[str, Floats]] = []
        for number, target in enumerate(targets):
            part = progress.part(number / len(targets), (number + 1) / len(targets))
            found = case.again(part, target=target)
            maps.append((target.name, found))
            a, b = case.values[inside], found[inside]
            # Where nothing speaks for the other class, the maps have nothing in common.
            nothing = a.any() and not b.any()
            pearson.append(0.0 if nothing else correlation(a, b))
            sizes.append(0.0 if nothing else correlation(np.abs(a), np.abs(b)))
            dice.append(top_dice(case.values, found, inside))
        largest = max((value for value in pearson if value == value), default=float("nan"))
        verdict = graded(largest, self.good, self.bad)
        words = {
            Verdict.HOLDS: "it is a map of its class",
            Verdict.DOUBTFUL: "much of it is the same for either class",
            Verdict.FAILS: "it is the same whichever class is asked for",
            Verdict.OPEN: "a map that is the same everywhere cannot be compared",
        }
        near = targets[pearson.index(largest)].name if largest == largest else targets[0].name
        return Found(
            verdict,
            f"Pearson {largest:.2f}",
            f"The map for {case.subject.target.name} correlates with that for {near} by {largest:.2f}: "
            f"{words[verdict]}.",
            {
                "target": case.subject.target.name,
                "classes": [target.name for target in targets],
                "Pearson": pearson,
                "Pearson of |values|": sizes,
                "Dice": dice,
            },
            Bars(tuple(target.name for target in targets), tuple(pearson), (-1.0, 1.0), self.good),
            tuple(maps),
        )
