"""Which map of a study is shown and over what, and how well it finds what was planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from viewer.window.combo_box import ComboBox
from viewer.window.panel import WheelGuard, say, text
from viewer.window.study_accuracies import Accuracies

if TYPE_CHECKING:
    from viewer.window.study_work import Trained


class MapPart(QWidget):
    """The choice of the accuracy and of the brain below the bodies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accuracies = Accuracies()
        self._score = text()
        self.over = ComboBox()
        self.over.setAccessibleName(self.tr("Shown over"))
        self.over.addItem(self.tr("On the MNI152 template"), True)
        self.over.addItem(self.tr("On the mean of the scans"), False)
        self._guard = WheelGuard(self)
        self._guard.guard(self.over)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(text(self.tr("Accuracy of the map"), "section"))
        column.addWidget(self.accuracies)
        column.addWidget(self._score)
        column.addWidget(self.over)

    @property
    def template(self) -> bool:
        """Whether it is shown over the template."""
        return bool(self.over.currentData())

    def choose_template(self, template: bool) -> None:
        """Choose what it is shown over."""
        self.over.setCurrentIndex(self.over.findData(template))

    @property
    def score(self) -> str:
        """How well the chosen map finds what was planted, in words; empty where nothing was."""
        return self._score.text()

    def show_trained(self, trained: Trained) -> None:
        """Show how far the maps are from the exact one, and what the chosen one finds."""
        saliency = trained.analysis.saliency
        if saliency is None:
            self.accuracies.show_errors((), {}, None)
        else:
            errors = {str(name): error for name, error in saliency.errors.items()}
            correlation = saliency.check.correlation if saliency.check is not None else None
            self.accuracies.show_errors({str(name) for name in saliency.maps}, errors, correlation)
        self.say_score(trained)

    def say_score(self, trained: Trained) -> None:
        """Say how well the chosen map finds what was planted."""
        own, other = trained.scores.get(self.accuracies.accuracy), trained.scores.get("t")
        words = ""
        if own is not None and other is not None:
            words = self.tr("Planted place: AUC {:.3f}, overlap {:.2f}; t-map: {:.3f}, {:.2f}").format(
                own.area, own.overlap, other.area, other.overlap
            )
        say(self._score, words)
