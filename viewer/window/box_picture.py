"""The picture of a scene, as fine as the machine can draw it while something moves."""

from __future__ import annotations

import time
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from viewer.window.pace import Pace

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.scene.box import BoxScene

    Words = tuple[tuple[npt.NDArray[np.uint8], int, int], ...]

PREPARED_AFTER = 2
SMALLEST = 6.0
PRESENTED = 14.0
PATIENT_MS = 70.0
"""A box that turns slowly for a room is drawn finely rather than often."""


class Motion(Enum):
    """What moves in the box while a picture is drawn."""

    NONE = auto()
    CUT = auto()
    """A threshold is dragged."""
    CAMERA = auto()
    """The whole box moves, or its walls."""
    PRESENTED = auto()
    """The box turns slowly."""


class Picture:
    """The last picture of a scene, and how long such pictures take."""

    def __init__(self) -> None:
        self._image: QImage | None = None
        self._words: Words = ()
        self._ratio = 1.0
        self._pace, self._cut_pace, self._presented_pace = Pace(), Pace(), Pace(PATIENT_MS)
        self._cuts = 0

    @property
    def image(self) -> QImage | None:
        """The scene's pixels; None before the first picture."""
        return self._image

    @property
    def words(self) -> Words:
        """What is drawn over a coarse picture, see `BoxScene.label_sprites`; nothing over a sharp one."""
        return self._words

    @property
    def ratio(self) -> float:
        """The picture's pixels for every one of the layout."""
        return self._ratio

    def prepare_cuts(self) -> None:
        """A threshold is about to be dragged: the first pictures take longer, and do not count."""
        self._cuts = 0

    def draw(self, scene: BoxScene, size: QSize, fineness: float, motion: Motion, samples: int) -> None:
        """Make another picture.

        Parameters
        ----------
        scene
            What is drawn.
        size
            Of the widget, in pixels of the layout.
        fineness
            The screen's pixels for every one of the layout.
        motion
            By it the pace is chosen, and how small a body may be.
        samples
            Every pixel is the mean of this many squared.
        """
        cut = motion is Motion.CUT
        pace = self._cut_pace if cut else self._pace
        if motion is Motion.PRESENTED:
            pace = self._presented_pace
        self._ratio = fineness * (1.0 if motion is Motion.NONE else pace.scale)
        width, height = round(size.width() * self._ratio), round(size.height() * self._ratio)
        scene.set_min_text_height(self._ratio * (PRESENTED if motion is Motion.PRESENTED else SMALLEST))
        began = time.perf_counter()
        larger = fineness / self._ratio
        pixels = scene.render(width, height, samples, letters=larger == 1)
        self._words = () if larger == 1 else scene.label_sprites(larger)
        self._cuts += 1
        if motion is not Motion.NONE and (not cut or self._cuts > PREPARED_AFTER):
            pace.note((time.perf_counter() - began) * 1000)
        rows, columns = pixels.shape[:2]
        # The image borrows the array's memory, so the array has to live as long as the image.
        self._pixels = pixels
        self._image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBX8888)
