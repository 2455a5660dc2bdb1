"""Dropout of a captured network: hidden in evaluation mode, or with masks drawn once.

A graph with drawn masks is an ordinary network: one sample from the approximate posterior of Monte Carlo
dropout (Gal & Ghahramani 2016). All methods explain it like any other.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import torch

from viewer.models.graph.graph import Node, OperatorGraph

DROPOUT = "dropout"

ALPHA = -1.7580993408473766
"""Value that alpha dropout gives to dropped values: the limit of SELU at -∞ (Klambauer et al. 2017)."""


def hide_dropout(graph: OperatorGraph) -> OperatorGraph:
    """Return the graph in evaluation mode, without ``dropout`` nodes; they stay in its ``with_dropout``."""
    if not any(node.operator == DROPOUT for node in graph.nodes):
        return graph
    replacements: dict[str, str] = {}
    nodes = []
    for node in graph.nodes:
        inputs = tuple(None if name is None else replacements.get(name, name) for name in node.inputs)
        if node.operator == DROPOUT:
            replacements[node.name] = str(inputs[0])
        else:
            nodes.append(dataclasses.replace(node, inputs=inputs) if inputs != node.inputs else node)
    return dataclasses.replace(
        graph,
        nodes=tuple(nodes),
        outputs={label: replacements.get(name, name) for label, name in graph.outputs.items()},
        module_outputs={
            path: tuple(replacements.get(name, name) for name in names)
            for path, names in graph.module_outputs.items()
        },
        with_dropout=graph,
    )


def sample_dropout(graph: OperatorGraph, seed: Sequence[int]) -> OperatorGraph:
    """Return the network with masks drawn for all its dropout, as ``affine`` nodes.

    A mask has one entry for each value (or channel) of one scan, and is the same for all scans of a batch: it
    is 0 with probability p, else 1 / (1 - p).

    Parameters
    ----------
    graph
        Graph with ``dropout`` nodes: the ``with_dropout`` of a captured graph.
    seed
        Numbers that seed the masks.
    """
    constants, nodes = dict(graph.constants), list[Node]()
    for node in graph.nodes:
        if node.operator == DROPOUT:
            values = _draw_mask(node, graph, (*seed, len(nodes)))
            names = [f"{node.name}_{suffix}" if suffix in values else None for suffix in ("mask", "shift")]
            constants |= {f"{node.name}_{suffix}": tensor for suffix, tensor in values.items()}
            node = dataclasses.replace(node, operator="affine", inputs=(*node.inputs, *names), attributes={})
        nodes.append(node)
    return dataclasses.replace(graph, nodes=tuple(nodes), constants=constants, with_dropout=None)


def _draw_mask(node: Node, graph: OperatorGraph, seed: Sequence[int]) -> dict[str, torch.Tensor]:
    """Return a dropout's scaled mask and, for alpha dropout, its shift; both broadcast to its input."""
    assert node.shape is not None
    p, shape = node.attributes["p"], tuple(size or 1 for size in node.shape)
    if node.attributes["channels"]:
        shape = (*shape[:2], *(1 for _ in shape[2:]))
    mask = torch.from_numpy(np.random.default_rng(seed).random(shape) >= p).to(graph.input.dtype)
    if not node.attributes["alpha"]:
        return {"mask": mask / (1 - p) if p < 1 else mask}
    gain = 1 / math.sqrt((ALPHA**2 * p + 1) * (1 - p)) if p < 1 else 0.0
    return {"mask": gain * mask, "shift": gain * ALPHA * (1 - mask - p)}
