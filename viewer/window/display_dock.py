"""Display panel: threshold, sign, smallest cluster, colour range, and options of the box."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from viewer.number_format import format_number
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind
from viewer.session.session import Session
from viewer.session.threshold_scale import convert_threshold, rounded_threshold_at, slider_position
from viewer.session.view import ColorMap, Sign, Walls
from viewer.window.combo_box import ComboBox, EnumComboBox
from viewer.window.display_pipeline import DisplayCounts
from viewer.window.dock_panel import DockPanel, as_sentence, make_label, set_text
from viewer.window.empty_states import no_map_reason
from viewer.window.parameter_form import NumberBox
from viewer.window.translation import format_numbers, translate_count
from viewer.window.view_input import GestureTimer

MAX_COLOUR_VALUE = 1e12

Range = tuple[float, float] | None


class DisplayRangeEditor(QWidget):
    """Editor of the colour range: automatic, or two numbers."""

    changed = Signal(object)
    """Emitted with a pair of |values|; None for the range from the threshold to the largest value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._full_range = (0.0, 1.0)
        self._is_filling = False
        self.custom_box = QCheckBox(self.tr("Custom colour range"))
        self.custom_box.setToolTip(
            self.tr("Off: colours run from the threshold to the largest value. On: between these two values.")
        )
        self.low, self.high = NumberBox(), NumberBox()
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        for box, name in ((self.low, self.tr("First colour at")), (self.high, self.tr("Last colour at"))):
            box.setRange(0.0, MAX_COLOUR_VALUE)
            box.setKeyboardTracking(False)
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.valueChanged.connect(self._on_value_changed)
            line.addWidget(box, 1)
        self._limits_row = QWidget()
        self._limits_row.setLayout(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.custom_box)
        column.addWidget(self._limits_row)
        self.custom_box.toggled.connect(self._on_toggled)
        self.set_range(None)

    def set_sorted_values(self, sorted_values: SortedValues | None) -> None:
        """Set the values of the shown map, which give the initial custom range."""
        if sorted_values is not None and sorted_values.largest > 0:
            self._full_range = (0.0, sorted_values.largest)

    def set_range(self, display_range: Range) -> None:
        """Show the range of the view."""
        self._is_filling = True
        self.custom_box.setChecked(display_range is not None)
        self._limits_row.setVisible(display_range is not None)
        if display_range is not None:
            for box, value in ((self.low, display_range[0]), (self.high, display_range[1])):
                if box.value() != value:
                    box.setValue(value)
        self._is_filling = False

    def _on_toggled(self, checked: bool) -> None:
        if not self._is_filling:
            self.changed.emit(self._full_range if checked else None)

    def _on_value_changed(self) -> None:
        low, high = self.low.value(), self.high.value()
        # Limits in the wrong order occur while the user types, and are ignored.
        if not self._is_filling and low < high:
            self.changed.emit((low, high))


SLIDER_STEPS = 1000
MAX_AMOUNT = 1e12
MAX_CLUSTERS = 9999
MAP_CHECK_BOXES = ("overlay", "outline", "by_value", "shadows", "nested", "colour_bar")
"""Check boxes that apply to maps only."""


