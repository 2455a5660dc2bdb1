"""Background tasks of the layer panel: tree of layers, thumbnails of channels, a channel as a map."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.models.activations import ActivationCache, Floats
    from viewer.models.graph.graph import OperatorGraph, Shape
    from viewer.models.graph.layers import GraphLayer
    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput
    from viewer.preparation.prepared import Prepared
    from viewer.progress import Progress
    from viewer.scans.grid import Grid
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan


ATTENTION = "attention"
"""Text shown in place of an operator for a module that contains one attention."""


@dataclass(frozen=True)
class LayerRow:
    """Row of the layer tree.

    Parameters
    ----------
    name
        Last part of the module's path, or the operator's name if it belongs to no module.
    layer
        Key of the layer: a module's path, ``path@CALL`` or an operator's name. Empty for a module that only
        contains others.
    operator
        Operator that computes the output, or ``attention`` for a module that contains one; else empty.
    shape
        Shape of the output without the batch; None if it is unknown or there is no output.
    parameters
        Number of parameters, including the rows below.
    children
        Rows below this one.
    """

    name: str
    layer: str
    operator: str
    shape: Shape | None
    parameters: int
    children: tuple[LayerRow, ...] = ()

    @property
    def size(self) -> str:
        """Shape of the output as text: channels, then spatial sizes."""
        if self.shape is None:
            return ""
        return "×".join("?" if size is None else str(size) for size in self.shape)


@dataclass
class _ModuleNode:
    """Contents of a module in execution order, while the tree is built."""

    children: dict[str, _ModuleNode | GraphLayer] = field(default_factory=dict)


def make_layer_rows(graph: OperatorGraph) -> tuple[LayerRow, ...]:
    """Return the operators of a graph as a tree by module path.

    A module with a single operator is one row. A module that is called several times has one row per call.
    Modules that contain one attention are marked.
    """
    from viewer.methods.attention.token_layout import attention_labels
    from viewer.models.graph.layers import list_layers

    rows = list_layers(graph)
    attention = frozenset(attention_labels(graph))
    by_name = {row.name: row for row in rows}
    root = _ModuleNode()
    for row in rows:
        module = root
        for name in row.path.split(".") if row.path else ():
            # Module names contain no colon, so an operator never replaces a module.
            node = module.children.setdefault(name, _ModuleNode())
            assert isinstance(node, _ModuleNode)
            module = node
        module.children[f":{row.name}"] = row

    def make_rows(module: _ModuleNode, path: str) -> tuple[LayerRow, ...]:
        layers = []
        for key, inner in module.children.items():
            if not isinstance(inner, _ModuleNode):
                layers.append(_operator_row(inner, key[1:], graph))
                continue
            module_path = f"{path}.{key}" if path else key
            children = make_rows(inner, module_path)
            only_entry = next(iter(inner.children.values()))
            if len(inner.children) == 1 and not isinstance(only_entry, _ModuleNode):
                layers.append(_operator_row(only_entry, key, graph))
                continue
            calls = graph.module_outputs.get(module_path, ())
            output = by_name.get(calls[-1]) if calls and module_path not in graph.by_name else None
            layers.append(
                LayerRow(
                    key,
                    module_path if output is not None else "",
                    ATTENTION if module_path in attention else "",
                    None if output is None or output.shape is None else output.shape[1:],
                    sum(child.parameters for child in children),
                    children,
                )
            )
        return tuple(layers)

    return make_rows(root, "")


def _operator_row(layer: GraphLayer, name: str, graph: OperatorGraph) -> LayerRow:
    shape = None if layer.shape is None else layer.shape[1:]
    return LayerRow(name, _layer_key(layer, graph), layer.operator, shape, layer.parameters)


def _layer_key(layer: GraphLayer, graph: OperatorGraph) -> str:
    """Return the module's path if it identifies the operator; else ``path@CALL`` or the operator's name."""
    calls = graph.module_outputs.get(layer.path, ()) if layer.path else ()
    if layer.name not in calls:
        return layer.name
    if layer.path in graph.by_name or calls[-1] != layer.name:
        return f"{layer.path}@{calls.index(layer.name)}"
    return layer.path


PLANES = ("sagittal", "coronal", "axial")
UP_AND_RIGHT = {2: (1, 0), 1: (2, 0), 0: (2, 1)}
"""World axes that point up and to the right in the image, by the axis normal to the slice."""


@dataclass(frozen=True, eq=False)
class CapturedNetwork:
    """Network captured for a scan; ``prepared_input`` is None if it processes the scan in sliding windows.

    ``preparation`` is the preparation of the scan; None if the scan is used unprepared.
    """

    model: Model
    scan: Scan
    prepared_input: PreparedInput | None
    rows: tuple[LayerRow, ...]
    preparation: Prepared | None = None

    @property
    def preparation_entries(self) -> dict[str, Any]:
        """Entries on the preparation for the provenance of a map; empty if there was none."""
        return {} if self.preparation is None else self.preparation.as_json()


@dataclass(frozen=True, eq=False)
class ChannelThumbnails:
    """Channels of a layer as greyscale images, upright, in the neurological convention.

    Parameters
    ----------
    pixels
        uint8 (channels, height, width).
    normal_axis
        World axis normal to the slices: 0 sagittal, 1 coronal, 2 axial.
    """

    pixels: npt.NDArray[np.uint8]
    normal_axis: int

    @property
    def plane(self) -> str:
        """Name of the slice plane."""
        return PLANES[self.normal_axis]

    def mirrored(self) -> npt.NDArray[np.uint8]:
        """Return the pixels in the radiological convention; sagittal images are not mirrored."""
        return self.pixels if self.normal_axis == 0 else self.pixels[:, :, ::-1]


def capture_network(
    model: Model, scan: Scan, progress: Progress, preparation: Prepared | None = None
) -> CapturedNetwork:
    """Capture the network for a scan and list its layers; a slice-wise network for the middle slice.

    If ``preparation`` is given, the prepared scan is the input.

    Raises
    ------
    ModelError
        The scan cannot be prepared, or the network cannot be captured as an operator graph.
    """
    from viewer.models.layers import example_input
    from viewer.models.sliding_window import make_sliding_windows

    prepared = model.prepare(preparation or scan).select_slice()
    progress.raise_if_cancelled()
    windows = make_sliding_windows(model.card.input, tuple(prepared.tensor.shape[2:]))
    windowed = windows is not None and not windows.covers_grid
    graph = model.graph(example_input(model) if windowed else prepared.tensor)
    return CapturedNetwork(model, scan, None if windowed else prepared, make_layer_rows(graph), preparation)


def layer_activations(
    network: CapturedNetwork, layer: str, cache: ActivationCache, device: str, progress: Progress
) -> Floats:
    """Compute the output of a layer for the scan, (channels, spatial...).

    Raises
    ------
    ViewerError
        There is no such layer or device, or memory runs out.
    """
    from viewer.jobs.device import select_device
    from viewer.jobs.memory import out_of_memory_as_error

    assert network.prepared_input is not None
    with out_of_memory_as_error():
        x = network.prepared_input.tensor.to(select_device(device))
        return cache.compute(network.model, x, layer, progress)


def make_channel_thumbnails(values: Floats, prepared: PreparedInput, max_size: int) -> ChannelThumbnails:
    """Return the upright middle slice of every channel, axial if the network is 3D.

    Raises
    ------
    ModelError
        The output of the layer is not spatial.
    """
    from viewer.errors import ModelError
    from viewer.models.activations import make_thumbnails
    from viewer.scans.axcodes import WORLD_AXIS

    dimensions = prepared.tensor.dim() - 2
    if values.ndim != dimensions + 1:
        raise ModelError("layer", "its output is not spatial", "choose a layer before the network flattens")
    axcodes = prepared.grid.axcodes
    world_axes = [WORLD_AXIS[code] for code in axcodes]
    normal = world_axes.index(2) if dimensions == 3 else 2
    pixels = make_thumbnails(values, normal if dimensions == 3 else -1, max_size)
    in_plane = [axis for axis in range(3) if axis != normal]
    return ChannelThumbnails(
        _orient_upright(pixels, prepared.grid, in_plane, world_axes[normal]), world_axes[normal]
    )


def _orient_upright(
    pixels: npt.NDArray[np.uint8], grid: Grid, in_plane_axes: list[int], axis_normal: int
) -> npt.NDArray[np.uint8]:
    """Flip and transpose images along ``in_plane_axes``: superior (or anterior) up, right on the right."""
    import numpy as np

    from viewer.scans.axcodes import WORLD_AXIS

    axcodes = grid.axcodes
    up, right = UP_AND_RIGHT[axis_normal]
    rows, columns = (
        next(axis for axis in in_plane_axes if WORLD_AXIS[axcodes[axis]] == world) for world in (up, right)
    )
    oriented = pixels if rows == in_plane_axes[0] else pixels.transpose(0, 2, 1)
    if axcodes[rows] in "RAS":
        oriented = oriented[:, ::-1]
    if axcodes[columns] in "LPI":
        oriented = oriented[:, :, ::-1]
    return np.ascontiguousarray(oriented)


def compute_channel_map(
    network: CapturedNetwork,
    layer: str,
    channel: int,
    cache: ActivationCache,
    device: str,
    progress: Progress,
) -> Map:
    """Compute one channel as a map on the scan's grid.

    Raises
    ------
    ViewerError
        There is no such layer or channel, or memory runs out.
    """
    from viewer.models.activations import make_activation_map

    assert network.prepared_input is not None
    values = layer_activations(network, layer, cache, device, progress)
    map_ = make_activation_map(network.model, network.prepared_input, network.scan, layer, channel, values)
    return replace(map_, provenance=replace(map_.provenance, preparation=network.preparation_entries))
