"""The program's start: what is imported when, what is opened, and how it ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from viewer.session.session import Session
from viewer.session.view import DEFAULT_LARGEST_CLUSTERS, Convention, Theme, View
from viewer.window.application import Startup, restore_view
from viewer.window.controller import Controller
from viewer.window.event_loop_monitor import EventLoopMonitor
from viewer.window.main import MainWindow
from viewer.window.preload_libraries import preload
from viewer.window.startup import StartupFiles, StartupTimer

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "scipy", "nibabel", "torch", "vtkmodules", "nilearn", "matplotlib")
FIRST_PAINT = f"""
import sys
from viewer.session.session import Session
from viewer.window import application as app
from viewer.window.controller import Controller
from viewer.window.main import MainWindow
run = app.get_application()
session = Session()
app.themes.apply_theme(run, session.view.theme)
window = MainWindow(session, Controller(session))
def painted():
    print([name for name in {HEAVY!r} if name in sys.modules])
    window.close()
window.painted.connect(painted)
window.show()
run.exec()
"""
WHOLE = """
import sys
from PySide6.QtCore import QTimer
from viewer.window.application import run
from viewer.window.startup import StartupFiles
from viewer.window.startup import StartupTimer
probe = StartupTimer()
def ready(window):
    def look():
        if "map" in probe.times and not window.controller.tasks:
            timer.stop()
            print("torch" in sys.modules, window.windowTitle())
            window.close()
    timer = QTimer(window, interval=20)
    timer.timeout.connect(look)
    timer.start()
print(run(StartupFiles(sys.argv[1], maps=(sys.argv[2],)), timer=probe, on_window=ready))
print(sorted(probe.times))
"""


DEMONSTRATION = """
import sys
from PySide6.QtCore import QTimer
from viewer.window.application import run
from viewer.window.prediction_bars import PredictionBars
from viewer.window.startup import StartupTimer
probe = StartupTimer()
told = []
def ready(window):
    def look():
        if "panels" not in probe.times:
            return
        if "map" in probe.times and not told:
            told.append("torch" in sys.modules)
            told.append(window.display_dock.height() > window.maps_dock.height())
            told.append(window.model_dock.findChild(PredictionBars).accessibleDescription())
        if "prediction" in probe.times or window.file_actions.error_boxes:
            timer.stop()
            session = window.session
            print([dialog.text() for dialog in window.file_actions.error_boxes])
            print(session.scan.name, session.model.card.name, session.current_layer.map.provenance.target)
            print(session.prediction.classes[session.prediction.best], session.can_undo)
            print(told)
            window.close()
    timer = QTimer(window, interval=20)
    timer.timeout.connect(look)
    timer.start()
run(timer=probe, on_window=ready)
"""


CLOSED_AT_ONCE = """
from PySide6.QtCore import QTimer
from viewer.window.application import run
def ready(window):
    window.painted.connect(lambda: QTimer.singleShot(0, window.close))
print(run(on_window=ready))
"""


def started(code: str, *words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """A Python process of its own, with settings of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    ended = started(FIRST_PAINT)
    assert ended.stdout.strip() == "[]", ended.stderr
    assert ended.returncode == 0


def test_files_are_opened_without_torch_and_the_process_ends_cleanly(
    tmp_path: Path, scan_file: Path, map_file: Path
) -> None:
    ended = started(WHOLE, scan_file, map_file, XDG_CONFIG_HOME=str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    said = ["False head · Saliency Viewer", "0", "['box', 'first paint', 'map', 'panels']"]
    assert ended.stdout.splitlines() == said
    assert "Traceback" not in ended.stderr


def test_a_window_that_is_closed_before_its_panels_are_there_says_nothing(tmp_path: Path) -> None:
    ended = started(CLOSED_AT_ONCE, XDG_CONFIG_HOME=str(tmp_path))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "0\n", "")


@pytest.mark.slow
def test_without_anything_named_it_opens_the_demonstration(tmp_path: Path) -> None:
    ended = started(DEMONSTRATION, XDG_CONFIG_HOME=str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "[]",
        "simulated-lesions demo lesion",
        "lesion False",
        # What the network said when the map was made is there before torch is; what it shows has room.
        "[False, True, 'no lesion < 0.1%, lesion > 99.9%']",
    ]


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("Xvfb") is None, reason="there is no Xvfb; install it to try the window on X"
)
def test_the_window_on_a_real_x_server(tmp_path: Path, scan_file: Path, map_file: Path) -> None:
    """The same on the platform that a desktop uses, with OpenGL as VTK finds it there."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        platform = {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": str(tmp_path)}
        environment = {key: value for key, value in os.environ.items() if key != "VTK_DEFAULT_OPENGL_WINDOW"}
        ended = subprocess.run(
            [sys.executable, "-c", WHOLE, str(scan_file), str(map_file)],
            cwd=ROOT,
            env=environment | platform,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if "Could not load the Qt platform plugin" in ended.stderr:
            pytest.skip("Qt's xcb platform lacks a library here: " + ended.stderr.strip().splitlines()[0])
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.splitlines()[:2] == ["False head · Saliency Viewer", "0"]
    finally:
        server.terminate()
        server.wait(10)


def test_the_last_theme_and_sides_are_kept(tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)
    assert restore_view(settings) == View(largest_clusters=DEFAULT_LARGEST_CLUSTERS)
    settings.setValue("theme", "light")
    settings.setValue("convention", "radiological")
    assert restore_view(settings) == View(
        theme=Theme.LIGHT, convention=Convention.RADIOLOGICAL, largest_clusters=DEFAULT_LARGEST_CLUSTERS
    )
    settings.setValue("theme", "pink")
    settings.setValue("convention", "")
    assert restore_view(settings) == View(largest_clusters=DEFAULT_LARGEST_CLUSTERS)


def test_the_box_comes_after_the_first_paint(qtbot: QtBot, scan_file: Path) -> None:
    session = Session()
    window = MainWindow(session, Controller(session, "cpu"))
    qtbot.addWidget(window)
    probe = StartupTimer()
    opening = Startup(window, probe)
    opening.set_files(StartupFiles(scan_file))
    window.show()
    qtbot.waitUntil(lambda: "box" in probe.times, timeout=60_000)
    assert session.scan is not None
    assert session.scan.name == "head"
    assert probe.times["first paint"] < probe.times["box"]
    window.close()
    opening.close()


def test_a_network_is_loaded_once(
    qtbot: QtBot, scan_file: Path, model_file: Path, map_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session()
    window = MainWindow(session, Controller(session, "cpu"))
    qtbot.addWidget(window)
    opened: list[object] = []
    monkeypatch.setattr(window.controller, "open_model", opened.append)
    probe = StartupTimer()
    opening = Startup(window, probe)
    opening.set_files(StartupFiles(scan_file, model_file))
    window.show()
    qtbot.waitUntil(lambda: "box" in probe.times, timeout=60_000)
    window.controller.open_map(map_file)
    qtbot.waitUntil(lambda: "map" in probe.times, timeout=60_000)
    qtbot.waitUntil(lambda: bool(opened), timeout=10_000)
    qtbot.wait(100)
    assert opened == [model_file]
    window.close()
    opening.close()


def test_what_cannot_be_opened_early_is_left_to_its_import() -> None:
    preload(("no_such_package", "*.so"), ("numpy", "no such file.so"), ("numpy", "__init__.py"))


def test_a_gap_that_is_still_open_counts(qtbot: QtBot) -> None:
    import time

    heart = EventLoopMonitor()
    heart.start()
    time.sleep(0.12)
    assert max(heart.stop()) >= 115
