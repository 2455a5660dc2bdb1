"""The prediction stays in sight while the model's card scrolls."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.models.model_facts import model_facts
from viewer.session.session import Session
from viewer.window.model_dock import ModelDock
from viewer.window.prediction_bars import (
    BAR_HEIGHT,
    MAX_VISIBLE_BARS,
    PredictionBar,
    PredictionBars,
    PredictionScrollArea,
)


def seen_whole(widget: QWidget) -> bool:
    return widget.isVisible() and widget.visibleRegion().boundingRect().height() == widget.height()


def test_the_prediction_is_in_sight_when_a_model_is_opened_over_a_scrolled_card(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path
) -> None:
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=30_000)
    dock = window.model_dock
    bars = dock.findChild(PredictionBars)
    assert bars is not None
    scroll = dock.area.verticalScrollBar()
    scroll.setValue(scroll.maximum())
    assert scroll.maximum() > 0
    assert seen_whole(bars)
    first = window.session.model
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.model is not first, timeout=30_000)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=30_000)
    assert scroll.value() == 0
    assert seen_whole(bars)


@pytest.mark.parametrize(("classes", "rows"), [(0, 0), (2, 2), (10, MAX_VISIBLE_BARS)])
def test_many_classes_leave_room_for_the_card(qtbot: QtBot, classes: int, rows: int) -> None:
    bars = PredictionBars()
    area = PredictionScrollArea(bars)
    qtbot.addWidget(area)
    bars.set_bars([PredictionBar(f"class {number}", 0.1, 0.0) for number in range(classes)])
    assert area.height() == rows * BAR_HEIGHT
    assert bars.height() == classes * BAR_HEIGHT


def test_without_a_model_the_panel_says_how_to_get_one(qtbot: QtBot, session: Session) -> None:
    dock = ModelDock(session)
    qtbot.addWidget(dock)
    assert dock.findChild(PredictionScrollArea).isHidden()


def test_the_panel_shows_the_model_facts(qtbot: QtBot, make_window: MakeWindow, model_file: Path) -> None:
    window = make_window()
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.model is not None, timeout=30_000)
    facts = window.model_dock.findChild(QLabel, "model_facts")
    assert facts is not None
    assert not facts.isHidden()
    model = window.session.model
    assert model is not None
    for name, text in model_facts(model.card):
        assert name in facts.text()
        assert escape(text) in facts.text()
