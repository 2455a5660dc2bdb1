"""The guide in the window: F1 opens the page of a panel, links and search; the card of the first start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QAction, QColor, QCursor, QDesktopServices, QImage, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from tests.guide.case_follower import CaseFollower, StepError
from tests.guide.case_hands import Hands
from tests.guide.case_steps import read_steps
from tests.window.controls import actions, plain
from viewer.guide.contents import guide_pages, sources_folder
from viewer.guide.markdown import prose
from viewer.session.session import Session
from viewer.window import guide_window
from viewer.window.controller import Controller
from viewer.window.guide_window import GuideWindow
from viewer.window.main import MainWindow
from viewer.window.welcome_card import show_on_first_start

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def shared_window(qapp: object) -> Iterator[MainWindow]:
    """A window without a scene, as nothing is drawn in these tests."""
    session = Session()
    found = MainWindow(session, Controller(session, device="cpu"))
    found.build()
    found.show()
    found.method_dock.fill_methods()
    yield found
    found.shut_down()
    found.close()


@pytest.fixture
def window(shared_window: MainWindow) -> Iterator[MainWindow]:
    yield shared_window
    if shared_window.menus.guide is not None:
        shared_window.menus.guide.close()
        shared_window.menus._guide = None


@pytest.fixture
def guide(window: MainWindow) -> GuideWindow:
    actions(window)["Help > Guide"].trigger()
    found = window.menus.guide
    assert found is not None
    assert found.isVisible()
    assert found.page == "index"
    return found


def press_f1(widget: QWidget, window: MainWindow) -> str:
    """Press F1 in a widget and return the page that is then shown."""
    window.activateWindow()
    widget.setFocus()
    QApplication.processEvents()
    assert QApplication.focusWidget() is widget
    QTest.keyClick(widget, Qt.Key.Key_F1)
    assert window.menus.guide is not None
    return window.menus.guide.page


def test_f1_opens_the_page_of_the_panel_one_stands_in(window: MainWindow, qtbot: QtBot) -> None:
    window.clusters_dock.raise_()
    QApplication.processEvents()
    assert press_f1(window.clusters_dock._atlas_button, window) == "panels/clusters"
    window.method_dock.choose_method("deeplift")
    window.method_dock.raise_()
    QApplication.processEvents()
    assert press_f1(window.method_dock._method_combo, window) == "methods/deeplift"
    text = window.menus.guide.browser.toPlainText()
    assert "DeepLIFT" in text
    assert "When not to use it" in text
    assert press_f1(window.box, window) == "panels/box"
    assert press_f1(window.slices[0], window) == "panels/slices"


def test_without_a_focus_f1_takes_what_is_under_the_mouse(window: MainWindow) -> None:
    window.maps_dock.raise_()
    window.activateWindow()
    QApplication.processEvents()
    focused = QApplication.focusWidget()
    if focused is not None:
        focused.clearFocus()
    QCursor.setPos(window.maps_dock.mapToGlobal(window.maps_dock.rect().center()))
    assert QApplication.focusWidget() is None
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert window.menus.guide is not None
    assert window.menus.guide.page == "panels/maps"


def test_every_panel_has_a_page(window: MainWindow) -> None:
    pages = guide_pages()
    for part in (*window.docks, window.box, window.mosaic, *window.slices, *window.profiles):
        assert part.guide_page in pages


NAMES_OF_DATA = {"lesion", "relu5", "Gradient, lesion"}
"""Names that the worked cases take from the demonstration's network and maps."""

BUTTONS_OF_QT = {"Save"}


