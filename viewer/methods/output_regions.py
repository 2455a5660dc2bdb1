"""Regions of a dense prediction to explain: a predicted body, voxels above a probability, a mask, a box, all.

The explained quantity is the sum or the mean of the class's outputs over the region. "normalised" is for
methods that decompose the output: the map of each voxel of the region is divided by its expected sum before
the maps are added, so that voxels with large outputs count no more than others (Chlebus et al. 2019).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.models.output_kind import OutputKind
from viewer.models.output_meaning import DECISION_THRESHOLD
from viewer.number_format import format_count
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
COMPONENT_PREFIX = "component:"
REGION_FORMS = (
    "use all, above:0.5, above:0.5@X,Y,Z for the cluster at a point, component:X,Y,Z for the predicted "
    "body at a point, box:X,Y,Z,X,Y,Z in mm, or a mask file; mean: or normalised: may precede it"
)


class Reduction(StrEnum):
    """Explained quantity of a region's voxels: the sum or the mean of their outputs, or equal shares."""

    SUM = "sum"
    MEAN = "mean"
    NORMALISED = "normalised"


class OutputRegion(ABC):
    """Region of a dense prediction."""

    @property
    def reduction(self) -> Reduction:
        """Explained quantity of the region's voxels."""
        return Reduction.SUM

    @property
    def unreduced(self) -> OutputRegion:
        """The region itself, without its reduction."""
        return self

    @property
    @abstractmethod
    def text(self) -> str:
        """Text of the region in the provenance; `parse_region` reads it, except for a mask."""

    @abstractmethod
    def compute_mask(self, probability: Floats, grid: Grid | None, class_mask: Mask | None = None) -> Mask:
        """Return the mask of the region, of the shape of ``probability``.

        Parameters
        ----------
        probability
            Probability of the class at every voxel of the prediction (spatial...).
        grid
            Grid of those voxels; a two-dimensional prediction has a third size of 1. None for a bare tensor,
            which has no position in space.
        class_mask
            Voxels that the network assigns to the class; None if unknown.

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

    def compute_mask(self, probability: Floats, grid: Grid | None, class_mask: Mask | None = None) -> Mask:
        """Return a mask that is True everywhere."""
        return np.ones(probability.shape, dtype=bool)


@dataclass(frozen=True)
class ThresholdRegion(OutputRegion):
    """Voxels where the class's probability exceeds a threshold; with ``point`` (mm), only the cluster there.

    Voxels are connected if they share a face, an edge or a corner.
    """

    threshold: float = 0.5
    point: Point | None = None

    @property
    def text(self) -> str:
        """Text such as ``above:0.5@-30,12,4``."""
        position = "" if self.point is None else f"@{_format_numbers(self.point)}"
        return f"{THRESHOLD_PREFIX}{self.threshold:g}{position}"

    def compute_mask(self, probability: Floats, grid: Grid | None, class_mask: Mask | None = None) -> Mask:
        """Return the voxels above the threshold."""
        mask: Mask = probability > self.threshold
        if not mask.any():
            largest = float(probability.max())
            raise MethodError(
                f"region {self.text}",
                f"the probability is nowhere above {self.threshold:g}",
                f"its largest is {largest:.3g}; lower the threshold, use a mask, or another class",
            )
        if self.point is None:
            return mask
        target_grid = _require_grid(self.text, grid)
        nearest = np.clip(
            np.rint(target_grid.to_voxel(self.point)).astype(int), 0, np.array(target_grid.shape) - 1
        )
        voxel = tuple(nearest[: mask.ndim])
        cluster = connected_component(mask, voxel) if target_grid.contains(self.point) else None
        if cluster is None:
            raise MethodError(
                f"region {self.text}",
                "the point is in no cluster above the threshold",
                "choose a point inside one",
            )
        return cluster


@dataclass(frozen=True)
class BoxRegion(OutputRegion):
    """Voxels whose centres lie between two corners, in mm RAS+, corners included."""

    low: Point
    high: Point

    @property
    def text(self) -> str:
        """Both corners."""
        return f"{BOX_PREFIX}{_format_numbers((*self.low, *self.high))}"

    def compute_mask(self, probability: Floats, grid: Grid | None, class_mask: Mask | None = None) -> Mask:
        """Return the voxels in the box."""
        target_grid = _require_grid(self.text, grid)
        voxels = np.moveaxis(np.indices(target_grid.shape), 0, -1)
        points = target_grid.to_world(voxels)
        mask = ((points >= np.array(self.low)) & (points <= np.array(self.high))).all(-1)
        return _require_voxels(np.asarray(mask).reshape(probability.shape), self.text)


@dataclass(frozen=True, eq=False)
class MaskRegion(OutputRegion):
    """Voxels where a mask is not 0, resampled to the prediction's grid by nearest neighbour."""

    mask: Scan | Map

    @property
    def text(self) -> str:
        """The mask's name and, for a scan, the beginning of its hash."""
        digest = getattr(self.mask, "hash", "")
        return f"mask {self.mask.name}" + (f" ({digest[:12]})" if digest else "")

    def compute_mask(self, probability: Floats, grid: Grid | None, class_mask: Mask | None = None) -> Mask:
        """Return the voxels of the mask."""
        from viewer.scans.resample import resample

        if self.mask.grid is None:
            raise MethodError(
                f"region {self.text}", "the mask has no spatial coordinates", "give a mask file"
            )
        target_grid = _require_grid(self.text, grid)
        values = resample(self.mask.data, self.mask.grid, target_grid, order=0)
        return _require_voxels(np.asarray(values != 0).reshape(probability.shape), self.text)


