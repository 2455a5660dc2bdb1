"""Rendering of the box: the scene bound to a session, when it is rendered, and how finely."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QImage

from viewer.session.session import Session
from viewer.session.view import View

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.scene.box import BoxScene
    from viewer.scene.render_data import MapRenderData, ScanRenderData

    Words = tuple[tuple[npt.NDArray[np.uint8], int, int], ...]


WARM_UP_PIXELS = 16
VIEW_FIELDS = (
    "theme", "threshold", "sign", "smallest_cluster", "largest_clusters", "walls", "walls_at", "camera",
    "glass", "nested", "shadows", "smoothing", "hues", "scale_bar", "colour_bar", "display_range",
)  # fmt: skip


class SceneBinding(QObject):
    """Has a scene, as soon as one is made, show a scan, a map and the view of a session.

    Parameters
    ----------
    session
        Whose view the scene has.
    """

    changed = Signal()
    """The scene looks different now."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._scene: BoxScene | None = None
        self._scan: ScanRenderData | None = None
        self._map: MapRenderData | None = None
        self._view_override: Callable[[View], View] = lambda view: view
        self._colour_bar = True
        self._above: str | None = None
        session.subscribe(self.update_view, *VIEW_FIELDS)

    @property
    def scene(self) -> BoxScene | None:
        """The scene; None before it is there, and once it is gone."""
        return self._scene

    @property
    def visible_scene(self) -> BoxScene | None:
        """The scene, if there is a scan in it to be seen."""
        return None if self._scan is None else self._scene

    def start(self, scene: BoxScene) -> None:
        """Show in this scene whatever is known by now, and all that comes."""
        self._scene = scene
        scene.set_above(self._above)
        scene.set_view(self._effective_view())
        if self._scan is None:
            # The first picture makes OpenGL ready, which takes a tenth of a second: while the scan is read.
            scene.render(WARM_UP_PIXELS, WARM_UP_PIXELS)
        else:
            scene.set_scan(self._scan)
            scene.set_map(self._map)
        self.changed.emit()

    def set_scan(self, content: ScanRenderData | None) -> None:
        """Show another scan, now or as soon as there is a scene, or none; its maps come after it."""
        self._scan, self._map = content, None
        if self._scene is not None:
            self._scene.set_scan(content)
            self.changed.emit()

    def set_map(self, content: MapRenderData | None) -> None:
        """Show another map, or none."""
        self._map = content
        if self._scene is not None:
            self._scene.set_map(content)
            self.changed.emit()

    def set_coarse(self, coarse: bool) -> None:
        """Cut bodies coarsely, or as they are."""
        if self._scene is not None:
            self._scene.set_coarse(coarse)
            self.changed.emit()

    def set_view_override(self, adjusted: Callable[[View], View]) -> None:
        """What is shown in place of the session's view."""
        self._view_override = adjusted
        self.update_view()

    def set_colour_bar(self, allowed: bool, above: str | None = None) -> None:
        """Leave the colours out, or have them where the view has them: above those with this caption."""
        self._colour_bar, self._above = allowed, above
        if self._scene is not None:
            self._scene.set_above(above)
        self.update_view()

    def update_view(self) -> None:
        """Have the scene seen as the session's view says now."""
        if self._scene is not None:
            self._scene.set_view(self._effective_view())
            self.changed.emit()

    def detach(self) -> BoxScene | None:
        """Have no scene any more; answers the one there was, which is not closed."""
        scene, self._scene = self._scene, None
        return scene

    def _effective_view(self) -> View:
        view = self._view_override(self._session.view)
        return view if self._colour_bar else replace(view, colour_bar=False)


SLOW_MS = 16.0
FAST_MS = 4.0
WEIGHT = 0.14
HALF = 0.5


class AdaptiveResolution:
    """Follows how long pictures take. `scale` is 1, or `HALF` once they are slow on the average.

    ``slow`` are the milliseconds from which a picture is slow. It goes back to 1 only where four times as
    many pixels would still be fast, so that it does not swing.
    """

    def __init__(self, slow: float = SLOW_MS) -> None:
        self._slow, self._fast = slow, slow * FAST_MS / SLOW_MS
        self.scale = 1.0
        self._mean: float | None = None

    def add_frame_time(self, milliseconds: float) -> None:
        """Take the time that one picture took at the present scale."""
        before = milliseconds if self._mean is None else self._mean
        self._mean = before + WEIGHT * (milliseconds - before)
        if self.scale == 1.0 and self._mean > self._slow:
            self.scale, self._mean = HALF, None
        elif self.scale == HALF and self._mean < self._fast:
            self.scale, self._mean = 1.0, None


