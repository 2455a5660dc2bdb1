"""Table of a cohort's participants with their predictions, maps and failures."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from viewer.cohorts.cohort_folder import CohortFolder, read_cohort_folder
from viewer.cohorts.derivatives import FAILURE_COLUMNS, FAILURES_FILE, PARTICIPANTS_FILE, PREDICTIONS_FILE
from viewer.cohorts.participant_filter import numeric_value
from viewer.cohorts.participants import Participant
from viewer.cohorts.prediction_table import PREDICTION_COLUMNS
from viewer.errors import ScanError
from viewer.files import is_file, open_regular
from viewer.json_text import printable
from viewer.number_format import format_count
from viewer.progress import Progress
from viewer.scans.scan_table import is_missing, read_table_lines

MAX_GROUPS = 5
"""Number of distinct values up to which a numeric column is also offered as groups."""


@dataclass(frozen=True)
class CohortPrediction:
    """Prediction of one network for one scan.

    Parameters
    ----------
    outputs
        Probability (if there is none, the logit or value) by output name.
    are_probabilities
        Whether these are probabilities.
    fit_verdict
        Verdict on whether the scan fits the network: "ok", "caution" or "unfit"; "n/a" if unknown.
    """

    outputs: Mapping[str, float]
    are_probabilities: bool
    fit_verdict: str

    def largest_output(self) -> str:
        """Return the name of the largest output; empty if there is none."""
        return max(self.outputs, key=lambda name: self.outputs[name], default="")


@dataclass(frozen=True, eq=False)
class CohortTable:
    """Contents of the table of a cohort.

    Parameters
    ----------
    cohort_folder
        Plan and participants.
    predictions
        Predictions by participant label and network label.
    failures
        Reasons for failed maps by participant label and map description.
    existing_maps
        Participant label and description of each map that exists.
    notes
        Notes on what is incomplete, one sentence each.
    hash
        SHA-256 of the plan file and the participants file.
    """

    cohort_folder: CohortFolder
    predictions: Mapping[tuple[str, str], CohortPrediction]
    failures: Mapping[tuple[str, str], str]
    existing_maps: frozenset[tuple[str, str]]
    notes: tuple[str, ...]
    hash: str = ""

    @property
    def rows(self) -> tuple[Participant, ...]:
        """Participants in the table's order."""
        return self.cohort_folder.rows

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the additional columns of the participants."""
        return tuple(self.rows[0].values)

    def distinct_values(self, column: str) -> tuple[str, ...]:
        """Return the distinct values of a column, sorted, without missing ones."""
        entries = {row.values[column] for row in self.rows} - {
            entry for entry in (row.values[column] for row in self.rows) if is_missing(entry)
        }
        return tuple(sorted(entries, key=_sort_key))

    def is_numeric(self, column: str) -> bool:
        """Return whether a column has values and all of them are numbers; missing values are ignored."""
        present = [row for row in self.rows if not is_missing(row.values[column])]
        return bool(present) and all(math.isfinite(numeric_value(row, column)) for row in present)

    def has_groups(self, column: str) -> bool:
        """Return whether a column divides the participants into groups: text, or few distinct numbers."""
        count = len(self.distinct_values(column))
        return count >= 2 and (not self.is_numeric(column) or count <= MAX_GROUPS)

    def map_status(self, row: Participant, description: str) -> str:
        """Return why a map failed; "missing" if it does not exist for an unknown reason, else ""."""
        key = row.label, description
        if key in self.failures:
            return self.failures[key]
        return "" if key in self.existing_maps else "missing"


def is_control(value: str) -> bool:
    """Return whether a value is a common name for healthy controls: a guess, for suggestions only."""
    return value.casefold() in ("control", "controls", "cn", "hc", "nc", "healthy", "normal")


def suggest_control_filter(table: CohortTable) -> str:
    """Return a filter that selects likely controls, as a suggestion; empty if no column names any."""
    filters = (
        f"{column}={value}"
        for column in table.columns
        for value in table.distinct_values(column)
        if is_control(value)
    )
    return next(filters, "")


def read_cohort_table(path: str | Path, progress: Progress | None = None) -> CohortTable:
    """Read a folder that `viewer.cohort` wrote: participants, predictions, failures and existing maps.

    Raises
    ------
    ScanError
        The folder is not a cohort's, or one of its tables is damaged.
    Cancelled
        ``progress`` was cancelled.
    """
    progress = progress or Progress()
    folder = read_cohort_folder(path)
    derivatives, notes = folder.derivatives, []
    descriptions = [folder.description(model, method) for model in folder.models for method in folder.methods]
    existing_maps = set()
    for index, row in enumerate(folder.rows):
        progress.step(index, len(folder.rows))
        existing_maps |= {
            (row.label, description)
            for description in descriptions
            if is_file(derivatives.map_path(row, description))
        }
    failures_path = derivatives.folder / FAILURES_FILE
    predictions_path = derivatives.folder / PREDICTIONS_FILE
    unfinished_text = "the run was not finished; the same command continues it"
    failures: dict[tuple[str, str], str] = {}
    predictions: dict[tuple[str, str], CohortPrediction] = {}
    if is_file(failures_path):
        failures = _read_failures(failures_path)
    if is_file(predictions_path):
        predictions = _read_predictions(predictions_path)
    else:
        notes.append(f"There is no {PREDICTIONS_FILE}: {unfinished_text}.")
    # A later run may have computed maps that failed in an earlier one.
    failures = {key: reason for key, reason in failures.items() if key not in existing_maps}
    digest = hashlib.sha256()
    for path in (derivatives.plan_file, derivatives.folder / PARTICIPANTS_FILE):
        with open_regular(path, ScanError) as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return CohortTable(
        folder, predictions, failures, frozenset(existing_maps), tuple(notes), digest.hexdigest()
    )


def _read_failures(path: Path) -> dict[tuple[str, str], str]:
    rows = _read_rows(path, FAILURE_COLUMNS)
    return {(row["participant"], row["desc_id"]): printable(row["error"]) for row in rows}


def _read_predictions(path: Path) -> dict[tuple[str, str], CohortPrediction]:
    outputs: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
    fits: dict[tuple[str, str], str] = {}
    for row in _read_rows(path, PREDICTION_COLUMNS):
        session = row["session_id"]
        label = row["participant_id"] + (f"_{session}" if not is_missing(session) else "")
        key = label, row["model"]
        values = _read_number(path, row, "logit"), _read_number(path, row, "probability")
        outputs.setdefault(key, {})[printable(row["output"])] = values
        fits[key] = printable(row["fit"])
    predictions = {}
    for key, row_values in outputs.items():
        has_probabilities = all(math.isfinite(probability) for _, probability in row_values.values())
        predictions[key] = CohortPrediction(
            {
                name: probability if has_probabilities else logit
                for name, (logit, probability) in row_values.items()
            },
            has_probabilities,
            fits[key],
        )
    return predictions


def _read_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    lines = read_table_lines(path, "run the cohort again")
    if tuple(lines[0][1]) != columns:
        raise ScanError(path, f"does not have the columns {', '.join(columns)}", "run the cohort again")
    rows = []
    for line_number, values in lines[1:]:
        if len(values) != len(columns):
            raise ScanError(
                f"{path}, line {line_number}",
                f"has {format_count(len(values), 'column')} instead of {len(columns)}",
            )
        rows.append(dict(zip(columns, values, strict=True)))
    return rows


def _read_number(path: Path, row: Mapping[str, str], column: str) -> float:
    text = row[column]
    if is_missing(text):
        return math.nan
    try:
        return float(text)
    except ValueError:
        problem = f"{column} of {row['participant_id']} is {text!r}, which is not a number"
        raise ScanError(path, problem, "run the cohort again") from None


def _sort_key(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return math.inf, text.casefold()
