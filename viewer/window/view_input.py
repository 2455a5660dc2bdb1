"""Keyboard and mouse input of the views: focus frame, end of a gesture, steps, zoom and contrast."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from viewer.session.session import Session

KEYBOARD_FOCUS_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


def draw_focus_frame(painter: QPainter, widget: QWidget) -> None:
    """Draw a frame around a widget that has the keyboard focus."""
    painter.setPen(QPen(widget.palette().highlight().color(), 1))
    # The painter's current brush would fill the widget.
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(widget.rect().adjusted(0, 0, -1, -1))


PAUSE_MS = 700


class GestureTimer(QTimer):
    """Timer that ends a gesture of a session after a short pause without input.

    Start it with every change of the gesture.
    """

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self.setSingleShot(True)
        self.setInterval(PAUSE_MS)
        self.timeout.connect(session.end_gesture)


WHEEL_ZOOM = 1.2
SHIFT_STEPS = 10.0
CONTRAST_DOUBLINGS = 2.0
"""Number of contrast doublings for a drag over the whole width of a view."""


def crosshair_step(event: QKeyEvent) -> tuple[float, float, float] | None:
    """Return the step of a key in voxels (right, up, through), ten times as large with Shift, or None."""
    keys = Qt.Key
    steps = {
        keys.Key_Left: (-1.0, 0.0, 0.0),
        keys.Key_Right: (1.0, 0.0, 0.0),
        keys.Key_Up: (0.0, 1.0, 0.0),
        keys.Key_Down: (0.0, -1.0, 0.0),
        keys.Key_PageUp: (0.0, 0.0, 1.0),
        keys.Key_PageDown: (0.0, 0.0, -1.0),
    }
    step = steps.get(keys(event.key()))
    if step is None or not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        return step
    across, up, through = step
    return SHIFT_STEPS * across, SHIFT_STEPS * up, SHIFT_STEPS * through


def zoom_factor(event: QKeyEvent) -> float | None:
    """Return the zoom factor of the plus and minus keys; None for other keys."""
    keys = Qt.Key
    factors = {keys.Key_Plus: 1.25, keys.Key_Equal: 1.25, keys.Key_Minus: 0.8}
    return factors.get(keys(event.key()))


def adjust_contrast(
    display_window: tuple[float, float], drag_offset: QPointF, view_size: tuple[float, float]
) -> tuple[float, float]:
    """Return the display window (black, white) after a drag by ``drag_offset`` in a view of ``view_size``.

    A drag to the right increases the contrast, a drag upwards the brightness: by the whole window over the
    height of the view.
    """
    low, high = display_window
    centre, span = (low + high) / 2, high - low
    centre += span * drag_offset.y() / max(view_size[1], 1)
    span *= 2.0 ** (-CONTRAST_DOUBLINGS * drag_offset.x() / max(view_size[0], 1))
    return centre - span / 2, centre + span / 2
