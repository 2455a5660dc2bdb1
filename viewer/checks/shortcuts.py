"""Shortcuts check: the prediction for versions of the scan that keep a single cue or lack one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from viewer.checks.base import Check, CheckCost, Finding, Verdict, grade
from viewer.checks.context import CheckContext, Explanation, Floats, Mask, OutputScores
from viewer.checks.repeatability import left_right_axis
from viewer.checks.svg_charts import BarChart
from viewer.methods.base import parameter
from viewer.methods.baseline import make_baseline
from viewer.number_format import format_number, format_probability
from viewer.progress import Progress
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

OUTLINE = "outline only"
SHUFFLED = "voxels shuffled"
BLURRED = "blurred"
SLOPE = "brightness slope"
CUT = "lowest fifth cut"
MIRRORED = "mirrored"
EMPTY = "empty"

CUT_SHARE = 0.2

NEGLIGIBLE_CHANGE = 1e-5
"""Relative change of an output up to which it is float32 rounding."""

FWHM = 2 * np.sqrt(2 * np.log(2))


@dataclass(frozen=True)
class Shortcuts(Check):
    """Predictions for the outline of the head alone, and for shuffled, blurred and cut scans."""

    name: ClassVar[str] = "shortcuts"
    title: ClassVar[str] = "Shortcuts"
    question: ClassVar[str] = "Does the prediction depend on what is inside the outline of the head?"
    limits: ClassVar[str] = (
        "The outline may be valid evidence, for example of atrophy. Networks are not trained on such scans, "
        "and the outputs for them may be meaningless. Without a skull, the outline is that of the brain "
        "mask. The check concerns the network and is the same for every map; only the outline determines "
        "the verdict. The change of an output without a probability is relative to the largest among these "
        "scans."
    )
    source: ClassVar[str] = "Tinauer et al. 2025 (binarised scans)"
    reading: ClassVar[str] = (
        "The first bar and the line are the prediction for the scan. Bars close to the line show cues "
        "that suffice by themselves (outline, shuffled voxels) or changes that do not matter (a brightness "
        "slope, mirroring); bars far from it show what the prediction depends on."
    )

    blur: float = parameter(10.0, "full width at half maximum of the blur", unit="mm", limits=(1.0, 100.0))
    slope: float = parameter(
        0.3, "share of brightness added in front and removed at the back", limits=(0.0, 1.0)
    )
    good: float = parameter(0.2, "change without the inside from which the check holds", limits=(0.0, 10.0))
    bad: float = parameter(
        0.1, "change below which the outline gives the same prediction", limits=(0.0, 10.0)
    )

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the cost: a forward pass for each version of the scan, once for all maps."""
        return CheckCost(answers=self.shared_cost(explanation))

    def shared_cost(self, explanation: Explanation) -> float:
        """Return the number of versions of the scan, or 0 if they are already computed."""
        context = explanation.context
        return 0.0 if context.is_cached(self._key) else len(changed_images(self, context)) + 2.0

    @property
    def _key(self) -> tuple[str, float, float]:
        return self.name, self.blur, self.slope

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Compute the output for each version of the scan."""
        context = explanation.context
        names, scored = context.cached(self._key, lambda: self._score(context, progress))
        before, shares = context.original_scores, scored.probabilities
        own = before[0] if before[1] is None else before[1]
        found = scored.scores if shares is None or before[1] is None else shares
        answers = dict(zip(names, found.tolist(), strict=True))
        changed = abs(answers[OUTLINE] - own)
        # An output without a probability may have any offset: its change is relative to the largest change.
        largest = 1.0 if before[1] is not None else float(np.abs(found - own).max())
        change = 0.0 if largest <= NEGLIGIBLE_CHANGE * abs(own) else changed / largest
        verdict = grade(change, self.good, self.bad)
        words = {
            Verdict.HOLDS: "it depends on what is inside",
            Verdict.DOUBTFUL: "it changes little",
            Verdict.FAILS: "the outline alone gives the same prediction",
            Verdict.OPEN: "it is not a number",
        }

        def format_answer(value: float) -> str:
            return format_number(value) if before[1] is None else format_probability(value)

        span = None if before[1] is None else (0.0, 1.0)
        outline = format_answer(answers[OUTLINE])
        what = "output" if before[1] is None else "probability"
        others = ", ".join(
            f"{name} {format_answer(value)}" for name, value in answers.items() if name != OUTLINE
        )
        share = f", {change:.0%} of the largest change" if before[1] is None else ""
        return Finding(
            verdict,
            f"outline only: {outline}",
            f"The {what} of {context.target.name} is {format_answer(own)} for the scan and {outline} "
            f"for its outline filled with one value{share}: {words[verdict]}. Others: {others}.",
            {
                "output": before[0],
                "probability": before[1],
                "outputs": dict(zip(names, scored.scores.tolist(), strict=True)),
                "probabilities": None if shares is None else dict(zip(names, shares.tolist(), strict=True)),
                "change": change,
            },
            BarChart(("the scan", *names), (own, *found.tolist()), span, own),
        )

    def _score(self, context: CheckContext, progress: Progress) -> tuple[tuple[str, ...], OutputScores]:
        changes = changed_images(self, context)
        names = [*changes]
        flipped = left_right_axis(context)
        if flipped < len(context.shape):
            names.append(MIRRORED)
        names.append(EMPTY)

        def make(number: int) -> torch.Tensor:
            if names[number] == MIRRORED:
                return context.x.flip(2 + flipped)
            if names[number] == EMPTY:
                return _empty(context)
            return context.changed_input(changes[names[number]])

        return tuple(names), context.score_inputs(make, len(names), progress)


def changed_images(check: Shortcuts, context: CheckContext) -> dict[str, Callable[[Scan], Scan]]:
    """Return the changes of an image in its own space, by name."""
    from scipy.ndimage import gaussian_filter

    random = context.make_generator(97)

    def outline(data: Floats, head: Mask, image: Scan) -> Floats:
        return np.where(head, data[head].mean(), _air(data, head))

    def shuffled(data: Floats, head: Mask, image: Scan) -> Floats:
        found = data.copy()
        found[head] = random.permutation(data[head])
        return found

    def blurred(data: Floats, head: Mask, image: Scan) -> Floats:
        return np.asarray(gaussian_filter(data, check.blur / FWHM / image.grid.spacing))

    def sloping(data: Floats, head: Mask, image: Scan) -> Floats:
        place = _coordinate(image, 1)
        low, high = float(place[head].min()), float(place[head].max())
        return np.asarray(
            data * (1 + check.slope * (2 * (place - low) / max(high - low, 1e-6) - 1).clip(-1, 1)),
            dtype=np.float32,
        )

    def without_lowest_fifth(data: Floats, head: Mask, image: Scan) -> Floats:
        height = _coordinate(image, 2)
        low, high = float(height[head].min()), float(height[head].max())
        return np.where(height < low + CUT_SHARE * (high - low), _air(data, head), data)

    def of_image(change: Callable[[Floats, Mask, Scan], Floats]) -> Callable[[Scan], Scan]:
        def changed(image: Scan) -> Scan:
            from viewer.scans.foreground import foreground_mask

            data = change(image.data, foreground_mask(image.data), image)
            return replace(image, data=np.asarray(data, dtype=np.float32))

        return changed

    kinds = {
        OUTLINE: outline,
        SHUFFLED: shuffled,
        BLURRED: blurred,
        SLOPE: sloping,
        CUT: without_lowest_fifth,
    }
    return {name: of_image(kind) for name, kind in kinds.items()}


def _empty(context: CheckContext) -> torch.Tensor:
    """Return the input of an empty scan; covariates are kept."""
    import torch

    x, layout = context.x, context.model.layout
    images = x.shape[1] if layout is None else layout.image_channels
    black = make_baseline(context.model, x[:, :images], "black", 0.0)
    return torch.cat([black, x[:, images:]], 1)


def _air(data: Floats, head: Mask) -> np.float32:
    """Return the median outside the head; 0 if there is no outside."""
    return np.float32(0 if head.all() else np.median(data[~head]))


def _coordinate(image: Scan, axis: int) -> Floats:
    """Return a world coordinate (0 R, 1 A, 2 S) of every voxel, in mm."""
    affine = image.grid.affine
    steps = np.ogrid[tuple(slice(0, size) for size in image.grid.shape)]
    found = affine[axis, 3] + sum(affine[axis, along] * step for along, step in enumerate(steps))
    return np.asarray(found, dtype=np.float32)
