"""Spread of the predictions of members."""

from __future__ import annotations

from collections.abc import Sequence

from viewer.errors import ModelError
from viewer.models.predict import Prediction
from viewer.models.uncertainty.kinds import UncertaintyKind
from viewer.models.uncertainty.prediction_spread import PredictionSpread


def compute_spread(
    predictions: Sequence[Prediction], kind: UncertaintyKind, seed: int | None
) -> PredictionSpread:
    """Return the spread of the members' predictions.

    Raises
    ------
    ModelError
        The outputs of the members differ in meaning.
    """
    readings = [_read_outputs(item) for item in predictions]
    quantity, names, _ = readings[0]
    if any(item[:2] != (quantity, names) for item in readings):
        raise ModelError("ensemble", "some of its networks output probabilities and others do not")
    return PredictionSpread(kind, quantity, names, tuple(row for *_, row in readings), seed)


def _read_outputs(prediction: Prediction) -> tuple[str, tuple[str, ...], tuple[float, ...]]:
    """Return the predicted quantity, the outputs' names, and the numbers."""
    if prediction.value is not None:
        return "value", (prediction.unit,), (prediction.value,)
    if prediction.volumes:
        return "volume", prediction.classes, prediction.volumes
    if prediction.probabilities:
        return "probability", prediction.classes, prediction.probabilities
    return "output", prediction.classes, prediction.logits