@dataclass(frozen=True, eq=False)
class ArrayRegion(OutputRegion):
    """Non-zero voxels of an array in the prediction's own shape and axis order."""

    values: npt.NDArray[Any]

    @property
    def text(self) -> str:
        """Number of voxels."""
        return f"an array with {format_count(int((self.values != 0).sum()), 'voxel')} inside"

    def compute_mask(self, probability: Floats, grid: Grid | None, class_mask: Mask | None = None) -> Mask:
        """Return the array's non-zero voxels."""
        if self.values.shape != probability.shape:
            own_shape, expected_shape = (
                "×".join(map(str, array.shape)) for array in (self.values, probability)
            )
            raise MethodError("region", f"its shape is {own_shape}", f"the prediction's is {expected_shape}")
        return _require_voxels(np.asarray(self.values != 0), self.text)


@dataclass(frozen=True)
class ComponentRegion(OutputRegion):
    """Predicted body at a point in mm: connected voxels that the network assigns to the class.

    Voxels are connected if they share a face, an edge or a corner.
    """

    point: Point

    @property
    def text(self) -> str:
        """Text such as ``component:-30,12,4``."""
        return f"{COMPONENT_PREFIX}{_format_numbers(self.point)}"

    def describe(self, name: str) -> str:
        """Return a note that names the body."""
        return f"the region is the predicted body of {name} at {_format_numbers(self.point)} mm"

    def compute_mask(self, probability: Floats, grid: Grid | None, class_mask: Mask | None = None) -> Mask:
        """Return the voxels of the body."""
        if class_mask is None:
            raise MethodError(f"region {self.text}", "the network predicts no bodies here", REGION_FORMS)
        component = connected_component(class_mask, self._find_voxel(grid, class_mask.shape))
        if component is None:
            raise MethodError(
                f"region {self.text}",
                "the explained class is not predicted there",
                "choose a point inside a predicted body, or leave the target out",
            )
        return component

    def find_class(self, output: torch.Tensor, meaning: OutputMeaning, grid: Grid | None) -> int | None:
        """Return the class predicted at the point: the one with the largest output, but not the background.

        None if the outputs have no probability, or if a single output distinguishes two classes.

        Raises
        ------
        MethodError
            The point lies in the background, or outside.
        """
        shares = meaning.probabilities(output)
        if shares is None or output.shape[1] == 1:
            return None
        class_shares = shares[0].movedim(0, -1)[self._find_voxel(grid, tuple(output.shape[2:]))]
        class_index = int(class_shares.argmax())
        is_predicted = (
            class_index > 0
            if meaning.kind is OutputKind.SOFTMAX
            else float(class_shares[class_index]) > DECISION_THRESHOLD
        )
        if not is_predicted:
            raise MethodError(
                f"region {self.text}",
                "only background is predicted there",
                "choose a point inside a predicted body, or name the target",
            )
        return class_index

    def _find_voxel(self, grid: Grid | None, shape: tuple[int, ...]) -> tuple[int, ...]:
        target_grid = _require_grid(self.text, grid)
        if not target_grid.contains(self.point):
            raise MethodError(f"region {self.text}", "the point lies outside the prediction", REGION_FORMS)
        nearest = np.clip(
            np.rint(target_grid.to_voxel(self.point)).astype(int), 0, np.array(target_grid.shape) - 1
        )
        return tuple(int(index) for index in nearest[: len(shape)])


