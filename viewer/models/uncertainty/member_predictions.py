"""Spread of the predictions of members."""

from __future__ import annotations

from collections.abc import Sequence

from viewer.errors import ModelError
from viewer.models.predict import Prediction
from viewer.models.uncertainty.kinds import UncertaintyKind
from viewer.models.uncertainty.prediction_spread import PredictionSpread


def spread_of(predictions: Sequence[Prediction], kind: UncertaintyKind, seed: int | None) -> PredictionSpread:
    """Return the spread of the members' predictions.

    Raises
    ------
    ModelError
        The outputs of the members differ in meaning.
    """
    read = [_read(one) for one in predictions]
    quantity, names, _ = read[0]
    if any(one[:2] != (quantity, names) for one in read):
        raise ModelError("ensemble", "some of its networks output probabilities and others do not")
    return PredictionSpread(kind, quantity, names, tuple(row for *_, row in read), seed)


def _read(found: Prediction) -> tuple[str, tuple[str, ...], tuple[float, ...]]:
    """Return the predicted quantity, the outputs' names, and the numbers."""
    if found.value is not None:
        return "value", (found.unit,), (found.value,)
    if found.volumes:
        return "volume", found.classes, found.volumes
    if found.probabilities:
        return "probability", found.classes, found.probabilities
    return "output", found.classes, found.logits
