"""Slice-by-slice prediction of a 2D network on a whole scan, and aggregation over the slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.models.model_card import ModelKind
from viewer.models.output_kind import OutputKind
from viewer.models.output_meaning import OutputMeaning, output_names
from viewer.number_format import format_count
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput

BATCH_SIZE = 8
"""Slices per batch: few, to limit memory."""


def slicewise_logits(
    model: Model, x: torch.Tensor, device: torch.device | str = "cpu", progress: Progress | None = None
) -> torch.Tensor:
    """Compute the outputs for every slice of (slices, C, X, Y): (slices, classes, ...), on the CPU.

    Raises
    ------
    Cancelled
        Cancelled through ``progress``.
    """
    import torch

    progress = progress or Progress()
    outputs = []
    for start in range(0, len(x), BATCH_SIZE):
        progress.step(start, len(x), f"slice {start + 1} of {len(x)}")
        with torch.no_grad():
            outputs.append(model.logits(x[start : start + BATCH_SIZE].to(device)).float().cpu())
    return torch.cat(outputs)


def aggregate_slices(
    outputs: torch.Tensor, model: Model, prepared: PreparedInput, meaning: OutputMeaning
) -> tuple[torch.Tensor, str]:
    """Aggregate the outputs of all slices (slices, outputs) to those of the scan, (1, outputs), with a note.

    A classification uses one slice: the one with the lowest probability of the first class, by convention
    that of no finding; with a single output, the one where it is largest. With several labels, each has its
    own slice, where it is largest. A regression uses the mean.
    """
    count = len(outputs)
    card = model.card
    if card.kind is ModelKind.REGRESSION:
        return outputs.mean(0, keepdim=True), f"the outputs are means over {format_count(count, 'slice')}"
    if meaning.kind in (OutputKind.MULTI_LABEL, OutputKind.VALUE):
        return outputs.amax(0, keepdim=True), f"each output is the largest of {format_count(count, 'slice')}"
    probabilities = meaning.probabilities(outputs.double())
    assert probabilities is not None
    if meaning.kind is OutputKind.SIGMOID:
        slice_index = int(outputs[:, 0].argmax())
        remark = f"looks most like {output_names(card, 1)[0]!r}"
    else:
        slice_index = int(probabilities[:, 0].argmin())
        remark = f"looks least like {card.classes[0]!r}"
    shape = prepared.grid.shape
    centre = prepared.grid.to_world(((shape[0] - 1) / 2, (shape[1] - 1) / 2, slice_index))
    location = ", ".join(f"{value:z.0f}" for value in centre)
    return outputs[slice_index : slice_index + 1], (
        f"of {format_count(count, 'slice')}, the one at {location} mm represents the scan: it {remark}"
    )
