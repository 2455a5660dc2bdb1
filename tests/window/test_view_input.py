"""What a key or a drag asks of a slice."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent

from viewer.window.view_input import adjust_contrast, crosshair_step, zoom_factor

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def pressed(key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, modifier)


def test_keys_are_steps_and_enlargements_or_neither() -> None:
    assert crosshair_step(pressed(Qt.Key.Key_Left)) == (-1, 0, 0)
    assert crosshair_step(pressed(Qt.Key.Key_Up, SHIFT)) == (0, 10, 0)
    assert crosshair_step(pressed(Qt.Key.Key_PageDown)) == (0, 0, -1)
    assert crosshair_step(pressed(Qt.Key.Key_Plus)) is None
    assert zoom_factor(pressed(Qt.Key.Key_Equal)) == zoom_factor(pressed(Qt.Key.Key_Plus))
    assert zoom_factor(pressed(Qt.Key.Key_Plus)) * zoom_factor(pressed(Qt.Key.Key_Minus)) == pytest.approx(1)
    assert zoom_factor(pressed(Qt.Key.Key_Left)) is None


def test_a_drag_upwards_makes_brighter_and_one_to_the_right_adds_contrast() -> None:
    values, room = (10.0, 30.0), (200.0, 100.0)
    assert adjust_contrast(values, QPointF(0, 0), room) == values
    # The values drawn black and white sink, so everything is nearer to white.
    assert adjust_contrast(values, QPointF(0, -50), room) == (0.0, 20.0)
    assert adjust_contrast(values, QPointF(100, 0), room) == (15.0, 25.0)
    assert adjust_contrast(values, QPointF(-100, 0), room) == (0.0, 40.0)
