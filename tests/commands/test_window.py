from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from viewer.cli import main
from viewer.commands import demo, display, window
from viewer.commands.display import has_display
from viewer.window.startup import StartupFiles

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("environment", "platform", "is_there"),
    [
        ({}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"DISPLAY": ":77"}, "linux", False),
        ({"DISPLAY": ":5"}, "linux", True),
        ({"DISPLAY": "unix:5.0"}, "linux", True),
        ({"DISPLAY": "nonsense"}, "linux", False),
        ({"DISPLAY": ":5", "QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "linux", True),
        ({"DISPLAY": ":5", "QT_QPA_PLATFORM": "xcb"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-9"}, "linux", False),
    ],
)
def test_whether_there_is_a_screen(
    environment: dict[str, str],
    platform: str,
    is_there: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(display, "X_SOCKETS", tmp_path)
    (tmp_path / "wayland-0").touch()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "X5"))
        server.listen()
        assert has_display({"XDG_RUNTIME_DIR": str(tmp_path), **environment}, platform) is is_there


def test_a_server_that_is_gone_is_no_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "X_SOCKETS", tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "X5"))
    assert not has_display({"DISPLAY": ":5"}, "linux")


def test_without_a_screen_the_window_says_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "has_display", lambda: False)
    answer = run()
    assert answer.status == 1
    assert answer.err == (
        "saliency-viewer: window: there is no display to open it on; "
        'set DISPLAY, or draw with "saliency-viewer figure"\n'
    )


@pytest.mark.parametrize("words", [(), ("demo",)])
def test_a_platform_that_qt_has_not_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Qt would end the program with a core dump."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "nonsense")
    for name in ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH"):
        monkeypatch.delenv(name, raising=False)
    answer = run(*words)
    assert answer.status == 1
    name = " ".join(("saliency-viewer", *words))
    assert answer.err == f"{name}: QT_QPA_PLATFORM: Qt has no platform 'nonsense' here; unset it\n"


@pytest.mark.parametrize("name", ["xcb", "wayland", "wayland-egl", "vnc", "eglfs", "linuxfb"])
def test_platforms_that_qt_has_are_not_refused(name: str) -> None:
    has_display({"QT_QPA_PLATFORM": name}, "linux")


def test_a_file_that_is_not_there_opens_no_window(run: Run, scan_file: Path) -> None:
    for words in (
        ["no.nii.gz"],
        [scan_file, "--map", "no.nii.gz"],
        ["--session", "no.nii.gz"],
        ["--cohort", "no.nii.gz"],
    ):
        answer = run(*words)
        assert (answer.status, answer.err) == (1, "saliency-viewer: no.nii.gz: file not found\n")


def test_the_window_is_given_what_was_named(
    run: Run, scan_file: Path, map_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(window, "has_display", lambda: True)
    monkeypatch.setattr("viewer.window.launch.open_window", lambda **words: given.update(words) or 0)
    assert (
        run(
            *(scan_file, "--model", "demo", "--map", map_file, "--map", map_file),
            *("--cohort", map_file.parent, "--device", "cpu"),
        ).status
        == 0
    )
    cohort = str(map_file.parent)
    assert given == {
        "files": StartupFiles(str(scan_file), "demo", (str(map_file), str(map_file)), cohort=cohort),
        "device": "cpu",
        "language": None,
    }
    assert run(scan_file, "--language", "de").status == 0
    assert given["language"] == "de"


def test_the_demonstration_opens_where_there_is_a_screen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(demo, "has_display", lambda: True)
    monkeypatch.setattr("viewer.window.launch.open_window", lambda **words: given.update(words) or 7)
    assert run("demo").status == 7
    assert given == {"language": None}
    assert run("demo", "--language", "de").status == 7
    assert given == {"language": "de"}


def test_several_images_and_numbers_are_handed_over(monkeypatch: pytest.MonkeyPatch, scan_file: Path) -> None:
    opened: dict[str, object] = {}
    monkeypatch.setattr("viewer.commands.window.has_display", lambda: True)
    monkeypatch.setattr("viewer.window.launch.open_window", lambda **given: opened.update(given) or 0)
    words = [f"T1={scan_file}", f"FLAIR={scan_file}", "--set-covariate", "age=71"]
    assert main(words) == 0
    images = (("T1", str(scan_file)), ("FLAIR", str(scan_file)))
    assert opened["files"] == StartupFiles(images=images, covariates=(("age", 71.0),))
    assert main([str(scan_file), "--channels", "T1,FLAIR"]) == 0
    assert opened["files"] == StartupFiles(str(scan_file), channels=("T1", "FLAIR"))
    assert main([*words[:2], "--channels", "T1,FLAIR"]) == 2
    assert main([*words[:2], "--align"]) == 0
    assert opened["files"] == StartupFiles(images=images, align=True)
    assert main([str(scan_file), "--align"]) == 2
    assert main([f"T1={scan_file}.not", f"FLAIR={scan_file}"]) == 1


def test_a_file_that_was_clicked_is_opened_as_what_it_is(
    monkeypatch: pytest.MonkeyPatch, scan_file: Path, map_file: Path, model_file: Path, tmp_path: Path
) -> None:
    opened: dict[str, object] = {}
    monkeypatch.setattr("viewer.commands.window.has_display", lambda: True)
    monkeypatch.setattr("viewer.window.launch.open_window", lambda **given: opened.update(given) or 0)
    archive = tmp_path / "a.session.zip"
    archive.touch()
    for path, files in (
        (scan_file, StartupFiles(str(scan_file))),
        (map_file, StartupFiles(maps=(str(map_file),))),
        (model_file, StartupFiles(model=str(model_file))),
        (archive, StartupFiles(session=str(archive))),
    ):
        assert main([str(path)]) == 0
        assert opened["files"] == files
