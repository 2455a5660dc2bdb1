"""Predictions of a cohort as a table, from the sidecars of its maps."""

from __future__ import annotations

from collections.abc import Iterator

from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.participants import Participants
from viewer.cohorts.plan import CohortPlan
from viewer.scans.sidecar import read_sidecar

PREDICTION_COLUMNS = ("participant_id", "session_id", "model", "output", "logit", "probability", "fit")
MISSING = "n/a"


def prediction_rows(
    derivatives: Derivatives, participants: Participants, plan: CohortPlan
) -> Iterator[tuple[str, ...]]:
    """Yield a row for every scan, network and output: the logit or value, the probability, and the fit.

    A network with an output at every voxel has no row, nor has a scan without a map.
    """
    for row in participants.rows:
        session = f"ses-{row.session_id}" if row.session_id else MISSING
        for model in plan.models:
            paths = (
                derivatives.map_path(row, name)
                for name, pair in plan.descriptions().items()
                if pair[0] == model
            )
            path = next((path for path in paths if path.is_file()), None)
            if path is None:
                continue
            made, _ = read_sidecar(path)
            prediction, fit = made.prediction, str(made.fit.get("verdict", MISSING))
            start = f"sub-{row.participant_id}", session, model.label
            if "value" in prediction:
                unit = str(prediction.get("unit") or "value")
                yield (*start, unit, _number(prediction["value"]), MISSING, fit)
                continue
            logits = prediction.get("logits", [])
            chances = prediction.get("probabilities", [None] * len(logits))
            for name, logit, chance in zip(prediction.get("classes", ()), logits, chances, strict=True):
                yield (*start, str(name), _number(logit), _number(chance), fit)


def _number(value: float | None) -> str:
    return MISSING if value is None else repr(float(value))
