"""Cohort of scans: the scans of a table, resampled to one grid, masked and scaled, as one matrix in a file.

Scans are read one at a time and the matrix is memory-mapped, so a thousand scans need not fit into memory. A
folder that already holds the matrix of the same scans is reused.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.blockwise import map_blocks
from viewer.scans.cohort_preparation import CohortPreparation, Scaling
from viewer.scans.confounds import confound_basis
from viewer.scans.file_types import read_json_object
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan, open_image
from viewer.scans.masked_matrix import MaskedMatrix, block_width, memory_map_matrix
from viewer.scans.orientation import canonical_grid, canonical_view, stored_orientation
from viewer.scans.resample import resample
from viewer.scans.save import save_volume
from viewer.scans.scan import StoredOrientation
from viewer.scans.scan_table import ScanRow, ScanTable, row_location

GLOBAL_MEAN = 50.0
"""Mean inside the mask after global scaling: 50 ml/100 g/min, the convention of PET."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """A table's scans as a matrix, in the order of its rows.

    Parameters
    ----------
    confound_basis
        Orthonormal basis of the confounds removed from every voxel, shape (J, columns).
    grid_mean
        Ratio of a scan's mean over the whole grid to its mean inside the mask, averaged over the scans, by
        which a single scan can be scaled without the mask. None if scans are not scaled.
    notes
        Sentences on the processing of the scans.
    """

    table: ScanTable
    preparation: CohortPreparation
    matrix: MaskedMatrix
    confound_basis: npt.NDArray[np.float64]
    grid_mean: float | None
    notes: tuple[str, ...] = ()


COHORT_FILES = ("scans.f32", "scans.f32.part", "mask.nii.gz", "mean.nii.gz", "scans.json")
"""Files that `prepare_cohort` writes into its folder."""


def prepare_cohort(
    table: ScanTable, preparation: CohortPreparation, folder: Path, progress: Progress | None = None
) -> Cohort:
    """Read, mask and scale the scans of a table into the file ``scans.f32`` of a folder.

    Also writes ``mask.nii.gz``, ``mean.nii.gz`` and ``scans.json``, by which a later call recognises the
    matrix.

    Raises
    ------
    ScanError
        A scan cannot be read, does not cover the mask or has non-finite voxels inside it (the message names
        its row); the mask is empty; or there is only one scan.
    Cancelled
        ``progress`` was cancelled; no partial matrix remains.
    """
    progress = progress or Progress()
    if len(table.rows) < 2:
        raise ScanError(table.path, "has only one scan", "at least two are needed")
    basis = confound_basis(table, preparation.subject_means, preparation.covariates)
    grid, stored, notes = _common_grid(table)
    if preparation.covariates:
        notes = (
            *notes,
            f"The effect of {', '.join(preparation.covariates)} was estimated from all scans and removed "
            "from every voxel; if a subject is left out, from the other subjects' scans only.",
        )
    fingerprint = _fingerprint(table, preparation)
    check_study_folder(folder, COHORT_FILES)
    cached = _load_cached(folder, fingerprint, grid, len(table.rows))
    if cached is not None:
        matrix, grid_mean, notes = cached
        return Cohort(table, preparation, matrix, basis, grid_mean, notes)

    reader = _ScanReader(table.path, grid)
    if preparation.mask is not None:
        mask = considered = _load_mask(preparation.mask, grid)
        read_progress = progress.subtask(0.0, 0.9)
    else:
        mask_progress, read_progress = progress.subtask(0.0, 0.45), progress.subtask(0.45, 0.9)
        mask, considered, mask_notes = _compute_mask(table, reader, preparation.mask_level, mask_progress)
        notes = (*notes, *mask_notes)
    values_path = folder / "scans.f32"
    temporary = folder / "scans.f32.part"
    shape = (len(table.rows), int(mask.sum()))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_disk_space(folder, 4 * shape[0] * shape[1])
        try:
            rows = np.memmap(temporary, dtype=np.float32, mode="w+", shape=shape)
            ratios = []
            for number, row in enumerate(table.rows):
                data = reader.read(row)
                reader.check_coverage(row, data, mask, considered)
                rows[number] = data[mask]
                if preparation.scaling is Scaling.GLOBAL:
                    ratios.append(_scale_globally(rows[number], data, row_location(table.path, row)))
                read_progress.step(number + 1, shape[0], f"reading {row.scan_path.name}")
            mean = _remove_confounds(rows, basis, progress.subtask(0.9, 1.0, "means"))
            rows.flush()
            del rows
            # No scans.json may declare the matrix valid while it is being replaced.
            (folder / "scans.json").unlink(missing_ok=True)
            temporary.replace(values_path)
        finally:
            temporary.unlink(missing_ok=True)
        grid_mean = float(np.mean(ratios)) if ratios else None
        matrix = MaskedMatrix(memory_map_matrix(values_path, shape), mean, mask, grid, values_path)
        save_volume(mask, stored, folder / "mask.nii.gz", "mask")
        save_volume(matrix.to_volume(mean), stored, folder / "mean.nii.gz", "mean scan")
        entries = fingerprint | {"grid mean": grid_mean, "notes": list(notes)}
        with atomic_write(folder / "scans.json") as file:
            file.write(json.dumps(entries, indent=2).encode())
    except OSError as error:
        raise ScanError(folder, f"cannot be written ({error.strerror})") from error
    return Cohort(table, preparation, matrix, basis, grid_mean, notes)


class _ScanReader:
    """Reader of a table's scans on one grid; NaN outside a scan's field of view."""

    def __init__(self, table_path: Path, grid: Grid) -> None:
        self._table_path = table_path
        self._grid = grid
        self._resampled_lines: set[int] = set()

    def read(self, row: ScanRow) -> npt.NDArray[np.float32]:
        try:
            scan = load_scan(row.scan_path, row.volume)
        except ScanError as error:
            raise ScanError(row_location(self._table_path, row), str(error)) from error
        if scan.grid.same_as(self._grid):
            return scan.data
        self._resampled_lines.add(row.line)
        return resample(scan.data, scan.grid, self._grid, fill_value=float("nan"))

    def check_coverage(
        self,
        row: ScanRow,
        data: npt.NDArray[np.float32],
        mask: npt.NDArray[np.bool_],
        full_mask: npt.NDArray[np.bool_],
    ) -> None:
        """Raise ScanError if a scan does not cover the mask, or is not finite in the mask before gaps."""
        location = row_location(self._table_path, row)
        outside = int(np.isnan(data[mask]).sum())
        if outside:
            raise ScanError(
                location,
                f"{row.scan_path} does not cover the mask: {outside:,} voxels of the mask are missing",
                "does it show the same brain?",
            )
        # Values that are not finite were read as zero; after resampling they may have any value.
        if (data[full_mask] == 0).any() or row.line in self._resampled_lines:
            non_finite = _non_finite_voxels(row, self._grid)
            count = int((non_finite & full_mask).sum()) if non_finite is not None else 0
            if count:
                raise ScanError(
                    location,
                    f"{row.scan_path} has voxels inside the mask that are not numbers (NaN): {count:,}",
                )


def _non_finite_voxels(row: ScanRow, grid: Grid) -> npt.NDArray[np.bool_] | None:
    """Return the non-finite voxels of a scan's file, on the common grid; None if it holds integers."""
    source = open_image(row.scan_path)
    if source.dtype.kind not in "fc":
        return None
    stored = stored_orientation(Grid(source.shape, source.affine), source.xform_codes)
    non_finite = ~np.isfinite(canonical_view(source.read_volume(row.volume or 0), stored))
    scan_grid = canonical_grid(stored)
    return (
        non_finite
        if scan_grid.same_as(grid)
        else resample(non_finite.astype(np.float32), scan_grid, grid) > 0
    )


