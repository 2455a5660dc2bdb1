"""A window that ends otherwise than by being closed loses nothing that was finished."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.session.recovery import find_recovery_folders, recover
from viewer.window.main import MainWindow
from viewer.window.recovery import KEY_DELAY_MS, Recovery, recovery_home

LONG = 30_000
KILLS = 20

DRIVER = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from viewer.window.application import run
from viewer.window.startup import StartupFiles

scan, model = sys.argv[1:]

def ready(window):
    session, controller = window.session, window.controller
    def next_map():
        print("maps", len(session.maps), flush=True)
        controller.compute("smoothgrad", {"samples": 2 + len(session.maps)}, None)
    def first():
        if session.prediction is not None and not session.maps and not controller.is_computing:
            next_map()
    session.subscribe(first, "prediction")
    controller.session.subscribe(lambda: QTimer.singleShot(0, next_map), "current")

run(StartupFiles(scan=scan, model=model), "cpu", on_window=ready)
"""


def computed(window: MainWindow, seed: int = 1) -> Map:
    scan = window.session.scan
    values = np.random.default_rng(seed).normal(size=scan.grid.shape).astype(np.float32)
    made = Provenance(method="gradient", seed=seed, scan={"name": scan.name, "hash": scan.hash})
    return Map(values, scan.grid, f"map {seed}", made, scan.stored)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


@pytest.fixture
def make(
    make_window: MakeWindow, home: Path, qtbot: QtBot
) -> Iterator[Callable[[], tuple[MainWindow, Recovery]]]:
    """Windows that keep what they show in the same home."""
    made: list[Recovery] = []

    def start() -> tuple[MainWindow, Recovery]:
        window = make_window()
        made.append(Recovery(window, window.controller, home))
        return window, made[-1]

    yield start
    for recovery in made:
        recovery.close()


def press(qtbot: QtBot, box: QMessageBox, words: str) -> None:
    found = [one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == words]
    assert len(found) == 1
    qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)


def crashed(home: Path, scan_file: Path, name: str, seeds: int) -> Path:
    """The folder of a window that was killed: its lock names a process that does not run."""
    from viewer.session.recovery import RecoveryFolder
    from viewer.session.session import Session

    session = Session()
    session.set_scan(load_scan(scan_file))
    scan = session.scan
    for seed in range(seeds):
        values = np.full(scan.grid.shape, 1 + seed, np.float32)
        session.add_map(Map(values, scan.grid, f"lost {seed}", Provenance(method="gradient"), scan.stored))
    session.change(glass=True)
    folder = RecoveryFolder(home / name)
    folder.write(session.snapshot())
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (folder.path / "lock").write_text(f"{ended.pid}\npython\n{os.uname().nodename}\n\n\n")
    return folder.path


def test_each_map_is_kept_at_once_and_all_is_gone_with_the_window(
    qtbot: QtBot, make: Callable[[], tuple[MainWindow, Recovery]], home: Path, scan_file: Path
) -> None:
    window, recovery = make()
    assert not home.exists()
    window.session.set_scan(load_scan(scan_file))
    with qtbot.waitSignal(recovery.session_written, timeout=LONG):
        window.session.add_map(computed(window))
    (folder,) = find_recovery_folders(home)
    _, shown, lost = recover(folder)
    assert not lost
    assert [one.map.name for one in shown.maps] == ["map 1"]
    window.session.change(glass=True)
    recovery._write_timer.timeout.emit()  # a minute later
    qtbot.waitUntil(lambda: recover(folder)[1].view.glass, timeout=LONG)
    recovery.close()
    assert list(home.iterdir()) == []


def test_a_computed_map_is_written_before_it_is_shown(
    qtbot: QtBot,
    make: Callable[[], tuple[MainWindow, Recovery]],
    home: Path,
    scan_file: Path,
    model_file: Path,
) -> None:
    window, _ = make()
    window.session.set_scan(load_scan(scan_file))
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    there: list[int] = []
    window.session.subscribe(lambda: there.append(len(list(home.glob("*/map-*.nii")))), "current")
    window.controller.compute("gradient", {}, None)
    qtbot.waitUntil(lambda: bool(window.session.maps), timeout=LONG)
    assert there == [1]


