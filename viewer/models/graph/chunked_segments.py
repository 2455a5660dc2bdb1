"""Selection of graph segments to run in chunks of channels, and the backward pass through them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Set
from dataclasses import dataclass

import torch

from viewer.models.graph.backward_rules import Rule, Rules
from viewer.models.graph.graph import GraphInput, Node, OperatorGraph
from viewer.models.graph.interpreter import estimate_cost, run
from viewer.models.graph.operators.chunked_segment import CHUNKED_SEGMENT, channel_groups, progress_from_check
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors
from viewer.models.graph.propagate import propagate

MIN_SEGMENT_BYTES = 2**29
"""Size in bytes from which a value is computed in chunks if possible."""

CHUNK_BYTES = 2**28
"""Size in bytes of one chunk of such a value, which has at least `MIN_CHANNELS` channels."""

MIN_CHANNELS = 8
"""Minimum number of channels in a chunk: as many as fill a SIMD vector."""

CHANNELWISE = frozenset(
    {
        "affine",
        "relu",
        "leaky_relu",
        "elu",
        "gelu",
        "silu",
        "sigmoid",
        "tanh",
        "clamp",
        "hardtanh",
        "max_pool",
        "avg_pool",
    }
)
"""Operators that compute every channel independently."""


def chunk_segments(
    graph: OperatorGraph, x: torch.Tensor, rules: Rules, preserved_names: Set[str]
) -> tuple[OperatorGraph, Rules]:
    """Return the graph with every large segment merged into one node, and the rules for it.

    A segment is a convolution and the channelwise operators after it, up to an output that is much smaller;
    the rule of each of them must be ``channelwise``, too. The values named in ``preserved_names`` stay in the
    graph.
    """
    segment_rules: dict[str, dict[str, Rule]] = {}
    for node in graph.nodes:
        if node.operator == "conv" and count_output_bytes(node, x) >= MIN_SEGMENT_BYTES:
            chain, chain_rules = find_longest_segment(graph, node, x, rules, preserved_names)
            if chain:
                graph = merge_segment(graph, chain, x)
                segment_rules[chain[-1].name] = chain_rules
    if not segment_rules:
        return graph, rules

    def select_rule(node: Node) -> Rule:
        return (
            ChunkedSegmentRule(segment_rules[node.name]) if node.operator == CHUNKED_SEGMENT else rules(node)
        )

    return graph, select_rule


def count_output_bytes(node: Node, x: torch.Tensor) -> int:
    """Return the size in bytes of a node's output for an input like ``x``; 0 if unknown."""
    if node.shape is None or len(node.shape) < 3:
        return 0
    return math.prod(len(x) if size is None else size for size in node.shape) * x.element_size()


def find_longest_segment(
    graph: OperatorGraph, first: Node, x: torch.Tensor, rules: Rules, preserved_names: Set[str]
) -> tuple[list[Node], dict[str, Rule]]:
    """Return the segment that begins with a convolution, if its output is much smaller, and its rules."""
    if first.attributes["groups"] != 1 or first.inputs[0] not in graph.input_dependent:
        return [], {}
    if any(name is not None and name not in graph.constants for name in first.inputs[1:]):
        return [], {}
    chain, best_index = [], 0
    for node in iterate_channelwise_nodes(graph, first, preserved_names):
        if not getattr(rules(node), "channelwise", False):
            break
        chain.append(node)
        if 2 * count_output_bytes(node, x) <= count_output_bytes(chain[best_index], x):
            best_index = len(chain) - 1
    chain = chain[: best_index + 1] if best_index else []
    return chain, {node.name: rules(node) for node in chain}


def iterate_channelwise_nodes(graph: OperatorGraph, first: Node, preserved_names: Set[str]) -> Iterator[Node]:
    """Yield a node and the channelwise nodes after it whose other inputs are constant."""
    yield first
    node = first
    while node.name not in preserved_names and len(users := graph.users.get(node.name, ())) == 1:
        node = graph.by_name[users[0]]
        constant = all(name is None or name in graph.constants for name in node.inputs[1:])
        if node.operator not in CHANNELWISE or not constant or node.size_nodes:
            return
        if "kernel" in node.attributes and len(node.attributes["kernel"]) != len(first.attributes["stride"]):
            return
        yield node


def merge_segment(graph: OperatorGraph, chain: list[Node], x: torch.Tensor) -> OperatorGraph:
    """Return the graph with a segment merged into one node, named after its last node."""
    first, last = chain[0], chain[-1]
    source = first.inputs[0]
    assert source is not None
    producer = graph.by_name.get(source)
    shape = graph.input.shape if producer is None else producer.shape or ()
    names = {name for node in chain for name in node.inputs[1:] if name is not None}
    inner = OperatorGraph(
        nodes=tuple(chain),
        constants={name: graph.constants[name] for name in names},
        input=GraphInput(source, tuple(None for _ in shape), graph.input.dtype),
        outputs={"0": last.name},
        example_shape=tuple(size or 1 for size in shape),
    )
    largest = max(count_output_bytes(node, x) for node in chain)
    count = (first.shape or (1, 1))[1] or 1
    group = max(MIN_CHANNELS, count * CHUNK_BYTES // largest)
    cost = sum(estimate_cost(node, inner) for node in chain)
    node = Node(
        last.name,
        CHUNKED_SEGMENT,
        (source,),
        {"graph": inner, "group": group, "run": run, "cost": cost},
        last.path,
        last.call,
        last.shape,
    )
    removed = {entry.name for entry in chain[:-1]}
    nodes = tuple(
        node if entry.name == last.name else entry for entry in graph.nodes if entry.name not in removed
    )
    return dataclasses.replace(graph, nodes=nodes)


@dataclass(frozen=True)
class ChunkedSegmentRule:
    """Rule of a chunked segment: run it again for each chunk of channels, with the inner nodes' rules."""

    rules: dict[str, Rule]

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return `Save.INPUTS`: the segment is run again from its input."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """Return the sum of the relevance that all chunks pass to the input."""
        total: torch.Tensor | None = None
        for channels, subgraph in channel_groups(node.attributes):
            chunk_relevance = relevance[:, channels]
            gradient = propagate(
                subgraph,
                saved.input(),
                lambda value, chunk_relevance=chunk_relevance: chunk_relevance,  # type: ignore[misc]
                lambda inner: self.rules[inner.name],
                progress_from_check(saved.check_cancelled),
                subgraph.output,
                {subgraph.input.name: subgraph.input.name},
                None if saved.reference is None else saved.reference.input(),
            ).relevance
            total = gradient if total is None else total.add_(gradient)
        return (total,)
