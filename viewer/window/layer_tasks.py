"""Background tasks of the layer panel: the graph as a tree of rows, channels, one of them as a map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.models.activations import ActivationCache, Floats
    from viewer.models.graph.graph import OperatorGraph, Shape
    from viewer.models.graph.layers import GraphLayer
    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput
    from viewer.progress import Progress
    from viewer.scans.grid import Grid
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan


@dataclass(frozen=True)
class LayerRow:
    """One row of the layer tree.

    Parameters
    ----------
    name
        The last part of the module's path, or the operator's own name where it stands in no module.
    layer
        What the row is asked for by: a module's path, ``path@CALL`` or an operator's name. Empty for a
        module that only holds others.
    operator
        The operator whose output it is; empty where there is none.
    shape
        The output's shape without the batch; None where it is not known or where there is no output.
    parameters
        How many numbers are in it and in everything below it.
    children
        The rows below it.
    """

    name: str
    layer: str
    operator: str
    shape: Shape | None
    parameters: int
    children: tuple[LayerRow, ...] = ()

    @property
    def size(self) -> str:
        """The output's shape in words: channels first, then the sizes in space."""
        if self.shape is None:
            return ""
        return "×".join("?" if size is None else str(size) for size in self.shape)


@dataclass
class _ModuleNode:
    """What is in one module, in running order, while the tree grows."""

    inner: dict[str, _ModuleNode | GraphLayer] = field(default_factory=dict)


def layer_rows(graph: OperatorGraph) -> tuple[LayerRow, ...]:
    """The tree of a graph's operators, by their modules' paths.

    A module that is one operator is one row. Of a module that is called more than once every call is a row.
    """
    from viewer.models.graph.layers import list_layers

    rows = list_layers(graph)
    by_name = {row.name: row for row in rows}
    root = _ModuleNode()
    for row in rows:
        module = root
        for part in row.path.split(".") if row.path else ():
            # A colon is in no module's name, so that an operator never takes a module's place.
            found = module.inner.setdefault(part, _ModuleNode())
            assert isinstance(found, _ModuleNode)
            module = found
        module.inner[f":{row.name}"] = row

    def grown(module: _ModuleNode, path: str) -> tuple[LayerRow, ...]:
        found = []
        for key, inner in module.inner.items():
            if not isinstance(inner, _ModuleNode):
                found.append(_operator_row(inner, key[1:], graph))
                continue
            below = f"{path}.{key}" if path else key
            children = grown(inner, below)
            only = next(iter(inner.inner.values()))
            if len(inner.inner) == 1 and not isinstance(only, _ModuleNode):
                found.append(_operator_row(only, key, graph))
                continue
            calls = graph.module_outputs.get(below, ())
            held = by_name.get(calls[-1]) if calls and below not in graph.by_name else None
            found.append(
                LayerRow(
                    key,
                    below if held is not None else "",
                    "",
                    None if held is None or held.shape is None else held.shape[1:],
                    sum(child.parameters for child in children),
                    children,
                )
            )
        return tuple(found)

    return grown(root, "")


def _operator_row(row: GraphLayer, name: str, graph: OperatorGraph) -> LayerRow:
    shape = None if row.shape is None else row.shape[1:]
    return LayerRow(name, _layer_key(row, graph), row.operator, shape, row.parameters)


def _layer_key(row: GraphLayer, graph: OperatorGraph) -> str:
    """The module's path where it means this operator and no other; else its call, or the operator's name."""
    calls = graph.module_outputs.get(row.path, ()) if row.path else ()
    if row.name not in calls:
        return row.name
    if row.path in graph.by_name or calls[-1] != row.name:
        return f"{row.path}@{calls.index(row.name)}"
    return row.path


PLANES = ("sagittal", "coronal", "axial")
UP_AND_RIGHT = {2: (1, 0), 1: (2, 0), 0: (2, 1)}
"""World axis that is cut across: the axes that run up and to the right in the picture."""


@dataclass(frozen=True, eq=False)
class CapturedNetwork:
    """A network that was captured for a scan. ``prepared`` is None where it is shown the scan in windows."""

    model: Model
    scan: Scan
    prepared: PreparedInput | None
    rows: tuple[LayerRow, ...]


