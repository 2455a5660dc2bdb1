"""Whether several methods say the same of one scan: every pair of maps in numbers."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from viewer.checks.check import Result, Verdict
from viewer.checks.compare import correlation
from viewer.checks.plot import Matrix
from viewer.checks.similarity import TOP_SHARE, top_dice, top_dice_chance
from viewer.checks.subject import Case
from viewer.progress import Progress

NAME = "agreement"
TITLE = "Agreement"
ASKS = "Do several maps of the same output mark the same places?"
LIMITS = (
    "Maps may agree and all be wrong. Kinds of map are not meant to agree: a slope is no share, and a signal "
    "is neither; within a kind, disagreement means more."
)


def agreement(cases: Sequence[Case], progress: Progress | None = None) -> Result:
    """Pearson of the signed values and Dice of the strongest voxels, over the head, for every pair of maps.

    Maps that are known to be of another scan, network or output are left out, and the sentence says so.
    There is no verdict: what agreement can be expected depends on what the maps are.
    """
    progress = progress or Progress()
    began = time.monotonic()
    foreign = [case for case in cases if case.foreign]
    cases = [case for case in cases if not case.foreign]
    left_out = f" {_left_out(foreign)}" if foreign else ""
    count = len(cases)
    if count < 2:
        return Result(
            NAME,
            TITLE,
            "",
            Verdict.OPEN,
            "not run",
            f"Not run: there is no second map to compare with.{left_out}",
            LIMITS,
        )
    pearson, dice = np.eye(count), np.eye(count)
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    chances: list[float] = []
    for number, (a, b) in enumerate(pairs):
        progress.step(number, len(pairs), TITLE)
        inside = cases[a].subject.foreground
        first, second = cases[a].values, cases[b].values
        pearson[a, b] = pearson[b, a] = correlation(first[inside], second[inside])
        dice[a, b] = dice[b, a] = top_dice(first, second, inside)
        chances.append(top_dice_chance(first, second, inside))
    progress.step(1, 1, TITLE)
    upper = np.triu_indices(count, 1)
    names = tuple(case.name for case in cases)
    mean = float(np.nanmean(dice[upper]))
    odd = int(np.argmin([np.nanmean(np.delete(dice[row], row)) for row in range(count)]))
    said = f"; {names[odd]} agrees least with the others" if count > 2 else ""
    return Result(
        NAME,
        TITLE,
        "",
        Verdict.OPEN,
        f"Dice {mean:.2f}",
        f"Of the strongest {TOP_SHARE:.0%} of two maps, {mean:.0%} are the same on average (chance: "
        f"{np.mean(chances):.0%}){said}.{left_out}",
        LIMITS,
        {
            "maps": list(names),
            "families": [str(case.family or "") for case in cases],
            "Pearson": pearson.tolist(),
            "Dice": dice.tolist(),
            "mean Dice": mean,
        }
        | ({"left out": {case.name: case.foreign for case in foreign}} if foreign else {}),
        Matrix(names, tuple(tuple(row) for row in dice.tolist())),
        (),
        time.monotonic() - began,
    )


def _left_out(foreign: Sequence[Case]) -> str:
    """Name the maps that do not take part, and why."""
    return "Left out: " + "; ".join(f"{case.name} ({case.foreign})" for case in foreign) + "."
