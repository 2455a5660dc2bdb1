"""Features of a scan: the input of a network's last layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.sliding_window import make_sliding_windows

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import Node, OperatorGraph
    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput

MAX_FEATURES = 16_384
"""Largest number of features; a last layer with more inputs sees the whole scan, not a summary of it."""


class NoFeaturesError(ModelError):
    """A network has no features by which scans can be compared, whatever the scan."""


@dataclass(frozen=True, eq=False)
class LayerFeatures:
    """Features of one scan.

    Parameters
    ----------
    layer
        Path of the last layer, or its operator's name; several of an ensemble are joined by commas.
    values
        Its input, float32, shape (features,).
    """

    layer: str
    values: npt.NDArray[np.float32]


def last_layer_features(model: Model, prepared: PreparedInput, device: str = "cpu") -> LayerFeatures:
    """Compute the input of a network's last layer with weights, averaged over positions and slices.

    The inputs of several last layers, as of an ensemble, are concatenated.

    Parameters
    ----------
    model
        The network.
    prepared
        The scan as its input.
    device
        Name of the device.

    Raises
    ------
    NoFeaturesError
        The network has no operator graph, is run in windows, or its last layer sees the whole scan.
    ModelError
        The network does not accept the scan.
    """
    from viewer.models.graph.interpreter import compute_values

    if make_sliding_windows(model.card.input, tuple(prepared.tensor.shape[2:])) is not None:
        raise NoFeaturesError(model.card.name, "processes a scan in windows, which have no common features")
    if prepared.covariates:
        model = model.with_fixed_covariates(prepared.covariates)
        prepared = prepared.without_covariates()
    tensor = prepared.tensor.to(device=device, dtype=model.dtype)
    reason = model.find_no_graph_reason(tensor)
    if reason:
        raise NoFeaturesError(model.card.name, f"has no operator graph ({reason})")
    graph = model.graph(tensor)
    layers = _last_layers(graph, model.card.name)
    rows = []
    for index in range(len(tensor)):
        inputs = {str(node.inputs[0]): node for node in layers}
        activations = compute_values(graph, tensor[index : index + 1], [*inputs])
        rows.append(np.concatenate([_flatten(activations[name], node) for name, node in inputs.items()]))
    values: npt.NDArray[np.float32] = np.stack(rows).mean(axis=0, dtype=np.float64).astype(np.float32)
    if len(values) > MAX_FEATURES:
        raise NoFeaturesError(
            model.card.name, f"has a last layer of {len(values):,} inputs: too many to compare"
        )
    return LayerFeatures(", ".join(node.path or node.name for node in layers), values)


def _last_layers(graph: OperatorGraph, name: str) -> list[Node]:
    """Return the layers with weights that no other such layer follows, in the order of the graph."""
    last_nodes = {node.name: node for node in _walk_back(graph)}
    if not last_nodes:
        raise NoFeaturesError(name, "has no layer with weights")
    return [node for node in graph.nodes if node.name in last_nodes]


def _walk_back(graph: OperatorGraph) -> Iterator[Node]:
    pending, visited = [graph.output], set()
    while pending:
        name = pending.pop()
        node = graph.by_name.get(name)
        if node is None or name in visited or name not in graph.input_dependent:
            continue
        visited.add(name)
        if _has_weights(node, graph) and node.inputs[0] in graph.by_name:
            yield node
        else:
            pending += [source for source in node.inputs if source is not None]


def _has_weights(node: Node, graph: OperatorGraph) -> bool:
    """Return whether a node is a convolution or a dense layer, and not a product of two activations."""
    from viewer.models.graph.operators.registry import find_operator

    if len(node.inputs) < 2 or node.inputs[1] not in graph.constants:
        return False
    return find_operator(node.operator).has_weights


def _flatten(values: torch.Tensor, layer: Node) -> npt.NDArray[np.float32]:
    """Return a layer's input for one scan, averaged over positions, shape (features,)."""
    # A dense layer has its features along the last axis, a convolution along the second.
    axis = values.dim() - 1 if layer.operator == "linear" else 1
    features: npt.NDArray[np.float32] = (
        values.detach().float().movedim(axis, 0).flatten(1).mean(1).cpu().numpy()
    )
    return features
