"""Files of a cohort: maps named as BIDS derivatives, and the tables beside them.

Follows the BIDS specification 1.10, "Derivatives": ``dataset_description.json``, ``descriptions.tsv``, and
``sub-01/anat/sub-01_desc-adnetLrpEpsilon_relevance.nii.gz`` with its sidecar.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.cohorts.participants import Participant, Participants
from viewer.cohorts.plan import CohortPlan, make_description, same_values
from viewer.errors import ScanError
from viewer.files import is_folder, open_regular
from viewer.json_text import json_text, to_json_value
from viewer.resource_files import version
from viewer.scans.atomic_write import atomic_write
from viewer.scans.file_types import COHORT_PLAN, read_json_object
from viewer.scans.scan_table import read_table_lines

BIDS_VERSION = "1.10.0"
PLAN_FILE = COHORT_PLAN
PARTICIPANTS_FILE = "participants.tsv"
FAILURES_FILE = "failures.tsv"
FAILURE_COLUMNS = ("participant", "desc_id", "error")
PREDICTIONS_FILE = "predictions.tsv"
SUFFIX = "relevance"


@dataclass(frozen=True)
class Derivatives:
    """Folder with the maps of a cohort."""

    folder: Path

    @property
    def plan_file(self) -> Path:
        """Plan file, which identifies the folder of a cohort."""
        return self.folder / PLAN_FILE

    def map_path(self, participant: Participant, description: str) -> Path:
        """Return the path of one map."""
        return self._image_folder(participant) / f"{participant.label}_desc-{description}_{SUFFIX}.nii.gz"

    def features_path(self, participant: Participant, model_label: str) -> Path:
        """Return the path of the features that a network computes from a scan."""
        return self._image_folder(participant) / f"{participant.label}_desc-{model_label}_features.json"

    def _image_folder(self, participant: Participant) -> Path:
        folder = self.folder / f"sub-{participant.participant_id}"
        if participant.session_id:
            folder = folder / f"ses-{participant.session_id}"
        return folder / "anat"

    def read_plan(self) -> dict[str, Any]:
        """Return the entries of the plan; empty if the folder contains no cohort yet.

        Raises
        ------
        ScanError
            The folder contains files other than a cohort's, or its plan cannot be read.
        """
        if not is_folder(self.folder):
            if self.folder.exists():
                raise ScanError(self.folder, "is not a folder", "name a folder for the results")
            return {}
        if not self.plan_file.is_file():
            if any(self.folder.iterdir()):
                raise ScanError(self.folder, "holds other files", "name a new folder, or that of a cohort")
            return {}
        return read_json_object(self.plan_file)

    def write_metadata(
        self, plan: CohortPlan, entries: Mapping[str, Any], participants: Participants
    ) -> None:
        """Write the plan, the participants and the descriptions.

        Raises
        ------
        ScanError
            The folder contains maps with other settings, or cannot be written.
        """
        earlier = self.read_plan().get("settings")
        if earlier is not None and not same_values(earlier, plan.settings()):
            settings = plan.settings()
            changed = [name for name in settings if not same_values(settings[name], earlier.get(name))]
            text = ", ".join(f"{name} {earlier.get(name)}" for name in changed)
            raise ScanError(self.folder, f"holds maps of other settings ({text})", "name another folder")
        models = self.read_plan().get("models", {})
        for label, network in entries["models"].items():
            # The card defines the preparation of a scan: with another card, the existing maps would differ.
            if models.get(label, network).get("card") != network.get("card"):
                raise ScanError(
                    self.folder, f"holds maps of {label} with another card", "name another folder"
                )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write_json(PLAN_FILE, entries)
            self._write_json("dataset_description.json", _dataset_description(participants.path))
            self.write_table(PARTICIPANTS_FILE, *_participant_rows(participants))
            self.write_table("descriptions.tsv", ("desc_id", "description"), _description_rows(entries))
        except OSError as error:
            raise ScanError(self.folder, f"cannot be written ({error.strerror or error})") from error

    def read_earlier_failures(self, participants: Participants, plan: CohortPlan) -> list[tuple[str, ...]]:
        """Return the failures of earlier runs, with networks or methods other than the plan's, as table rows.

        Raises
        ------
        ScanError
            The table is damaged.
        """
        path = self.folder / FAILURES_FILE
        if not path.is_file():
            return []
        labels, descriptions = {row.label for row in participants.rows}, plan.descriptions()
        rows = (tuple(values) for _, values in read_table_lines(path, "delete it")[1:])
        return [row for row in rows if len(row) == 3 and row[0] in labels and row[1] not in descriptions]

    def write_table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
        """Write a tab-separated table of this folder; return its path."""
        return write_table(self.folder / name, columns, rows)

    def _write_json(self, name: str, entries: Mapping[str, Any]) -> None:
        with atomic_write(self.folder / name) as file:
            file.write(json_text(to_json_value(entries)).encode())


def check_table(path: Path, columns: Sequence[str]) -> None:
    """Raise ScanError if writing a table would replace a file that is not such a table."""
    if not (path.exists() or path.is_symlink()):
        return
    heading = "\t".join(columns).encode() + b"\n"
    if path.is_symlink() or not path.is_file() or not _starts_with(path, heading):
        raise ScanError(path, "was not written by this command, and would be replaced", "choose another name")


def _starts_with(path: Path, prefix: bytes) -> bool:
    with open_regular(path, ScanError) as file:
        return file.read(len(prefix)) == prefix


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """Write a tab-separated table; return its path."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())
    return path


def _dataset_description(source: Path) -> dict[str, Any]:
    return {
        "Name": f"Relevance maps of {source.stem}",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "Saliency Viewer", "Version": version()}],
        "SourceDatasets": [{"URL": source.resolve().as_uri()}],
    }


def _participant_rows(participants: Participants) -> tuple[Sequence[str], list[list[str]]]:
    has_sessions = any(row.session_id for row in participants.rows)
    columns = ["participant_id", *(["session_id"] if has_sessions else []), *participants.columns]
    rows = [
        [
            f"sub-{row.participant_id}",
            *([f"ses-{row.session_id}" if row.session_id else "n/a"] if has_sessions else []),
            *(row.values[name] for name in participants.columns),
        ]
        for row in participants.rows
    ]
    return columns, rows


def _description_rows(entries: Mapping[str, Any]) -> list[list[str]]:
    """Return a row for each network and method of the plan."""
    return [
        [make_description(label, name), f"{name} of {network['name']}"]
        for label, network in entries["models"].items()
        for name in entries["methods"]
    ]
