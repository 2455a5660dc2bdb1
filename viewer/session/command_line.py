"""What is shown, as a command: the line that makes the same picture, movie or table without the window."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ViewerError
from viewer.scans.threshold import Kind, Threshold
from viewer.session.view import Contrast, Convention, Sign, Theme, View, Walls

if TYPE_CHECKING:
    from viewer.session.session import Layer, Session

PROGRAM = "saliency-viewer"
CUTS = {Kind.VALUE: "threshold", Kind.PERCENTILE: "percentile", Kind.TOP: "top", Kind.VOXELS: "voxels"}


def figure_command(
    session: Session, output: str, size: tuple[int, int], dpi: float, transparent: bool = False
) -> str:
    """The command that writes the box as it is seen now.

    Raises
    ------
    ViewerError
        There is no scan, or it or a map is in no file that a command could name.
    """
    words = ["figure", *_files(session, session.drawn), "-o", output, "--size", f"{size[0]}x{size[1]}"]
    words += ["--dpi", _number(dpi), *cut_options(session.view), *look_options(session.view)]
    if len(session.drawn) > 1:
        words += compare_options(session.view)
    return _line([*words, "--transparent"] if transparent else words)


def movie_command(session: Session, output: str, kind: str, seconds: float, size: tuple[int, int]) -> str:
    """The command that writes a movie.

    Raises
    ------
    ViewerError
        As of `figure_command`, or there is no map.
    """
    if not session.drawn:
        raise ViewerError("command", "there is no map to show over the scan", "open or compute one")
    words = ["movie", *_files(session, session.drawn[:1]), "-o", output]
    words += ["--kind", kind, "--seconds", _number(seconds)]
    words += ["--size", f"{size[0]}x{size[1]}", *cut_options(session.view), *look_options(session.view)]
    return _line(words)


def slices_command(session: Session, output: str, dpi: float) -> str:
    """The command that writes the three slices through the crosshair. Raises as `figure_command` does."""
    view, usual = session.view, View()
    shown = session.drawn[:1] if view.overlay else ()
    words = ["slices", *_files(session, shown), "-o", output, "--at", _point(session.crosshair)]
    words += ["--dpi", _number(dpi), *cut_options(view)]
    if view.convention is not usual.convention:
        words += ["--convention", str(Convention(view.convention))]
    if view.opacity != usual.opacity:
        words += ["--opacity", _number(view.opacity)]
    words += ["--by-value"] if view.by_value else []
    words += ["--outline"] if view.outline else []
    return _line([*words, *_bar_options(view), *_colour_options(view)])


def cut_options(view: View) -> list[str]:
    """Where the map is cut, as options; what is usual is left out."""
    usual, words = View(), []
    if view.threshold != usual.threshold:
        words += [f"--{CUTS[view.threshold.kind]}", _amount(view.threshold)]
    if view.sign is not usual.sign:
        words += ["--sign", str(Sign(view.sign))]
    if view.smallest_cluster != usual.smallest_cluster:
        words += ["--min-cluster", _number(view.smallest_cluster)]
    if view.largest_clusters != usual.largest_clusters:
        words += ["--largest-clusters", str(view.largest_clusters)]
    if view.smoothing != usual.smoothing:
        words += ["--smooth", _number(view.smoothing)]
    return words


def look_options(view: View) -> list[str]:
    """How the box looks, as options; what is usual is left out."""
    usual, words = View(), []
    if view.theme is not usual.theme:
        words += ["--background", str(Theme(view.theme))]
    if view.walls is Walls.CROSSHAIR and view.crosshair is not None:
        words += ["--crosshair", _point(view.crosshair)]
    elif view.walls is Walls.MIDDLE and view.walls_at is not None:
        words += ["--walls", _point(view.walls_at)]
    for name in ("azimuth", "elevation", "zoom"):
        value = getattr(view.camera, name)
        if value != getattr(usual.camera, name):
            words += [f"--{name}", _number(value)]
    switches = {"glass": "glass", "nested": "nested", "shadows": "no-shadows"}
    words += [
        f"--{option}" for name, option in switches.items() if getattr(view, name) != getattr(usual, name)
    ]
    return [*words, *_bar_options(view), *_colour_options(view)]


def _bar_options(view: View) -> list[str]:
    words = [] if view.scale_bar else ["--no-scale-bar"]
    return words if view.colour_bar else [*words, "--no-colour-bar"]


def compare_options(view: View) -> list[str]:
    """How two maps are compared, as options; what flickers stands side by side."""
    if view.contrast is Contrast.FADE:
        return ["--compare", "fade", "--fade", _number(view.fade)]
    return ["--compare", "beside"]


def _colour_options(view: View) -> list[str]:
    words = []
    if view.hues is not View().hues:
        words += ["--hues", str(view.hues)]
    if view.display_range is not None:
        words += ["--range", ",".join(_number(value) for value in view.display_range)]
    return words


def _files(session: Session, layers: Sequence[Layer]) -> list[str]:
    scan = session.scan
    if scan is None:
        raise ViewerError("command", "no scan is open", "open a scan first")
    if scan.path is None:
        raise ViewerError(scan.name, "has no file that a command could refer to")
    words = [_path(scan.path), *_volume("--volume", scan.volume)]
    for layer in layers:
        if layer.file is None:
            remedy = "save this map first (File > Save map, Ctrl+S)"
            raise ViewerError(layer.map.name, "has no file that a command could refer to", remedy)
        words += ["--map", _path(layer.file)]
    if any(layer.volume is not None for layer in layers):
        # Once for each of the maps, or for none.
        words += [word for layer in layers for word in _volume("--map-volume", layer.volume or 0)]
    return words


def _volume(option: str, volume: int | None) -> list[str]:
    return [] if volume is None else [option, str(volume)]


def _path(path: Path) -> str:
    """A whole path, so that the command works everywhere; a built-in one by its name."""
    return str(path.resolve()) if path.exists() else str(path)


def _line(words: list[str]) -> str:
    return shlex.join([PROGRAM, *words])


def _amount(threshold: Threshold) -> str:
    return str(max(int(threshold.amount), 1)) if threshold.kind is Kind.VOXELS else _number(threshold.amount)


def _number(value: float) -> str:
    """As short as it can be without another value being read."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _point(point: tuple[float, float, float]) -> str:
    return ",".join(_number(value) for value in point)
