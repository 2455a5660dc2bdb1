"""Rendering of the box: the scene bound to a session, render scheduling and adaptive resolution."""

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
    from viewer.scene.brain_outlines import BrainOutlines
    from viewer.scene.kept_maps import KeptMap
    from viewer.scene.render_data import MapRenderData, ScanRenderData

    LabelSprites = tuple[tuple[npt.NDArray[np.uint8], int, int], ...]


WARM_UP_PIXELS = 16
VIEW_FIELDS = (
    "theme", "threshold", "sign", "smallest_cluster", "largest_clusters", "walls", "walls_at", "camera",
    "glass", "nested", "by_certainty", "shadows", "smoothing", "hues", "scale_bar", "colour_bar",
    "display_range", "template_outline", "mask_outline",
)  # fmt: skip


class SceneBinding(QObject):
    """Binding of a scene to a session: scan, map and view, applied once the scene exists.

    Parameters
    ----------
    session
        Session whose view is applied to the scene.
    """

    changed = Signal()
    """Emitted when the scene has changed and must be drawn again."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._scene: BoxScene | None = None
        self._scan: ScanRenderData | None = None
        self._map: MapRenderData | None = None
        self._outlines: BrainOutlines | None = None
        self._kept_maps: tuple[KeptMap, ...] = ()
        self._view_override: Callable[[View], View] = lambda view: view
        self._colour_bar_visible = True
        self._lower_bar_caption: str | None = None
        session.subscribe(self.update_view, *VIEW_FIELDS)

    @property
    def scene(self) -> BoxScene | None:
        """The scene; None before it is created, and after it is closed."""
        return self._scene

    @property
    def visible_scene(self) -> BoxScene | None:
        """The scene, if it contains a scan."""
        return None if self._scan is None else self._scene

    def start(self, scene: BoxScene) -> None:
        """Attach a scene, and show the current and all later content in it."""
        self._scene = scene
        scene.set_lower_bar_caption(self._lower_bar_caption)
        scene.set_view(self._effective_view())
        if self._scan is None:
            # The first picture initialises OpenGL, which takes 0.1 s: do that while the scan is read.
            scene.render(WARM_UP_PIXELS, WARM_UP_PIXELS)
        else:
            scene.set_scan(self._scan)
            scene.set_map(self._map)
            scene.set_kept_maps(self._kept_maps)
            scene.set_outlines(self._outlines)
        self.changed.emit()

    def set_scan(self, scan_data: ScanRenderData | None) -> None:
        """Set the scan, or none, and clear its maps; it is shown as soon as there is a scene."""
        self._scan, self._map, self._outlines, self._kept_maps = scan_data, None, None, ()
        if self._scene is not None:
            self._scene.set_scan(scan_data)
            self.changed.emit()

    def set_map(self, map_data: MapRenderData | None) -> None:
        """Set the map, or none."""
        self._map = map_data
        if self._scene is not None:
            self._scene.set_map(map_data)
            self.changed.emit()

    def set_kept_maps(self, kept_maps: tuple[KeptMap, ...]) -> None:
        """Set the maps that are drawn together with the map."""
        self._kept_maps = kept_maps
        if self._scene is not None:
            self._scene.set_kept_maps(kept_maps)
            self.changed.emit()

    def set_outlines(self, outlines: BrainOutlines | None) -> None:
        """Set the outlines of the template and of the brain mask on the walls, or none."""
        self._outlines = outlines
        if self._scene is not None:
            self._scene.set_outlines(outlines)
            self.changed.emit()

    def set_coarse(self, coarse: bool) -> None:
        """Extract surfaces at half or at full resolution."""
        if self._scene is not None:
            self._scene.set_coarse(coarse)
            self.changed.emit()

    def set_view_override(self, override: Callable[[View], View]) -> None:
        """Set a function that adapts the session's view for this scene."""
        self._view_override = override
        self.update_view()

    def set_colour_bar(self, visible: bool, lower_bar_caption: str | None = None) -> None:
        """Allow or hide the colour bar; ``lower_bar_caption`` is the caption of the bar below it."""
        self._colour_bar_visible, self._lower_bar_caption = visible, lower_bar_caption
        if self._scene is not None:
            self._scene.set_lower_bar_caption(lower_bar_caption)
        self.update_view()

    def update_view(self) -> None:
        """Apply the session's current view to the scene."""
        if self._scene is not None:
            self._scene.set_view(self._effective_view())
            self.changed.emit()

    def detach(self) -> BoxScene | None:
        """Detach and return the scene without closing it."""
        scene, self._scene = self._scene, None
        return scene

    def _effective_view(self) -> View:
        view = self._view_override(self._session.view)
        return view if self._colour_bar_visible else replace(view, colour_bar=False)


