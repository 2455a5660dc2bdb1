"""Functionalization: replacement of in-place calls by calls that return a new value.

If the overwritten memory is not read through another view later, the new value takes the old one's name from
there on. Otherwise the network must be rewritten without in-place operators first.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from viewer.models.graph.graph import SymbolicSize
from viewer.models.graph.lowering.aten_call import AtenCall, CaptureError, TensorReference

_SAME = "alias detach detach_ dropout feature_dropout alpha_dropout feature_alpha_dropout lift_fresh"
_VIEWS = (
    "view reshape _unsafe_view view_as reshape_as flatten unflatten squeeze unsqueeze permute transpose "
    "t swapaxes swapdims numpy_T movedim expand expand_as slice narrow select split split_with_sizes "
    "chunk tensor_split unbind contiguous to type_as positive resolve_conj resolve_neg diagonal unfold "
    "pad native_dropout"
)

ALIASES = frozenset(_SAME.split())
"""Operators whose result is their input itself."""

VIEWS = frozenset(_VIEWS.split())
"""Operators whose result may share the memory of their input."""

METADATA_ONLY = frozenset({"detach_", "squeeze_", "unsqueeze_", "transpose_", "t_"})
"""In-place operators that change the shape only, and no value."""


class OverwriteError(CaptureError):
    """Error that a call writes into memory that is later read through another name."""


def is_in_place(call: AtenCall) -> bool:
    """Return whether a call writes into its input."""
    name = operator_name(call)
    return call.target.startswith("aten.") and name.endswith("_") and not name.endswith("__")


def make_out_of_place_target(target: str) -> str:
    """Return the out-of-place operator: ``aten.relu_.default`` without its ``_``."""
    parts = target.split(".")
    if len(parts) == 3 and parts[1].endswith("_") and not parts[1].endswith("__"):
        parts[1] = parts[1][:-1]
    return ".".join(parts)


def operator_name(call: AtenCall) -> str:
    """Return the operator's name without its overload."""
    parts = call.target.split(".")
    return parts[1] if len(parts) > 1 else call.target


class AliasSets:
    """Sets of names of one tensor, and of tensors that may share memory."""

    def __init__(self) -> None:
        self._ids = itertools.count()
        self._tensor_ids: dict[str, int] = {}
        self._memory_ids: dict[str, int] = {}

    def add(self, name: str) -> None:
        """Add a name of a new tensor, unless it is known."""
        if name not in self._tensor_ids:
            self._tensor_ids[name] = self._memory_ids[name] = next(self._ids)

    def add_view(self, name: str, source: str) -> None:
        """Add a name of another tensor in the same memory."""
        self.add(name)
        self._memory_ids[name] = self._memory_ids[source]

    def add_alias(self, name: str, source: str) -> None:
        """Add a name of the same tensor."""
        self.add_view(name, source)
        self._tensor_ids[name] = self._tensor_ids[source]

    def find_aliases(self, name: str) -> list[str]:
        """Return all names of one tensor."""
        return [alias for alias, tensor in self._tensor_ids.items() if tensor == self._tensor_ids[name]]

    def find_other_views(self, name: str) -> list[str]:
        """Return the names of other tensors in the same memory."""
        own_memory = self._memory_ids[name]
        return [
            alias
            for alias, memory in self._memory_ids.items()
            if memory == own_memory and self._tensor_ids[alias] != self._tensor_ids[name]
        ]


def functionalize(
    calls: Sequence[AtenCall], outputs: Mapping[str, str]
) -> tuple[list[AtenCall], dict[str, str]]:
    """Return the same calls and outputs (label to name), without in-place calls.

    Raises
    ------
    OverwriteError
        A value is overwritten that is later read through another name.
    """
    if not any(is_in_place(call) for call in calls):
        return list(calls), dict(outputs)
    last = dict.fromkeys(outputs.values(), len(calls))
    for position, call in enumerate(calls):
        for name in iterate_tensor_names(call.arguments):
            last[name] = max(position, last.get(name, position))
    names, current = AliasSets(), dict[str, str]()
    rewritten = []
    for position, call in enumerate(calls):
        arguments = substitute_names(call.arguments, current)
        target = call.target
        source = next(iterate_tensor_names(call.arguments), None)
        if source is not None:
            names.add(source)
        if is_in_place(call) and source is not None:
            target = make_out_of_place_target(target)
            for alias in names.find_other_views(source) if operator_name(call) not in METADATA_ONLY else ():
                if last.get(alias, -1) > position:
                    raise OverwriteError(
                        call.target,
                        f"overwrites {source[1:]}, which is read later as {alias[1:]}",
                        "rewrite it without in-place operators, or export it after run_decompositions",
                    )
        rewritten.append(dataclasses.replace(call, target=target, arguments=arguments))
        for result in call.results:
            if source is not None and (is_in_place(call) or operator_name(call) in ALIASES):
                names.add_alias(result.name, source)
            elif source is not None and operator_name(call) in VIEWS:
                names.add_view(result.name, source)
            else:
                names.add(result.name)
            if is_in_place(call) and source is not None:
                current.update(dict.fromkeys(names.find_aliases(source), result.name))
    return rewritten, {label: current.get(name, name) for label, name in outputs.items()}


def iterate_tensor_names(value: Any) -> Iterator[str]:
    """Yield the names of all tensors and sizes in a nested argument."""
    if isinstance(value, (TensorReference, SymbolicSize)):
        yield value.name
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from iterate_tensor_names(inner)
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from iterate_tensor_names(inner)


def substitute_names(value: Any, current_names: Mapping[str, str]) -> Any:
    """Return a nested argument with each tensor's current name."""
    if isinstance(value, TensorReference):
        return TensorReference(current_names.get(value.name, value.name))
    if isinstance(value, Mapping):
        return {name: substitute_names(inner, current_names) for name, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(substitute_names(inner, current_names) for inner in value)
    return value
