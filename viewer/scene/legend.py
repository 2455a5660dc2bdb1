"""What is written into a picture of the box: letters at the walls' ends, a length, the colours of values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scene.bars import Bars, colour_bar, draw_stripes, scale_bar
from viewer.scene.camera import Pose
from viewer.scene.changes import Changes
from viewer.scene.content import MapContent, ScanContent
from viewer.scene.hues import pair
from viewer.scene.letters import SMALLEST, Letter, cut_out, draw_letters, glyph_size, place_letters
from viewer.scene.levels import Levels
from viewer.scene.palette import palette
from viewer.session.view import Theme, View

Pixels = npt.NDArray[np.uint8]
High = tuple[bool, bool, bool]


class Legend:
    """Places words and bars where a picture's walls and corners are; placed anew only where these moved."""

    def __init__(self) -> None:
        self._changes = Changes()
        self._smallest = SMALLEST
        self._theme = Theme.DARK
        self._above: str | None = None
        self._ends: tuple[Letter, ...] = ()
        self._bars = Bars()

    def set_smallest(self, pixels: float) -> None:
        """How high the smallest words are."""
        self._smallest = pixels

    def set_above(self, caption: str | None) -> None:
        """Have the colours above those with this caption, of another picture; None: in the corner."""
        self._above = caption

    def place(
        self,
        scan: ScanContent,
        shown: MapContent | None,
        view: View,
        levels: Levels,
        seen: Pose,
        high: High,
        size: tuple[int, int],
    ) -> None:
        """Find the places in a picture of that size, seen from there."""
        self._theme = view.theme
        standing = scan, view.camera, size, self._smallest
        asked = view.scale_bar, view.colour_bar, view.display_range, view.theme, view.hues
        levelled = levels.cutoff, levels.signs, self._above
        if self._changes.concern("bars", *standing, shown, *asked, *levelled):
            self._bars, colours, height = Bars(), palette(view.theme), glyph_size(*size, self._smallest)
            if view.scale_bar:
                middle = scan.frame.corners.mean(axis=0)
                self._bars += scale_bar(seen, middle, colours.letter, height, *size)
            if view.colour_bar and shown is not None:
                span = view.display_range or (levels.cutoff, shown.rankings[view.sign].largest)
                self._bars += colour_bar(
                    pair(view.hues), levels.signs, levels.cutoff, span, (colours.letter, colours.wall),
                    shown.caption, height, *size, self._above, seen.project(scan.frame.corners, *size),
                )  # fmt: skip
        taken = self._bars.spread(size[0])
        if self._changes.concern("letters", *standing, taken):
            self._ends = place_letters(scan.frame, seen, high, *size, self._smallest, taken)

    def clear(self) -> None:
        """Write nothing."""
        self._changes.forget_all()
        self._ends, self._bars = (), Bars()

    @property
    def letters(self) -> tuple[Letter, ...]:
        """All words: the letters at the walls' ends, the length and the numbers of the colours."""
        return self._ends + self._bars.words

    @property
    def bars(self) -> Bars:
        """The length and the colours, which stand in the lower corners."""
        return self._bars

    def draw(self, picture: Pixels, letters: bool) -> None:
        """Draw the bars into a picture, and the words where asked."""
        draw_stripes(picture, self._bars.stripes)
        if letters:
            draw_letters(picture, self.letters, palette(self._theme).letter)

    def words(self, larger: float) -> tuple[tuple[Pixels, int, int], ...]:
        """The words drawn apart, for a screen so many times as fine: see `cut_out`."""
        return cut_out(self.letters, palette(self._theme).letter, larger)
