"""Loading of scans and maps from image files of any supported format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer import resource_files
from viewer.errors import ScanError
from viewer.files import is_file
from viewer.json_text import printable
from viewer.scans.bids_folder import BidsImage, choose_bids_images, find_bids_images
from viewer.scans.file_types import TEMPLATE, ImageFormat, detect_image_format, image_stem
from viewer.scans.float32 import Float32Conversion
from viewer.scans.grid import Grid
from viewer.scans.image_source import ImageSource
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.nifti_header import shear_note
from viewer.scans.orientation import canonical_grid, canonical_view, stored_orientation
from viewer.scans.save import sd_path
from viewer.scans.scan import Scan, StoredOrientation
from viewer.scans.sidecar import map_title, read_sidecar
from viewer.scans.simulated_head import SIMULATED_HEAD, simulate_head
from viewer.scans.simulated_lesions import SIMULATED, demonstration_scan

BLOCK = 32

EXACT = 1 << 24
"""Largest number up to which float32 represents every whole number: 2^24."""

NON_FINITE_NOTE = re.compile(
    r"([\d,]+) voxels? (?:was|were) (?:not a number|infinite|negative and infinite)\b"
)
"""Beginning of the notes of `_replace_non_finite`."""


class VolumeNotChosen(ScanError):  # noqa: N818  the window asks for the volume instead of showing an error
    """Error for a file of several volumes if none was chosen; ``count`` is their number."""

    def __init__(self, path: Path, count: int, option: str = "--volume") -> None:
        super().__init__(path, f"holds {count} volumes", f"choose one with volume=N, 0 to {count - 1}")
        self.count = count
        self.option = option

    @property
    def command_line(self) -> str:
        """The message for the command line, with the option that chooses the volume."""
        return str(self).replace("with volume=N,", f"with {self.option} N,")


def open_image(path: Path) -> ImageSource:
    """Read and check an image's header; the voxels are not read yet.

    Raises
    ------
    ScanError
        The file is not an image, or its header is invalid.
    """
    form = detect_image_format(path)
    if form in (ImageFormat.NIFTI1, ImageFormat.NIFTI2, ImageFormat.ANALYZE, ImageFormat.MGH):
        from viewer.scans.nifti_analyze_mgh import open_nifti_analyze_mgh

        return open_nifti_analyze_mgh(path, form)
    if form is ImageFormat.DICOM:
        from viewer.scans.dicom import open_dicom

        return open_dicom(path)
    from viewer.scans.nibabel_formats import open_with_nibabel

    return open_with_nibabel(path, form)


def load_scan(
    path: str | Path | Mapping[str, str | Path | Scan],
    volume: int | None = None,
    *,
    channels: Sequence[str] | Mapping[str, str] | None = None,
    covariates: Mapping[str, float] | None = None,
) -> Scan:
    """Read a scan into canonical order: axes are reordered and reversed, never resampled.

    Several images of one person, and covariates, form one scan for a network with several inputs: a
    `MultichannelScan`, shown as its first image.

    Parameters
    ----------
    path : str or Path, or mapping of str to these or to Scan
        Several images by the names of the model's channels, ``{"T1": "t1.nii.gz", "FLAIR": "fl.nii.gz"}``; or
        one image: NIfTI-1, NIfTI-2, Analyze, SPM, MGH, MINC, AFNI or PAR/REC, compressed with gzip or not; a
        folder of DICOM, or one of its files; a person's folder of a BIDS dataset; or a built-in name:
        ``"mni152"`` (nilearn's template, scaled to a maximum of 1 as in nilearn), ``"simulated-lesions"``
        (the template with the lesions of the demonstration), ``"simulated-grey-matter"`` or
        ``"simulated-head"`` (a head with skull, as scanned).
    volume : int, optional
        Index of the volume in a series, from 0; not needed if there is only one.
    channels : sequence of str, or mapping of str to str, optional
        Channel name of each volume of one file, in order. For a BIDS folder, names of the images, or the
        modality of each by name: ``{"T1": "T1w", "FLAIR": "FLAIR"}``.
    covariates : mapping of str to float, optional
        Values by the names of the model's covariates, in their units: ``{"age": 71}``.

    Returns
    -------
    Scan
        float32 and finite, with a note on every repair; the magnitude of complex values.

    Raises
    ------
    VolumeNotChosen
        There are several volumes, and none was chosen.
    ScanError
        The file is missing, damaged, or holds no volume.

    Examples
    --------
    >>> import viewer
    >>> scan = viewer.load_scan("mni152")
    >>> scan.grid.shape
    (197, 233, 189)
    >>> float(scan.data.max())
    1.0
    """
    if isinstance(path, Mapping):
        images = {name: file if isinstance(file, Scan) else load_scan(file) for name, file in path.items()}
        return make_multichannel_scan(images, covariates)
    bids_images = find_bids_images(Path(path))
    if bids_images:
        return _load_bids(Path(path), bids_images, channels, volume, covariates)
    if channels is not None:
        return make_multichannel_scan(_load_volumes(path, tuple(channels)), covariates)
    if covariates:
        return make_multichannel_scan(load_scan(path, volume), covariates)
    if str(path) == TEMPLATE:
        return _load_template()
    if str(path) == SIMULATED:
        return demonstration_scan(_load_template())
    if str(path) == SIMULATED_HEAD:
        return simulate_head(_load_template())
    if str(path) == resource_files.GREY_MATTER:
        return _load_grey_matter()
    path = Path(path)
    source = open_image(path)
    data, stored, notes = _read_volume(path, source, volume, "--volume")
    index = _volume_index(source, volume)
    name = _volume_name(printable(image_stem(path)), index)
    return Scan(data, canonical_grid(stored), name, notes, path, stored, index)


def _load_bids(
    folder: Path,
    images: Sequence[BidsImage],
    channels: Sequence[str] | Mapping[str, str] | None,
    volume: int | None,
    covariates: Mapping[str, float] | None,
) -> Scan:
    """Return the images of a BIDS folder, with a note that lists their files."""
    if channels is None and len(images) > 1:
        listed = ", ".join(image.path.name for image in images)
        remedy = "name one of the files, or the network that uses them (channels= in Python)"
        raise ScanError(folder, f"has {len(images)} images ({listed})", remedy)
    requested = channels if isinstance(channels, Mapping) else dict.fromkeys(channels or ("",), "")
    files = choose_bids_images(folder, images, requested)
    note = ", ".join(f"{name} {file.name}".strip() for name, file in files.items())
    scans = {name: load_scan(file, volume) for name, file in files.items()}
    first = next(iter(scans))
    # The note is attached to the first image, which is always kept.
    scans[first] = replace(scans[first], notes=(f"taken from {folder}: {note}.", *scans[first].notes))
    return make_multichannel_scan(scans[""] if list(scans) == [""] else scans, covariates)


def _load_volumes(path: str | Path, channels: Sequence[str]) -> dict[str, Scan]:
    """Return every volume of a file by the name of its channel."""
    if len({name.casefold() for name in channels}) < len(channels):
        raise ScanError(path, f"is given the same channel twice ({', '.join(channels)})")
    count = count_volumes(path)
    if count != len(channels):
        volumes_text = f"{count} volume{'s' * (count != 1)}"
        channels_text = "1 channel is" if len(channels) == 1 else f"{len(channels)} channels are"
        problem = f"holds {volumes_text}, and {channels_text} named ({', '.join(channels)})"
        raise ScanError(path, problem, "name one channel for each volume")
    name = printable(image_stem(Path(path)))
    return {channel: replace(load_scan(path, number), name=name) for number, channel in enumerate(channels)}


@contextmanager
def require_single_volume() -> Iterator[None]:
    """Require single-volume files inside the block, such as masks, for which there is no volume option.

    Raises
    ------
    ScanError
        A file holds several volumes; the message names no option.
    """
    try:
        yield
    except VolumeNotChosen as error:
        raise ScanError(error.subject, error.problem, "a single one is needed; save it separately") from error


def load_map(path: str | Path, volume: int | None = None) -> Map:
    """Read a map, with its provenance if it has a JSON sidecar.

    An invalid sidecar is ignored, with a note. In integer files with an intercept, the stored value nearest
    to 0 is read as 0: otherwise, the background would have a small non-zero relevance.

    Parameters
    ----------
    path : str or Path
        Any image that `viewer.load_scan` reads.
    volume : int, optional
        Index of the volume in a series, from 0; not needed if there is only one.

    Returns
    -------
    Map
        Values in the file's units, on the file's grid; a mean over members has its ``sd`` if that file is
        next to it.

    Raises
    ------
    VolumeNotChosen
        There are several volumes, and none was chosen.
    ScanError
        The file is missing, damaged, or holds no volume.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> grid = viewer.Grid((4, 5, 6), np.diag([2, 2, 2, 1]))
    >>> path = viewer.Map(np.ones((4, 5, 6)), grid, "ones").save("ones.nii.gz")
    >>> viewer.load_map(path).grid.shape
    (4, 5, 6)
    """
    path = Path(path)
    source = open_image(path)
    data, stored, notes = _read_volume(path, source, volume, "--map-volume")
    provenance, sidecar_notes = read_sidecar(path)
    notes = (*notes, *_restore_zero(data, source), *sidecar_notes)
    index = _volume_index(source, volume)
    name = _volume_name(map_title(provenance) or printable(image_stem(path)), index)
    loaded = Map(data, canonical_grid(stored), name, provenance, stored, notes, path, index)
    return loaded if index is not None else _attach_sd(loaded, path)


def _attach_sd(mean_map: Map, path: Path) -> Map:
    """Return a mean over members with the standard deviation from the file written next to it, if any."""
    uncertainty, deviation_path = mean_map.provenance.uncertainty, sd_path(path)
    if uncertainty.get("statistic") != "mean" or not is_file(deviation_path):
        return mean_map
    sd_uncertainty = read_sidecar(deviation_path)[0].uncertainty
    if {**sd_uncertainty, "statistic": "mean"} != dict(uncertainty):
        return replace(
            mean_map,
            notes=(
                *mean_map.notes,
                f"{deviation_path.name} beside it belongs to another map and was ignored.",
            ),
        )
    try:
        deviation = load_map(deviation_path)
    except ScanError as error:
        problem = f"{deviation_path.name} beside it {error.problem} and was ignored."
        return replace(mean_map, notes=(*mean_map.notes, problem))
    assert mean_map.grid is not None
    if deviation.grid is None or not deviation.grid.same_as(mean_map.grid):
        problem = f"{deviation_path.name} beside it is on another grid and was ignored."
        return replace(mean_map, notes=(*mean_map.notes, problem))
    return replace(mean_map, sd=deviation)


def count_volumes(path: str | Path) -> int:
    """Return the number of volumes of a file; only its header is read.

    Raises
    ------
    ScanError
        The file is missing, damaged, or holds no volume.
    """
    return 1 if str(path) in resource_files.BUILTIN_SCANS else open_image(Path(path)).volume_count


def _load_template() -> Scan:
    path = resource_files.template_path()
    data, stored, _ = _read_volume(path, open_image(path), None, "--volume")
    data /= data.max()
    # The path is the name, so that `load_scan` reads the same scan again.
    return Scan(data, canonical_grid(stored), TEMPLATE, (), Path(TEMPLATE), stored)


def _load_grey_matter() -> Scan:
    path = resource_files.resource_path(f"demo/{resource_files.GREY_MATTER}.nii.gz")
    data, stored, _ = _read_volume(path, open_image(path), None, "--volume")
    note = "Simulated: the grey matter of an 80-year-old, from the MNI152 templates; not a patient's scan."
    name = resource_files.GREY_MATTER
    return Scan(data, canonical_grid(stored), name, (note,), Path(name), stored)


def _volume_index(source: ImageSource, volume: int | None) -> int | None:
    return volume if source.volume_count > 1 else None


def _volume_name(name: str, volume: int | None) -> str:
    """Return the name of a file's image, with the volume's number if the file has several."""
    return name if volume is None else f"{name}, volume {volume}"


def _read_volume(
    path: Path, source: ImageSource, volume: int | None, option: str
) -> tuple[npt.NDArray[np.float32], StoredOrientation, tuple[str, ...]]:
    """Read one volume in canonical order; return it with its orientation in the file, and notes."""
    if volume is None and source.volume_count > 1:
        raise VolumeNotChosen(path, source.volume_count, option)
    index = 0 if volume is None else volume
    if not 0 <= index < source.volume_count:
        available = (
            "one volume, number 0" if source.volume_count == 1 else f"volumes 0 to {source.volume_count - 1}"
        )
        raise ScanError(path, f"has no volume {index}", f"it holds {available}")
    stored = stored_orientation(Grid(source.shape, source.affine), source.xform_codes)
    try:
        array = source.read_volume(index)
        data, narrowing = _to_canonical(array, source, stored)
        notes = (
            *source.notes,
            *shear_note(source.affine),
            *_precision_note(source, array),
            *narrowing.check_precision(path, data),
            *_replace_non_finite(path, data),
        )
    except MemoryError as error:
        raise ScanError(path, "does not fit into memory") from error
    if source.dtype.kind == "c":
        notes = (*notes, "The voxels are complex numbers; their magnitude is shown.")
    return data, stored, notes


def _to_canonical(
    array: npt.NDArray[Any], source: ImageSource, stored: StoredOrientation
) -> tuple[npt.NDArray[np.float32], Float32Conversion]:
    """Scale in float64 and reorient block by block, which is twice as fast as one copy for 256³ voxels."""
    view = canonical_view(array, stored)
    data = np.empty(view.shape, dtype=np.float32)
    narrowing = Float32Conversion()
    is_scaled = (source.slope, source.intercept) != (1.0, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(0, view.shape[0], BLOCK):
            for j in range(0, view.shape[1], BLOCK):
                block: npt.NDArray[Any] = view[i : i + BLOCK, j : j + BLOCK]
                if is_scaled:
                    block = block * np.float64(source.slope) + np.float64(source.intercept)
                if block.dtype.kind == "c":
                    block = np.abs(block)
                narrowing.convert(block, data[i : i + BLOCK, j : j + BLOCK])
    return data, narrowing


def _replace_non_finite(path: Path, data: npt.NDArray[np.float32]) -> tuple[str, ...]:
    """Set NaN to 0, and infinite values to the largest or smallest finite value, in place.

    The extreme voxels thus remain the extremes instead of becoming holes.
    """
    finite = np.isfinite(data)
    if finite.all():
        return ()
    if not finite.any():
        raise ScanError(path, "has no voxel with a finite number (all NaN or infinite)")
    low, high = float(data[finite].min()), float(data[finite].max())
    notes = []
    for selected, value, description in (
        (np.isnan(data), 0.0, "not a number (NaN)"),
        (data == np.inf, high, "infinite"),
        (data == -np.inf, low, "negative and infinite"),
    ):
        count = int(np.count_nonzero(selected))
        if not count:
            continue
        data[selected] = value
        voxels = "1 voxel was" if count == 1 else f"{count:,} voxels were"
        replacement = (
            "0" if value == 0 else f"the {'largest' if value == high else 'smallest'} value, {value:.6g}"
        )
        notes.append(f"{voxels} {description} and set to {replacement}.")
    return tuple(notes)


def count_non_finite(notes: Iterable[str]) -> int:
    """Return the number of voxels of a scan that were not finite in its file, from its notes."""
    matches = (NON_FINITE_NOTE.match(note) for note in notes)
    return sum(int(match[1].replace(",", "")) for match in matches if match)


def _precision_note(source: ImageSource, array: npt.NDArray[Any]) -> tuple[str, ...]:
    """Return a note if float32 cannot represent the file's integers."""
    if source.dtype.kind not in "iu" or source.dtype.itemsize < 4:
        return ()
    largest = max(abs(int(array.min())), abs(int(array.max())))
    if largest <= EXACT:
        return ()
    return (
        f"The file holds whole numbers up to {largest:,}; those beyond {EXACT:,} are rounded to 32-bit "
        "floating point.",
    )


def _restore_zero(data: npt.NDArray[np.float32], source: ImageSource) -> tuple[str, ...]:
    """Set voxels of the stored value nearest to 0 to 0, in place; return a note."""
    if source.dtype.kind not in "iu" or not source.intercept:
        return ()
    nearest_integer = round(-source.intercept / source.slope)
    limits = np.iinfo(source.dtype)
    value = np.float32(nearest_integer * np.float64(source.slope) + np.float64(source.intercept))
    if value == 0 or not limits.min <= nearest_integer <= limits.max:
        return ()
    rounded = data == value
    count = int(np.count_nonzero(rounded))
    if not count:
        return ()
    data[rounded] = 0.0
    return (f"0 fell between two of the file's whole numbers; the nearest ({value:.2g}) is read as 0.",)
