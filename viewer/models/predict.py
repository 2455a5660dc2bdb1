"""What a network says about a scan, before anything is explained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.models.output_meaning import (
    DECISION_THRESHOLD,
    OutputKind,
    OutputMeaning,
    output_counts,
    output_names,
)
from viewer.models.preprocessing import PreparedInput, empty_input
from viewer.models.scan_warnings import scan_warnings
from viewer.models.slicewise import aggregate_slices, slicewise_logits
from viewer.models.sliding_window import crop_window, sliding_window_logits, sliding_windows_for
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.scans.scan import Scan


NOT_FINITE = (
    "its outputs for this input are not finite",
    "look at the scan's intensities and at the card's",
)
"""What is wrong, and the remedy, where a network answers with infinite numbers or none at all."""


@dataclass(frozen=True)
class Prediction:
    """A network's answer; what its kind does not have stays empty.

    Parameters
    ----------
    kind, classes
        As the card has them.
    output, guess
        What the outputs mean; where the card does not say, a sentence that says so and why.
    logits
        The outputs before any softmax or sigmoid, one a class; of classification and regression. Of one
        output that tells two classes apart, the first class has its negative: the logarithm of its odds.
        Of a classification without probabilities they are the outputs, which may be no logits.
    probabilities
        Their softmax, or the sigmoid of each; of classification, where the outputs are known to be logits or
        probabilities.
    value, unit
        Of regression.
    volumes
        mm³ of every class; of segmentation. Each voxel is given to its largest output or, where outputs are
        independent labels, to all whose probability is above one half.
    notes
        What preparing the scan had to say.
    warnings
        Where the scan is known not to be what the network asks for.
    empty
        What the network answers to an empty scan; None where it was not asked.
    """

    kind: ModelKind
    classes: tuple[str, ...]
    logits: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()
    value: float | None = None
    unit: str = ""
    volumes: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    output: OutputKind = OutputKind.SOFTMAX
    guess: str = ""
    warnings: tuple[str, ...] = ()
    empty: Prediction | None = None

    @property
    def best(self) -> int | None:
        """The class that is the answer; None where there is none: no class, or several, may be present."""
        if not self.probabilities or len(self.probabilities) == 1 or self.output is OutputKind.MULTI_LABEL:
            return None
        return self.probabilities.index(max(self.probabilities))

    @property
    def present(self) -> tuple[int, ...]:
        """The class that is the answer, or those whose probability is above one half."""
        if self.best is not None:
            return (self.best,)
        return tuple(index for index, share in enumerate(self.probabilities) if share > DECISION_THRESHOLD)

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that a reader should know beside the answer: warnings, an empty scan's answer, and notes."""
        empty = "" if self.empty is None else describe_empty_prediction(self.empty)
        return (*self.warnings, *((empty,) if empty else ()), *self.notes)

    def as_json(self) -> dict[str, Any]:
        """Plain values; empty ones are left out."""
        entries: dict[str, Any] = {
            "kind": str(self.kind),
            "classes": list(self.classes),
            "output": str(self.output),
        }
        if self.guess:
            entries["guess"] = self.guess
        for name in ("logits", "probabilities", "volumes"):
            if getattr(self, name):
                entries[name] = list(getattr(self, name))
        if self.remarks:
            entries["notes"] = list(self.remarks)
        if self.empty is not None:
            entries["empty"] = self.empty.as_json()
        if self.value is not None:
            entries |= {"value": self.value, "unit": self.unit}
        return entries


def prediction_from_json(entries: Mapping[str, Any]) -> Prediction:
    """Return the prediction of a classification or a regression that a map's sidecar recorded.

    Sidecars of old do not say what the outputs mean, and gave the single logit of a network with one output
    a softmax, which is always 1: there its sigmoid is taken.
    """
    kind = next((one for one in ModelKind if one == entries.get("kind")), ModelKind.CLASSIFICATION)
    output = next((one for one in OutputKind if one == entries.get("output")), None)
    logits, shares = tuple(entries["logits"]), tuple(entries.get("probabilities", ()))
    if output is None:
        output = OutputKind.SOFTMAX if kind is ModelKind.CLASSIFICATION else OutputKind.VALUE
        if len(shares) == 1:
            output, shares = OutputKind.SIGMOID, (1 / (1 + math.exp(-max(logits[0], -700.0))),)
    return Prediction(
        kind,
        tuple(entries["classes"]),
        logits,
        shares,
        entries.get("value"),
        str(entries.get("unit", "")),
        output=output,
        guess=str(entries.get("guess", "")),
    )


