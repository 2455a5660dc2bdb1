"""Fusion of a dense layer and the bias added to it, such as ONNX's MatMul and Add."""

from __future__ import annotations

from viewer.models.graph.fusion.pattern import find_only_user, replace_node
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
        addition, weight = find_only_user(graph, node), graph.constants.get(str(node.inputs[1]))
        if (
            addition is None
            or addition.operator != "affine"
            or addition.inputs[1] is not None
            or weight is None
        ):
            continue
        if not _share_module(node.path, addition.path):
            continue
        shift = graph.constants[str(addition.inputs[2])] if addition.inputs[2] is not None else None
        if shift is None or shift.shape[-1:] != weight.shape[:1] or shift.numel() != len(weight):
            continue
        name = f"{node.name}.bias"
        inputs = (node.inputs[0], node.inputs[1], name)
        return replace_node(graph, (node, addition), "linear", inputs, {}, {name: shift.reshape(-1)})
    return None


def _share_module(first: str, second: str) -> bool:
    """Return whether two operators belong to the same module, or are sibling modules, as in ONNX files.

    A dense layer that is its own module thus remains a layer that can be selected.
    """
    return first == second or bool(first and second and first.rpartition(".")[0] == second.rpartition(".")[0])
