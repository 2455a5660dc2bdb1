"""Fusion of all known patterns."""

from __future__ import annotations

from viewer.models.graph.fusion.dense_bias import fuse_dense_bias
from viewer.models.graph.fusion.gelu import fuse_gelu
from viewer.models.graph.fusion.last_axes_norm import fuse_last_axes_norm
from viewer.models.graph.graph import OperatorGraph
from viewer.models.graph.passes import eliminate_dead_code

FUSIONS = (fuse_last_axes_norm, fuse_gelu, fuse_dense_bias)
"""Functions that return a graph with one more node fused; None if there is nothing to fuse."""


def fuse_operators(graph: OperatorGraph) -> OperatorGraph:
    """Return the graph with each operator that is written out in parts replaced by a single node.

    The node has the name of its last part. Its values differ only by rounding.
    """
    for fuse in FUSIONS:
        while (fused := fuse(graph)) is not None:
            graph = eliminate_dead_code(fused)
    return graph
