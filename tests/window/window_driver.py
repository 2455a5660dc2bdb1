"""A window with a scan, two maps and a network, and the hands that operate it: mouse, wheel and keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QDockWidget, QWidget

from tests.window.conftest import AFFINE, SHAPE
from viewer.scans.threshold import Threshold
from viewer.session.session import Session
from viewer.session.view import Theme, View
from viewer.window.controller import Controller
from viewer.window.main import MainWindow

PATIENCE = 60.0
PICTURE = (160, 120)
LEFT = Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier


def blob(centre: tuple[float, float, float], width: float) -> npt.NDArray[np.float64]:
    """Return a Gaussian around a point in mm on the grid of the tests' scan, no two values alike."""
    voxels = np.stack(np.meshgrid(*[np.arange(n) for n in SHAPE], indexing="ij"), axis=-1)
    offsets = voxels @ AFFINE[:3, :3].T + AFFINE[:3, 3] - np.array(centre)
    return np.exp(-(offsets**2).sum(axis=-1) / (2 * width**2))


def write_map(path: Path, shift: float) -> Path:
    """Write a map with a strong body above zero on the right and a weak one below zero on the left."""
    values = 2.0 * blob((24 + shift, 20.3, 9.7), 8) - 1.0 * blob((-22.7, shift, 3.1), 6)
    nibabel.save(nibabel.Nifti1Image(values.astype(np.float32), AFFINE), path)
    return path


class WindowDriver:
    """Operates a window as a person does, and says what is shown.

    Parameters
    ----------
    folder
        Where the two maps are written.
    """

    def __init__(self, theme: Theme, scan: Path, model: Path, folder: Path) -> None:
        from viewer.scene.box import BoxScene
        from viewer.window import theme as themes

        self.session = Session(View(theme=theme))
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        themes.apply_theme(app, theme)
        self.window = window = MainWindow(self.session, Controller(self.session, device="cpu"))
        self.controller = window.controller
        self.failed: list[str] = []
        self.controller.failed.connect(lambda title, line: self.failed.append(f"{title}: {line}"))
        window.build()
        window.resize(1000, 700)
        window.show()
        window.box.start(BoxScene)
        window.method_dock.fill_methods()
        window.checks_dock.fill_checks()
        self.scan = scan
        self.maps = (write_map(folder / "first.nii", 0.0), write_map(folder / "second.nii", 5.0))
        self.controller.open_scan(scan)
        self.rest()
        self.first_scan = self.session.scan
        for path in self.maps:
            self.controller.open_map(path)
            self.rest()
        self.controller.open_model(model)
        self.wait(lambda: self.session.prediction is not None)
        self.session.select_map(0)
        self.rest()
        self.start = View(theme=theme, crosshair=(24.0, 20.0, 9.0), threshold=Threshold("percentile", 98.0))
        self.reset()

    def reset(self) -> None:
        """Show it all as at the beginning."""
        for dialog in self.window.file_actions.error_boxes:
            dialog.close()
        self.failed.clear()
        if self.session.scan is not self.first_scan:
            self.session.set_scan(self.first_scan)
        while len(self.session.maps) > 2:
            self.session.remove_map(2)
        for place in range(2):
            self.session.set_visible(place, True)
        self.session.select_map(0)
        self.session.reset_view(self.start)
        # Maps that a test computed cannot come back.
        self.session._history.clear()
        self.rest()

    # Time

    def wait(self, there: Callable[[], bool]) -> None:
        """Go on once something is so."""
        until = time.monotonic() + PATIENCE
        while not there():
            assert time.monotonic() < until, "waited in vain"
            QTest.qWait(2)

    def rest(self) -> None:
        """Wait until nothing is done in the background any more."""
        QApplication.processEvents()
        self.wait(lambda: not self.controller.tasks)
        QApplication.processEvents()

    # Hands

    def dock(self, widget: QWidget) -> None:
        """Bring the panel of a control to the front."""
        parent: QWidget | None = widget
        while parent is not None and not isinstance(parent, QDockWidget):
            parent = parent.parentWidget()
        if parent is not None:
            parent.show()
            parent.raise_()
            QApplication.processEvents()

    def click(self, widget: QWidget, place: QPoint | None = None) -> None:
        """Click, on its left part: what a tick box heeds is not its whole width."""
        self.dock(widget)
        QTest.mouseClick(widget, LEFT, NO_KEYS, place or QPoint(8, widget.height() // 2))
        self.rest()

    def press(self, widget: QWidget, key: Qt.Key, times: int = 1) -> None:
        """Press a key in a control that has the focus."""
        self.dock(widget)
        widget.setFocus()
        for _ in range(times):
            QTest.keyClick(widget, key)
        self.rest()

    def choose(self, combo: QComboBox, index: int) -> None:
        """Take an entry of a list with the arrows."""
        step = Qt.Key.Key_Down if index > combo.currentIndex() else Qt.Key.Key_Up
        self.press(combo, step, abs(index - combo.currentIndex()))
        assert combo.currentIndex() == index

    def type(self, box: QAbstractSpinBox, words: str) -> None:
        """Type a number in place of the one that is there, and Return."""
        self.dock(box)
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, words)
        QTest.keyClick(box, Qt.Key.Key_Return)
        self.rest()

    def wheel(self, widget: QWidget, notches: int) -> None:
        """Turn the wheel over a control."""
        place = QPointF(widget.width() / 2, widget.height() / 2)
        event = QWheelEvent(
            place, widget.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
            NO_KEYS, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
        self.rest()

    def drag(self, widget: QWidget, places: list[QPoint]) -> None:
        """Press at the first place, move over the others, and let go at the last."""
        self.dock(widget)
        QTest.mousePress(widget, LEFT, NO_KEYS, places[0])
        for place in places[1:]:
            QTest.mouseMove(widget, place)
            QApplication.processEvents()
        QTest.mouseRelease(widget, LEFT, NO_KEYS, places[-1])
        self.rest()

    def undo(self) -> None:
        """Choose Undo in the menu."""
        undo = self.window.menus._undo_action
        assert undo.isEnabled()
        undo.trigger()
        self.rest()

    # What is shown

    @property
    def view(self) -> View:
        """How it is shown."""
        return self.session.view

    def shot(self) -> dict[str, bytes]:
        """Return the pixels of the box and of the slices."""
        self.rest()
        scene = self.window.box.scene
        assert scene is not None
        # How high words are at least depends on how large the window's own picture was drawn last.
        scene.set_min_text_height(11.0)
        slices = [view.grab().toImage() for view in self.window.slices]
        return {
            "box": scene.render(*PICTURE, 2).tobytes(),
            "slices": b"".join(bytes(image.constBits()) for image in slices),
        }

    def close(self) -> None:
        """Shut the window."""
        self.window.shut_down()
        self.window.close()
        # Another theme would dress it, too.
        self.window.deleteLater()
        QApplication.sendPostedEvents(self.window, QEvent.Type.DeferredDelete)


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Return which parts of what is shown are not the same."""
    return {name for name in before if before[name] != after[name]}
