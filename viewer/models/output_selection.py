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
    def is_nested(self) -> bool:
        """Whether it is inside a nested list or dictionary."""
        return "." in self.label

    @property
    def text(self) -> str:
        """Label and shape as text."""
        sizes = "×".join("N" if size is None else str(size) for size in self.shape) or "one number"
        return f"{self.label} ({sizes})"


class AmbiguousAnswerError(ModelError):
    """A network returns several tensors (``candidates``), none of which is clearly its prediction."""

    def __init__(self, subject: object, candidates: Sequence[OutputCandidate], candidates_text: str) -> None:
        super().__init__(
            subject,
            f"returns {len(candidates)} tensors: {candidates_text}, "
            "and none of them is clearly its prediction",
            "choose one: answer= from Python, --answer, or 'answer' in its card",
        )
        self.candidates = tuple(candidates)


def select_output(
    candidates: Sequence[OutputCandidate],
    expected_counts: Sequence[int],
    requested: str | int | None,
    subject: object,
) -> tuple[OutputCandidate, str]:
    """Select the prediction among the tensors that a network returns, with a note if there are several.

    It is the requested one; else the only one with as many outputs as the card names; else the one under a
    usual key; else the only one that is not nested; else the first of several that differ only in their grid,
    as with deep supervision.

    Parameters
    ----------
    candidates
        The tensors to select from.
    expected_counts
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
    text = ", ".join(candidate.text for candidate in candidates[:MAX_NAMED]) + (
        ", ..." if len(candidates) > MAX_NAMED else ""
    )
    if not candidates:
        raise ModelError(subject, "returns no tensor", "wrap it in a module that returns one")
    if requested is not None:
        selected = next((candidate for candidate in candidates if candidate.label == str(requested)), None)
        if selected is None:
            raise ModelError(subject, f"returns no {requested!r}", f"it returns {text}")
        return selected, _selection_note(selected, candidates)
    selected = _find_unambiguous_output(candidates, expected_counts)
    if selected is None:
        raise AmbiguousAnswerError(subject, candidates, text)
    return selected, _selection_note(selected, candidates)


def _selection_note(selected: OutputCandidate, candidates: Sequence[OutputCandidate]) -> str:
    if len(candidates) == 1:
        return ""
    return f"the network returns {len(candidates)} tensors; explained: {selected.text}"


def _find_unambiguous_output(
    candidates: Sequence[OutputCandidate], expected_counts: Sequence[int]
) -> OutputCandidate | None:
    rows = [candidate for candidate in candidates if len(candidate.shape) > 1]
    matching = [candidate for candidate in rows if candidate.shape[1] in expected_counts]
    for group in (matching, rows, candidates):
        top_level = [candidate for candidate in group if not candidate.is_nested] or group
        preferred = [candidate for key in USUAL_KEYS for candidate in top_level if candidate.label == key]
        if preferred:
            return preferred[0]
        if len(top_level) == 1:
            return top_level[0]
        if top_level and _is_deep_supervision(top_level):
            return top_level[0]
    return None


def _is_deep_supervision(group: Sequence[OutputCandidate]) -> bool:
    """Return whether all are dense predictions of the same classes, the first on the finest grid."""
    first_shape = group[0].shape
    return len(first_shape) > 2 and all(
        len(candidate.shape) == len(first_shape)
        and candidate.shape[:2] == first_shape[:2]
        and all((a or 0) <= (b or 0) for a, b in zip(candidate.shape[2:], first_shape[2:], strict=True))
        for candidate in group
    )


def flatten_outputs(outputs: Any, label: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Yield label and tensor of every tensor in nested tuples, lists and dictionaries."""
    import torch

    if isinstance(outputs, torch.Tensor):
        yield label, outputs
        return
    items: Iterator[tuple[object, Any]]
    if isinstance(outputs, Mapping):
        items = iter(outputs.items())
    elif isinstance(outputs, tuple) and hasattr(outputs, "_fields"):
        items = zip(outputs._fields, outputs, strict=True)
    elif isinstance(outputs, tuple | list):
        items = iter(enumerate(outputs))
    elif dataclasses.is_dataclass(outputs) and not isinstance(outputs, type):
        items = ((entry.name, getattr(outputs, entry.name)) for entry in dataclasses.fields(outputs))
    else:
        return
    for key, item in items:
        yield from flatten_outputs(item, f"{label}.{key}" if label else str(key))


def return_one_output(module: nn.Module, label: str) -> None:
    """Make a network return only one of its output tensors, (N, outputs, ...); layer names do not change.

    The module's class is replaced by a subclass, as by torch's parametrizations.
    """
    base = type(module)

    def forward(self: nn.Module, *args: Any, **kwargs: Any) -> torch.Tensor:
        outputs = base.forward(self, *args, **kwargs)
        tensor = dict(flatten_outputs(outputs))[label]
        if tensor.dim() > 1:
            return tensor
        return tensor.reshape(args[0].shape[0], -1)

    module.__class__ = type(base.__name__, (base,), {"forward": forward, "__module__": base.__module__})
