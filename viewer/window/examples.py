"""Examples of the File menu, on built-in scans and networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from viewer.session.demo import SCAN, comparison_map, demo_files, demo_view, restrict_demo_view
from viewer.window.compare_dock import CompareDock
from viewer.window.controller import Controller
from viewer.window.preparation_dock import PreparationDock
from viewer.window.study_dock import StudyDock

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.session.study_config import StudyTable

RAW_HEAD = "simulated-head"
"""Simulated scan of the preparation example, positioned as a scanner delivers it."""

STUDY = "saccades"
"""Simulated study of the example after Mørch et al. (1995)."""


class Examples(QObject):
    """Opener of the examples; maps in the list are kept.

    Parameters
    ----------
    controller
        Opens their files.
    preparation_dock, study_dock, compare_dock
        Panels shown by the examples of preparation, a study and a comparison.
    """

    def __init__(
        self,
        controller: Controller,
        preparation_dock: PreparationDock,
        study_dock: StudyDock,
        compare_dock: CompareDock,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._session = controller.session
        self._preparation_dock = preparation_dock
        self._study_dock = study_dock
        self._compare_dock = compare_dock
        self._is_view_restricted = False

    def set_view_restricted(self) -> None:
        """Record that the demonstration's view is already restricted to its own map."""
        self._is_view_restricted = True

    def open_demonstration(self) -> None:
        """Open the demonstration: a simulated scan with lesions, its network and a map."""
        scan, model, shipped_map = demo_files()
        session = self._session

        def on_scan_changed() -> None:
            # A new scan moves the crosshair to its centre.
            if session.scan is None or str(session.scan.path) != scan:
                return
            stop()
            view = demo_view(session.view)
            session.reset_view(view)
            if not self._is_view_restricted:
                self._is_view_restricted = True
                restrict_demo_view(session, view, shipped_map)

        stop = session.subscribe(on_scan_changed, "scan")
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
        """Open the simulated head and a network that needs it prepared, and show the preparation panel."""
        _, model, _ = demo_files()
        self._controller.open_scan(RAW_HEAD)
        self._controller.open_model(model)
        self._preparation_dock.show()
        self._preparation_dock.raise_()
        self._controller.message.emit(
            self.tr("A simulated head as it comes from the scanner. Press Prepare to prepare it.")
        )

    def open_comparison(self) -> None:
        """Open the demonstration, and compare its map with one of another method."""
        first, second = demo_files()[2], comparison_map()
        session = self._session

        def compare_when_open() -> None:
            """Compare as soon as the scan and both maps are open, whichever comes last."""
            indices = {layer.map.path: index for index, layer in enumerate(session.maps)}
            is_open = session.scan is not None and str(session.scan.path) == SCAN
            if not is_open or first not in indices or second not in indices:
                return
            stop()
            session.select_map(indices[first])
            session.change(compared=indices[second])
            self._compare_dock.show()
            self._compare_dock.raise_()

        self.open_demonstration()
        stop = session.subscribe(compare_when_open, "scan", "maps")
        if second is not None:
            self._show_map(second)
        compare_when_open()

    def open_study(self) -> None:
        """Simulate a PET study, then train and map it as in 1995; the study panel shows the progress."""
        self._study_dock.show()
        self._study_dock.raise_()
        if self._study_dock.runner.is_running:
            self._controller.message.emit(self.tr("A study is already running."))
            return

        def make_table(progress: Progress) -> StudyTable:
            from viewer.session.study_config import make_simulated_table

            return make_simulated_table(STUDY)

        def start_study(study_table: StudyTable) -> None:
            from viewer.methods.morch_1995.study_plan import StudyPlan

            if not self._study_dock.runner.is_running:
                self._study_dock.start(study_table, StudyPlan(approximations=()))

        self._controller.run(make_table, self.tr("Reading the study"), start_study)
