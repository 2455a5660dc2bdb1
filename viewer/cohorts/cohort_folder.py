"""Results of a cohort in a folder: participants, networks, methods and map files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.cohorts.derivatives import PARTICIPANTS_FILE, PLAN_FILE, Derivatives
from viewer.cohorts.participants import Participant, bids_label, session_label
from viewer.cohorts.plan import make_description, same_values
from viewer.errors import ScanError
from viewer.files import expand_user, is_folder
from viewer.number_format import format_count
from viewer.scans.scan_table import read_table_lines
from viewer.scans.sidecar import read_sidecar

_LABEL = re.compile(r"[A-Za-z0-9]{1,200}")
_METHOD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class CohortFolder:
    """Cohort in a folder.

    Parameters
    ----------
    derivatives
        The folder.
    rows
        Participants, without their images.
    models, methods
        Entries of the plan by network label and by method name.
    settings
        Target, preparation and the other settings that all maps share.
    """

    derivatives: Derivatives
    rows: tuple[Participant, ...]
    models: Mapping[str, Mapping[str, Any]]
    methods: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Any]

    def description(self, model: str | None = None, method: str | None = None) -> str:
        """Return the description of the maps of one network and method.

        Raises
        ------
        ScanError
            There is no such network or method, or there are several and none is named.
        """
        labels = []
        for kind, name, names in (("model", model, self.models), ("method", method, self.methods)):
            if name is None and len(names) == 1:
                name = next(iter(names))
            if name is None or name not in names:
                problem = (
                    f"has maps of several {kind}s" if name is None else f"has no maps of the {kind} {name}"
                )
                raise ScanError(
                    self.derivatives.folder, problem, f"name one of {', '.join(names)} with --{kind}"
                )
            labels.append(name)
        return make_description(*labels)

    def find_map_paths(
        self, description: str, rows: Sequence[Participant] | None = None
    ) -> dict[Participant, Path]:
        """Return the files of the maps by participant, in the table's order; missing ones are left out.

        Parameters
        ----------
        description
            Network and method.
        rows
            Participants; all by default.

        Raises
        ------
        ScanError
            There are none, or some were computed with another network or other parameters than the plan's.
        """
        participants = self.rows if rows is None else rows
        paths = {row: self.derivatives.map_path(row, description) for row in participants}
        existing = {row: path for row, path in paths.items() if path.is_file()}
        if not existing:
            remedy = "run the cohort; failures.tsv says what failed"
            raise ScanError(self.derivatives.folder, f"has no maps of {description}", remedy)
        self._check_current(description, existing)
        return existing

    def _check_current(self, description: str, paths: Mapping[Participant, Path]) -> None:
        """Raise ScanError if a map has an earlier network or parameters, as after an interrupted run."""
        model, method = next(
            (model, method)
            for model in self.models
            for method in self.methods
            if make_description(model, method) == description
        )
        network = self.models[model].get("hash")
        outdated = []
        for row, path in paths.items():
            provenance, _ = read_sidecar(path)
            map_network = provenance.model.get("hash")
            if (network and map_network and map_network != network) or not same_values(
                provenance.parameters, self.methods[method]
            ):
                outdated.append(row.label)
        if outdated:
            labels = ", ".join(outdated[:5]) + (", …" if len(outdated) > 5 else "")
            problem = (
                f"holds {format_count(len(outdated), 'map')} of an earlier network or parameters ({labels})"
            )
            raise ScanError(self.derivatives.folder, problem, "run the same cohort command again")


def read_cohort_folder(path: str | Path) -> CohortFolder:
    """Read the plan and the participants of a folder that `viewer.cohort` wrote.

    Raises
    ------
    ScanError
        The folder is not a cohort's, or one of its tables is damaged.
    """
    derivatives = Derivatives(expand_user(path, ScanError).absolute())
    if not is_folder(derivatives.folder):
        raise ScanError(path, "there is no such folder", "open it from where it is now")
    if not derivatives.plan_file.is_file():
        raise ScanError(path, f"is not a cohort folder: it has no {PLAN_FILE}", "make one with cohort")
    plan = derivatives.read_plan()
    sections = [plan.get(name) for name in ("models", "methods", "settings")]
    if not all(isinstance(section, dict) for section in sections):
        raise ScanError(derivatives.plan_file, "lacks the networks, methods or settings of a cohort")
    models, methods, settings = (dict(section or {}) for section in sections)
    # Names become parts of paths and command lines: those of another program's file must be validated.
    for name in models:
        if not _LABEL.fullmatch(name):
            raise ScanError(
                derivatives.plan_file, f"names a network {name!r}, which is not a valid network label"
            )
    for name in methods:
        if not _METHOD.fullmatch(name):
            raise ScanError(
                derivatives.plan_file, f"names a method {name!r}, which is not a valid method name"
            )
    return CohortFolder(
        derivatives, _read_rows(derivatives.folder / PARTICIPANTS_FILE), models, methods, settings
    )


def _read_rows(path: Path) -> tuple[Participant, ...]:
    lines = read_table_lines(path, "run the cohort again")
    names = lines[0][1]
    if "participant_id" not in names:
        raise ScanError(path, "has no column 'participant_id'", "run the cohort again")
    rows = []
    for line_number, values in lines[1:]:
        if len(values) != len(names):
            raise ScanError(
                f"{path}, line {line_number}",
                f"has {format_count(len(values), 'column')} instead of {len(names)}",
            )
        entries = dict(zip(names, values, strict=True))
        location = f"{path}, line {line_number}"
        # Labels become parts of paths: an edited table must not lead out of the folder.
        identifier = bids_label(location, "participant_id", entries.pop("participant_id"), "sub-")
        session = session_label(location, entries.pop("session_id", ""))
        rows.append(Participant(identifier, {}, session, None, entries, location))
    if not rows:
        raise ScanError(path, "lists no participants", "run the cohort again")
    return tuple(rows)
