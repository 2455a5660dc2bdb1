"""Form of a method's parameters, generated from its declaration with one editor per parameter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.window.combo_box import ComboBox
from viewer.window.dock_panel import WheelGuard, as_sentence
from viewer.window.file_dialogs import find_file_dialogs
from viewer.window.scan_choice_box import ScanChoiceBox
from viewer.window.translation import METHODS, fill, translate

if TYPE_CHECKING:
    from viewer.methods.base import Method, Parameter


LABELS_FILTER = "Names (*.tsv *.csv *.json *.xml *.txt *.lut *.label);;All files (*)"
IMAGE_FILTER = "Images (*.nii *.nii.gz *.mgz *.mgh *.img *.hdr);;All files (*)"
SCANS_FILTER = (
    "Scans and lists of them (*.nii *.nii.gz *.mgz *.mgh *.img *.hdr *.mnc *.txt *.tsv *.csv);;All files (*)"
)
SAFETENSORS_FILTER = "Safetensors (*.safetensors);;All files (*)"
FILE_FILTERS = {
    "atlas": IMAGE_FILTER,
    "labels": LABELS_FILTER,
    "patterns": SAFETENSORS_FILTER,
    "generators": SAFETENSORS_FILTER,
}
"""File dialog filter of each parameter that names a file."""


class FileEditor(QWidget):
    """Editor of a file path: text field, Browse button, and an optional suggestion."""

    textChanged = Signal(str)

    def __init__(self, name: str, value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name_filters = FILE_FILTERS[name]
        self.line_edit = QLineEdit(value)
        self.browse_button = QToolButton()
        self.browse_button.setText(self.tr("Browse …"))
        self.offer_button = QPushButton()
        self.offer_button.hide()
        self._offered_path = ""
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.line_edit, 1)
        row.addWidget(self.browse_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.offer_button)
        self.setFocusProxy(self.line_edit)
        self.line_edit.textChanged.connect(self.textChanged)
        self.browse_button.clicked.connect(self._browse)
        self.offer_button.clicked.connect(lambda: self.line_edit.setText(self._offered_path))

    def text(self) -> str:
        """Return the path; empty if none is chosen."""
        return self.line_edit.text()

    def set_offer(self, text: str, path: Path | None) -> None:
        """Show a button that fills in the path of an open file; None hides it."""
        self._offered_path = "" if path is None else str(path)
        self.offer_button.setText(text)
        self.offer_button.setVisible(path is not None)

    def _browse(self) -> None:
        title = self.tr("Choose a file: {}").format(self.accessibleName())
        path = find_file_dialogs(self).ask_open(
            title, self._name_filters, parent=self.window(), current_path=self.text()
        )
        if path is not None:
            self.line_edit.setText(str(path))


SIZES = "sizes"
"""Property of a line edit whose text is a window size; digits alone are returned as an integer."""

MAX_INTEGER = 2**31 - 1
MAX_NUMBER = 1e12


class NumberBox(QDoubleSpinBox):
    """Spin box for floating-point numbers, shown with up to six significant digits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(12)
        self.setRange(-MAX_NUMBER, MAX_NUMBER)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)

    def textFromValue(self, value: float) -> str:
        """Format a number with six significant digits."""
        return self.locale().toString(value, "g", 6)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept numbers within the limits, including ones with exponents."""
        number = self._parse_number(text)
        if number is None:
            return QValidator.State.Intermediate, text, position
        is_inside = self.minimum() <= number <= self.maximum()
        state = QValidator.State.Acceptable if is_inside else QValidator.State.Intermediate
        return state, text, position

    def valueFromText(self, text: str) -> float:
        """Return the typed number, or the current value if the text is not a number."""
        number = self._parse_number(text)
        return self.value() if number is None else number

    def _parse_number(self, text: str) -> float | None:
        number_text = text.removesuffix(self.suffix()).strip()
        number, is_number = self.locale().toDouble(number_text)
        return number if is_number else None


def make_editor(parameter: Parameter) -> QWidget:
    """Create the editor of a parameter, set to its default."""
    widget: QWidget
    if parameter.scans:
        widget = ScanChoiceBox(
            [(_translated_label(str(choice)), choice) for choice in parameter.choices], SCANS_FILTER
        )
    elif parameter.choices:
        combo = ComboBox()
        for choice in parameter.choices:
            combo.addItem(_translated_label(str(choice)), choice)
        combo.setCurrentIndex(combo.findData(parameter.default))
        widget = combo
    elif parameter.sizes:
        widget = QLineEdit(str(parameter.default))
        widget.setPlaceholderText(str(parameter.default))
        widget.setProperty(SIZES, True)
    elif parameter.kind is bool:
        check = QCheckBox(_translated_label(parameter.name))
        check.setChecked(bool(parameter.default))
        widget = check
    elif parameter.kind is int:
        spin_box = QSpinBox()
        low, high = parameter.limits
        spin_box.setRange(
            -MAX_INTEGER if low is None else int(low), MAX_INTEGER if high is None else int(high)
        )
        spin_box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        spin_box.setValue(int(parameter.default))
        spin_box.setSuffix(f" {translate(METHODS, parameter.unit)}" if parameter.unit else "")
        widget = spin_box
    elif parameter.kind is float:
        number_box = NumberBox()
        low, high = parameter.limits
        number_box.setRange(-MAX_NUMBER if low is None else low, MAX_NUMBER if high is None else high)
        number_box.setValue(float(parameter.default))
        number_box.setSuffix(f" {translate(METHODS, parameter.unit)}" if parameter.unit else "")
        widget = number_box
    elif parameter.name in FILE_FILTERS:
        file = FileEditor(parameter.name, str(parameter.default))
        file.line_edit.setAccessibleName(_translated_label(parameter.name))
        file.line_edit.setToolTip(_tool_tip(parameter))
        browse_text = translate("ParameterForm", "Browse for {}")
        file.browse_button.setAccessibleName(browse_text.format(_translated_label(parameter.name).lower()))
        widget = file
    else:
        widget = QLineEdit(str(parameter.default))
    widget.setObjectName(parameter.name)
    widget.setAccessibleName(_translated_label(parameter.name))
    widget.setAccessibleDescription(translate(METHODS, parameter.help))
    widget.setToolTip(_tool_tip(parameter))
    return widget


def editor_value(widget: QWidget) -> Any:
    """Return the value of an editor."""
    if isinstance(widget, ScanChoiceBox):
        return widget.value()
    if isinstance(widget, QComboBox):
        return widget.currentData()
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, (QSpinBox, QDoubleSpinBox)):
        return widget.value()
    if isinstance(widget, QLineEdit) and widget.property(SIZES):
        text = widget.text().strip() or widget.placeholderText()
        return int(text) if text.isdecimal() else text
    if isinstance(widget, (QLineEdit, FileEditor)):
        return widget.text()
    raise TypeError(f"{type(widget).__name__} edits no parameter")


LABELS = {
    "begin": "Start from layer or channel",
    "unruled": "Unsupported operators",
    "refuse": "Stop",
    "linearise": "Use the derivative",
    "pull": "Area weight",
    "coarse": "Mask resolution",
    "dense": "Rule, dense layers",
    "middle": "Rule, upper convolutions",
    "lower": "Rule, lower convolutions",
    "input": "Rule, first layer",
    "layers": "Rules, individual layers",
    "local": "Recompute only where needed",
    "anti": "Anti-heatmap",
}
"""Labels of parameters and choices whose name alone is unclear."""


def parameter_label(name: str) -> str:
    """Return the label of a parameter or choice: ``noise_level`` becomes ``Noise level``."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def _translated_label(name: str) -> str:
    return translate(METHODS, parameter_label(name))


