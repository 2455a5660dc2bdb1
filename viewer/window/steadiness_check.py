"""Check of a prediction's stability, run while no long task is running."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.progress import Progress, ProgressStep
from viewer.session.session import Session
from viewer.window.background_tasks import IdleWork

if TYPE_CHECKING:
    from viewer.models.fit_report import FitReport
    from viewer.models.model import Model
    from viewer.models.predict import Prediction
    from viewer.preparation.prepared import Prepared
    from viewer.scans.scan import Scan


class SteadinessCheck(QObject):
    """Idle work that adds the slow checks of the scan to the session's prediction."""

    status_changed = Signal(str)
    """Emitted with the state of the check, to be shown with the prediction; empty if none is running."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def clear(self) -> None:
        """Clear the displayed state."""
        self.status_changed.emit("")

    def make_idle_work(
        self,
        scan: Scan,
        model: Model,
        prediction: Prediction,
        device: str,
        preparation: Prepared | None = None,
    ) -> IdleWork | None:
        """Return the work for a prediction of the prepared scan; None if its fit was not checked.

        The result is discarded if the session has another prediction by then.
        """
        report = prediction.fit
        if report is None:
            return None

        def run_checks(progress: Progress) -> FitReport:
            from viewer.fit.check_fit import add_slow_checks

            return add_slow_checks(
                report,
                model,
                scan,
                prediction=prediction,
                device=device,
                progress=progress,
                prepare=preparation or "none",
            )

        def set_report(new_report: FitReport) -> None:
            self.clear()
            current = self._session.prediction
            if current is not None and current.has_same_outputs(prediction):
                self._session.set_prediction(replace(current, fit=new_report))

        return IdleWork(run_checks, set_report, self._show_error, self._show_progress, self._show_paused)

    def _show_error(self, error: BaseException) -> None:
        self.status_changed.emit(
            self.tr("The stability of the prediction could not be checked: {}").format(error)
        )

    def _show_progress(self, step: ProgressStep) -> None:
        percent = f"{step.fraction * 100:.0f}\N{NO-BREAK SPACE}%"
        self.status_changed.emit(
            self.tr("Checking the stability of the prediction …\u00a0{}").format(percent)
        )

    def _show_paused(self) -> None:
        self.status_changed.emit(self.tr("Checking the stability of the prediction: paused"))
