"""Shortcuts check: the prediction for versions of the scan that keep a single cue or lack one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from viewer.checks.base import Check, CheckCost, Finding, Verdict, grade
from viewer.checks.context import CheckContext, Explanation, Floats, Mask
from viewer.checks.repeatability import left_right_axis
from viewer.checks.svg_charts import BarChart
from viewer.errors import ViewerError
from viewer.methods.base import parameter
from viewer.methods.baseline import make_baseline
from viewer.number_format import format_number, format_probability
from viewer.progress import Progress
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

BRIGHT_OUTLINE = "outline, bright"
DARK_OUTLINE = "outline, dark"
OUTLINES = BRIGHT_OUTLINE, DARK_OUTLINE
SHUFFLED = "voxels shuffled"
BLURRED = "blurred"
SLOPE = "brightness slope"
CUT = "lowest fifth cut"
MIRRORED = "mirrored"
EMPTY = "empty"

CUT_SHARE = 0.2

NEGLIGIBLE_CHANGE = 1e-5
"""Relative change of an output up to which it is float32 rounding."""

GOOD_SHARE, BAD_SHARE = 0.5, 0.2
"""Limits of the change of an output without a probability, as a share of the largest change."""

FWHM = 2 * np.sqrt(2 * np.log(2))


@dataclass(frozen=True)
class Shortcuts(Check):
    """Predictions for the outline of the head alone, and for shuffled, blurred and cut scans."""

    name: ClassVar[str] = "shortcuts"
    title: ClassVar[str] = "Shortcuts"
    about_network: ClassVar[bool] = True
    question: ClassVar[str] = "Does the prediction depend on what is inside the outline of the head?"
    limits: ClassVar[str] = (
        "The outline may be valid evidence, for example of atrophy. It is filled with one value, a standard "
        "deviation above or below the mean of the head; the larger change determines the verdict. Networks "
        "are not trained on such scans, and the outputs for them may be meaningless. Without a skull, the "
        "outline is that of the brain mask. The check concerns the network and is the same for every map. "
        "The change of an output without a probability is relative to the largest among these scans."
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
        0.1, "change below which the outline gives nearly the same prediction", limits=(0.0, 10.0)
    )

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the cost: a forward pass for each version of the scan, once for all maps."""
        return CheckCost(forward_passes=self.shared_cost(explanation))

    def shared_cost(self, explanation: Explanation) -> float:
        """Return the number of versions of the scan, or 0 if they are already computed."""
        context = explanation.context
        return 0.0 if context.is_cached(self._cache_key) else len(image_changes(self, context)) + 4.0

    @property
    def _cache_key(self) -> tuple[str, float, float]:
        return self.name, self.blur, self.slope

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Compute the output for each version of the scan."""
        context = explanation.context
        versions = context.cached(self._cache_key, lambda: self._score_versions(context, progress))
        output, probability = context.original_scores
        is_probability = probability is not None
        original = output if probability is None else probability
        values = versions.probabilities if is_probability else versions.outputs
        differences = {name: abs(value - original) for name, value in values.items()}
        change, verdict = self._judge(differences, original, is_probability)
        write = format_probability if is_probability else format_number
        bright, dark = (write(values[name]) for name in OUTLINES)
        other_outputs = ", ".join(
            f"{name} {write(value)}" for name, value in values.items() if name not in OUTLINES
        )
        share = "" if is_probability else f", {change:.0%} of the largest change"
        quantity = "probability" if is_probability else "output"
        failed = "".join(
            f" Not computed: {name} ({reason})." for name, reason in versions.failure_reasons.items()
        )
        return Finding(
            verdict,
            f"{write(original)}; outline only: {bright} or {dark}",
            f"The {quantity} of {context.target.name} is {write(original)} for the scan, and for its outline "
            f"{bright} if filled with a bright value and {dark} with a dark one{share}: "
            f"{self._conclusion(verdict, change)}. Others: {other_outputs}.{failed}",
            {
                "output": output,
                "probability": probability,
                "outputs": versions.outputs,
                "probabilities": versions.probabilities if is_probability else None,
                "change": change,
                "failed": versions.failure_reasons,
            },
            BarChart(
                ("the scan", *values),
                (original, *values.values()),
                (0.0, 1.0) if is_probability else None,
                original,
                are_probabilities=is_probability,
            ),
        )

    def _judge(
        self, differences: Mapping[str, float], original: float, is_probability: bool
    ) -> tuple[float, Verdict]:
        """Return the larger change by an outline, and the verdict; none if no version changes the prediction.

        An output without a probability may have any offset: its change is relative to the largest change.
        """
        largest = float(np.max(list(differences.values())))
        change = float(np.max([differences[name] for name in OUTLINES]))
        if is_probability:
            return change, Verdict.OPEN if largest < self.good else grade(change, self.good, self.bad)
        if largest <= NEGLIGIBLE_CHANGE * abs(original):
            return 0.0, Verdict.OPEN
        return change / largest, grade(change / largest, GOOD_SHARE, BAD_SHARE)

    @staticmethod
    def _conclusion(verdict: Verdict, change: float) -> str:
        if verdict is Verdict.OPEN and change == change:
            return "no verdict, as no version of the scan changes it much, not even the empty one"
        return {
            Verdict.HOLDS: "it depends on what is inside",
            Verdict.DOUBTFUL: "the outline alone gives much of it",
            Verdict.FAILS: "the outline alone gives nearly the same",
            Verdict.OPEN: "it is not a number",
        }[verdict]

    def _score_versions(self, context: CheckContext, progress: Progress) -> ScoredVersions:
        inputs = {BRIGHT_OUTLINE: outline_input(context, 1.0), DARK_OUTLINE: outline_input(context, -1.0)}
        failed = {}
        for name, change in image_changes(self, context).items():
            progress.raise_if_cancelled()
            try:
                inputs[name] = context.make_changed_input(change)
            except ViewerError as error:
                failed[name] = error.problem
        flip_axis = left_right_axis(context)
        if flip_axis < len(context.shape):
            inputs[MIRRORED] = context.x.flip(2 + flip_axis)
        inputs[EMPTY] = _make_empty_input(context)
        tensors = list(inputs.values())
        scores = context.score_inputs(lambda index: tensors[index], len(tensors), progress)
        probabilities = [] if scores.probabilities is None else scores.probabilities.tolist()
        return ScoredVersions(
            dict(zip(inputs, scores.scores.tolist(), strict=True)),
            dict(zip(inputs, probabilities, strict=False)),
            failed,
        )


@dataclass(frozen=True)
class ScoredVersions:
    """Output and, if there is one, probability by name of version, and why versions were not computed."""

    outputs: dict[str, float]
    probabilities: dict[str, float]
    failure_reasons: dict[str, str]


def outline_input(context: CheckContext, deviations: float) -> torch.Tensor:
    """Return the input with one value in the head, in each image, and one outside.

    The value is so many standard deviations from the mean of the head. The mean itself would do for few
    networks: a z-score maps it to 0, which is also the value of the air. The outline is made from the
    network's input because an image of one value has no contrast for the intensity scaling.
    """
    import torch

    foreground = torch.from_numpy(context.foreground).to(context.x.device)
    x = context.x.clone()
    for channel in range(_count_image_channels(context)):
        image = x[0, channel]
        head, background = image[foreground], image[~foreground]
        value = head.mean() + deviations * head.std(correction=0)
        x[0, channel] = torch.where(
            foreground, value, background.median() if background.numel() else image.new_zeros(())
        )
    return x


def image_changes(check: Shortcuts, context: CheckContext) -> dict[str, Callable[[Scan], Scan]]:
    """Return the changes of an image in its own space, by name."""
    from scipy.ndimage import gaussian_filter

    random = context.make_generator(97)

    def shuffle(data: Floats, head: Mask, image: Scan) -> Floats:
        permuted = data.copy()
        permuted[head] = random.permutation(data[head])
        return permuted

    def blur(data: Floats, head: Mask, image: Scan) -> Floats:
        return np.asarray(gaussian_filter(data, check.blur / FWHM / image.grid.spacing))

    def add_slope(data: Floats, head: Mask, image: Scan) -> Floats:
        position = _world_coordinate(image, 1)
        low, high = float(position[head].min()), float(position[head].max())
        return np.asarray(
            data * (1 + check.slope * (2 * (position - low) / max(high - low, 1e-6) - 1).clip(-1, 1)),
            dtype=np.float32,
        )

    def cut_lowest_fifth(data: Floats, head: Mask, image: Scan) -> Floats:
        height = _world_coordinate(image, 2)
        low, high = float(height[head].min()), float(height[head].max())
        return np.where(height < low + CUT_SHARE * (high - low), _background_level(data, head), data)

    def adapt_change(change: Callable[[Floats, Mask, Scan], Floats]) -> Callable[[Scan], Scan]:
        def change_image(image: Scan) -> Scan:
            from viewer.scans.foreground import foreground_mask

            data = change(image.data, foreground_mask(image.data), image)
            return replace(image, data=np.asarray(data, dtype=np.float32))

        return change_image

    kinds = {
        SHUFFLED: shuffle,
        BLURRED: blur,
        SLOPE: add_slope,
        CUT: cut_lowest_fifth,
    }
    return {name: adapt_change(kind) for name, kind in kinds.items()}


def _count_image_channels(context: CheckContext) -> int:
    """Return how many channels of the input are images; the others are covariates."""
    layout = context.model.layout
    return context.x.shape[1] if layout is None else layout.image_channels


def _make_empty_input(context: CheckContext) -> torch.Tensor:
    """Return the input of an empty scan; covariates are kept."""
    import torch

    x, images = context.x, _count_image_channels(context)
    black = make_baseline(context.model, x[:, :images], "black", 0.0)
    return torch.cat([black, x[:, images:]], 1)


def _background_level(data: Floats, head: Mask) -> np.float32:
    """Return the median outside the head; 0 if there is no outside."""
    return np.float32(0 if head.all() else np.median(data[~head]))


def _world_coordinate(image: Scan, axis: int) -> Floats:
    """Return a world coordinate (0 R, 1 A, 2 S) of every voxel, in mm."""
    affine = image.grid.affine
    steps = np.ogrid[tuple(slice(0, size) for size in image.grid.shape)]
    coordinate = affine[axis, 3] + sum(affine[axis, along] * step for along, step in enumerate(steps))
    return np.asarray(coordinate, dtype=np.float32)
