"""Export of a map of a DICOM series as DICOM objects that refer to the series."""

from __future__ import annotations

import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError, ViewerError
from viewer.models.fit_report import fit_report_from_json
from viewer.number_format import format_number
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.cluster_table import ClusterRow, cluster_table
from viewer.scans.clusters import clusters_with_voxels
from viewer.scans.dicom_source import SourceSeries, read_source_series, slice_positions
from viewer.scans.map import Map
from viewer.scans.origin import map_origin
from viewer.scans.scan import Scan
from viewer.scans.smoothing import gaussian_smooth
from viewer.scans.threshold import SortedValues
from viewer.scene.colormaps import sign_colormaps
from viewer.scene.dicom_export.frame_geometry import FrameGeometry, frame_geometry
from viewer.scene.dicom_export.method_text import MAX_STRING_LENGTH, RESEARCH_ONLY, describe_method
from viewer.scene.dicom_export.optional_package import import_highdicom
from viewer.scene.dicom_export.patient import prepare_headers
from viewer.scene.dicom_export.series_context import SeriesContext
from viewer.session.view import View

if TYPE_CHECKING:
    from viewer.scans.atlas import Atlas

NAMES = {
    "map": "parametric-map.dcm",
    "bodies": "segmentation.dcm",
    "box": "figure-box.dcm",
    "slices": "figure-slices.dcm",
}
"""File names by content."""

FIGURE_SIZE = (1280, 960)


@dataclass(frozen=True, eq=False)
class DicomExport:
    """Files of an export.

    Parameters
    ----------
    files
        Paths by content: ``map``, ``bodies``, ``box`` and ``slices``; only those that were written.
    notes
        Why a file is missing, and remarks on the files.
    """

    files: Mapping[str, Path]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(self.files)))


def save_dicom(
    scan: Scan,
    shown: Map,
    folder: str | Path,
    view: View | None = None,
    *,
    atlas: Atlas | None = None,
    pseudonym: str = "",
    pictures: bool = True,
    progress: Progress | None = None,
) -> DicomExport:
    """Write a map of a DICOM series as DICOM: values, bodies and pictures, in the series' study.

    The values become a Parametric Map of 32-bit floating point, the bodies at the view's threshold a
    Segmentation, the box and the slices Secondary Captures with "research only, not for diagnosis" in their
    pixels. All have the study and frame of reference of the series, refer to its images, and describe how the
    map was computed. Nothing is resampled: the frames have the positions of the map's voxels. Needs
    ``saliency-viewer[dicom]``.

    Parameters
    ----------
    scan : Scan
        The scan, read from a DICOM series whose files still exist. Of several images, the first one is used.
    shown : Map
        A map of this scan, on any grid with two axes at right angles.
    folder : str or Path
        Output folder, created if missing. Existing files are not replaced.
    view : View, optional
        Threshold, sign, smoothing and sizes of the bodies, and the appearance of the pictures. The default
        is `View()`.
    atlas : Atlas, optional
        Atlas from which the bodies are named.
    pseudonym : str
        Name and ID that replace the person's; then only the geometry is kept, and all UIDs are replaced. By
        default, the identity of the series is kept, which archives need to file the objects.
    pictures : bool
        Also write the Secondary Captures. Without OpenGL, the box is omitted, with a note.
    progress : Progress, optional
        Called before every object; may cancel.

    Returns
    -------
    DicomExport
        The ``files`` by content, and ``notes``.

    Raises
    ------
    ScanError
        The scan was not read from DICOM, its series changed or cannot be referred to, the map is of another
        scan, or a file exists already.
    ViewerError
        highdicom is not installed.
    Cancelled
        Cancelled by ``progress``; no file is left.

    Examples
    --------
    >>> import viewer
    >>> scan = viewer.load_scan("mni152")
    >>> warm = viewer.Map(scan.data, scan.grid, "the brightest")
    >>> try:
    ...     viewer.save_dicom(scan, warm, "export")
    ... except viewer.ViewerError as error:
    ...     print(error)
    mni152: has no DICOM series to refer to; mni152 comes with the program, not from DICOM
    """
    folder, view, progress = Path(folder), view or View(), progress or Progress()
    series = read_source_series(scan)
    _check_pseudonym(pseudonym)
    _check_map(scan, shown)
    hd = import_highdicom()
    paths = {kind: folder / name for kind, name in NAMES.items()}
    for path in paths.values():
        if path.exists() or path.is_symlink():
            raise ScanError(path, "exists already", "choose another folder")
    data, geometry = _make_frame_converter(scan, shown, series)
    origin = map_origin(shown, scan)
    name = shown.name if not origin.description else f"{shown.name} ({origin.description})"
    context = SeriesContext(
        highdicom=hd,
        headers=prepare_headers(series.headers, pseudonym),
        geometry=geometry,
        method_description=describe_method(shown, origin),
        map_name=name,
        is_pseudonymised=bool(pseudonym),
    )
    objects: dict[str, Any] = {}
    notes: list[str] = []
    with _one_line_errors(str(scan.path)):
        _check_references(series, context)
        progress.step(0, 4, "writing the map")
        from viewer.scene.dicom_export.parametric_map import parametric_map

        objects["map"] = parametric_map(context, shown, data(shown.data))
        progress.step(1, 4, "writing the bodies")
        bodies, note, cutoff = _make_segmentation(context, shown, view, atlas, data)
        notes += [note] if note else []
        objects |= {} if bodies is None else {"bodies": bodies}
        if pictures:
            captures, picture_notes = _make_captures(context, scan, shown, view, cutoff, progress)
            objects |= captures
            notes += picture_notes
    return DicomExport(_write_objects(objects, paths, folder), tuple(notes))


