"""Strip above a prediction: whether the scan fits the network."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.models.fit_report import FitReport, FitVerdict
from viewer.session.session import Session
from viewer.window.dock_panel import as_sentence, make_label, set_text
from viewer.window.fit_dialog import FitDialog
from viewer.window.theme import make_icon, theme_colours, verdict_colours

VERDICT_ICONS = {
    FitVerdict.OK: "fit-ok",
    FitVerdict.CAUTION: "fit-caution",
    FitVerdict.UNFIT: "fit-unfit",
    FitVerdict.NOT_MEASURABLE: "fit-unknown",
}
ICON_SIZE = 16


MAX_TEXT_LENGTH = 170
"""Maximum length of the displayed reasons: those of a failed preparation would fill the panel."""


class FitStrip(QFrame):
    """Verdict of the fit check with its reason, the state of checks that are still running, and details.

    It is hidden while there is no prediction.
    """

    prepare_requested = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fit_strip")
        self._session = session
        self._report = FitReport(())
        self._subject = ""
        self._verdict_names = {
            FitVerdict.OK: self.tr("Fits"),
            FitVerdict.CAUTION: self.tr("Caution"),
            FitVerdict.UNFIT: self.tr("Unfit"),
            FitVerdict.NOT_MEASURABLE: self.tr("Not known"),
        }
        self._icon_label = QLabel()
        self._verdict_label = QLabel()
        self._verdict_label.setObjectName("fit_word")
        self._sentence_label = make_label()
        self._status_label = make_label(role="quiet")
        self._details_button = QPushButton(self.tr("Details …"))
        self._details_button.setToolTip(self.tr("Show the result of each check of the scan"))
        self._details_button.clicked.connect(self.show_details)
        self._prepare_button = QPushButton(self.tr("Prepare …"))
        self._prepare_button.setToolTip(self.tr("Prepare the scan as the network needs it"))
        self._prepare_button.clicked.connect(lambda: self.prepare_requested.emit())
        for button in (self._details_button, self._prepare_button):
            button.setProperty("role", "small")
        row = QHBoxLayout()
        row.setSpacing(5)
        row.addWidget(self._icon_label)
        row.addWidget(self._verdict_label)
        row.addStretch(1)
        row.addWidget(self._details_button)
        row.addWidget(self._prepare_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(7, 4, 4, 5)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self._sentence_label)
        column.addWidget(self._status_label)
        self.dialog = FitDialog(self._verdict_names, self)
        session.subscribe(self._show, "theme")
        self.set_status("")
        self.clear()

    def clear(self) -> None:
        """Hide the strip and its dialog."""
        self._report, self._subject = FitReport(()), ""
        self.hide()
        self.dialog.hide()

    def set_report(self, report: FitReport | None, subject: str) -> None:
        """Show a report; None for a scan that was not checked. ``subject`` names the scan and the network."""
        self._report, self._subject = report or FitReport(()), subject
        self._show()
        self.show()

    def set_status(self, text: str) -> None:
        """Show what is still being checked; empty if nothing is."""
        set_text(self._status_label, text)
        self.dialog.set_status(text)

    def show_details(self) -> None:
        """Show all checks in a window that stays open beside this one."""
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    @property
    def verdict(self) -> FitVerdict:
        """The displayed verdict: not measurable if no check could be made."""
        return self._report.verdict if self._report.measured_count else FitVerdict.NOT_MEASURABLE

    def _shorten(self, text: str, reasons: Sequence[str]) -> str:
        """Return a text, shortened to its first reasons if there are many: the details list all of them."""
        count = 1
        while count < len(reasons) and len("; ".join(reasons[: count + 1])) <= MAX_TEXT_LENGTH:
            count += 1
        if count >= len(reasons):
            return text
        shortened = as_sentence("; ".join(reasons[:count]))
        return self.tr("{} And {} more, see Details.").format(shortened, len(reasons) - count)

    def _show(self) -> None:
        verdict, report = self.verdict, self._report
        colours = verdict_colours(theme_colours(self._session.view.theme))
        icons = {kind: make_icon(VERDICT_ICONS[kind], colours[kind]) for kind in FitVerdict}
        self._icon_label.setPixmap(icons[verdict].pixmap(ICON_SIZE, ICON_SIZE))
        self._verdict_label.setText(self._verdict_names[verdict])
        text = as_sentence(report.reason or report.sentence)
        reasons = report.problems[0].reasons if report.problems else ()
        set_text(self._sentence_label, self._shorten(text, reasons))
        self._sentence_label.setToolTip(text)
        has_objection = verdict in (FitVerdict.CAUTION, FitVerdict.UNFIT)
        self._prepare_button.setVisible(has_objection and find_spec("viewer.preparation") is not None)
        for widget in (self, self._verdict_label):
            widget.setProperty("verdict", str(verdict))
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.setAccessibleName(
            self.tr("Does the scan fit the network? {}").format(self._verdict_names[verdict])
        )
        self.setAccessibleDescription(as_sentence(report.sentence))
        self.dialog.set_report(report, self._subject, icons, verdict)
