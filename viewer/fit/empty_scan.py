"""Prediction of the network for an empty scan, for comparison."""

from __future__ import annotations

from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.models.predict import describe_empty_prediction, format_prediction, predict_empty

NAME = "empty scan"


def check_empty_scan(subject: FitSubject) -> FitCheck:
    """Report the prediction for an empty scan as a reference; it never counts against the scan."""
    if subject.prediction is not None:
        empty = subject.prediction.empty_scan_prediction
    elif subject.prepared is not None:
        empty = predict_empty(subject.model, subject.prepared, subject.device)
    else:
        empty = None
    if empty is None:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, "an empty scan is not shown to this network")
    sentence = describe_empty_prediction(empty)
    return FitCheck(NAME, FitVerdict.OK, sentence, format_prediction(empty), "for comparison")
