"""What is painted on: the network's whole grid, a block that repeats itself, or what one unit sees.

A layer near the input sees little. Its mean over a grid that is filled with one repeated block is its mean
over one period, so that nothing but the block need be optimised: the block is shown to the layer with as
much of its repetition around it as the layer sees, and only those units count that see no padding and that
belong to one period. A single unit's activation depends on its receptive field alone, whatever lies around
it. Both are exact; what is told at the end is measured on the whole grid all the same.
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
    """Shape of the optimised image, and how it is presented to the layer.

    Parameters
    ----------
    graph
        The network, cut off behind the layer where the image is smaller than the grid.
    whole
        Voxels of the network's grid along its spatial axes.
    shape
        Of the image.
    before, after
        Voxels of the repetition around the image that the layer is shown.
    span
        The units that count, along each axis of the layer; None is all of them.
    corner
        Where the image's first voxel lies in the whole grid.
    outside
        What lies beyond the image: "reflection", or "wrap" where it repeats itself.
    note
        A sentence for the provenance.
    """

    graph: OperatorGraph
    whole: tuple[int, ...]
    shape: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    span: UnitSlices | None
    corner: tuple[int, ...]
    outside: str
    note: str = ""

    def to_grid(self, image: torch.Tensor, around: float) -> torch.Tensor:
        """Place the image on the whole grid: repeated, or at its position with ``around`` everywhere else."""
        import torch

        if self.shape == self.whole:
            return image
        if self.outside == "wrap":
            for axis, (size, period) in enumerate(zip(self.whole, self.shape, strict=True), start=2):
                places = torch.arange(size, device=image.device) % period
                image = image.index_select(axis, places)
            return image
        answer = image.new_full((*image.shape[:2], *self.whole), around)
        corners = zip(self.corner, self.shape, self.whole, strict=True)
        spans = [(max(at, 0), min(at + size, end), at) for at, size, end in corners]
        into = tuple(slice(low, high) for low, high, _ in spans)
        out_of = tuple(slice(low - at, high - at) for low, high, at in spans)
        answer[(slice(None), slice(None), *into)] = image[(slice(None), slice(None), *out_of)]
        return answer


def make_canvas(
    graph: OperatorGraph, objective: ActivationObjective, whole: Sequence[int], smaller: bool
) -> Canvas:
    """Return the canvas to optimise for an objective.

    Parameters
    ----------
    graph
        The whole network.
    objective
        What is excited.
    whole
        Voxels of the network's grid.
    smaller
        Whether anything but the whole grid may be taken.
    """
    none = (0,) * len(whole)
    full = Canvas(graph, tuple(whole), tuple(whole), none, none, None, none, "reflection")
    if not smaller or objective.layer is None:
        return full
    field = compute_receptive_field(graph, objective.layer)
    if field is None:
        return full
    found = _make_unit(graph, objective, field, whole) if objective.middle else None
    if not objective.middle:
        found = _make_block(graph, objective, field, whole)
    return found or full


def _make_block(
    graph: OperatorGraph, objective: ActivationObjective, field: ReceptiveField, whole: Sequence[int]
) -> Canvas | None:
    assert objective.layer is not None
    # A whole number of the layer's steps, so that its units see the next period as they see this one.
    shape = tuple(
        ceil(max(size, MIN_BLOCK_SIZE) / step) * step
        for size, step in zip(field.size, field.step, strict=True)
    )
    # Unit p sees start + p · step on. The first that meets no padding is ceil(−start / step).
    first = tuple(ceil(-start / step) for start, step in zip(field.start, field.step, strict=True))
    count = tuple(size // step for size, step in zip(shape, field.step, strict=True))
    rows = zip(shape, field.size, field.step, field.start, first, count, strict=True)
    after = tuple(
        max(start + (begin + units - 1) * step + size - period, 0)
        for period, size, step, start, begin, units in rows
    )
    seen = [size + more for size, more in zip(shape, after, strict=True)]
    if prod(seen) > MAX_BLOCK_COST * prod(whole):
        return None
    span = tuple(slice(begin, begin + units) for begin, units in zip(first, count, strict=True))
    size = "×".join(map(str, shape))
    note = f"optimised on a block of {size} voxels that is repeated over the grid"
    none = (0,) * len(shape)
    return Canvas(
        subgraph_to(graph, objective.layer), tuple(whole), shape, none, after, span, none, "wrap", note
    )


def _make_unit(
    graph: OperatorGraph, objective: ActivationObjective, field: ReceptiveField, whole: Sequence[int]
) -> Canvas | None:
    assert objective.layer is not None
    shape = graph.by_name[graph.node_of(objective.layer)].shape
    if shape is None or any(size is None for size in shape[2:]):
        return None
    middle = [int(size or 0) // 2 for size in shape[2:]]
    corner, seen, span = [], [], []
    for unit, size, step, start, limit in zip(
        middle, field.size, field.step, field.start, whole, strict=True
    ):
        sees = start + unit * step
        if sees < 0 or sees + size > limit:
            return None
        # The image begins a whole number of steps into the grid, that strides fall on the same voxels.
        at = sees // step * step
        corner.append(at)
        seen.append(sees + size - at)
        span.append(slice(unit - at // step, unit - at // step + 1))
    none = (0,) * len(seen)
    told = "×".join(map(str, seen))
    note = f"optimised on the {told} voxels that the unit sees; elsewhere it is blind"
    return Canvas(
        subgraph_to(graph, objective.layer),
        tuple(whole),
        tuple(seen),
        none,
        none,
        tuple(span),
        tuple(corner),
        "reflection",
        note,
    )
