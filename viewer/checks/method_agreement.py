"""Agreement of several maps of one scan: correlation and overlap of every pair."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from viewer.checks.base import CheckResult, Verdict
from viewer.checks.context import Explanation
from viewer.checks.svg_charts import MatrixChart
from viewer.progress import Progress
from viewer.scans.metrics import TOP_SHARE, dice_of_strongest, dice_of_strongest_chance, pearson_correlation

NAME = "agreement"
TITLE = "Agreement"
QUESTION = "Do several maps of the same output mark the same regions?"
LIMITS = (
    "Maps may agree and all be wrong. Different kinds of map need not agree: a gradient is not a "
    "contribution, and a signal is neither; within one kind, disagreement means more."
)
READING = (
    "Each square compares two maps by Dice, the overlap of their strongest voxels: 1 means the same "
    "voxels, 0 none in common; the sentence gives the chance level. Read it within one family, such as "
    "contributions. There is no verdict, as maps of different families answer different questions."
)


def check_agreement(explanations: Sequence[Explanation], progress: Progress | None = None) -> CheckResult:
    """Compute Pearson of the signed values and Dice of the strongest voxels for every pair of maps.

    Maps known to be of another scan, network or output are left out, and the sentence says so. There is no
    verdict: how much agreement can be expected depends on the kinds of map.
    """
    progress = progress or Progress()
    started = time.monotonic()
    foreign = [explanation for explanation in explanations if explanation.foreign_reason]
    explanations = [explanation for explanation in explanations if not explanation.foreign_reason]
    left_out_text = f" {_describe_left_out(foreign)}" if foreign else ""
    count = len(explanations)
    if count < 2:
        return CheckResult(
            NAME,
            TITLE,
            "",
            Verdict.OPEN,
            "not run",
            f"Not run: there is no second map to compare with.{left_out_text}",
            LIMITS,
        )
    pearson, dice = np.eye(count), np.eye(count)
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    chances: list[float] = []
    for index, (a, b) in enumerate(pairs):
        progress.step(index, len(pairs), TITLE)
        foreground = explanations[a].context.foreground
        first, second = explanations[a].values, explanations[b].values
        pearson[a, b] = pearson[b, a] = pearson_correlation(first[foreground], second[foreground])
        dice[a, b] = dice[b, a] = dice_of_strongest(first, second, foreground)
        chances.append(dice_of_strongest_chance(first, second, foreground))
    progress.step(1, 1, TITLE)
    upper = np.triu_indices(count, 1)
    names = tuple(explanation.name for explanation in explanations)
    mean = float(np.nanmean(dice[upper]))
    outlier = int(np.argmin([np.nanmean(np.delete(dice[row], row)) for row in range(count)]))
    outlier_text = f"; {names[outlier]} agrees least with the others" if count > 2 else ""
    return CheckResult(
        NAME,
        TITLE,
        "",
        Verdict.OPEN,
        f"Dice {mean:.2f}",
        f"Of the strongest {TOP_SHARE:.0%} of two maps, {mean:.0%} are the same on average (chance: "
        f"{np.mean(chances):.0%}){outlier_text}.{left_out_text}",
        LIMITS,
        {
            "maps": list(names),
            "families": [str(explanation.family or "") for explanation in explanations],
            "Pearson": pearson.tolist(),
            "Dice": dice.tolist(),
            "mean Dice": mean,
        }
        | (
            {"left out": {explanation.name: explanation.foreign_reason for explanation in foreign}}
            if foreign
            else {}
        ),
        MatrixChart(names, tuple(tuple(row) for row in dice.tolist())),
        (),
        time.monotonic() - started,
    )


def _describe_left_out(foreign_explanations: Sequence[Explanation]) -> str:
    """Return a sentence that names the maps that were left out, and why."""
    return (
        "Left out: "
        + "; ".join(
            f"{explanation.name} ({explanation.foreign_reason})" for explanation in foreign_explanations
        )
        + "."
    )
