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
    preparation, study, compare
        Panels shown by the examples of preparation, a study and a comparison.
    """

    def __init__(
        self,
        controller: Controller,
        preparation: PreparationDock,
        study: StudyDock,
        compare: CompareDock,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._session = controller.session
        self._preparation = preparation
        self._study = study
        self._compare = compare
        self._restricted = False

    def set_view_restricted(self) -> None:
        """Record that the demonstration's view is already restricted to its own map."""
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
        """Open the simulated head and a network that needs it prepared, and show the preparation panel."""
        _, model, _ = demo_files()
        self._controller.open_scan(RAW_HEAD)
        self._controller.open_model(model)
        self._preparation.show()
        self._preparation.raise_()
        self._controller.message.emit(
            self.tr("A simulated head as it comes from the scanner. Press Prepare to prepare it.")
        )

    def open_comparison(self) -> None:
        """Open the demonstration, and compare its map with one of another method."""
        first, second = demo_files()[2], comparison_map()
        session = self._session

        def maps_shown() -> None:
            """Compare as soon as the scan and both maps are open, whichever comes last."""
            indices = {layer.map.path: index for index, layer in enumerate(session.maps)}
            is_open = session.scan is not None and str(session.scan.path) == SCAN
            if not is_open or first not in indices or second not in indices:
                return
            stop()
            session.select_map(indices[first])
            session.change(compared=indices[second])
            self._compare.show()
            self._compare.raise_()

        self.open_demonstration()
        stop = session.subscribe(maps_shown, "scan", "maps")
        if second is not None:
            self._show_map(second)
        maps_shown()

    def open_study(self) -> None:
        """Simulate a PET study, then train and map it as in 1995; the study panel shows the progress."""
        self._study.show()
        self._study.raise_()
        if self._study.runner.is_running:
            self._controller.message.emit(self.tr("A study is already running."))
            return

        def work(progress: Progress) -> StudyTable:
            from viewer.session.study_config import make_simulated_table

            return make_simulated_table(STUDY)

        def done(listing: StudyTable) -> None:
            from viewer.methods.morch_1995.study_plan import StudyPlan

            if not self._study.runner.is_running:
                self._study.start(listing, StudyPlan(approximations=()))

        self._controller.run(work, self.tr("Reading the study"), done)
