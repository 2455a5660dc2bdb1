"""What a header says, and what is done where it says nonsense: every repair is a sentence for the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.grid import Grid, Shape

Affine = npt.NDArray[np.float64]

SPACES = {1: "scanner", 2: "aligned", 3: "Talairach", 4: "MNI", 5: "template"}
"""What NIfTI's qform and sform codes mean."""

UNITS = {1: ("metres", 1e3), 2: ("mm", 1.0), 3: ("micrometres", 1e-3)}
"""NIfTI's codes of spatial units, and how many mm each is; 0 says nothing, and mm are meant."""

LARGEST_METRE = 100.0
"""mm; a voxel of a tenth of a metre and more is none of a body, so its header's unit is wrong."""

UNNAMED_SPACE = 2
"""NIfTI's code for a place that is known, but not to be that of a scanner or an atlas."""

SMALLEST, LARGEST = 3e-4, 1e4
"""mm; a voxel of another size is a damaged header's."""

LARGEST_ANGLE = 1.0
"""Degrees between qform and sform that are worth telling."""

SMALLEST_SHEAR = 0.05
"""Degrees; what 32-bit affines of rectangular grids differ from right angles is far below."""


@dataclass(frozen=True)
class AffineWithNotes:
    """Where the voxels of a file lie: its affine to mm, the codes a copy of it should have, the repairs."""

    affine: Affine
    codes: tuple[int, int] | None
    notes: tuple[str, ...] = ()


def checked_shape(path: Path, sizes: Sequence[int]) -> tuple[Shape, int]:
    """The three sizes of a volume, and how many volumes there are; trailing axes are run together.

    Raises
    ------
    ScanError
        A size is no positive number, or the image is flat.
    """
    written = " × ".join(str(size) for size in sizes)
    if any(size < 1 for size in sizes):
        raise ScanError(path, f"claims a size of {written} voxels", "its header is damaged")
    if len(sizes) < 3 or min(sizes[:3]) < 2:
        raise ScanError(
            path,
            f"is a flat image of {written} voxels",
            "expected a volume, two voxels or more along each of three axes",
        )
    volumes = 1
    for size in sizes[3:]:
        volumes *= size
    return (sizes[0], sizes[1], sizes[2]), volumes


