"""Configuration of a study for the saliency of 1995: its scans and their target.

After Mørch et al. 1995. Whoever asks (a dialog) knows only what stands here; what is heavy is imported by
those who do it, in the background.
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
"""The studies that can be simulated, by the names that `viewer.scans.simulated_studies` knows them under."""


@dataclass(frozen=True)
class StudyScan:
    """One scan: what a person calls it, whose it is and what it shows, as written.

    ``path`` is None where the scan is not simulated yet; ``y_value`` is y as a number, or the number of its
    class.
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
        What a person calls the study.
    scans
        The scans.
    classes
        The classes' names in their order; empty where y is graded.
    covariates
        The further columns.
    table
        Its file; None where it is not simulated yet.
    simulated
        The name of the simulated study; empty where the scans are real.
    problem
        One line on why nothing can be learned from this y; empty where it can.
    """

    title: str
    scans: tuple[StudyScan, ...]
    classes: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    table: Path | None = None
    simulated: str = ""
    problem: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects, each once, in the order of the table."""
        return tuple(dict.fromkeys(entry.subject for entry in self.scans))

    @property
    def name(self) -> str:
        """A short name, that says where scans are simulated."""
        return f"simulated {self.simulated}" if self.simulated else self.title


def read_study_table(path: Path, paradigm: str = "", simulated: str = "") -> StudyTable:
    """Read the scans of a table file, which may be that of a simulated study.

    Raises
    ------
    ScanError
        The table cannot be used; the line names it, and the row.
    """
    from viewer.scans.scan_table import read_table

    return make_study_table(read_table(path), paradigm, simulated)


def make_study_table(table: ScanTable, paradigm: str = "", simulated: str = "") -> StudyTable:
    """Return a study's scans from a table; ``problem`` says what is wrong with y."""
    from viewer.methods.morch_1995.pipeline import make_targets
    from viewer.models.training.morch.training_options import Paradigm
    from viewer.scans.file_types import image_stem

    scans = tuple(
        StudyScan(printable(image_stem(row.scan)), row.subject, row.y, path=row.scan, volume=row.volume)
        for row in table.rows
    )
    title = SIMULATED_STUDIES[simulated] if simulated else table.path.name
    study = StudyTable(title, scans, (), table.covariates, table.path, simulated)
    if len(scans) < 2:
        problem = ScanError(table.path, "has only one scan", "two at least are needed")
        return replace(study, problem=str(problem))
    try:
        targets = make_targets(table, Paradigm(paradigm) if paradigm else None)
    except ViewerError as error:
        return replace(study, problem=str(error))
    y_values = targets.labels if targets.classes else table.numbers()
    with_values = (replace(entry, y_value=float(y)) for entry, y in zip(scans, y_values, strict=True))
    return replace(study, scans=tuple(with_values), classes=targets.classes)


def make_simulated_table(name: str, paradigm: str = "") -> StudyTable:
    """Return the table of the scans that a simulated study will have."""
    from viewer.scans.scan_table import ScanRow, ScanTable
    from viewer.scans.simulated_studies.study import find_study

    study = find_study(name)
    rows = [
        ScanRow(0, Path(f"sub-{subject + 1:02d}_run-{run + 1:02d}_pet"), f"sub-{subject + 1:02d}", label)
        for subject in range(study.subjects)
        for run, label in enumerate(study.labels[level] for level in study.order(subject))
    ]
    table = make_study_table(ScanTable(Path(name), tuple(rows)), paradigm, name)
    scans = tuple(replace(entry, path=None) for entry in table.scans)
    return replace(table, scans=scans, table=None)
