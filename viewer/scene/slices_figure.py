"""Slice figures: three orthogonal slices through a point, or a mosaic of one orientation.

Planes, letters, greys and colours are the same as in the window. Scan and map are sampled at the position of
every pixel in mm, so that their grids may differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from viewer.enums import enum_member
from viewer.errors import ViewerError
from viewer.methods.feature_visualization import is_feature_image
from viewer.models.uncertainty.prediction_spread import PredictionSpread, recorded_spread
from viewer.number_format import format_number, format_share
from viewer.scans.atomic_write import atomic_write
from viewer.scans.constant_map import describe_no_values
from viewer.scans.input_shares import InputShare, input_shares
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import image_on_scan
from viewer.scans.origin import add_origin_to_name, map_origin
from viewer.scans.scan import Scan
from viewer.scene.annotations import SHARES_TITLE
from viewer.scene.brain_outlines import (
    DASHES,
    OUTLINE_COLOURS,
    BrainOutlines,
    OutlineKind,
    outlines_for_view,
    visible_kinds,
)
from viewer.scene.feature_image import image_range, image_scan
from viewer.scene.figure import MAX_SIDE, figure_metadata
from viewer.scene.image_export import MATPLOTLIB_SETTINGS, file_metadata
from viewer.scene.slice_plane import Orientation
from viewer.scene.slices_rendering import (
    LINE,
    SCALE_BAR,
    WIDTH,
    Pixels,
    PlacedTile,
    Point,
    colour_bar_width,
    colour_range,
    figure_font_size,
    lay_out_tiles,
    lookup_tables,
    mosaic_tiles,
    orthogonal_tiles,
    render_slices,
)
from viewer.scene.thresholding import ThresholdedMap, threshold_map, visible_peak
from viewer.scene.wrapping import wrap
from viewer.session.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from viewer.preparation.prepared import Prepared


ENDINGS = (".png", ".svg", ".pdf")
MAX_SLICES = 400


def slices_figure(
    scan: Scan,
    shown: Map | None,
    path: str | Path,
    view: View | None = None,
    at: Point | Literal["peak"] | None = None,
    mosaic: int = 0,
    orientation: Orientation | str = Orientation.AXIAL,
    size: tuple[int, int] | None = None,
    dpi: float = 150.0,
    free_width: int | None = None,
    outlines: BrainOutlines | Prepared | None = None,
) -> Path:
    """Draw slices and write them as PNG, SVG or PDF, by the path's suffix.

    In SVG and PDF, text and bars are vector graphics and the slices an image. The file's metadata contain the
    map's provenance, the view and a notice that it is not for diagnosis.

    Parameters
    ----------
    scan : Scan
        The scan.
    shown : Map or None
        The map over it, on any grid; None draws only the scan.
    path : str or Path
        Output file.
    view : View, optional
        Threshold, signs, smallest cluster, smoothing, opacity and sides. The default is `View()`.
    at : tuple of float or "peak", optional
        The point in mm through which the three slices pass; ``"peak"`` is the largest shown |value| of the
        map. The default is the view's crosshair, or else the central voxel of the scan.
    mosaic : int
        0 for three slices; else the number of evenly spaced slices of one orientation.
    orientation : str
        Orientation of a mosaic: ``"sagittal"``, ``"coronal"`` or ``"axial"``.
    size : tuple of int, optional
        Width and height in pixels. The default is a width of 1600 and the height that fits.
    dpi : float
        Pixels per inch.
    free_width : int, optional
        Width in pixels if no ``size`` is given; the height is fitted to it.
    outlines : Prepared or BrainOutlines, optional
        Prepared scan, or outlines made from it. The template's brain and the brain mask are outlined if the
        view has ``template_outline`` and ``mask_outline``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ViewerError
        Invalid suffix, size or number of slices, a point outside the scan, or a map without a grid.
    OSError
        The folder is missing or not writable.

    Examples
    --------
    >>> import viewer
    >>> scan = viewer.load_scan("simulated-lesions")
    >>> viewer.slices_figure(scan, None, "slices.png", at=(0, -20, 10)).name
    'slices.png'
    """
    path, view = Path(path), View() if view is None else view
    orientation = enum_member(Orientation, orientation)
    _check_arguments(path, size, dpi, mosaic)
    point = None if at is None or at == "peak" else at
    if at == "peak" and shown is not None and not mosaic:
        point = visible_peak(shown, view, scan.grid)
    tiles = mosaic_tiles(scan, view, mosaic, orientation) if mosaic else orthogonal_tiles(scan, view, point)
    image = None if shown is None or not is_feature_image(shown) else image_scan(shown, scan)
    thresholded = (
        None if shown is None or image is not None or not view.overlay else threshold_map(shown, view)
    )
    width = size[0] if size is not None else free_width or WIDTH
    lines = (
        ()
        if shown is None or (image is None and thresholded is None)
        else _caption_lines(shown, scan, width, dpi)
    )
    if shown is not None and thresholded is not None and not np.isfinite(thresholded.cutoff):
        absent = describe_no_values(shown.data, view.sign.number, thresholded.volume.values)
        lines = (*lines, *wrap_text(f"The map {absent}.", width, dpi))
    has_bar = thresholded is not None and shown is not None and view.colour_bar
    shares = input_shares(shown.provenance.inputs) if has_bar and shown is not None else ()
    rows = len(lines) + (len(shares) + 1 if shares else 0)
    placed, size, scale = lay_out_tiles(
        tiles,
        size,
        with_colour_bar=thresholded is not None,
        one_row=not mosaic,
        free_width=free_width,
        line_count=rows,
        font_size=figure_font_size(width, dpi),
    )
    brightness = None if image is None or shown is None else image_range(shown)
    picture = render_slices(
        image or image_on_scan(scan, view.image), thresholded, placed, size, view, brightness
    )
    metadata = figure_metadata(scan, () if shown is None else (shown,), view)
    with atomic_write(path) as file:
        write_figure(
            file, path.suffix.lower()[1:], picture, placed, scale, thresholded, view, not mosaic, dpi,
            metadata, lines, shares, outlines_for_view(outlines, view),
        )  # fmt: skip
    return path


def _caption_lines(saliency_map: Map, scan: Scan, width: int, dpi: float) -> tuple[str, ...]:
    """Return the caption of the map, the interval of its prediction if measured, and a note if it belongs to
    another scan, in lines that fit.
    """
    unit = "" if saliency_map.residual is None else " [output]"
    warning = map_origin(saliency_map, scan).warning
    name = wrap_text(add_origin_to_name(saliency_map, scan).name + unit, width, dpi)
    spread = recorded_spread(saliency_map.provenance)
    interval_lines = (
        ()
        if spread is None
        else wrap_text(_describe_spread(spread, saliency_map.provenance.target), width, dpi)
    )
    return (*name, *interval_lines, *(wrap_text(warning, width, dpi) if warning else ()))


def _describe_spread(spread: PredictionSpread, target: str) -> str:
    """Return the interval of the explained output, or of all outputs if it is not among them."""
    indices = [spread.names.index(target)] if target in spread.names else range(len(spread.names))
    return f"Prediction: {spread.describe_outputs(indices)}"


def _check_arguments(path: Path, size: tuple[int, int] | None, dpi: float, mosaic: int) -> None:
    if path.suffix.lower() not in ENDINGS:
        raise ViewerError(
            path, f"a figure cannot be written as {path.suffix or 'a file without suffix'}",
            "end the name in .png, .svg or .pdf",
        )  # fmt: skip
    if size is not None and not (64 <= size[0] <= MAX_SIDE and 64 <= size[1] <= MAX_SIDE):
        raise ViewerError(
            path,
            f"{size[0]} x {size[1]} pixels cannot be drawn",
            f"choose 64 to {MAX_SIDE} along each side",
        )
    if not 1 <= dpi <= 10_000:
        raise ViewerError(path, f"{dpi:g} dots per inch is out of range", "choose 1 to 10000")
    if not 0 <= mosaic <= MAX_SLICES:
        raise ViewerError(path, f"{mosaic} slices cannot be drawn", f"choose 1 to {MAX_SLICES}")


LETTER = "#c6ced9"
TRACK = "#3a404a"
CROSSHAIR = "#7ee0a2"
SCALE_MM = (100, 50, 20, 10, 5, 2, 1)


def write_figure(
    file: Any, file_format: str, picture: Pixels, placed_tiles: Sequence[PlacedTile], pixels_per_mm: float,
    thresholded: ThresholdedMap | None, view: View, crosshair: bool, dpi: float, metadata: dict[str, str],
    lines: Sequence[str] = (), shares: Sequence[InputShare] = (), outlines: BrainOutlines | None = None,
) -> None:  # fmt: skip
    """Draw annotations over the slices and write the figure in the format "png", "svg" or "pdf".

    The ``lines`` are drawn below the slices, above the scale bar; above them is a bar for each of the
    ``shares`` of several inputs.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    height, width = picture.shape[:2]
    with mpl.rc_context(MATPLOTLIB_SETTINGS):
        # A little more than the size, as matplotlib truncates fractions of pixels.
        figure = Figure(figsize=((width + 0.01) / dpi, (height + 0.01) / dpi), dpi=dpi, facecolor="black")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        axes.imshow(picture, extent=(0, width, height, 0), aspect="auto", interpolation="none")
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        pen = _Pen(axes, dpi, figure_font_size(width, dpi), file_format == "png")
        for index, placed in enumerate(placed_tiles):
            if outlines is not None:
                _draw_outlines(pen, placed, outlines, view)
            _draw_labels(pen, placed, all_sides=index == 0 or crosshair)
            if crosshair:
                _draw_crosshair(pen, placed)
        if view.scale_bar:
            _draw_scale_bar(pen, pixels_per_mm, width, height)
        if thresholded is not None and view.colour_bar:
            _draw_colour_bar(pen, thresholded, view, width, height)
        for index, line in enumerate(lines):
            y = height - (SCALE_BAR + LINE * (len(lines) - 1 - index)) * pen.font_size
            pen.text(width / 2, y, line, "center", "bottom")
        if shares:
            _draw_shares(
                pen, shares, width / 2, height - (SCALE_BAR + LINE * (len(lines) - 0.5)) * pen.font_size
            )
        figure.savefig(
            file,
            format=file_format,
            dpi=dpi,
            facecolor="black",
            metadata=file_metadata(file_format, metadata),
        )


