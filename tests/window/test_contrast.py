"""Contrast by WCAG 2.1: of the themes' pairs of colours, and of words as they are painted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from viewer.checks.base import CheckResult, Verdict
from viewer.checks.report import STYLE
from viewer.session.view import Theme
from viewer.window import theme as themes
from viewer.window.dock_panel import make_label
from viewer.window.main import MainWindow
from viewer.window.theme import make_palette, theme_colours

MIN_CONTRAST = 4.5
WORDS = ("text", "quiet", "warning", "success", "error", "link")
GROUNDS = ("window", "panel", "base", "raised", "selected")


def luminance(colour: QColor) -> float:
    """WCAG's relative luminance of an sRGB colour."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor | str, other: QColor | str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    low, high = sorted((luminance(QColor(one)), luminance(QColor(other))))
    return (high + 0.05) / (low + 0.05)


def painted(image: QImage, part: QRect | None = None) -> float:
    """The contrast of words in a picture: of the ground, which is most of it, and of what differs most."""
    part = part or image.rect()
    counted = Counter(
        image.pixel(QPoint(x, y))
        for x in range(part.left(), part.right() + 1)
        for y in range(part.top(), part.bottom() + 1)
    )
    ground = QColor(counted.most_common(1)[0][0])
    return max(contrast(ground, QColor(colour)) for colour in counted)


def test_the_ratio_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#0000ff", "#ffffff") == pytest.approx(8.59, abs=0.005)


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("words", WORDS)
def test_words_stand_out_from_every_ground(theme: Theme, words: str, ground: str) -> None:
    own = theme_colours(theme)
    assert contrast(getattr(own, words), getattr(own, ground)) >= MIN_CONTRAST


@pytest.mark.parametrize("theme", list(Theme))
def test_other_pairs_of_a_theme(theme: Theme) -> None:
    own = theme_colours(theme)
    assert contrast(own.on_highlight, own.highlight) >= MIN_CONTRAST
    assert contrast(own.text, own.progress) >= MIN_CONTRAST
    assert contrast(own.text, own.base) >= MIN_CONTRAST
    assert contrast("#14100b", own.bar) >= MIN_CONTRAST
    assert contrast("#14100b", "#ff9a42") >= MIN_CONTRAST
    # What is disabled is left out by WCAG (1.4.3); it is to be legible all the same.
    assert min(contrast(own.disabled, ground) for ground in (own.window, own.panel, own.raised)) >= 3


@pytest.mark.parametrize("theme", list(Theme))
def test_every_pair_of_the_palette(theme: Theme) -> None:
    roles, shown = QPalette.ColorRole, make_palette(theme)
    for words, ground in (
        (roles.WindowText, roles.Window), (roles.Text, roles.Base), (roles.Text, roles.AlternateBase),
        (roles.ButtonText, roles.Button), (roles.ToolTipText, roles.ToolTipBase),
        (roles.HighlightedText, roles.Highlight), (roles.PlaceholderText, roles.Base),
        (roles.Link, roles.Window), (roles.Link, roles.Base), (roles.BrightText, roles.Window),
    ):  # fmt: skip
        assert contrast(shown.color(words), shown.color(ground)) >= MIN_CONTRAST, (words, ground)


def variables(part: str) -> dict[str, str]:
    return dict(entry.split(":") for entry in part.strip().split(";") if entry)


def test_the_reports_words_stand_out_from_page_and_cards() -> None:
    light, dark = (variables(part.partition("}")[0].replace("\n", "")) for part in STYLE.split(":root{")[1:])
    for own in (light, dark):
        for words in ("--text", "--quiet", "--good", "--mid", "--bad"):
            for ground in ("--page", "--card"):
                assert contrast(own[words], own[ground]) >= MIN_CONTRAST, (words, ground)


@pytest.fixture(params=list(Theme))
def dressed(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Theme]:
    """The application in one of its themes."""
    before, sheet = qapp.palette(), qapp.styleSheet()
    theme: Theme = request.param
    themes.apply_theme(qapp, theme)
    yield theme
    qapp.setPalette(before)
    qapp.setStyleSheet(sheet)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_progress_is_read_on_both_parts_of_its_bar(qtbot: QtBot, dressed: Theme, share: float) -> None:
    bar = QProgressBar()
    qtbot.addWidget(bar)
    bar.setRange(0, 100)
    bar.setValue(round(100 * share))
    bar.setFormat("HHHHHHHHHHHHHHHHHHHH")
    bar.setFixedSize(150, 16)
    image = bar.grab().toImage()
    for part in (QRect(20, 3, 50, 10), QRect(80, 3, 50, 10)):
        assert painted(image, part) >= MIN_CONTRAST


@pytest.mark.parametrize("role", ["", "title", "quiet", "warning", "section"])
def test_labels(qtbot: QtBot, dressed: Theme, role: str) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    label = make_label("HEll0 wOrld", role)
    label.setParent(page)
    label.setFixedSize(120, 20)
    page.resize(140, 30)
    assert painted(page.grab().toImage(), QRect(2, 2, 110, 16)) >= MIN_CONTRAST


@pytest.fixture
def window(make_window: Callable[[], MainWindow], dressed: Theme) -> MainWindow:
    """A window in one of the themes."""
    made = make_window()
    made.session.change(theme=dressed)
    return made


def test_verdicts_in_trust(qtbot: QtBot, window: MainWindow) -> None:
    dock = window.checks_dock
    item = dock.tree.topLevelItem(1)
    assert item is not None
    dock.raise_()
    qtbot.waitUntil(lambda: dock.tree.isVisible())
    for verdict in Verdict:
        dock._show_row(item, CheckResult("deletion", "Deletion", "", verdict, "MMMM", "s.", "l."))
        for selected in (False, True):
            dock.tree.clearSelection()
            item.setSelected(selected)
            rect = dock.tree.visualItemRect(item)
            rect.setLeft(rect.right() - 40)
            assert painted(dock.tree.viewport().grab(rect).toImage()) >= MIN_CONTRAST, (verdict, selected)


@pytest.mark.slow
@pytest.mark.sampled(2)
def test_everything_written_in_the_window(window: MainWindow) -> None:
    faint, looked_at = [], 0
    for dock in window.docks:
        dock.show()
        dock.raise_()
        QApplication.processEvents()
        for widget in dock.findChildren(QWidget):
            kinds = isinstance(widget, (QLabel, QPushButton, QCheckBox))
            words = widget.text() if kinds else ""
            if (
                not words
                or not widget.isVisible()
                or not widget.isEnabled()
                or widget.visibleRegion().isEmpty()
            ):
                continue
            looked_at += 1
            ratio = painted(widget.grab().toImage())
            if ratio < MIN_CONTRAST:
                faint.append((words, round(ratio, 2)))
    assert not faint
    assert looked_at > 30