class DisplayDock(DockPanel):
    """Editor of the session's view; emits ``threshold_dragged`` while the threshold slider is dragged."""

    threshold_dragged = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("show", "Show", parent)
        self.setWindowTitle(self.tr("Show"))
        self._session = session
        self._sorted_values: SortedValues | None = None
        self._is_filling = False
        self._shows_feature_image = False
        self._has_counts = False
        self._gesture_timer = GestureTimer(session, self)
        self._threshold_kind = EnumComboBox(
            {
                ThresholdKind.PERCENTILE: self.tr("Percentile"),
                ThresholdKind.VALUE: self.tr("Value"),
                ThresholdKind.TOP: self.tr("Top % of relevance"),
                ThresholdKind.VOXELS: self.tr("Number of voxels"),
            }
        )
        self._threshold_kind.setAccessibleName(self.tr("Threshold by"))
        self._threshold_slider = QSlider(Qt.Orientation.Horizontal)
        self._threshold_slider.setRange(0, SLIDER_STEPS)
        self._threshold_slider.setAccessibleName(self.tr("Threshold"))
        self._threshold_slider.setToolTip(self.tr("Drag to the right to show less."))
        self._threshold_amount = NumberBox()
        self._threshold_amount.setAccessibleName(self.tr("Threshold amount"))
        self._threshold_amount.setKeyboardTracking(False)
        self._threshold_amount.setFixedWidth(88)
        self._counts_label = make_label(role="quiet")
        self._image_combo = ComboBox()
        self._image_combo.setObjectName("shown_image")
        self._image_combo.setAccessibleName(self.tr("Image"))
        self._image_combo.setToolTip(self.tr("Image of the person on the slices and on the walls of the box"))
        self._sign_combo = EnumComboBox(
            {
                Sign.BOTH: self.tr("Both"),
                Sign.POSITIVE: self.tr("Above zero"),
                Sign.NEGATIVE: self.tr("Below zero"),
            }
        )
        self._sign_combo.setToolTip(self.tr("Orange: above zero. Blue: below zero."))
        self._smallest_cluster = self._make_number_box(
            0, 1e6, "mm³", self.tr("Clusters smaller than this are hidden.")
        )
        self._largest_clusters = QSpinBox()
        self._largest_clusters.setRange(0, MAX_CLUSTERS)
        self._largest_clusters.setSpecialValueText(self.tr("All"))
        self._largest_clusters.setKeyboardTracking(False)
        self._largest_clusters.setToolTip(
            self.tr("Number of clusters to show, those with the most relevance first. 0 shows all.")
        )
        self._smoothing = self._make_number_box(
            0,
            30,
            "mm",
            self.tr("Gaussian smoothing of the map before thresholding, as full width at half maximum."),
        )
        self._opacity_slider = QSlider(Qt.Orientation.Horizontal)
        self._opacity_slider.setRange(0, 100)
        self._opacity_slider.setToolTip(self.tr("Opacity of the map over the slices"))
        self._colormap_combo = EnumComboBox(
            {
                ColorMap.ORANGE_BLUE: self.tr("Orange and blue"),
                ColorMap.GREEN_PURPLE: self.tr("Green and purple"),
                ColorMap.HOT_COLD: self.tr("Hot and cold"),
            }
        )
        self._colormap_combo.setToolTip(
            self.tr("Above and below zero. Each pair can be distinguished with colour blindness.")
        )
        self._range_editor = DisplayRangeEditor()
        self._check_boxes = {
            name: QCheckBox(label)
            for name, label in (
                ("overlay", self.tr("Map on slices")),
                ("outline", self.tr("Outline only")),
                ("by_value", self.tr("Fade low values")),
                ("shadows", self.tr("Shadows")),
                ("by_certainty", self.tr("Fade uncertain")),
                ("glass", self.tr("Glass brain")),
                ("nested", self.tr("Nested surfaces")),
                ("scale_bar", self.tr("Scale bar")),
                ("colour_bar", self.tr("Colour bar")),
            )
        }
        self._check_boxes["by_value"].setToolTip(self.tr("Low values are more transparent on the slices."))
        self._check_boxes["nested"].setToolTip(
            self.tr("A translucent surface at the threshold, a solid one around the core.")
        )
        self._walls_combo = EnumComboBox(
            {Walls.MIDDLE: self.tr("Middle"), Walls.CROSSHAIR: self.tr("Crosshair")}
        )
        self._lay_out()
        self._connect()
        session.subscribe(
            self._fill, "threshold", "sign", "smallest_cluster", "largest_clusters", "smoothing", "opacity",
            "overlay", "shadows",
            "glass", "nested", "walls", "hues", "display_range", "outline", "by_value", "by_certainty",
            "scale_bar", "colour_bar",
        )  # fmt: skip
        session.subscribe(self._show_certainty, "current", "maps")
        session.subscribe(self._show_images, "scan", "image")
        session.subscribe(self._show_no_counts_reason, "scan", "current", "maps")
        self.set_counts(None)
        self._show_images()
        self._show_certainty()
        self._fill()

    def _show_certainty(self) -> None:
        """Enable the opacity by certainty for maps with an uncertainty estimate."""
        layer = self._session.current_layer
        has_sd = layer is not None and layer.map.sd is not None
        box = self._check_boxes["by_certainty"]
        box.setEnabled(has_sd and not self._shows_feature_image)
        box.setToolTip(
            self.tr("Values below 2 standard deviations are more transparent, in the box and on the slices.")
            if has_sd
            else self.tr(
                "This map has no uncertainty estimate. Choose one in the Method panel before computing."
            )
        )

    def _show_images(self) -> None:
        """List the images of the person; the row is hidden if there is only one."""
        from viewer.scans.multichannel_scan import MultichannelScan

        scan, image_name = self._session.scan, self._session.view.image.casefold()
        names = list(scan.channels) if isinstance(scan, MultichannelScan) else []
        if names != [self._image_combo.itemText(row) for row in range(self._image_combo.count())]:
            self._image_combo.clear()
            self._image_combo.addItems(names)
        self._image_combo.setCurrentIndex(
            next((index for index, name in enumerate(names) if name.casefold() == image_name), 0)
        )
        self._form.setRowVisible(self._image_combo, len(names) > 1)
        self._image_combo.setEnabled(not self._shows_feature_image)

    def _make_number_box(self, low: float, high: float, unit: str, tool_tip: str) -> NumberBox:
        box = NumberBox()
        box.setRange(low, high)
        box.setSuffix(f" {unit}")
        box.setKeyboardTracking(False)
        box.setToolTip(tool_tip)
        return box

    def _lay_out(self) -> None:
        self._form = form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(6)
        form.addRow(self.tr("Image"), self._image_combo)
        form.addRow(self.tr("Threshold by"), self._threshold_kind)
        threshold_row = QHBoxLayout()
        threshold_row.setSpacing(8)
        threshold_row.addWidget(self._threshold_slider, 1)
        threshold_row.addWidget(self._threshold_amount)
        more_form = QFormLayout()
        more_form.setContentsMargins(0, 4, 0, 0)
        more_form.setSpacing(6)
        more_form.addRow(self.tr("Sign"), self._sign_combo)
        more_form.addRow(self.tr("Largest clusters"), self._largest_clusters)
        more_form.addRow(self.tr("Smallest cluster"), self._smallest_cluster)
        more_form.addRow(self.tr("Smoothing"), self._smoothing)
        more_form.addRow(self.tr("Slices on walls"), self._walls_combo)
        more_form.addRow(self.tr("Colours"), self._colormap_combo)
        more_form.addRow(self.tr("Opacity"), self._opacity_slider)
        self.column.addLayout(form)
        self.column.addLayout(threshold_row)
        self.column.addWidget(self._counts_label)
        self.column.addLayout(more_form)
        self.column.addWidget(self._range_editor)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        for index, box in enumerate(self._check_boxes.values()):
            grid.addWidget(box, index // 2, index % 2)
        self.column.addLayout(grid)
        for combo in (
            self._image_combo,
            self._threshold_kind,
            self._sign_combo,
            self._walls_combo,
            self._colormap_combo,
        ):
            combo.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)

    def _connect(self) -> None:
        change = self._change_view
        self._image_combo.activated.connect(lambda: change(image=self._image_combo.currentText()))
        self._threshold_kind.currentIndexChanged.connect(self._on_kind_changed)
        self._threshold_slider.valueChanged.connect(self._on_slider_moved)
        self._threshold_slider.sliderPressed.connect(self._on_slider_pressed)
        self._threshold_slider.sliderReleased.connect(self._on_slider_released)
        self._threshold_amount.valueChanged.connect(self._on_amount_typed)
        self._sign_combo.currentIndexChanged.connect(lambda: change(sign=self._sign_combo.member()))
        self._largest_clusters.valueChanged.connect(
            lambda value: self._change_gradually(largest_clusters=value)
        )
        self._smallest_cluster.valueChanged.connect(
            lambda value: self._change_gradually(smallest_cluster=value)
        )
        self._smoothing.valueChanged.connect(lambda value: self._change_gradually(smoothing=value))
        self._opacity_slider.valueChanged.connect(lambda value: self._change_gradually(opacity=value / 100))
        self._opacity_slider.sliderPressed.connect(self._session.end_gesture)
        self._opacity_slider.sliderReleased.connect(self._session.end_gesture)
        for name, box in self._check_boxes.items():
            box.toggled.connect(lambda checked, name=name: change(**{name: checked}))
        self._colormap_combo.currentIndexChanged.connect(lambda: change(hues=self._colormap_combo.member()))
        self._range_editor.changed.connect(self._on_range_changed)
        self._walls_combo.currentIndexChanged.connect(lambda: change(walls=self._walls_combo.member()))

    # From the map

    def set_sorted_values(self, sorted_values: SortedValues | None) -> None:
        """Set the sorted values of the shown map, which give the slider's limits."""
        self._sorted_values = sorted_values
        self._range_editor.set_sorted_values(sorted_values)
        self._fill()

    def set_feature_shown(self, is_shown: bool) -> None:
        """Set whether a feature image is shown in place of the scan: it has no threshold or colours."""
        self._shows_feature_image = is_shown
        for widget in (
            self._threshold_kind, self._threshold_slider, self._threshold_amount, self._sign_combo,
            self._largest_clusters, self._smallest_cluster, self._smoothing, self._colormap_combo,
            self._opacity_slider, self._range_editor, *(self._check_boxes[name] for name in MAP_CHECK_BOXES),
        ):  # fmt: skip
            widget.setEnabled(not is_shown)
        self._show_images()
        self._show_certainty()
        if not is_shown:
            self._fill()
        self.set_counts(None)

    def _show_no_counts_reason(self) -> None:
        if not self._has_counts:
            self.set_counts(None)

    def set_counts(self, counts: DisplayCounts | None) -> None:
        """Show the counts of the thresholded map, or why there are none."""
        self._has_counts = counts is not None
        if counts is None and self._shows_feature_image:
            set_text(
                self._counts_label, self.tr("An image of what the network responds to; it has no threshold.")
            )
            return
        if counts is None:
            set_text(self._counts_label, no_map_reason(self._session))
            return
        if not counts.map_voxels:
            set_text(self._counts_label, as_sentence(f"the map {counts.remark}") + "\n")
            return
        if counts.is_outside_scan:
            set_text(self._counts_label, self.tr("The map lies outside the scan, so it is not shown.\n"))
            return
        if not counts.voxels:
            set_text(self._counts_label, self.tr("Nothing reaches this threshold.\n"))
            return
        voxels = translate_count(counts.voxels, "voxel")
        rules = {
            Sign.BOTH: self.tr("|value| ≥ {}"),
            Sign.POSITIVE: self.tr("value ≥ {}"),
            Sign.NEGATIVE: self.tr("value ≤ {}"),
        }
        sign = self._session.view.sign
        value = -counts.cutoff if sign is Sign.NEGATIVE else counts.cutoff
        text = rules[sign].format(format_numbers(format_number(value, 4)))
        limit = self._session.view.largest_clusters
        if limit:
            clusters = (
                self.tr("largest cluster") if limit == 1 else self.tr("{} largest clusters").format(limit)
            )
            text = self.tr("{} · {}").format(text, clusters)
        message = self.tr("{}\n{} · {} ml").format(
            text, voxels, format_numbers(format_number(counts.millilitres))
        )
        if counts.hidden_peak is not None:
            line = self.tr("The highest peak, {}, is in a hidden cluster.")
            message = f"{message}\n{line.format(format_numbers(format_number(counts.hidden_peak, 4)))}"
        if counts.remark:
            message = f"{message}\n{as_sentence(f'the map {counts.remark}')}"
        set_text(self._counts_label, message)

    # User input

    def _change_view(self, **changes: Any) -> None:
        if not self._is_filling:
            self._session.change(**changes)

    def _change_gradually(self, **changes: Any) -> None:
        """Change by a gesture: a drag, the wheel, or consecutive keys."""
        if not self._is_filling:
            self._session.change(merge=True, **changes)
            if not (self._threshold_slider.isSliderDown() or self._opacity_slider.isSliderDown()):
                self._gesture_timer.start()

    def _on_range_changed(self, display_range: tuple[float, float] | None) -> None:
        switched = display_range is None or self._session.view.display_range is None
        (self._change_view if switched else self._change_gradually)(display_range=display_range)

    def _on_kind_changed(self) -> None:
        kind, previous = self._threshold_kind.member(), self._session.view.threshold
        if self._is_filling or kind is previous.kind:
            return
        if self._sorted_values is None:
            amounts = {
                ThresholdKind.PERCENTILE: 99.0,
                ThresholdKind.TOP: 10.0,
                ThresholdKind.VOXELS: 1000.0,
                ThresholdKind.VALUE: 0.0,
            }
            self._session.change(threshold=Threshold(kind, amounts[kind]))
        else:
            self._session.change(threshold=convert_threshold(kind, previous, self._sorted_values))

    def _on_slider_moved(self, step: int) -> None:
        if not self._is_filling and self._sorted_values is not None:
            kind = self._session.view.threshold.kind
            self._change_gradually(
                threshold=rounded_threshold_at(kind, step / SLIDER_STEPS, self._sorted_values)
            )

    def _on_slider_pressed(self) -> None:
        self._session.end_gesture()
        self.threshold_dragged.emit(True)

    def _on_slider_released(self) -> None:
        self.threshold_dragged.emit(False)
        self._session.end_gesture()

    def _on_amount_typed(self, amount: float) -> None:
        self._change_gradually(threshold=Threshold(self._session.view.threshold.kind, amount))

    # From the session

    def _fill(self) -> None:
        self._is_filling = True
        view = self._session.view
        threshold = view.threshold
        self._threshold_kind.set_member(threshold.kind)
        self._threshold_slider.setEnabled(self._sorted_values is not None)
        if self._sorted_values is not None and not (
            self._threshold_slider.isSliderDown()
            and rounded_threshold_at(
                threshold.kind, self._threshold_slider.value() / SLIDER_STEPS, self._sorted_values
            )
            == threshold
        ):
            self._threshold_slider.setValue(
                round(slider_position(threshold, self._sorted_values) * SLIDER_STEPS)
            )
        limits = {
            ThresholdKind.PERCENTILE: (0.0, 100.0, " %"),
            ThresholdKind.TOP: (0.0, 100.0, " %"),
            ThresholdKind.VALUE: (0.0, MAX_AMOUNT, ""),
            ThresholdKind.VOXELS: (1.0, MAX_AMOUNT, ""),
        }
        low, high, suffix = limits[threshold.kind]
        self._threshold_amount.setRange(low, high)
        self._threshold_amount.setSuffix(suffix)
        if self._threshold_amount.value() != threshold.amount:
            self._threshold_amount.setValue(threshold.amount)
        self._sign_combo.set_member(view.sign)
        self._largest_clusters.setValue(view.largest_clusters)
        self._smallest_cluster.setValue(view.smallest_cluster)
        self._smoothing.setValue(view.smoothing)
        self._opacity_slider.setValue(round(view.opacity * 100))
        for name, box in self._check_boxes.items():
            box.setChecked(getattr(view, name))
        self._colormap_combo.set_member(view.hues)
        self._range_editor.set_range(view.display_range)
        self._walls_combo.set_member(view.walls)
        self._is_filling = False
