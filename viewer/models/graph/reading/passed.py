"""How an ATen operator without a word of its own becomes a node: with its arguments as they are."""

from __future__ import annotations

from typing import Any

from viewer.models.graph.operators.passed import PASSED, Slot
from viewer.models.graph.reading.call import Call, Reference
from viewer.models.graph.reading.draft import Draft

PLACES = frozenset({"device", "layout", "pin_memory", "memory_format", "generator", "non_blocking"})
"""Arguments that say where and how a tensor lies, not what it is."""


def passed(call: Call, draft: Draft) -> tuple[str, ...]:
    """Nodes of a pure operator, one for each of its results.

    Raises
    ------
    CaptureError
        It is not on the list of those that are run.
    """
    if call.target not in PASSED:
        raise call.refused("is no operator that is known here", "methods that need no graph still run")
    inputs: list[str] = []

    def slotted(value: Any) -> Any:
        if isinstance(value, Reference):
            inputs.append(value.name)
            return Slot(len(inputs) - 1)
        if isinstance(value, (tuple, list)):
            return tuple(slotted(inner) for inner in value)
        return value

    arguments = {name: slotted(value) for name, value in call.arguments.items() if name not in PLACES}
    names = []
    for index in range(len(call.results)):
        settings = {"arguments": arguments, "output": index}
        names.append(draft.add(call.target, inputs, settings, result=index))
    return tuple(names)
