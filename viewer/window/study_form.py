"""Form with the settings of a study's analysis: data matrix, network, and map."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

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

from viewer.methods.morch_1995.study_plan import MAP, StudyPlan
from viewer.settings import FormRow, Setting, settings_of, with_settings
from viewer.window.combo_box import ComboBox
from viewer.window.dock_panel import WheelGuard, as_sentence, make_label
from viewer.window.file_dialogs import file_dialogs_of
from viewer.window.parameter_form import NumberBox, editor_value, label_of

IMAGE_FILTER = "Images (*.nii *.nii.gz *.mgh *.mgz *.mnc *.img *.hdr);;All files (*)"


class PathComboBox(ComboBox):
    """Combo box to choose a file or folder, or none.

    Parameters
    ----------
    without
        Text of the entry for no path.
    ask
        Text of the entry that opens the file dialog.
    title
        Title of the file dialog, and accessible name of the combo box.
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
        """Selected path; None for the entry without a path."""
        data = self.currentData()
        return Path(data) if data else None

    def choose(self, path: Path) -> None:
        """Select a path, and add an entry for it if there is none."""
        index = self.findData(str(path))
        if index < 0:
            index = self.count() - 1
            self.insertItem(index, path.name, str(path))
            self.setItemData(index, str(path), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(index)
        self._before = index

    def _chosen(self, index: int) -> None:
        if self.itemData(index) is not None:
            self._before = index
            return
        dialogs = file_dialogs_of(self)
        ask_path = dialogs.ask_folder if self._folder else partial(dialogs.ask_open, names=IMAGE_FILTER)
        path = ask_path(self._title, over=self)
        if path is not None:
            self.choose(path)
        else:
            self.setCurrentIndex(self._before)


class PercentBox(QSpinBox):
    """Spin box for a fraction, shown in percent."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.setRange(round(100 * low), round(100 * high))
        self.setSuffix(" %")

    @property
    def share(self) -> float:
        """Value as a fraction from 0 to 1."""
        return self.value() / 100


LABEL_WIDTH = 92
MAX_INTEGER = 2**31 - 1
NOTHING = "voxels"


class StudyForm(QWidget):
    """Form generated from the settings of `StudyPlan`; ``editors`` holds the editors by the settings' names.

    ``paradigm_changed`` is emitted when the type of y (detected, graded or classes) is changed.
    """

    paradigm_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._guard = WheelGuard(self)
        self._covariates: dict[str, QCheckBox] = {}
        self._sections: dict[str, QFormLayout] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(5)
        rows = [(entry, entry.row) for entry in settings_of(StudyPlan) if entry.row is not None]
        self._exclusive = {entry.name: entry for entry, _ in rows if entry.exclusive}
        self.editors: dict[str, QWidget] = {}
        self._removed = self._make_removed()
        # Section by section, each from top to bottom: the tab order is the order of addition.
        for group in dict.fromkeys(entry.group for entry, _ in rows):
            self._sections[group] = self._add_section(group.removeprefix("the ").capitalize())
            group_rows = [(entry, row) for entry, row in rows if entry.group == group and not entry.several]
            if any(entry.exclusive for entry, _ in group_rows):
                self._add_row(self._sections[group], self.tr("Remove"), self._removed)
            for entry, row in sorted(group_rows, key=lambda pair: pair[1].place):
                self._add_setting(entry, row)
        self.folder = PathComboBox(
            self.tr("Temporary folder"), self.tr("Choose folder …"), self.tr("Save in"), folder=True
        )
        self.folder.setToolTip(
            self.tr("Scans, network and maps. A temporary folder is deleted when the window closes.")
        )
        self._add_row(self._sections[MAP], self.tr("Save in"), self.folder)
        self._column.addStretch(1)
        self._connect()

    def plan(self) -> StudyPlan:
        """Return the plan with the chosen settings, without any approximations to map."""
        values = {name: self._value(name) for name in self.editors}
        values["remove"] = tuple(name for name, box in self._covariates.items() if box.isChecked())
        values |= dict.fromkeys(self._exclusive.keys() - {self._removed.currentData()})
        return with_settings(StudyPlan(approximations=()), values)

    @property
    def paradigm(self) -> str:
        """Type of y, "graded" or "classes"; empty to detect it from the data."""
        return str(self._value("y") or "")

    @property
    def missing(self) -> str:
        """Sentence on what must still be chosen; empty if nothing is missing."""
        if self._removed.currentData() == "atlas" and self._value("atlas") is None:
            return self.tr("Choose an atlas, or remove single voxels.")
        return ""

    def show_covariates(self, names: tuple[str, ...]) -> None:
        """Offer the table's covariates to be regressed out of every voxel; checked ones stay checked."""
        (entry,) = (entry for entry in settings_of(StudyPlan) if entry.name == "remove")
        row = entry.row or FormRow()
        form = self._sections[entry.group]
        checked = {name for name, box in self._covariates.items() if box.isChecked()}
        for box in self._covariates.values():
            form.removeRow(box)
        self._covariates = {}
        for name in names:
            box = QCheckBox(self.tr(row.label).format(name))
            box.setToolTip(self.tr(row.tip))
            box.setChecked(name in checked)
            form.addRow("", box)
            self._covariates[name] = box

    # Construction

    def _make_removed(self) -> ComboBox:
        """Create the combo box of what is removed: single voxels, or one of the exclusive settings."""
        combo = _make_combo(
            {NOTHING: self.tr("single voxels")}
            | {name: self.tr(entry.row.alternative) for name, entry in self._exclusive.items() if entry.row}
        )
        combo.setToolTip(
            self.tr("What is removed from the scans to measure how much worse the network becomes.")
        )
        return combo

    def _add_setting(self, entry: Setting, row: FormRow) -> None:
        label = self.tr(row.label or label_of(entry.name))
        editor = self._make_editor(entry, row, label)
        editor.setToolTip(self.tr(row.tip if row.label else as_sentence(entry.help)))
        self.editors[entry.name] = editor
        form = self._sections[entry.group]
        if isinstance(editor, QCheckBox):
            form.addRow("", editor)
        else:
            self._add_row(form, label, editor)

    def _make_editor(self, entry: Setting, row: FormRow, label: str) -> QWidget:
        """Create the editor of a setting, set to its default."""
        low, high = (
            default_limit if inner is None else inner
            for inner, default_limit in zip(row.limits, entry.limits, strict=True)
        )
        if row.choices:
            combo = _make_combo({value: self.tr(text) for value, text in row.choices.items()})
            combo.setCurrentIndex(combo.findData("" if entry.default is None else entry.default))
            return combo
        if row.checked or entry.kind is bool:
            check = QCheckBox(label)
            check.setChecked(entry.default == (row.checked or True))
            return check
        if entry.kind is Path:
            return PathComboBox(self.tr(row.unset), self.tr("A file …"), label)
        if row.percent:
            percent = PercentBox(low or 0.0, 1.0 if high is None else high)
            percent.setValue(round(100 * entry.default))
            return percent
        if entry.kind is int:
            spin_box = QSpinBox()
            # An optional number has an extra value below its minimum that stands for None.
            spin_box.setRange(int(low or 0) - bool(row.unset), MAX_INTEGER if high is None else int(high))
            spin_box.setSpecialValueText(self.tr(row.unset))
            spin_box.setValue(spin_box.minimum() if entry.default is None else entry.default)
            return spin_box
        number_box = NumberBox()
        number_box.setRange(
            number_box.minimum() if low is None else low, number_box.maximum() if high is None else high
        )
        number_box.setValue(row.start if entry.default is None and row.start is not None else entry.default)
        number_box.setSuffix(f" {entry.unit}" if entry.unit else "")
        return number_box

    def _value(self, name: str) -> object:
        """Return the value of an editor in the form of its setting."""
        editor = self.editors[name]
        if isinstance(editor, PathComboBox):
            return editor.path
        if isinstance(editor, ComboBox):
            data = editor.currentData()
            return None if data == "" else data
        if isinstance(editor, PercentBox):
            return editor.share
        (entry,) = (entry for entry in settings_of(StudyPlan) if entry.name == name)
        row = entry.row or FormRow()
        if isinstance(editor, QCheckBox) and row.checked:
            return row.checked if editor.isChecked() else entry.default
        if isinstance(editor, QSpinBox) and row.unset and editor.value() == editor.minimum():
            return None
        return editor_value(editor)

    def _connect(self) -> None:
        """Connect the editors that enable, disable or hide others."""
        level, hidden = self.editors["mask_level"], self.editors["hidden"]
        for name, slot in (
            ("mask", lambda: level.setEnabled(self._value("mask") is None)),
            ("linear", lambda: hidden.setEnabled(not self._value("linear"))),
            ("y", self.paradigm_changed.emit),
        ):
            cast("ComboBox", self.editors[name]).currentIndexChanged.connect(lambda _, slot=slot: slot())
        self._removed.currentIndexChanged.connect(self._show_removed)
        self._show_removed()

    def _show_removed(self) -> None:
        for name, entry in self._exclusive.items():
            form = self._sections[entry.group]
            form.setRowVisible(self.editors[name], name == self._removed.currentData())

    def _add_section(self, title: str) -> QFormLayout:
        self._column.addWidget(make_label(self.tr(title), "section"))
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 6)
        form.setSpacing(6)
        self._column.addLayout(form)
        return form

    def _add_row(self, form: QFormLayout, text: str, editor: QWidget) -> None:
        label = QLabel(text)
        label.setMinimumWidth(LABEL_WIDTH)
        label.setBuddy(editor)
        label.setToolTip(editor.toolTip())
        editor.setAccessibleName(text)
        editor.setAccessibleDescription(editor.toolTip())
        self._guard.guard(editor)
        form.addRow(label, editor)


def _make_combo(entries: Mapping[Any, str]) -> ComboBox:
    combo = ComboBox()
    for value, text in entries.items():
        # Qt's findData finds a string enumeration member only if it is stored as a plain string.
        combo.addItem(text, str(value) if isinstance(value, str) else value)
    return combo
