"""Dialog for the missing entries of a model card; the card is written to a file only on request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from viewer.errors import ViewerError
from viewer.models.input_spec import IntensityScaling, Placement
from viewer.models.output_kind import OutputKind, OutputType
from viewer.window.combo_box import ComboBox, EnumComboBox
from viewer.window.dock_panel import make_label, set_text
from viewer.window.translation import translate_sentence

if TYPE_CHECKING:
    from viewer.models.missing_card import MissingCardError
    from viewer.models.model_card import Card


class ModelCardDialog(QDialog):
    """Form with a row per missing entry; accepted only if the entries are a valid card.

    Parameters
    ----------
    missing_card
        Path of the network, the known entries, and the names of the missing ones.
    """

    def __init__(self, missing_card: MissingCardError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.missing_card = missing_card
        self.card: Card | None = None
        self.setWindowTitle(self.tr("Describe {}").format(missing_card.path.name))
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        label = make_label(self._about())
        if "name" in missing_card.missing_entries:
            self._add_name()
        if "classes" in missing_card.missing_entries:
            self._add_outputs()
        if "input" in missing_card.missing_entries:
            self._add_input()
        self.save_card = QCheckBox(self.tr("Save as {} next to the network").format(self.card_path.name))
        self.save_card.setObjectName("keep")
        exists = self.card_path.exists()
        self.save_card.setEnabled(not exists)
        if exists:
            self.save_card.setText(self.tr("{} exists and is not changed").format(self.card_path.name))
        self._error = make_label()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self._accept_if_valid)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(label)
        column.addLayout(self._form)
        column.addWidget(self.save_card)
        column.addWidget(self._error)
        column.addWidget(buttons)
        self.setMinimumWidth(460)

    @property
    def card_path(self) -> Path:
        """Path of the card next to the network: ``NAME.card.json``."""
        return self.missing_card.path.with_name(f"{self.missing_card.path.stem}.card.json")

    def _about(self) -> str:
        hints = self.missing_card.known_card
        problem = self.tr("{}: {}.").format(
            self.missing_card.path.name, translate_sentence(self.missing_card.problem)
        )
        guess = self.tr(" Its weights look like {}.").format(hints.architecture) if hints.architecture else ""
        if guess and hints.architecture in self.missing_card.problem:
            guess = ""
        return problem + guess + self.tr(" Enter the values given by its authors.")

    def _add_line(self, name: str, label: str, value: str, hint: str) -> QLineEdit:
        line = QLineEdit(value)
        line.setObjectName(name)
        line.setAccessibleName(label)
        line.setPlaceholderText(hint)
        line.setToolTip(hint)
        self._form.addRow(label, line)
        return line

    def _add_name(self) -> None:
        self.name = self._add_line(
            "name", self.tr("Name"), self.missing_card.known_card.name, self.tr("my network")
        )

    def _add_outputs(self) -> None:
        hints = self.missing_card.known_card
        self.classes = self._add_line(
            "classes", self.tr("Classes"), ", ".join(hints.classes), self.tr("control, patient")
        )
        self.output = ComboBox()
        self.output.setObjectName("output")
        self.output.setAccessibleName(self.tr("Output meaning"))
        for label, kind in (
            (self.tr("Unknown: let the viewer guess"), ""),
            (self.tr("One class of several (softmax)"), OutputKind.SOFTMAX),
            (self.tr("Yes or no, one output (sigmoid)"), OutputKind.SIGMOID),
            (self.tr("Independent labels (multi-label)"), OutputKind.MULTI_LABEL),
            (self.tr("A value, such as an age"), OutputKind.VALUE),
        ):
            self.output.addItem(label, str(kind))
        self._form.addRow(self.tr("Output meaning"), self.output)
        self.output_type = ComboBox()
        self.output_type.setObjectName("output_type")
        self.output_type.setAccessibleName(self.tr("Output type"))
        for label, output_type in (
            (self.tr("Unknown: read from the network's last operators"), ""),
            (self.tr("Logits"), OutputType.LOGITS),
            (self.tr("Probabilities"), OutputType.PROBABILITIES),
            (self.tr("Log probabilities"), OutputType.LOG_PROBABILITIES),
        ):
            self.output_type.addItem(label, str(output_type))
        self._form.addRow(self.tr("Output type"), self.output_type)
        self.output.currentIndexChanged.connect(self._show_output_type)
        self.dense = QCheckBox(self.tr("One output per voxel (segmentation)"))
        self.dense.setObjectName("dense")
        self.dense.setChecked(bool(self.missing_card.is_dense))
        self.dense.setEnabled(self.missing_card.is_dense is None)
        self._form.addRow("", self.dense)

    def _show_output_type(self) -> None:
        """Hide the output type of a value, which is neither a logit nor a probability."""
        self._form.setRowVisible(self.output_type, self.output.currentData() != OutputKind.VALUE)

    def _add_input(self) -> None:
        spatial = self.missing_card.input_shape[2:]
        self.placement = EnumComboBox(
            {
                Placement.FIELD_OF_VIEW: self.tr("The whole field of view of the scan"),
                Placement.SPACING: self.tr("A box of fixed voxel size around the scan's centre"),
                Placement.FOREGROUND: self.tr("A box around the head, as large as needed"),
            }
        )
        self.placement.setObjectName("placement")
        self.placement.setAccessibleName(self.tr("Placement"))
        self._form.addRow(self.tr("Placement"), self.placement)
        self.shape = self._add_line(
            "shape", self.tr("Voxels"), " × ".join(map(str, spatial)), self.tr("96 × 112 × 96")
        )
        self.spacing = self._add_line("spacing", self.tr("Voxel size, mm"), "", self.tr("2 × 2 × 2"))
        self.axes = self._add_line(
            "axes", self.tr("Axis directions"), "RAS", self.tr("RAS: right, anterior, superior")
        )
        self.scaling = EnumComboBox(
            {
                IntensityScaling.NONE: self.tr("Unchanged"),
                IntensityScaling.Z_SCORE: self.tr("Mean 0, standard deviation 1 (z-score)"),
                IntensityScaling.RANGE: self.tr("Minimum to 0, maximum to 1"),
                IntensityScaling.MAXIMUM: self.tr("Divided by the maximum"),
                IntensityScaling.MEAN: self.tr("Divided by the mean"),
            }
        )
        self.scaling.setObjectName("scaling")
        self.scaling.setAccessibleName(self.tr("Intensities"))
        self._form.addRow(self.tr("Intensities"), self.scaling)
        self.nonzero = QCheckBox(self.tr("Computed over non-zero voxels"))
        self.nonzero.setObjectName("nonzero")
        self._form.addRow("", self.nonzero)
        self.channels = self._add_line(
            "channels",
            self.tr("Channels"),
            ", ".join(self._numbered()),
            self.tr("one; or their names: T1, T1c, T2, FLAIR"),
        )
        self.repeat = QCheckBox(self.tr("Use one scan for all channels intentionally"))
        self.repeat.setObjectName("repeat")
        self._form.addRow("", self.repeat)
        self.placement.currentIndexChanged.connect(self._show_rows)
        self.scaling.currentIndexChanged.connect(self._show_rows)
        self.channels.textChanged.connect(self._show_rows)
        self._show_rows()

    def _numbered(self) -> tuple[str, ...]:
        count = self.missing_card.input_shape[1] if len(self.missing_card.input_shape) > 1 else 1
        return tuple(str(index) for index in range(count)) if count > 1 else ()

    def _show_rows(self) -> None:
        """Show only the rows that apply to the placement, the scaling and the channels."""
        placement, scaling = self.placement.member(), self.scaling.member()
        self._form.setRowVisible(self.shape, placement is not Placement.FOREGROUND)
        self._form.setRowVisible(self.spacing, placement is not Placement.FIELD_OF_VIEW)
        self._form.setRowVisible(self.nonzero, scaling is not IntensityScaling.NONE)
        self._form.setRowVisible(self.repeat, len(split_list(self.channels.text())) > 1)

    def entries(self) -> dict[str, Any]:
        """Return the card's entries: the known ones and those of the form."""
        entries = self.missing_card.known_card.as_json()
        if "name" in self.missing_card.missing_entries:
            entries["name"] = self.name.text().strip()
        if "classes" in self.missing_card.missing_entries:
            entries["classes"] = split_list(self.classes.text())
            if self.output.currentData():
                entries["output"] = self.output.currentData()
            value = entries.get("output") == OutputKind.VALUE
            if self.output_type.currentData() and not value:
                entries["output_type"] = self.output_type.currentData()
            entries["kind"] = "segmentation" if self.dense.isChecked() else "classification"
            if value and not self.dense.isChecked():
                entries["kind"] = "regression"
        if "input" in self.missing_card.missing_entries:
            entries["input"] = self._input()
        return entries

    def _input(self) -> dict[str, Any]:
        placement, scaling = self.placement.member(), self.scaling.member()
        intensity: dict[str, Any] = {"scaling": str(scaling)}
        if scaling is not IntensityScaling.NONE and self.nonzero.isChecked():
            intensity["over"] = "nonzero"
        entry: dict[str, Any] = {
            "placement": str(placement),
            "axes": self.axes.text().strip().upper(),
            "intensity": intensity,
        }
        if placement is not Placement.FOREGROUND:
            entry["shape"] = parse_numbers(self.shape.text())
        if placement is not Placement.FIELD_OF_VIEW:
            entry["spacing"] = parse_numbers(self.spacing.text())
        channels = split_list(self.channels.text())
        if len(channels) > 1:
            entry |= {"channel_names": channels, "repeat": self.repeat.isChecked()}
        return entry

    def _accept_if_valid(self) -> None:
        """Accept if the entries are a valid card; otherwise show the error and stay open."""
        from viewer.models.missing_card import missing_entries
        from viewer.models.model_card import card_from_json

        try:
            card = card_from_json(self.entries(), self.tr("this form"))
            remaining = missing_entries(card)
            if remaining:
                raise ViewerError(self.tr("this form"), f"entry {remaining[0]!r} is empty")
            if self.save_card.isChecked():
                self._write(card)
        except ViewerError as error:
            set_text(self._error, translate_sentence(str(error)))
            return
        self.card = card
        self.accept()

    def _write(self, card: Card) -> None:
        """Write the card to a new file.

        Raises
        ------
        ViewerError
            The file exists, or cannot be written.
        """
        from viewer.models.model_card import write_new_card

        write_new_card(card, self.card_path)


def split_list(line: str) -> list[str]:
    """Return the comma-separated words of a line, stripped of whitespace; empty ones are dropped."""
    return [word.strip() for word in line.split(",") if word.strip()]


def parse_numbers(line: str) -> list[float]:
    """Return the numbers in a line such as ``96 × 112 × 96``."""
    return [float(text) if "." in text else int(text) for text in re.findall(r"\d+(?:\.\d+)?", line)]
