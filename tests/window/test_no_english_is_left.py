"""A German window after real work with maps, checks, a cohort and a group map: no English is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QLabel, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from tests.window.clicks import click_button
from tests.window.conftest import TIMEOUT_MS, MakeWindow
from tests.window.test_sentences import ENGLISH
from viewer.window.main import MainWindow
from viewer.window.translation import Language, install_translators

ENGLISH_NUMBER = re.compile(r"(?<![\w.])\d+\.\d{1,2}(?![\w.])|\d%")
"""A decimal point, which is not a separator of thousands, and a per cent sign without a space."""


@pytest.fixture
def german_window(qapp: QCoreApplication, make_window: MakeWindow) -> Iterator[MainWindow]:
    before = qapp.children()
    install_translators(qapp, Language.GERMAN)
    yield make_window()
    for child in qapp.children():
        if isinstance(child, QTranslator) and child not in before:
            qapp.removeTranslator(child)


def shown_texts(window: MainWindow) -> set[str]:
    """Return what labels, buttons and lists of the window say; tooltips and names of classes are left out."""
    found: set[str] = set()
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton):
            found.add(re.sub(r"<[^>]*>", " ", widget.text()))
        elif isinstance(widget, QTreeWidget):
            rows = (widget.topLevelItem(row) for row in range(widget.topLevelItemCount()))
            found |= {row.text(column) for row in rows if row is not None for column in range(2)}
    return found


@pytest.mark.slow
def test_no_english_is_left_after_maps_checks_and_a_group_map(
    german_window: MainWindow, qtbot: QtBot, scan_file: Path, model_file: Path, cohort_results: Path
) -> None:
    window = german_window
    english: dict[str, str] = {}

    def look(when: str) -> None:
        for text in shown_texts(window):
            # The folders of a path may have any name.
            text = re.sub(r"\S*/\S*", "", text)
            if ENGLISH.search(text) or ENGLISH_NUMBER.search(text):
                english.setdefault(text, when)

    for dock in window.findChildren(QDockWidget):
        dock.show()
    look("empty")
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=TIMEOUT_MS)
    for number, method in enumerate(("gradient", "lrp-epsilon")):
        window.controller.compute(method, {}, None)
        qtbot.waitUntil(lambda number=number: len(window.session.maps) > number, timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=TIMEOUT_MS)
    look("map")
    click_button(window.checks_dock, "Karte prüfen")
    button = window.checks_dock.check_button
    qtbot.waitUntil(lambda: button.text() == "Karte prüfen", timeout=2 * TIMEOUT_MS)
    tree = window.checks_dock.tree
    for row in range(tree.topLevelItemCount()):
        tree.setCurrentItem(tree.topLevelItem(row))
        look("check")
    cohort = window.cohort_dock
    cohort.open_folder(cohort_results)
    qtbot.waitUntil(lambda: cohort.model.rowCount() == 9, timeout=TIMEOUT_MS)
    cohort.table.selectRow(4)
    look("cohort")
    click_button(cohort, "Gruppenkarte …")
    dialog = cohort.dialog
    click_button(dialog, "Berechnen")
    qtbot.waitUntil(lambda: bool(cohort.result._findings_label.text()), timeout=TIMEOUT_MS)
    look("group")
    # A card's description, and methods' titles and sources, are in the language of their authors.
    known = ("Random weights.",)
    assert {text: when for text, when in english.items() if not text.startswith(known)} == {}