def wrap_text(text: str, width: int, dpi: float = 0.0) -> tuple[str, ...]:
    """Break a text into lines that fit below the slices of a figure of some width in pixels."""
    from matplotlib import rc_context
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    size = figure_font_size(width, dpi)
    with rc_context(MATPLOTLIB_SETTINGS):
        font = FontProperties(size=size)

        def measure(piece: str) -> float:
            return float(text_to_path.get_text_width_height_descent(piece, font, ismath=False)[0])

        return wrap(text, width - 2 * size, measure)


@dataclass(frozen=True)
class _Pen:
    """Drawing on axes whose units are pixels.

    ``font_size`` is the height of the letters in pixels; ``has_dark_outline`` gives them a dark outline,
    which would turn text into curves in vector formats.
    """

    axes: Axes
    dpi: float
    font_size: float
    has_dark_outline: bool

    def text(
        self,
        x: float,
        y: float,
        text: str,
        horizontal_alignment: str,
        vertical_alignment: str,
        bold: bool = False,
    ) -> None:
        from matplotlib.patheffects import withStroke

        outline_effect = withStroke(linewidth=self.font_size * 14 / self.dpi, foreground="black", alpha=0.8)
        self.axes.text(
            x, y, text, color=LETTER, ha=horizontal_alignment, va=vertical_alignment,
            fontsize=self.font_size * 72 / self.dpi, fontweight="bold" if bold else "normal",
            path_effects=[outline_effect] if self.has_dark_outline else None, parse_math=False,
        )  # fmt: skip

    def line(self, x: tuple[float, float], y: tuple[float, float], colour: str, line_width: float) -> None:
        self.axes.plot(x, y, color=colour, lw=line_width * 72 / self.dpi, alpha=0.75, solid_capstyle="butt")