def _common_grid(table: ScanTable) -> tuple[Grid, StoredOrientation, tuple[str, ...]]:
    """Return the first scan's grid, and a note on every scan with another grid; only headers are read."""
    first: tuple[Grid, StoredOrientation] | None = None
    notes = []
    for row in table.rows:
        location = row_location(table.path, row)
        try:
            source = open_image(row.scan_path)
        except ScanError as error:
            raise ScanError(location, str(error)) from error
        if row.volume is None and source.volume_count > 1:
            raise ScanError(
                location,
                f"{row.scan_path} holds {source.volume_count} volumes",
                "choose one in a column 'volume'",
            )
        if row.volume is not None and row.volume >= source.volume_count:
            raise ScanError(
                location, f"{row.scan_path} has no volume {row.volume}", f"it holds {source.volume_count}"
            )
        stored = stored_orientation(Grid(source.shape, source.affine), source.xform_codes)
        grid = canonical_grid(stored)
        if first is None:
            first = grid, stored
        elif not grid.same_as(first[0]):
            notes.append(f"{row.scan_path.name} (line {row.line}) is on another grid and was resampled.")
    if first is None:
        raise ScanError(table.path, "has no rows")
    return *first, tuple(notes)


def _check_disk_space(folder: Path, required_bytes: int) -> None:
    """Raise ScanError if the disk has too little space: a memory-mapped write would end the program."""
    free = shutil.disk_usage(folder).free
    if required_bytes > free:
        raise ScanError(
            folder,
            f"has {free >> 20:,} MiB of free disk space, but the scans need {required_bytes >> 20:,} MiB",
            "free some space",
        )


