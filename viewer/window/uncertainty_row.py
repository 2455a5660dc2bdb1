"""Choice of the uncertainty measurement: none, input moves, dropout, or an ensemble of networks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from viewer.models.uncertainty.kinds import DEFAULT_SAMPLES, MAX_SAMPLES, UncertaintyKind
from viewer.window.combo_box import ComboBox
from viewer.window.file_dialogs import file_dialogs_of
from viewer.window.uncertainty_choice import UncertaintyChoice

SAMPLES_WIDTH = 60


class UncertaintyRow(QWidget):
    """Combo box of the kinds, with the number of samples or the networks of an ensemble."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = ComboBox()
        self.kind.setAccessibleName(self.tr("Uncertainty"))
        self.kind.setToolTip(
            self.tr("Repeat map and prediction, and show their mean, standard deviation and interval")
        )
        self.kind.addItem(self.tr("Not measured"), "")
        self.kind.addItem(self.tr("Input moves"), str(UncertaintyKind.MOVES))
        self.kind.addItem(self.tr("Dropout"), str(UncertaintyKind.DROPOUT))
        self.kind.addItem(self.tr("Ensemble"), str(UncertaintyKind.ENSEMBLE))
        self.samples = QSpinBox()
        self.samples.setRange(2, MAX_SAMPLES)
        self.samples.setValue(DEFAULT_SAMPLES)
        # The panel keeps its width when the number appears.
        self.samples.setFixedWidth(SAMPLES_WIDTH)
        self.samples.setAccessibleName(self.tr("Samples"))
        self.samples.setToolTip(self.tr("How often map and prediction are computed"))
        self.add = QPushButton(self.tr("Add network …"))
        self.add.setAccessibleName(self.tr("Add a network to the ensemble"))
        self.clear = QPushButton(self.tr("Clear"))
        self.clear.setAccessibleName(self.tr("Remove the added networks"))
        self.networks: tuple[Path, ...] = ()
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
        first.addWidget(self.kind, 1)
        first.addWidget(self.samples)
        second.addWidget(self.add, 1)
        second.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(first)
        column.addLayout(second)
        self.kind.currentIndexChanged.connect(self._update)
        self.samples.valueChanged.connect(self.changed)
        self.add.clicked.connect(self._ask)
        self.clear.clicked.connect(lambda: self.set_networks(()))
        self._update()

    @property
    def choice(self) -> UncertaintyChoice | None:
        """Current choice; None for a single map."""
        kind = str(self.kind.currentData())
        if not kind:
            return None
        ensemble = kind == UncertaintyKind.ENSEMBLE
        return UncertaintyChoice(
            UncertaintyKind(kind), self.samples.value(), self.networks if ensemble else ()
        )

    def set_choice(self, kind: str, samples: int) -> None:
        """Choose a kind, empty for none, and the number of samples."""
        self.kind.setCurrentIndex(max(self.kind.findData(kind), 0))
        self.samples.setValue(samples)

    def set_dropout(self, there: bool) -> None:
        """Set whether the network has dropout; without it, that kind cannot be chosen."""
        index = self.kind.findData(str(UncertaintyKind.DROPOUT))
        model = self.kind.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(index)
        item.setEnabled(there)
        item.setToolTip("" if there else self.tr("This network has no dropout that can be switched on"))
        if not there and self.kind.currentIndex() == index:
            self.kind.setCurrentIndex(0)

    def set_networks(self, networks: tuple[Path, ...]) -> None:
        """Set the networks of the ensemble other than the open one."""
        self.networks = networks
        self._update()

    def _update(self) -> None:
        kind = str(self.kind.currentData())
        ensemble = kind == UncertaintyKind.ENSEMBLE
        self.samples.setVisible(bool(kind) and not ensemble)
        self.add.setVisible(ensemble)
        self.clear.setVisible(ensemble and bool(self.networks))
        count = len(self.networks)
        self.add.setText(
            self.tr("Add network … ({} added)").format(count) if count else self.tr("Add network …")
        )
        names = "\n".join(path.name for path in self.networks)
        self.add.setToolTip(
            names
            or self.tr("The open network or its folds are already in the ensemble; add further networks")
        )
        self.changed.emit()

    def _ask(self) -> None:
        from viewer.window.file_actions import MODEL_FILTER

        path = file_dialogs_of(self).ask_open(self.tr("Add a network"), MODEL_FILTER, over=self.window())
        if path is not None:
            self.set_networks((*self.networks, path))
