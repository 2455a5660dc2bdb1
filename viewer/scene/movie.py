"""Movies: rotating box, threshold sweep, or slices through the head.

Movies loop without a jump, except slices, which move in one direction.
MP4 is written through imageio-ffmpeg (the extra ``movie``), GIF through Pillow.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from viewer.enums import enum_member
from viewer.errors import ViewerError
from viewer.methods.feature_visualization import is_feature_image
from viewer.number_format import format_number
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.map import Map
from viewer.scans.origin import add_origin_to_name
from viewer.scans.scan import Scan
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind
from viewer.scene.figure import NOTICE, figure_metadata
from viewer.scene.slice_plane import Orientation
from viewer.session.view import View

Pixels = npt.NDArray[np.uint8]

ENDINGS = (".mp4", ".gif")
RATES = {".mp4": 30, ".gif": 20}
"""Frames per second. GIF delays are multiples of 0.01 s, and most programs slow down those below 0.02 s."""

MAX_SIDE = 4096
MAX_SECONDS = 120.0
MAX_FRAMES = 3600
QUALITY = 18
WIDER, NARROWER = 4, 50
MIN_FRAMES = 20
_SAMPLES = 2
_COLOURED_BY = 8
_SAID = 0.028


class Sweep(StrEnum):
    """Quantity that changes during a movie."""

    TURN = "turn"
    THRESHOLD = "threshold"
    SLICES = "slices"


def movie(
    scan: Scan,
    shown: Map,
    path: str | Path,
    sweep: Sweep | str = Sweep.TURN,
    view: View | None = None,
    seconds: float = 8.0,
    size: tuple[int, int] = (960, 720),
    orientation: Orientation | str = Orientation.AXIAL,
    progress: Progress | None = None,
) -> Path:
    """Draw a movie and write it as MP4 (H.264) or GIF, by the path's suffix.

    Parameters
    ----------
    scan : Scan
        The scan.
    shown : Map
        The map over it.
    path : str or Path
        Output file.
    sweep : str
        ``"turn"``: a full turn of the box from the view's camera; ``"threshold"``: from more voxels than the
        view's threshold shows to fewer and back; ``"slices"``: the slices of one orientation through the
        head.
    view : View, optional
        Camera, threshold and display options. The default is `View()`.
    seconds : float
        Duration, up to 120.
    size : tuple of int
        Width and height in pixels; for MP4, which needs even numbers, odd ones are reduced by one.
    orientation : str
        Orientation of the slices: ``"sagittal"``, ``"coronal"`` or ``"axial"``.
    progress : Progress, optional
        Called after every frame; may cancel. A cancelled movie leaves no file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ViewerError
        Invalid suffix, size or duration, no imageio-ffmpeg for MP4, no OpenGL, or a map without a grid.
    OSError
        The file cannot be written.
    Cancelled
        Cancelled by ``progress``.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> scan = viewer.load_scan("mni152")
    >>> warm = viewer.Map(np.where(scan.data > 0.95, scan.data, 0), scan.grid, "the brightest")
    >>> viewer.movie(scan, warm, "slices.gif", "slices", seconds=0.2, size=(160, 120)).name
    'slices.gif'
    """
    path, view = Path(path), View() if view is None else view
    sweep, orientation = enum_member(Sweep, sweep), enum_member(Orientation, orientation)
    suffix = path.suffix.lower()
    _check_arguments(path, seconds, size)
    if suffix == ".mp4":
        size = (size[0] // 2 * 2, size[1] // 2 * 2)
    count = min(max(round(seconds * RATES[suffix]), 2), MAX_FRAMES)
    frames = movie_frames(scan, shown, sweep, view, count, size, orientation, progress or Progress())
    write = _write_mp4 if suffix == ".mp4" else _write_gif
    with atomic_write(path) as file:
        write(file, frames, size, RATES[suffix], figure_metadata(scan, (shown,), view))
    return path


def movie_frames(
    scan: Scan,
    saliency_map: Map,
    sweep: Sweep,
    view: View,
    count: int,
    size: tuple[int, int],
    orientation: Orientation,
    progress: Progress,
) -> Iterator[Pixels]:
    """Yield ``count`` frames, uint8, shape (height, width, 3)."""
    frames = (
        _slice_frames(scan, saliency_map, view, count, size, orientation)
        if sweep is Sweep.SLICES
        else _box_frames(scan, saliency_map, sweep, view, count, size)
    )
    for frame_number, frame in enumerate(frames, start=1):
        progress.step(frame_number, count, "Drawing")
        yield frame


def _box_frames(
    scan: Scan, saliency_map: Map, sweep: Sweep, view: View, count: int, size: tuple[int, int]
) -> Iterator[Pixels]:
    from viewer.scene.box import BoxScene
    from viewer.scene.feature_image import image_render_data
    from viewer.scene.render_data import MapRenderData, ScanRenderData

    content = ScanRenderData.from_scan(scan, view.image)
    prepared = None
    if is_feature_image(saliency_map):
        _, content = image_render_data(saliency_map, scan, content)
    else:
        prepared = MapRenderData.from_map(add_origin_to_name(saliency_map, scan), content, view.smoothing)
    if sweep is Sweep.TURN:
        views = orbit_views(view, count)
    elif prepared is None:
        raise ViewerError(
            saliency_map.name, "is an image, which has no threshold", "choose another animation"
        )
    else:
        sorted_values = prepared.sorted_values[view.sign]
        views = threshold_sweep(view, count, sorted_values)
    scene = BoxScene()
    try:
        scene.set_scan(content)
        scene.set_map(prepared)
        for frame_view in views:
            scene.set_view(frame_view)
            picture = scene.render(*size, _SAMPLES)
            if sweep is Sweep.THRESHOLD:
                voxels = f"{sorted_values.count_above(scene.threshold):,} voxel"
                plural = "" if voxels.startswith("1 ") else "s"
                _draw_caption(
                    picture, f"|value| ≥ {format_number(scene.threshold)} · {voxels}{plural}", frame_view
                )
            yield np.ascontiguousarray(picture[:, :, :3])
    finally:
        scene.close()


def orbit_views(view: View, count: int) -> Iterator[View]:
    """Return the views of a full turn around the box, starting at the view's camera."""
    for index in range(count):
        azimuth = (view.camera.azimuth + 360.0 * index / count + 180.0) % 360.0 - 180.0
        yield replace(view, camera=replace(view.camera, azimuth=azimuth))


