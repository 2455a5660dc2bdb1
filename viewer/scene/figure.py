"""Figures: surfaces of maps over a scan, rendered off-screen into a file with provenance metadata."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ViewerError
from viewer.methods.feature_visualization import is_feature_image
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.clusters import peak_voxel
from viewer.scans.map import Map
from viewer.scans.origin import add_origin_to_name, comparison_notes, map_origin
from viewer.scans.provenance import describe_scan
from viewer.scans.scan import Scan
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.brain_outlines import BrainOutlines, outlines_for_view
from viewer.scene.comparison import FigurePanel
from viewer.scene.figure_sizes import DEFAULT_DPI, MIN_POINTS, find_figure_size
from viewer.session.view import ComparisonMode, Sign, Theme, View

if TYPE_CHECKING:
    from viewer.preparation.prepared import Prepared
    from viewer.scene.colormaps import Colour
    from viewer.scene.kept_maps import KeptMap
    from viewer.scene.render_data import ScanRenderData
    from viewer.scene.text_labels import TextLabel
    from viewer.session.map_look import MapLook


Pixels = npt.NDArray[np.uint8]

MAX_SIDE = 6000
NOTICE = "Not for diagnosis."
_SAMPLES = 2


def figure(
    scan: Scan,
    maps: Map | Sequence[Map],
    path: str | Path,
    view: View | None = None,
    size: tuple[int, int] | str = (1280, 960),
    dpi: float | None = None,
    transparent: bool = False,
    compare: bool = False,
    outlines: BrainOutlines | Prepared | None = None,
    also: Sequence[tuple[Map, MapLook]] = (),
) -> Path:
    """Draw the box with a map's clusters and write it as PNG, SVG or PDF, by the path's suffix.

    No display is needed. In SVG and PDF, labels are text and everything else is an image. The file's metadata
    contain the maps' provenance, the view and a notice that it is not for diagnosis.

    Parameters
    ----------
    scan : Scan
        Scan whose slices are shown on the walls.
    maps : Map or sequence of Map
        One map, or several drawn side by side with the same camera. If empty, only the scan is drawn.
    path : str or Path
        Output file.
    view : View, optional
        Camera, threshold and display options. The default is `View()`.
    size : tuple of int or str
        Width and height of the whole figure in pixels; or ``"slide"`` (16:9), ``"column"`` (85 mm wide),
        ``"page"`` (170 mm) or ``"square"``.
    dpi : float, optional
        Pixels per inch. The default is that of a named size, else 150.
    transparent : bool
        Omit the background.
    compare : bool
        Draw two maps as in the window's comparison: the second thresholded to the same volume as the first,
        and beside them the difference of their shares of relevance; or, if the view's ``contrast`` is
        ``"fade"``, the second over the first with the opacity ``fade``.
    outlines : Prepared or BrainOutlines, optional
        Prepared scan, or outlines made from it. The template's brain and the brain mask are outlined on the
        walls if the view has ``template_outline`` and ``mask_outline``.
    also : sequence of (Map, MapLook)
        Additional maps in the same box as a single map, each with its own threshold and colours, listed in
        a legend.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ViewerError
        Unknown suffix, invalid size, no OpenGL, a map without a grid, or maps that cannot be compared.
    OSError
        The folder is missing or not writable.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> scan = viewer.load_scan("mni152")
    >>> warm = viewer.Map(np.where(scan.data > 0.95, scan.data, 0), scan.grid, "the brightest")
    >>> view = viewer.View(theme="light", glass=True, threshold=viewer.Threshold("percentile", 90))
    >>> viewer.figure(scan, warm, "figure.png", view, size=(320, 240)).name
    'figure.png'
    """
    path = Path(path)
    map_list = (maps,) if isinstance(maps, Map) else tuple(maps)
    view = View() if view is None else view
    if isinstance(size, str):
        figure_size = find_figure_size(size)
        size, dpi = figure_size.pixels, figure_size.dpi if dpi is None else dpi
    dpi = DEFAULT_DPI if dpi is None else dpi
    encoder = _find_encoder(path)
    blend = view.fade if compare and view.contrast is ComparisonMode.FADE else None
    _check_arguments(path, size, dpi, 1 if blend is not None else 3 if compare else max(len(map_list), 1))
    from viewer.scene.feature_image import image_render_data
    from viewer.scene.kept_maps import KeptMap
    from viewer.scene.render_data import MapRenderData, ScanRenderData

    content = ScanRenderData.from_scan(scan, view.image)
    if compare:
        panels = _comparison_panels(scan, content, map_list, view)
    else:
        drawn_maps = map_list
        if len(map_list) == 1 and is_feature_image(map_list[0]):
            _, content = image_render_data(map_list[0], scan, content)
            drawn_maps = ()
        prepared_maps = [
            MapRenderData.from_map(add_origin_to_name(saliency_map, scan, map_list), content, view.smoothing)
            for saliency_map in drawn_maps
        ]
        panels = [FigurePanel(saliency_map, view) for saliency_map in prepared_maps] or [
            FigurePanel(None, view)
        ]
    metadata = figure_metadata(scan, (*map_list, *(saliency_map for saliency_map, _ in also)), view)
    visible_outlines = outlines_for_view(outlines, view)
    if also and (compare or len(map_list) != 1):
        raise ViewerError(
            "figure", f"has {len(map_list)} maps, but others can only be drawn with one", "give one map"
        )
    kept_maps = []
    for saliency_map, look in also:
        render_data = MapRenderData.from_map(add_origin_to_name(saliency_map, scan), content, view.smoothing)
        kept_maps.append(KeptMap(render_data, look.applied_to(view)))
    data = render_panels(
        content, panels, encoder, metadata, view, size, dpi, transparent, blend, visible_outlines, kept_maps
    )
    with atomic_write(path) as file:
        file.write(data)
    return path


Encoder = Callable[[Pixels, Sequence["TextLabel"], "Colour", float, Mapping[str, str]], bytes]


def render_panels(
    scan_data: ScanRenderData,
    panels: Sequence[FigurePanel],
    encode: Encoder,
    metadata: Mapping[str, str],
    view: View,
    size: tuple[int, int],
    dpi: float,
    transparent: bool,
    fade: float | None = None,
    outlines: BrainOutlines | None = None,
    kept_maps: Sequence[KeptMap] = (),
) -> bytes:
    """Render panels and encode the picture.

    Panels are placed side by side; or, with ``fade``, the second is drawn over the first with that opacity,
    and the labels are those of the more opaque one. ``kept_maps`` are drawn in every panel.
    """
    from viewer.scene.box import BoxScene
    from viewer.scene.colormaps import theme_colours
    from viewer.scene.image_export import CAP_HEIGHT

    width, height = size
    edges = [round(n * width / len(panels)) for n in range(len(panels) + 1)]
    picture = np.zeros((height, width, 4), dtype=np.uint8)
    labels: list[TextLabel] = []
    scene = BoxScene()
    scene.set_min_text_height(MIN_POINTS * dpi / 72 * CAP_HEIGHT)

    def render_panel(panel: FigurePanel, panel_width: int) -> Pixels:
        scene.set_map(panel.map)
        scene.set_kept_maps(kept_maps)
        scene.set_view(panel.view)
        return scene.render(panel_width, height, _SAMPLES, with_labels=False)

    try:
        scene.set_scan(scan_data)
        scene.set_outlines(outlines)
        scene.set_transparent(transparent)
        if fade is not None:
            first, second = panels
            first_picture = render_panel(first, width).astype(np.float32)
            labels = list(scene.labels())
            second_picture = render_panel(second, width)
            labels = list(scene.labels()) if fade >= 0.5 else labels
            picture = np.round(first_picture + (second_picture - first_picture) * np.float32(fade)).astype(
                np.uint8
            )
        else:
            for panel, left, right in zip(panels, edges[:-1], edges[1:], strict=True):
                picture[:, left:right] = render_panel(panel, right - left)
                labels += [label.shifted(left) for label in scene.labels()]
    finally:
        scene.close()
    return encode(picture, labels, theme_colours(view.theme).letter, dpi, metadata)


def _comparison_panels(
    scan: Scan, scan_data: ScanRenderData, maps: Sequence[Map], view: View
) -> list[FigurePanel]:
    from viewer.scene.comparison import compare_maps
    from viewer.scene.prepared_map import prepare_map

    if len(maps) != 2:
        raise ViewerError("figure", f"{len(maps)} map{'s' * (len(maps) != 1)} cannot be compared", "give two")
    first = prepare_map(maps[0], scan, scan_data, view.smoothing)
    panels = compare_maps(first, maps[1], scan, scan_data).panels(view)
    return list(panels[:2] if view.contrast is ComparisonMode.FADE else panels)


def figure_metadata(scan: Scan, maps: Sequence[Map], view: View) -> dict[str, str]:
    """Return the metadata of a figure: PNG keywords and their texts."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        program_version = version("saliency-viewer")
    except PackageNotFoundError:
        program_version = ""
    names = ", ".join(add_origin_to_name(saliency_map, scan, maps).name for saliency_map in maps)
    notes = comparison_notes(maps)
    details: dict[str, Any] = {
        "scan": {"name": scan.name, "hash": scan.hash, "shape": scan.grid.shape, **_describe_images(scan)},
        "maps": [_describe_map(saliency_map, scan) for saliency_map in maps],
        **({"notes": list(notes)} if notes else {}),
        "view": asdict(view),
    }
    return {
        "Title": f"{names} on {scan.name}" if names else scan.name,
        "Software": f"Saliency Viewer {program_version}".strip(),
        "Description": json.dumps(details, default=str),
        "Comment": NOTICE,
        "Disclaimer": NOTICE,
    }


