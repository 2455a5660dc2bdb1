"""Meaningful and extremal perturbation: masks over a scan, optimized by gradient."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from viewer.errors import MethodError
from viewer.methods.base import (
    Attribution,
    ExplanationRequest,
    Family,
    PerSampleMethod,
    Requirement,
    parameter,
)
from viewer.methods.baseline import gaussian_blur, match_input, require_references
from viewer.methods.input_gradient import compute_gradient, compute_outputs
from viewer.methods.perturbation.fill import find_foreground

if TYPE_CHECKING:
    import torch


PYRAMID_LEVELS = 6
"""Number of scans in a blur pyramid, including the sharp one."""


def blur_pyramid(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """Return ``x`` (1, C, spatial...) at increasing blur, (levels, C, spatial...), up to ``sigma`` voxels.

    The standard deviation grows linearly with the level, so that blur is linear in the mask.
    """
    import torch

    return torch.cat(
        [gaussian_blur(x, sigma * level / (PYRAMID_LEVELS - 1)) for level in range(PYRAMID_LEVELS)]
    )


def blend_levels(levels: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return a scan (1, C, spatial...), sharp where the mask (1, 1, spatial...) is 1, blurred where it is 0.

    In between, the two adjacent levels are interpolated. Differentiable in the mask.
    """
    import torch

    count = len(levels)
    depth = (1 - mask.clamp(0, 1)) * (count - 1)
    lower = depth.detach().floor().clamp(max=count - 2)
    share = depth - lower
    level_index = lower.long()[0].expand(levels.shape[1:])[None]
    lower_values, upper_values = (torch.gather(levels, 0, level_index + offset) for offset in (0, 1))
    return lower_values + share * (upper_values - lower_values)


def upsample_mask(coarse_mask: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """Upsample a coarse mask (1, 1, ...) to a grid of ``shape``, by linear interpolation."""
    import torch.nn.functional as F

    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(shape)]
    return F.interpolate(coarse_mask, shape, mode=mode, align_corners=True)


def coarse_shape(shape: tuple[int, ...], step: float) -> tuple[int, ...]:
    """Return the size of a coarse mask along each axis: a value every ``step`` voxels and at both ends."""
    return tuple(max(2, math.ceil((size - 1) / step) + 1) for size in shape)


def total_variation(mask: torch.Tensor, power: float) -> torch.Tensor:
    """Compute the mean over neighbours of |difference|^power, summed over the spatial axes."""
    import torch

    terms = [mask.diff(dim=axis).abs().pow(power).mean() for axis in range(2, mask.dim())]
    return torch.stack(terms).sum()


def shift_image(x: torch.Tensor, offsets: tuple[int, ...]) -> torch.Tensor:
    """Shift ``x`` by some voxels along each spatial axis, repeating its border."""
    import torch

    for axis, offset in enumerate(offsets, start=2):
        size = x.shape[axis]
        indices = (torch.arange(size, device=x.device) - offset).clamp(0, size - 1)
        x = x.index_select(axis, indices)
    return x


SECONDS_BETWEEN_PREVIEWS = 1.0
"""Seconds between two intermediate maps."""

DELETION, PRESERVATION = "deletion", "preservation"
BLUR = "blur"