def threshold_sweep(view: View, count: int, sorted_values: SortedValues) -> Iterator[View]:
    """Sweep from `WIDER` times the number of voxels that the view shows to 1 / `NARROWER` of it, and back.

    The number changes geometrically, slower at both ends.
    """
    initial = max(sorted_values.count_above(sorted_values.cutoff(view.threshold)), 1)
    max_voxels = max(min(WIDER * initial, sorted_values.count), 1)
    min_voxels = min(max(initial // NARROWER, MIN_FRAMES), max_voxels)
    for index in range(count):
        fraction = 0.5 - 0.5 * np.cos(2.0 * np.pi * index / count)
        voxels = round(max_voxels * (min_voxels / max_voxels) ** fraction)
        yield replace(view, threshold=Threshold(ThresholdKind.VOXELS, float(voxels)))


def _slice_frames(
    scan: Scan, saliency_map: Map, view: View, count: int, size: tuple[int, int], orientation: Orientation
) -> Iterator[Pixels]:
    from viewer.scans.multichannel_scan import image_on_scan
    from viewer.scene.feature_image import image_range, image_scan
    from viewer.scene.slices_rendering import lay_out_tiles, mosaic_tiles, render_slices
    from viewer.scene.thresholding import threshold_map

    background = image_on_scan(scan, view.image)
    image = image_scan(saliency_map, scan) if is_feature_image(saliency_map) else None
    thresholded = None if image is not None else threshold_map(saliency_map, view)
    brightness = None if image is None else image_range(saliency_map)
    tiles = mosaic_tiles(scan, view, max(scan.grid.shape), orientation)
    name = add_origin_to_name(saliency_map, scan).name
    for index in range(count):
        tile = tiles[min(index * len(tiles) // count, len(tiles) - 1)]
        placed, _, _ = lay_out_tiles([tile], size, with_colour_bar=False, one_row=True)
        picture = render_slices(image or background, thresholded, placed, size, view, brightness)
        rgba = np.dstack([picture, np.full(picture.shape[:2], 255, dtype=np.uint8)])
        _draw_caption(rgba, f"{tile.caption} mm", view, name)
        _draw_side_letters(rgba, placed[0].left, placed[0].width, tile.plane.side_letters[:2])
        yield np.ascontiguousarray(rgba[:, :, :3])


def _draw_caption(picture: Pixels, caption: str, view: View, name: str = "") -> None:
    """Draw a caption in the lower left corner, with a name above it, in lines that fit; in place."""
    from viewer.scene.colormaps import theme_colours
    from viewer.scene.text_labels import TextLabel, draw_labels, text_width
    from viewer.scene.wrapping import wrap

    height, width = picture.shape[:2]
    text_size = max(_SAID * min(height, width), 7.0)
    unicode = not (name + caption).isascii()

    def measure(text: str) -> float:
        return text_width(text, text_size, unicode)

    lines = (*wrap(name, width - 2.4 * text_size, measure), caption)
    labels = [
        TextLabel(
            line,
            1.2 * text_size + measure(line) / 2,
            height - (1.6 + 1.8 * lines_below) * text_size,
            text_size,
            unicode,
        )
        for lines_below, line in zip(reversed(range(len(lines))), lines, strict=True)
    ]
    draw_labels(picture, tuple(labels), theme_colours(view.theme).letter)


def _draw_side_letters(picture: Pixels, left: int, tile_width: int, letters: tuple[str, str]) -> None:
    """Draw the letters of the left and the right side of a slice, in place."""
    from viewer.scene.text_labels import TextLabel, draw_labels

    height, width = picture.shape[:2]
    text_size = max(_SAID * min(height, width), 7.0)
    positions = (max(left, 0) + text_size, min(left + tile_width, width) - text_size)
    labels = tuple(
        TextLabel(text, x, height / 2, text_size) for text, x in zip(letters, positions, strict=True)
    )
    draw_labels(picture, labels, (0.78, 0.81, 0.85))


def _write_mp4(
    file: BinaryIO, frames: Iterator[Pixels], size: tuple[int, int], rate: int, metadata: Mapping[str, str]
) -> None:
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise ViewerError(
            "MP4", "needs the package imageio-ffmpeg", 'install "saliency-viewer[movie]", or write a .gif'
        ) from error
    tags = {"title": metadata["Title"], "comment": NOTICE, "description": metadata["Description"]}
    arguments = [argument for key, text in tags.items() for argument in ("-metadata", f"{key}={text}")]
    # ffmpeg needs a path, and the target may have none.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "movie.mp4"
        writer: Any = imageio_ffmpeg.write_frames(
            path,
            size,
            fps=rate,
            quality=None,
            codec="libx264",
            macro_block_size=2,
            ffmpeg_log_level="error",
            output_params=["-crf", str(QUALITY), "-movflags", "+faststart", *arguments],
        )
        writer.send(None)
        try:
            for frame in frames:
                writer.send(frame)
        finally:
            writer.close()
        if not path.is_file() or path.stat().st_size == 0:
            raise ViewerError("MP4", "could not be written by ffmpeg", "write a .gif")
        with path.open("rb") as movie_file:
            shutil.copyfileobj(movie_file, file)


def _write_gif(
    file: BinaryIO, frames: Iterator[Pixels], size: tuple[int, int], rate: int, metadata: Mapping[str, str]
) -> None:
    from PIL import Image

    pictures = [Image.fromarray(frame) for frame in frames]
    # One palette for all frames: with one per frame, colours would flicker.
    samples = pictures[:: max(len(pictures) // _COLOURED_BY, 1)]
    strip = Image.new("RGB", (size[0] // 2, (size[1] // 2) * len(samples)))
    for index, picture in enumerate(samples):
        strip.paste(picture.resize((size[0] // 2, size[1] // 2)), (0, index * (size[1] // 2)))
    colours = strip.quantize(256, method=Image.Quantize.MEDIANCUT)
    first, *following = (picture.quantize(palette=colours, dither=Image.Dither.NONE) for picture in pictures)
    comment = json.dumps({"title": metadata["Title"], "notice": NOTICE}).encode("ascii")
    first.save(
        file, "GIF", save_all=True, append_images=following, duration=1000 // rate, loop=0, comment=comment
    )


def _check_arguments(path: Path, seconds: float, size: tuple[int, int]) -> None:
    if path.suffix.lower() not in ENDINGS:
        raise ViewerError(
            path, f"a movie cannot be written as {path.suffix or 'a file without suffix'}",
            "end the name in .mp4 or .gif",
        )  # fmt: skip
    if not 0 < seconds <= MAX_SECONDS:
        raise ViewerError(path, f"a movie cannot last {seconds:g} s", f"choose up to {MAX_SECONDS:g} s")
    if not (64 <= size[0] <= MAX_SIDE and 64 <= size[1] <= MAX_SIDE):
        raise ViewerError(
            path,
            f"{size[0]} x {size[1]} pixels cannot be drawn",
            f"choose 64 to {MAX_SIDE} along each side",
        )
