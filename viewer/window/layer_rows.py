"""An operator graph as a tree: the modules as branches, the operators at their ends, in running order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.models.graph.layers import Layer
    from viewer.models.graph.nodes import OperatorGraph, Shape


@dataclass(frozen=True)
class Branch:
    """One row of the layer tree.

    Parameters
    ----------
    name
        The last part of the module's path, or the operator's own name where it stands in no module.
    layer
        What the row is asked for by: a module's path, ``path@CALL`` or an operator's name. Empty for a
        module that only holds others.
    operator
        The operator whose output it is; empty where there is none.
    shape
        The output's shape without the batch; None where it is not known or where there is no output.
    parameters
        How many numbers are in it and in everything below it.
    children
        The rows below it.
    """

    name: str
    layer: str
    operator: str
    shape: Shape | None
    parameters: int
    children: tuple[Branch, ...] = ()

    @property
    def size(self) -> str:
        """The output's shape in words: channels first, then the sizes in space."""
        if self.shape is None:
            return ""
        return "×".join("?" if size is None else str(size) for size in self.shape)


@dataclass
class _Module:
    """What is in one module, in running order, while the tree grows."""

    inner: dict[str, _Module | Layer] = field(default_factory=dict)


def branches(graph: OperatorGraph) -> tuple[Branch, ...]:
    """The tree of a graph's operators, by their modules' paths.

    A module that is one operator is one row. Of a module that is called more than once every call is a row.
    """
    from viewer.models.graph.layers import layers

    rows = layers(graph)
    by_name = {row.name: row for row in rows}
    root = _Module()
    for row in rows:
        module = root
        for part in row.path.split(".") if row.path else ():
            # A colon is in no module's name, so that an operator never takes a module's place.
            found = module.inner.setdefault(part, _Module())
            assert isinstance(found, _Module)
            module = found
        module.inner[f":{row.name}"] = row

    def grown(module: _Module, path: str) -> tuple[Branch, ...]:
        found = []
        for key, inner in module.inner.items():
            if not isinstance(inner, _Module):
                found.append(_operator(inner, key[1:], graph))
                continue
            below = f"{path}.{key}" if path else key
            children = grown(inner, below)
            only = next(iter(inner.inner.values()))
            if len(inner.inner) == 1 and not isinstance(only, _Module):
                found.append(_operator(only, key, graph))
                continue
            calls = graph.places.get(below, ())
            held = by_name.get(calls[-1]) if calls and below not in graph.by_name else None
            found.append(
                Branch(
                    key,
                    below if held is not None else "",
                    "",
                    None if held is None or held.shape is None else held.shape[1:],
                    sum(child.parameters for child in children),
                    children,
                )
            )
        return tuple(found)

    return grown(root, "")


def _operator(row: Layer, name: str, graph: OperatorGraph) -> Branch:
    shape = None if row.shape is None else row.shape[1:]
    return Branch(name, _asked_by(row, graph), row.operator, shape, row.parameters)


def _asked_by(row: Layer, graph: OperatorGraph) -> str:
    """The module's path where it means this operator and no other; else its call, or the operator's name."""
    calls = graph.places.get(row.path, ()) if row.path else ()
    if row.name not in calls:
        return row.name
    if row.path in graph.by_name or calls[-1] != row.name:
        return f"{row.path}@{calls.index(row.name)}"
    return row.path
