"""Writing of a simulated study to a folder: scans, and a table of them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from viewer.errors import ScanError
from viewer.files import is_file
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.save import save_volume
from viewer.scans.scan import StoredOrientation
from viewer.scans.scan_table import ScanTable, read_table
from viewer.scans.simulated_studies.study import Study


def write_study(study: Study, folder: Path, progress: Progress | None = None) -> ScanTable:
    """Simulate all scans of a study and write them to a folder; return their table, ``study.tsv``.

    ``truth.nii.gz`` is the mask of the simulated effect (`Study.activated_mask`).

    Raises
    ------
    ScanError
        The folder cannot be written to, or a file in it is not of such a study and would be replaced.
    Cancelled
        Cancelled through ``progress``.
    """
    progress = progress or Progress()
    rows = []
    try:
        _check_folder(study, folder)
        folder.mkdir(parents=True, exist_ok=True)
        for subject in range(study.subject_count):
            for scan, label in study.simulate_scans(subject):
                name = f"{scan.name}.nii.gz"
                save_volume(scan.data, scan.stored, folder / name, "simulated PET")
                rows.append((name, scan.name.partition("_")[0], label))
                progress.step(len(rows), study.scan_count, f"simulating {scan.name}")
        save_volume(
            study.activated_mask(), StoredOrientation(study.grid), folder / "truth.nii.gz", "simulated truth"
        )
        text = io.StringIO()
        writer = csv.writer(text, delimiter="\t", lineterminator="\n")
        writer.writerow(("scan", "subject", "y"))
        writer.writerows(rows)
        with atomic_write(folder / "study.tsv") as file:
            file.write(text.getvalue().encode())
    except OSError as error:
        raise ScanError(folder, f"cannot be written ({error.strerror})") from error
    return read_table(folder / "study.tsv")


def _check_folder(study: Study, folder: Path) -> None:
    """Raise ScanError where files would be replaced of a folder whose table is not that of such a study."""
    names = [f"{name}.nii.gz" for subject in range(study.subject_count) for name in study.scan_names(subject)]
    table = folder / "study.tsv"
    if is_file(table):
        listed = {line.partition("\t")[0] for line in table.read_text(errors="replace").splitlines()}
        if {"scan", *names} <= listed:
            return
    for name in ("study.tsv", "truth.nii.gz", *names):
        if (folder / name).exists() or (folder / name).is_symlink():
            raise ScanError(
                folder / name, "would be replaced, and is of no simulated study", "choose another folder"
            )