def _describe_images(scan: Scan) -> dict[str, Any]:
    """Return a scan's volume, channels and covariates, as far as it has them."""
    fields = ("volume", "channels", "covariates")
    return {name: entry for name, entry in describe_scan(scan).items() if name in fields}


def _describe_map(saliency_map: Map, scan: Scan) -> dict[str, Any]:
    """Describe how a map was computed, and its origin if it is not known to belong to this scan."""
    description = map_origin(saliency_map, scan).description
    origin = {"origin": description} if description else {}
    volume = {} if saliency_map.volume is None else {"volume": saliency_map.volume}
    return {"name": saliency_map.name} | volume | origin | saliency_map.provenance.as_json()


def _check_arguments(path: Path, size: tuple[int, int], dpi: float, panel_count: int) -> None:
    width, height = size
    if not (16 * panel_count <= width <= MAX_SIDE and 16 <= height <= MAX_SIDE):
        raise ViewerError(
            path,
            f"{width} x {height} pixels cannot be drawn",
            f"choose 16 to {MAX_SIDE} along each side",
        )
    if not 1 <= dpi <= 10_000:
        raise ViewerError(path, f"{dpi:g} dots per inch is out of range", "choose 1 to 10000")


def _find_encoder(path: Path) -> Encoder:
    from viewer.scene.image_export import encode_vector

    encoders: dict[str, Encoder] = {
        ".png": _encode_png,
        ".svg": lambda pixels, *rest: encode_vector("svg", _to_straight_alpha(pixels), *rest),
        ".pdf": lambda pixels, *rest: encode_vector("pdf", _to_straight_alpha(pixels), *rest),
    }
    encoder = encoders.get(path.suffix.lower())
    if encoder is None:
        raise ViewerError(
            path, f"a figure cannot be written as {path.suffix or 'a file without suffix'}",
            "end the name in .png, .svg or .pdf",
        )  # fmt: skip
    return encoder