def predict(
    model: Model, scan: Scan, device: str | torch.device = "auto", progress: Progress | None = None
) -> Prediction:
    """Ask a network about a scan: class names with logits and probabilities, or a regression's value.

    Parameters
    ----------
    model : Model
        The network; it is not changed.
    scan : Scan
        What it is asked about, prepared as the model's card says.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    progress : Progress, optional
        Told of every window or slice, where the card asks for several, and asked whether to stop.

    Returns
    -------
    Prediction
        ``classes``, ``logits`` and ``probabilities`` of a classification, ``value`` and ``unit`` of a
        regression, ``volumes`` in mm³ of a segmentation, and ``remarks`` that a reader should know.

    Raises
    ------
    ModelError
        The scan cannot be prepared, or the network does not answer with one number a class.
    ViewerError
        There is no such device.
    Cancelled
        ``progress`` said so.

    Examples
    --------
    >>> import viewer
    >>> said = viewer.predict(viewer.load_model("demo"), viewer.load_scan("simulated-lesions"))
    >>> said.classes[said.best]
    'lesion'
    """
    from viewer.jobs.device import select_device

    chosen = str(select_device(device))
    prepared = model.prepare(scan)
    found = predict_prepared(model, prepared, chosen, progress)
    return replace(
        found, warnings=scan_warnings(scan, model.card), empty=predict_empty(model, prepared, chosen)
    )


def predict_empty(model: Model, prepared: PreparedInput, device: str = "cpu") -> Prediction | None:
    """Ask the network about an empty scan; None where it answers at every voxel, or is asked many times.

    What it answers may be no number: that is told as it is, and keeps nobody from asking about a scan.
    """
    card = model.card
    windows = sliding_windows_for(card.input, tuple(prepared.tensor.shape[2:]))
    if card.kind is ModelKind.SEGMENTATION or windows is not None or prepared.slices > 1:
        return None
    nothing = replace(prepared, tensor=empty_input(prepared.tensor, card.input), notes=())
    answer = _compute_outputs(model, nothing, device)
    if bool(answer.isfinite().all()):
        return _interpret_outputs(model, nothing, answer)
    scores = tuple(answer[0].tolist())
    names = output_names(card, len(scores))
    value = scores[0] if card.kind is ModelKind.REGRESSION else None
    return Prediction(card.kind, names, scores, value=value, unit=card.unit, output=OutputKind.VALUE)


def predict_prepared(
    model: Model, prepared: PreparedInput, device: str = "cpu", progress: Progress | None = None
) -> Prediction:
    """Ask the network about a scan that is prepared already.

    ``progress`` is told of every window or slice, where the card asks for several, and asked whether to stop.

    Raises
    ------
    ModelError
        The network does not take the tensor, or does not answer with one finite number a class.
    """
    answer = _compute_outputs(model, prepared, device, progress)
    if not bool(answer.isfinite().all()):
        raise ModelError(model.card.name, *NOT_FINITE)
    return _interpret_outputs(model, prepared, answer)


def _compute_outputs(
    model: Model, prepared: PreparedInput, device: str = "cpu", progress: Progress | None = None
) -> torch.Tensor:
    """The network's outputs (N, outputs, ...): in windows or slices where the card asks for several."""
    import torch

    card = model.card
    tensor = prepared.tensor
    windows = sliding_windows_for(card.input, tuple(tensor.shape[2:]))
    try:
        if windows is not None:
            answer = sliding_window_logits(model, tensor, windows, device, progress)
        elif prepared.slices > 1:
            answer = slicewise_logits(model, tensor, device, progress)
        else:
            with torch.inference_mode():
                answer = model.logits(tensor.to(device))
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        shape = "×".join(str(size) for size in tensor.shape)
        first = str(error).strip().partition("\n")[0]
        raise ModelError(card.name, f"does not take an input of {shape} ({first})") from error
    _check_outputs(card, answer)
    return answer


def _interpret_outputs(model: Model, prepared: PreparedInput, answer: torch.Tensor) -> Prediction:
    """What finite outputs (N, outputs, ...) say about a scan."""
    card, tensor = model.card, prepared.tensor
    windows = sliding_windows_for(card.input, tuple(tensor.shape[2:]))
    said = tuple(dict.fromkeys((*prepared.notes, *model.notes)))
    meaning = model.output_meaning(
        answer, crop_window(tensor, next(windows.slices())) if windows else tensor[:1]
    )
    if card.kind is ModelKind.SEGMENTATION:
        classes, volumes = _volumes(answer.cpu(), meaning, card, prepared)
        doubt = "" if meaning.kind is OutputKind.SOFTMAX else meaning.probability_note(answer)
        return Prediction(
            card.kind,
            classes,
            volumes=volumes,
            notes=(*said, doubt) if doubt else said,
            output=meaning.kind,
            guess=meaning.sentence,
        )
    if answer.ndim != 2:
        raise ModelError(card.name, "answers at every voxel", "its card's kind must be 'segmentation'")
    notes = said
    if prepared.slices > 1:
        answer, how = aggregate_slices(answer, model, prepared, meaning)
        notes = (*notes, how)
    return interpret_scores(card, answer[0], meaning, notes)