IGNORED_FRAMES = 2
MIN_BODY_PIXELS = 6.0
MIN_BODY_PIXELS_PRESENTATION = 14.0
SLOW_PRESENTATION_MS = 70.0
"""A box that turns slowly for a room is drawn finely rather than often."""


class Motion(Enum):
    """What moves in the box while a picture is drawn."""

    NONE = auto()
    THRESHOLD = auto()
    """A threshold is dragged."""
    CAMERA = auto()
    """The whole box moves, or its walls."""
    PRESENTATION = auto()
    """The box turns slowly."""


class FrameRenderer:
    """The last picture of a scene, and how long such pictures take."""

    def __init__(self) -> None:
        self._image: QImage | None = None
        self._words: Words = ()
        self._ratio = 1.0
        self._pace, self._cut_pace, self._presented_pace = (
            AdaptiveResolution(),
            AdaptiveResolution(),
            AdaptiveResolution(SLOW_PRESENTATION_MS),
        )
        self._threshold_frames = 0

    @property
    def image(self) -> QImage | None:
        """The scene's pixels; None before the first picture."""
        return self._image

    @property
    def annotations(self) -> Words:
        """What is drawn over a coarse picture, see `BoxScene.label_sprites`; nothing over a sharp one."""
        return self._words

    @property
    def pixel_ratio(self) -> float:
        """The picture's pixels for every one of the layout."""
        return self._ratio

    def ignore_first_frames(self) -> None:
        """A threshold is about to be dragged: the first pictures take longer, and do not count."""
        self._threshold_frames = 0

    def render(self, scene: BoxScene, size: QSize, fineness: float, motion: Motion, samples: int) -> None:
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
        cut = motion is Motion.THRESHOLD
        pace = self._cut_pace if cut else self._pace
        if motion is Motion.PRESENTATION:
            pace = self._presented_pace
        self._ratio = fineness * (1.0 if motion is Motion.NONE else pace.scale)
        width, height = round(size.width() * self._ratio), round(size.height() * self._ratio)
        scene.set_min_text_height(
            self._ratio * (MIN_BODY_PIXELS_PRESENTATION if motion is Motion.PRESENTATION else MIN_BODY_PIXELS)
        )
        began = time.perf_counter()
        larger = fineness / self._ratio
        pixels = scene.render(width, height, samples, letters=larger == 1)
        self._words = () if larger == 1 else scene.label_sprites(larger)
        self._threshold_frames += 1
        if motion is not Motion.NONE and (not cut or self._threshold_frames > IGNORED_FRAMES):
            pace.add_frame_time((time.perf_counter() - began) * 1000)
        rows, columns = pixels.shape[:2]
        # The image borrows the array's memory, so the array has to live as long as the image.
        self._pixels = pixels
        self._image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBX8888)


IDLE_MS = 160


class RenderScheduler(QObject):
    """Says whether another picture is due, and whether it is a fine one.

    Parameters
    ----------
    still
        Whether a fine picture could be drawn, and would be looked at.
    """

    render_requested = Signal()
    """Another picture is wanted."""

    def __init__(self, is_idle: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_idle = is_idle
        self._dirty = self._high_quality = self._busy = self._stepping = False
        self._timer = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._timer.timeout.connect(self._refine)

    @property
    def is_dirty(self) -> bool:
        """Whether the picture that there is has had its day."""
        return self._dirty

    @property
    def is_high_quality(self) -> bool:
        """Whether the picture is, or will be, a fine one."""
        return self._high_quality

    @property
    def is_stepping(self) -> bool:
        """Whether something moves step by step, and nobody says when the last step was."""
        return self._stepping

    def set_busy(self, waiting: bool) -> None:
        """Whether more is on its way, so that a fine picture would only be in its way."""
        self._busy = waiting

    def begin_steps(self) -> None:
        """Something has moved by a step; it goes on moving until the next fine picture."""
        self._stepping = True

    def refresh(self) -> None:
        """Draw again, quickly now and finely once nothing moves."""
        self._dirty, self._high_quality = True, False
        self._timer.start()
        self.render_requested.emit()

    def schedule_high_quality(self) -> None:
        """Something has stopped: a fine picture comes soon."""
        self._timer.start()

    def stop(self) -> None:
        """Draw nothing finely until something moves again."""
        self._timer.stop()

    def mark_rendered(self) -> None:
        """The picture is there."""
        self._dirty = False

    def _refine(self) -> None:
        if not self._is_idle():
            return
        if self._busy:
            self._timer.start()
            return
        self._dirty, self._high_quality, self._stepping = True, True, False
        self.render_requested.emit()
