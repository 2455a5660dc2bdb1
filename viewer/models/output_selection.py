"""Selection of the output tensor to explain among several, and its reduction to one row per scan."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError

if TYPE_CHECKING:
    import torch
    from torch import nn

USUAL_KEYS = ("logits", "out", "output", "pred", "prediction", "predictions")
"""Keys under which networks of common libraries return their prediction among other outputs."""

MAX_NAMED = 6
"""Largest number of outputs listed in an error."""


@dataclass(frozen=True)
class OutputCandidate:
    """One tensor that a network returns.

    Parameters
    ----------
    label
        Key or index, joined by dots if nested; empty for a single tensor.
    shape
        Sizes; None for the batch.
    """

    label: str
    shape: tuple[int | None, ...]

    @property
    def nested(self) -> bool:
        """Whether it is inside a nested list or dictionary."""
        return "." in self.label

    @property
    def text(self) -> str:
        """Label and shape as text."""
        sizes = "×".join("N" if size is None else str(size) for size in self.shape) or "one number"
        return f"{self.label} ({sizes})"


class AmbiguousAnswerError(ModelError):
    """A network returns several tensors (``candidates``), none of which is clearly its prediction."""

    def __init__(self, subject: object, candidates: Sequence[OutputCandidate], there: str) -> None:
        super().__init__(
            subject,
            f"returns {len(candidates)} tensors: {there}, and none of them is clearly its prediction",
            "choose one: answer= from Python, --answer, or 'answer' in its card",
        )
        self.candidates = tuple(candidates)


def select_output(
    candidates: Sequence[OutputCandidate], named: Sequence[int], requested: str | int | None, subject: object
) -> tuple[OutputCandidate, str]:
    """Select the prediction among the tensors that a network returns, with a note if there are several.

    It is the requested one; else the only one with as many outputs as the card names; else the one under a
    usual key; else the only one that is not nested; else the first of several that differ only in their grid,
    as with deep supervision.

    Parameters
    ----------
    candidates
        The tensors to select from.
    named
        Possible numbers of outputs according to the card; empty if it names none.
    requested
        The requested label; None for automatic selection.
    subject
        The network, for error messages.

    Raises
    ------
    AmbiguousAnswerError
        None of several tensors is clearly the prediction.
    ModelError
        There is no tensor, or none with the requested label.
    """
    there = ", ".join(one.text for one in candidates[:MAX_NAMED]) + (
        ", ..." if len(candidates) > MAX_NAMED else ""
    )
    if not candidates:
        raise ModelError(subject, "returns no tensor", "wrap it in a module that returns one")
    if requested is not None:
        found = next((one for one in candidates if one.label == str(requested)), None)
        if found is None:
            raise ModelError(subject, f"returns no {requested!r}", f"it returns {there}")
        return found, _selection_note(found, candidates)
    found = _unambiguous_output(candidates, named)
    if found is None:
        raise AmbiguousAnswerError(subject, candidates, there)
    return found, _selection_note(found, candidates)


def _selection_note(found: OutputCandidate, candidates: Sequence[OutputCandidate]) -> str:
    if len(candidates) == 1:
        return ""
    return f"the network returns {len(candidates)} tensors; explained: {found.text}"


def _unambiguous_output(
    candidates: Sequence[OutputCandidate], named: Sequence[int]
) -> OutputCandidate | None:
    rows = [one for one in candidates if len(one.shape) > 1]
    fitting = [one for one in rows if one.shape[1] in named]
    for group in (fitting, rows, candidates):
        top = [one for one in group if not one.nested] or group
        usual = [one for key in USUAL_KEYS for one in top if one.label == key]
        if usual:
            return usual[0]
        if len(top) == 1:
            return top[0]
        if top and _is_deep_supervision(top):
            return top[0]
    return None


def _is_deep_supervision(group: Sequence[OutputCandidate]) -> bool:
    """Return whether all are dense predictions of the same classes, the first on the finest grid."""
    first = group[0].shape
    return len(first) > 2 and all(
        len(one.shape) == len(first)
        and one.shape[:2] == first[:2]
        and all((a or 0) <= (b or 0) for a, b in zip(one.shape[2:], first[2:], strict=True))
        for one in group
    )


def flatten_outputs(answer: Any, label: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Yield label and tensor of every tensor in nested tuples, lists and dictionaries."""
    import torch

    if isinstance(answer, torch.Tensor):
        yield label, answer
        return
    items: Iterator[tuple[object, Any]]
    if isinstance(answer, Mapping):
        items = iter(answer.items())
    elif isinstance(answer, tuple) and hasattr(answer, "_fields"):
        items = zip(answer._fields, answer, strict=True)
    elif isinstance(answer, tuple | list):
        items = iter(enumerate(answer))
    elif dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        items = ((entry.name, getattr(answer, entry.name)) for entry in dataclasses.fields(answer))
    else:
        return
    for key, inner in items:
        yield from flatten_outputs(inner, f"{label}.{key}" if label else str(key))


def return_one_output(module: nn.Module, label: str) -> None:
    """Make a network return only one of its output tensors, (N, outputs, ...); layer names do not change.

    The module's class is replaced by a subclass, as by torch's parametrizations.
    """
    own = type(module)

    def forward(self: nn.Module, *given: Any, **named: Any) -> torch.Tensor:
        answer = own.forward(self, *given, **named)
        tensor = dict(flatten_outputs(answer))[label]
        if tensor.dim() > 1:
            return tensor
        return tensor.reshape(given[0].shape[0], -1)

    module.__class__ = type(own.__name__, (own,), {"forward": forward, "__module__": own.__module__})
