"""NIfTI, Analyze and MGH files: a short binary header followed by the voxels.

nibabel parses the header. The voxels are read here, so that no memory is allocated for sizes that a header
merely claims, and so that a single volume of a long series can be read.
"""

from __future__ import annotations

from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.files import read_regular
from viewer.number_format import format_count
from viewer.scans.file_types import HEADER_BYTES, ImageFormat, find_sibling, replace_ending
from viewer.scans.grid import Shape
from viewer.scans.image_source import ImageSource
from viewer.scans.nifti_header import (
    MAX_SPACING,
    MIN_SPACING,
    Affine,
    AffineWithNotes,
    checked_dtype,
    checked_shape,
    intensity_scaling,
    is_valid_affine,
    nifti_affine,
)
from viewer.scans.safe_io import check_claimed_size, check_memory, read_at, read_first_bytes

MGH_OFFSET = 284
MAX_MATRIX_FILE_BYTES = 1 << 20


def open_nifti_analyze_mgh(path: Path, image_format: ImageFormat) -> ImageSource:
    """Read the header of a NIfTI, Analyze or MGH file, and check it against the size of the file.

    Raises
    ------
    ScanError
        The header is invalid, or claims more voxels than the file can hold.
    """
    header_path, data_path = _header_and_data_paths(path)
    header_bytes = read_first_bytes(header_path, HEADER_BYTES)
    if image_format is ImageFormat.MGH:
        return _open_mgh(path, header_bytes)
    if image_format is ImageFormat.ANALYZE:
        return _open_analyze(header_path, data_path, header_bytes)
    return _open_nifti(header_path, data_path, header_bytes, image_format)


def _header_and_data_paths(path: Path) -> tuple[Path, Path]:
    """Return the file with the header and the file with the voxels."""
    name = path.name.lower()
    if name.endswith((".hdr", ".hdr.gz")):
        data = find_sibling(path, (".img", ".img.gz"))
        if data is None:
            raise ScanError(path, "has no voxels beside it", f"expected {replace_ending(path, '.img').name}")
        return path, data
    if name.endswith((".img", ".img.gz")):
        return find_sibling(path, (".hdr", ".hdr.gz")) or path, path
    return path, path


def _open_nifti(
    header_path: Path, data_path: Path, header_bytes: bytes, image_format: ImageFormat
) -> ImageSource:
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    header_class = Nifti1Header if image_format is ImageFormat.NIFTI1 else Nifti2Header
    header = _parse_header(header_class, header_path, header_bytes)
    if 3000 <= int(header["intent_code"]) < 3100:
        raise ScanError(header_path, "is a CIFTI file of surfaces and grey matter, not a volume")
    sizes, empty_notes = _replace_empty_axes(_read_dimensions(header_path, header))
    shape, volumes = checked_shape(data_path, sizes)
    dtype = _read_dtype(header_path, header)
    slope, inter, scale_notes = intensity_scaling(header)
    placement = nifti_affine(header, shape)
    offset, offset_notes = _voxel_offset(header_path, header, is_single_file=header_path == data_path)
    return ImageSource(
        format=image_format,
        shape=shape,
        volume_count=volumes,
        dtype=dtype,
        affine=placement.affine,
        xform_codes=placement.xform_codes,
        notes=(*empty_notes, *placement.notes, *scale_notes, *offset_notes),
        read_volume=_make_reader(data_path, offset, shape, volumes, dtype),
        slope=slope,
        intercept=inter,
    )


def _open_analyze(header_path: Path, data_path: Path, header_bytes: bytes) -> ImageSource:
    from nibabel.spm2analyze import Spm2AnalyzeHeader

    header = _parse_header(Spm2AnalyzeHeader, header_path, header_bytes)
    sizes, empty_notes = _replace_empty_axes(_read_dimensions(header_path, header))
    shape, volumes = checked_shape(data_path, sizes)
    dtype = _read_dtype(header_path, header)
    offset, offset_notes = _voxel_offset(header_path, header, is_single_file=False)
    slope, inter = header.get_slope_inter()
    placement = _analyze_affine(header, shape, data_path)
    return ImageSource(
        format=ImageFormat.ANALYZE,
        shape=shape,
        volume_count=volumes,
        dtype=dtype,
        affine=placement.affine,
        xform_codes=None,
        notes=(*empty_notes, *placement.notes, *offset_notes),
        read_volume=_make_reader(data_path, offset, shape, volumes, dtype),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if inter is None else float(inter),
    )


def _open_mgh(path: Path, header_bytes: bytes) -> ImageSource:
    from nibabel.freesurfer.mghformat import MGHHeader

    if len(header_bytes) < MGH_OFFSET:
        raise ScanError(
            path,
            f"ends within its header, after {format_count(len(header_bytes), 'byte')}",
            "it is truncated",
        )
    header: Any = MGHHeader(header_bytes[:MGH_OFFSET], check=False)  # type: ignore[no-untyped-call]
    if int(header["version"]) != 1:
        raise ScanError(path, f"is not an MGH file (version {int(header['version'])})", "expected version 1")
    shape, volumes = checked_shape(path, [int(size) for size in header["dims"]])
    dtype = _read_dtype(path, header)
    with np.errstate(all="ignore"):
        affine = np.asarray(header.get_affine(), dtype=np.float64)
    if not is_valid_affine(affine):
        raise ScanError(path, "has an invalid affine", "its header is damaged")
    notes: tuple[str, ...] = ()
    if header_bytes[28:30] == b"\0\0":
        notes = ("The header gives no voxel positions; FreeSurfer's default, 1 mm and L I A, is used.",)
    return ImageSource(
        format=ImageFormat.MGH,
        shape=shape,
        volume_count=volumes,
        dtype=dtype,
        affine=affine,
        xform_codes=None,
        notes=notes,
        read_volume=_make_reader(path, MGH_OFFSET, shape, volumes, dtype),
    )


