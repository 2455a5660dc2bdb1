"""Presentation mode: threshold, map, sweep and caption by keys and wheel, and a hint on how to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QLabel

from viewer.number_format import format_number
from viewer.session.session import Session
from viewer.session.threshold_scale import rounded_threshold_at, slider_position
from viewer.window.presentation_caption import PresentationCaption
from viewer.window.translation import format_numbers, translate_count
from viewer.window.view_input import GestureTimer

if TYPE_CHECKING:
    from viewer.scans.threshold import SortedValues, Threshold
    from viewer.window.box_view import BoxView
    from viewer.window.display_pipeline import DisplayPipeline

HINT_MS, KEYS_MS = 2000, 8000
"""Time for which a hint, and the list of all keys, is shown."""
HINT_TOP, HINT_TOP_BELOW_TITLE = 8, 30
"""Distance of the hint from the top, in pixels: without and with a title, which a compared box has."""
THRESHOLD_STEP = 0.01
"""Fraction of the threshold slider per wheel notch or key press."""

SWEEP_SECONDS, SWEEP_STEPS = 10.0, 300
SWEEP_FRAME_MS = 33

HINT_STYLE = (
    "background: rgba(11, 13, 16, 220); color: #e4e7eb; border-radius: 6px; padding: 8px 14px; "
    "font-size: 13pt;"
)


class Presentation(QObject):
    """Event filter of the box during a presentation; the camera is restored at its end.

    Parameters
    ----------
    session
        Session whose threshold and map are changed.
    display
        Source of the sorted values of the displayed map.
    box
        Box view that is presented.
    """

    def __init__(self, session: Session, display: DisplayPipeline, box: BoxView) -> None:
        super().__init__(box)
        self._session, self._display, self._box = session, display, box
        self._gesture_timer = GestureTimer(session, self)
        self._initial_camera = session.view.camera
        self.hint_label = QLabel(box)
        self.hint_label.setStyleSheet(HINT_STYLE)
        self.hint_label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint_label.hide()
        self.caption = PresentationCaption(session, box, display)
        self._sweep_thresholds: tuple[Threshold, ...] = ()
        self._threshold_before_sweep = session.view.threshold
        self._sweep_time = QElapsedTimer()
        self._sweep_timer = QTimer(self, interval=SWEEP_FRAME_MS)
        self._sweep_timer.timeout.connect(self._advance_sweep)
        self._hint_timer = QTimer(self, singleShot=True, interval=HINT_MS)
        self._hint_timer.timeout.connect(self.hint_label.hide)

    def start(self) -> None:
        """Handle keys and wheel, show the hint for some seconds, and rotate the box."""
        self._initial_camera = self._session.view.camera
        self._box.installEventFilter(self)
        self._box.setFocus()
        self._show_hint(self.tr("Esc leaves   ·   H lists the keys"))
        self._box.set_rotating(True)

    def stop(self) -> None:
        """Stop handling keys and wheel, and restore the camera and the threshold before a sweep."""
        self._stop_sweep(restore=True)
        self.caption.hide()
        self._box.removeEventFilter(self)
        self._hint_timer.stop()
        self.hint_label.hide()
        self._box.set_rotating(False)
        self._session.change(camera=self._initial_camera)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Change the threshold or the map; pass other events on to the box."""
        if event.type() == QEvent.Type.Resize:
            self._position_hint()
            self.caption.update_layout()
        elif isinstance(event, QWheelEvent) and not event.modifiers():
            self._move_threshold(event.angleDelta().y() / 120)
            return True
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._move_threshold(1 if key == Qt.Key.Key_Up else -1)
                return True
            if Qt.Key.Key_1 <= key <= Qt.Key.Key_9 and not event.modifiers():
                self._choose_map(key - Qt.Key.Key_1)
                return True
            actions = {
                Qt.Key.Key_H: self._show_keys,
                Qt.Key.Key_C: self.caption.toggle,
                Qt.Key.Key_S: self._toggle_sweep,
            }
            if key in actions and not event.modifiers():
                actions[key]()
                return True
        return False

    def _show_keys(self) -> None:
        keys = self.tr(
            "Esc: leave   ·   Wheel or ↑ ↓: threshold   ·   1–9: map   ·   S: threshold sweep   ·   "
            "C: caption   ·   Drag or ← →: rotate"
        )
        self._show_hint(keys, KEYS_MS)

    # Threshold sweep

    @property
    def is_sweeping(self) -> bool:
        """Whether a threshold sweep is running."""
        return self._sweep_timer.isActive()

    def _toggle_sweep(self) -> None:
        """Start a threshold sweep from many voxels to few and back, as in a movie, or end it."""
        if self.is_sweeping:
            self._stop_sweep(restore=True)
            return
        ranking = self._display.sorted_values
        if ranking is None or not ranking.count:
            return
        from viewer.scene.movie import threshold_sweep

        view = self._session.view
        self._threshold_before_sweep = view.threshold
        self._sweep_thresholds = tuple(
            frame.threshold for frame in threshold_sweep(view, SWEEP_STEPS, ranking)
        )
        self._session.end_gesture()
        self._box.set_coarse(True)
        self._sweep_time.start()
        self._sweep_timer.start()

    def _advance_sweep(self) -> None:
        ranking = self._display.sorted_values
        fraction = self._sweep_time.elapsed() / 1000 / SWEEP_SECONDS
        if ranking is None or fraction >= 1:
            self._stop_sweep(restore=True)
            return
        threshold = self._sweep_thresholds[int(fraction * SWEEP_STEPS)]
        self._session.change(merge=True, threshold=threshold)
        self._show_threshold(threshold, ranking)

    def _stop_sweep(self, restore: bool) -> None:
        if not self.is_sweeping:
            return
        self._sweep_timer.stop()
        self._box.set_coarse(False)
        if restore:
            self._session.change(merge=True, threshold=self._threshold_before_sweep)
        self._session.end_gesture()

    def _show_threshold(self, threshold: Threshold, sorted_values: SortedValues) -> None:
        if self._hint_timer.isActive() and self._hint_timer.interval() == KEYS_MS:
            return  # the list of keys is being read
        cutoff = sorted_values.cutoff(threshold)
        voxels = translate_count(sorted_values.count_above(cutoff), "voxel")
        text = self.tr("|value| ≥ {}   ·   {}")
        self._show_hint(text.format(format_numbers(format_number(cutoff)), voxels))

    def _move_threshold(self, notches: float) -> None:
        ranking = self._display.sorted_values
        if ranking is None:
            return
        self._stop_sweep(restore=False)
        threshold = self._session.view.threshold
        position = min(max(slider_position(threshold, ranking) + THRESHOLD_STEP * notches, 0.0), 1.0)
        new_threshold = rounded_threshold_at(threshold.kind, position, ranking)
        self._session.change(merge=True, threshold=new_threshold)
        self._gesture_timer.start()
        self._show_threshold(new_threshold, ranking)

    def _choose_map(self, index: int) -> None:
        if index >= len(self._session.maps):
            return
        self._stop_sweep(restore=True)
        self._session.select_map(index)
        layer = self._session.maps[index]
        self._show_hint(layer.map.name if layer.visible else self.tr("{} (hidden)").format(layer.map.name))

    def _show_hint(self, text: str, milliseconds: int = HINT_MS) -> None:
        """Show a text at the top of the box for some seconds."""
        self.hint_label.setText(text)
        self.hint_label.adjustSize()
        self.hint_label.show()
        self.hint_label.raise_()
        self._position_hint()
        self._hint_timer.start(milliseconds)

    def _position_hint(self) -> None:
        # The top is free: the direction letters are below and to the right of the box at any rotation.
        x = (self._box.width() - self.hint_label.width()) // 2
        self.hint_label.move(max(x, 0), HINT_TOP_BELOW_TITLE if self._box.title else HINT_TOP)