def _check_outputs(card: Card, answer: object) -> None:
    """Raise ModelError where the network does not answer as many numbers as its card names."""
    import torch

    if not isinstance(answer, torch.Tensor):
        raise ModelError(card.name, f"answers with {type(answer).__name__}, and one tensor is needed")
    found = "×".join(str(size) for size in answer.shape) or "one number"
    if answer.ndim < 2:
        raise ModelError(card.name, f"answers {found}, and one row of outputs for each scan is needed")
    if answer.shape[1] not in output_counts(card):
        number = f"{len(card.classes)} class{'es' * (len(card.classes) != 1)}"
        raise ModelError(
            card.name,
            f"has {answer.shape[1]} outputs (it answers {found}), and its card names {number}",
            "name one class for each output",
        )


def interpret_scores(
    card: Card, scores: torch.Tensor, meaning: OutputMeaning, notes: tuple[str, ...] = ()
) -> Prediction:
    """What one number an output, shape (outputs,), says: of a classification or a regression.

    Raises
    ------
    ModelError
        The card does not say what several outputs of a regression mean.
    """
    import torch

    scores = scores.detach().double().cpu()[None]
    logits = tuple(meaning.logits(scores)[0].tolist())
    shares = meaning.probabilities(scores)
    if shares is not None:
        probabilities = tuple(shares[0].tolist())
        if len(logits) == 1 and len(card.classes) == 2:
            logits, probabilities = (-logits[0], logits[0]), (1 - probabilities[0], probabilities[0])
        return Prediction(
            card.kind,
            card.classes,
            logits,
            probabilities,
            notes=(*notes, *((doubt,) if (doubt := meaning.probability_note(scores)) else ())),
            output=meaning.kind,
            guess=meaning.sentence,
        )
    if card.kind is ModelKind.CLASSIFICATION:  # of numbers that nobody knows how to make probabilities of
        return Prediction(
            card.kind,
            output_names(card, len(logits)),
            logits,
            notes=notes,
            output=OutputKind.VALUE,
            guess=meaning.sentence,
        )
    if card.values:
        bins = torch.softmax(scores[0], 0).tolist()
        value = sum(share * number for share, number in zip(bins, card.values, strict=True))
    elif len(logits) == 1:
        value = logits[0]
    else:
        raise ModelError(card.name, f"regresses with {len(logits)} outputs", "its card must say 'values'")
    return Prediction(
        card.kind,
        card.classes,
        logits,
        value=value,
        unit=card.unit,
        notes=notes,
        output=OutputKind.VALUE,
    )


def _volumes(
    outputs: torch.Tensor, meaning: OutputMeaning, card: Card, prepared: PreparedInput
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Every class and its mm³; the outputs (N, outputs, spatial...) may be coarser than the input."""
    counts = count_voxels(outputs, meaning).tolist()
    voxels = outputs[:, 0].numel()
    if len(counts) == 1 and len(card.classes) == 2:
        counts = [voxels - counts[0], counts[0]]
    shape = prepared.grid.shape
    size = prepared.grid.voxel_volume * shape[0] * shape[1] * shape[2] / voxels
    return card.classes, tuple(count * size for count in counts)


def count_voxels(outputs: torch.Tensor, meaning: OutputMeaning) -> torch.Tensor:
    """How many voxels of (N, outputs, spatial...) each output has, shape (outputs,).

    Of a softmax each voxel goes to its largest output; of sigmoids to all above one half.
    """
    import torch

    if meaning.kind is OutputKind.SOFTMAX:
        return torch.bincount(outputs.argmax(1).flatten(), minlength=outputs.shape[1])
    shares = meaning.probabilities(outputs)
    above = (outputs if shares is None else shares) > DECISION_THRESHOLD
    return above.movedim(1, 0).flatten(1).sum(1)


def describe_empty_prediction(empty: Prediction) -> str:
    """Tell what the network answers to an empty scan, beside which its answer to this one stands."""
    if empty.probabilities and empty.output is OutputKind.MULTI_LABEL:
        labels = zip(empty.classes, empty.probabilities, strict=True)
        return "an empty scan gets " + ", ".join(f"{name} {share:.1%}" for name, share in labels)
    if empty.probabilities:
        most = max(range(len(empty.probabilities)), key=empty.probabilities.__getitem__)
        return f"an empty scan gets {empty.classes[most]}, {empty.probabilities[most]:.1%}"
    if empty.kind == "classification":
        values = zip(empty.classes, empty.logits, strict=True)
        return "an empty scan gets " + ", ".join(f"{name} {value:.4g}" for name, value in values)
    return "" if empty.value is None else f"an empty scan gets {empty.value:.4g} {empty.unit}".rstrip()
