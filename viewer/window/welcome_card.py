"""Card of the first start: three steps from a scan to a map, over a corner of the box."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSettings, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from viewer.session.demo import SCAN

if TYPE_CHECKING:
    from viewer.window.main import MainWindow

SEEN = "welcome seen"
WIDTH = 350
MARGIN = 12


class WelcomeCard(QFrame):
    """Three steps with a button each; closed permanently by Close, or when a map is computed.

    Parameters
    ----------
    window
        Window whose box is partly covered.
    settings
        Storage that records that the card was closed.
    """

    def __init__(self, window: MainWindow, settings: QSettings) -> None:
        super().__init__(window.box)
        self._window, self._settings = window, settings
        self.setObjectName("welcome")
        self.setAccessibleName(self.tr("First steps"))
        self.setAutoFillBackground(True)
        steps: tuple[tuple[str, str, Callable[[], object]], ...] = (
            (
                self.tr("Open scan …"),
                self.tr("Your scan: a file, or drag it here."),
                window.file_actions.open_scan,
            ),
            (
                self.tr("Open model …"),
                self.tr("A network. A check shows whether the scan fits it."),
                window.file_actions.open_model,
            ),
            (
                self.tr("Compute"),
                self.tr("Choose a method on the left, then compute its map."),
                window.method_dock.compute,
            ),
        )
        grid = QGridLayout()
        grid.setColumnStretch(2, 1)
        self.step_buttons: list[QPushButton] = []
        for row, (title, text, action) in enumerate(steps):
            button = QPushButton(title)
            button.clicked.connect(lambda _checked=False, action=action: action())
            self.step_buttons.append(button)
            grid.addWidget(_make_wrapped_label(f"{row + 1}", "title"), row, 0)
            grid.addWidget(button, row, 1)
            grid.addWidget(_make_wrapped_label(text), row, 2)
        grid.setColumnMinimumWidth(0, 16)
        self.guide_button = QPushButton(self.tr("Guide"))
        self.close_button = QPushButton(self.tr("Close"))
        footer = QHBoxLayout()
        footer.addStretch(1)
        footer.addWidget(self.guide_button)
        footer.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.addWidget(_make_wrapped_label(self.tr("Three steps"), "title"))
        self.scan_note = _make_wrapped_label(
            self.tr("This is the demonstration, with a simulated scan."), "quiet"
        )
        column.addWidget(self.scan_note)
        column.addLayout(grid)
        column.addLayout(footer)
        self.guide_button.clicked.connect(lambda: window.menus.show_guide())
        self.close_button.clicked.connect(self._close_permanently)
        window.box.installEventFilter(self)
        self._subscriptions = (
            window.session.subscribe(self._on_scan_changed, "scan"),
            window.session.subscribe(self._on_maps_changed, "maps"),
        )
        self._on_scan_changed()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the card in the corner, and hide it in presentation mode."""
        if event.type() == QEvent.Type.Resize:
            self._update_position()
        return False

    def _on_scan_changed(self) -> None:
        scan = self._window.session.scan
        self.scan_note.setVisible(scan is not None and str(scan.path) == SCAN)
        self._update_position()

    def _on_maps_changed(self) -> None:
        maps = self._window.session.maps
        if any(layer.map.finished and layer.file is None and not layer.archived for layer in maps):
            self._close_permanently()

    def _update_position(self) -> None:
        box = self._window.box
        self.setFixedWidth(min(WIDTH, box.width() - 2 * MARGIN))
        self.setFixedHeight(self.heightForWidth(self.width()))
        self.move(MARGIN, max(box.height() - self.height() - MARGIN, 0))
        full = bool(self._window.windowState() & Qt.WindowState.WindowFullScreen)
        self.setVisible(not full and box.height() > self.height() + 2 * MARGIN)

    def _close_permanently(self) -> None:
        self._settings.setValue(SEEN, True)
        for unsubscribe in self._subscriptions:
            unsubscribe()
        self._window.box.removeEventFilter(self)
        self.hide()
        self.deleteLater()


def _make_wrapped_label(text: str, role: str = "") -> QLabel:
    """Return a label with word wrap."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setProperty("role", role)
    return label


def show_on_first_start(window: MainWindow, settings: QSettings) -> WelcomeCard | None:
    """Show the card if it was never closed; return it, or None."""
    return None if settings.contains(SEEN) else WelcomeCard(window, settings)
