"""Configuration of a study for the saliency map of Mørch et al. 1995: its scans and their target.

Dialogs depend only on this module; heavy modules are imported in the functions that need them, in the
background.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ScanError, ViewerError
from viewer.json_text import printable

if TYPE_CHECKING:
    from viewer.scans.scan_table import ScanTable

SIMULATED_STUDIES = {
    "saccades": "Simulated: saccades at eight rates",
    "fingers": "Simulated: finger opposition against rest",
}
"""The studies that can be simulated, by their names in `viewer.scans.simulated_studies`."""


@dataclass(frozen=True)
class StudyScan:
    """One scan: its name, subject and target y, as in the table.

    ``path`` is None if the scan is not simulated yet; ``y_value`` is y as a number, or its class index.
    """

    name: str
    subject: str
    y: str
    y_value: float = 0.0
    path: Path | None = None
    volume: int | None = None


@dataclass(frozen=True)
class StudyTable:
    """The scans of a study in the order of its table.

    Parameters
    ----------
    title
        Display name of the study.
    scans
        The scans.
    classes
        Class names in order; empty if y is continuous.
    covariates
        The other columns.
    table_path
        Its file; None if it is not simulated yet.
    simulated_study
        Name of the simulated study; empty if the scans are real.
    problem
        Why nothing can be learned from this y, in one line; empty if it can.
    """

    title: str
    scans: tuple[StudyScan, ...]
    classes: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    table_path: Path | None = None
    simulated_study: str = ""
    problem: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Distinct subjects, in the order of the table."""
        return tuple(dict.fromkeys(entry.subject for entry in self.scans))

    @property
    def name(self) -> str:
        """Short name, which states if the scans are simulated."""
        return f"simulated {self.simulated_study}" if self.simulated_study else self.title


def read_study_table(path: Path, paradigm: str = "", simulated_study: str = "") -> StudyTable:
    """Read the scans of a table file, which may be of a simulated study.

    Raises
    ------
    ScanError
        The table cannot be used; the error names it, and the row.
    """
    from viewer.scans.scan_table import read_table

    return make_study_table(read_table(path), paradigm, simulated_study)


def make_study_table(table: ScanTable, paradigm: str = "", simulated_study: str = "") -> StudyTable:
    """Return a study's scans from a table; ``problem`` states what is wrong with y."""
    from viewer.methods.morch_1995.pipeline import make_targets
    from viewer.models.training.morch.training_options import Paradigm
    from viewer.scans.file_types import image_stem

    scans = tuple(
        StudyScan(
            printable(image_stem(row.scan_path)), row.subject, row.y, path=row.scan_path, volume=row.volume
        )
        for row in table.rows
    )
    title = SIMULATED_STUDIES[simulated_study] if simulated_study else table.path.name
    study = StudyTable(title, scans, (), table.covariates, table.path, simulated_study)
    if len(scans) < 2:
        problem = ScanError(table.path, "has only one scan", "at least two are needed")
        return replace(study, problem=str(problem))
    try:
        targets = make_targets(table, Paradigm(paradigm) if paradigm else None)
    except ViewerError as error:
        return replace(study, problem=str(error))
    y_values = targets.labels if targets.classes else table.numeric_y()
    scans_with_y = (replace(entry, y_value=float(y)) for entry, y in zip(scans, y_values, strict=True))
    return replace(study, scans=tuple(scans_with_y), classes=targets.classes)


def make_simulated_table(name: str, paradigm: str = "") -> StudyTable:
    """Return the table of the scans of a study that is yet to be simulated."""
    from viewer.scans.scan_table import ScanRow, ScanTable
    from viewer.scans.simulated_studies.study import find_study

    study = find_study(name)
    rows = [
        ScanRow(0, Path(f"sub-{subject + 1:02d}_run-{run + 1:02d}_pet"), f"sub-{subject + 1:02d}", label)
        for subject in range(study.subject_count)
        for run, label in enumerate(study.labels[level] for level in study.level_order(subject))
    ]
    table = make_study_table(ScanTable(Path(name), tuple(rows)), paradigm, name)
    scans = tuple(replace(entry, path=None) for entry in table.scans)
    return replace(table, scans=scans, table_path=None)
