"""Attention layers of an operator graph, and the positions of their tokens in the volume."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from viewer.methods.relevance.graph_analysis import MOVING_OPERATORS, find_moved_input
from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.interpreter import compute_values

GRID_OPERATORS = frozenset({"conv", "max_pool", "avg_pool"})
"""Operators whose output is a volume with one voxel for each token."""

TOKEN_OPERATORS = frozenset({"linear", "layer_norm", "rms_norm"})
"""Operators that act on the voxels of each patch, or the channels of each token, as a whole."""

ORDER_KEEPING = TOKEN_OPERATORS | {"add", "mul", "affine", "cast"}
"""Operators that preserve the positions of tokens on a grid."""


@dataclass(frozen=True)
class TokenLayout:
    """Layout of a transformer's tokens.

    Parameters
    ----------
    grid
        Number of patches along each spatial axis; tokens are in row-major order, the last axis fastest.
    num_prefix_tokens, num_suffix_tokens
        Number of tokens before and after those of the patches: class, distillation and register tokens.
    """

    grid: tuple[int, ...]
    num_prefix_tokens: int = 0
    num_suffix_tokens: int = 0

    @property
    def num_tokens(self) -> int:
        """Number of all tokens."""
        return self.num_prefix_tokens + math.prod(self.grid) + self.num_suffix_tokens

    @property
    def dropped_note(self) -> str:
        """Note on the tokens that are not in the map; empty if all are."""
        extra = self.num_prefix_tokens + self.num_suffix_tokens
        if extra < 2:
            return "the class token is left out" if extra else ""
        return f"{extra} tokens without a place in the image are left out"

    def to_volume(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the values of the patches' tokens, (N, tokens, ...), as (N, ..., grid)."""
        patches = tokens[:, self.num_prefix_tokens : self.num_tokens - self.num_suffix_tokens]
        patches = patches.movedim(1, -1)
        return patches.reshape(*patches.shape[:-1], *self.grid)


def find_attention(graph: OperatorGraph) -> tuple[str, ...]:
    """Return the names of the nodes that compute attention weights, in execution order.

    A node is a softmax over the last dimension of square matrices, multiplied with values of the network.
    """
    names = []
    for node in graph.nodes:
        shape = node.shape or ()
        if node.operator != "softmax" or len(shape) < 3 or shape[-1] != shape[-2]:
            continue
        if node.attributes["dim"] in (-1, len(shape) - 1) and _weighs_values(graph, node):
            names.append(node.name)
    return tuple(names)


def resolve_attention(graph: OperatorGraph, layer: str) -> str | None:
    """Return the node of attention weights that a layer names; None if it names none or several.

    ``layer`` is a node's name, or the path of a module with one attention in it.
    """
    names = find_attention(graph)
    if layer in names:
        return layer
    path, _, call = layer.partition("@")
    matching = [name for name in names if f"{graph.by_name[name].path}.".startswith(f"{path}.")]
    if call.isdecimal():
        matching = [name for name in matching if graph.by_name[name].call == int(call)]
    return matching[0] if len(matching) == 1 else None


def attention_labels(graph: OperatorGraph) -> tuple[str, ...]:
    """Return a label for each node of `find_attention`: its module's path, or its name if that is shared."""
    nodes = [graph.by_name[name] for name in find_attention(graph)]
    return tuple(
        node.path if node.path and resolve_attention(graph, node.path) == node.name else node.name
        for node in nodes
    )


def _weighs_values(graph: OperatorGraph, node: Node) -> bool:
    moved = {node.name}
    for other in graph.nodes:
        if other.operator in MOVING_OPERATORS and other.inputs[0] in moved:
            moved.add(other.name)
        elif other.operator == "matmul" and other.inputs[0] in moved:
            return other.inputs[1] in graph.input_dependent
    return False


def find_token_layout(
    graph: OperatorGraph, x: torch.Tensor, names: tuple[str, ...] | None = None
) -> TokenLayout | None:
    """Return the layout of the tokens that attention combines; None if they do not form one grid.

    They do not without attention, or if it is windowed or has several resolutions, as in Swin. ``names`` are
    nodes of `find_attention`, by default all.
    """
    names = find_attention(graph) if names is None else names
    lengths = {(graph.by_name[name].shape or (0,))[-1] or 0 for name in names}
    if len(lengths) != 1:
        return None
    grid = find_patch_grid(graph, x, graph.by_name[names[0]])
    return None if grid is None else _find_patch_layout(graph, grid, lengths.pop())


def find_token_layer(graph: OperatorGraph) -> str | None:
    """Return the node of the tokens that enter the last attention, after its norm; None without any.

    Queries are a projection of these tokens. If there is a class token, patches no longer reach the output
    after the last attention.
    """
    names = find_attention(graph)
    name = graph.by_name[names[-1]].inputs[0] if names else None
    projected = False
    while name is not None and name in graph.by_name:
        node = graph.by_name[name]
        if projected and node.operator not in MOVING_OPERATORS:
            return name
        projected = projected or node.operator == "linear"
        name = node.inputs[0]
    return None


