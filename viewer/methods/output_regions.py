"""Regions of a dense prediction to explain: where a class is probable, a mask, a box, or all of it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.files import is_file
from viewer.scans.grid import Grid

if TYPE_CHECKING:
    import torch

    from viewer.methods.base import Target
    from viewer.models.output_meaning import OutputMeaning
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Point = tuple[float, float, float]

WHOLE_OUTPUT = "all"
THRESHOLD_PREFIX = "above:"
BOX_PREFIX = "box:"
REGION_FORMS = (
    "use all, above:0.5, above:0.5@X,Y,Z for the one cluster at a point, box:X,Y,Z,X,Y,Z in mm, "
    "or a mask file"
)


class OutputRegion(ABC):
    """Region of a dense prediction."""

    @property
    @abstractmethod
    def text(self) -> str:
        """Text of the region in the provenance; `parse_region` reads it, except for a mask."""

    @abstractmethod
    def compute_mask(self, probability: Floats, grid: Grid | None) -> Mask:
        """Return the mask of the region, of the shape of ``probability``.

        Parameters
        ----------
        probability
            Probability of the class at every voxel of the prediction (spatial...).
        grid
            Grid of those voxels; a two-dimensional prediction has a third size of 1. None for a bare tensor,
            which has no position in space.

        Raises
        ------
        MethodError
            The region is empty, or there is no position in space.
        """


@dataclass(frozen=True)
class WholeOutput(OutputRegion):
    """The whole prediction."""

    @property
    def text(self) -> str:
        """The word ``all``."""
        return WHOLE_OUTPUT

    def compute_mask(self, probability: Floats, grid: Grid | None) -> Mask:
        """Return a mask that is True everywhere."""
        return np.ones(probability.shape, dtype=bool)


@dataclass(frozen=True)
class ThresholdRegion(OutputRegion):
    """Where the class's probability exceeds a threshold; with ``at`` (mm), the one cluster there.

    Voxels are connected where they share a face, an edge or a corner.
    """

    threshold: float = 0.5
    at: Point | None = None

    @property
    def text(self) -> str:
        """Text such as ``above:0.5@-30,12,4``."""
        place = "" if self.at is None else f"@{_format_numbers(self.at)}"
        return f"{THRESHOLD_PREFIX}{self.threshold:g}{place}"

    def compute_mask(self, probability: Floats, grid: Grid | None) -> Mask:
        """Return the voxels above the threshold."""
        found: Mask = probability > self.threshold
        if not found.any():
            largest = float(probability.max())
            raise MethodError(
                f"region {self.text}",
                f"nowhere is the probability above {self.threshold:g}",
                f"its largest is {largest:.3g}; lower the threshold, use a mask, or another class",
            )
        if self.at is None:
            return found
        from scipy.ndimage import label

        placed = _require_grid(self.text, grid)
        nearest = np.clip(np.rint(placed.to_voxel(self.at)).astype(int), 0, np.array(placed.shape) - 1)
        voxel = tuple(nearest[: found.ndim])
        if not placed.contains(self.at) or not found[voxel]:
            raise MethodError(
                f"region {self.text}",
                "the point is in no cluster above the threshold",
                "choose a point inside one",
            )
        bodies, _ = label(found, np.ones((3,) * found.ndim))
        return np.asarray(bodies == bodies[voxel])


@dataclass(frozen=True)
class BoxRegion(OutputRegion):
    """The voxels whose centres lie between two corners, in mm RAS+, corners included."""

    low: Point
    high: Point

    @property
    def text(self) -> str:
        """Both corners."""
        return f"{BOX_PREFIX}{_format_numbers((*self.low, *self.high))}"

    def compute_mask(self, probability: Floats, grid: Grid | None) -> Mask:
        """Return the voxels in the box."""
        placed = _require_grid(self.text, grid)
        voxels = np.moveaxis(np.indices(placed.shape), 0, -1)
        points = placed.to_world(voxels)
        found = ((points >= np.array(self.low)) & (points <= np.array(self.high))).all(-1)
        return _require_voxels(np.asarray(found).reshape(probability.shape), self.text)


@dataclass(frozen=True, eq=False)
class MaskRegion(OutputRegion):
    """Where a mask is not 0, resampled to the prediction's grid by the affine; nearest neighbour."""

    mask: Scan | Map

    @property
    def text(self) -> str:
        """The mask's name and, for a scan, the beginning of its hash."""
        digest = getattr(self.mask, "hash", "")
        return f"mask {self.mask.name}" + (f" ({digest[:12]})" if digest else "")

    def compute_mask(self, probability: Floats, grid: Grid | None) -> Mask:
        """Return the voxels of the mask."""
        from viewer.scans.resample import resample

        if self.mask.grid is None:
            raise MethodError(
                f"region {self.text}", "the mask has no spatial coordinates", "give a mask file"
            )
        placed = _require_grid(self.text, grid)
        values = resample(self.mask.data, self.mask.grid, placed, order=0)
        return _require_voxels(np.asarray(values != 0).reshape(probability.shape), self.text)


