"""Fusion of a dense layer and the bias added to it, such as ONNX's MatMul and Add."""

from __future__ import annotations

from viewer.models.graph.fusion.pattern import only_user, replace_node
from viewer.models.graph.graph import OperatorGraph


def fuse_dense_bias(graph: OperatorGraph) -> OperatorGraph | None:
    """Fuse the first dense layer x Wᵀ without a bias and the constant added to its outputs.

    Returns
    -------
    The graph with one more dense layer with a bias; None if there is no such pair.
    """
    for node in graph.nodes:
        if node.operator != "linear" or node.inputs[2] is not None:
            continue
        after, weight = only_user(graph, node), graph.constants.get(str(node.inputs[1]))
        if after is None or after.operator != "affine" or after.inputs[1] is not None or weight is None:
            continue
        if not _share_module(node.path, after.path):
            continue
        shift = graph.constants[str(after.inputs[2])] if after.inputs[2] is not None else None
        if shift is None or shift.shape[-1:] != weight.shape[:1] or shift.numel() != len(weight):
            continue
        name = f"{node.name}.bias"
        inputs = (node.inputs[0], node.inputs[1], name)
        return replace_node(graph, (node, after), "linear", inputs, {}, {name: shift.reshape(-1)})
    return None


def _share_module(one: str, other: str) -> bool:
    """Return whether two operators belong to the same module, or are sibling modules, as in ONNX files.

    A dense layer that is its own module thus remains a layer that can be selected.
    """
    return one == other or bool(one and other and one.rpartition(".")[0] == other.rpartition(".")[0])
