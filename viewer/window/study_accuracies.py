"""The five accuracies of the saliency of 1995 as a choice, each with how far it is from the exact one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLabel, QRadioButton, QWidget

EXACT, RETRAINED = "exact", "retrained"


class Accuracies(QWidget):
    """``chosen`` tells the accuracy that a person takes, by its name in `viewer.methods.saliency_1995`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Accuracy"))
        entries = {
            "first-order": (
                self.tr("First order"),
                self.tr("f₁"),
                self.tr("The first term of the expansion of the training error, equation (10)."),
            ),
            "second-order": (
                self.tr("Second order"),
                self.tr("f₂"),
                self.tr("Equation (10) as it is printed, without the terms between components."),
            ),
            "second-order-cross": (
                self.tr("Second order, cross terms"),
                self.tr("f"),
                self.tr("With the terms between components: the whole second order."),
            ),
            EXACT: (
                self.tr("Exact"),
                "",
                self.tr("The change of the error itself, with the weights unchanged."),
            ),
            RETRAINED: (
                self.tr("Exact, retrained"),
                "",
                self.tr("The change after retraining the weights, by one Newton step per voxel."),
            ),
        }
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QRadioButton] = {}
        self._signs = {name: sign for name, (_, sign, _) in entries.items()}
        self._numbers: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, (name, (words, _, tip)) in enumerate(entries.items()):
            button = QRadioButton(words)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.setAccessibleDescription(tip)
            button.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
            number = QLabel()
            number.setProperty("role", "quiet")
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._group.addButton(button)
            self._buttons[name] = button
            self._numbers[name] = number
            grid.addWidget(button, row, 0)
            grid.addWidget(number, row, 1)
        self._buttons[EXACT].setChecked(True)

    @property
    def names(self) -> tuple[str, ...]:
        """The accuracies, the cheapest first."""
        return tuple(self._buttons)

    @property
    def accuracy(self) -> str:
        """The one that is chosen."""
        return next(name for name, button in self._buttons.items() if button.isChecked())

    def choose(self, name: str) -> None:
        """Mark one, and tell nobody."""
        self._buttons[name].setChecked(True)

    def number(self, name: str) -> str:
        """What is written beside one."""
        return self._numbers[name].text()

    def show_errors(
        self, there: Collection[str], errors: Mapping[str, float], correlation: float | None
    ) -> None:
        """Write how far each of those that are there is from the exact one.

        Parameters
        ----------
        there
            The accuracies that are computed.
        errors
            f of equation (11), Σ (exact − map)² / Σ exact².
        correlation
            Of the retrained map with full re-fits of a few voxels.
        """
        for name, label in self._numbers.items():
            words, tip = "", ""
            if name in errors:
                words = f"{self._signs[name]} = {errors[name]:.2g}"
                tip = self.tr("Equation (11): Σ (exact − this)² / Σ exact². 0 is no difference.")
            elif name == EXACT and name in there:
                words, tip = self.tr("reference"), self.tr("The others are compared with this one.")
            elif name == RETRAINED and correlation is not None:
                words = self.tr("r = {:z.4f}").format(correlation)
                tip = self.tr("Correlation with networks retrained without each of a few voxels.")
            label.setText(words)
            label.setToolTip(tip)
            self._buttons[name].setAccessibleDescription(
                " ".join(part for part in (self._buttons[name].toolTip(), words) if part)
            )
