"""How a study is analysed, as a form: how scans become rows, what is trained, what is mapped."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from viewer.session.study_config import StudyOptions
from viewer.window.combo_box import ComboBox
from viewer.window.dock_panel import WheelGuard, make_label
from viewer.window.file_dialogs import file_dialogs_of
from viewer.window.parameter_form import NumberBox

IMAGE_FILTER = "Images (*.nii *.nii.gz *.mgh *.mgz *.mnc *.img *.hdr);;All files (*)"


class PathComboBox(ComboBox):
    """Nothing, under the name ``without``, or a file or folder that a person chooses when asked for it.

    Parameters
    ----------
    without
        What it is called where no path is chosen.
    ask
        The entry that opens the file dialog.
    title
        Of the file dialog, and of this editor for a screen reader.
    folder
        Whether a folder is chosen.
    """

    def __init__(self, without: str, ask: str, title: str, folder: bool = False) -> None:
        super().__init__()
        self._title = title
        self._folder = folder
        self._before = 0
        self.setAccessibleName(title)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.addItem(without, "")
        self.addItem(ask, None)
        self.activated.connect(self._chosen)

    @property
    def path(self) -> Path | None:
        """What was chosen."""
        told = self.currentData()
        return Path(told) if told else None

    def choose(self, path: Path) -> None:
        """Choose a path as a person does."""
        place = self.findData(str(path))
        if place < 0:
            place = self.count() - 1
            self.insertItem(place, path.name, str(path))
            self.setItemData(place, str(path), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(place)
        self._before = place

    def _chosen(self, place: int) -> None:
        if self.itemData(place) is not None:
            self._before = place
            return
        dialogs = file_dialogs_of(self)
        ask = dialogs.ask_folder if self._folder else partial(dialogs.ask_open, names=IMAGE_FILTER)
        told = ask(self._title, over=self)
        if told is not None:
            self.choose(told)
        else:
            self.setCurrentIndex(self._before)


LABEL_WIDTH = 92
MAX_HIDDEN_UNITS = 1000
MAX_COMPONENTS = 100_000
MAX_DECAY = 1e6
MIN_DECAY = 1e-12
DEFAULT_EDGE = 16.0
MAX_EDGE = 200.0
MAX_PRUNED_PERCENT = 99
VOXELS, CUBES, REGIONS = "voxels", "cubes", "regions"


class StudyForm(QWidget):
    """The choices. ``paradigm_changed`` is told where y is to be understood in another way."""

    paradigm_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._guard = WheelGuard(self)
        self._covariates: dict[str, QCheckBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        self._add_scans(column)
        self._add_network(column)
        self._add_map(column)
        column.addStretch(1)

    def options(self) -> StudyOptions:
        """What is chosen."""
        taken = self._taken.currentData()
        return StudyOptions(
            mask=self.mask_file.path,
            mask_level=self._level.value() / 100,
            global_scaling=self._scaled.isChecked(),
            subject_means=self._means.isChecked(),
            covariates=tuple(name for name, box in self._covariates.items() if box.isChecked()),
            paradigm=str(self._paradigm.currentData()),
            hidden=self._hidden.value(),
            components=self._components.value() or None,
            linear=bool(self._units.currentData()),
            decay=self._decay.value(),
            prune_share=self._pruned.value() / 100,
            keep_negatives=self._negatives.isChecked(),
            cube=self._edge.value() if taken == CUBES else None,
            atlas=self.atlas.path if taken == REGIONS else None,
            folder=self.folder.path,
        )

    @property
    def paradigm(self) -> str:
        """How y is to be understood; nothing: as it looks."""
        return str(self._paradigm.currentData())

    @property
    def missing(self) -> str:
        """What must still be chosen, in a sentence; empty where nothing is missing."""
        if self._taken.currentData() == REGIONS and self.atlas.path is None:
            return self.tr("Choose an atlas, or remove single voxels.")
        return ""

    def show_covariates(self, names: tuple[str, ...]) -> None:
        """Offer to take these columns out of every voxel; those chosen before stay so."""
        chosen = {name for name, box in self._covariates.items() if box.isChecked()}
        for box in self._covariates.values():
            self._scans.removeRow(box)
        self._covariates = {}
        for name in names:
            box = QCheckBox(self.tr("Subtract {}").format(name))
            box.setToolTip(self.tr("This column of the table is regressed out of every voxel."))
            box.setChecked(name in chosen)
            self._scans.addRow("", box)
            self._covariates[name] = box

    # Building

    def _add_scans(self, column: QVBoxLayout) -> None:
        self._scans = form = self._section(column, self.tr("Scans"))
        self.mask_file = PathComboBox(self.tr("From the mean scan"), self.tr("A file …"), self.tr("Mask"))
        self._level = self._percent(
            100,
            50,
            self.tr("A voxel is included where the mean scan reaches this share of its mean in the head."),
        )
        self._scaled = QCheckBox(self.tr("Scale scans to one global mean"))
        self._scaled.setToolTip(self.tr("Removes differences in dose and global flow, as is usual in PET."))
        self._means = QCheckBox(self.tr("Subtract each subject's mean"))
        self._means.setToolTip(self.tr("Only differences between the scans of one subject are learned."))
        for box in (self._scaled, self._means):
            box.setChecked(True)
        self._row(form, self.tr("Mask"), self.mask_file)
        self._row(form, self.tr("Mask level"), self._level)
        form.addRow("", self._scaled)
        form.addRow("", self._means)
        self.mask_file.currentIndexChanged.connect(
            lambda: self._level.setEnabled(self.mask_file.path is None)
        )

    def _add_network(self, column: QVBoxLayout) -> None:
        form = self._section(column, self.tr("Network"))
        self._paradigm = self._combo(
            {"": self.tr("Detect from the data"), "graded": self.tr("Graded"), "classes": self.tr("Classes")},
            self.tr("Text, or just two numbers, are treated as classes."),
        )
        self._units = self._combo(
            {False: self.tr("tanh"), True: self.tr("Linear")}, self.tr("Linear: one unit per output.")
        )
        self._hidden = self._whole(1, MAX_HIDDEN_UNITS, 5, "")
        self._components = self._whole(
            0,
            MAX_COMPONENTS,
            0,
            self.tr("Principal components of the scans that the network takes as input."),
        )
        self._components.setSpecialValueText(self.tr("all"))
        self._decay = NumberBox()
        self._decay.setRange(MIN_DECAY, MAX_DECAY)
        self._decay.setValue(0.01)
        self._decay.setToolTip(
            self.tr("Keeps the weights small; without it retraining has no unique solution.")
        )
        self._pruned = self._percent(
            MAX_PRUNED_PERCENT, 0, self.tr("The share of the weights that optimal brain damage removes.")
        )
        self._row(form, self.tr("y is"), self._paradigm)
        self._row(form, self.tr("Units"), self._units)
        self._row(form, self.tr("Hidden units"), self._hidden)
        self._row(form, self.tr("Components"), self._components)
        self._row(form, self.tr("Weight decay"), self._decay)
        self._row(form, self.tr("Prune"), self._pruned)
        self._paradigm.currentIndexChanged.connect(lambda: self.paradigm_changed.emit())
        self._units.currentIndexChanged.connect(
            lambda: self._hidden.setEnabled(not self._units.currentData())
        )

    def _add_map(self, column: QVBoxLayout) -> None:
        form = self._section(column, self.tr("Map"))
        self._taken = self._combo(
            {
                VOXELS: self.tr("single voxels"),
                CUBES: self.tr("Cubes"),
                REGIONS: self.tr("Regions of an atlas"),
            },
            self.tr("What is removed from the scans to measure how much worse the network becomes."),
        )
        self._edge = NumberBox()
        self._edge.setRange(0.1, MAX_EDGE)
        self._edge.setValue(DEFAULT_EDGE)
        self._edge.setSuffix(" mm")
        self.atlas = PathComboBox(self.tr("None yet"), self.tr("A file …"), self.tr("Atlas"))
        self._negatives = QCheckBox(self.tr("Keep values below zero"))
        self._negatives.setToolTip(
            self.tr("Voxels without which the network fits better; the paper sets them to zero.")
        )
        self.folder = PathComboBox(
            self.tr("Temporary folder"), self.tr("Choose folder …"), self.tr("Save in"), folder=True
        )
        self.folder.setToolTip(
            self.tr("Scans, network and maps. A temporary folder is deleted when the window closes.")
        )
        self._row(form, self.tr("Remove"), self._taken)
        self._row(form, self.tr("Edge"), self._edge)
        self._row(form, self.tr("Atlas"), self.atlas)
        form.addRow("", self._negatives)
        self._row(form, self.tr("Save in"), self.folder)
        self._map = form
        self._taken.currentIndexChanged.connect(self._show_taken)
        self._show_taken()

    def _show_taken(self) -> None:
        taken = self._taken.currentData()
        self._map.setRowVisible(self._edge, taken == CUBES)
        self._map.setRowVisible(self.atlas, taken == REGIONS)

    def _section(self, column: QVBoxLayout, title: str) -> QFormLayout:
        column.addWidget(make_label(title, "section"))
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 6)
        form.setSpacing(6)
        column.addLayout(form)
        return form

    def _row(self, form: QFormLayout, words: str, editor: QWidget) -> None:
        label = QLabel(words)
        label.setMinimumWidth(LABEL_WIDTH)
        label.setBuddy(editor)
        label.setToolTip(editor.toolTip())
        editor.setAccessibleName(words)
        editor.setAccessibleDescription(editor.toolTip())
        self._guard.guard(editor)
        form.addRow(label, editor)

    def _combo(self, entries: dict[str, str] | dict[bool, str], tip: str) -> ComboBox:
        combo = ComboBox()
        for value, words in entries.items():
            combo.addItem(words, value)
        combo.setToolTip(tip)
        return combo

    def _whole(self, low: int, high: int, value: int, tip: str) -> QSpinBox:
        spin = QSpinBox()
        spin.setRange(low, high)
        spin.setValue(value)
        spin.setToolTip(tip)
        return spin

    def _percent(self, high: int, value: int, tip: str) -> QSpinBox:
        spin = self._whole(0, high, value, tip)
        spin.setSuffix(" %")
        return spin