def _check_pseudonym(pseudonym: str) -> None:
    if len(pseudonym) > MAX_STRING_LENGTH or not pseudonym.isprintable() or set(pseudonym) & set("\\=^"):
        raise ScanError(
            f"pseudonym {pseudonym!r}",
            "cannot be written as a name in DICOM",
            f"use up to {MAX_STRING_LENGTH} letters, without \\, = and ^",
        )


def _check_map(scan: Scan, saliency_map: Map) -> None:
    """Raise ScanError for an invalid map, or one of another scan, which would be misfiled."""
    if saliency_map.grid is None or saliency_map.data.ndim != 3:
        raise ScanError(saliency_map.name, "has no 3D spatial grid", "only maps of 3D scans can be written")
    if not np.isfinite(saliency_map.data).all():
        raise ScanError(saliency_map.name, "contains non-finite values", "compute it again")
    origin = map_origin(saliency_map, scan)
    if origin.is_from_other_scan:
        raise ScanError(
            saliency_map.name,
            f"is {origin.other_scan_text}, not of {scan.name}",
            "compute a map of this scan",
        )


FrameMaker = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]


def _make_frame_converter(
    scan: Scan, saliency_map: Map, series: SourceSeries
) -> tuple[FrameMaker, FrameGeometry]:
    """Return a function that converts voxels of the map's grid to frames, and the geometry of the frames.

    On the scan's grid, the frames have exactly the positions of the images of the series.
    """
    assert saliency_map.grid is not None
    if saliency_map.grid.same_as(scan.grid):
        geometry = frame_geometry(scan.stored.grid, saliency_map.name)
        if geometry.axes == (0, 1, 2):
            geometry = replace(geometry, positions=slice_positions(series))
        return lambda data: geometry.as_frames(scan.stored.from_canonical(data)), geometry
    geometry = frame_geometry(saliency_map.grid, saliency_map.name)
    return geometry.as_frames, geometry


def _check_references(series: SourceSeries, context: SeriesContext) -> None:
    """Raise ScanError if the series lacks an identifier to which every derived object must refer."""
    for name, description in (
        ("StudyInstanceUID", "its study"),
        ("SeriesInstanceUID", "its series"),
        ("SOPInstanceUID", "the image"),
        ("FrameOfReferenceUID", "its frame of reference"),
    ):
        for frame, header in zip(series.frames, context.headers, strict=False):
            if not header.get(name):
                raise ScanError(
                    frame.file,
                    f"does not identify {description} ({name}), so no object can refer to it",
                    "export the series from the archive again",
                )


def _make_segmentation(
    context: SeriesContext, saliency_map: Map, view: View, atlas: Atlas | None, to_frames: FrameMaker
) -> tuple[Any, str, float]:
    """Return the segmentation, or None if there are no bodies, a note, and the |value| of the threshold."""
    from viewer.scene.dicom_export.segmentation import MAX_BODIES, segmentation

    assert saliency_map.grid is not None
    sign = view.sign.number
    values = gaussian_smooth(saliency_map.data, saliency_map.grid, view.smoothing)
    cutoff = SortedValues(values, sign).cutoff(view.threshold)
    max_bodies = min(view.largest_clusters or MAX_BODIES, MAX_BODIES)
    clusters_found = clusters_with_voxels(
        values, saliency_map.grid, cutoff, sign, view.smallest_cluster, max_bodies
    )[:max_bodies]
    if not clusters_found:
        return None, f"no body reaches the threshold, {format_number(cutoff)}: no segmentation", cutoff
    placed_atlas = _match_atlas(atlas, saliency_map)
    table = cluster_table(
        values, saliency_map.grid, cutoff, sign, view.smallest_cluster, placed_atlas, max_clusters=max_bodies
    )
    rows: Sequence[ClusterRow] = table[:max_bodies]
    labels = np.zeros(values.size, dtype=np.uint8)
    for row, (_, voxels) in zip(rows, clusters_found, strict=True):
        labels[voxels] = row.number
    colours = sign_colormaps(view.hues)
    dataset = segmentation(
        context,
        rows,
        to_frames(labels.reshape(values.shape)),
        cutoff,
        {1: colours.body(1), -1: colours.body(-1)},
    )
    note = ""
    if max_bodies == MAX_BODIES and len(clusters_found) == MAX_BODIES:
        note = f"the segmentation has the {MAX_BODIES} bodies with the most relevance; raise the threshold"
    return dataset, note, cutoff


