"""Region that is optimized: the network's whole grid, a periodic block, or one unit's receptive field.

A layer near the input has a small receptive field. Its mean over a grid filled with a periodic block is its
mean over one period, so that only the block need be optimized: the layer gets the block padded periodically
by its receptive field, and only the units of one period that see no zero padding count. The activation of a
single unit depends on its receptive field alone. Both are exact; the reported activations are measured on
the whole grid nevertheless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, prod
from typing import TYPE_CHECKING

from viewer.methods.feature_visualization.objective import ActivationObjective, UnitSlices
from viewer.methods.feature_visualization.receptive_field import (
    ReceptiveField,
    compute_receptive_field,
    subgraph_to,
)

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph

MIN_BLOCK_SIZE = 24
"""Minimum edge of a repeated block, in voxels."""

MAX_BLOCK_COST = 0.5
"""A block is used where its cost is below this fraction of the whole grid's."""


@dataclass(frozen=True)
class Canvas:
    """Shape of the optimized image, and how it is presented to the layer.

    Parameters
    ----------
    graph
        The network, truncated after the layer if the image is smaller than the grid.
    grid_shape
        Spatial shape of the network's grid.
    shape
        Spatial shape of the image.
    pad_before, pad_after
        Periodic padding of the image for the layer, in voxels per axis.
    unit_slices
        Units that count, along each axis of the layer; None for all.
    image_origin
        Index of the image's first voxel in the whole grid.
    padding_mode
        Boundary mode of the image: "reflection", or "wrap" if it is periodic.
    note
        Sentence for the provenance.
    """

    graph: OperatorGraph
    grid_shape: tuple[int, ...]
    shape: tuple[int, ...]
    pad_before: tuple[int, ...]
    pad_after: tuple[int, ...]
    unit_slices: UnitSlices | None
    image_origin: tuple[int, ...]
    padding_mode: str
    note: str = ""

    def to_grid(self, image: torch.Tensor, background: float) -> torch.Tensor:
        """Place the image on the whole grid: repeated, or at its position with ``background`` elsewhere."""
        import torch

        if self.shape == self.grid_shape:
            return image
        if self.padding_mode == "wrap":
            for axis, (size, period) in enumerate(zip(self.grid_shape, self.shape, strict=True), start=2):
                indices = torch.arange(size, device=image.device) % period
                image = image.index_select(axis, indices)
            return image
        result = image.new_full((*image.shape[:2], *self.grid_shape), background)
        corners = zip(self.image_origin, self.shape, self.grid_shape, strict=True)
        spans = [(max(start, 0), min(start + size, end), start) for start, size, end in corners]
        target = tuple(slice(low, high) for low, high, _ in spans)
        source = tuple(slice(low - start, high - start) for low, high, start in spans)
        result[(slice(None), slice(None), *target)] = image[(slice(None), slice(None), *source)]
        return result


def make_canvas(
    graph: OperatorGraph, objective: ActivationObjective, grid_shape: Sequence[int], allow_smaller: bool
) -> Canvas:
    """Return the canvas to optimise for an objective.

    Parameters
    ----------
    graph
        The whole network.
    objective
        Activation to maximize.
    grid_shape
        Spatial shape of the network's grid.
    allow_smaller
        Whether the image may be smaller than the whole grid.
    """
    zeros = (0,) * len(grid_shape)
    full = Canvas(graph, tuple(grid_shape), tuple(grid_shape), zeros, zeros, None, zeros, "reflection")
    if not allow_smaller or objective.layer is None:
        return full
    field = compute_receptive_field(graph, objective.layer)
    if field is None:
        return full
    canvas = _make_unit_canvas(graph, objective, field, grid_shape) if objective.central_unit_only else None
    if not objective.central_unit_only:
        canvas = _make_block_canvas(graph, objective, field, grid_shape)
    return canvas or full


def _make_block_canvas(
    graph: OperatorGraph, objective: ActivationObjective, field: ReceptiveField, grid_shape: Sequence[int]
) -> Canvas | None:
    assert objective.layer is not None
    # A multiple of the layer's stride, so that its units see every period alike.
    shape = tuple(
        ceil(max(size, MIN_BLOCK_SIZE) / step) * step
        for size, step in zip(field.size, field.step, strict=True)
    )
    # The field of unit p begins at start + p · step. The first without padding is ceil(−start / step).
    first = tuple(ceil(-start / step) for start, step in zip(field.start, field.step, strict=True))
    count = tuple(size // step for size, step in zip(shape, field.step, strict=True))
    rows = zip(shape, field.size, field.step, field.start, first, count, strict=True)
    after = tuple(
        max(start + (first_unit + units - 1) * step + size - period, 0)
        for period, size, step, start, first_unit, units in rows
    )
    padded = [size + padding for size, padding in zip(shape, after, strict=True)]
    if prod(padded) > MAX_BLOCK_COST * prod(grid_shape):
        return None
    span = tuple(
        slice(first_unit, first_unit + units) for first_unit, units in zip(first, count, strict=True)
    )
    size = "×".join(map(str, shape))
    note = f"optimized on a periodic block of {size} voxels that tiles the grid"
    zeros = (0,) * len(shape)
    return Canvas(
        subgraph_to(graph, objective.layer), tuple(grid_shape), shape, zeros, after, span, zeros, "wrap", note
    )


def _make_unit_canvas(
    graph: OperatorGraph, objective: ActivationObjective, field: ReceptiveField, grid_shape: Sequence[int]
) -> Canvas | None:
    assert objective.layer is not None
    shape = graph.by_name[graph.resolve_layer(objective.layer)].shape
    if shape is None or any(size is None for size in shape[2:]):
        return None
    middle = [int(size or 0) // 2 for size in shape[2:]]
    corner, sizes, span = [], [], []
    for unit, size, step, start, limit in zip(
        middle, field.size, field.step, field.start, grid_shape, strict=True
    ):
        field_start = start + unit * step
        if field_start < 0 or field_start + size > limit:
            return None
        # The image begins at a multiple of the stride, so that strides fall on the same voxels.
        origin = field_start // step * step
        corner.append(origin)
        sizes.append(field_start + size - origin)
        span.append(slice(unit - origin // step, unit - origin // step + 1))
    zeros = (0,) * len(sizes)
    shape_text = "×".join(map(str, sizes))
    note = f"optimized on the {shape_text} voxels of the unit's receptive field"
    return Canvas(
        subgraph_to(graph, objective.layer),
        tuple(grid_shape),
        tuple(sizes),
        zeros,
        zeros,
        tuple(span),
        tuple(corner),
        "reflection",
        note,
    )
