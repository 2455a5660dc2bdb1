"""A network in two dimensions on a whole scan: every slice is shown to it, and one speaks for the scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.models.card import Kind
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model, Prepared

TOGETHER = 8
"""So many slices are computed at once: few, so that memory does not grow with the scan."""


def logits_of_slices(
    model: Model, x: torch.Tensor, device: torch.device | str = "cpu", progress: Progress | None = None
) -> torch.Tensor:
    """The network's outputs for every slice of (slices, C, X, Y): (slices, classes, ...), on the CPU.

    Raises
    ------
    Cancelled
        ``progress`` said so.
    """
    import torch

    progress = progress or Progress()
    answers = []
    for begin in range(0, len(x), TOGETHER):
        progress.step(begin, len(x), f"slice {begin + 1} of {len(x)}")
        with torch.no_grad():
            answers.append(model.logits(x[begin : begin + TOGETHER].to(device)).float().cpu())
    return torch.cat(answers)


def of_the_scan(outputs: torch.Tensor, model: Model, prepared: Prepared) -> tuple[torch.Tensor, str]:
    """What the outputs for all slices (slices, classes) come to for the scan, (1, classes), and how.

    Of a classification one slice speaks for the scan: the one that looks least like the first class, which
    by custom is that of nothing found. Of a regression it is the mean.
    """
    count = len(outputs)
    if model.card.kind is Kind.REGRESSION or outputs.shape[1] == 1:
        return outputs.mean(0, keepdim=True), f"the outputs are means over {count} slices"
    number = int(outputs.double().softmax(1)[:, 0].argmin())
    shape = prepared.grid.shape
    place = prepared.grid.to_world(((shape[0] - 1) / 2, (shape[1] - 1) / 2, number))
    where = ", ".join(f"{value:.0f}" for value in place)
    first = model.card.classes[0]
    return outputs[number : number + 1], (
        f"of {count} slices the one around {where} mm speaks for the scan: it looks least like {first!r}"
    )
