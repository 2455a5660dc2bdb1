"""What a network says about a scan, before anything is explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.models.card import Card, Kind
from viewer.models.model import Model, Prepared
from viewer.models.slices import logits_of_slices, of_the_scan
from viewer.models.windows import logits_in_windows, windows_for
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.scans.scan import Scan


@dataclass(frozen=True)
class Prediction:
    """A network's answer; what its kind does not have stays empty.

    Parameters
    ----------
    kind, classes
        As the card has them.
    logits
        The outputs before any softmax; of classification and regression.
    probabilities
        Their softmax; of classification.
    value, unit
        Of regression.
    volumes
        mm³ of every class, each voxel given to its largest output; of segmentation.
    notes
        What preparing the scan had to say.
    """

    kind: Kind
    classes: tuple[str, ...]
    logits: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()
    value: float | None = None
    unit: str = ""
    volumes: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> int | None:
        """The class with the largest probability; None where there are no probabilities."""
        return self.probabilities.index(max(self.probabilities)) if self.probabilities else None

    def as_json(self) -> dict[str, Any]:
        """Plain values; empty ones are left out."""
        entries: dict[str, Any] = {"kind": str(self.kind), "classes": list(self.classes)}
        for name in ("logits", "probabilities", "volumes", "notes"):
            if getattr(self, name):
                entries[name] = list(getattr(self, name))
        if self.value is not None:
            entries |= {"value": self.value, "unit": self.unit}
        return entries


def predict(model: Model, scan: Scan, device: str = "cpu", progress: Progress | None = None) -> Prediction:
    """Prepare the scan and ask the network.

    Raises
    ------
    ModelError
        The scan cannot be prepared, or the network does not answer with one number a class.
    """
    return predict_prepared(model, model.prepare(scan), device, progress)


def predict_prepared(
    model: Model, prepared: Prepared, device: str = "cpu", progress: Progress | None = None
) -> Prediction:
    """Ask the network about a scan that is prepared already.

    ``progress`` is told of every window or slice, where the card asks for several, and asked whether to stop.

    Raises
    ------
    ModelError
        The network does not take the tensor, or does not answer with one number a class.
    """
    import torch

    card = model.card
    tensor = prepared.tensor
    windows = windows_for(card.input, tuple(tensor.shape[2:]))
    try:
        if windows is not None:
            answer = logits_in_windows(model, tensor, windows, device, progress)
        elif prepared.slices > 1:
            answer = logits_of_slices(model, tensor, device, progress)
        else:
            with torch.inference_mode():
                answer = model.logits(tensor.to(device))
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        shape = "×".join(str(size) for size in tensor.shape)
        first = str(error).strip().partition("\n")[0]
        raise ModelError(card.name, f"does not take an input of {shape} ({first})") from error
    if not isinstance(answer, torch.Tensor) or answer.ndim < 2 or answer.shape[1] != len(card.classes):
        found = "×".join(str(size) for size in getattr(answer, "shape", ()))
        raise ModelError(card.name, f"answers {found}, and its card names {len(card.classes)} classes")
    if card.kind is Kind.SEGMENTATION:
        whole = answer.movedim(0, -1) if prepared.slices > 1 else answer[0]
        return Prediction(
            card.kind, card.classes, volumes=_volumes(whole.cpu(), prepared), notes=prepared.notes
        )
    if answer.ndim != 2:
        raise ModelError(card.name, "answers at every voxel", "its card's kind must be 'segmentation'")
    notes = prepared.notes
    if prepared.slices > 1:
        answer, how = of_the_scan(answer, model, prepared)
        notes = (*notes, how)
    return answered(card, answer[0], notes)


def answered(card: Card, scores: torch.Tensor, notes: tuple[str, ...] = ()) -> Prediction:
    """What one number a class, shape (classes,), says: of a classification or a regression.

    Raises
    ------
    ModelError
        The card does not say what several outputs of a regression mean.
    """
    import torch

    scores = scores.detach().double().cpu()
    logits = tuple(scores.tolist())
    shares = tuple(torch.softmax(scores, 0).tolist())
    if card.kind is Kind.CLASSIFICATION:
        return Prediction(card.kind, card.classes, logits, shares, notes=notes)
    if card.values:
        value = sum(share * meaning for share, meaning in zip(shares, card.values, strict=True))
    elif len(logits) == 1:
        value = logits[0]
    else:
        raise ModelError(card.name, f"regresses with {len(logits)} outputs", "its card must say 'values'")
    return Prediction(card.kind, card.classes, logits, value=value, unit=card.unit, notes=notes)


def _volumes(scores: torch.Tensor, prepared: Prepared) -> tuple[float, ...]:
    """mm³ of every class; the outputs may be coarser than the input."""
    import torch

    counts = torch.bincount(scores.argmax(0).flatten(), minlength=len(scores))
    whole = (
        prepared.grid.voxel_volume * prepared.grid.shape[0] * prepared.grid.shape[1] * prepared.grid.shape[2]
    )
    return tuple((counts.double() * (whole / scores[0].numel())).tolist())
