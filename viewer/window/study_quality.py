"""How good a study's network is, in numbers and as a small plot."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from viewer.window.panel import text
from viewer.window.study_plot import FitPlot
from viewer.window.study_work import Quality


class FitPart(QWidget):
    """The errors of the fit and of the subjects left out, and what the network says of every scan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = text()
        self._words.setAccessibleName(self.tr("Errors of the network"))
        self.plot = FitPlot()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        for widget in (text(self.tr("Network"), "section"), self._words, self.plot):
            column.addWidget(widget)

    @property
    def told(self) -> str:
        """The numbers, in words."""
        return self._words.text()

    def show_quality(self, found: Quality) -> None:
        """Show how good a network is."""
        self._words.setText(self._in_words(found))
        self.plot.show_said(found.said)

    def _in_words(self, found: Quality) -> str:
        kind = self.tr("right {:.1%}") if found.said.classes else self.tr("correlation {:.3f}")
        lines = [self._line(self.tr("Fit"), found.error, kind.format(found.agreement))]
        if found.left_error is not None and found.left_agreement is not None:
            words = kind.format(found.left_agreement)
            lines.append(self._line(self.tr("Held-out subjects"), found.left_error, words))
        lines.append(self.tr("Constant prediction: error {:.3g}").format(found.chance))
        return "\n".join(lines)

    def _line(self, what: str, error: float, words: str) -> str:
        return self.tr("{}: error {:.3g}, {}").format(what, error, words)