def _draw_labels(pen: _Pen, placed: PlacedTile, all_sides: bool) -> None:
    left, right, top, bottom = placed.tile.plane.side_letters
    x, y = placed.left, placed.top
    centre_x, centre_y = x + placed.width / 2, y + placed.height / 2
    margin = 0.4 * pen.font_size
    if placed.width > 5 * pen.font_size:
        pen.text(x + margin, y + margin, placed.tile.caption, "left", "top")
    if all_sides:
        pen.text(x + margin, centre_y, left, "left", "center", bold=True)
        pen.text(x + placed.width - margin, centre_y, right, "right", "center", bold=True)
        pen.text(centre_x, y + margin, top, "center", "top", bold=True)
        pen.text(centre_x, y + placed.height - margin, bottom, "center", "bottom", bold=True)


def _draw_outlines(pen: _Pen, placed: PlacedTile, outlines: BrainOutlines, view: View) -> None:
    """Draw the outlines that a view shows in a slice of the scan's grid."""
    from matplotlib.patches import Rectangle

    plane, (left, top, crop_width, crop_height) = placed.tile.plane, placed.tile.crop
    scale = np.array([placed.width / crop_width, placed.height / crop_height])
    frame = Rectangle((placed.left, placed.top), placed.width, placed.height, transform=pen.axes.transData)
    width = max(pen.font_size / 8, 1.0) * 72 / pen.dpi
    for kind in visible_kinds(view):
        for line in outlines.slice_contours(kind, plane.slice_axis, plane.slice_index(placed.tile.point)):
            points = (plane.voxels_to_picture(line) - (left, top)) * scale + (placed.left, placed.top)
            pen.axes.plot(
                points[:, 0], points[:, 1], color=OUTLINE_COLOURS[kind], lw=width, clip_path=frame,
                linestyle=(0, DASHES) if kind is OutlineKind.MASK else "-",
            )  # fmt: skip


