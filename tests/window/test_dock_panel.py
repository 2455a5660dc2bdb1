"""The small parts of the panels."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QSpinBox
from pytestqt.qtbot import QtBot

from viewer.window.dock_panel import DockPanel, as_sentence, set_text
from viewer.window.prediction_bars import PredictionBar, PredictionBars
from viewer.window.status_bar import format_duration


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("how many", "How many."),
        ("Is it so?", "Is it so?"),
        ("ε is a share", "ε is a share."),
        ("", ""),
        ("  done. ", "Done."),
    ],
)
def test_declarations_become_sentences(words: str, expected: str) -> None:
    assert as_sentence(words) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.2, "1 s"), (42.4, "42 s"), (89, "89 s"), (130, "2 min"), (5000, "83 min"), (7300, "2 h 2 min")],
)
def test_times_are_told_as_a_person_says_them(seconds: float, expected: str) -> None:
    assert format_duration(seconds) == expected


def test_a_label_without_words_takes_no_room(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    set_text(label, "something")
    assert not label.isHidden()
    set_text(label, "")
    assert label.isHidden()


def test_the_wheel_turns_only_the_editor_that_has_the_focus(qtbot: QtBot) -> None:
    panel = DockPanel("panel", "Panel")
    qtbot.addWidget(panel)
    box, other = QSpinBox(), QSpinBox()
    panel.column.addWidget(box)
    panel.column.addWidget(other)
    panel.show()
    qtbot.waitExposed(panel)
    panel.activateWindow()

    def turn() -> None:
        event = QWheelEvent(
            QPointF(5, 5),
            box.mapToGlobal(QPointF(5, 5)),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(box, event)

    other.setFocus()
    turn()
    assert box.value() == 0
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    turn()
    assert box.value() == 1


def test_bars_are_as_long_as_their_shares(qtbot: QtBot) -> None:
    bars = PredictionBars()
    qtbot.addWidget(bars)
    bars.set_bars([PredictionBar("healthy", 0.75, 1.1), PredictionBar("ill", 0.25, 0.0)])
    bars.resize(200, bars.height())
    image = bars.grab().toImage()
    empty = image.pixelColor(196, 24)
    lengths = []
    for row in range(2):
        y = row * 36 + 24
        filled = [x for x in range(4, 196) if image.pixelColor(x, y) != empty]
        lengths.append(max(filled))
    assert lengths[0] == pytest.approx(150, abs=4)
    assert lengths[1] == pytest.approx(50, abs=4)
    assert bars.accessibleDescription() == "healthy 75.0%, ill 25.0%"