def _load_mask(path: Path, grid: Grid) -> npt.NDArray[np.bool_]:
    scan = load_scan(path)
    data = scan.data if scan.grid.same_as(grid) else resample(scan.data, scan.grid, grid, order=0)
    mask = data > 0
    if not mask.any():
        raise ScanError(path, "is empty on the scans' grid", "is it in the scans' space?")
    return mask


def _compute_mask(
    table: ScanTable, reader: _ScanReader, mask_level: float, progress: Progress
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], tuple[str, ...]]:
    """Return the mask, the mask before voxels missing in some scan were removed, and notes."""
    from scipy import ndimage

    total: npt.NDArray[np.float64] | None = None
    missing_anywhere: npt.NDArray[np.bool_] | None = None
    for number, row in enumerate(table.rows):
        data = reader.read(row)
        uncovered = np.isnan(data)
        filled = np.where(uncovered, 0.0, data).astype(np.float64)
        total = filled if total is None else total + filled
        missing = uncovered | (filled == 0)
        missing_anywhere = missing if missing_anywhere is None else missing_anywhere | missing
        progress.step(number + 1, len(table.rows), f"mask, {row.scan_path.name}")
    if total is None or missing_anywhere is None:
        raise ScanError(table.path, "has no rows")
    mean = total / len(table.rows)
    head_values = mean[mean > mean.mean() / 8]
    above = (
        mean >= mask_level * float(head_values.mean())
        if head_values.size and mean.mean() > 0
        else np.zeros(mean.shape, bool)
    )
    components, count = ndimage.label(above)
    if count:
        above = components == 1 + int(np.argmax(np.bincount(components.ravel())[1:]))
    mask = above & ~missing_anywhere
    if not mask.any():
        raise ScanError(
            table.path,
            "the mask computed from the mean of its scans is empty",
            "give a mask; do the scans overlap?",
        )
    excluded = int((above & missing_anywhere).sum())
    notes = [f"The mask was computed from the mean scan: {int(mask.sum()):,} voxels."]
    if excluded:
        notes.append(
            f"{excluded:,} of its voxels are zero or outside in at least one scan and were left out."
        )
    return mask, above, tuple(notes)


