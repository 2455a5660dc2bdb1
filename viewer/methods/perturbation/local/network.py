"""A network that answers to many inputs that each differ from one original in a box.

Everything the original input gave is kept; of each changed input only what the box can reach is computed
again. The answers are those of the whole network, to the precision in which sums are taken in another order.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import torch

from viewer.methods.perturbation.local.patches import Patch, scattered
from viewer.methods.perturbation.local.plan import Form, Plan
from viewer.methods.perturbation.local.steps import Changed, forward
from viewer.models.graph.nodes import OperatorGraph
from viewer.models.graph.operators.numbers import NUMBERS
from viewer.models.graph.run import last_uses, number, values
from viewer.progress import Progress


class LocalNetwork:
    """The network around one input.

    Parameters
    ----------
    graph
        Of the network, for inputs like ``x``.
    plan
        Its steps.
    x
        The original, (1, C, spatial...).
    """

    def __init__(self, graph: OperatorGraph, plan: Plan, x: torch.Tensor) -> None:
        self._graph = graph
        self._plan = plan
        found = values(graph, x, plan.caches)
        found[graph.input.name] = x
        self._original = {**graph.constants, **found}
        self._last = last_uses(list(graph.nodes))

    @property
    def output(self) -> torch.Tensor:
        """What the network answers to the original."""
        return self._original[self._graph.output]

    def outputs(self, patch: Patch, progress: Progress | None = None) -> torch.Tensor:
        """What it answers to the changed inputs: (B, classes, ...).

        Raises
        ------
        Cancelled
            When ``progress`` says so.
        """
        progress = progress or Progress()
        changed: dict[str, Changed] = {self._graph.input.name: patch}
        count = len(patch.values)
        sizes: dict[str, int] = {}
        for place, node in enumerate(self._graph.nodes):
            progress.raise_if_cancelled()
            if node.operator in NUMBERS:
                sizes[node.name] = number(node, lambda name: self._shaped(name, changed, count), sizes)
            elif node.name in self._plan.steps:
                step = self._plan.steps[node.name]
                changed[node.name] = step.run(node.resolved(sizes), self._original, changed)
            else:
                # No value of the input goes in, but the number of samples may.
                inputs = [self._value(name, changed) for name in node.inputs]
                changed[node.name] = forward(node.resolved(sizes), inputs)
            for name in node.inputs:
                if name is not None and self._last[name] == place:
                    changed.pop(name, None)
        answer = changed[self._graph.output]
        if not isinstance(answer, Patch):
            return answer
        before = self.output
        shape = self._plan.shapes[self._graph.output]
        return scattered(before.reshape(1, *shape), answer).reshape(count, *before.shape[1:])

    def _value(self, name: str | None, changed: Mapping[str, Changed]) -> torch.Tensor | None:
        """A value that does not depend on the input."""
        found = None if name is None else changed.get(name, self._original.get(name))
        assert not isinstance(found, Patch)
        return found

    def _shaped(self, name: str, changed: Mapping[str, Changed], count: int) -> torch.Tensor:
        """Something of the shape of a value."""
        found = changed.get(name)
        if isinstance(found, Patch):
            shape = self._plan.shapes[name]
            flat = self._plan.forms[name] is Form.FLAT
            return torch.empty((count, prod(shape)) if flat else (count, *shape), device="meta")
        return self._original[name] if found is None else found