def _match_atlas(atlas: Atlas | None, saliency_map: Map) -> Atlas | None:
    """Return the atlas; its names end in a question mark if it is not known to be in the map's space."""
    if atlas is None:
        return None
    from viewer.scans.atlas_space import atlas_for_image

    return atlas_for_image(atlas, saliency_map)


def _make_captures(
    context: SeriesContext, scan: Scan, saliency_map: Map, view: View, cutoff: float, progress: Progress
) -> tuple[dict[str, Any], list[str]]:
    """Return the secondary captures of the box and of the slices, and notes on missing ones."""
    from PIL import Image

    from viewer.scene.dicom_export.secondary_capture import secondary_capture, with_caption
    from viewer.scene.figure import figure
    from viewer.scene.slices_figure import slices_figure

    series = context.series_arguments(2, f"{RESEARCH_ONLY}: pictures")
    provenance = saliency_map.provenance
    network, fit = str(provenance.model.get("name") or ""), fit_report_from_json(provenance.fit)
    caption = ", ".join(
        part
        for part in (
            context.map_name,
            f"network {network}" if network else "",
            f"|value| from {format_number(cutoff)}",
            provenance.uncertainty_text,
            f"fit of the scan: {fit.verdict}" if fit.checks else "",
        )
        if part
    )
    captures, notes = {}, []
    with tempfile.TemporaryDirectory() as folder:

        def draw_box() -> Path:
            return figure(scan, saliency_map, Path(folder, "box.png"), view, FIGURE_SIZE)

        def draw_slices() -> Path:
            crosshair = "peak" if view.crosshair is None else None
            return slices_figure(scan, saliency_map, Path(folder, "slices.png"), view, crosshair)  # type: ignore[arg-type]

        for number, (kind, draw_picture) in enumerate((("box", draw_box), ("slices", draw_slices)), start=1):
            progress.step(1 + number, 4, f"drawing the {kind}")
            try:
                with Image.open(draw_picture()) as picture:
                    pixels = np.asarray(picture.convert("RGB"), dtype=np.uint8)
            except ViewerError as error:
                notes.append(f"no picture of the {kind}: {error}")
                continue
            captures[kind] = secondary_capture(context, with_caption(pixels, caption), number, series)
    progress.step(4, 4)
    return captures, notes


LIBRARIES = ("highdicom", "pydicom")


def _is_raised_within(error: BaseException, packages: tuple[str, ...]) -> bool:
    """Return whether an error was raised in some packages after the last call from this program."""
    modules = [
        str(frame.f_globals.get("__name__", "")).partition(".")[0]
        for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    last_own = max(
        (index for index, name in enumerate(modules) if name == __name__.partition(".")[0]), default=-1
    )
    return any(name in packages for name in modules[last_own + 1 :])


@contextmanager
def _one_line_errors(series: str) -> Iterator[None]:
    """Convert exceptions of highdicom and pydicom on unusable headers to a one-line error.

    Errors in this program's own code, including invalid calls, are not faults of the series and propagate.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's on values of the series, reported on reading
            yield
    except (ViewerError, OSError, MemoryError):
        raise
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, NotImplementedError) as error:
        if not _is_raised_within(error, LIBRARIES):
            raise
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ScanError(series, f"cannot be referred to in DICOM ({reason})") from error


def _write_objects(objects: Mapping[str, Any], paths: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """Write the objects; if one cannot be written, none is left."""
    folder_is_new = not folder.exists()
    written: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, dataset in objects.items():
            with atomic_write(paths[kind]) as file:
                dataset.save_as(file, enforce_file_format=True)
            written[kind] = paths[kind]
    except BaseException:
        for path in written.values():
            path.unlink(missing_ok=True)
        if folder_is_new and folder.is_dir():
            folder.rmdir()
        raise
    return written
