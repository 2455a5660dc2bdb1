"""Common target for all slices of a scan that a two-dimensional network processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.errors import MethodError
from viewer.methods.targets import find_output
from viewer.models.model_card import ModelKind
from viewer.models.slicewise import aggregate_slices, slicewise_logits
from viewer.number_format import format_count
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput


def resolve_slice_target(
    target: str | int | None, model: Model, prepared: PreparedInput, device: torch.device, progress: Progress
) -> str | int | None:
    """Return the target explained for every slice, so that the stacked maps show one class.

    For a classification, it is determined from the outputs aggregated over the scan; for a regression, the
    value of each slice is explained.

    Raises
    ------
    MethodError
        There is no such class, or the network makes a dense prediction.
    """
    outputs = slicewise_logits(model, prepared.tensor, device, progress)
    if outputs.ndim != 2:
        raise MethodError(
            model.card.name,
            f"it has an output at every pixel, and is given {format_count(prepared.slices, 'slice')}",
            "leave 'slices' out of its card: one slice can be explained",
        )
    if model.card.kind is ModelKind.REGRESSION:
        return target
    meaning = model.output_meaning(outputs, prepared.tensor[:1])
    scores, _ = aggregate_slices(outputs, model, prepared, meaning)
    output = find_output(target, model.card, scores[0].double().tolist())
    return output.name if scores.shape[1] == 1 or output.subtracted_index is not None else output.index


def stacking_notes(prepared: PreparedInput) -> tuple[str, ...]:
    """Return a note for a map that was stacked from several slices."""
    if prepared.slices == 1:
        return ()
    return (f"{prepared.slices} slices were explained one after the other, and their maps stacked",)
