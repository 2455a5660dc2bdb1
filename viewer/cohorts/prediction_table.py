"""Predictions of a cohort as a table, from the sidecars of its maps."""

from __future__ import annotations

from collections.abc import Iterator

from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.participants import Participants
from viewer.cohorts.plan import make_description
from viewer.scans.sidecar import read_sidecar

PREDICTION_COLUMNS = ("participant_id", "session_id", "model", "output", "logit", "probability", "fit")
MISSING = "n/a"


def prediction_rows(derivatives: Derivatives, participants: Participants) -> Iterator[tuple[str, ...]]:
    """Yield a row for every scan, network and output: the logit or value, the probability, and the fit.

    All networks of the folder are included, also those of earlier runs. Networks with an output at every
    voxel and scans without a map have no row.
    """
    entries = derivatives.read_plan()
    models, methods = entries["models"], entries["methods"]
    for row in participants.rows:
        session = f"ses-{row.session_id}" if row.session_id else MISSING
        for model in models:
            paths = (derivatives.map_path(row, make_description(model, method)) for method in methods)
            sidecars = (read_sidecar(path)[0] for path in paths if path.is_file())
            # After an interrupted run, some maps may still be from an earlier version of the network's file.
            provenance = next(
                (sidecar for sidecar in sidecars if sidecar.model.get("hash") == models[model]["hash"]), None
            )
            if provenance is None:
                continue
            prediction, fit = provenance.prediction, str(provenance.fit.get("verdict", MISSING))
            keys = f"sub-{row.participant_id}", session, model
            if "value" in prediction:
                unit = str(prediction.get("unit") or "value")
                yield (*keys, unit, _format_number(prediction["value"]), MISSING, fit)
                continue
            logits = prediction.get("logits", [])
            probabilities = prediction.get("probabilities", [None] * len(logits))
            for name, logit, probability in zip(
                prediction.get("classes", ()), logits, probabilities, strict=True
            ):
                yield (*keys, str(name), _format_number(logit), _format_number(probability), fit)


def _format_number(value: float | None) -> str:
    return MISSING if value is None else repr(float(value))
