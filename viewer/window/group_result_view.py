"""Result of a group analysis in the panel: findings, maps, table of regions, and command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from viewer.number_format import format_number
from viewer.window.combo_box import ComboBox
from viewer.window.command_line_box import CommandLineBox
from viewer.window.dock_panel import as_sentence, make_label, set_text
from viewer.window.translation import format_numbers, translate_count, translate_sentence

if TYPE_CHECKING:
    from viewer.cohorts.group_regions import GroupRegionEffect
    from viewer.cohorts.group_result import GroupResult
    from viewer.session.group_request import GroupRequest

NO_PARENT = QModelIndex()
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
REGIONS_HEIGHT = 120


class RegionEffectModel(QAbstractTableModel):
    """Table model of the effects in the regions of an atlas, smallest p first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._regions: tuple[GroupRegionEffect, ...] = ()

    def set_regions(self, regions: tuple[GroupRegionEffect, ...]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self._regions = regions
        self.endResetModel()

    def _cells(self, effect: GroupRegionEffect) -> tuple[str, ...]:
        limits = f"{format_number(effect.low, 2)} … {format_number(effect.high, 2)}"
        p_values = (format_number(p_value, 2) for p_value in (effect.p_fwe, effect.p))
        return (effect.region, *map(format_numbers, (format_number(effect.effect, 3), limits, *p_values)))

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NO_PARENT) -> int:
        """Return the number of regions."""
        return 0 if parent.isValid() else len(self._regions)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = NO_PARENT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else 5

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the text of a cell, or all numbers of the region as its tooltip."""
        effect = self._regions[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells(effect)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(NUMBERS) if index.column() else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tr("{}: {}, mean {}, t {}").format(
                effect.region,
                translate_count(effect.voxels, "voxel"),
                *(format_numbers(format_number(value)) for value in (effect.mean, effect.t)),
            )
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the names of the columns, or their descriptions as tooltips."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        names = (
            self.tr("Region"),
            self.tr("Effect"),
            self.tr("95 % interval"),
            self.tr("p FWE"),
            self.tr("p"),
        )
        tool_tips = (
            self.tr("Region of the atlas"),
            self.tr("Tested coefficient of the mean relevance in the region"),
            self.tr("Confidence interval of the effect"),
            self.tr("p corrected across all regions by permutation"),
            self.tr("Two-sided p, uncorrected"),
        )
        if role == Qt.ItemDataRole.DisplayRole:
            return names[section]
        return tool_tips[section] if role == Qt.ItemDataRole.ToolTipRole else None


class GroupResultView(QWidget):
    """Result of a group analysis; ``map_chosen`` emits a map's name, ``save_requested`` asks to save it."""

    map_chosen = Signal(str)
    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings_label = make_label()
        self._excluded_label = make_label(role="quiet")
        self._empty_label = make_label(
            self.tr("Nothing computed yet. The map will appear in the box, its numbers and command here."),
            "quiet",
        )
        self.map_combo = ComboBox()
        self.map_combo.setAccessibleName(self.tr("Shown map"))
        self.map_combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.map_combo.setMinimumContentsLength(8)
        self.map_combo.activated.connect(lambda _: self.map_chosen.emit(str(self.map_combo.currentData())))
        self.model = RegionEffectModel(self)
        self.region_table = QTableView()
        self.region_table.setModel(self.model)
        self.region_table.setAccessibleName(self.tr("Regions"))
        self.region_table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.region_table.setWordWrap(False)
        self.region_table.setShowGrid(False)
        self.region_table.setTabKeyNavigation(False)
        self.region_table.verticalHeader().hide()
        self.region_table.verticalHeader().setDefaultSectionSize(22)
        self.region_table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.region_table.setMinimumHeight(REGIONS_HEIGHT)
        self.command_box = CommandLineBox()
        self._save_button = QPushButton(self.tr("Save …"))
        self._save_button.setToolTip(self.tr("Save all maps and the table of regions, as the command does"))
        self._save_button.clicked.connect(lambda: self.save_requested.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        for widget in (
            self._empty_label,
            self._findings_label,
            self.map_combo,
            self.region_table,
            self._excluded_label,
            self.command_box,
        ):
            column.addWidget(widget)
        self.command_box.button_row.insertWidget(1, self._save_button)
        column.addStretch(1)
        self.set_result(None, None)

    @property
    def text(self) -> str:
        """Text of the findings."""
        return self._findings_label.text()

    def set_result(self, request: GroupRequest | None, result: GroupResult | None) -> None:
        """Show a result; None clears everything."""
        has_result = result is not None and request is not None
        self._empty_label.setVisible(not has_result)
        self.map_combo.setVisible(has_result)
        self._save_button.setVisible(has_result)
        self.map_combo.clear()
        if result is None or request is None:
            set_text(self._findings_label, "")
            set_text(self._excluded_label, "")
            self.model.set_regions(())
            self.region_table.hide()
            self.command_box.set_command("")
            return
        set_text(self._findings_label, "\n".join(as_sentence(sentence) for sentence in result.sentences()))
        left_out = ", ".join(map(translate_sentence, result.left_out))
        set_text(self._excluded_label, self.tr("Left out: {}").format(left_out) if left_out else "")
        for name, title in self._map_titles().items():
            if name in result.maps:
                self.map_combo.addItem(title, name)
        self.map_combo.setCurrentIndex(self.map_combo.findData(request.first_map))
        self.model.set_regions(result.regions)
        self.region_table.setVisible(bool(result.regions))
        self.command_box.set_command(request.command())

    def _map_titles(self) -> dict[str, str]:
        return {
            "mean": self.tr("Mean"),
            "sd": self.tr("Standard deviation"),
            "share": self.tr("Share above threshold"),
            "effect": self.tr("Effect"),
            "t": self.tr("t"),
            "z": self.tr("z"),
            "p-fwe": self.tr("−log10 p, family-wise (max |t|)"),
            "p-fdr": self.tr("−log10 q, false discovery rate"),
            "tfce": self.tr("TFCE"),
            "p-tfce": self.tr("−log10 p, family-wise (TFCE)"),
        }