def _encode_png(
    pixels: Pixels, labels: Sequence[TextLabel], colour: Colour, dpi: float, metadata: Mapping[str, str]
) -> bytes:
    from viewer.scene.image_export import encode_png
    from viewer.scene.text_labels import draw_labels

    draw_labels(pixels, tuple(labels), colour)
    return encode_png(_to_straight_alpha(pixels), dpi, metadata)


def _to_straight_alpha(pixels: Pixels) -> Pixels:
    """Divide colours by their opacity; omit the opacity if all pixels are opaque."""
    alpha = pixels[:, :, 3:]
    if (alpha == 255).all():
        return np.ascontiguousarray(pixels[:, :, :3])
    straight = pixels.copy()
    colours = pixels[:, :, :3].astype(np.float32) * 255.0 / np.maximum(alpha, 1).astype(np.float32)
    straight[:, :, :3] = np.minimum(np.round(colours), 255.0).astype(np.uint8)
    return straight


TOP = 98.5
"""Percentile of |values| at which the surfaces are extracted."""

SMOOTHING = 6.0
"""Smoothing of the maps, in mm."""

DPI = 96.0


def render_boxes(
    scan: Scan,
    maps: Sequence[Map],
    size: tuple[int, int] = (440, 330),
    theme: Theme = Theme.LIGHT,
    progress: Progress | None = None,
) -> list[bytes]:
    """Render the surfaces of each map in the glass brain, from the default direction.

    Parameters
    ----------
    scan
        Scan whose slices are shown on the walls.
    maps
        Maps on any grids in the scan's space.
    size
        Size of every picture, in pixels.
    theme
        Theme of the background.
    progress
        Called before every picture.

    Raises
    ------
    ViewerError
        OpenGL is not available.
    Cancelled
        Cancelled by ``progress``.
    """
    from viewer.scene.comparison import FigurePanel
    from viewer.scene.render_data import MapRenderData, ScanRenderData

    progress = progress or Progress()
    content = ScanRenderData.from_scan(scan)
    pngs = []
    for index, saliency_map in enumerate(maps):
        progress.step(index, len(maps), f"drawing the box of {saliency_map.name}")
        view = _default_view(saliency_map, theme)
        render_data = MapRenderData.from_map(saliency_map, content, view.smoothing)
        metadata = figure_metadata(scan, (saliency_map,), view)
        pngs.append(
            render_panels(
                content, [FigurePanel(render_data, view)], _encode_opaque, metadata, view, size, DPI, False
            )
        )
    progress.step(1, 1)
    return pngs


def _default_view(saliency_map: Map, theme: Theme) -> View:
    """Return the initial view of a map."""
    view = View(
        theme=theme, threshold=Threshold(ThresholdKind.PERCENTILE, TOP), smoothing=SMOOTHING, glass=True
    )
    sign = Sign.BOTH if float(np.nanmin(saliency_map.data)) < 0 else Sign.POSITIVE
    if saliency_map.grid is None:
        return replace(view, sign=sign)
    sizes = np.nan_to_num(np.abs(saliency_map.data))
    peak = saliency_map.grid.to_world(peak_voxel(sizes))
    return replace(view, sign=sign, crosshair=(float(peak[0]), float(peak[1]), float(peak[2])))


def _encode_opaque(
    pixels: npt.NDArray[np.uint8],
    labels: Sequence[TextLabel],
    colour: Colour,
    dpi: float,
    metadata: Mapping[str, str],
) -> bytes:
    from viewer.scene.image_export import encode_png
    from viewer.scene.text_labels import draw_labels

    draw_labels(pixels, tuple(labels), colour)
    return encode_png(np.ascontiguousarray(pixels[:, :, :3]), dpi, metadata)
