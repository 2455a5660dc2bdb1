"""The window in German: every string has its translation, and nothing of it is cut off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QSettings, QSize, Qt, QTranslator
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDockWidget,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.window.clicks import choose_method, click_button, click_entry
from tests.window.conftest import TIMEOUT_MS, MakeWindow
from tests.window.test_sentences import ENGLISH
from tests.window.translatable_strings import (
    ROOT,
    check_strings,
    figure_strings,
    method_strings,
    study_strings,
    translations,
    window_strings,
)
from viewer.errors import ScanError
from viewer.fit.check_fit import check_fit
from viewer.methods.registry import list_methods
from viewer.models.loading import load_model
from viewer.models.missing_card import MissingCardError
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.session.session import Session
from viewer.session.view import Theme
from viewer.window.clinical_dialogs import ClinicalDialog
from viewer.window.controller import Controller
from viewer.window.dock_panel import ElidedLabel, as_sentence
from viewer.window.export_dialogs import FigureDialog, MovieDialog, SlicesDialog
from viewer.window.fit_strip import FitStrip
from viewer.window.group_dialog import GroupDialog
from viewer.window.help_dialogs import AboutDialog, ShortcutsDialog
from viewer.window.main import MainWindow
from viewer.window.model_card_dialog import ModelCardDialog
from viewer.window.parameter_form import METHODS, NumberBox, parameter_label, translate_label
from viewer.window.study_dialog import StudyDialog
from viewer.window.theme import apply_theme
from viewer.window.translation import (
    Language,
    LinguistTranslator,
    error_sentence,
    fill,
    find_chosen_language,
    format_numbers,
    install_translators,
    resolve_language,
    set_number_locale,
    translate,
    translate_caption,
    translate_sentence,
    translation_files,
)

FOLDER = ROOT / "resources/translations"
WINDOW_DE = FOLDER / "window_de.ts"
FIELDS = re.compile(r"\{[^}]*\}")
WORD = re.compile(r"\w{4,}")
NUMBERED = re.compile(r"\{\d+\}")


@pytest.fixture
def german(qapp: QCoreApplication) -> Iterator[None]:
    """German for the widgets that are made in a test."""
    before = qapp.children()
    install_translators(qapp, Language.GERMAN)
    yield
    for child in qapp.children():
        if isinstance(child, QTranslator) and child not in before:
            qapp.removeTranslator(child)


# The files


def test_every_string_of_the_window_has_a_translation_and_no_other_is_kept() -> None:
    found = translations(WINDOW_DE)
    marked = window_strings()
    assert len(marked) > 1000
    assert sorted(marked - found.keys()) == [], "add them to resources/translations/window_de.ts"
    assert sorted(found.keys() - marked) == [], "take them out of resources/translations/window_de.ts"
    assert [source for source, text in found.items() if not text.strip()] == []


@pytest.mark.parametrize(
    ("name", "strings"),
    [
        ("methods", method_strings),
        ("checks", check_strings),
        ("studies", study_strings),
        ("figures", figure_strings),
    ],
)
def test_what_methods_checks_and_studies_declare_has_a_translation(
    name: str, strings: Callable[[], set[str]]
) -> None:
    found = {source for _, source in translations(FOLDER / f"{name}_de.ts")}
    assert strings() - found == set(), f"add them to resources/translations/{name}_de.ts"


@pytest.mark.parametrize(("language", "text"), [(Language.GERMAN, "0,5 s"), (Language.ENGLISH, "0.5 s")])
def test_boxes_write_numbers_as_the_window_does(qtbot: QtBot, language: Language, text: str) -> None:
    before = QLocale()
    try:
        set_number_locale(language)
        box = NumberBox()
        qtbot.addWidget(box)
        box.setSuffix(" s")
        box.setValue(0.5)
        assert box.text() == text
        box.selectAll()
        qtbot.keyClicks(box, text.replace("5", "25").removesuffix(" s"))
        assert box.value() == 0.25
    finally:
        QLocale.setDefault(before)


@pytest.mark.usefixtures("german")
def test_captions_of_maps_are_translated_but_for_their_names() -> None:
    told = {
        "Gradient, lesion (of another scan, residual 28%) [output]": "Gradient, lesion (von einem anderen "
        "Scan, Residuum 28\u00a0%) [Ausgabe]",
        "of another scan": "of another scan",
        "scan_1.5 (1.5)": "scan_1.5 (1.5)",
        "Gradient": "Gradient",
    }
    assert {caption: translate_caption(caption) for caption in told} == told


@pytest.mark.usefixtures("german")
def test_texts_within_the_box_are_german(window: MainWindow, qtbot: QtBot) -> None:
    window.session.change(display_range=(0.5, 2.5))
    scene = window.box.scene
    assert scene is not None
    scene.render(640, 480)
    assert {"2,5", "-2,5"} <= {label.text for label in scene.labels()}


@pytest.mark.slow
@pytest.mark.usefixtures("german")
def test_a_method_is_described_in_german(window: MainWindow, qtbot: QtBot) -> None:
    choose_method(window, "occlusion")
    expected = {
        "Wie viel die Ausgabe sinkt, wenn die Region um ein Voxel verdeckt wird.",
        *("Fenster", "Schrittweite", "Füllung"),
    }

    def visible_texts() -> set[str]:
        return {label.text() for label in window.method_dock.findChildren(QLabel) if label.isVisible()}

    qtbot.waitUntil(lambda: expected <= visible_texts())


@pytest.mark.parametrize("path", translation_files(Language.GERMAN), ids=lambda path: path.stem)
def test_translations_keep_what_the_program_fills_in(path: Path) -> None:
    for (context, source), text in translations(path).items():
        said = f"{context}: {source!r} → {text!r}"
        assert Counter(FIELDS.findall(source)) == Counter(FIELDS.findall(text)), said
        # A string with several fields is filled in their order, unless they have numbers.
        fields = FIELDS.findall(source)
        if len(set(fields)) > 1 and not all(NUMBERED.fullmatch(field) for field in fields):
            assert FIELDS.findall(source) == FIELDS.findall(text), said
        assert source.endswith("…") == text.endswith("…"), said
        assert source.endswith("\n") == text.endswith("\n"), said
        assert ("&" in source) == ("&" in text), said


# The language that is chosen


def test_a_string_is_looked_up_in_its_context_first(tmp_path: Path, qapp: QCoreApplication) -> None:
    path = tmp_path / "a_de.ts"
    messages = "<message><source>Open</source><translation>{}</translation></message>"
    contexts = "".join(
        f"<context><name>{name}</name>{messages.format(text)}</context>"
        for name, text in (("File", "Öffnen"), ("Door", "Offen"))
    )
    path.write_text(f"<TS>{contexts}</TS>", encoding="utf-8")
    translator = LinguistTranslator([path])
    assert not translator.isEmpty()
    assert translator.translate("Door", "Open") == "Offen"
    assert translator.translate("File", "Open") == "Öffnen"
    assert translator.translate("Derived", "Open") == "Öffnen"
    assert translator.translate("File", "Close") == "Close"
    assert LinguistTranslator([]).isEmpty()


def test_the_language_is_the_argument_s_the_setting_s_or_the_system_s(tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)
    assert find_chosen_language(None) is Language.SYSTEM
    assert find_chosen_language(settings) is Language.SYSTEM
    settings.setValue("language", "de")
    assert find_chosen_language(settings) is Language.GERMAN
    assert find_chosen_language(settings, "en") is Language.ENGLISH
    settings.setValue("language", "fr")
    assert find_chosen_language(settings) is Language.SYSTEM
    assert resolve_language(Language.SYSTEM, QLocale("de_AT")) is Language.GERMAN
    assert resolve_language(Language.SYSTEM, QLocale("fr_FR")) is Language.ENGLISH
    assert resolve_language(Language.GERMAN, QLocale("fr_FR")) is Language.GERMAN


@pytest.mark.slow
def test_the_menu_chooses_the_language_of_the_next_start(
    qtbot: QtBot, qapp: QCoreApplication, tmp_path: Path
) -> None:
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)

    def open_window() -> MainWindow:
        session = Session()
        window = MainWindow(session, Controller(session, device="cpu"), settings)
        qtbot.addWidget(window)
        window.build()
        window.show()
        qtbot.waitExposed(window)
        return window

    window = open_window()
    said: list[str] = []
    window.controller.message.connect(said.append)
    click_entry(window, "Deutsch")
    assert said == ["The language changes when the program is started again."]
    window.shut_down()
    before = qapp.children()
    install_translators(qapp, find_chosen_language(settings))
    try:
        second = open_window()
        titles = [action.text() for action in second.menuBar().actions()]
        assert titles == ["&Datei", "&Bearbeiten", "&Ansicht", "&Hilfe"]
        click_entry(second, "English")
        second.shut_down()
    finally:
        for child in qapp.children():
            if isinstance(child, QTranslator) and child not in before:
                qapp.removeTranslator(child)
    assert find_chosen_language(settings) is Language.ENGLISH


@pytest.mark.slow
@pytest.mark.usefixtures("german")
def test_no_two_entries_of_a_german_menu_have_the_same_letter(make_window: MakeWindow) -> None:
    window = make_window()
    for menu in window.findChildren(QMenu):
        letters = [
            text[text.index("&") + 1].casefold()
            for action in menu.actions()
            if "&" in (text := action.text())
        ]
        assert [letter for letter, times in Counter(letters).items() if times > 1] == [], menu.title()


@pytest.mark.usefixtures("german")
def test_qt_s_own_buttons_are_german(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.windowTitle() == "Über Saliency Viewer"
    click_button(dialog, "Schließen")
    assert not dialog.isVisible()


# Sentences and numbers that are made below the window


@pytest.mark.usefixtures("german")
def test_numbers_have_a_decimal_comma() -> None:
    assert fill("{}: {:.1%}, {:,} Voxel", "demo 2.0", 0.865, 13519) == "demo 2.0: 86,5\u00a0%, 13.519 Voxel"
    assert format_numbers("R 0.5  P 18.0 mm") == "R 0,5  P 18,0 mm"


def test_numbers_have_a_decimal_point_in_english() -> None:
    assert fill("{}: {:.1%}, {:,} voxels", "demo", 0.865, 13519) == "demo: 86.5%, 13,519 voxels"


@pytest.mark.usefixtures("german")
def test_the_fit_of_a_scan_is_told_in_german(qtbot: QtBot) -> None:
    model, scan = load_model("demo"), load_scan("mni152")
    report = check_fit(model, scan)
    strip = FitStrip(Session())
    qtbot.addWidget(strip)
    strip.set_report(report, "mni152 × demo")
    click_button(strip, "Details …")
    table = strip.dialog.table
    items = [table.item(row, column) for row in range(table.rowCount()) for column in range(5)]
    cells = [item.text() for item in items if item is not None]
    assert len(cells) == 5 * len(report.checks)
    labels = [label.text() for label in (*strip.findChildren(QLabel), *strip.dialog.findChildren(QLabel))]
    # Classes have the names of the card.
    texts = [text.replace("no lesion", "") for text in (*labels, *cells)]
    told = [text for text in texts if ENGLISH.search(text) or re.search(r"\d[.]\d|\d%", text)]
    assert told == []
    assert "anatomisches Bild eines Kopfes" in cells


@pytest.mark.usefixtures("german")
def test_what_has_no_translation_is_shown_as_it_is() -> None:
    assert translate_sentence("nobody knows this") == "nobody knows this"
    assert as_sentence("nobody knows this") == "Nobody knows this."
    assert as_sentence("schon deutsch") == "Schon deutsch."
    assert translate("methods", "of a plug-in") == "of a plug-in"
    assert QCoreApplication.translate("Nowhere", "not known") == "not known"


@pytest.mark.usefixtures("german")
def test_an_error_is_told_in_german(tmp_path: Path) -> None:
    path = tmp_path / "notes.nii.gz"
    path.write_text("no image")
    with pytest.raises(ScanError) as raised:
        load_scan(path)
    # The command line, and files, stay English.
    assert "is a text file, not an image" in str(raised.value)
    assert error_sentence(raised.value).startswith(
        "„notes.nii.gz“ ist eine Textdatei, kein Bild. Erwartet wird "
    )


# Room for it


def visible_width(widget: QWidget) -> int:
    """Return how wide the part of a widget is that its parents leave visible."""
    return widget.visibleRegion().boundingRect().width()


def cut_texts(parent: QWidget) -> list[str]:
    """Return the texts of labels, buttons, check boxes and tabs of which a part is not seen."""
    found = []
    for widget in parent.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        metrics = widget.fontMetrics()
        if isinstance(widget, QTabBar):
            for index in range(widget.count()):
                room = widget.tabRect(index).intersected(widget.rect())
                if metrics.horizontalAdvance(widget.tabText(index)) > room.width():
                    found.append(widget.tabText(index))
            continue
        if isinstance(widget, ElidedLabel):
            continue
        if isinstance(widget, QLabel):
            text = re.sub(r"<[^>]*>", "", widget.text())
            parts = text.split() if widget.wordWrap() else text.split("\n")
            needed = max((metrics.horizontalAdvance(part) for part in parts), default=0)
        elif isinstance(widget, QCheckBox | QRadioButton):
            text, needed = widget.text(), widget.sizeHint().width() if widget.text() else 0
        elif isinstance(widget, QPushButton):
            text = widget.text().replace("&", "")
            option = QStyleOptionButton()
            option.initFrom(widget)
            room = widget.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, widget)
            needed = metrics.horizontalAdvance(text) + widget.width() - room.width() if text else 0
        else:
            continue
        if needed > visible_width(widget):
            found.append(f"{type(widget).__name__} {text!r}: {needed} > {visible_width(widget)}")
    return found


def cut_headers(parent: QWidget) -> list[str]:
    """Return the titles of columns that are wider than their column."""
    found = []
    for header in parent.findChildren(QHeaderView):
        model = header.model()
        if header.orientation() is not Qt.Orientation.Horizontal or header.isHidden() or model is None:
            continue
        for column in range(header.count()):
            title = str(model.headerData(column, Qt.Orientation.Horizontal) or "")
            if header.fontMetrics().horizontalAdvance(title) > header.sectionSize(column):
                found.append(title)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("language", [Language.ENGLISH, Language.GERMAN])
def test_nothing_is_cut_off_in_a_window_of_1280_by_800(
    language: Language, request: pytest.FixtureRequest, qtbot: QtBot
) -> None:
    if language is Language.GERMAN:
        request.getfixturevalue("german")
    window: MainWindow = request.getfixturevalue("window")
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, Theme.DARK)
    window.resize(1280, 800)
    # The panels were laid out for the smaller screen of Qt's offscreen platform.
    window.reset_panels()
    qtbot.wait(50)
    cut: dict[str, list[str]] = {"window": cut_texts(window.centralWidget())}
    for dock in window.findChildren(QDockWidget):
        dock.show()
        dock.raise_()
        qtbot.wait(20)
        cut[dock.windowTitle()] = cut_texts(dock)
    cut["tabs"] = [text for bar in window.findChildren(QTabBar) for text in cut_texts(bar.parentWidget())]
    assert {name: texts for name, texts in cut.items() if texts} == {}


@pytest.mark.parametrize("language", [Language.ENGLISH, Language.GERMAN])
def test_nothing_is_cut_off_in_dialogs(
    language: Language,
    request: pytest.FixtureRequest,
    qtbot: QtBot,
    tmp_path: Path,
    model_file: Path,
    controller: Controller,
    make_window: MakeWindow,
) -> None:
    if language is Language.GERMAN:
        request.getfixturevalue("german")
    weights = tmp_path / "weights.pt"
    weights.write_bytes(model_file.read_bytes())
    with pytest.raises(MissingCardError) as missing:
        load_model(weights)
    strip, study = FitStrip(Session()), StudyDialog(controller)
    qtbot.addWidget(strip)
    strip.set_report(check_fit(load_model("demo"), load_scan("mni152")), "mni152 × demo")
    dialogs = [
        AboutDialog(),
        FigureDialog(QSize(800, 600), Theme.DARK),
        SlicesDialog(),
        MovieDialog(),
        GroupDialog(),
        ClinicalDialog("Title", "With the page", True),
        ModelCardDialog(missing.value),
        ShortcutsDialog(make_window()),
        strip.dialog,
        study,
    ]
    for dialog in dialogs:
        qtbot.addWidget(dialog)
        dialog.show()
    study.read_scans()
    qtbot.waitUntil(lambda: study.study_table is not None)
    cut = {type(dialog).__name__: [*cut_texts(dialog), *cut_headers(dialog)] for dialog in dialogs}
    assert {name: texts for name, texts in cut.items() if texts} == {}


def test_no_value_of_a_parameter_repeats_its_name(german: None) -> None:
    for method in list_methods().values():
        for one in method.parameters():
            name = translate_label(one.name)
            # Words that are the same in both languages have the German capital letter, too.
            assert name == translate(METHODS, parameter_label(one.name))
            for choice in one.choices:
                value = translate_label(choice)
                assert value == translate(METHODS, parameter_label(choice))
                assert not set(WORD.findall(name)) & set(WORD.findall(value)), (method.name, name, value)
    assert translate_label("sub-0.nii.gz") == "sub-0.nii.gz"


def test_the_panel_of_maps_tells_the_parameters_in_german(
    german: None, make_window: MakeWindow, qtbot: QtBot, scan_file: Path
) -> None:
    window = make_window()
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=TIMEOUT_MS)
    grid = window.session.scan.grid

    def provenance_line(method: str, **parameters: object) -> str:
        made = Provenance(method, parameters)
        window.session.add_map(Map(np.ones(grid.shape, np.float32), grid, method, made))
        words = [label.text() for label in window.maps_dock.findChildren(QLabel)]
        (line,) = [text.partition("\n")[0] for text in words if text.startswith(f"{method} (")]
        return line

    assert provenance_line("gradient", sign="signed") == "gradient (Werte: Mit Vorzeichen)"
    path = provenance_line("integrated-gradients", baseline="black", steps=32, tolerance=0.01)
    assert path == "integrated-gradients (Baseline: Schwarz, Schritte: 32, Toleranz: 0,01)"
