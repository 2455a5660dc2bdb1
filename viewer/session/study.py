"""A study as it is asked for, in plain data: its scans, what they are to teach, and how.

After Mørch et al. 1995. Whoever asks (a dialog) knows only what stands here; what is heavy is imported by
those who do it, in the background.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ScanError, ViewerError
from viewer.json_text import readable

if TYPE_CHECKING:
    from viewer.methods.saliency_1995.analysis import Plan
    from viewer.scans.table import Table

SIMULATED = {
    "saccades": "Simulated: saccades at eight rates",
    "fingers": "Simulated: finger opposition against rest",
}
"""The studies that can be simulated, by the names that `viewer.scans.studies` knows them under."""


@dataclass(frozen=True)
class Entry:
    """One scan: what a person calls it, whose it is and what it shows, as written.

    ``path`` is None where the scan is not simulated yet; ``height`` is y as a number, or the number of its
    class.
    """

    scan: str
    subject: str
    y: str
    height: float = 0.0
    path: Path | None = None
    volume: int | None = None


@dataclass(frozen=True)
class Listing:
    """The scans of a study in the order of its table.

    Parameters
    ----------
    title
        What a person calls the study.
    entries
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
    entries: tuple[Entry, ...]
    classes: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    table: Path | None = None
    simulated: str = ""
    problem: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects, each once, in the order of the table."""
        return tuple(dict.fromkeys(entry.subject for entry in self.entries))

    @property
    def name(self) -> str:
        """A short name, that says where scans are simulated."""
        return f"simulated {self.simulated}" if self.simulated else self.title


@dataclass(frozen=True)
class Choices:
    """How a study is to be analysed; `Plan` of the saliency of 1995 in plain values, with its defaults.

    Parameters
    ----------
    mask, mask_level, scaled, subject_means, covariates
        As of `Preparation`; ``scaled`` is global scaling, ``subject_means`` that they are taken out.
    paradigm
        "graded", "classes", or nothing: as y looks.
    hidden, components, linear, decay
        As of `Recipe`.
    pruned, cube, atlas
        As of `Plan`.
    negatives
        Whether values below zero are kept.
    folder
        Where everything is written; None is a folder that goes with the window.
    """

    mask: Path | None = None
    mask_level: float = 0.5
    scaled: bool = True
    subject_means: bool = True
    covariates: tuple[str, ...] = ()
    paradigm: str = ""
    hidden: int = 5
    components: int | None = None
    linear: bool = False
    decay: float = 0.01
    pruned: float = 0.0
    negatives: bool = False
    cube: float | None = None
    atlas: Path | None = None
    folder: Path | None = None


def list_table(path: Path, paradigm: str = "", simulated: str = "") -> Listing:
    """The scans that a table names, which may be that of a simulated study.

    Raises
    ------
    ScanError
        The table cannot be used; the line names it, and the row.
    """
    from viewer.scans.table import read_table

    return listed(read_table(path), paradigm, simulated)


def listed(table: Table, paradigm: str = "", simulated: str = "") -> Listing:
    """The scans of a table that was read. What is wrong with y is in the listing's ``problem``."""
    from viewer.methods.saliency_1995.analysis import targets_of
    from viewer.models.training.morch.targets import Paradigm
    from viewer.scans.kinds import stem

    entries = tuple(
        Entry(readable(stem(row.scan)), row.subject, row.y, path=row.scan, volume=row.volume)
        for row in table.rows
    )
    title = SIMULATED[simulated] if simulated else table.path.name
    listing = Listing(title, entries, (), table.covariates, table.path, simulated)
    if len(entries) < 2:
        problem = ScanError(table.path, "has only one scan", "two at least are needed")
        return replace(listing, problem=str(problem))
    try:
        targets = targets_of(table, Paradigm(paradigm) if paradigm else None)
    except ViewerError as error:
        return replace(listing, problem=str(error))
    heights = targets.labels if targets.classes else table.numbers()
    marked = (replace(entry, height=float(height)) for entry, height in zip(entries, heights, strict=True))
    return replace(listing, entries=tuple(marked), classes=targets.classes)


def list_simulated(name: str, paradigm: str = "") -> Listing:
    """The scans that a simulated study will have."""
    from viewer.scans.studies.study import find_study
    from viewer.scans.table import Row, Table

    study = find_study(name)
    rows = [
        Row(0, Path(f"sub-{subject + 1:02d}_run-{run + 1:02d}_pet"), f"sub-{subject + 1:02d}", label)
        for subject in range(study.subjects)
        for run, label in enumerate(study.labels[level] for level in study.order(subject))
    ]
    listing = listed(Table(Path(name), tuple(rows)), paradigm, name)
    entries = tuple(replace(entry, path=None) for entry in listing.entries)
    return replace(listing, entries=entries, table=None)


def plan_of(choices: Choices, simulated: bool, device: str) -> Plan:
    """The plan that the choices describe, without maps.

    Raises
    ------
    ModelError
        A choice makes no sense.
    """
    from viewer.methods.saliency_1995.accuracy import Negative
    from viewer.methods.saliency_1995.analysis import Plan
    from viewer.models.training.morch.network import Activation
    from viewer.models.training.morch.targets import Paradigm
    from viewer.models.training.morch.training import Recipe
    from viewer.scans.cohort import Preparation, Scaling
    from viewer.scans.studies import study

    return Plan(
        preparation=Preparation(
            mask=choices.mask,
            mask_level=choices.mask_level,
            scaling=Scaling.GLOBAL if choices.scaled else Scaling.NONE,
            subject_means=choices.subject_means,
            covariates=choices.covariates,
        ),
        recipe=Recipe(
            hidden=choices.hidden,
            components=choices.components,
            activation=Activation.LINEAR if choices.linear else Activation.TANH,
            decay=choices.decay,
        ),
        paradigm=Paradigm(choices.paradigm) if choices.paradigm else None,
        pruned=choices.pruned,
        accuracies=(),
        negative=Negative.KEEP if choices.negatives else Negative.ZERO,
        cube=choices.cube,
        atlas=choices.atlas,
        device=device,
        about=(study.SIMULATED,) if simulated else (),
    )