def test_the_window_answers_while_it_is_written(
    qtbot: QtBot,
    make: Callable[[], tuple[MainWindow, Recovery]],
    scan_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, recovery = make()
    go, save = threading.Event(), Map.save
    monkeypatch.setattr(Map, "save", lambda self, path: save(self, path) if go.wait(30) else path)
    window.session.set_scan(load_scan(scan_file))
    began = time.monotonic()
    window.session.add_map(computed(window, 1))
    window.session.add_map(computed(window, 2))
    assert time.monotonic() - began < 10
    with qtbot.waitSignal(recovery.session_written, timeout=LONG):
        go.set()


def test_what_cannot_be_kept_is_said_once_and_the_map_is_shown(
    qtbot: QtBot, make: Callable[[], tuple[MainWindow, Recovery]], home: Path, scan_file: Path
) -> None:
    home.write_text("no folder")
    window, _ = make()
    said: list[str] = []
    window.controller.message.connect(said.append)
    window.session.set_scan(load_scan(scan_file))
    window.session.add_map(computed(window, 1))
    qtbot.waitUntil(lambda: bool(said), timeout=LONG)
    window.session.add_map(computed(window, 2))
    qtbot.wait(200)
    assert len(said) == 1
    assert said[0] == "Crash recovery is off: Not a directory"
    assert len(window.session.maps) == 2
    home.unlink()


def test_a_start_after_a_crash_offers_to_restore(
    qtbot: QtBot, make: Callable[[], tuple[MainWindow, Recovery]], home: Path, scan_file: Path
) -> None:
    folder = crashed(home, scan_file, "one", 3)
    now = time.time()
    for number, age in ((1, 900), (2, 700), (3, 300)):
        os.utime(folder / f"map-{number}.nii", (now - age, now - age))
    os.utime(folder / "recovered.session.json", (now - 62, now - 62))
    window, recovery = make()
    recovery.offer_sessions()
    qtbot.waitUntil(lambda: recovery.offer_dialog is not None, timeout=LONG)
    what, last_map, view = recovery.offer_dialog.informativeText().splitlines()
    assert what == "head.nii.gz, 3 maps"
    clock = time.strftime("%H:%M:%S", time.localtime(int(now - 300)))
    assert last_map.startswith("Last map saved 5 min ago (")
    assert last_map.endswith(f"{clock})")
    seconds = int(view.removeprefix("View saved ").partition(" s ago")[0])
    assert 62 <= seconds < 80
    press(qtbot, recovery.offer_dialog, "Restore")
    qtbot.waitUntil(lambda: len(window.session.maps) == 3, timeout=LONG)
    assert [layer.map.name for layer in window.session.maps] == ["lost 0", "lost 1", "lost 2"]
    assert all(layer.is_unsaved for layer in window.session.maps)
    assert window.session.view.glass
    qtbot.waitUntil(lambda: not folder.exists(), timeout=LONG)
    (own,) = find_recovery_folders(home)
    assert len(recover(own)[1].maps) == 3
    window.close()
    assert "3 maps are not saved." in window.unsaved_work.question_dialog.informativeText()


def press_key(qtbot: QtBot, box: QMessageBox, key: Qt.Key) -> None:
    """Press a key where the dialog's focus is, as the keyboard does."""
    qtbot.keyClick(box.focusWidget() or box, key)


def test_keys_that_were_meant_for_the_window_do_not_answer_the_offer(
    qtbot: QtBot, make: Callable[[], tuple[MainWindow, Recovery]], home: Path, scan_file: Path
) -> None:
    folder = crashed(home, scan_file, "one", 1)
    window, recovery = make()
    window.show()
    recovery.offer_sessions()
    qtbot.waitUntil(lambda: recovery.offer_dialog is not None, timeout=LONG)
    box = recovery.offer_dialog
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape):
        press_key(qtbot, box, key)
        assert recovery.offer_dialog is box
        assert box.isVisible()
        assert folder.exists()
    assert box.focusWidget() is box.defaultButton()
    qtbot.wait(KEY_DELAY_MS + 100)
    press_key(qtbot, box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.session.maps) == 1, timeout=LONG)


def test_what_is_discarded_by_keys_is_kept_for_some_days(
    qtbot: QtBot, make: Callable[[], tuple[MainWindow, Recovery]], home: Path, scan_file: Path
) -> None:
    folder = crashed(home, scan_file, "one", 2)
    os.utime(folder, (1, 1))
    window, recovery = make()
    window.show()
    said: list[str] = []
    window.controller.message.connect(said.append)
    recovery.offer_sessions()
    qtbot.waitUntil(lambda: recovery.offer_dialog is not None, timeout=LONG)
    box = recovery.offer_dialog
    qtbot.wait(KEY_DELAY_MS + 100)
    while box.focusWidget().text().replace("&", "") != "Discard":
        press_key(qtbot, box, Qt.Key.Key_Down)
    press_key(qtbot, box, Qt.Key.Key_Return)
    kept = home / "discarded" / "one"
    assert said == [f"Discarded; kept for 7 days in {kept}"]
    assert not folder.exists()
    assert len(recover(kept)[1].maps) == 2
    _, later = make()
    later.offer_sessions()
    qtbot.wait(300)
    assert later.offer_dialog is None
    assert kept.exists()
    week = time.time() - 7 * 24 * 3600 - 60
    os.utime(kept, (week, week))
    later.offer_sessions()
    qtbot.waitUntil(lambda: not kept.exists(), timeout=LONG)