SLOW_MS = 16.0
FAST_MS = 4.0
WEIGHT = 0.14
HALF, FINE = 0.5, 2.0


class AdaptiveResolution:
    """Resolution adapted to the frame time. `scale` is 1, or `HALF` while frames are slow on average.

    Frames that take more than ``slow_ms`` milliseconds are slow. The scale is increased, up to ``max_scale``,
    only if four times as many pixels would still be fast, so that it does not oscillate. At `FINE`, each
    pixel has 2 × 2 samples.
    """

    def __init__(self, slow_ms: float = SLOW_MS, max_scale: float = 1.0) -> None:
        self._slow_ms, self._fast_ms = slow_ms, slow_ms * FAST_MS / SLOW_MS
        self._scales = [scale for scale in (HALF, 1.0, FINE) if scale <= max_scale]
        self.scale = 1.0
        self._mean_frame_time: float | None = None
        self._frames_to_ignore = 0

    @property
    def samples(self) -> int:
        """Samples per pixel and axis."""
        return max(round(self.scale), 1)

    def add_frame_time(self, milliseconds: float) -> None:
        """Record the time of one frame at the current scale."""
        if self._frames_to_ignore:
            # The first frames at `FINE` also refine the slices on the walls.
            self._frames_to_ignore -= 1
            return
        previous_mean = milliseconds if self._mean_frame_time is None else self._mean_frame_time
        self._mean_frame_time = previous_mean + WEIGHT * (milliseconds - previous_mean)
        index = self._scales.index(self.scale)
        if self._mean_frame_time > self._slow_ms and index > 0:
            self._set_scale(self._scales[index - 1])
        elif self._mean_frame_time < self._fast_ms and index < len(self._scales) - 1:
            self._set_scale(self._scales[index + 1])

    def _set_scale(self, scale: float) -> None:
        self.scale, self._mean_frame_time = scale, None
        self._frames_to_ignore = IGNORED_FRAMES if scale == FINE else 0


IGNORED_FRAMES = 2
MIN_BODY_PIXELS = 6.0
MIN_BODY_PIXELS_PRESENTATION = 14.0
SLOW_PRESENTATION_MS = 70.0
"""In a presentation the box rotates slowly: resolution matters more than the frame rate."""


class Motion(Enum):
    """Motion of the box while a picture is drawn."""

    NONE = auto()
    THRESHOLD = auto()
    """A threshold is being dragged."""
    CAMERA = auto()
    """The camera or the slices on the walls move."""
    PRESENTATION = auto()
    """The box rotates slowly."""


