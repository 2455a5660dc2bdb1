"""Maps that are drawn in the box together with the current one: bodies in their own colours, and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from viewer.number_format import format_number
from viewer.scene.colormaps import Colour, sign_colormaps, theme_colours
from viewer.scene.isosurface import isosurface
from viewer.scene.render_data import MapRenderData
from viewer.scene.surface_actors import SolidSurfaceActor
from viewer.scene.text_labels import TextLabel, text_width
from viewer.scene.thresholding import ClusterFilter, IsoValues
from viewer.session.view import Theme, View

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderer


@dataclass(frozen=True, eq=False)
class KeptMap:
    """A map prepared for the box, and the view that has its threshold, sign and colours."""

    render_data: MapRenderData
    view: View

    @property
    def caption(self) -> str:
        """Its name, and the |value| from which it is shown."""
        cutoff = IsoValues.from_view(self.render_data, self.view).cutoff
        words = "nothing shown" if not np.isfinite(cutoff) else f"≥ {format_number(cutoff)}"
        return f"{self.render_data.name}  {words}"

    @property
    def colours(self) -> tuple[Colour, ...]:
        """Colours of the signs that are shown."""
        hues = sign_colormaps(self.view.hues)
        return tuple(hues.body(sign) for sign in IsoValues.from_view(self.render_data, self.view).signs)


class KeptSurfaces:
    """Surface actors of the kept maps in a renderer.

    Parameters
    ----------
    renderer
        Renderer to which they are added.
    """

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._actors: list[SolidSurfaceActor] = []

    def set_maps(self, maps: Sequence[KeptMap], theme: Theme) -> None:
        """Extract and show the surfaces of these maps, in place of those before."""
        for old in self._actors:
            self._renderer.RemoveActor(old.actor)
        self._actors = []
        for kept in maps:
            levels = IsoValues.from_view(kept.render_data, kept.view)
            # Of its own, as it keeps the clusters of one map.
            volume = ClusterFilter().volume(kept.render_data, levels.outer, kept.view, False)
            for sign in levels.signs:
                body = SolidSurfaceActor()
                body.set_colour(sign_colormaps(kept.view.hues).body(sign))
                body.set_rim(theme_colours(theme).rim)
                body.set_surface(isosurface(volume, levels.outer, sign))
                self._renderer.AddActor(body.actor)
                self._actors.append(body)


@dataclass(frozen=True)
class LegendRow:
    """A row of the legend: squares in the map's colours, and its caption."""

    colours: tuple[Colour, ...]
    caption: str


def legend_places(
    rows: Sequence[LegendRow], size: float, height: int
) -> list[tuple[list[tuple[float, float, Colour]], TextLabel]]:
    """Return the squares (left, top, colour) and the label of each row, above the scale bar.

    ``size`` is the text height and the side of a square, ``height`` that of the picture, in pixels.
    """
    found = []
    for number, row in enumerate(reversed(rows)):
        left, middle = 1.9 * size, height - (6.0 + 1.9 * number) * size
        squares = [
            (left + place * 1.2 * size, middle - size / 2, colour) for place, colour in enumerate(row.colours)
        ]
        begin = left + (1.2 * max(len(row.colours), 1) + 0.4) * size
        label = TextLabel(row.caption, begin + text_width(row.caption, size) / 2, middle, size)
        found.append((squares, label))
    return found
