"""Segmentation of a scan: the class that a network assigns to every voxel, and its connected components."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.models.output_kind import OutputKind
from viewer.models.output_meaning import DECISION_THRESHOLD, OutputMeaning, output_names
from viewer.scans.grid import Grid
from viewer.scans.provenance import Provenance

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.model_card import Card
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.uint16]
Point = tuple[float, float, float]

REACH = 2
"""Distance from a point, in voxels, within which a component is found: surfaces end between voxels."""


@dataclass(frozen=True, eq=False)
class PredictedBody:
    """Connected component of the voxels that a network assigns to one class.

    Parameters
    ----------
    index, name
        The class.
    mask
        Its voxels, shape ``grid.shape``.
    grid
        The prediction's grid.
    point
        Centre of one of its voxels in mm.
    """

    index: int
    name: str
    mask: Mask
    grid: Grid
    point: Point

    @property
    def millilitres(self) -> float:
        """Its volume in ml."""
        return int(self.mask.sum()) * self.grid.voxel_volume / 1000

    @property
    def region(self) -> str:
        """Region as a string for `viewer.explain`."""
        return "component:" + ",".join(f"{value:z.2f}" for value in self.point)


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Classes of all voxels of a dense prediction.

    Parameters
    ----------
    classes
        Names of the classes.
    grid
        Grid of the prediction; for a slice, its third size is 1.
    labels
        Class of every voxel, shape ``grid.shape``; None if classes do not exclude each other.
    masks
        Voxels of every class, shape (classes, *grid.shape); None if each voxel has one class.
    """

    classes: tuple[str, ...]
    grid: Grid
    labels: Labels | None = None
    masks: Mask | None = None
    _components: dict[int, npt.NDArray[np.int32]] = field(default_factory=dict, repr=False)

    @classmethod
    def from_outputs(
        cls, outputs: torch.Tensor, meaning: OutputMeaning, card: Card, grid: Grid
    ) -> Segmentation | None:
        """Return the segmentation of outputs (1, outputs, spatial...); None if they are plain values.

        ``grid`` is that of the network's input; the outputs cover its field of view.
        """
        grid = grid.resized((*outputs.shape[2:], 1)[:3])
        names = output_names(card, outputs.shape[1])
        if meaning.kind is OutputKind.SOFTMAX:
            labels = outputs[0].argmax(0).numpy().astype(np.uint16)
            return cls(names, grid, labels.reshape(grid.shape))
        probabilities = meaning.probabilities(outputs)
        if probabilities is None:
            return None
        masks = np.asarray(probabilities[0].numpy() > DECISION_THRESHOLD).reshape(-1, *grid.shape)
        if len(masks) == 1 and len(card.classes) == 2:
            return cls(card.classes, grid, masks[0].astype(np.uint16))
        return cls(names, grid, masks=masks)

    def mask(self, index: int) -> Mask:
        """Return the voxels of a class."""
        if self.labels is not None:
            return np.asarray(self.labels == index)
        assert self.masks is not None
        region: Mask = self.masks[index]
        return region

    @cached_property
    def foreground(self) -> Mask:
        """Voxels of any class, except the first (background) of classes that exclude each other."""
        if self.labels is not None:
            return np.asarray(self.labels > 0)
        assert self.masks is not None
        return np.asarray(self.masks.any(0))

    def find_body(self, point: Point, index: int | None = None) -> PredictedBody | None:
        """Return the component at a point in mm, or the nearest within `REACH` voxels; None if there is none.

        Without an ``index``, it is of any class except the background; if several classes apply, of the one
        with the fewest voxels.
        """
        region = self.foreground if index is None else self.mask(index)
        voxel = nearest_voxel(region, self.grid.to_voxel(point))
        if voxel is None:
            return None
        if index is None:
            index = self._class_at(voxel)
        components = self._label_components(index)
        x, y, z = (float(value) for value in self.grid.to_world(voxel))
        mask = np.asarray(components == components[voxel])
        return PredictedBody(index, self.classes[index], mask, self.grid, (x, y, z))

    def _class_at(self, voxel: tuple[int, ...]) -> int:
        if self.labels is not None:
            return int(self.labels[voxel])
        assert self.masks is not None
        classes = np.flatnonzero(np.moveaxis(self.masks, 0, -1)[voxel])
        return int(min(classes, key=lambda index: int(self.mask(int(index)).sum())))

    def _label_components(self, index: int) -> npt.NDArray[np.int32]:
        """Return the component number of each voxel; connected voxels share a face, edge or corner."""
        if index not in self._components:
            from scipy.ndimage import label

            self._components[index] = label(self.mask(index), np.ones((3, 3, 3)), output=np.int32)[0]
        return self._components[index]

    def as_map(self, scan: Scan, model: Model) -> Map:
        """Return the classes as a map on the scan's grid: the class index of every voxel.

        If classes do not exclude each other, it is the number of classes at every voxel. Values are those of
        the nearest voxel of the prediction, without interpolation.
        """
        from viewer.scans.map import Map
        from viewer.scans.provenance import describe_scan
        from viewer.scans.resample import resample

        if self.labels is not None:
            values, description = self.labels, f"0 to {len(self.classes) - 1} are {', '.join(self.classes)}"
        else:
            assert self.masks is not None
            values = self.masks.sum(0).astype(np.uint16)
            description = f"the number of classes at every voxel, of {', '.join(self.classes)}"
        resampled = resample(values.astype(np.float32), self.grid, scan.grid, order=0)
        provenance = Provenance(
            model={"name": model.card.name, "hash": model.hash},
            scan=describe_scan(scan),
            notes=(f"the prediction of {model.card.name} at every voxel, not an explanation: {description}",),
        )
        return Map(resampled, scan.grid, f"Prediction of {model.card.name}", provenance, scan.stored)


def nearest_voxel(mask: Mask, position: npt.NDArray[np.float64]) -> tuple[int, ...] | None:
    """Return the voxel of a mask nearest to fractional indices, within `REACH`; None if there is none."""
    centre = np.rint(position).astype(int)
    low = np.maximum(centre - REACH, 0)
    high = np.minimum(centre + REACH + 1, mask.shape)
    if (low >= high).any():
        return None
    voxels = np.argwhere(mask[tuple(map(slice, low, high))]) + low
    distances = np.linalg.norm(voxels - position, axis=1)
    if not len(voxels) or distances.min() > REACH:
        return None
    return tuple(int(index) for index in voxels[int(distances.argmin())])