def _scale_globally(values: npt.NDArray[np.float32], data: npt.NDArray[np.float32], location: str) -> float:
    """Scale the voxels inside the mask in place; return the ratio of the means of grid and mask."""
    mean = float(values.mean(dtype=np.float64))
    if not mean > 0:
        raise ScanError(
            location, f"its mean inside the mask is {mean:g}", "global scaling needs a positive mean"
        )
    values *= np.float32(GLOBAL_MEAN / mean)
    return float(np.nanmean(data, dtype=np.float64)) / mean


def _remove_confounds(
    rows: npt.NDArray[np.float32], basis: npt.NDArray[np.float64], progress: Progress
) -> npt.NDArray[np.float32]:
    """Regress the basis out of every column in place; return the columns' original means."""
    import torch

    mean = np.empty(rows.shape[1], dtype=np.float32)
    basis_tensor = torch.from_numpy(basis)

    def remove_from_block(block: slice) -> None:
        x = torch.from_numpy(rows[:, block]).double()
        mean[block] = x.mean(0).numpy()
        x -= basis_tensor @ (basis_tensor.T @ x)
        # Centred again before rounding, so that the columns' means are zero to float32 precision.
        rows[:, block] = (x - x.mean(0)).numpy()

    for _ in map_blocks(rows.shape[1], block_width(len(rows)), remove_from_block, progress=progress):
        pass
    return mean


def _fingerprint(table: ScanTable, preparation: CohortPreparation) -> dict[str, Any]:
    """Return what a matrix depends on: the rows, the preparation, and the sizes and times of the files."""
    entries = []
    for row in table.rows:
        stat = row.scan_path.stat()
        covariates = {name: row.covariates[name] for name in preparation.covariates}
        entries.append(
            [
                str(row.scan_path.resolve()),
                row.volume,
                stat.st_size,
                stat.st_mtime_ns,
                row.subject,
                covariates,
            ]
        )
    record = preparation.as_json()
    if preparation.mask is not None:
        if not preparation.mask.is_file():
            raise ScanError(preparation.mask, "file not found")
        stat = preparation.mask.stat()
        record["mask file"] = [stat.st_size, stat.st_mtime_ns]
    digest = hashlib.sha256(json.dumps([entries, record], sort_keys=True).encode()).hexdigest()
    return {"scans": len(entries), "preparation": record, "fingerprint": digest}


def check_study_folder(folder: Path, file_names: Sequence[str]) -> None:
    """Raise ScanError for a folder in which a study would replace files of another origin.

    A folder belongs to a study if its ``scans.json`` does: then the study's files may be overwritten.

    Parameters
    ----------
    folder
        Folder of the study.
    file_names
        Names of the files that the study writes.

    Raises
    ------
    ScanError
        A file of such a name exists, and the folder does not belong to a study.
    """
    try:
        record = read_json_object(folder / "scans.json")
    except ScanError:
        record = {}
    if record.keys() >= {"fingerprint", "preparation"}:
        return
    for name in file_names:
        if (folder / name).exists() or (folder / name).is_symlink():
            raise ScanError(
                folder / name, "would be replaced, and belongs to no study", "choose another folder"
            )


def _load_cached(
    folder: Path, fingerprint: Mapping[str, Any], grid: Grid, scan_count: int
) -> tuple[MaskedMatrix, float | None, tuple[str, ...]] | None:
    """Return the matrix that a folder already holds, if its scans and preparation are the same."""
    try:
        record = json.loads((folder / "scans.json").read_bytes())
        if record["fingerprint"] != fingerprint["fingerprint"]:
            return None
        mask = load_scan(folder / "mask.nii.gz").data > 0
        mean = load_scan(folder / "mean.nii.gz").data
        values = memory_map_matrix(folder / "scans.f32", (scan_count, int(mask.sum())))
        matrix = MaskedMatrix(values, mean[mask], mask, grid, folder / "scans.f32")
        ratio = record["grid mean"]
        return matrix, None if ratio is None else float(ratio), tuple(map(str, record["notes"]))
    except (OSError, ScanError, ValueError, KeyError, TypeError):
        # If the files of an earlier run are damaged, the scans are read again.
        return None
