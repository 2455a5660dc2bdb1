"""Pixels of DICOM frames, read file by file; sizes are checked before memory is allocated."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.dicom_frames import DicomFrame, SliceStack
from viewer.scans.safe_io import MAX_RATIO

UNPACKED = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
DECODERS = "pip install pylibjpeg[all], or convert it to NIfTI with dcm2niix"


def pixel_type(path: Path, frames: Sequence[DicomFrame]) -> tuple[np.dtype[Any], float, float]:
    """Return the data type that `make_reader` returns, and the slope and intercept still to be applied.

    Frames with different scalings, or with floating-point numbers, are scaled on reading.

    Raises
    ------
    ScanError
        The image is in colour, or its pixels are not integers of 8, 16 or 32 bits or floats of 32 or 64.
    """
    first = frames[0]
    if first.samples_per_pixel != 1 or not first.photometric.startswith("MONOCHROME"):
        raise ScanError(path, "is a colour image", "expected one number per voxel")
    pixel_format = (first.bits, first.is_signed, first.is_floating_point)
    if any((frame.bits, frame.is_signed, frame.is_floating_point) != pixel_format for frame in frames):
        raise ScanError(path, "holds pixels of several types", "expected one type for all of them")
    if first.is_floating_point:
        if first.bits not in (32, 64):
            raise ScanError(path, f"holds floats of {first.bits} bits", "expected 32 or 64 bits")
        return np.dtype(f"f{first.bits // 8}"), 1.0, 0.0
    if first.bits not in (8, 16, 32):
        raise ScanError(path, f"holds integers of {first.bits} bits", "expected 8, 16 or 32 bits")
    scalings = {(frame.slope, frame.intercept) for frame in frames}
    if len(scalings) > 1:
        return np.dtype(np.float32), 1.0, 0.0
    slope, inter = scalings.pop()
    return np.dtype(f"{'i' if first.is_signed else 'u'}{first.bits // 8}"), slope, inter


def make_reader(stack: SliceStack, dtype: np.dtype[Any]) -> Callable[[int], npt.NDArray[Any]]:
    """Return a function that reads one volume of stored values, shape (columns, rows, slices)."""
    return partial(_read_volume, stack, dtype)


def _read_volume(stack: SliceStack, dtype: np.dtype[Any], volume: int) -> npt.NDArray[Any]:
    frames = stack.volumes[volume]
    voxels = np.empty((frames[0].columns, frames[0].rows, len(frames)), dtype=dtype)
    cached: tuple[Path, npt.NDArray[Any]] | None = None
    for index, frame in enumerate(frames):
        if cached is None or cached[0] != frame.file:
            cached = frame.file, _read_pixels(frame)
        pixels = cached[1][frame.index]
        if dtype.kind == "f":
            pixels = pixels * np.float64(frame.slope) + np.float64(frame.intercept)
        voxels[:, :, index] = pixels.T
    return voxels


def check_pixel_sizes(frames: Sequence[DicomFrame]) -> None:
    """Raise ScanError for files that claim more pixels than they can hold, or have no decoder installed.

    Raises
    ------
    ScanError
        A file is refused; the message names it.
    """
    for frame in {frame.file: frame for frame in frames}.values():
        _check_claimed_size(frame)


def _check_claimed_size(frame: DicomFrame) -> None:
    """Raise ScanError if a file claims too many pixels; no DICOM compression exceeds deflate's ratio."""
    syntax = _transfer_syntax(frame.file)
    size = frame.file.stat().st_size
    claimed_size = frame.rows * frame.columns * frame.frame_count * frame.bits // 8
    if claimed_size > (size if str(syntax) in UNPACKED else size * MAX_RATIO):
        raise ScanError(
            frame.file,
            f"claims {frame.frame_count} × {frame.columns} × {frame.rows} pixels; "
            f"its {size:,} bytes are too few",
            "it is truncated or its header is wrong; copy it again",
        )
    if str(syntax) in UNPACKED:
        return
    from pydicom.pixels.decoders.base import get_decoder

    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        raise ScanError(
            frame.file, f"is compressed as {syntax.name}, for which no decoder is installed", DECODERS
        )


def _transfer_syntax(file: Path) -> Any:
    """Return the transfer syntax of a file; an uncompressed one if it declares none."""
    import pydicom

    try:
        header = pydicom.dcmread(file, force=True, stop_before_pixels=True, specific_tags=[])
        return header.file_meta.get("TransferSyntaxUID") or _detected_syntax(header)
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        raise ScanError(
            file, f"does not say how its pixels are encoded ({reason})", "it is damaged"
        ) from error


def _detected_syntax(header: Any) -> Any:
    """Return the uncompressed transfer syntax that pydicom detected in a file that declares none."""
    from pydicom import uid

    implicit, little_endian = header.original_encoding
    if implicit:
        return uid.ImplicitVRLittleEndian
    return uid.ExplicitVRLittleEndian if little_endian else uid.ExplicitVRBigEndian


def _read_pixels(frame: DicomFrame) -> npt.NDArray[Any]:
    """Read all frames of a file, shape (frames, rows, columns)."""
    import pydicom

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(frame.file, force=True)
            if "TransferSyntaxUID" not in dataset.file_meta:
                dataset.file_meta.TransferSyntaxUID = _detected_syntax(dataset)
            pixels = np.asarray(dataset.pixel_array)
    except MemoryError:
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        raise ScanError(frame.file, f"has pixels that cannot be read ({reason})", "it is damaged") from error
    if pixels.size != frame.frame_count * frame.rows * frame.columns:
        raise ScanError(frame.file, f"holds {pixels.shape} pixels, unlike its header", "it is damaged")
    return pixels.reshape(frame.frame_count, frame.rows, frame.columns)
