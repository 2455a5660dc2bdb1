"""Header fields of NIfTI and similar files, with a note for every repair of an invalid field."""

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
"""Meaning of NIfTI's qform and sform codes."""

UNITS = {1: ("metres", 1e3), 2: ("mm", 1.0), 3: ("micrometres", 1e-3)}
"""NIfTI's codes of spatial units: name and length in mm; 0 is unspecified and read as mm."""

MAX_METRE = 100.0
"""Voxel size in mm from which the header's unit must be wrong: no scan is so coarse."""

UNNAMED_SPACE = 2
"""NIfTI's code for coordinates aligned to another image, neither a scanner's nor an atlas's."""

MIN_SPACING, MAX_SPACING = 3e-4, 1e4
"""Limits of the voxel size in mm; other sizes indicate a damaged header."""

MAX_ANGLE = 1.0
"""Angle in degrees between qform and sform above which they are reported to disagree."""

MIN_SHEAR = 0.05
"""Angle in degrees above which shear is reported; rounding of 32-bit affines causes far less."""


@dataclass(frozen=True)
class AffineWithNotes:
    """Affine of a file to mm, the qform and sform codes to write into its copies, and notes on repairs."""

    affine: Affine
    xform_codes: tuple[int, int] | None
    notes: tuple[str, ...] = ()


def checked_shape(path: Path, sizes: Sequence[int]) -> tuple[Shape, int]:
    """Return the shape of a volume and the number of volumes, the product of all further axes.

    Raises
    ------
    ScanError
        A size is not positive, or the image is flat.
    """
    sizes_text = " × ".join(str(size) for size in sizes)
    if any(size < 1 for size in sizes):
        raise ScanError(path, f"claims a size of {sizes_text} voxels", "its header is damaged")
    if len(sizes) < 3 or min(sizes[:3]) < 2:
        raise ScanError(
            path,
            f"is a flat image of {sizes_text} voxels",
            "expected a volume of at least two voxels along each of three axes",
        )
    volumes = 1
    for size in sizes[3:]:
        volumes *= size
    return (sizes[0], sizes[1], sizes[2]), volumes