@dataclass(frozen=True, eq=False)
class ReducedRegion(OutputRegion):
    """Region whose mean output, or whose voxels' equal shares, are explained."""

    region: OutputRegion
    reduction_kind: Reduction

    @property
    def reduction(self) -> Reduction:
        """Explained quantity of the region's voxels."""
        return self.reduction_kind

    @property
    def unreduced(self) -> OutputRegion:
        """The region itself."""
        return self.region

    @property
    def text(self) -> str:
        """Text such as ``mean:above:0.5``."""
        return f"{self.reduction_kind}:{self.region.text}"

    def compute_mask(self, probability: Floats, grid: Grid | None, class_mask: Mask | None = None) -> Mask:
        """Return the mask of the region itself."""
        return self.region.compute_mask(probability, grid, class_mask)


def is_everywhere(region: OutputRegion) -> bool:
    """Return whether a region is the whole output."""
    return isinstance(region.unreduced, WholeOutput)


def connected_component(mask: Mask, voxel: tuple[int, ...]) -> Mask | None:
    """Return the connected voxels of a mask around one of them; None if that one is not in the mask."""
    from scipy.ndimage import label

    if not mask[voxel]:
        return None
    bodies, _ = label(mask, np.ones((3,) * mask.ndim))
    return np.asarray(bodies == bodies[voxel])


DEFAULT_REGION = ThresholdRegion()
"""Voxels where the class's probability exceeds 0.5."""


def class_probability(output: torch.Tensor, target: Target, meaning: OutputMeaning) -> Floats:
    """Return a class's probability at every voxel of an output (1, outputs, spatial...), shape (spatial...).

    Raises
    ------
    MethodError
        The outputs are values, which have no probability.
    """
    shares = meaning.probabilities(output)
    if shares is None:
        raise MethodError("region", "the network predicts values, which have no probability", "choose all")
    probabilities = shares[0, target.index]
    values: Floats = (probabilities if target.sign == 1 else 1 - probabilities).detach().float().cpu().numpy()
    return values


def _require_grid(text: str, grid: Grid | None) -> Grid:
    if grid is None:
        raise MethodError(
            f"region {text}",
            "a bare tensor has no spatial coordinates",
            "give a scan, or an array as the region",
        )
    return grid


def _require_voxels(mask: Mask, text: str) -> Mask:
    if not mask.any():
        raise MethodError(
            f"region {text}", "no voxel of the prediction lies in it", "is it of this scan, and in mm?"
        )
    return mask


def _format_numbers(numbers: tuple[float, ...]) -> str:
    return ",".join(f"{number:g}" for number in numbers)
