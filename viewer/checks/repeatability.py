"""Repeatability check: whether a map stays the same under noise, a shift, a flip and another seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from viewer.checks.base import Check, CheckCost, Finding, Verdict, grade
from viewer.checks.context import CheckContext, Explanation, Floats, Mask
from viewer.checks.svg_charts import BarChart
from viewer.methods.base import parameter
from viewer.progress import Progress
from viewer.scans.metrics import TOP_SHARE, dice_of_strongest, relative_change, spearman_correlation
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class MapChange:
    """Difference of a recomputed map from the original one, within the head."""

    dice: float
    relative_change: float
    spearman: float


@dataclass(frozen=True)
class Repeatability(Check):
    """Comparison with maps of the noisy, shifted and mirrored scan, and with a map of another seed."""

    name: ClassVar[str] = "repeatability"
    title: ClassVar[str] = "Repeatability"
    question: ClassVar[str] = "Does the map stay the same for a scan that looks the same?"
    limits: ClassVar[str] = (
        "A map may be repeatable and wrong. The network's output itself may differ for the changed scan. "
        "No brain is symmetric: the mirrored scan is a different one and does not count in the verdict."
    )
    source: ClassVar[str] = "Yeh et al. 2019 (maximal sensitivity); Arun et al. 2021 (repeatability)"
    reading: ClassVar[str] = (
        "Dice is the overlap of the strongest voxels before and after a small change: 1 means the same "
        "voxels, 0 none in common. The headline is the worst of noise, a shift by one voxel and another "
        "seed; the bars show each."
    )
    needs_method: ClassVar[bool] = True

    noise: float = parameter(
        0.02, "standard deviation of the noise, as a share of the white matter's intensity", limits=(0.0, 1.0)
    )
    draws: int = parameter(3, "number of scans with noise", limits=(1, 1000))
    good: float = parameter(
        0.6, "Dice of the strongest voxels from which the map is repeatable", limits=(0.0, 1.0)
    )
    bad: float = parameter(0.3, "Dice below which it is not repeatable", limits=(0.0, 1.0))

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the cost: a map per noisy scan, a shifted one, a mirrored one, and one with another seed."""
        return CheckCost(maps=self.draws + 3)

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Compute the change of the map under each perturbation."""
        context = explanation.context
        total = self.draws + 3
        subtasks = iter([progress.subtask(index / total, (index + 1) / total) for index in range(total)])
        foreground = context.foreground
        noise_changes = []
        for number in range(self.draws):
            map_values = explanation.recompute(next(subtasks), x=noisy_input(context, self.noise, number))
            noise_changes.append(measure_change(explanation.values, map_values, foreground))
        shifted = explanation.recompute(next(subtasks), x=_shift_input(context.x, 1))
        back = _shift_map_back(shifted)
        interior = foreground & ~_grid_border(foreground)
        shift = measure_change(explanation.values, back, interior)
        flip = _measure_flip(explanation, next(subtasks))
        seed = measure_change(
            explanation.values, explanation.recompute(next(subtasks), seed=context.seed + 1), foreground
        )
        return self._make_finding(noise_changes, shift, flip, seed)

    def _make_finding(
        self,
        noise_changes: list[MapChange],
        shift_change: MapChange,
        flip_change: MapChange,
        seed_change: MapChange,
    ) -> Finding:
        lowest = min((*noise_changes, shift_change, seed_change), key=lambda change: change.dice)
        verdict = grade(lowest.dice, self.good, self.bad)
        phrases = {
            Verdict.HOLDS: "it is repeatable",
            Verdict.DOUBTFUL: "it is partly repeatable",
            Verdict.FAILS: "it is not repeatable",
            Verdict.OPEN: "it cannot be compared",
        }
        relative_changes = [change.relative_change for change in noise_changes]
        kinds = {
            "noise": noise_changes[int(np.argmin([change.dice for change in noise_changes]))],
            "shift": shift_change,
            "seed": seed_change,
        }
        kinds["flip"] = flip_change
        return Finding(
            verdict,
            f"Dice {lowest.dice:.2f}",
            f"Under noise the map changes by {np.mean(relative_changes):.0%} of its size on average and "
            f"{max(relative_changes):.0%} at most; of its strongest {TOP_SHARE:.0%}, at least "
            f"{lowest.dice:.0%} remain under noise, a shift by one voxel and another seed: "
            f"{phrases[verdict]}.",
            {
                "noise": self.noise,
                "mean change": float(np.mean(relative_changes)),
                "maximal change": max(relative_changes),
                **{
                    name: {
                        "Dice": change.dice,
                        "relative change": change.relative_change,
                        "Spearman": change.spearman,
                    }
                    for name, change in kinds.items()
                },
            },
            BarChart(
                ("noise (worst)", "one voxel", "other seed", "left–right"),
                tuple(kinds[name].dice for name in ("noise", "shift", "seed", "flip")),
                (0.0, 1.0),
                self.good,
            ),
        )


def measure_change(before: Floats, after: Floats, mask: Mask) -> MapChange:
    """Compute how two maps differ within ``mask``."""
    return MapChange(
        dice_of_strongest(before, after, mask),
        relative_change(before[mask], after[mask]),
        spearman_correlation(before[mask], after[mask]),
    )


def noisy_input(context: CheckContext, noise_level: float, draw_index: int) -> torch.Tensor:
    """Return the network's input for the scan with Gaussian noise in all non-zero voxels."""
    from viewer.scans.simulated_lesions import white_matter_level

    rng = context.make_generator(81, draw_index)

    def add_noise(image: Scan) -> Scan:
        noise = rng.standard_normal(image.data.shape, dtype=np.float32)
        white_level = white_matter_level(np.abs(image.data))
        data = np.where(image.data != 0, image.data + np.float32(noise_level * white_level) * noise, 0)
        return replace(image, data=data.astype(np.float32))

    return context.make_changed_input(add_noise)


def _shift_input(x: torch.Tensor, offset: int) -> torch.Tensor:
    """Shift by ``offset`` voxels along every axis; the border is filled by the outermost voxels."""
    import torch

    for axis in range(2, x.dim()):
        index = (torch.arange(x.shape[axis], device=x.device) - offset).clamp(0, x.shape[axis] - 1)
        x = x.index_select(axis, index)
    return x


def _shift_map_back(values: Floats) -> Floats:
    """Shift the map back by a voxel along every axis."""
    for axis, size in enumerate(values.shape):
        values = values.take(np.minimum(np.arange(size) + 1, size - 1), axis)
    return values


def _grid_border(mask: Mask) -> Mask:
    """Return the outermost voxels of the grid."""
    edge = np.ones(mask.shape, dtype=np.bool_)
    edge[tuple(slice(1, -1) for _ in mask.shape)] = False
    return edge


def _measure_flip(explanation: Explanation, progress: Progress) -> MapChange:
    """Compute how the map of the mirrored scan, mirrored back, differs; NaN for a sagittal slice."""
    axis = left_right_axis(explanation.context)
    if axis >= len(explanation.context.shape):
        return MapChange(float("nan"), float("nan"), float("nan"))
    flipped = explanation.recompute(progress, x=explanation.context.x.flip(2 + axis))
    return measure_change(
        explanation.values, np.ascontiguousarray(np.flip(flipped, axis)), explanation.context.foreground
    )


def left_right_axis(context: CheckContext) -> int:
    """Return the axis of the network's grid that runs between left and right, by its affine."""
    letters = context.prepared.grid.axcodes
    return next(axis for axis, letter in enumerate(letters) if letter in "LR")
