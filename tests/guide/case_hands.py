"""Mouse and keyboard that follow a worked case: those of Qt's tests, or real ones through xdotool."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

LEFT = Qt.MouseButton.LeftButton
KEYS = {
    "Return": Qt.Key.Key_Return,
    "Tab": Qt.Key.Key_Tab,
    "Home": Qt.Key.Key_Home,
    "Esc": Qt.Key.Key_Escape,
    "Up": Qt.Key.Key_Up,
    "Down": Qt.Key.Key_Down,
}


class Hands:
    """Mouse and keyboard of Qt's tests. Each act is posted: one that opens a dialog ends when that closes."""

    def click(self, widget: QWidget, place: QPoint) -> None:
        """Click with the left button."""
        self._post(lambda: QTest.mouseClick(widget, LEFT, pos=place))

    def drag(self, widget: QWidget, begin: QPoint, end: QPoint) -> None:
        """Press the left button, move, and let go."""

        def act() -> None:
            QTest.mousePress(widget, LEFT, pos=begin)
            for step in range(1, 5):
                QTest.mouseMove(widget, begin + (end - begin) * step / 4)
            QTest.mouseRelease(widget, LEFT, pos=end)

        self._post(act)

    def wheel(self, widget: QWidget, notches: int) -> None:
        """Turn the wheel over the middle of a widget; up is positive."""
        place, turn = QPointF(widget.rect().center()), 120 if notches > 0 else -120

        def act() -> None:
            for _ in range(abs(notches)):
                event = QWheelEvent(
                    place, widget.mapToGlobal(place), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
                    Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
                )  # fmt: skip
                QApplication.sendEvent(widget, event)

        self._post(act)

    def type(self, widget: QWidget, text: str, end: str = "Tab") -> None:
        """Type into a widget that has the focus, in place of what is there, and a last key."""

        # After a dialog no window is active where no window manager makes one so.
        widget.window().activateWindow()

        def act() -> None:
            focused = QApplication.focusWidget() or widget
            QTest.keySequence(focused, QKeySequence.StandardKey.SelectAll)
            QTest.keyClicks(focused, text)
            QTest.keyClick(focused, KEYS[end])

        self._post(act)

    def key(self, widget: QWidget, name: str) -> None:
        """Press a key in what has the focus; in a widget where nothing has."""

        def act() -> None:
            focused = QApplication.focusWidget() or widget
            if name in KEYS:
                QTest.keyClick(focused, KEYS[name])
            else:
                QTest.keySequence(focused, QKeySequence(name))

        # Shortcuts are those of the active window, and no window manager made it so.
        widget.window().activateWindow()
        self._post(act)

    @staticmethod
    def _post(act: Callable[[], object]) -> None:
        QTimer.singleShot(20, act)


class RealHands(Hands):
    """Mouse and keyboard of the display: what a person's would do, through xdotool."""

    def click(self, widget: QWidget, place: QPoint) -> None:
        """Click with the left button."""
        self._xdotool("mousemove", *self._global(widget, place), "click", "1")

    def drag(self, widget: QWidget, begin: QPoint, end: QPoint) -> None:
        """Press the left button, move, and let go."""
        words: list[object] = ["mousemove", *self._global(widget, begin), "mousedown", "1"]
        for step in range(1, 5):
            words += ["mousemove", *self._global(widget, begin + (end - begin) * step / 4), "sleep", "0.1"]
        self._xdotool(*words, "mouseup", "1")

    def wheel(self, widget: QWidget, notches: int) -> None:
        """Turn the wheel over the middle of a widget; up is positive."""
        button = 4 if notches > 0 else 5
        place = self._global(widget, widget.rect().center())
        self._xdotool("mousemove", *place, "click", "--repeat", abs(notches), "--delay", "120", button)

    def type(self, widget: QWidget, text: str, end: str = "Tab") -> None:
        """Type into a widget that has the focus, in place of what is there, and a last key."""
        self._xdotool("key", "ctrl+a", "type", "--args", "1", "--delay", "5", text, "key", end)

    def key(self, widget: QWidget, name: str) -> None:
        """Press a key in what has the focus; in a widget where nothing has."""
        self._xdotool("key", {"Esc": "Escape"}.get(name, name))

    @staticmethod
    def _global(widget: QWidget, place: QPoint) -> tuple[int, int]:
        found = widget.mapToGlobal(place)
        return found.x(), found.y()

    @staticmethod
    def _xdotool(*words: object) -> None:
        # Not waited for: the window has to answer it meanwhile.
        subprocess.Popen([shutil.which("xdotool") or "xdotool", *map(str, words)])


def make_hands() -> Hands:
    """Return real hands on an X display that has xdotool, those of Qt's tests elsewhere."""
    real = QGuiApplication.platformName() == "xcb" and shutil.which("xdotool") and os.environ.get("DISPLAY")
    return RealHands() if real else Hands()
