"""Slices with the map over them, as a file: three through a point, or many of one orientation.

They look as they do in the window: the same planes, letters, greys and colours. The scan and the map are
sampled where every pixel lies, in millimetres, so that any map fits over any scan.
"""

from __future__ import annotations

from pathlib import Path

from viewer.errors import ViewerError
from viewer.methods.features import is_feature
from viewer.scans.atomic_write import atomic_write
from viewer.scans.map import Map
from viewer.scans.origin import origin_of, with_origin_in_name
from viewer.scans.scan import Scan
from viewer.scene.cutting import cut
from viewer.scene.figure import LARGEST, provenance
from viewer.scene.image import image_range, image_scan
from viewer.scene.plane import Orientation
from viewer.scene.slices_layout import WIDTH, Point, laid_out, mosaic_of, three
from viewer.scene.slices_pixels import painted
from viewer.scene.slices_words import broken, write
from viewer.session.view import View

ENDINGS = (".png", ".svg", ".pdf")
MOST = 400


def slices_figure(
    scan: Scan,
    shown: Map | None,
    path: str | Path,
    view: View | None = None,
    at: Point | None = None,
    mosaic: int = 0,
    orientation: Orientation = Orientation.AXIAL,
    size: tuple[int, int] | None = None,
    dpi: float = 150.0,
    free_width: int | None = None,
) -> Path:
    """Draw slices and write them as PNG, SVG or PDF, by the path's ending.

    In SVG and PDF all words and bars are vectors and the slices are pixels. The file carries the map's
    provenance, the view and that it is not for diagnosis.

    Parameters
    ----------
    scan
        What is cut.
    shown
        The map over it, on any grid; None draws the scan alone.
    path
        Where to.
    view
        Threshold, signs, smallest cluster, smoothing, opacity and sides; `View()` where none is given.
    at
        The point in mm that the three slices go through; None is the view's crosshair, or else the voxel in
        the scan's middle.
    mosaic
        0 for three slices; else how many of one orientation, evenly through the head.
    orientation
        Of a mosaic.
    size
        Width and height in pixels; None takes a width of 1600 and the height that fits.
    dpi
        Pixels per inch.
    free_width
        Where there is no size: the width in pixels, to which the height is fitted.

    Raises
    ------
    ViewerError
        An ending, a size or a number that cannot be, a point outside the scan, or a map that lies nowhere
        in space.
    OSError
        The folder is missing or may not be written to.
    """
    path, view = Path(path), View() if view is None else view
    _check(path, size, dpi, mosaic)
    tiles = mosaic_of(scan, view, mosaic, orientation) if mosaic else three(scan, view, at)
    image = None if shown is None or not is_feature(shown) else image_scan(shown, scan)
    left = None if shown is None or image is not None or not view.overlay else cut(shown, view)
    width = size[0] if size is not None else free_width or WIDTH
    lines = () if shown is None or (image is None and left is None) else _told(shown, scan, width)
    places, size, scale = laid_out(
        tiles, size, bar=left is not None, one_row=not mosaic, free_width=free_width, lines=len(lines)
    )
    brightness = None if image is None or shown is None else image_range(shown)
    picture = painted(image or scan, left, places, size, view, brightness)
    words = provenance(scan, () if shown is None else (shown,), view)
    with atomic_write(path) as file:
        write(
            file, path.suffix.lower()[1:], picture, places, scale, left, view, not mosaic, dpi, words, lines
        )
    return path


def _told(shown: Map, scan: Scan, width: int) -> tuple[str, ...]:
    """Name the map as the box does, and say where it is of another scan, in lines that fit."""
    unit = "" if shown.residual is None else " [output]"
    warning = origin_of(shown, scan).warning
    name = broken(with_origin_in_name(shown, scan).name + unit, width)
    return (*name, *broken(warning, width)) if warning else name


def _check(path: Path, size: tuple[int, int] | None, dpi: float, mosaic: int) -> None:
    if path.suffix.lower() not in ENDINGS:
        raise ViewerError(
            path, f"a figure cannot be written as {path.suffix or 'a file without ending'}",
            "end the name in .png, .svg or .pdf",
        )  # fmt: skip
    if size is not None and not (64 <= size[0] <= LARGEST and 64 <= size[1] <= LARGEST):
        raise ViewerError(
            path, f"{size[0]} x {size[1]} pixels cannot be drawn", f"ask for 64 to {LARGEST} along each side"
        )
    if not 1 <= dpi <= 10_000:
        raise ViewerError(path, f"{dpi:g} dots per inch make no sense", "ask for 1 to 10000")
    if not 0 <= mosaic <= MOST:
        raise ViewerError(path, f"{mosaic} slices cannot be drawn", f"ask for 1 to {MOST}")
