"""Whether the scan fits the network: the strip above the prediction, its details, and the slow check."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.window.conftest import AFFINE, MakeWindow, ball
from viewer.fit import steadiness
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitReport, FitVerdict
from viewer.progress import Progress
from viewer.session.session import Session
from viewer.session.view import Theme
from viewer.window.dock_panel import as_sentence
from viewer.window.fit_strip import FitStrip
from viewer.window.main import MainWindow
from viewer.window.prediction_bars import PredictionBars
from viewer.window.theme import ACCENT

LONG = 60_000


@pytest.fixture(scope="module")
def head_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A larger ball with other shades, so that two scans have other names and other predictions."""
    noise = np.random.default_rng(1).normal(0, 3, ball((0, 0, 0), 1).shape)
    data = (90 + noise) * ball((0, 5, 0), 42)
    path = tmp_path_factory.mktemp("head") / "other_head.nii.gz"
    nibabel.save(nibabel.Nifti1Image(data.astype(np.float32), AFFINE), path)
    return path


@pytest.fixture
def open_files(make_window: MakeWindow, qtbot: QtBot) -> Callable[[Path, Path], MainWindow]:
    """Windows in which a scan and a network are opened, and the prediction is shown."""

    def make(scan: Path, model: Path) -> MainWindow:
        window = make_window()
        window.controller.open_scan(scan)
        window.controller.open_model(model)
        qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
        return window

    return make


def shown_texts(window: MainWindow) -> tuple[str, str]:
    strip = window.model_dock.fit_strip
    return strip._verdict_label.text(), strip._sentence_label.text()


def bars_of(window: MainWindow) -> PredictionBars:
    found = window.model_dock.findChild(PredictionBars)
    assert isinstance(found, PredictionBars)
    return found


def count_pixels(window: MainWindow, colour: str) -> int:
    image = bars_of(window).grab().toImage()
    wanted = QColor(colour).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def rows(window: MainWindow) -> list[tuple[str, ...]]:
    table = window.model_dock.fit_strip.dialog.table
    return [
        tuple(table.item(row, column).text() for column in range(table.columnCount()))
        for row in range(table.rowCount())
    ]


@pytest.fixture
def skull_model_file(tmp_path: Path, model_file: Path) -> Path:
    """The small network, whose card says that its training scans had a skull."""
    path = tmp_path / "skull.pt"
    path.write_bytes(model_file.read_bytes())
    card = json.loads(model_file.with_suffix(".card.json").read_text())
    path.with_suffix(".card.json").write_text(json.dumps(card | {"skull": "kept"}))
    return path


EXPECTED = {
    "ok": ("Fits", "No check found a problem; "),
    "caution": ("Caution", "The network needs a whole head"),
    "unfit": ("Unfit", "whole numbers in patches"),
}


@pytest.mark.parametrize("case", EXPECTED)
def test_the_strip_tells_the_verdict_and_its_reason(
    open_files: Callable[..., MainWindow],
    scan_file: Path,
    map_file: Path,
    model_file: Path,
    skull_model_file: Path,
    case: str,
) -> None:
    word, reason = EXPECTED[case]
    window = open_files(
        map_file if case == "unfit" else scan_file, skull_model_file if case == "caution" else model_file
    )
    strip, report = window.model_dock.fit_strip, window.session.prediction.fit
    assert report is not None
    assert report.verdict == case
    assert strip.isVisible()
    assert shown_texts(window) == (word, as_sentence(report.reason or report.sentence))
    assert reason in strip._sentence_label.text()
    assert strip._prepare_button.isVisible() is (case != "ok")
    assert word in strip.accessibleName()
    assert strip.accessibleDescription() == as_sentence(report.sentence)
    bars = bars_of(window)
    assert bars.is_crossed_out is (case == "unfit")
    assert (count_pixels(window, ACCENT) == 0) is (case == "unfit")
    for text in (bars.toolTip(), bars.accessibleDescription()):
        assert ("Not reliable: The scan does not fit" in text) is (case == "unfit")
    said = window.session.prediction
    for name, share in zip(said.classes, said.probabilities, strict=True):
        assert f"{name} {share:.1%}" in bars.accessibleDescription()


def test_the_verdicts_differ_without_colour(
    open_files: Callable[..., MainWindow], scan_file: Path, map_file: Path, model_file: Path
) -> None:
    pictures, words = [], []
    for scan in (scan_file, map_file):
        strip = open_files(scan, model_file).model_dock.fit_strip
        pictures.append(strip._icon_label.pixmap().toImage().createAlphaMask())
        words.append(strip._verdict_label.text())
    assert pictures[0] != pictures[1]
    assert words[0] != words[1]