def _draw_crosshair(pen: _Pen, placed: PlacedTile) -> None:
    tile = placed.tile
    x, y = tile.plane.to_picture(tile.point)
    centre_x = placed.left + (x - tile.crop[0]) * placed.width / tile.crop[2]
    centre_y = placed.top + (y - tile.crop[1]) * placed.height / tile.crop[3]
    gap, line_width = 0.6 * pen.font_size, max(pen.font_size / 12, 1.0)
    right, bottom = placed.left + placed.width, placed.top + placed.height
    pen.line((placed.left, centre_x - gap), (centre_y, centre_y), CROSSHAIR, line_width)
    pen.line((centre_x + gap, right), (centre_y, centre_y), CROSSHAIR, line_width)
    pen.line((centre_x, centre_x), (placed.top, centre_y - gap), CROSSHAIR, line_width)
    pen.line((centre_x, centre_x), (centre_y + gap, bottom), CROSSHAIR, line_width)


def _draw_scale_bar(pen: _Pen, pixels_per_mm: float, width: int, height: int) -> None:
    """Draw a scale bar of a round length, up to 12 % of the figure's width if possible."""
    length = next(
        (candidate for candidate in SCALE_MM if candidate * pixels_per_mm <= 0.12 * width), SCALE_MM[-1]
    )
    x, y = 1.2 * pen.font_size, height - 0.9 * pen.font_size
    pen.axes.plot(
        (x, x + length * pixels_per_mm),
        (y, y),
        color=LETTER,
        lw=0.25 * pen.font_size * 72 / pen.dpi,
        solid_capstyle="butt",
    )
    pen.text(x + length * pixels_per_mm + 0.6 * pen.font_size, y, f"{length} mm", "left", "center")


def _draw_shares(pen: _Pen, shares: Sequence[InputShare], x: float, y: float) -> None:
    """Draw a bar for each input, starting at ``x``, the last one at ``y``, with its name and share."""
    bar_length, line_width = 12 * pen.font_size, 0.7 * pen.font_size * 72 / pen.dpi
    y -= LINE * pen.font_size * len(shares)
    pen.text(x, y, SHARES_TITLE, "center", "center")
    for share_of_input in shares:
        y += LINE * pen.font_size
        pen.text(x - 0.6 * pen.font_size, y, share_of_input.name, "right", "center")
        for end, colour in ((1.0, TRACK), (share_of_input.share, LETTER)):
            pen.axes.plot(
                (x, x + bar_length * end), (y, y), color=colour, lw=line_width, solid_capstyle="butt"
            )
        pen.text(
            x + bar_length + 0.6 * pen.font_size,
            y,
            format_share(share_of_input.share, 0, "%"),
            "left",
            "center",
        )


def _draw_colour_bar(pen: _Pen, thresholded: ThresholdedMap, view: View, width: int, height: int) -> None:
    """Draw the colour bar; negative values downwards, with a gap for values below the threshold.

    If all shown values are the same, it has a single colour and a single number.
    """
    from matplotlib.colors import ListedColormap

    bar_room = colour_bar_width(width, True, pen.font_size)
    bar_thickness = 0.8 * pen.font_size
    x = width - bar_room + 0.35 * pen.font_size
    centre, half_height, gap = height / 2, 0.30 * height, 0.6 * pen.font_size
    two_signs = len(thresholded.signs) == 2
    low, high = colour_range(thresholded, view)
    for sign, lut in zip((1, -1), lookup_tables(thresholded, view, 1.0, False), strict=True):
        if lut is None or not low <= high:
            continue
        rgb = np.stack([lut >> 16 & 255, lut >> 8 & 255, lut & 255], axis=-1) / 255
        near, far = (
            (centre - sign * gap, centre - sign * half_height)
            if two_signs
            else (centre + half_height, centre - half_height)
        )
        if not two_signs and sign < 0:
            near, far = far, near
        rgb = rgb[-1:] if low == high else rgb
        pen.axes.imshow(
            np.arange(len(rgb))[:, None], extent=(x, x + bar_thickness, near, far), aspect="auto",
            origin="lower", cmap=ListedColormap(rgb), interpolation="bilinear",
        )  # fmt: skip
        for value, y in ((low, near), (high, far)) if low < high else ((low, (near + far) / 2),):
            pen.text(
                x + bar_thickness + 0.35 * pen.font_size,
                y,
                format_number(sign * value),
                "left",
                "center",
            )
    pen.axes.set_xlim(0, width)
    pen.axes.set_ylim(height, 0)
