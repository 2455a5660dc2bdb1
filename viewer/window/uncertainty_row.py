"""Choice of the uncertainty measurement: none, input moves, dropout, or an ensemble of networks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from viewer.models.uncertainty.kinds import DEFAULT_SAMPLES, MAX_SAMPLES, UncertaintyKind
from viewer.window.combo_box import ComboBox
from viewer.window.file_dialogs import find_file_dialogs
from viewer.window.uncertainty_choice import UncertaintyChoice

SAMPLES_WIDTH = 60


class UncertaintyRow(QWidget):
    """Combo box of the kinds, with the number of samples or the networks of an ensemble."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind_combo = ComboBox()
        self.kind_combo.setAccessibleName(self.tr("Uncertainty"))
        self.kind_combo.setToolTip(
            self.tr("Repeat map and prediction, and show their mean, standard deviation and interval")
        )
        self.kind_combo.addItem(self.tr("Not measured"), "")
        self.kind_combo.addItem(self.tr("Input moves"), str(UncertaintyKind.MOVES))
        self.kind_combo.addItem(self.tr("Dropout"), str(UncertaintyKind.DROPOUT))
        self.kind_combo.addItem(self.tr("Ensemble"), str(UncertaintyKind.ENSEMBLE))
        self.samples_box = QSpinBox()
        self.samples_box.setRange(2, MAX_SAMPLES)
        self.samples_box.setValue(DEFAULT_SAMPLES)
        # The panel keeps its width when the number appears.
        self.samples_box.setFixedWidth(SAMPLES_WIDTH)
        self.samples_box.setAccessibleName(self.tr("Samples"))
        self.samples_box.setToolTip(self.tr("How often map and prediction are computed"))
        self.add_button = QPushButton(self.tr("Add network …"))
        self.add_button.setAccessibleName(self.tr("Add a network to the ensemble"))
        self.clear_button = QPushButton(self.tr("Clear"))
        self.clear_button.setAccessibleName(self.tr("Remove the added networks"))
        self.network_paths: tuple[Path, ...] = ()
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
        first.addWidget(self.kind_combo, 1)
        first.addWidget(self.samples_box)
        second.addWidget(self.add_button, 1)
        second.addWidget(self.clear_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(first)
        column.addLayout(second)
        self.kind_combo.currentIndexChanged.connect(self._update)
        self.samples_box.valueChanged.connect(self.changed)
        self.add_button.clicked.connect(self._ask_network)
        self.clear_button.clicked.connect(lambda: self.set_networks(()))
        self._update()

    @property
    def choice(self) -> UncertaintyChoice | None:
        """Current choice; None for a single map."""
        kind = str(self.kind_combo.currentData())
        if not kind:
            return None
        ensemble = kind == UncertaintyKind.ENSEMBLE
        return UncertaintyChoice(
            UncertaintyKind(kind), self.samples_box.value(), self.network_paths if ensemble else ()
        )

    def set_choice(self, kind: str, samples: int) -> None:
        """Choose a kind, empty for none, and the number of samples."""
        self.kind_combo.setCurrentIndex(max(self.kind_combo.findData(kind), 0))
        self.samples_box.setValue(samples)

    def set_dropout(self, is_available: bool) -> None:
        """Set whether the network has dropout; without it, that kind cannot be chosen."""
        index = self.kind_combo.findData(str(UncertaintyKind.DROPOUT))
        model = self.kind_combo.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(index)
        item.setEnabled(is_available)
        item.setToolTip(
            "" if is_available else self.tr("This network has no dropout that can be switched on")
        )
        if not is_available and self.kind_combo.currentIndex() == index:
            self.kind_combo.setCurrentIndex(0)

    def set_networks(self, network_paths: tuple[Path, ...]) -> None:
        """Set the networks of the ensemble other than the open one."""
        self.network_paths = network_paths
        self._update()

    def _update(self) -> None:
        kind = str(self.kind_combo.currentData())
        ensemble = kind == UncertaintyKind.ENSEMBLE
        self.samples_box.setVisible(bool(kind) and not ensemble)
        self.add_button.setVisible(ensemble)
        self.clear_button.setVisible(ensemble and bool(self.network_paths))
        count = len(self.network_paths)
        self.add_button.setText(
            self.tr("Add network … ({} added)").format(count) if count else self.tr("Add network …")
        )
        names = "\n".join(path.name for path in self.network_paths)
        self.add_button.setToolTip(
            names
            or self.tr("The open network or its folds are already in the ensemble; add further networks")
        )
        self.changed.emit()

    def _ask_network(self) -> None:
        from viewer.window.file_actions import MODEL_FILTER

        path = find_file_dialogs(self).ask_open(self.tr("Add a network"), MODEL_FILTER, parent=self.window())
        if path is not None:
            self.set_networks((*self.network_paths, path))
