"""AFNI, MINC and PAR/REC files, read through nibabel."""

from __future__ import annotations

import math
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.files import check_regular, exists
from viewer.scans.file_types import ImageFormat, replace_ending
from viewer.scans.image_source import ImageSource
from viewer.scans.nifti_header import checked_dtype, checked_shape, is_valid_affine
from viewer.scans.safe_io import CHUNK, MAX_RATIO, check_claimed_size, check_memory, open_decompressed

PARTNERS = {ImageFormat.AFNI: (".HEAD", ".BRIK", ".BRIK.gz"), ImageFormat.PARREC: (".PAR", ".REC")}
"""Extensions of the files of the same name that nibabel opens together."""


def open_with_nibabel(path: Path, image_format: ImageFormat) -> ImageSource:
    """Read the header of an AFNI, MINC or PAR/REC file, and check it against the size of the file.

    Raises
    ------
    ScanError
        nibabel cannot read it, or it claims more voxels than the file can hold.
    """
    image, notes = _open_image(path, image_format)
    dtype = checked_dtype(path, np.dtype(image.get_data_dtype()))
    sizes = [int(size) for size in image.shape]
    spatial = _spatial_axes(path, image, image_format)
    _check_size(path, image, image_format, sizes, dtype)
    other_axes = [axis for axis in range(len(sizes)) if axis not in spatial]
    shape, volumes = checked_shape(path, [sizes[axis] for axis in (*spatial, *other_axes)])
    affine = np.asarray(image.affine, dtype=np.float64)
    if not is_valid_affine(affine):
        raise ScanError(path, "has an invalid affine", "its header is damaged")
    return ImageSource(
        format=image_format,
        shape=shape,
        volume_count=volumes,
        dtype=dtype,
        affine=affine,
        xform_codes=None,
        notes=notes,
        read_volume=partial(_read_volume, path, image_format, image, tuple(other_axes), tuple(spatial)),
    )


def _open_image(path: Path, image_format: ImageFormat) -> tuple[Any, tuple[str, ...]]:
    """Open an image with nibabel; return it and nibabel's warnings."""
    import nibabel

    check_regular(path, ScanError)
    for ending in PARTNERS.get(image_format, ()):
        for partner in (replace_ending(path, ending), replace_ending(path, ending.lower())):
            if exists(partner):
                check_regular(partner, ScanError)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            image = nibabel.load(path)
        return image, tuple(dict.fromkeys(f"nibabel notes: {warning.message}." for warning in caught))
    except ModuleNotFoundError as error:
        if error.name != "h5py":
            raise
        raise ScanError(
            path, f"is a {image_format} file, which requires the package h5py", "install h5py"
        ) from error
    except FileNotFoundError as error:
        missing = Path(error.filename).name if error.filename else "a file"
        raise ScanError(path, f"is one of two files, and {missing} is not beside it") from error
    except MemoryError as error:
        raise ScanError(path, "does not fit into memory") from error
    except Exception as error:
        raise _unreadable_error(path, image_format, error) from error


def _unreadable_error(path: Path, image_format: ImageFormat, error: Exception) -> ScanError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(":. ")
    if image_format is ImageFormat.PARREC and "slice orientation" in reason:
        return ScanError(
            path, "holds slices of different orientations", "it is a localizer, or several series"
        )
    remedy = "it is damaged, or of a kind that nibabel does not read"
    if image_format is ImageFormat.PARREC:
        remedy += "; dcm2niix may convert it to NIfTI"
    return ScanError(path, f"cannot be read as {image_format} ({reason[:200]})", remedy)


def _spatial_axes(path: Path, image: Any, image_format: ImageFormat) -> list[int]:
    """Return the indices of the spatial axes: by name in MINC, whose order varies, else the first three."""
    if image_format not in (ImageFormat.MINC1, ImageFormat.MINC2):
        return list(range(min(3, len(image.shape))))
    names = [str(name) for name in image.dataobj.minc_file._dim_names]
    spatial = [axis for axis, name in enumerate(names) if name.endswith("space")]
    if len(spatial) != 3:
        raise ScanError(path, f"has the axes {', '.join(names)}", "expected three spatial axes")
    return spatial


def _check_size(
    path: Path, image: Any, image_format: ImageFormat, sizes: list[int], dtype: np.dtype[Any]
) -> None:
    claimed_size = math.prod(sizes) * dtype.itemsize
    description = f"{' × '.join(map(str, sizes))} voxels of {dtype.itemsize} bytes"
    if image_format is ImageFormat.MINC2:
        # HDF5 compresses its chunks with deflate, too.
        check_claimed_size(path, -(-claimed_size // MAX_RATIO), description)
        return
    filename = image.file_map["image"].filename
    data_path = Path(filename) if filename else path
    check_claimed_size(data_path, claimed_size, description)
    if image_format is ImageFormat.AFNI:
        _check_length(data_path, claimed_size)


def _check_length(path: Path, claimed_size: int) -> None:
    """Check the decompressed length of a file: nibabel allocates memory for all that a header claims."""
    remaining = claimed_size
    with open_decompressed(path) as stream:
        while remaining > 0 and (chunk := stream.read(min(CHUNK, remaining))):
            remaining -= len(chunk)
    if remaining:
        raise ScanError(
            path, f"ends {remaining:,} bytes before its last voxel", "it is truncated; copy it again"
        )


def _read_volume(
    path: Path,
    image_format: ImageFormat,
    image: Any,
    other_axes: tuple[int, ...],
    spatial_axes: tuple[int, ...],
    volume: int,
) -> npt.NDArray[Any]:
    sizes = tuple(int(size) for size in image.shape)
    check_memory(path, math.prod(sizes[axis] for axis in spatial_axes) * 20)
    positions = (
        np.unravel_index(volume, tuple(sizes[axis] for axis in other_axes), order="F") if other_axes else ()
    )
    index: list[Any] = [slice(None)] * len(sizes)
    for axis, position in zip(other_axes, positions, strict=True):
        index[axis] = int(position)
    try:
        return np.asanyarray(image.dataobj[tuple(index)])
    except MemoryError as error:
        raise ScanError(path, "does not fit into memory") from error
    except Exception as error:
        raise _unreadable_error(path, image_format, error) from error