class FrameRenderer:
    """Renderer of a scene; it keeps the last picture and the average frame time."""

    def __init__(self) -> None:
        self._image: QImage | None = None
        self._annotations: LabelSprites = ()
        self._pixel_ratio = 1.0
        self._resolution, self._threshold_resolution, self._presentation_resolution = (
            AdaptiveResolution(),
            AdaptiveResolution(),
            AdaptiveResolution(SLOW_PRESENTATION_MS, FINE),
        )
        self._threshold_frame_count = 0

    @property
    def image(self) -> QImage | None:
        """Pixels of the scene; None before the first picture."""
        return self._image

    @property
    def annotations(self) -> LabelSprites:
        """Labels over a low-resolution picture, see `BoxScene.label_sprites`; empty at full resolution."""
        return self._annotations

    @property
    def pixel_ratio(self) -> float:
        """Picture pixels per layout pixel."""
        return self._pixel_ratio

    def ignore_first_frames(self) -> None:
        """Ignore the times of the next frames: the first frames of a threshold drag are slower."""
        self._threshold_frame_count = 0

    def render(self, scene: BoxScene, size: QSize, screen_ratio: float, motion: Motion, samples: int) -> None:
        """Render another picture.

        Parameters
        ----------
        scene
            The scene.
        size
            Size of the widget, in layout pixels.
        screen_ratio
            Screen pixels per layout pixel.
        motion
            Motion, which determines the target frame time and the smallest surface that is drawn.
        samples
            Samples per pixel and axis.
        """
        dragging = motion is Motion.THRESHOLD
        resolution = self._threshold_resolution if dragging else self._resolution
        if motion is Motion.PRESENTATION:
            resolution = self._presentation_resolution
        self._pixel_ratio = screen_ratio * (1.0 if motion is Motion.NONE else min(resolution.scale, 1.0))
        if motion is Motion.PRESENTATION:
            samples = resolution.samples
        width, height = round(size.width() * self._pixel_ratio), round(size.height() * self._pixel_ratio)
        scene.set_min_text_height(
            self._pixel_ratio
            * (MIN_BODY_PIXELS_PRESENTATION if motion is Motion.PRESENTATION else MIN_BODY_PIXELS)
        )
        start = time.perf_counter()
        enlargement = screen_ratio / self._pixel_ratio
        pixels = scene.render(width, height, samples, with_labels=enlargement == 1)
        self._annotations = () if enlargement == 1 else scene.label_sprites(enlargement)
        self._threshold_frame_count += 1
        if motion is not Motion.NONE and (not dragging or self._threshold_frame_count > IGNORED_FRAMES):
            resolution.add_frame_time((time.perf_counter() - start) * 1000)
        rows, columns = pixels.shape[:2]
        # The image borrows the array's memory, so the array has to live as long as the image.
        self._pixels = pixels
        self._image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBX8888)


IDLE_MS = 160


class RenderScheduler(QObject):
    """Schedule of pictures: whether one is due, and at which quality.

    Parameters
    ----------
    is_idle
        Returns whether a high-quality picture can be drawn and is visible.
    """

    render_requested = Signal()
    """Emitted when a picture has to be drawn."""

    def __init__(self, is_idle: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_idle = is_idle
        self._is_dirty = self._is_high_quality = self._is_busy = self._is_stepping = False
        self._idle_timer = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._idle_timer.timeout.connect(self._request_high_quality)

    @property
    def is_dirty(self) -> bool:
        """Whether the current picture is out of date."""
        return self._is_dirty

    @property
    def is_high_quality(self) -> bool:
        """Whether the current or next picture is a high-quality one."""
        return self._is_high_quality

    @property
    def is_stepping(self) -> bool:
        """Whether a stepwise motion without a known last step is in progress."""
        return self._is_stepping

    def set_busy(self, busy: bool) -> None:
        """Set whether more changes follow, so that a high-quality picture would only delay them."""
        self._is_busy = busy

    def begin_steps(self) -> None:
        """Start stepwise motion, which lasts until the next high-quality picture."""
        self._is_stepping = True

    def refresh(self) -> None:
        """Draw again, quickly now and at high quality once nothing moves."""
        self._is_dirty, self._is_high_quality = True, False
        self._idle_timer.start()
        self.render_requested.emit()

    def schedule_high_quality(self) -> None:
        """Schedule a high-quality picture: motion has stopped."""
        self._idle_timer.start()

    def stop(self) -> None:
        """Stop high-quality pictures until something moves again."""
        self._idle_timer.stop()

    def mark_rendered(self) -> None:
        """Mark the picture as rendered."""
        self._is_dirty = False

    def _request_high_quality(self) -> None:
        if not self._is_idle():
            return
        if self._is_busy:
            self._idle_timer.start()
            return
        self._is_dirty, self._is_high_quality, self._is_stepping = True, True, False
        self.render_requested.emit()
