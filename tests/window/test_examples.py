"""Examples of the File menu, chosen with the mouse: two maps compared, and a study as in 1995."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from tests.window import study_cases as cases
from tests.window.clicks import click_entry
from tests.window.conftest import MakeWindow
from viewer.scans.simulated_studies.study import SACCADES
from viewer.session.view import ComparisonMode

LONG = 120_000


@pytest.mark.slow
def test_two_maps_are_compared_side_by_side(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    session = window.session
    click_entry(window, "Two maps compared (simulated lesions)")
    dock = window.compare_dock

    def text_of(name: str) -> str:
        values = [label.text() for label in dock.findChildren(QLabel) if label.accessibleName() == name]
        return values[0] if dock._metrics_table.isVisible() else ""

    qtbot.waitUntil(lambda: text_of("Dice") not in ("", "–"), timeout=LONG)
    assert not dock.visibleRegion().isEmpty()
    (second,) = (one for one in dock.findChildren(QComboBox) if one.accessibleName() == "Second map")
    assert session.current_layer.map.name == "Integrated gradients, lesion"
    assert second.currentText() == "LRP-ε, lesion"
    assert session.view.contrast is ComparisonMode.BESIDE
    assert float(text_of("Pearson")) > 0.9
    assert text_of("Voxels per map") == "1,641"
    assert float(text_of("Dice")) > 10 * float(text_of("Dice expected by chance"))
    # Chosen again, it shows the same two maps.
    second.setCurrentIndex(0)
    assert session.view.compared is None
    click_entry(window, "Two maps compared (simulated lesions)")
    qtbot.waitUntil(lambda: second.currentText() == "LRP-ε, lesion", timeout=LONG)
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    assert len(session.maps) == 2
    assert not window.file_actions.error_boxes


@pytest.mark.slow
def test_a_simulated_study_is_trained_and_mapped(
    make_window: MakeWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viewer.scans.simulated_studies.study.find_study", cases.small_study)
    window = make_window()
    dock, session = window.study_dock, window.session
    assert not dock.isVisible()
    click_entry(window, "PET study as in 1995 (simulated)")
    qtbot.waitUntil(lambda: dock.runner.is_running, timeout=LONG)
    assert dock.isVisible()
    # While it is trained, no second one is begun.
    click_entry(window, "PET study as in 1995 (simulated)")
    qtbot.waitUntil(lambda: not dock.runner.is_running and dock.runner.trained is not None, timeout=LONG)
    qtbot.waitUntil(lambda: session.current_layer is not None, timeout=LONG)
    assert dock.runner.trained.study_table.simulated_study == "saccades"
    assert any(label.text().startswith("Simulated: saccades") for label in dock.findChildren(QLabel))
    assert session.scan.name == "mni152"
    assert session.current_layer.map.provenance.parameters["accuracy"] == "exact"
    assert SACCADES.subject_count * len(SACCADES.labels) > len(dock.runner.trained.study_table.scans)
    assert not window.file_actions.error_boxes