def translate_label(name: str) -> str:
    """Return the translated label of a parameter or choice; without one, the word without underscores."""
    return translate(METHODS, name.replace("_", " "), parameter_label(name))


def _tool_tip(parameter: Parameter) -> str:
    low, high = parameter.limits
    limits = " ".join(
        text
        for text in (
            "" if low is None else fill(translate("ParameterForm", "at least {:g}"), low),
            "" if high is None else fill(translate("ParameterForm", "at most {:g}"), high),
        )
        if text
    )
    default = translate("ParameterForm", "Default {}").format(parameter.default)
    lines = [translate(METHODS, parameter.help), default + (f", {limits}" if limits else "") + "."]
    if parameter.source:
        lines.append(parameter.source)
    return "\n".join(lines)


def set_editor_value(widget: QWidget, value: object) -> None:
    """Set the value of an editor; ignore values of another type or outside its limits."""
    if isinstance(widget, ScanChoiceBox):
        if isinstance(value, str):
            widget.set_value(value)
    elif isinstance(widget, QComboBox):
        index = widget.findData(value)
        widget.setCurrentIndex(widget.currentIndex() if index < 0 else index)
    elif isinstance(widget, QCheckBox):
        widget.setChecked(value if isinstance(value, bool) else widget.isChecked())
    elif isinstance(widget, QSpinBox):
        if isinstance(value, int) and widget.minimum() <= value <= widget.maximum():
            widget.setValue(value)
    elif isinstance(widget, QDoubleSpinBox):
        if isinstance(value, int | float) and widget.minimum() <= value <= widget.maximum():
            widget.setValue(value)
    elif isinstance(widget, QLineEdit) and (isinstance(value, str) or _accepts_size(widget, value)):
        widget.setText(str(value))
    elif isinstance(widget, FileEditor) and isinstance(value, str):
        widget.line_edit.setText(value)


