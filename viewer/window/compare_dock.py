"""Comparison panel: the second map, how both are shown, and similarity metrics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QGridLayout, QLabel, QSlider, QWidget

from viewer.scans.origin import model_and_target_notes
from viewer.session.session import Session
from viewer.session.view import ComparisonMode
from viewer.window.combo_box import ComboBox, EnumComboBox
from viewer.window.dock_panel import DockPanel, as_sentence, make_label, set_text
from viewer.window.translation import format_numbers, translate_sentence
from viewer.window.view_input import GestureTimer

if TYPE_CHECKING:
    from viewer.checks.map_comparison import Comparison

NO_VALUE = "–"


class CompareDock(DockPanel):
    """Panel that selects the compared maps and shows metrics, which follow the threshold."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("compare", "Compare", parent)
        self.setWindowTitle(self.tr("Compare"))
        self._session = session
        self._is_filling = False
        self._second_map_combo = ComboBox()
        self._second_map_combo.setAccessibleName(self.tr("Second map"))
        self._gesture_timer = GestureTimer(session, self)
        self._mode_combo = EnumComboBox(
            {
                ComparisonMode.BESIDE: self.tr("Side by side"),
                ComparisonMode.FADE: self.tr("Fade"),
                ComparisonMode.FLICKER: self.tr("Flicker"),
            }
        )
        self._fade_slider = QSlider(Qt.Orientation.Horizontal)
        self._fade_slider.setRange(0, 100)
        self._fade_slider.setAccessibleName(self.tr("From A to B"))
        self._fade_slider.setToolTip(self.tr("Left: the current map. Right: the second map."))
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(6)
        form.addRow(self.tr("Compare with"), self._second_map_combo)
        form.addRow(self.tr("Display"), self._mode_combo)
        form.addRow(self.tr("A to B"), self._fade_slider)
        for combo in (self._second_map_combo, self._mode_combo):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
        self._message_label = make_label(role="quiet")
        self._origin_label = make_label(role="warning")
        self._metrics_table = QWidget()
        self._metric_labels: dict[str, QLabel] = {}
        grid = QGridLayout(self._metrics_table)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setVerticalSpacing(4)
        for row, (name, text, tool_tip) in enumerate(self._list_metrics()):
            label, value = QLabel(text), QLabel(NO_VALUE)
            label.setProperty("role", "quiet")
            label.setToolTip(tool_tip)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(text)
            grid.addWidget(label, row, 0)
            grid.addWidget(value, row, 1)
            self._metric_labels[name] = value
        self.column.addLayout(form)
        self.column.addWidget(self._origin_label)
        self.column.addWidget(self._message_label)
        self.column.addWidget(self._metrics_table)
        self._second_map_combo.currentIndexChanged.connect(self._on_second_map_chosen)
        self._mode_combo.currentIndexChanged.connect(
            lambda: self._change_view(contrast=self._mode_combo.member())
        )
        self._fade_slider.valueChanged.connect(self._on_fade_changed)
        self._fade_slider.sliderPressed.connect(session.end_gesture)
        self._fade_slider.sliderReleased.connect(session.end_gesture)
        session.subscribe(self._fill, "maps", "current", "compared", "contrast", "fade", "scan", "model")
        self._fill()
        self.set_metrics(None)

    def _list_metrics(self) -> list[tuple[str, str, str]]:
        return [
            ("pearson", self.tr("Pearson"), self.tr("Correlation of the values: -1 to 1")),
            ("spearman", self.tr("Spearman"), self.tr("Correlation of the ranks: -1 to 1")),
            (
                "l1_similarity",
                self.tr("L1 similarity"),
                self.tr("Overlap of the two normalised maps"),
            ),
            ("kl", self.tr("KL, A from B"), self.tr("Divergence in nats; 0 if both are the same")),
            ("kl_reverse", self.tr("KL, B from A"), self.tr("Divergence in nats; 0 if both are the same")),
            (
                "top",
                self.tr("Voxels per map"),
                self.tr("Number of voxels compared in each map: as many as A has above the threshold"),
            ),
            ("dice", self.tr("Dice"), self.tr("Overlap of these voxels, 0 to 1")),
            (
                "dice_chance",
                self.tr("Dice expected by chance"),
                self.tr("For the same number of voxels drawn at random"),
            ),
            ("iou", self.tr("IoU"), self.tr("Intersection over union of these voxels")),
            (
                "auc",
                self.tr("AUC, A predicts B"),
                self.tr("How well A's values predict B's voxels; 0.5 is chance"),
            ),
            ("auc_reverse", self.tr("AUC, B predicts A"), self.tr("How well B's values predict A's voxels")),
        ]

    # Metrics

    def set_metrics(self, comparison: Comparison | None) -> None:
        """Show the similarity metrics at the threshold, or none."""
        self._metrics_table.setVisible(comparison is not None)
        message = self.tr("Choose a second map: both are thresholded to the same volume.")
        if self._session.view.compared is not None:
            message = self.tr("Comparing …")
        if len(self._session.maps) < 2:
            message = self.tr("A comparison needs two maps. Compute or open another one.")
        set_text(self._message_label, message if comparison is None else "")
        if comparison is None:
            return
        for name, label in self._metric_labels.items():
            value = getattr(comparison, name)
            if name == "top":
                label.setText(format_numbers(f"{value:,}"))
            else:
                label.setText(NO_VALUE if math.isnan(value) else format_numbers(f"{value:z.3f}"))

    def show_failure(self, reason: str) -> None:
        """Show why these maps cannot be compared."""
        self._metrics_table.setVisible(False)
        set_text(self._message_label, translate_sentence(reason))

    def _origin_warning(self) -> str:
        """Return a warning if the maps differ in scan, network or target; empty if they do not."""
        session, warnings, maps = self._session, [], []
        for letter, index in (("A", session.current), ("B", session.view.compared)):
            if index is None or session.view.compared is None or not 0 <= index < len(session.maps):
                continue
            compared_map = session.maps[index].map
            maps.append(compared_map)
            origin = session.origin(compared_map)
            if origin.is_from_other_scan:
                warnings.append(
                    self.tr("{} is {}, not of {}.").format(
                        letter, translate_sentence(origin.other_scan_text), origin.current_scan_name
                    )
                )
        warnings.extend(as_sentence(note) for note in model_and_target_notes(maps))
        return " ".join(warnings)

    # User input

    def _change_view(self, **changes: Any) -> None:
        if not self._is_filling:
            self._session.change(**changes)

    def _on_second_map_chosen(self) -> None:
        self._change_view(compared=self._second_map_combo.currentData())

    def _on_fade_changed(self, value: int) -> None:
        if not self._is_filling:
            self._session.change(merge=True, fade=value / 100)
            if not self._fade_slider.isSliderDown():
                self._gesture_timer.start()

    # From the session

    def _fill(self) -> None:
        self._is_filling = True
        session = self._session
        self._second_map_combo.clear()
        self._second_map_combo.addItem(self.tr("None"), None)
        names = [layer.map.name for layer in session.maps]
        for index, layer in enumerate(session.maps):
            if index != session.current:
                # Maps of the same name are distinguished by their number in Maps.
                name = f"{index + 1}: {names[index]}" if names.count(names[index]) > 1 else names[index]
                origin = translate_sentence(session.origin(layer.map).other_scan_text)
                self._second_map_combo.addItem(f"{name} ({origin})" if origin else name, index)
        self._second_map_combo.setEnabled(len(session.maps) > 1)
        compared = session.view.compared
        self._second_map_combo.setCurrentIndex(
            0 if compared is None else max(self._second_map_combo.findData(compared), 0)
        )
        set_text(self._origin_label, self._origin_warning())
        self._mode_combo.set_member(session.view.contrast)
        self._fade_slider.setEnabled(session.view.contrast is ComparisonMode.FADE)
        self._fade_slider.setValue(round(session.view.fade * 100))
        self._is_filling = False
        if session.view.compared is None or self._metrics_table.isHidden():
            self.set_metrics(None)
