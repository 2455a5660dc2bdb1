"""Outlines of the preparation and of predicted bodies over the slices and on the walls of the box."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.session.session import Session

if TYPE_CHECKING:
    from viewer.preparation.prepared import Prepared
    from viewer.progress import Progress
    from viewer.scene.brain_outlines import BrainOutlines, Bytes
    from viewer.window.background_tasks import TaskRunner


class OutlineDisplay(QObject):
    """Provider of the outlines of the session's preparation, which are computed when first shown.

    Parameters
    ----------
    session
        Session that is followed.
    tasks
        Runs the resampling of the template to the scan.
    """

    changed = Signal(object)
    """Emitted with the `BrainOutlines` of the current scan; None if there are none."""

    def __init__(self, session: Session, tasks: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._tasks = tasks
        self._computed_outlines: tuple[Prepared, BrainOutlines] | None = None
        self._requested_preparation: Prepared | None = None
        self._prediction_outlines: tuple[Bytes | None, Bytes | None] = (None, None)
        session.subscribe(self.update, "preparation", "template_outline", "mask_outline")

    @property
    def outlines(self) -> BrainOutlines | None:
        """The outlines of the current preparation; None until they are computed."""
        computed = self._computed_outlines
        return computed[1] if computed is not None and computed[0] is self._session.preparation else None

    def set_prediction(self, all_bodies: Bytes | None, chosen_body: Bytes | None) -> None:
        """Show the outlines of all predicted bodies and of the chosen one on the scan's grid, or none."""
        if all_bodies is not self._prediction_outlines[0] or chosen_body is not self._prediction_outlines[1]:
            self._prediction_outlines = all_bodies, chosen_body
            self._emit_outlines()

    def _emit_outlines(self) -> None:
        """Emit the outlines of the preparation and of the prediction together."""
        outlines, scan, (bodies, body) = self.outlines, self._session.scan, self._prediction_outlines
        if scan is None or (bodies is None and body is None):
            self.changed.emit(outlines)
            return
        from viewer.scene.brain_outlines import BrainOutlines

        outlines = outlines or BrainOutlines(scan.grid)
        if (bodies is None or bodies.shape == scan.grid.shape) and outlines.grid.same_as(scan.grid):
            outlines = replace(outlines, prediction=bodies, body=body)
        self.changed.emit(outlines)

    def update(self) -> None:
        """Emit the outlines; if they are shown but missing, compute them in the background and emit again."""
        prepared, view = self._session.preparation, self._session.view
        self._emit_outlines()
        if prepared is None:
            self._computed_outlines = self._requested_preparation = None
        is_shown = view.template_outline or view.mask_outline
        if (
            prepared is None
            or not is_shown
            or self.outlines is not None
            or self._requested_preparation is prepared
        ):
            return
        self._requested_preparation = prepared

        def compute_outlines(progress: Progress) -> BrainOutlines:
            from viewer.scene.brain_outlines import BrainOutlines

            return BrainOutlines.from_prepared(prepared)

        def set_outlines(outlines: BrainOutlines) -> None:
            if self._session.preparation is prepared:
                self._computed_outlines = (prepared, outlines)
                self._emit_outlines()

        self._tasks.run(compute_outlines, self.tr("Drawing outlines"), set_outlines)