@dataclass(frozen=True, eq=False)
class ChannelThumbnails:
    """The channels of a layer as grey pictures, upright, neurological.

    Parameters
    ----------
    grey
        uint8 (channels, height, width).
    cut
        The world axis that they are cut across: 0 sagittal, 1 coronal, 2 axial.
    """

    pixels: npt.NDArray[np.uint8]
    axis: int

    @property
    def plane(self) -> str:
        """The name of the plane they lie in."""
        return PLANES[self.axis]

    def mirrored(self) -> npt.NDArray[np.uint8]:
        """As a radiologist looks at them; a sagittal picture has no sides."""
        return self.pixels if self.axis == 0 else self.pixels[:, :, ::-1]


def capture_network(model: Model, scan: Scan, progress: Progress) -> CapturedNetwork:
    """Capture the network for this scan and list its layers; of several slices the middle one is looked at.

    Raises
    ------
    ModelError
        The scan cannot be prepared, or no operator graph can be made of the network.
    """
    from viewer.models.layers import example_input
    from viewer.models.sliding_window import sliding_windows_for

    prepared = model.prepare(scan).select_slice()
    progress.raise_if_cancelled()
    windowed = sliding_windows_for(model.card.input, tuple(prepared.tensor.shape[2:])) is not None
    graph = model.graph(example_input(model) if windowed else prepared.tensor)
    return CapturedNetwork(model, scan, None if windowed else prepared, layer_rows(graph))


def layer_activations(
    inside: CapturedNetwork, layer: str, store: ActivationCache, device: str, progress: Progress
) -> Floats:
    """The layer's output for the scan, (channels, spatial...).

    Raises
    ------
    ViewerError
        There is no such layer or device, or memory runs out.
    """
    from viewer.jobs.device import select_device
    from viewer.jobs.memory import out_of_memory_as_error

    assert inside.prepared is not None
    with out_of_memory_as_error():
        x = inside.prepared.tensor.to(select_device(device))
        return store.compute(inside.model, x, layer, progress)


def channel_thumbnails(values: Floats, prepared: PreparedInput, largest: int) -> ChannelThumbnails:
    """The middle slice of every channel, turned upright by the affine: axial where there is a choice.

    Raises
    ------
    ModelError
        The layer has no place in space.
    """
    from viewer.errors import ModelError
    from viewer.models.activations import make_thumbnails
    from viewer.scans.axcodes import WORLD_AXIS

    dimensions = prepared.tensor.dim() - 2
    if values.ndim != dimensions + 1:
        raise ModelError("layer", "it has no place in space", "take one before the network flattens")
    letters = prepared.grid.axcodes
    world = [WORLD_AXIS[letter] for letter in letters]
    across = world.index(2) if dimensions == 3 else 2
    grey = make_thumbnails(values, across if dimensions == 3 else -1, largest)
    left = [axis for axis in range(3) if axis != across]
    return ChannelThumbnails(_upright(grey, prepared.grid, left, world[across]), world[across])


def _upright(grey: npt.NDArray[np.uint8], grid: Grid, axes: list[int], cut: int) -> npt.NDArray[np.uint8]:
    """Pictures whose axes are these voxel axes, turned so that superior or anterior is up, right is right."""
    import numpy as np

    from viewer.scans.axcodes import WORLD_AXIS

    letters = grid.axcodes
    up, across = UP_AND_RIGHT[cut]
    rows, columns = (
        next(axis for axis in axes if WORLD_AXIS[letters[axis]] == world) for world in (up, across)
    )
    turned = grey if rows == axes[0] else grey.transpose(0, 2, 1)
    if letters[rows] in "RAS":
        turned = turned[:, ::-1]
    if letters[columns] in "LPI":
        turned = turned[:, :, ::-1]
    return np.ascontiguousarray(turned)


def channel_map(
    inside: CapturedNetwork, layer: str, channel: int, store: ActivationCache, device: str, progress: Progress
) -> Map:
    """One channel on the scan's grid.

    Raises
    ------
    ViewerError
        There is no such layer or channel, or memory runs out.
    """
    from viewer.models.activations import make_activation_map

    assert inside.prepared is not None
    values = layer_activations(inside, layer, store, device, progress)
    return make_activation_map(inside.model, inside.prepared, inside.scan, layer, channel, values)
