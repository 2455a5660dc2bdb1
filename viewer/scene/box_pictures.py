"""Small pictures of the box, one a map, as PNG: for pages that show many maps side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.progress import Progress
from viewer.scans.clusters import peak_voxel
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.view import Sign, Theme, View

if TYPE_CHECKING:
    from viewer.scene.letters import Letter
    from viewer.scene.palette import Colour

TOP = 98.5
"""The percentile of |values| from which bodies are drawn."""

SMOOTHING = 6.0
"""Of the bodies, in mm."""

DPI = 96.0


def box_pictures(
    scan: Scan,
    maps: Sequence[Map],
    size: tuple[int, int] = (440, 330),
    theme: Theme = Theme.LIGHT,
    progress: Progress | None = None,
) -> list[bytes]:
    """The strongest bodies of each map in the glass brain, all from one side; the walls meet in its peak.

    Parameters
    ----------
    scan
        Whose slices stand on the walls.
    maps
        On any grids in the scan's space.
    size
        Of every picture, in pixels.
    theme
        Of the background.
    progress
        Told before every picture.

    Raises
    ------
    ViewerError
        There is no OpenGL.
    Cancelled
        When ``progress`` says so.
    """
    from viewer.scene.comparison import Panel
    from viewer.scene.content import MapContent, ScanContent
    from viewer.scene.figure import drawn, provenance

    progress = progress or Progress()
    content = ScanContent.of(scan)
    found = []
    for number, one in enumerate(maps):
        progress.step(number, len(maps), f"drawing the box of {one.name}")
        view = _view(one, theme)
        shown = MapContent.of(one, content, view.smoothing)
        words = provenance(scan, (one,), view)
        found.append(drawn(content, [Panel(shown, view)], _encoded, words, view, size, DPI, False))
    progress.step(1, 1)
    return found


def _view(shown: Map, theme: Theme) -> View:
    """How a map is shown that nobody has turned yet."""
    view = View(
        theme=theme, threshold=Threshold(ThresholdKind.PERCENTILE, TOP), smoothing=SMOOTHING, glass=True
    )
    sign = Sign.BOTH if float(np.nanmin(shown.data)) < 0 else Sign.POSITIVE
    if shown.grid is None:
        return replace(view, sign=sign)
    sizes = np.nan_to_num(np.abs(shown.data))
    peak = shown.grid.to_world(peak_voxel(sizes))
    return replace(view, sign=sign, crosshair=(float(peak[0]), float(peak[1]), float(peak[2])))


def _encoded(
    pixels: npt.NDArray[np.uint8],
    letters: Sequence[Letter],
    colour: Colour,
    dpi: float,
    words: Mapping[str, str],
) -> bytes:
    from viewer.scene.letters import draw_letters
    from viewer.scene.png import png

    draw_letters(pixels, tuple(letters), colour)
    return png(np.ascontiguousarray(pixels[:, :, :3]), dpi, words)
