"""The answer of a graph that was read from a file: one tensor of those it gives back, one row a scan."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from viewer.errors import ModelError
from viewer.models.answers import Candidate, choose
from viewer.models.graph.nodes import Node, OperatorGraph


def with_one_answer(graph: OperatorGraph, named: Sequence[int], subject: object) -> tuple[OperatorGraph, str]:
    """Return the graph that gives back one tensor (N, outputs, ...), and what to tell of it.

    Raises
    ------
    ModelError
        None of what it gives back is clearly its answer.
    """
    shapes = {
        label: graph.by_name[name].shape for label, name in graph.outputs.items() if name in graph.by_name
    }
    candidates = [Candidate(label, shape) for label, shape in shapes.items() if shape is not None]
    if len(graph.outputs) == 1 and not candidates:
        return graph, ""  # nothing is known of its shape: running it will tell
    found, note = choose(candidates, named, None, subject)
    alone = graph.with_output(found.label)
    if len(found.shape) > 1:
        return alone, note
    if len(found.shape) != 1 or found.shape[0] not in (None, graph.example[0]):
        raise ModelError(
            subject,
            f"answers {found.text} for {graph.example[0]} scan(s)",
            "let it answer with one row for each scan, and export it again",
        )
    row = Node("each_a_row", "unsqueeze", (alone.output,), {"dim": 1}, shape=(*found.shape, 1))
    nodes = (*alone.nodes, row)
    return dataclasses.replace(alone, nodes=nodes, outputs={found.label: row.name}), note
