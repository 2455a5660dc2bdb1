"""Examples of the File menu: what the program does, shown on built-in scans and networks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from viewer.session.demo import demo_files, demo_view, restrict_demo_view
from viewer.window.controller import Controller
from viewer.window.preparation_dock import PreparationDock

RAW_HEAD = "simulated-head"
"""Scan of the example of preparation; it is simulated, and lies as a scanner delivers it."""


class Examples(QObject):
    """Opener of the examples; maps that are in the list stay.

    Parameters
    ----------
    controller
        Opens their files.
    preparation
        Panel that the example of preparation shows.
    """

    def __init__(self, controller: Controller, preparation: PreparationDock, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._session = controller.session
        self._preparation = preparation
        self._restricted = False

    def set_view_restricted(self) -> None:
        """Say that the demonstration's view is restricted to its own map already."""
        self._restricted = True

    def open_demonstration(self) -> None:
        """Open the demonstration: a simulated scan with lesions, its network and a map."""
        scan, model, shipped_map = demo_files()
        session = self._session

        def scan_shown() -> None:
            # A new scan moves the crosshair to its centre.
            if session.scan is None or str(session.scan.path) != scan:
                return
            stop()
            view = demo_view(session.view)
            session.reset_view(view)
            if not self._restricted:
                self._restricted = True
                restrict_demo_view(session, view, shipped_map)

        stop = session.subscribe(scan_shown, "scan")
        self._controller.open_scan(scan)
        if shipped_map is not None:
            self._show_map(shipped_map)
        self._controller.open_model(model)

    def _show_map(self, path: Path) -> None:
        for index, layer in enumerate(self._session.maps):
            if layer.map.path == path:
                self._session.select_map(index)
                return
        self._controller.open_map(path)

    def open_raw_head(self) -> None:
        """Open the simulated head and a network that wants it prepared, and show how that is done."""
        _, model, _ = demo_files()
        self._controller.open_scan(RAW_HEAD)
        self._controller.open_model(model)
        self._preparation.show()
        self._preparation.raise_()
        self._controller.message.emit(
            self.tr("A simulated head as it comes from the scanner. Press Prepare to prepare it.")
        )
