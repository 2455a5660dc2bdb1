"""Open cohort and the selection in it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CohortView:
    """A cohort's folder, and the selection in it.

    Parameters
    ----------
    folder
        Folder written by `viewer.cohort`.
    model, method
        Labels of the network and of the method whose maps are shown; empty for the first.
    among
        Filter of the participants, as read by `viewer.cohorts.participant_filter`; empty for all.
    participant
        Label of the participant whose map is shown, such as ``sub-07``; empty for none.
    hash
        Hash of plan and participants (`viewer.cohorts.cohort_table.CohortTable.hash`) when opened;
        empty if unknown.
    """

    folder: Path
    model: str = ""
    method: str = ""
    among: str = ""
    participant: str = ""
    hash: str = ""