def checked_dtype(path: Path, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type of a file's numbers, if a scan can be made of them.

    Raises
    ------
    ScanError
        They are colours, or no numbers.
    """
    if dtype.names is not None:
        raise ScanError(path, "is a colour image", "expected one number per voxel; save it in shades of grey")
    if dtype.kind not in "iufc" or dtype.itemsize == 0:
        raise ScanError(path, f"holds voxels of the type {dtype.name}", "expected numbers")
    return dtype


def is_valid_affine(affine: Affine) -> bool:
    """Whether an affine places voxels: finite, of sensible size, and not flattening space."""
    matrix = affine[:3, :3]
    if not np.isfinite(affine).all():
        return False
    with np.errstate(over="ignore"):
        spacing = np.linalg.norm(matrix, axis=0)
    if not ((spacing >= SMALLEST) & (spacing <= LARGEST)).all() or np.abs(affine[:3, 3]).max() > 1e6:
        return False
    volume = abs(float(np.linalg.det(matrix)))
    return volume > 1e-11 and volume > 1e-3 * float(spacing.prod())


def nifti_affine(header: Any, shape: Shape) -> AffineWithNotes:
    """Where a NIfTI header says its voxels lie, in mm whatever unit it measures in.

    The sform is used where its code is above 0 (as nifti1.h has it), else the qform, else the voxel
    size alone with the first axis to the left and the middle of the grid at 0 mm, as Analyze had it.

    Parameters
    ----------
    header
        nibabel's NIfTI-1 or NIfTI-2 header, as it is in the file; it is not changed.
    shape
        The sizes of one volume.
    """
    code = int(header["xyzt_units"]) & 7
    if code == 0:
        return _affine_with_notes(header, shape, ())
    if code not in UNITS:
        note = f"The header gives its lengths in a unit that does not exist (code {code}); mm are taken."
        return _affine_with_notes(header, shape, (note,))
    unit, mm = UNITS[code]
    if mm == 1.0:
        return _affine_with_notes(header, shape, ())
    note = f"The header gives its lengths in {unit}; they are turned into mm."
    placed = _affine_with_notes(_in_mm(header, mm), shape, (note,))
    if np.linalg.norm(placed.affine[:3, :3], axis=0).max() < LARGEST_METRE:
        return placed
    note = f"The header says {unit}, in which its voxels would be larger than any body; mm are taken."
    return _affine_with_notes(header, shape, (note,))


def _in_mm(header: Any, mm: float) -> Any:
    """A copy of a header whose lengths are multiplied."""
    scaled = header.copy()
    with np.errstate(all="ignore"):
        scaled["pixdim"][1:4] = np.asarray(header["pixdim"][1:4], dtype=np.float64) * mm
        for name in ("qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z"):
            scaled[name] = np.asarray(header[name], dtype=np.float64) * mm
    return scaled


def _affine_with_notes(header: Any, shape: Shape, notes_before: tuple[str, ...]) -> AffineWithNotes:
    sizes, size_problem = _voxel_sizes(header)
    notes = list(notes_before)
    codes = [0, 0]
    for which, name in enumerate(("qform", "sform")):
        codes[which] = int(header[f"{name}_code"])
        if codes[which] < 0:
            notes.append(
                f"The {name} in the header has the code {codes[which]}, which is none, and is passed over."
            )
            codes[which] = 0
        elif codes[which] and codes[which] not in SPACES:
            notes.append(
                f"The {name} in the header has the code {codes[which]}, which names no space; it is used as "
                "one whose space is not known."
            )
            codes[which] = UNNAMED_SPACE
    qform = _qform(header, sizes) if codes[0] else None
    sform = _sform(header) if codes[1] else None
    if codes[1] and sform is None:
        notes.append(
            "The sform in the header cannot place voxels (singular or not a number) and is passed over."
        )
    if codes[0] and qform is None:
        notes.append(
            "The qform in the header cannot place voxels (no rotation, or not a number) and is passed over."
        )
    if sform is not None:
        if size_problem:
            notes.append(f"The header gives {size_problem}; that of the sform is used.")
        if qform is not None:
            notes += _disagreement(qform, sform, codes, shape)
        return AffineWithNotes(sform, (codes[0] if qform is not None else 0, codes[1]), tuple(notes))
    if size_problem:
        notes.append(f"The header gives {size_problem}; 1 mm is taken there.")
    if qform is not None:
        return AffineWithNotes(qform, (codes[0], 0), tuple(notes))
    notes.append(
        "The header does not say where the voxels lie (neither qform nor sform): the first axis is taken "
        "to run to the left and the middle of the image to lie at 0 mm, so left and right may be exchanged."
    )
    return AffineWithNotes(default_affine(shape, sizes), (0, 0) if codes == [0, 0] else None, tuple(notes))


def default_affine(shape: Shape, sizes: npt.NDArray[np.float64]) -> Affine:
    """Analyze's convention: the first axis runs to the left, the middle of the grid is at 0 mm."""
    affine = np.diag([*(sizes * [-1, 1, 1]), 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


def shear_note(affine: Affine) -> tuple[str, ...]:
    """A sentence where voxel axes are not at right angles; nothing is done about it."""
    columns = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosines = (columns.T @ columns)[np.triu_indices(3, 1)]
    angle = float(np.degrees(np.arcsin(np.clip(np.abs(cosines).max(), 0, 1))))
    if angle <= SMALLEST_SHEAR:
        return ()
    return (f"The voxel axes are sheared, {angle:.1f}° from right angles; they are kept as they are.",)


def intensity_scaling(header: Any) -> tuple[float, float, tuple[str, ...]]:
    """Slope and intercept of a NIfTI header's intensities; 1 and 0 where they mean nothing."""
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not np.isfinite(slope):
        note = f"The header gives no intensity scale (slope {slope:g}); the stored numbers are taken."
        return 1.0, 0.0, (note,)
    if not np.isfinite(inter):
        return slope, 0.0, (f"The intercept of the intensities ({inter:g}) in the header is taken as 0.",)
    return slope, inter, ()


def _voxel_sizes(header: Any) -> tuple[npt.NDArray[np.float64], str]:
    """Positive sizes in mm, and in words what was wrong with the header's, if anything was."""
    given = np.asarray(header["pixdim"][1:4], dtype=np.float64)
    bad = ~((np.abs(given) >= SMALLEST) & (np.abs(given) <= LARGEST))
    where = " and ".join(name for name, wrong in zip(("first", "second", "third"), bad, strict=True) if wrong)
    values = " and ".join(f"{value:g}" for value in given[bad])
    problem = f"no valid voxel size along the {where} axis ({values})" if bad.any() else ""
    return np.where(bad, 1.0, np.abs(given)), problem


def _sform(header: Any) -> Affine | None:
    affine = np.asarray(header.get_sform(), dtype=np.float64)
    return affine if is_valid_affine(affine) else None


def _qform(header: Any, sizes: npt.NDArray[np.float64]) -> Affine | None:
    mended = header.copy()
    mended["pixdim"][1:4] = sizes
    mended["pixdim"][0] = -1 if float(header["pixdim"][0]) < 0 else 1
    from nibabel.spatialimages import HeaderDataError

    try:
        with np.errstate(all="ignore"):
            affine = np.asarray(mended.get_qform(), dtype=np.float64)
    except (HeaderDataError, ValueError):
        return None
    return affine if is_valid_affine(affine) else None


def _disagreement(qform: Affine, sform: Affine, codes: Sequence[int], shape: Shape) -> list[str]:
    """A sentence where the two transforms are more than a degree or a voxel apart, or differ in letters."""
    grids = Grid(shape, qform), Grid(shape, sform)
    one, other = (grid.affine[:3, :3] / grid.spacing for grid in grids)
    angle = float(np.degrees(np.arccos(np.clip((one * other).sum(axis=0), -1, 1))).max())
    letters = ["".join(grid.axcodes) for grid in grids]
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape])).reshape(3, -1).T
    apart = float(np.linalg.norm(grids[0].to_world(corners) - grids[1].to_world(corners), axis=1).max())
    if angle <= LARGEST_ANGLE and letters[0] == letters[1] and apart <= float(grids[1].spacing.max()):
        return []
    first, second = (SPACES[code] for code in codes)
    return [
        f"The qform ({first}, {letters[0]}) and the sform ({second}, {letters[1]}) in the header disagree, "
        f"by {angle:.1f}° and up to {apart:.1f} mm; the sform is used."
    ]
