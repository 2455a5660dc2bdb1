"""Writing of maps as NIfTI on the grid of their scan's file, so that other viewers overlay them exactly."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.atomic_write import atomic_write
from viewer.scans.file_types import image_stem
from viewer.scans.grid import Grid
from viewer.scans.nifti_header import is_valid_affine
from viewer.scans.orientation import canonical_grid
from viewer.scans.scan import StoredOrientation
from viewer.scans.sidecar import ANOTHER_NAME, check_sidecar, read_sidecar, sidecar_path, sidecar_text

if TYPE_CHECKING:
    from viewer.scans.map import Map

ALIGNED_CODE = 2
"""NIfTI's code for coordinates aligned to another image, neither a scanner's nor an atlas's."""

REPRESENTED = 1e-3
"""Largest difference in voxels at the corners between the affine and a qform, which has no shear."""

PACKING = 3
"""gzip compression level: files as small as with higher levels, in a fraction of the time."""

MAX_AXIS = 32767


def save_map(map_: Map, path: str | Path) -> Path:
    """Write a map as NIfTI-1 float32 in its scan's own voxel order, and its provenance as a JSON sidecar.

    The affine in the file is that of the scan's file (to the last bit in NIfTI's 32-bit numbers), with
    the same qform and sform codes; the qform is omitted if it cannot represent the affine. Both files
    are written under temporary names and moved into place.

    Parameters
    ----------
    map_
        A map on a grid.
    path
        Path of the image, ending in .nii or .nii.gz.

    Returns
    -------
    The path of the image.

    Raises
    ------
    ScanError
        The map has no grid, the extension is not supported, the JSON would replace one that was not written
        with a map, or a file cannot be written.
    """
    path = Path(path)
    if map_.grid is None:
        raise ScanError(path, "cannot hold a map of a bare tensor", "explain a scan to have coordinates")
    _check_ending(path)
    if path.exists() and any(path.resolve() == source.resolve() for source in _source_paths(map_)):
        raise ScanError(path, "is the scan that the map explains", "choose another name")
    check_sidecar(path)
    stored = map_.stored
    if stored is None or not canonical_grid(stored).same_as(map_.grid):
        stored = StoredOrientation(map_.grid)
    provenance = map_.provenance
    if provenance.method and not provenance.title:
        provenance = replace(provenance, title=map_.name)
    text = sidecar_text(provenance, stored.grid)
    try:
        with atomic_write(sidecar_path(path)) as sidecar, atomic_write(path) as image:
            _write_nifti(map_.data, stored, image, path, f"saliency map, {map_.provenance.method}")
            sidecar.write(text.encode())
    except OSError as error:
        raise _write_error(path, error) from error
    return path


def channel_path(path: Path, channel: str) -> Path:
    """Return the path of a channel's map: ``MAP_T1.nii.gz`` for ``MAP.nii.gz``."""
    stem = image_stem(path)
    safe = re.sub(r"[^\w+-]+", "-", channel).strip("-") or "channel"
    return path.with_name(f"{stem}_{safe}{path.name[len(stem) :]}")


def check_channel_paths(path: Path, channels: Iterable[str]) -> None:
    """Raise ScanError if writing the channels' maps would replace files that the user did not name.

    Files previously written along with the map at ``path`` may be replaced.

    Raises
    ------
    ScanError
        Such a file exists and is not a map of the same channel next to a map of this name, or two channels
        would have the same file.
    """
    names: dict[str, str] = {}
    for channel in channels:
        channel_file = channel_path(path, channel)
        existing = names.setdefault(channel_file.name.casefold(), channel)
        if existing != channel:
            raise ScanError(
                channel_file, f"would hold the maps of {existing} and of {channel}", "rename the channels"
            )
        check_sidecar(channel_file)
        if not (channel_file.exists() or channel_file.is_symlink()):
            continue
        if channel_file.is_symlink() or not path.exists() or read_sidecar(channel_file)[0].channel != channel:
            raise ScanError(
                channel_file, "was not written with this map, and would be replaced", ANOTHER_NAME
            )


def sd_path(path: Path) -> Path:
    """Return the path of the standard deviation of a mean: ``MAP_sd.nii.gz`` for ``MAP.nii.gz``."""
    return channel_path(path, "sd")


def check_sd_path(path: Path, *sibling_paths: Path) -> None:
    """Raise ScanError if writing a mean's standard deviation would replace a file that the user did not name.

    A file previously written along with the mean at ``path`` may be replaced. ``sibling_paths`` are the other
    files written along with it.

    Raises
    ------
    ScanError
        Such a file exists and is not a standard deviation next to a map of this name, or is one of the parts.
    """
    deviation_path = sd_path(path)
    if deviation_path.name.casefold() in (part.name.casefold() for part in sibling_paths):
        raise ScanError(
            deviation_path, "would hold a channel's map and a standard deviation", "rename the channel"
        )
    check_sidecar(deviation_path)
    if not (deviation_path.exists() or deviation_path.is_symlink()):
        return
    statistic = read_sidecar(deviation_path)[0].uncertainty.get("statistic")
    if deviation_path.is_symlink() or not path.exists() or statistic != "sd":
        raise ScanError(deviation_path, "was not written with this map, and would be replaced", ANOTHER_NAME)


