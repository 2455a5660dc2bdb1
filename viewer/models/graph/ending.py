"""Final activation and output range of an operator graph."""

from __future__ import annotations

from viewer.models.graph.graph import OperatorGraph
from viewer.models.graph.output_range import find_output_range
from viewer.models.graph.passes import find_final_activation
from viewer.models.output_meaning import Ending


def find_ending(graph: OperatorGraph) -> Ending:
    """Return a graph's final activation and the range of its outputs."""
    return Ending(find_final_activation(graph), range=find_output_range(graph))