def test_discard_moves_aside_and_later_leaves(
    qtbot: QtBot, make: Callable[[], tuple[MainWindow, Recovery]], home: Path, scan_file: Path
) -> None:
    old, new = crashed(home, scan_file, "old", 1), crashed(home, scan_file, "new", 2)
    os.utime(old / "map-1.nii", (1, 1))
    os.utime(old / "recovered.session.json", (1, 1))
    _, recovery = make()
    recovery.offer_sessions()
    qtbot.waitUntil(lambda: recovery.offer_dialog is not None, timeout=LONG)
    first = recovery.offer_dialog
    assert "2 maps" in first.informativeText()
    press(qtbot, first, "Discard")
    assert not new.exists()
    qtbot.waitUntil(lambda: recovery.offer_dialog not in (None, first), timeout=LONG)
    assert "1 map" in recovery.offer_dialog.informativeText()
    press(qtbot, recovery.offer_dialog, "Later")
    qtbot.waitUntil(lambda: recovery.offer_dialog is None, timeout=LONG)
    assert old.exists()
    recovery.offer_sessions()
    qtbot.waitUntil(lambda: recovery.offer_dialog is not None, timeout=LONG)
    qtbot.wait(KEY_DELAY_MS + 100)
    qtbot.keyClick(recovery.offer_dialog, Qt.Key.Key_Escape)
    assert recovery.offer_dialog is None
    assert old.exists()


def test_what_another_window_writes_is_not_offered(
    qtbot: QtBot, make: Callable[[], tuple[MainWindow, Recovery]], home: Path, scan_file: Path
) -> None:
    first, writing = make()
    first.session.set_scan(load_scan(scan_file))
    with qtbot.waitSignal(writing.session_written, timeout=LONG):
        first.session.add_map(computed(first))
    _, recovery = make()
    recovery.offer_sessions()
    qtbot.wait(300)
    assert recovery.offer_dialog is None
    assert len(find_recovery_folders(home)) == 1


def test_a_command_without_a_window_keeps_nothing(
    tmp_path: Path, scan_file: Path, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from viewer.cli import main

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    arguments = ["--model", str(model_file), "--method", "gradient", "--device", "cpu"]
    assert main(["explain", str(scan_file), *arguments, "-o", str(tmp_path / "map.nii.gz")]) == 0
    assert not (tmp_path / "data").exists()


def test_the_home_is_in_the_user_s_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert recovery_home() == tmp_path / "saliency-viewer" / "recovery"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_window_that_is_killed_loses_no_map_that_was_finished(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path, scan_file: Path, model_file: Path
) -> None:
    """Kill a working window at random moments; every map that it had shown is offered afterwards."""
    chance = random.Random(20)
    counts = []
    for number in range(KILLS):
        data = tmp_path / f"data{number}"
        window = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(scan_file), str(model_file)],
            env=os.environ | {"XDG_DATA_HOME": str(data), "XDG_CONFIG_HOME": str(tmp_path / "config")},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert window.stdout is not None
        received = []
        for reached in range(chance.randint(0, 5) + 1):
            received.append(window.stdout.readline())
            assert received[-1] == f"maps {reached}\n"
        time.sleep(chance.uniform(0, 2))
        window.send_signal(signal.SIGKILL)
        received += window.stdout.read().splitlines()
        window.wait()
        shown = int(received[-1].split()[1])
        found = find_recovery_folders(data / "saliency-viewer" / "recovery")
        maps = recover(found[0])[1].maps if found else ()
        counts.append((shown, len(maps)))
        assert not found or recover(found[0])[2] == []
        assert len(maps) >= shown
        assert [one.map.provenance.method for one in maps] == ["smoothgrad"] * len(maps)
    print(f"\nkilled {KILLS} times; maps shown, maps restored: {counts}")
    assert sum(shown for shown, _ in counts) > KILLS
    shown, kept = max(counts)
    number = counts.index((shown, kept))
    opened = make_window()
    recovery = Recovery(
        opened, opened.controller, tmp_path / f"data{number}" / "saliency-viewer" / "recovery"
    )
    recovery.offer_sessions()
    qtbot.waitUntil(lambda: recovery.offer_dialog is not None, timeout=LONG)
    press(qtbot, recovery.offer_dialog, "Restore")
    qtbot.waitUntil(lambda: len(opened.session.maps) == kept, timeout=LONG)
    recovery.close()