def _accepts_size(widget: QLineEdit, value: object) -> bool:
    """Return whether a value is an integer and the widget edits sizes."""
    return bool(widget.property(SIZES)) and isinstance(value, int) and not isinstance(value, bool)


class ParameterForm(QWidget):
    """Editors of a method's parameters, each with its unit, limits and help text."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3)
        self._editors: dict[str, QWidget] = {}
        self._guard = WheelGuard(self)

    def show_method(self, method: type[Method]) -> None:
        """Replace the editors with those of another method."""
        while (item := self._layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self._editors = {}
        for parameter in method.parameters():
            self._add_editor(parameter)

    def editors(self) -> tuple[QWidget, ...]:
        """Return the editors from top to bottom."""
        return tuple(self._editors.values())

    def values(self) -> dict[str, Any]:
        """Return the parameter values by name."""
        return {name: editor_value(widget) for name, widget in self._editors.items()}

    def set_values(self, values: Mapping[str, object]) -> None:
        """Set the editors' values; ignore unknown parameters and values of another type."""
        for name, value in values.items():
            if name in self._editors:
                set_editor_value(self._editors[name], value)

    def _add_editor(self, parameter: Parameter) -> None:
        widget = make_editor(parameter)
        self._guard.guard(widget)
        if not isinstance(widget, QCheckBox):
            label = QLabel(_translated_label(parameter.name))
            label.setBuddy(widget)
            label.setToolTip(widget.toolTip())
            self._layout.addWidget(label)
        self._layout.addWidget(widget)
        help_label = QLabel(as_sentence(translate(METHODS, parameter.help)))
        help_label.setWordWrap(True)
        help_label.setProperty("role", "quiet")
        help_label.setContentsMargins(0, 0, 0, 6)
        help_label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._layout.addWidget(help_label)
        self._editors[parameter.name] = widget
        for name in ("currentIndexChanged", "toggled", "valueChanged", "textChanged"):
            signal = getattr(widget, name, None)
            if signal is not None:
                signal.connect(lambda *_: self.changed.emit())
                break