def tokens_to_volume(values: torch.Tensor, layout: TokenLayout) -> torch.Tensor | None:
    """Return tokens, batch first or second, as a volume (N, channels, grid); None for another shape."""
    if values.dim() != 3 or layout.num_tokens not in values.shape[:2]:
        return None
    return layout.to_volume(values if values.shape[1] == layout.num_tokens else values.transpose(0, 1))


def find_patch_grid(graph: OperatorGraph, x: torch.Tensor, attention: Node) -> tuple[int, ...] | None:
    """Return the number of patches along each axis; None if the patches cannot be found.

    It is the shape of the last volume before the attention or, if patches are cut out by reshaping and
    projected by a dense layer (after a norm, as in vit-pytorch), derived from the voxels of each token.
    """
    volume = find_patch_volume(graph, x, attention)
    if volume is not None:
        return tuple(int(size or 0) for size in (volume.shape or ())[2:])
    ancestors = _find_ancestors(graph, attention)
    source = _find_cut_patches(graph, ancestors)
    return None if source is None else _find_dense_patch_grid(graph, x, source, ancestors)


def find_patch_volume(graph: OperatorGraph, x: torch.Tensor, attention: Node) -> Node | None:
    """Return the last volume (N, channels, grid) before an attention; None if patches enter dense layers."""
    volumes = [
        node
        for node in _find_ancestors(graph, attention)
        if node.operator in GRID_OPERATORS and node.shape is not None and len(node.shape) == x.dim()
    ]
    return volumes[-1] if volumes else None


def _find_ancestors(graph: OperatorGraph, target: Node) -> list[Node]:
    """Return the nodes that a node depends on and that depend on the input, in execution order."""
    required = {target.name}
    for node in reversed(graph.nodes):
        if node.name in required:
            required.update(name for name in node.inputs if name is not None)
    return [node for node in graph.nodes if node.name in required and node.name in graph.input_dependent]


def _find_cut_patches(graph: OperatorGraph, ancestors: list[Node]) -> str | None:
    """Return the node with the voxels of every patch, the last one made from the input by reshaping only."""
    moved = find_moved_input(graph)
    for node in ancestors:
        if node.operator in TOKEN_OPERATORS and node.inputs[0] in moved:
            return node.inputs[0]
    return None


def _find_dense_patch_grid(
    graph: OperatorGraph, x: torch.Tensor, source: str, ancestors: list[Node]
) -> tuple[int, ...] | None:
    """Return the grid of patches cut from the input by reshaping, found by running it on coordinates.

    The patches are (N, tokens, voxels), or (N, grid, voxels) if their axes are joined later.
    """
    grid, positions = [], []
    for axis in range(2, x.dim()):
        shape = [1] * x.dim()
        shape[axis] = x.shape[axis]
        coordinates = torch.arange(x.shape[axis], dtype=graph.input.dtype, device=x.device).reshape(shape)
        tokens = compute_values(graph, coordinates.expand(1, *x.shape[1:]).contiguous(), (source,))[source]
        if tokens.dim() != 3 and not (tokens.dim() == x.dim() and _joins_in_order(source, ancestors)):
            return None
        corners, patch_positions = np.unique(tokens.amin(-1).flatten().cpu().numpy(), return_inverse=True)
        grid.append(len(corners))
        positions.append(patch_positions)
    # The first corners show whether the patches are in row-major order.
    if len(positions[0]) != math.prod(grid):
        return None
    order = np.ravel_multi_index(tuple(positions), tuple(grid))
    return tuple(grid) if np.array_equal(order, np.arange(len(order))) else None


def _joins_in_order(source: str, ancestors: list[Node]) -> bool:
    """Return whether tokens on a grid become one axis, (N, tokens, channels), before they are moved."""
    reached = {source}
    for node in ancestors:
        if not reached.intersection(node.inputs):
            continue
        if node.operator in ("view", "flatten"):
            return len(node.shape or ()) == 3
        if node.operator not in ORDER_KEEPING:
            return False
        reached.add(node.name)
    return False


def _find_patch_layout(graph: OperatorGraph, grid: tuple[int, ...], token_count: int) -> TokenLayout | None:
    """Return the layout of patches among ``token_count`` tokens, alone or joined with others by ``cat``."""
    patches = math.prod(grid)
    if token_count == patches:
        return TokenLayout(grid)
    for node in reversed(graph.nodes):
        if node.operator != "cat" or node.shape is None or node.shape[node.attributes["dim"]] != token_count:
            continue
        sizes = [_axis_size(graph, name, node.attributes["dim"]) for name in node.inputs if name is not None]
        if patches in sizes and sum(sizes) == token_count:
            index = sizes.index(patches)
            return TokenLayout(grid, sum(sizes[:index]), sum(sizes[index + 1 :]))
    return None


def _axis_size(graph: OperatorGraph, name: str, dim: int) -> int:
    if name in graph.constants:
        return int(graph.constants[name].shape[dim])
    shape = graph.by_name[name].shape
    return int(shape[dim] or 0) if shape is not None else 0
