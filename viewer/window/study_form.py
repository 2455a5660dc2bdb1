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
from viewer.window.file_dialogs import find_file_dialogs
from viewer.window.parameter_form import NumberBox, editor_value, parameter_label

IMAGE_FILTER = "Images (*.nii *.nii.gz *.mgh *.mgz *.mnc *.img *.hdr);;All files (*)"


class PathComboBox(ComboBox):
    """Combo box to choose a file or folder, or none.

    Parameters
    ----------
    none_label
        Text of the entry for no path.
    browse_label
        Text of the entry that opens the file dialog.
    title
        Title of the file dialog, and accessible name of the combo box.
    is_folder
        Whether a folder is chosen.
    """

    def __init__(self, none_label: str, browse_label: str, title: str, is_folder: bool = False) -> None:
        super().__init__()
        self._title = title
        self._is_folder = is_folder
        self._previous_index = 0
        self.setAccessibleName(title)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.addItem(none_label, "")
        self.addItem(browse_label, None)
        self.activated.connect(self._on_activated)

    @property
    def path(self) -> Path | None:
        """Selected path; None for the entry without a path."""
        data = self.currentData()
        return Path(data) if data else None

    def select_path(self, path: Path) -> None:
        """Select a path, and add an entry for it if there is none."""
        index = self.findData(str(path))
        if index < 0:
            index = self.count() - 1
            self.insertItem(index, path.name, str(path))
            self.setItemData(index, str(path), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(index)
        self._previous_index = index

    def _on_activated(self, index: int) -> None:
        if self.itemData(index) is not None:
            self._previous_index = index
            return
        dialogs = find_file_dialogs(self)
        ask_path = (
            dialogs.ask_folder if self._is_folder else partial(dialogs.ask_open, name_filters=IMAGE_FILTER)
        )
        path = ask_path(self._title, parent=self)
        if path is not None:
            self.select_path(path)
        else:
            self.setCurrentIndex(self._previous_index)


class PercentBox(QSpinBox):
    """Spin box for a fraction, shown in percent."""

    def __init__(self, min_fraction: float, max_fraction: float) -> None:
        super().__init__()
        self.setRange(round(100 * min_fraction), round(100 * max_fraction))
        self.setSuffix(" %")

    @property
    def fraction(self) -> float:
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
        self._covariate_boxes: dict[str, QCheckBox] = {}
        self._sections: dict[str, QFormLayout] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(5)
        rows = [(entry, entry.row) for entry in settings_of(StudyPlan) if entry.row is not None]
        self._exclusive_settings = {entry.name: entry for entry, _ in rows if entry.exclusive}
        self.editors: dict[str, QWidget] = {}
        self._removal_combo = self._make_removal_combo()
        # Section by section, each from top to bottom: the tab order is the order of addition.
        for group in dict.fromkeys(entry.group for entry, _ in rows):
            self._sections[group] = self._add_section(group.removeprefix("the ").capitalize())
            group_rows = [(entry, row) for entry, row in rows if entry.group == group and not entry.several]
            if any(entry.exclusive for entry, _ in group_rows):
                self._add_row(self._sections[group], self.tr("Remove"), self._removal_combo)
            for entry, row in sorted(group_rows, key=lambda pair: pair[1].sort_key):
                self._add_setting(entry, row)
        self.folder_combo = PathComboBox(
            self.tr("Temporary folder"), self.tr("Choose folder …"), self.tr("Save in"), is_folder=True
        )
        self.folder_combo.setToolTip(
            self.tr("Scans, network and maps. A temporary folder is deleted when the window closes.")
        )
        self._add_row(self._sections[MAP], self.tr("Save in"), self.folder_combo)
        self._column.addStretch(1)
        self._connect()

    def make_plan(self) -> StudyPlan:
        """Return the plan with the chosen settings, without any approximations to map."""
        values = {name: self._value(name) for name in self.editors}
        values["remove"] = tuple(name for name, box in self._covariate_boxes.items() if box.isChecked())
        values |= dict.fromkeys(self._exclusive_settings.keys() - {self._removal_combo.currentData()})
        return with_settings(StudyPlan(approximations=()), values)

    @property
    def paradigm(self) -> str:
        """Type of y, "graded" or "classes"; empty to detect it from the data."""
        return str(self._value("y") or "")

    @property
    def missing_text(self) -> str:
        """Sentence on what must still be chosen; empty if nothing is missing."""
        if self._removal_combo.currentData() == "atlas" and self._value("atlas") is None:
            return self.tr("Choose an atlas, or remove single voxels.")
        return ""

    def show_covariates(self, names: tuple[str, ...]) -> None:
        """Offer the table's covariates to be regressed out of every voxel; checked ones stay checked."""
        (entry,) = (entry for entry in settings_of(StudyPlan) if entry.name == "remove")
        row = entry.row or FormRow()
        form = self._sections[entry.group]
        checked = {name for name, box in self._covariate_boxes.items() if box.isChecked()}
        for box in self._covariate_boxes.values():
            form.removeRow(box)
        self._covariate_boxes = {}
        for name in names:
            box = QCheckBox(self.tr(row.label).format(name))
            box.setToolTip(self.tr(row.tooltip))
            box.setChecked(name in checked)
            form.addRow("", box)
            self._covariate_boxes[name] = box

    # Construction

    def _make_removal_combo(self) -> ComboBox:
        """Create the combo box of what is removed: single voxels, or one of the exclusive settings."""
        combo = _make_combo(
            {NOTHING: self.tr("single voxels")}
            | {
                name: self.tr(entry.row.exclusive_label)
                for name, entry in self._exclusive_settings.items()
                if entry.row
            }
        )
        combo.setToolTip(
            self.tr("What is removed from the scans to measure how much worse the network becomes.")
        )
        return combo

    def _add_setting(self, setting: Setting, form_row: FormRow) -> None:
        label = self.tr(form_row.label or parameter_label(setting.name))
        editor = self._make_editor(setting, form_row, label)
        editor.setToolTip(self.tr(form_row.tooltip if form_row.label else as_sentence(setting.help)))
        self.editors[setting.name] = editor
        form = self._sections[setting.group]
        if isinstance(editor, QCheckBox):
            form.addRow("", editor)
        else:
            self._add_row(form, label, editor)

    def _make_editor(self, setting: Setting, form_row: FormRow, label: str) -> QWidget:
        """Create the editor of a setting, set to its default."""
        low, high = (
            default_limit if inner is None else inner
            for inner, default_limit in zip(form_row.limits, setting.limits, strict=True)
        )
        if form_row.choices:
            combo = _make_combo({value: self.tr(text) for value, text in form_row.choices.items()})
            combo.setCurrentIndex(combo.findData("" if setting.default is None else setting.default))
            return combo
        if form_row.checked_value or setting.kind is bool:
            check = QCheckBox(label)
            check.setChecked(setting.default == (form_row.checked_value or True))
            return check
        if setting.kind is Path:
            return PathComboBox(self.tr(form_row.none_text), self.tr("A file …"), label)
        if form_row.percent:
            percent = PercentBox(low or 0.0, 1.0 if high is None else high)
            percent.setValue(round(100 * setting.default))
            return percent
        if setting.kind is int:
            spin_box = QSpinBox()
            # An optional number has an extra value below its minimum that stands for None.
            spin_box.setRange(
                int(low or 0) - bool(form_row.none_text), MAX_INTEGER if high is None else int(high)
            )
            spin_box.setSpecialValueText(self.tr(form_row.none_text))
            spin_box.setValue(spin_box.minimum() if setting.default is None else setting.default)
            return spin_box
        number_box = NumberBox()
        number_box.setRange(
            number_box.minimum() if low is None else low, number_box.maximum() if high is None else high
        )
        number_box.setValue(
            form_row.initial_value
            if setting.default is None and form_row.initial_value is not None
            else setting.default
        )
        number_box.setSuffix(f" {setting.unit}" if setting.unit else "")
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
            return editor.fraction
        (entry,) = (entry for entry in settings_of(StudyPlan) if entry.name == name)
        row = entry.row or FormRow()
        if isinstance(editor, QCheckBox) and row.checked_value:
            return row.checked_value if editor.isChecked() else entry.default
        if isinstance(editor, QSpinBox) and row.none_text and editor.value() == editor.minimum():
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
        self._removal_combo.currentIndexChanged.connect(self._update_removal)
        self._update_removal()

    def _update_removal(self) -> None:
        for name, entry in self._exclusive_settings.items():
            form = self._sections[entry.group]
            form.setRowVisible(self.editors[name], name == self._removal_combo.currentData())

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