@dataclass(frozen=True)
class MaskOptimization(PerSampleMethod):
    """Base class: a mask m that blends the scan with its blur is optimized by Adam.

    The score is s(m) = (S(blended) − S(blur)) / (S(x) − S(blur)): 1 for the scan, 0 if all of it is blurred.
    A reference scan may replace the blur.
    """

    family: ClassVar[Family] = Family.PERTURBATION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})

    form: str = parameter(
        DELETION,
        "the smallest region whose blurring removes the output, or that alone is sufficient for it",
        choices=(DELETION, PRESERVATION),
    )
    steps: int = parameter(80, "number of Adam steps", limits=(1, 10000))
    rate: float = parameter(0.1, "learning rate", limits=(1e-4, 1.0))
    coarse: float = parameter(
        6.0,
        "distance between neighbouring values of the mask",
        unit="voxels (network grid)",
        limits=(1.0, 64.0),
    )
    fill: str | tuple[object, ...] = parameter(
        BLUR,
        "what replaces the scan where the mask removes it: its blur, or a reference scan: a file, or the "
        "mean of a folder or list of scans",
        choices=(BLUR,),
        scans=True,
    )
    blur: float = parameter(
        8.0,
        'standard deviation of the blurred scan, used when Fill is "blur"',
        unit="voxels (network grid)",
        limits=(0.5, 50.0),
        source="Fong and Vedaldi 2017, section 4.2",
    )
    jitter: int = parameter(
        2,
        "random shift of the scan at each step, in voxels, so that the mask does not fit noise",
        limits=(0, 32),
        source="Fong and Vedaldi 2017, section 4.3",
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the map, 0 to 1, shape (1, 1, spatial...): 1 − m for deletion, m for preservation."""
        import torch

        x = request.x
        if x.dim() < 3:
            raise MethodError(self.name, "the input has no spatial axes", "use lime or kernel-shap")
        mask_problem = MaskProblem(self, request)
        values = self.initial_values(mask_problem)
        values.requires_grad_(True)
        optimiser = torch.optim.Adam([values], self.rate)
        last_preview = time.monotonic()
        for step in range(self.steps):
            subtask = request.progress.subtask(step / self.steps, (step + 1) / self.steps)
            subtask = subtask.with_message(f"step {step + 1} of {self.steps}")
            with torch.enable_grad():
                mask = self.make_mask(values, mask_problem)
                image = blend_levels(mask_problem.blur_levels, mask)
                cost = self.compute_cost(values, mask, mask_problem, step)
            offsets = mask_problem.draw_offsets(self.jitter)
            gradient = shift_gradient_back(
                compute_gradient(
                    request.model, shift_image(image.detach(), offsets), request.target, subtask
                ),
                offsets,
            )
            # The score should fall for deletion, and rise for preservation.
            sign = 1.0 if self.form == DELETION else -1.0
            optimiser.zero_grad()
            torch.autograd.backward(
                [image, cost],
                [sign * self.weight * gradient / mask_problem.score_range, torch.ones_like(cost)],
            )
            optimiser.step()
            self.clamp_values(values)
            if time.monotonic() - last_preview > SECONDS_BETWEEN_PREVIEWS:
                last_preview = time.monotonic()
                request.progress.report_partial(Attribution(self.to_map(values, mask_problem)))
        result = self.to_map(values, mask_problem)
        return Attribution(result, None, mask_problem.describe(self.form, result))

    def to_map(self, values: torch.Tensor, problem: MaskProblem) -> torch.Tensor:
        """Return the map of a mask."""
        mask = self.make_mask(values.detach(), problem)
        return 1 - mask if self.form == DELETION else mask

    weight: ClassVar[float] = 1.0
    """Weight of the score relative to the cost."""

    @abstractmethod
    def initial_values(self, problem: MaskProblem) -> torch.Tensor:
        """Return the initial values of the optimization."""

    @abstractmethod
    def make_mask(self, values: torch.Tensor, problem: MaskProblem) -> torch.Tensor:
        """Return the mask of some values, (1, 1, spatial...): 1 where the scan stays sharp."""

    @abstractmethod
    def compute_cost(
        self, values: torch.Tensor, mask: torch.Tensor, problem: MaskProblem, step: int
    ) -> torch.Tensor:
        """Compute the cost that is minimised in addition to the score (or its negative)."""

    def clamp_values(self, values: torch.Tensor) -> None:
        """Clamp the values to 0 to 1."""
        import torch

        with torch.no_grad():
            values.clamp_(0, 1)


class MaskProblem:
    """State of the optimization for one sample: blur levels, foreground, and the scores at both ends."""

    def __init__(self, method: MaskOptimization, request: ExplanationRequest) -> None:
        import torch

        self.request = request
        x = request.x
        self.shape = tuple(x.shape[2:])
        self.mask_shape = coarse_shape(self.shape, method.coarse)
        self.uses_blur = isinstance(method.fill, str) and method.fill == BLUR
        if self.uses_blur:
            self.blur_levels = blur_pyramid(x, method.blur)
        else:
            self.blur_levels = torch.cat([x, match_input(require_references(request).mean(), request)])
        self.foreground = find_foreground(request).any(1, keepdim=True)
        if not bool(self.foreground.any()):
            self.foreground = self.foreground | True
        self.foreground_share = float(self.foreground.double().mean())
        self.original_score, self.blurred_score = self.score(x), self.score(self.blur_levels[-1:])
        score_range = self.original_score - self.blurred_score
        # If blurring does not change the score, the score is left in its own units.
        self.score_range = (
            score_range if abs(score_range) > 1e-9 * max(abs(self.original_score), 1e-30) else 1.0
        )
        self._generator = np.random.default_rng(request.seed)

    def score(self, x: torch.Tensor) -> float:
        """Compute S."""
        outputs = compute_outputs(self.request.model, x, self.request.progress.without_reports())
        return float(self.request.target.score(outputs).double().sum())

    def draw_offsets(self, jitter: int) -> tuple[int, ...]:
        """Draw a random shift."""
        return tuple(int(entry) for entry in self._generator.integers(-jitter, jitter + 1, len(self.shape)))

    def describe(self, form: str, map_values: torch.Tensor) -> tuple[str, ...]:
        """Return notes on the result."""
        mask = 1 - map_values if form == DELETION else map_values
        remaining = (self.score(blend_levels(self.blur_levels, mask)) - self.blurred_score) / self.score_range
        area = float((map_values * self.foreground).sum() / self.foreground.sum())
        removed_word, kept_word, verb = (
            ("blurred", "left sharp", "blurring") if self.uses_blur else ("replaced", "kept", "replacing")
        )
        word = removed_word if form == DELETION else kept_word
        lines = [
            f"with {area:.1%} of the foreground {word}, {remaining:.0%} of the output lost by {verb} "
            "all of it remains"
        ]
        if self.original_score <= self.blurred_score:
            lines.append(
                f"{verb} all of the scan does not lower the output ({self.original_score:.4g}, "
                f"{self.blurred_score:.4g}): the mask is hardly meaningful"
            )
        return tuple(lines)


def shift_gradient_back(gradient: torch.Tensor, offsets: tuple[int, ...]) -> torch.Tensor:
    """Apply the transpose of `shift_image`, without the repeated border."""
    import torch

    shifted = torch.zeros_like(gradient)
    target_slices, source_slices = [slice(None)] * 2, [slice(None)] * 2
    for size, offset in zip(gradient.shape[2:], offsets, strict=True):
        target_slices.append(slice(max(0, -offset), size - max(0, offset)))
        source_slices.append(slice(max(0, offset), size - max(0, -offset)))
    shifted[tuple(target_slices)] = gradient[tuple(source_slices)]
    return shifted


@dataclass(frozen=True)
class MeaningfulPerturbation(MaskOptimization):
    """R = 1 − m for m = argmin λ₁ ‖1 − m‖₁ + λ₂ Σ|∇m|^β + E s(m) (Fong and Vedaldi 2017, equation 4).

    For preservation R = m = argmin λ₁ ‖m‖₁ + λ₂ Σ|∇m|^β − E s(m). E is over small random shifts; norms are
    means over the mask.
    """

    name: ClassVar[str] = "meaningful-perturbation"
    title: ClassVar[str] = "Meaningful perturbation"
    source: ClassVar[str] = "Fong and Vedaldi 2017, equation 4; Ayyar et al. 2021"
    description: ClassVar[str] = (
        "the smallest smooth region whose blurring removes the output (or that is sufficient for it)"
    )
    limitations: ClassVar[str] = "be unique: other masks are as good, and the weights determine its size"
    not_for: ClassVar[str] = (
        "When a quick result is needed, or to measure how large a region is: the weights determine its size."
    )

    area: float = parameter(1.0, "weight λ₁ of the mask's size", limits=(0.0, 1000.0))
    smoothness: float = parameter(0.5, "weight λ₂ of its variation", limits=(0.0, 1000.0))
    power: float = parameter(
        3.0, "exponent β of the variation", limits=(1.0, 6.0), source="Fong and Vedaldi 2017, section 4.3"
    )

    def initial_values(self, problem: MaskProblem) -> torch.Tensor:
        """Return ½ for deletion, and 1 for preservation, as a fully blurred scan may have no gradient."""
        return problem.blur_levels.new_full(
            (1, 1, *problem.mask_shape), 0.5 if self.form == DELETION else 1.0
        )

    def make_mask(self, values: torch.Tensor, problem: MaskProblem) -> torch.Tensor:
        """Return the values, linearly interpolated; only the foreground is ever blurred."""
        upsampled = upsample_mask(values, problem.shape)
        return upsampled.where(problem.foreground, 1.0 if self.form == DELETION else 0.0)

    def compute_cost(
        self, values: torch.Tensor, mask: torch.Tensor, problem: MaskProblem, step: int
    ) -> torch.Tensor:
        """Compute size and variation of the mask."""
        del step
        selected = 1 - mask if self.form == DELETION else mask
        share = selected.mean() / problem.foreground_share
        return self.area * share + self.smoothness * total_variation(values, self.power)


@dataclass(frozen=True)
class ExtremalPerturbation(MaskOptimization):
    """R = the mask of a given area with the largest effect (Fong, Patrick and Vedaldi 2019, eq. 2 and 4).

    The largest values of the mask, up to the area, are driven to 1 and the rest to 0, with increasing weight.
    """

    name: ClassVar[str] = "extremal-perturbation"
    title: ClassVar[str] = "Extremal perturbation"
    source: ClassVar[str] = "Fong et al. 2019, section 3"
    description: ClassVar[str] = (
        "the region of a given size whose blurring removes most of the output (or keeps most of it)"
    )
    limitations: ClassVar[str] = "say how large the region should be: its size is a parameter"
    not_for: ClassVar[str] = (
        "To find out how large a region is: the size is given. For lesions much smaller than the given "
        "share, it also marks other tissue."
    )

    form: str = parameter(
        PRESERVATION,
        "the region that alone is sufficient for the output, or whose blurring removes it",
        choices=(PRESERVATION, DELETION),
    )
    area: float = parameter(0.05, "size of the region, as a share of the foreground", limits=(0.001, 0.9))
    pull: float = parameter(
        30.0,
        "area weight: how strictly the area is enforced at the end",
        limits=(0.1, 10000.0),
        source="Fong et al. 2019, section 3.2: grows during the search",
    )

    def initial_values(self, problem: MaskProblem) -> torch.Tensor:
        """Return ½ everywhere."""
        return problem.blur_levels.new_full((1, 1, *problem.mask_shape), 0.5)

    def make_mask(self, values: torch.Tensor, problem: MaskProblem) -> torch.Tensor:
        """Return the mask: deletion blurs the selected region, preservation blurs the rest."""
        upsampled = upsample_mask(values, problem.shape) * problem.foreground
        return 1 - upsampled if self.form == DELETION else upsampled

    def compute_cost(
        self, values: torch.Tensor, mask: torch.Tensor, problem: MaskProblem, step: int
    ) -> torch.Tensor:
        """Compute the difference of the sorted mask from ones and zeros of the given area."""
        import torch

        selected = 1 - mask if self.form == DELETION else mask
        inside = selected[problem.foreground]
        target = torch.zeros_like(inside)
        target[: max(1, round(self.area * inside.numel()))] = 1
        distance = (inside.sort(descending=True).values - target).square().mean()
        return self.pull * (0.1 + 0.9 * step / self.steps) * distance