def _source_paths(map_: Map) -> list[Path]:
    """Return the files of the images that a map explains."""
    scan = map_.provenance.scan
    channels = scan.get("channels")
    images = [scan, *(channels.values() if isinstance(channels, Mapping) else ())]
    paths = [image.get("path") for image in images if isinstance(image, Mapping)]
    return [Path(path) for path in paths if isinstance(path, str) and path]


def save_volume(
    data: npt.NDArray[np.generic], stored: StoredOrientation, path: str | Path, description: str = ""
) -> Path:
    """Write a canonical array (shape of ``stored``'s canonical grid) as `save_map` does, without a sidecar.

    A mask (bool) is written as uint8, anything else as float32.

    Raises
    ------
    ScanError
        The extension is neither .nii nor .nii.gz, or the file cannot be written.
    """
    path = Path(path)
    _check_ending(path)
    try:
        with atomic_write(path) as image:
            dtype = np.uint8 if data.dtype == np.bool_ else np.float32
            _write_nifti(np.asarray(data, dtype=dtype), stored, image, path, description)
    except OSError as error:
        raise _write_error(path, error) from error
    return path


def _check_ending(path: Path) -> None:
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        raise ScanError(path, "has an extension that is not supported for maps", "use .nii.gz or .nii")


def _write_error(path: Path, error: OSError) -> ScanError:
    if isinstance(error, FileNotFoundError):
        return ScanError(path, f"cannot be written, there is no folder {path.parent}")
    return ScanError(path, f"cannot be written ({error.strerror or error})")


def _write_nifti(
    data: npt.NDArray[np.generic], stored: StoredOrientation, file: BinaryIO, path: Path, description: str
) -> None:
    header = _make_header(stored, data.dtype, path, description)
    voxels = stored.from_canonical(data).tobytes(order="F")
    header_bytes = header.binaryblock + bytes(int(header["vox_offset"]) - len(header.binaryblock))
    if path.name.lower().endswith(".gz"):
        # Without time and name in the gzip header, the same map gives the same file.
        with gzip.GzipFile("", "wb", PACKING, file, mtime=0) as compressed:
            stream = cast(BinaryIO, compressed)
            stream.write(header_bytes)
            stream.write(voxels)
        return
    file.write(header_bytes)
    file.write(voxels)


def _make_header(stored: StoredOrientation, dtype: np.dtype[Any], path: Path, description: str) -> Any:
    from nibabel.nifti1 import Nifti1Header

    grid = stored.grid
    if max(grid.shape) > MAX_AXIS:
        raise ScanError(
            path, f"cannot hold {max(grid.shape)} voxels along an axis", f"NIfTI-1 allows {MAX_AXIS}"
        )
    header: Any = Nifti1Header()  # type: ignore[no-untyped-call]
    header.set_data_shape(grid.shape)
    header.set_data_dtype(dtype)
    header.set_xyzt_units("mm")
    header["pixdim"][1:4] = grid.spacing
    header["scl_slope"], header["scl_inter"] = 1, 0
    header["vox_offset"] = 352
    header["descrip"] = description.encode("ascii", "replace")[:79]
    qform_code, sform_code = stored.xform_codes or (ALIGNED_CODE, ALIGNED_CODE)
    if qform_code:
        _set_qform(header, grid, qform_code)
    if sform_code:
        _set_sform(header, grid, sform_code)
    elif not _is_exact(header, grid):
        _set_sform(header, grid, qform_code or ALIGNED_CODE)
    return header


def _set_qform(header: Any, grid: Grid, code: int) -> None:
    trial = header.copy()
    trial.set_qform(grid.affine)
    restored = np.asarray(trial.get_qform())
    if is_valid_affine(restored) and Grid(grid.shape, restored).same_as(
        grid, REPRESENTED * float(grid.spacing.min())
    ):
        header.set_qform(grid.affine)
        # Set directly, as set_qform refuses codes that NIfTI does not define.
        header["qform_code"] = code


def _set_sform(header: Any, grid: Grid, code: int) -> None:
    header.set_sform(grid.affine)
    header["sform_code"] = code


def _is_exact(header: Any, grid: Grid) -> bool:
    """Return whether the header's affine equals the grid's in 32 bits."""
    restored = np.asarray(header.get_best_affine())
    return bool((restored.astype(np.float32) == grid.affine.astype(np.float32)).all())