def names_in(text: str) -> list[str]:
    """Return what a page of the guide has in italics: names of controls, and of what they hold."""
    plain_text = re.sub(r"`[^`]*`", "", prose(text)).replace("**", "")
    return re.findall(r"(?<!\\)\*([^*\n]+)\*", re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", plain_text))


def texts_of_the_window() -> set[str]:
    """Return every text that the window's source translates."""
    source = "".join(path.read_text() for path in Path(guide_window.__file__).parent.glob("*.py"))
    return {text.replace("&", "") for text in re.findall(r"\btr\(\s*\"([^\"]+)\"", source)}


def test_the_guide_names_what_is_in_the_window(window: MainWindow) -> None:
    from viewer.checks.method_agreement import TITLE
    from viewer.checks.runner import list_checks
    from viewer.methods.registry import list_methods

    known = texts_of_the_window() | {dock.windowTitle() for dock in window.docks}
    known |= NAMES_OF_DATA | BUTTONS_OF_QT | {TITLE}
    known |= {method.title for method in list_methods().values()}
    known |= {str(method.family).capitalize() for method in list_methods().values()}
    known |= {check.title for check in list_checks().values()}
    known |= {entry.removesuffix(" …") for entry in known}
    entries = set(actions(window))
    titles = {plain(one.text()): one for one in window.menuBar().actions()}
    for page in sorted(sources_folder().rglob("*.md")):
        for name in names_in(page.read_text()):
            if " > " in name:
                assert is_entry(titles, name) or name in entries, f"{page.name}: {name}"
            else:
                assert name.lower() in {one.lower() for one in known}, f"{page.name}: {name}"


def is_entry(titles: dict[str, QAction], path: str) -> bool:
    """Whether menus lead to an entry of that path, with its dots."""
    names = path.split(" > ")
    found: QAction | None = titles.get(names[0])
    for name in names[1:]:
        menu = None if found is None else found.menu()
        below = menu.actions() if isinstance(menu, QMenu) else ()
        found = next((one for one in below if one.text().replace("&", "") == name), None)
    return found is not None


def test_a_step_that_names_no_entry_fails(window: MainWindow, tmp_path: Path) -> None:
    (step,) = read_steps("1. Choose *File > Examples > Nothing*.\n")
    with pytest.raises(StepError, match="no entry Nothing"):
        CaseFollower(window, Hands(), tmp_path).follow([step])


def test_links_search_and_history(guide: GuideWindow) -> None:
    browser = guide.browser
    cursor = browser.document().find("Glossary")
    assert cursor.charFormat().anchorHref() == "glossary.md"
    cursor.setPosition(cursor.selectionStart() + 3)
    browser.setTextCursor(cursor)
    browser.ensureCursorVisible()
    QTest.mouseClick(browser.viewport(), LEFT, pos=browser.cursorRect(cursor).center() + QPoint(1, 0))
    assert guide.page == "glossary"
    assert guide.contents_tree.currentItem().text(0) == "Glossary"
    QTest.mouseClick(guide.back_button, LEFT)
    assert guide.page == "index"
    QTest.mouseClick(guide.forward_button, LEFT)
    assert guide.page == "glossary"
    QTest.keyClicks(guide.search_field, "taylor decomposition")
    shown = {name for name, item in guide._items.items() if not item.isHidden()}
    assert "methods/deep-taylor" in shown
    assert len(shown) < 8
    item = guide._items["methods/deep-taylor"]
    guide.contents_tree.scrollToItem(item)
    place = guide.contents_tree.visualItemRect(item).center()
    QTest.mouseClick(guide.contents_tree.viewport(), LEFT, pos=place)
    assert guide.page == "methods/deep-taylor"
    guide.search_field.clear()
    assert not any(item.isHidden() for item in guide._items.values())


def test_an_address_with_a_heading_goes_there(guide: GuideWindow) -> None:
    guide.browser.setSource(QUrl("qrc:/guide/glossary.md#uncertainty"))
    assert guide.browser.textCursor().block().text() == "Uncertainty"
    assert guide.browser.verticalScrollBar().value() > 0


def test_pages_of_the_api_are_read_in_the_background(guide: GuideWindow, qtbot: QtBot) -> None:
    guide.open_page("api/Threshold")
    qtbot.waitUntil(lambda: "viewer.Threshold" in guide.browser.toPlainText(), timeout=20_000)


def test_pictures_of_a_built_guide_fit_the_page(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "![" not in guide_text(window, "cases/clinician")
    window.menus._guide = None
    picture = QImage(2400, 900, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    (tmp_path / "_images").mkdir()
    assert picture.save(str(tmp_path / "_images/clinician-box.png"))
    monkeypatch.setattr(guide_window, "built_folder", lambda: tmp_path)
    window.menus.show_guide("cases/clinician")
    guide = window.menus.guide
    assert guide is not None
    browser = guide.browser
    assert browser.document().size().width() <= browser.viewport().width()
    assert picture_names(browser) == {"../pictures/clinician-box.png"}
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    QTest.mouseClick(guide.browser_button, LEFT)
    assert opened == [str(tmp_path / "cases/clinician.html")]


def guide_text(window: MainWindow, page: str) -> str:
    window.menus.show_guide(page)
    assert window.menus.guide is not None
    return window.menus.guide.browser.toMarkdown()


def picture_names(browser: QTextBrowser) -> set[str]:
    """Return what is drawn as a picture."""
    cursor, found = QTextCursor(browser.document()), set()
    while cursor.movePosition(QTextCursor.MoveOperation.NextCharacter):
        if cursor.charFormat().isImageFormat():
            found.add(cursor.charFormat().toImageFormat().name())
    return found


def test_menus_that_the_guide_names_are_there(window: MainWindow) -> None:
    titles = {"File", "Edit", "View", "Help"}
    named = set()
    for path in sources_folder().rglob("*.md"):
        for name in re.findall(r"\*((?:File|Edit|View|Help) > [^*]+)\*", path.read_text()):
            named.add(name.removesuffix(" …"))
    entries = {path_of(window, action) for action in actions(window).values()}
    menus = {name.rpartition(" > ")[0] for name in entries} | titles
    assert len(named) > 10
    assert named <= entries | menus


def path_of(window: MainWindow, wanted: object) -> str:
    for title in window.menuBar().actions():
        waiting = [(title.menu(), plain(title.text()))]
        while waiting:
            menu, path = waiting.pop()
            for action in menu.actions():
                name = f"{path} > {plain(action.text())}"
                if action is wanted:
                    return name
                if action.menu() is not None:
                    waiting.append((action.menu(), name))
    return ""


def test_the_first_start_has_three_steps(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    asked: list[str] = []
    monkeypatch.setattr(window.file_actions, "open_scan", lambda: asked.append("scan"))
    monkeypatch.setattr(window.file_actions, "open_model", lambda: asked.append("model"))
    monkeypatch.setattr(window.method_dock, "compute", lambda: asked.append("compute"))
    card = show_on_first_start(window, settings)
    assert card is not None
    assert card.isVisible()
    assert window.box.rect().contains(card.geometry())
    for button in card.step_buttons:
        QTest.mouseClick(button, LEFT)
    assert asked == ["scan", "model", "compute"]
    QTest.mouseClick(card.guide_button, LEFT)
    assert window.menus.guide is not None
    assert window.menus.guide.page == "index"
    window.toggle_presentation()
    QApplication.processEvents()
    assert card.isHidden()
    window.toggle_presentation()
    QTest.mouseClick(card.close_button, LEFT)
    assert card.isHidden()
    assert show_on_first_start(window, settings) is None


def test_the_first_card_calls_only_the_demonstration_a_simulated_scan(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, scan_file: Path
) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    card = show_on_first_start(window, settings)
    assert card is not None
    assert card.scan_note.isHidden()
    for name, simulated in (("simulated-lesions", True), (scan_file, False)):
        window.controller.open_scan(name)
        qtbot.waitUntil(lambda name=name: str(getattr(window.session.scan, "path", "")) == str(name))
        assert card.scan_note.isVisible() is simulated
        assert window.box.rect().contains(card.geometry())
        assert card.height() == card.heightForWidth(card.width())


def test_the_first_card_closes_when_its_last_step_is_done(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, scan_file: Path, model_file: Path
) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    window.method_dock.choose_method("gradient")
    qtbot.waitUntil(
        lambda: window.session.prediction is not None and not window.controller.tasks, timeout=30_000
    )
    card = show_on_first_start(window, settings)
    assert card is not None
    assert card.isVisible()
    QTest.mouseClick(card.step_buttons[2], LEFT)
    qtbot.waitUntil(lambda: len(window.session.maps) == 1 and not shiboken6.isValid(card), timeout=30_000)
    assert show_on_first_start(window, settings) is None