def test_the_strip_follows_the_theme(
    open_files: Callable[..., MainWindow], map_file: Path, model_file: Path
) -> None:
    window = open_files(map_file, model_file)
    seen = []
    for theme in Theme:
        window.session.change(theme=theme)
        QTest.qWait(10)
        strip = window.model_dock.fit_strip
        seen.append((strip._icon_label.pixmap().toImage(), strip.grab().toImage()))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


def test_details_are_opened_by_the_keyboard_and_copied(
    open_files: Callable[..., MainWindow], qtbot: QtBot, map_file: Path, model_file: Path
) -> None:
    window = open_files(map_file, model_file)
    strip = window.model_dock.fit_strip
    strip._details_button.setFocus(Qt.FocusReason.TabFocusReason)
    assert strip._details_button.focusPolicy() & Qt.FocusPolicy.TabFocus
    QTest.keyClick(strip._details_button, Qt.Key.Key_Space)
    assert strip.dialog.isVisible()
    assert not strip.dialog.isModal()
    report = window.session.prediction.fit
    assert [row[4] for row in rows(window)] == [as_sentence(one.sentence) for one in report.checks]
    assert [row[1].casefold() for row in rows(window)] == [one.name.casefold() for one in report.checks]
    assert {row[0] for row in rows(window)} >= {"Unfit", "OK"}
    QTest.mouseClick(strip.dialog._copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[2].split("\t") == ["Verdict", "Check", "Value", "Expected", "Finding"]
    assert [tuple(line.split("\t")) for line in copied[3:]] == rows(window)
    strip.dialog.table.selectRow(1)
    QTest.keyClick(strip.dialog.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert tuple(QGuiApplication.clipboard().text().split("\t")) == rows(window)[1]
    told: list[bool] = []
    strip.prepare_requested.connect(lambda: told.append(True))
    QTest.mouseClick(strip._prepare_button, Qt.MouseButton.LeftButton)
    assert told == [True]
    assert window.preparation_dock.isVisible()


def test_the_range_is_shown_once_the_slow_check_has_ended(
    open_files: Callable[..., MainWindow], qtbot: QtBot, scan_file: Path, model_file: Path
) -> None:
    window = open_files(scan_file, model_file)
    before = window.session.prediction
    assert before.fit.interval is None
    plain = bars_of(window).grab().toImage()
    qtbot.waitUntil(lambda: window.session.prediction.fit.interval is not None, timeout=LONG)
    after = window.session.prediction
    low, high = after.fit.interval
    best = before.probabilities.index(max(before.probabilities))
    assert low <= before.probabilities[best] <= high
    assert after.probabilities == before.probabilities
    assert [bar.interval for bar in bars_of(window).bars].count((low, high)) == 1
    assert bars_of(window).bars[best].interval == (low, high)
    assert (
        f"{low:.1%} to {high:.1%} under small shifts and perturbations"
        in bars_of(window).accessibleDescription()
    )
    assert bars_of(window).grab().toImage() != plain
    explained = (
        "In brackets: the lowest and the highest probability under small shifts and perturbations of the "
        "scan."
    )
    assert window.model_dock._range_label.text() == explained
    steady = [row for row in rows(window) if row[1] == "Steadiness"]
    assert [row[2] for row in steady] == [f"{low:.1%} to {high:.1%}"]
    assert window.model_dock.fit_strip._status_label.isHidden()


class HeldCheck:
    """A slow check that reports 40 % until it is let go of, and then finds what names the scan."""

    def __init__(self, heed_cancel: bool = True) -> None:
        self.gate, self.heed_cancel = threading.Event(), heed_cancel
        self.threads: list[threading.Thread] = []
        self.scans: list[str] = []

    def __call__(self, subject: FitSubject, progress: Progress) -> FitCheck:
        self.threads.append(threading.current_thread())
        self.scans.append(subject.scan.name)
        if self.heed_cancel:
            progress.step(2, 5)
        until = time.monotonic() + LONG / 1000
        while not self.gate.is_set() and time.monotonic() < until:
            if self.heed_cancel:
                progress.raise_if_cancelled()
            time.sleep(0.005)
        said = f"looked at {subject.scan.name}"
        return FitCheck(steadiness.NAME, FitVerdict.OK, said, "10.0% to 90.0%", "", (0.1, 0.9))


@pytest.mark.slow
def test_a_computation_interrupts_the_slow_check_which_goes_on_afterwards(
    open_files: Callable[..., MainWindow],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    scan_file: Path,
    model_file: Path,
) -> None:
    check = HeldCheck()
    monkeypatch.setattr(steadiness, "check_steadiness", check)
    window = open_files(scan_file, model_file)
    status = window.model_dock.fit_strip._status_label
    running = "Checking the stability of the prediction …\N{NO-BREAK SPACE}40\N{NO-BREAK SPACE}%"
    qtbot.waitUntil(lambda: status.text() == running, timeout=LONG)
    assert status.isVisible()
    assert not window.controller.tasks
    assert not window.controller.has_unsaved_work
    assert window.status._task_label.isHidden()
    window.controller.compute("gradient", {}, None)
    assert "paused" in status.text()
    qtbot.waitUntil(
        lambda: len(window.session.maps) == 1 and not window.controller.is_computing, timeout=LONG
    )
    assert not check.gate.is_set()
    qtbot.waitUntil(lambda: status.text() == running, timeout=LONG)
    assert len(check.scans) == 2
    check.gate.set()
    qtbot.waitUntil(lambda: status.isHidden(), timeout=LONG)
    assert window.session.prediction.fit.interval == (0.1, 0.9)
    assert rows(window)[-1][4] == "Looked at head."
    assert all(thread is not threading.main_thread() for thread in check.threads)


@pytest.mark.slow
def test_what_was_found_of_another_scan_is_dropped(
    open_files: Callable[..., MainWindow],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    scan_file: Path,
    head_file: Path,
    model_file: Path,
) -> None:
    check = HeldCheck(heed_cancel=False)
    monkeypatch.setattr(steadiness, "check_steadiness", check)
    window = open_files(scan_file, model_file)
    qtbot.waitUntil(lambda: bool(check.scans), timeout=LONG)
    found: list[str] = []

    def note() -> None:
        prediction = window.session.prediction
        if prediction is not None and prediction.fit.interval is not None:
            found.append(prediction.fit.checks[-1].sentence)

    window.session.subscribe(note, "prediction")
    window.controller.open_scan(head_file)
    qtbot.waitUntil(lambda: window.session.scan.name == "other_head", timeout=LONG)
    check.gate.set()
    qtbot.waitUntil(lambda: bool(found), timeout=LONG)
    assert found == ["looked at other_head"]
    assert check.scans == ["head", "other_head"]


@pytest.mark.slow
def test_a_saved_map_shows_its_own_verdict(
    open_files: Callable[..., MainWindow],
    make_window: MakeWindow,
    qtbot: QtBot,
    tmp_path: Path,
    map_file: Path,
    model_file: Path,
) -> None:
    window = open_files(map_file, model_file)
    qtbot.waitUntil(lambda: window.session.prediction.fit.interval is not None, timeout=LONG)
    window.controller.compute("gradient", {}, None)
    qtbot.waitUntil(
        lambda: len(window.session.maps) == 1 and not window.controller.is_computing, timeout=LONG
    )
    path = tmp_path / "gradient.nii.gz"
    window.controller.save_map(0, path)
    qtbot.waitUntil(path.exists, timeout=LONG)
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    texts, bars = shown_texts(window), bars_of(window).bars
    second = make_window()
    second.controller.open_scan(map_file)
    second.controller.open_map(path)
    qtbot.waitUntil(lambda: bool(second.session.maps), timeout=LONG)
    assert second.session.model is None
    assert second.model_dock.fit_strip.isVisible()
    assert shown_texts(second) == texts
    assert texts[0] == "Unfit"
    assert bars_of(second).is_crossed_out
    assert [bar.interval for bar in bars_of(second).bars] == [bar.interval for bar in bars]
    assert any(bar.interval for bar in bars)


def test_without_a_prediction_there_is_no_strip(make_window: MakeWindow, scan_file: Path) -> None:
    window = make_window()
    assert window.model_dock.fit_strip.isHidden()


def test_a_long_list_of_problems_is_cut_and_stands_in_the_details(qtbot: QtBot) -> None:
    strip = FitStrip(Session())
    qtbot.addWidget(strip)
    problems = [f"the {number} problem of a failed preparation is told; at length" for number in "abcd"]
    check = FitCheck("preparation", FitVerdict.UNFIT, "; ".join(problems), reasons=tuple(problems))
    strip.set_report(FitReport((check,)), "head")
    assert strip._sentence_label.text() == as_sentence("; ".join(problems[:2])) + " And 2 more, see Details."
    assert strip._sentence_label.toolTip() == as_sentence("; ".join(problems))
    assert problems[3] in strip.accessibleDescription()
    strip.set_report(FitReport((FitCheck("pose", FitVerdict.CAUTION, "the head is turned"),)), "head")
    assert strip._sentence_label.text() == "The head is turned."