def _parse_header(header_class: Any, path: Path, header_bytes: bytes) -> Any:
    if len(header_bytes) < header_class.sizeof_hdr:
        raise ScanError(
            path,
            f"ends within its header, after {format_count(len(header_bytes), 'byte')}",
            "it is truncated",
        )
    return header_class(header_bytes[: header_class.sizeof_hdr], check=False)


def _read_dimensions(path: Path, header: Any) -> list[int]:
    count, *sizes = (int(size) for size in header["dim"])
    if not 1 <= count <= 7:
        raise ScanError(
            path, f"claims {format_count(count, 'dimension')}", "expected 3 or 4; its header is damaged"
        )
    return sizes[:count]


def _replace_empty_axes(sizes: list[int]) -> tuple[list[int], tuple[str, ...]]:
    """Replace sizes of 0 after the third axis by 1, as NIfTI's own library does; return a note on it."""
    if 0 not in sizes[3:]:
        return sizes, ()
    sizes_text = " × ".join(map(str, sizes))
    repaired = [*sizes[:3], *(size or 1 for size in sizes[3:])]
    return repaired, (
        f"The header claims {sizes_text} voxels; sizes of 0 beyond the third axis are read as 1.",
    )


def _read_dtype(path: Path, header: Any) -> np.dtype[Any]:
    try:
        dtype = np.dtype(header.get_data_dtype())
    except KeyError as error:
        code = error.args[0] if error.args else "unknown"
        raise ScanError(path, f"has an unknown data type (code {code})", "its header is damaged") from error
    return checked_dtype(path, dtype)


def _voxel_offset(path: Path, header: Any, *, is_single_file: bool) -> tuple[int, tuple[str, ...]]:
    offset = float(header["vox_offset"])
    if not np.isfinite(offset) or offset < 0 or offset > 2**40:
        raise ScanError(path, f"claims that its voxels begin at byte {offset:g}", "its header is damaged")
    minimum = int(header.single_vox_offset) if is_single_file else 0
    if offset < minimum:
        note = (
            f"The header claims that the voxels begin at byte {offset:g}, within itself; {minimum} is used."
        )
        return minimum, (note,)
    return int(header["vox_offset"]), ()


def _make_reader(path: Path, offset: int, shape: Shape, volume_count: int, dtype: np.dtype[Any]) -> Any:
    """Return the function that reads a volume; the file size is checked now, along with the header."""
    count = shape[0] * shape[1] * shape[2]
    sizes_text = " × ".join(str(size) for size in (*shape, volume_count)[: 3 + (volume_count > 1)])
    claimed_size = offset + count * volume_count * dtype.itemsize
    check_claimed_size(
        path,
        claimed_size,
        f"{sizes_text} voxels of {dtype.itemsize} {'byte' if dtype.itemsize == 1 else 'bytes'}",
    )
    return partial(_read_volume, path, offset, shape, dtype)


def _read_volume(
    path: Path, offset: int, shape: Shape, dtype: np.dtype[Any], volume: int
) -> npt.NDArray[Any]:
    count = shape[0] * shape[1] * shape[2]
    check_memory(path, count * (dtype.itemsize + 4))
    buffer = read_at(path, offset + volume * count * dtype.itemsize, count * dtype.itemsize)
    return np.frombuffer(buffer, dtype=dtype).reshape(shape, order="F")


def _analyze_affine(header: Any, shape: Shape, data_path: Path) -> AffineWithNotes:
    """Return the affine of an Analyze file: from SPM's .mat beside it, else by SPM's convention."""
    matrix_path = find_sibling(data_path, (".mat",))
    if matrix_path is not None and matrix_path.stat().st_size:
        return AffineWithNotes(
            _read_spm_affine(matrix_path),
            None,
            (f"The affine is from {matrix_path.name} beside it, written by SPM.",),
        )
    sizes = np.asarray(header["pixdim"][1:4], dtype=np.float64)
    invalid = ~((np.abs(sizes) >= MIN_SPACING) & (np.abs(sizes) <= MAX_SPACING))
    notes = [
        "Analyze files do not say which side is left: the first axis is assumed to point to the left, as in "
        "SPM, so left and right may be swapped."
    ]
    if invalid.any():
        notes.append(
            "The header does not give a valid voxel size along every axis; 1 mm is assumed for the others."
        )
    repaired = header.copy()
    repaired["pixdim"][1:4] = np.where(invalid, 1.0, np.abs(sizes))
    affine: Affine = np.asarray(repaired.get_best_affine(), dtype=np.float64)
    return AffineWithNotes(affine, None, tuple(notes))


def _read_spm_affine(path: Path) -> Affine:
    """Read the voxel-to-mm matrix of SPM's .mat, converted from indices that begin at 1 to indices from 0.

    Raises
    ------
    ScanError
        The file holds no such matrix.
    """
    from scipy.io import loadmat

    content = read_regular(path, MAX_MATRIX_FILE_BYTES, ScanError, "an SPM affine")
    affine: Affine
    try:
        variables = loadmat(BytesIO(content), variable_names=["mat", "M"])
        affine = np.asarray(
            variables["mat"] if "mat" in variables else np.diag([-1, 1, 1, 1]) @ variables["M"], np.float64
        )
        affine = affine.reshape(4, 4, -1)[:, :, 0] @ np.array(
            [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1.0]]
        )
    except Exception as error:
        raise ScanError(path, "holds no SPM affine", "repair or remove it") from error
    if not is_valid_affine(affine):
        raise ScanError(path, "holds an invalid affine", "repair or remove it")
    return affine
