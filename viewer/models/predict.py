"""Prediction of a network for a scan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.models.fit_report import FitReport
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.models.output_kind import OutputKind
from viewer.models.output_meaning import DECISION_THRESHOLD, OutputMeaning, output_counts, output_names
from viewer.models.preprocessing import PreparedInput, make_empty_input
from viewer.models.segmentation import Segmentation
from viewer.models.slicewise import aggregate_slices, slicewise_logits
from viewer.models.sliding_window import crop_window, make_sliding_windows, sliding_window_logits
from viewer.models.uncertainty.prediction_spread import PredictionSpread, spread_from_json
from viewer.number_format import format_count, format_probability
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch


NOT_FINITE = (
    "its outputs for this input are not finite",
    "look at the scan's intensities and at the card's",
)
"""Problem and remedy in the error for outputs that are infinite or NaN."""


@dataclass(frozen=True)
class Prediction:
    """Prediction for a scan; fields that do not apply to its kind stay empty.

    Parameters
    ----------
    kind, classes
        As in the card.
    output, guess
        Meaning of the outputs; if the card does not state it, a sentence with the reason for the guess.
    logits
        Outputs before any softmax or sigmoid, one per class; for classification and regression. If one
        output distinguishes two classes, the first class has its negative: the log odds. For a
        classification without probabilities they are the outputs, which may not be logits.
    probabilities
        Softmax of the logits, or the sigmoid of each; for a classification whose outputs are known to be
        logits or probabilities.
    value, unit
        Value of a regression, and its unit.
    volumes
        Volume of every class in mm³, for segmentation. Each voxel is assigned to its largest output or, for
        independent labels, to all whose probability is above one half.
    notes
        Notes on the preprocessing of the scan.
    empty_scan_prediction
        Prediction for an empty scan; None if it was not computed.
    fit
        Whether the scan is like those that the network was trained on; None if it was not checked.
    segmentation
        Class of every voxel, for segmentation; not part of `as_json`.
    preparation
        How the scan was prepared, as plain values (`viewer.prepare`); empty if it was not prepared.
    uncertainty
        Spread over members: of an ensemble, of dropout or of small input moves; None if not measured.
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
    empty_scan_prediction: Prediction | None = field(default=None, repr=False)
    fit: FitReport | None = field(default=None, repr=False)
    preparation: Mapping[str, Any] = field(default_factory=dict, repr=False)
    uncertainty: PredictionSpread | None = None
    segmentation: Segmentation | None = field(default=None, compare=False, repr=False)

    @property
    def best(self) -> int | None:
        """Index of the predicted class; None if no class or several may be present."""
        if not self.probabilities or len(self.probabilities) == 1 or self.output is OutputKind.MULTI_LABEL:
            return None
        return self.probabilities.index(max(self.probabilities))

    @property
    def predicted_indices(self) -> tuple[int, ...]:
        """Index of the predicted class, or indices of those whose probability is above one half."""
        if self.best is not None:
            return (self.best,)
        return tuple(
            index for index, probability in enumerate(self.probabilities) if probability > DECISION_THRESHOLD
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks on the prediction: its uncertainty, the prediction for an empty scan, and notes."""
        empty = (
            ""
            if self.empty_scan_prediction is None
            else describe_empty_prediction(self.empty_scan_prediction)
        )
        return (*filter(None, (self.uncertainty_text, empty)), *self.notes)

    @property
    def uncertainty_text(self) -> str:
        """Interval of the predicted class, the value or all volumes, in a sentence; empty if not measured."""
        if self.uncertainty is None:
            return ""
        indices = range(len(self.uncertainty.names)) if self.best is None else (self.best,)
        return f"uncertainty: {self.uncertainty.describe_outputs(indices)}"

    def has_same_outputs(self, other: Prediction | None) -> bool:
        """Return whether another prediction has the same outputs, whatever their other fields."""
        return other is not None and all(
            getattr(self, name) == getattr(other, name) for name in ("classes", "logits", "value", "volumes")
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without empty ones."""
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
        if self.empty_scan_prediction is not None:
            entries["empty"] = self.empty_scan_prediction.as_json()
        if self.value is not None:
            entries |= {"value": self.value, "unit": self.unit}
        if self.fit is not None:
            entries["fit"] = self.fit.as_json()
        if self.preparation:
            entries["preparation"] = dict(self.preparation)
        if self.uncertainty is not None:
            entries["uncertainty"] = self.uncertainty.as_json()
        return entries


def prediction_from_json(entries: Mapping[str, Any]) -> Prediction:
    """Return the prediction of a classification or a regression recorded in a map's sidecar.

    Old sidecars lack the meaning of the outputs. For a network with one output, they contain the softmax of
    its single logit, which is always 1; the sigmoid is used instead.
    """
    kind = next((member for member in ModelKind if member == entries.get("kind")), ModelKind.CLASSIFICATION)
    output = next((member for member in OutputKind if member == entries.get("output")), None)
    logits, probabilities = tuple(entries["logits"]), tuple(entries.get("probabilities", ()))
    if output is None:
        output = OutputKind.SOFTMAX if kind is ModelKind.CLASSIFICATION else OutputKind.VALUE
        if len(probabilities) == 1:
            output, probabilities = OutputKind.SIGMOID, (1 / (1 + math.exp(-max(logits[0], -700.0))),)
    return Prediction(
        kind,
        tuple(entries["classes"]),
        logits,
        probabilities,
        entries.get("value"),
        str(entries.get("unit", "")),
        output=output,
        guess=str(entries.get("guess", "")),
        uncertainty=spread_from_json(entries["uncertainty"]) if "uncertainty" in entries else None,
    )


def predict_empty(model: Model, prepared: PreparedInput, device: str = "cpu") -> Prediction | None:
    """Return the prediction for an empty scan; None for segmentation and for inputs in windows or slices.

    Its outputs may be infinite or NaN; they are returned unchanged, as they do not concern the scan.
    """
    card = model.card
    windows = make_sliding_windows(card.input, tuple(prepared.tensor.shape[2:]))
    if card.kind is ModelKind.SEGMENTATION or windows is not None or prepared.slices > 1:
        return None
    empty = replace(prepared, tensor=prepared.tensor.clone(), notes=())
    empty.image[:] = make_empty_input(prepared.image, card.input)
    outputs = _compute_outputs(model, empty, device)
    if bool(outputs.isfinite().all()):
        return _interpret_outputs(model, empty, outputs)
    scores = tuple(outputs[0].tolist())
    names = output_names(card, len(scores))
    value = scores[0] if card.kind is ModelKind.REGRESSION else None
    return Prediction(card.kind, names, scores, value=value, unit=card.unit, output=OutputKind.VALUE)


def predict_prepared(
    model: Model, prepared: PreparedInput, device: str = "cpu", progress: Progress | None = None
) -> Prediction:
    """Run a network on a prepared scan.

    ``progress`` is updated for every window or slice, if the card specifies several, and checked for
    cancellation.

    Raises
    ------
    ModelError
        The network does not accept the tensor, or does not return one finite number per class.
    """
    outputs = _compute_outputs(model, prepared, device, progress)
    if not bool(outputs.isfinite().all()):
        raise ModelError(model.card.name, *NOT_FINITE)
    return _interpret_outputs(model, prepared, outputs)


def _compute_outputs(
    model: Model, prepared: PreparedInput, device: str = "cpu", progress: Progress | None = None
) -> torch.Tensor:
    """Compute the outputs (N, outputs, ...), over windows or slices if the card specifies them."""
    import torch

    card = model.card
    tensor = prepared.tensor
    windows = make_sliding_windows(card.input, tuple(tensor.shape[2:]))
    if windows is not None:
        outputs = sliding_window_logits(model, tensor, windows, device, progress)
    elif prepared.slices > 1:
        outputs = slicewise_logits(model, tensor, device, progress)
    else:
        with torch.inference_mode():
            outputs = model.logits(tensor.to(device))
    _check_outputs(card, outputs)
    return outputs


def _interpret_outputs(model: Model, prepared: PreparedInput, outputs: torch.Tensor) -> Prediction:
    """Return the prediction from finite outputs (N, outputs, ...)."""
    card, tensor = model.card, prepared.tensor
    windows = make_sliding_windows(card.input, tuple(tensor.shape[2:]))
    input_notes = tuple(dict.fromkeys((*prepared.notes, *model.notes)))
    meaning = model.output_meaning(
        outputs, crop_window(tensor, next(windows.slices())) if windows else tensor[:1]
    )
    if card.kind is ModelKind.SEGMENTATION:
        classes, volumes = _compute_volumes(outputs.cpu(), meaning, card, prepared)
        warning = "" if meaning.kind is OutputKind.SOFTMAX else meaning.probability_note(outputs)
        return Prediction(
            card.kind,
            classes,
            volumes=volumes,
            notes=(*input_notes, warning) if warning else input_notes,
            output=meaning.kind,
            guess=meaning.sentence,
            segmentation=(
                Segmentation.from_outputs(outputs.cpu(), meaning, card, prepared.grid)
                if prepared.slices == 1
                else None
            ),
        )
    if outputs.ndim != 2:
        raise ModelError(card.name, "has an output at every voxel", "its card's kind must be 'segmentation'")
    notes = input_notes
    if prepared.slices > 1:
        outputs, aggregation = aggregate_slices(outputs, model, prepared, meaning)
        notes = (*notes, aggregation)
    return interpret_scores(card, outputs[0], meaning, notes)


def _check_outputs(card: Card, outputs: object) -> None:
    """Raise ModelError if the outputs do not match the names in the card."""
    import torch

    if not isinstance(outputs, torch.Tensor):
        raise ModelError(card.name, f"returns {type(outputs).__name__}, but one tensor is needed")
    shape = "×".join(str(size) for size in outputs.shape) or "one number"
    if outputs.ndim < 2:
        raise ModelError(card.name, f"returns {shape}, but one row of outputs per scan is needed")
    if outputs.shape[1] not in output_counts(card):
        class_count = format_count(len(card.classes), "class", "classes")
        raise ModelError(
            card.name,
            f"has {format_count(outputs.shape[1], 'output')} (it returns {shape}), but its card names "
            f"{class_count}",
            "name one class for each output",
        )


def interpret_scores(
    card: Card, scores: torch.Tensor, meaning: OutputMeaning, notes: tuple[str, ...] = ()
) -> Prediction:
    """Return the prediction of a classification or a regression from its outputs, shape (outputs,).

    Raises
    ------
    ModelError
        A regression has several outputs, and the card lacks their ``values``.
    """
    import torch

    scores = scores.detach().double().cpu()[None]
    logits = tuple(meaning.logits(scores)[0].tolist())
    distribution = meaning.probabilities(scores)
    if distribution is not None:
        probabilities = tuple(distribution[0].tolist())
        if len(logits) == 1 and len(card.classes) == 2:
            logits, probabilities = (-logits[0], logits[0]), (1 - probabilities[0], probabilities[0])
        return Prediction(
            card.kind,
            card.classes,
            logits,
            probabilities,
            notes=(*notes, *((warning,) if (warning := meaning.probability_note(scores)) else ())),
            output=meaning.kind,
            guess=meaning.sentence,
        )
    if card.kind is ModelKind.CLASSIFICATION:  # its outputs cannot be converted to probabilities
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
        value = sum(probability * bin_value for probability, bin_value in zip(bins, card.values, strict=True))
    elif len(logits) == 1:
        value = logits[0]
    else:
        raise ModelError(
            card.name,
            f"is a regression with {format_count(len(logits), 'output')}",
            "its card must say 'values'",
        )
    return Prediction(
        card.kind,
        card.classes,
        logits,
        value=value,
        unit=card.unit,
        notes=notes,
        output=OutputKind.VALUE,
    )


def _compute_volumes(
    outputs: torch.Tensor, meaning: OutputMeaning, card: Card, prepared: PreparedInput
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return all classes and their volumes in mm³; outputs (N, outputs, spatial...) may be downsampled."""
    counts = count_voxels(outputs, meaning).tolist()
    voxels = outputs[:, 0].numel()
    if len(counts) == 1 and len(card.classes) == 2:
        counts = [voxels - counts[0], counts[0]]
    shape = prepared.grid.shape
    size = prepared.grid.voxel_volume * shape[0] * shape[1] * shape[2] / voxels
    return card.classes, tuple(count * size for count in counts)


def count_voxels(outputs: torch.Tensor, meaning: OutputMeaning) -> torch.Tensor:
    """Return the number of voxels of each output, shape (outputs,), from (N, outputs, spatial...).

    With a softmax, each voxel is assigned to its largest output; with sigmoids, to all above one half.
    """
    import torch

    if meaning.kind is OutputKind.SOFTMAX:
        return torch.bincount(outputs.argmax(1).flatten(), minlength=outputs.shape[1])
    probabilities = meaning.probabilities(outputs)
    above = (outputs if probabilities is None else probabilities) > DECISION_THRESHOLD
    return above.movedim(1, 0).flatten(1).sum(1)


def describe_empty_prediction(prediction: Prediction) -> str:
    """Describe the prediction for an empty scan, as a baseline for that of the actual scan."""
    predicted = format_prediction(prediction)
    return f"for an empty scan, the network predicts {predicted}" if predicted else ""


def format_prediction(prediction: Prediction) -> str:
    """Return the prediction for an empty scan in a few words; empty for a segmentation."""
    if prediction.probabilities and prediction.output is OutputKind.MULTI_LABEL:
        labels = zip(prediction.classes, prediction.probabilities, strict=True)
        return ", ".join(f"{name} {format_probability(probability)}" for name, probability in labels)
    if prediction.probabilities:
        best = max(range(len(prediction.probabilities)), key=prediction.probabilities.__getitem__)
        return f"{prediction.classes[best]}, {format_probability(prediction.probabilities[best])}"
    if prediction.kind == "classification":
        values = zip(prediction.classes, prediction.logits, strict=True)
        return ", ".join(f"{name} {value:.4g}" for name, value in values)
    return "" if prediction.value is None else f"{prediction.value:.4g} {prediction.unit}".rstrip()
