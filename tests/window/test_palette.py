"""The palette: fifty questions find what was wanted, entries of the guide open it, and no word is stale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTranslator
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget
from pytestqt.qtbot import QtBot

from tests.window.palette_questions import QUESTIONS
from tests.window.palette_questions_german import GERMAN_QUESTIONS
from tests.window.translatable_strings import ROOT, translations
from viewer.models.loading import load_model
from viewer.scans.atlas import LabelAtlas
from viewer.scans.load import load_map, load_scan
from viewer.session.session import Session
from viewer.window.command_palette import CommandPalette
from viewer.window.controller import Controller
from viewer.window.main import MainWindow
from viewer.window.palette_search import PaletteEntry, filter_entries
from viewer.window.palette_words import WORDS
from viewer.window.translation import Language, install_translators

BEST = 3


def make_window(scan_file: Path, map_file: Path, model_file: Path) -> MainWindow:
    """Return a window with a scan, a map, a network and an atlas, and the guide's pages listed."""
    session = Session()
    made = MainWindow(session, Controller(session, device="cpu"))
    made.build()
    made.method_dock.fill_methods()
    made.checks_dock.fill_checks()
    scan = load_scan(scan_file)
    session.set_scan(scan)
    session.set_model(load_model(model_file))
    session.add_map(load_map(map_file))
    labels = np.zeros(scan.grid.shape, dtype=np.int32)
    labels[5:15, 10:20, 10:20], labels[25:35, 10:20, 10:20] = 1, 2
    session.set_atlas(LabelAtlas("regions", scan.grid, labels, {1: "Left Hippocampus", 2: "Right Amygdala"}))
    session.change(glass=True)
    made.show()
    made.menus.read_guide()
    while made.controller.tasks:
        QApplication.processEvents()
    return made


@pytest.fixture(scope="module")
def window(qapp: object, scan_file: Path, map_file: Path, model_file: Path) -> Iterator[MainWindow]:
    made = make_window(scan_file, map_file, model_file)
    yield made
    made.shut_down()


@pytest.fixture
def german_window(
    qapp: QCoreApplication, scan_file: Path, map_file: Path, model_file: Path
) -> Iterator[MainWindow]:
    before = qapp.children()
    install_translators(qapp, Language.GERMAN)
    made = make_window(scan_file, map_file, model_file)
    yield made
    made.shut_down()
    for child in qapp.children():
        if isinstance(child, QTranslator) and child not in before:
            qapp.removeTranslator(child)


@pytest.fixture(scope="module")
def entries(window: MainWindow) -> list[PaletteEntry]:
    return window.menus.entries()


def test_each_of_fifty_questions_finds_what_is_wanted(entries: list[PaletteEntry]) -> None:
    """Among the first three entries, all questions in one test: none is left for the slow ones."""
    assert len(QUESTIONS) == 50
    missed = {}
    for question, (name, kind) in QUESTIONS.items():
        found = filter_entries(entries, question)[:BEST]
        if not any(one.name.startswith(name) and one.kind.startswith(kind) for one in found):
            missed[question] = [f"{one.name} ({one.kind})" for one in found]
    assert missed == {}


def test_each_of_fifty_german_questions_finds_what_is_wanted(german_window: MainWindow) -> None:
    entries = german_window.menus.entries()
    assert len(GERMAN_QUESTIONS) == 50
    missed = {}
    for question, (name, kind) in GERMAN_QUESTIONS.items():
        found = filter_entries(entries, question)[:BEST]
        if not any(one.name.startswith(name) and one.kind.startswith(kind) for one in found):
            missed[question] = [f"{one.name} ({one.kind})" for one in found]
    assert missed == {}
    named = {one.name for one in entries} | {f"Bereich {dock.windowTitle()}" for dock in german_window.docks}
    named |= {name.partition(" (")[0] for name in named}
    words = translations(ROOT / "resources/translations/words_de.ts")
    assert {name for _, name in words} - named == set(), "words belong to an entry that is shown"


def test_nonsense_finds_nothing(entries: list[PaletteEntry]) -> None:
    for query in ("no such thing", "xyzzy", "banana bread"):
        assert filter_entries(entries, query) == []
    assert filter_entries(entries, " ") == entries


def test_words_belong_to_an_entry(window: MainWindow, entries: list[PaletteEntry]) -> None:
    """Other words for what the window calls by a new name would find nothing any more."""
    named = {one.name for one in entries} | {f"{dock.windowTitle()} panel" for dock in window.docks}
    assert set(WORDS) <= named


def test_the_guide_is_found_while_the_palette_is_open(window: MainWindow, qtbot: QtBot) -> None:
    window.menus._guide_entries.clear()
    palette = CommandPalette(window.menus.entries(), window)
    qtbot.addWidget(palette)
    palette.show()
    line, rows = palette.findChild(QLineEdit), palette.findChild(QListWidget)
    qtbot.keyClicks(line, "crossed out")
    assert "Why is the prediction crossed out?" not in rows.item(0).text()
    window.menus.read_guide(palette.add_entries)
    qtbot.waitUntil(lambda: "Why is the prediction crossed out?" in rows.item(0).text())
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert window.menus.guide.page == "faq"
    browser = window.menus.guide.browser
    assert browser.textCursor().block().text() == "Why is the prediction crossed out?"
    window.menus.guide.close()


def test_a_check_and_a_theme_are_chosen(window: MainWindow, entries: list[PaletteEntry]) -> None:
    filter_entries(entries, "random weights")[0].run()
    assert window.checks_dock.tree.currentItem().text(0) == "Random weights"
    (light,) = (one for one in entries if one.name == "Light")
    light.run()
    assert window.session.view.theme == "light"
    window.session.undo()