def checked_dtype(path: Path, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the data type of a file's voxels after checking that it is numeric.

    Raises
    ------
    ScanError
        The voxels are colours, or not numbers.
    """
    if dtype.names is not None:
        raise ScanError(path, "is a colour image", "expected one number per voxel; save it in greyscale")
    if dtype.kind not in "iufc" or dtype.itemsize == 0:
        raise ScanError(path, f"holds voxels of the type {dtype.name}", "expected numbers")
    return dtype


def is_valid_affine(affine: Affine) -> bool:
    """Return whether an affine is finite, with plausible voxel sizes, and invertible."""
    matrix = affine[:3, :3]
    if not np.isfinite(affine).all():
        return False
    with np.errstate(over="ignore"):
        spacing = np.linalg.norm(matrix, axis=0)
    if not ((spacing >= MIN_SPACING) & (spacing <= MAX_SPACING)).all() or np.abs(affine[:3, 3]).max() > 1e6:
        return False
    volume = abs(float(np.linalg.det(matrix)))
    return volume > 1e-11 and volume > 1e-3 * float(spacing.prod())


def nifti_affine(header: Any, shape: Shape) -> AffineWithNotes:
    """Return the affine of a NIfTI header in mm, converted from the unit of the header.

    The sform is used if its code is above 0 (nifti1.h), else the qform, else the voxel sizes alone with the
    first axis to the left and the centre of the grid at 0 mm, as in Analyze.

    Parameters
    ----------
    header
        nibabel's NIfTI-1 or NIfTI-2 header, as in the file; it is not changed.
    shape
        Shape of one volume.
    """
    code = int(header["xyzt_units"]) & 7
    if code == 0:
        return _affine_with_notes(header, shape, ())
    if code not in UNITS:
        note = f"The header gives its lengths in an unknown unit (code {code}); mm are assumed."
        return _affine_with_notes(header, shape, (note,))
    unit, mm = UNITS[code]
    if mm == 1.0:
        return _affine_with_notes(header, shape, ())
    note = f"The header gives its lengths in {unit}; they are converted to mm."
    placement = _affine_with_notes(_convert_to_mm(header, mm), shape, (note,))
    if np.linalg.norm(placement.affine[:3, :3], axis=0).max() < MAX_METRE:
        return placement
    note = f"The header says {unit}, which would make its voxels larger than a body; mm are assumed."
    return _affine_with_notes(header, shape, (note,))


def _convert_to_mm(header: Any, mm_per_unit: float) -> Any:
    """Return a copy of a header with all lengths multiplied by ``mm_per_unit``."""
    scaled = header.copy()
    with np.errstate(all="ignore"):
        scaled["pixdim"][1:4] = np.asarray(header["pixdim"][1:4], dtype=np.float64) * mm_per_unit
        for name in ("qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z"):
            scaled[name] = np.asarray(header[name], dtype=np.float64) * mm_per_unit
    return scaled


def _affine_with_notes(header: Any, shape: Shape, earlier_notes: tuple[str, ...]) -> AffineWithNotes:
    sizes, size_problem = _voxel_sizes(header)
    notes = list(earlier_notes)
    codes = [0, 0]
    for index, name in enumerate(("qform", "sform")):
        codes[index] = int(header[f"{name}_code"])
        if codes[index] < 0:
            notes.append(f"The {name} in the header has the invalid code {codes[index]} and is ignored.")
            codes[index] = 0
        elif codes[index] and codes[index] not in SPACES:
            notes.append(
                f"The {name} in the header has the code {codes[index]}, which names no space; the space "
                "is treated as unknown."
            )
            codes[index] = UNNAMED_SPACE
    qform = _qform(header, sizes) if codes[0] else None
    sform = _sform(header) if codes[1] else None
    if codes[1] and sform is None:
        notes.append("The sform in the header is invalid (singular or not a number) and is ignored.")
    if codes[0] and qform is None:
        notes.append("The qform in the header is invalid (not a rotation, or not a number) and is ignored.")
    if sform is not None:
        if size_problem:
            notes.append(f"The header gives {size_problem}; that of the sform is used.")
        if qform is not None:
            notes += _disagreement_notes(qform, sform, codes, shape)
        return AffineWithNotes(sform, (codes[0] if qform is not None else 0, codes[1]), tuple(notes))
    if size_problem:
        notes.append(f"The header gives {size_problem}; 1 mm is assumed there.")
    if qform is not None:
        return AffineWithNotes(qform, (codes[0], 0), tuple(notes))
    notes.append(
        "The header has no valid qform or sform: the first axis is assumed to point to the left and the "
        "centre of the image to be at 0 mm, so left and right may be swapped."
    )
    return AffineWithNotes(default_affine(shape, sizes), (0, 0) if codes == [0, 0] else None, tuple(notes))


def default_affine(shape: Shape, sizes: npt.NDArray[np.float64]) -> Affine:
    """Return the affine of Analyze's convention: first axis to the left, centre of the grid at 0 mm."""
    affine = np.diag([*(sizes * [-1, 1, 1]), 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


def shear_note(affine: Affine) -> tuple[str, ...]:
    """Return a note if the voxel axes are not at right angles; the affine is not changed."""
    columns = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosines = (columns.T @ columns)[np.triu_indices(3, 1)]
    angle = float(np.degrees(np.arcsin(np.clip(np.abs(cosines).max(), 0, 1))))
    if angle <= MIN_SHEAR:
        return ()
    return (f"The voxel axes are sheared, {angle:.1f}° from right angles; they are kept as they are.",)


def intensity_scaling(header: Any) -> tuple[float, float, tuple[str, ...]]:
    """Return slope and intercept of a NIfTI header's intensities, 1 and 0 where invalid, and notes."""
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not np.isfinite(slope):
        note = f"The header gives no intensity scale (slope {slope:g}); the stored numbers are used."
        return 1.0, 0.0, (note,)
    if not np.isfinite(inter):
        return slope, 0.0, (f"The intercept of the intensities ({inter:g}) in the header is read as 0.",)
    return slope, inter, ()


def _voxel_sizes(header: Any) -> tuple[npt.NDArray[np.float64], str]:
    """Return positive voxel sizes in mm, and a description of invalid ones in the header."""
    sizes = np.asarray(header["pixdim"][1:4], dtype=np.float64)
    invalid = ~((np.abs(sizes) >= MIN_SPACING) & (np.abs(sizes) <= MAX_SPACING))
    axes_text = " and ".join(
        name for name, is_invalid in zip(("first", "second", "third"), invalid, strict=True) if is_invalid
    )
    values_text = " and ".join(f"{value:g}" for value in sizes[invalid])
    problem = f"no valid voxel size along the {axes_text} axis ({values_text})" if invalid.any() else ""
    return np.where(invalid, 1.0, np.abs(sizes)), problem


def _sform(header: Any) -> Affine | None:
    affine = np.asarray(header.get_sform(), dtype=np.float64)
    return affine if is_valid_affine(affine) else None


def _qform(header: Any, sizes: npt.NDArray[np.float64]) -> Affine | None:
    repaired = header.copy()
    repaired["pixdim"][1:4] = sizes
    repaired["pixdim"][0] = -1 if float(header["pixdim"][0]) < 0 else 1
    from nibabel.spatialimages import HeaderDataError

    try:
        with np.errstate(all="ignore"):
            affine = np.asarray(repaired.get_qform(), dtype=np.float64)
    except (HeaderDataError, ValueError):
        return None
    return affine if is_valid_affine(affine) else None


def _disagreement_notes(qform: Affine, sform: Affine, xform_codes: Sequence[int], shape: Shape) -> list[str]:
    """Return a note if the transforms differ by more than a degree or a voxel, or in axis codes."""
    grids = Grid(shape, qform), Grid(shape, sform)
    qform_directions, sform_directions = (grid.affine[:3, :3] / grid.spacing for grid in grids)
    angle = float(
        np.degrees(np.arccos(np.clip((qform_directions * sform_directions).sum(axis=0), -1, 1))).max()
    )
    letters = ["".join(grid.axcodes) for grid in grids]
    corners = np.array(np.meshgrid(*[(0, size - 1) for size in shape])).reshape(3, -1).T
    distance = float(np.linalg.norm(grids[0].to_world(corners) - grids[1].to_world(corners), axis=1).max())
    if angle <= MAX_ANGLE and letters[0] == letters[1] and distance <= float(grids[1].spacing.max()):
        return []
    qform_space, sform_space = (SPACES[code] for code in xform_codes)
    return [
        f"The qform ({qform_space}, {letters[0]}) and the sform ({sform_space}, {letters[1]}) in the header "
        f"disagree, by {angle:.1f}° and up to {distance:.1f} mm; the sform is used."
    ]