@dataclass(frozen=True, eq=False)
class ArrayRegion(OutputRegion):
    """The voxels that are not 0 in an array of the prediction's own shape and axis order."""

    values: npt.NDArray[Any]

    @property
    def text(self) -> str:
        """Number of voxels."""
        return f"an array with {int((self.values != 0).sum())} voxels inside"

    def compute_mask(self, probability: Floats, grid: Grid | None) -> Mask:
        """Return the array's non-zero voxels."""
        if self.values.shape != probability.shape:
            given, wanted = ("×".join(map(str, a.shape)) for a in (self.values, probability))
            raise MethodError("region", f"its shape is {given}", f"the prediction's is {wanted}")
        return _require_voxels(np.asarray(self.values != 0), self.text)


DEFAULT_REGION = ThresholdRegion()
"""Where the class is more probable than not."""


def parse_region(wanted: object) -> OutputRegion:
    """Return the region given by a text, a path, a mask or an array; None is `ThresholdRegion` with 0.5.

    Raises
    ------
    MethodError
        It is not a valid region.
    ScanError
        The mask cannot be read.
    """
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

    if wanted is None:
        return DEFAULT_REGION
    if isinstance(wanted, OutputRegion):
        return wanted
    if isinstance(wanted, Scan | Map):
        return MaskRegion(wanted)
    if isinstance(wanted, str):
        if wanted == WHOLE_OUTPUT:
            return WholeOutput()
        if wanted.startswith(THRESHOLD_PREFIX):
            return _parse_threshold(wanted)
        if wanted.startswith(BOX_PREFIX):
            corners = _parse_numbers(wanted, wanted.removeprefix(BOX_PREFIX), 6)
            pairs = list(zip(corners[:3], corners[3:], strict=True))
            low, high = ([end(pair) for pair in pairs] for end in (min, max))
            return BoxRegion((low[0], low[1], low[2]), (high[0], high[1], high[2]))
    if isinstance(wanted, str | Path):
        if not is_file(Path(wanted)):
            raise MethodError(f"region {wanted}", "is neither a file nor a known form", REGION_FORMS)
        from viewer.scans.load import load_scan, require_single_volume

        with require_single_volume():
            return MaskRegion(load_scan(wanted))
    return ArrayRegion(np.asarray(wanted))


def class_probability(output: torch.Tensor, target: Target, meaning: OutputMeaning) -> Floats:
    """Return a class's probability at every voxel of an output (1, outputs, spatial...), shape (spatial...).

    Raises
    ------
    MethodError
        The outputs are values, which have no probability.
    """
    shares = meaning.probabilities(output)
    if shares is None:
        raise MethodError("region", "the network answers with values, which have no probability", "take all")
    own = shares[0, target.index]
    values: Floats = (own if target.sign == 1 else 1 - own).detach().float().cpu().numpy()
    return values


def _parse_threshold(wanted: str) -> ThresholdRegion:
    number, at, place = wanted.removeprefix(THRESHOLD_PREFIX).partition("@")
    threshold = _parse_numbers(wanted, number, 1)[0]
    if not 0 <= threshold < 1:
        raise MethodError(f"region {wanted}", f"{threshold:g} is no probability to exceed", "take 0 to 1")
    if not at:
        return ThresholdRegion(threshold)
    x, y, z = _parse_numbers(wanted, place, 3)
    return ThresholdRegion(threshold, (x, y, z))


def _parse_numbers(wanted: str, text: str, count: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        raise MethodError(f"region {wanted}", "its numbers cannot be read", REGION_FORMS)
    return numbers


def _require_grid(text: str, grid: Grid | None) -> Grid:
    if grid is None:
        raise MethodError(
            f"region {text}",
            "a bare tensor has no spatial coordinates",
            "give a scan, or an array as the region",
        )
    return grid


def _require_voxels(found: Mask, text: str) -> Mask:
    if not found.any():
        raise MethodError(
            f"region {text}", "no voxel of the prediction lies in it", "is it of this scan, and in mm?"
        )
    return found


def _format_numbers(numbers: tuple[float, ...]) -> str:
    return ",".join(f"{number:g}" for number in numbers)
