"""Small studies for the window's tests, and tables that are wrong in one way each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np

from viewer.methods.morch_1995.study_plan import StudyPlan
from viewer.scans.scan_table import ScanTable
from viewer.scans.simulated_studies.save import write_study
from viewer.scans.simulated_studies.study import FINGERS, SACCADES, Study, pet_grid
from viewer.settings import with_settings

Rows = list[list[str]]


def small(study: Study) -> Study:
    """Three subjects, coarse voxels, and an effect that nobody can miss."""
    return replace(study, subject_count=3, grid=pet_grid(9.0), physics=replace(study.physics, effect=0.3))


def small_study(name: str, progress: object = None) -> Study:
    """The small form of a simulated study."""
    return small({"saccades": SACCADES, "fingers": FINGERS}[name])


def rewritten(table: ScanTable, change: Callable[[Rows], Rows], folder: Path) -> Path:
    """The table with its rows changed, in another folder; scans are named where they lie."""
    lines = table.path.read_text().splitlines()
    rows = [line.split("\t") for line in lines[1:]]
    absolute = [[str(table.path.parent / row[0]), *row[1:]] for row in rows]
    path = folder / "t.tsv"
    path.write_text("\n".join([lines[0], *("\t".join(row) for row in change(absolute))]) + "\n")
    return path


def with_y(*values: str) -> Callable[[Rows], Rows]:
    """Every row's y replaced, the values in turn."""
    return lambda rows: [[*row[:2], values[number % len(values)]] for number, row in enumerate(rows)]


def with_scan(line: int, path: Path) -> Callable[[Rows], Rows]:
    """Another scan in one line of the table."""

    def change(rows: Rows) -> Rows:
        rows[line - 2][0] = str(path)
        return rows

    return change


def gap(path: Path, like: Path) -> Path:
    """A scan with voxels in its middle that are not numbers."""
    image = nibabel.load(like)
    data = np.asarray(image.dataobj).astype(np.float32)
    middle = tuple(slice(n // 2, n // 2 + 2) for n in data.shape)
    data[middle] = np.nan
    nibabel.save(nibabel.Nifti1Image(data, image.affine), path)
    return path


def elsewhere(path: Path, like: Path) -> Path:
    """The scan of another place: 200 mm to the right."""
    image = nibabel.load(like)
    affine = image.affine.copy()
    affine[0, 3] += 200
    nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), affine), path)
    return path


def empty_mask(path: Path, like: Path) -> Path:
    """A mask without a voxel."""
    image = nibabel.load(like)
    nibabel.save(nibabel.Nifti1Image(np.zeros(image.shape, np.uint8), image.affine), path)
    return path


def untrainable(
    table: ScanTable, plan: StudyPlan, folder: Path
) -> list[tuple[Callable[[Rows], Rows], StudyPlan, str]]:
    """How the table is changed, what is chosen, and the words of the error."""
    like, same = table.rows[0].scan_path, lambda rows: rows
    truth = table.path.parent / "truth.nii.gz"
    hole, other = gap(folder / "gap.nii.gz", like), elsewhere(folder / "other.nii.gz", like)
    none, empty = folder / "none.nii", empty_mask(folder / "mask.nii.gz", like)
    return [
        (with_scan(5, hole), plan, "t.tsv, line 5: "),
        (with_scan(7, other), with_settings(plan, {"mask": truth}), "t.tsv, line 7: "),
        (same, with_settings(plan, {"mask": none}), 'none.nii": file not found'),
        (same, with_settings(plan, {"mask": empty}), 'mask.nii.gz" is empty'),
        (
            same,
            with_settings(plan, {"components": 22}),
            "22 were requested, but 24 scans prepared this way have 21",
        ),
        (same, with_settings(plan, {"atlas": none}), "none.nii"),
        (same, with_settings(plan, {"decay": 100.0}), "decay: of 100 leaves the network without weights"),
        (lambda rows: [[*row[:2], row[1]] for row in rows], plan, '"t.tsv": y does not vary within'),
    ]


def study_table(study: Study, folder: Path) -> ScanTable:
    """The small form of a study, written."""
    return write_study(small(study), folder)
