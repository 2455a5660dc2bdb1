"""One target for all slices that a network in two dimensions is shown of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.errors import MethodError
from viewer.methods.targets import find_output
from viewer.models.model_card import ModelKind
from viewer.models.slicewise import aggregate_slices, slicewise_logits
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput


def resolve_slice_target(
    target: str | int | None, model: Model, prepared: PreparedInput, device: torch.device, progress: Progress
) -> str | int | None:
    """The target that every slice is explained for: a stack of maps of different classes shows nothing.

    A classification's is found by the outputs that speak for the scan; a regression's value is each slice's.

    Raises
    ------
    MethodError
        There is no such class, or the network answers at every pixel.
    """
    outputs = slicewise_logits(model, prepared.tensor, device, progress)
    if outputs.ndim != 2:
        raise MethodError(
            model.card.name,
            f"it answers at every pixel, and is shown {prepared.slices} slices",
            "leave 'slices' out of its card: one slice can be explained",
        )
    if model.card.kind is ModelKind.REGRESSION:
        return target
    meaning = model.output_meaning(outputs, prepared.tensor[:1])
    scores, _ = aggregate_slices(outputs, model, prepared, meaning)
    found = find_output(target, model.card, scores[0].double().tolist())
    return found.name if scores.shape[1] == 1 else found.index


def stacking_notes(prepared: PreparedInput) -> tuple[str, ...]:
    """A sentence for a map that was made of several slices."""
    if prepared.slices == 1:
        return ()
    return (f"{prepared.slices} slices were explained one after the other, and their maps stacked",)
