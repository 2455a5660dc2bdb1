"""The worked cases of the guide, followed word by word in a window, end where they say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.guide.case_follower import CaseFollower
from tests.guide.case_hands import make_hands
from tests.guide.case_steps import Step, ending_files, read_steps
from viewer.guide.contents import CASES, guide_pages
from viewer.session.session import Session
from viewer.session.view import Theme, View
from viewer.window import theme as themes
from viewer.window.application import get_application
from viewer.window.controller import Controller
from viewer.window.main import MainWindow

PICTURES = "CASE_PICTURES"
"""Environment variable: a folder for a picture of the screen after every step, on a display of its own."""


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    return get_application()


@pytest.fixture
def window(qapp: QApplication) -> Iterator[MainWindow]:
    from viewer.scene.box import BoxScene

    themes.apply_theme(qapp, Theme.DARK)
    session = Session(View(theme=Theme.DARK))
    found = MainWindow(session, Controller(session, device="cpu"))
    found.build()
    found.show()
    found.activateWindow()
    # A window manager frames and moves it first: a click would miss.
    QTest.qWaitForWindowActive(found)
    QTest.qWait(500)
    found.box.start(BoxScene)
    found.method_dock.fill_methods()
    found.checks_dock.fill_checks()
    yield found
    found.shut_down()
    found.close()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", CASES)
def test_a_case_ends_where_it_says(name: str, window: MainWindow, tmp_path: Path) -> None:
    page = guide_pages()[name].read()
    steps = read_steps(page)
    folder = Path(os.environ.get(PICTURES, ""))

    def picture(number: int, step: Step) -> None:
        if PICTURES in os.environ:
            screen = window.screen()
            assert screen is not None
            folder.mkdir(exist_ok=True)
            shown = screen.grabWindow(0)
            shown.save(str(folder / f"{name.rpartition('/')[2]}-{number:02d}-{step.kind}.png"))

    CaseFollower(window, make_hands(), tmp_path, picture).follow(steps)
    assert not window.file_actions.error_boxes
    assert QApplication.activeModalWidget() is None
    ending = ending_files(page)
    assert ending
    assert all((tmp_path / file).stat().st_size > 500 for file in ending)
