"""Which cohort is open, and what of it is chosen, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CohortView:
    """A cohort's folder, and what is chosen in it.

    Parameters
    ----------
    folder
        Folder that `viewer.cohort` wrote.
    model, method
        Labels of the network and of the method whose maps are shown; empty for the first.
    among
        Filter of the participants, as `viewer.cohorts.participant_filter` reads it; empty for all.
    participant
        Label of the participant whose map is shown, such as ``sub-07``; empty for none.
    hash
        Hash of plan and participants (`viewer.cohorts.cohort_table.CohortTable.hash`) as they were opened;
        empty if unknown.
    """

    folder: Path
    model: str = ""
    method: str = ""
    among: str = ""
    participant: str = ""
    hash: str = ""
