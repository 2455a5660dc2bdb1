"""Which tensor of several that a network gives back is its answer, and how it becomes one row a scan."""

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
"""Entries under which networks of known libraries give back their answer beside other things."""

MAX_NAMED = 6
"""So many are named in an error."""


@dataclass(frozen=True)
class OutputCandidate:
    """A tensor that a network gives back.

    Parameters
    ----------
    label
        Its key or number, joined by dots where it lies deeper; empty for a bare tensor.
    shape
        Its sizes; None where one follows the batch.
    """

    label: str
    shape: tuple[int | None, ...]

    @property
    def nested(self) -> bool:
        """Whether it lies in a list or a dictionary of its own."""
        return "." in self.label

    @property
    def text(self) -> str:
        """Label and shape."""
        sizes = "×".join("N" if size is None else str(size) for size in self.shape) or "one number"
        return f"{self.label} ({sizes})"


def select_output(
    candidates: Sequence[OutputCandidate], named: Sequence[int], requested: str | int | None, subject: object
) -> tuple[OutputCandidate, str]:
    """Choose the answer among the tensors that a network gives back, and say so where there are several.

    It is the one asked for; else the only one with as many outputs as the card names; else what lies under a
    usual key; else the only one that is not inside a list of others; else the first of those that differ in
    their grid alone, as of deep supervision.

    Parameters
    ----------
    candidates
        What there is.
    named
        How many outputs the card may mean; empty where it names none.
    requested
        The label that is asked for; None for none.
    subject
        The network, for the error's line.

    Raises
    ------
    ModelError
        No tensor is clearly the answer.
    """
    there = ", ".join(one.text for one in candidates[:MAX_NAMED]) + (
        ", ..." if len(candidates) > MAX_NAMED else ""
    )
    if not candidates:
        raise ModelError(subject, "answers with no tensor", "wrap it in a module that gives back one")
    if requested is not None:
        found = next((one for one in candidates if one.label == str(requested)), None)
        if found is None:
            raise ModelError(subject, f"gives back no {requested!r}", f"it gives back {there}")
        return found, _selection_note(found, candidates)
    found = _unambiguous_output(candidates, named)
    if found is None:
        raise ModelError(
            subject,
            f"gives back {len(candidates)} tensors: {there}, and none of them is clearly its answer",
            "wrap it in a module that gives back one",
        )
    return found, _selection_note(found, candidates)


def _selection_note(found: OutputCandidate, candidates: Sequence[OutputCandidate]) -> str:
    if len(candidates) == 1:
        return ""
    return f"the network gives back {len(candidates)} tensors; explained is {found.text}"


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
    """Whether all are dense predictions of the same classes, the first on the finest grid."""
    first = group[0].shape
    return len(first) > 2 and all(
        len(one.shape) == len(first)
        and one.shape[:2] == first[:2]
        and all((a or 0) <= (b or 0) for a, b in zip(one.shape[2:], first[2:], strict=True))
        for one in group
    )


def flatten_outputs(answer: Any, label: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Yield label and tensor of all in an answer: a tensor, or tuples, lists, dictionaries of such."""
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
    """Let a network give back one tensor (N, outputs, ...) of those it gives back; its layers stay as named.

    The module gets a class of its own, derived from the one it has, as torch's parametrizations do.
    """
    own = type(module)

    def forward(self: nn.Module, *given: Any, **named: Any) -> torch.Tensor:
        answer = own.forward(self, *given, **named)
        tensor = dict(flatten_outputs(answer))[label]
        if tensor.dim() > 1:
            return tensor
        return tensor.reshape(given[0].shape[0], -1)

    module.__class__ = type(own.__name__, (own,), {"forward": forward, "__module__": own.__module__})
