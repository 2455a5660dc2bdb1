"""Maps drawn in the box together with the current one: surfaces in their own colours, and a legend."""

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


LEGEND_SHARE = 0.6
"""Fraction of the picture's width for the legend; the colour bar and its title need the rest."""


@dataclass(frozen=True, eq=False)
class KeptMap:
    """A map prepared for the box, and the view that has its threshold, sign and colours."""

    render_data: MapRenderData
    view: View

    @property
    def threshold_text(self) -> str:
        """The |value| from which the map is shown, as text; or why nothing is shown."""
        cutoff = IsoValues.from_view(self.render_data, self.view).cutoff
        absent = self.render_data.no_values_reasons.get(self.view.sign, "")
        return absent or ("nothing shown" if not np.isfinite(cutoff) else f"≥ {format_number(cutoff)}")

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
        """Extract and show the surfaces of these maps, replacing the previous ones."""
        for previous in self._actors:
            self._renderer.RemoveActor(previous.actor)
        self._actors = []
        for kept_map in maps:
            levels = IsoValues.from_view(kept_map.render_data, kept_map.view)
            # One filter per map, as it caches the clusters of its last map.
            volume = ClusterFilter().volume(kept_map.render_data, levels.outer, kept_map.view, False)
            for sign in levels.signs:
                body = SolidSurfaceActor()
                body.set_colour(sign_colormaps(kept_map.view.hues).body(sign))
                body.set_rim(theme_colours(theme).rim)
                body.set_surface(isosurface(volume, levels.outer, sign))
                self._renderer.AddActor(body.actor)
                self._actors.append(body)


@dataclass(frozen=True)
class LegendRow:
    """A row of the legend: squares in the map's colours, its name, and the value from which it is shown."""

    colours: tuple[Colour, ...]
    name: str
    threshold_text: str

    def caption(self, text_size: float, max_width: float) -> str:
        """Return name and limit; the name is shortened to fit a width in pixels at a text height."""
        for length in range(len(self.name), -1, -1):
            name = self.name if length == len(self.name) else f"{self.name[:length].rstrip()}…"
            caption = f"{name}  {self.threshold_text}"
            if text_width(caption, text_size) <= max_width:
                return caption
        return self.threshold_text


def lay_out_legend(
    rows: Sequence[LegendRow], text_size: float, width: int, height: int
) -> list[tuple[list[tuple[float, float, Colour]], TextLabel]]:
    """Return the squares (left, top, colour) and the label of each row, above the scale bar.

    ``text_size`` is the text height and the side of a square, ``width`` and ``height`` those of the picture,
    in pixels. Rows end before the colour bar and its title, on the right.
    """
    placed = []
    for index, row in enumerate(reversed(rows)):
        left, centre = 1.9 * text_size, height - (6.0 + 1.9 * index) * text_size
        squares = [
            (left + column * 1.2 * text_size, centre - text_size / 2, colour)
            for column, colour in enumerate(row.colours)
        ]
        text_x = left + (1.2 * max(len(row.colours), 1) + 0.4) * text_size
        caption = row.caption(text_size, LEGEND_SHARE * width - text_x)
        label = TextLabel(caption, text_x + text_width(caption, text_size) / 2, centre, text_size)
        placed.append((squares, label))
    return placed
