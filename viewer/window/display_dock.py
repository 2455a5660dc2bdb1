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
from viewer.window.empty_states import why_no_map
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
        self._filling = False
        self.own = QCheckBox(self.tr("Custom colour range"))
        self.own.setToolTip(
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
        self._numbers = QWidget()
        self._numbers.setLayout(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.own)
        column.addWidget(self._numbers)
        self.own.toggled.connect(self._on_toggled)
        self.set_range(None)

    def set_sorted_values(self, ranking: SortedValues | None) -> None:
        """Set the values of the shown map, which give the initial custom range."""
        if ranking is not None and ranking.largest > 0:
            self._full_range = (0.0, ranking.largest)

    def set_range(self, span: Range) -> None:
        """Show the range of the view."""
        self._filling = True
        self.own.setChecked(span is not None)
        self._numbers.setVisible(span is not None)
        if span is not None:
            for box, value in ((self.low, span[0]), (self.high, span[1])):
                if box.value() != value:
                    box.setValue(value)
        self._filling = False

    def _on_toggled(self, checked: bool) -> None:
        if not self._filling:
            self.changed.emit(self._full_range if checked else None)

    def _on_value_changed(self) -> None:
        low, high = self.low.value(), self.high.value()
        # Limits in the wrong order occur while the user types, and are ignored.
        if not self._filling and low < high:
            self.changed.emit((low, high))


SLIDER_STEPS = 1000
MAX_AMOUNT = 1e12
MAX_CLUSTERS = 9999
MAP_CHECK_BOXES = ("overlay", "outline", "by_value", "shadows", "nested", "colour_bar")
"""Check boxes that apply to maps only."""


class DisplayDock(DockPanel):
    """Editor of the session's view; ``dragging`` is emitted while the threshold slider is dragged."""

    dragging = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("show", "Show", parent)
        self.setWindowTitle(self.tr("Show"))
        self._session = session
        self._sorted_values: SortedValues | None = None
        self._filling = False
        self._has_image = False
        self._has_counts = False
        self._gesture = GestureTimer(session, self)
        self._kind = EnumComboBox(
            {
                ThresholdKind.PERCENTILE: self.tr("Percentile"),
                ThresholdKind.VALUE: self.tr("Value"),
                ThresholdKind.TOP: self.tr("Top % of relevance"),
                ThresholdKind.VOXELS: self.tr("Number of voxels"),
            }
        )
        self._kind.setAccessibleName(self.tr("Threshold by"))
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, SLIDER_STEPS)
        self._slider.setAccessibleName(self.tr("Threshold"))
        self._slider.setToolTip(self.tr("Drag to the right to show less."))
        self._amount = NumberBox()
        self._amount.setAccessibleName(self.tr("Threshold amount"))
        self._amount.setKeyboardTracking(False)
        self._amount.setFixedWidth(88)
        self._counts = make_label(role="quiet")
        self._image = ComboBox()
        self._image.setObjectName("shown_image")
        self._image.setAccessibleName(self.tr("Image"))
        self._image.setToolTip(self.tr("Image of the person on the slices and on the walls of the box"))
        self._sign = EnumComboBox(
            {
                Sign.BOTH: self.tr("Both"),
                Sign.POSITIVE: self.tr("Above zero"),
                Sign.NEGATIVE: self.tr("Below zero"),
            }
        )
        self._sign.setToolTip(self.tr("Orange: above zero. Blue: below zero."))
        self._smallest = self._number(0, 1e6, "mm³", self.tr("Clusters smaller than this are hidden."))
        self._largest = QSpinBox()
        self._largest.setRange(0, MAX_CLUSTERS)
        self._largest.setSpecialValueText(self.tr("All"))
        self._largest.setKeyboardTracking(False)
        self._largest.setToolTip(
            self.tr("Number of clusters to show, those with the most relevance first. 0 shows all.")
        )
        self._smoothing = self._number(
            0,
            30,
            "mm",
            self.tr("Gaussian smoothing of the map before thresholding, as full width at half maximum."),
        )
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setToolTip(self.tr("Opacity of the map over the slices"))
        self._hues = EnumComboBox(
            {
                ColorMap.ORANGE_BLUE: self.tr("Orange and blue"),
                ColorMap.GREEN_PURPLE: self.tr("Green and purple"),
                ColorMap.HOT_COLD: self.tr("Hot and cold"),
            }
        )
        self._hues.setToolTip(
            self.tr("Above and below zero. Each pair can be distinguished with colour blindness.")
        )
        self._range = DisplayRangeEditor()
        self._ticks = {
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
        self._ticks["by_value"].setToolTip(self.tr("Low values are more transparent on the slices."))
        self._ticks["nested"].setToolTip(
            self.tr("A translucent surface at the threshold, a solid one around the core.")
        )
        self._walls = EnumComboBox({Walls.MIDDLE: self.tr("Middle"), Walls.CROSSHAIR: self.tr("Crosshair")})
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
        session.subscribe(self._explain_no_counts, "scan", "current", "maps")
        self.set_counts(None)
        self._show_images()
        self._show_certainty()
        self._fill()

    def _show_certainty(self) -> None:
        """Enable the opacity by certainty for maps with an uncertainty estimate."""
        layer = self._session.current_layer
        has_sd = layer is not None and layer.map.sd is not None
        box = self._ticks["by_certainty"]
        box.setEnabled(has_sd and not self._has_image)
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
        if names != [self._image.itemText(row) for row in range(self._image.count())]:
            self._image.clear()
            self._image.addItems(names)
        self._image.setCurrentIndex(
            next((index for index, name in enumerate(names) if name.casefold() == image_name), 0)
        )
        self._form.setRowVisible(self._image, len(names) > 1)
        self._image.setEnabled(not self._has_image)

    def _number(self, low: float, high: float, unit: str, tool_tip: str) -> NumberBox:
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
        form.addRow(self.tr("Image"), self._image)
        form.addRow(self.tr("Threshold by"), self._kind)
        threshold_row = QHBoxLayout()
        threshold_row.setSpacing(8)
        threshold_row.addWidget(self._slider, 1)
        threshold_row.addWidget(self._amount)
        more_form = QFormLayout()
        more_form.setContentsMargins(0, 4, 0, 0)
        more_form.setSpacing(6)
        more_form.addRow(self.tr("Sign"), self._sign)
        more_form.addRow(self.tr("Largest clusters"), self._largest)
        more_form.addRow(self.tr("Smallest cluster"), self._smallest)
        more_form.addRow(self.tr("Smoothing"), self._smoothing)
        more_form.addRow(self.tr("Slices on walls"), self._walls)
        more_form.addRow(self.tr("Colours"), self._hues)
        more_form.addRow(self.tr("Opacity"), self._opacity)
        self.column.addLayout(form)
        self.column.addLayout(threshold_row)
        self.column.addWidget(self._counts)
        self.column.addLayout(more_form)
        self.column.addWidget(self._range)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        for index, box in enumerate(self._ticks.values()):
            grid.addWidget(box, index // 2, index % 2)
        self.column.addLayout(grid)
        for combo in (self._image, self._kind, self._sign, self._walls, self._hues):
            combo.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)

    def _connect(self) -> None:
        change = self._change
        self._image.activated.connect(lambda: change(image=self._image.currentText()))
        self._kind.currentIndexChanged.connect(self._on_kind_changed)
        self._slider.valueChanged.connect(self._on_slider_moved)
        self._slider.sliderPressed.connect(self._on_slider_pressed)
        self._slider.sliderReleased.connect(self._on_slider_released)
        self._amount.valueChanged.connect(self._on_amount_typed)
        self._sign.currentIndexChanged.connect(lambda: change(sign=self._sign.member()))
        self._largest.valueChanged.connect(lambda value: self._change_gradually(largest_clusters=value))
        self._smallest.valueChanged.connect(lambda value: self._change_gradually(smallest_cluster=value))
        self._smoothing.valueChanged.connect(lambda value: self._change_gradually(smoothing=value))
        self._opacity.valueChanged.connect(lambda value: self._change_gradually(opacity=value / 100))
        self._opacity.sliderPressed.connect(self._session.end_gesture)
        self._opacity.sliderReleased.connect(self._session.end_gesture)
        for name, box in self._ticks.items():
            box.toggled.connect(lambda checked, name=name: change(**{name: checked}))
        self._hues.currentIndexChanged.connect(lambda: change(hues=self._hues.member()))
        self._range.changed.connect(self._on_range_changed)
        self._walls.currentIndexChanged.connect(lambda: change(walls=self._walls.member()))

    # From the map

    def set_sorted_values(self, ranking: SortedValues | None) -> None:
        """Set the sorted values of the shown map, which give the slider's limits."""
        self._sorted_values = ranking
        self._range.set_sorted_values(ranking)
        self._fill()

    def set_feature_shown(self, shown: bool) -> None:
        """Set whether a feature image is shown in place of the scan: it has no threshold or colours."""
        self._has_image = shown
        for widget in (
            self._kind, self._slider, self._amount, self._sign, self._largest, self._smallest,
            self._smoothing, self._hues,
            self._opacity, self._range, *(self._ticks[name] for name in MAP_CHECK_BOXES),
        ):  # fmt: skip
            widget.setEnabled(not shown)
        self._show_images()
        self._show_certainty()
        if not shown:
            self._fill()
        self.set_counts(None)

    def _explain_no_counts(self) -> None:
        if not self._has_counts:
            self.set_counts(None)

    def set_counts(self, counts: DisplayCounts | None) -> None:
        """Show the counts of the thresholded map, or why there are none."""
        self._has_counts = counts is not None
        if counts is None and self._has_image:
            set_text(self._counts, self.tr("An image of what the network responds to; it has no threshold."))
            return
        if counts is None:
            set_text(self._counts, why_no_map(self._session))
            return
        if not counts.total:
            set_text(self._counts, as_sentence(f"the map {counts.remark}") + "\n")
            return
        if counts.outside:
            set_text(self._counts, self.tr("The map lies outside the scan, so it is not shown.\n"))
            return
        if not counts.voxels:
            set_text(self._counts, self.tr("Nothing reaches this threshold.\n"))
            return
        voxels = translate_count(counts.voxels, "voxel")
        rules = {
            Sign.BOTH: self.tr("|value| ≥ {}"),
            Sign.POSITIVE: self.tr("value ≥ {}"),
            Sign.NEGATIVE: self.tr("value ≤ {}"),
        }
        sign = self._session.view.sign
        value = -counts.value if sign is Sign.NEGATIVE else counts.value
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
        set_text(self._counts, message)

    # User input

    def _change(self, **changes: Any) -> None:
        if not self._filling:
            self._session.change(**changes)

    def _change_gradually(self, **changes: Any) -> None:
        """Change by a gesture: a drag, the wheel, or consecutive keys."""
        if not self._filling:
            self._session.change(merge=True, **changes)
            if not (self._slider.isSliderDown() or self._opacity.isSliderDown()):
                self._gesture.start()

    def _on_range_changed(self, span: tuple[float, float] | None) -> None:
        switched = span is None or self._session.view.display_range is None
        (self._change if switched else self._change_gradually)(display_range=span)

    def _on_kind_changed(self) -> None:
        kind, previous = self._kind.member(), self._session.view.threshold
        if self._filling or kind is previous.kind:
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
        if not self._filling and self._sorted_values is not None:
            kind = self._session.view.threshold.kind
            self._change_gradually(
                threshold=rounded_threshold_at(kind, step / SLIDER_STEPS, self._sorted_values)
            )

    def _on_slider_pressed(self) -> None:
        self._session.end_gesture()
        self.dragging.emit(True)

    def _on_slider_released(self) -> None:
        self.dragging.emit(False)
        self._session.end_gesture()

    def _on_amount_typed(self, amount: float) -> None:
        self._change_gradually(threshold=Threshold(self._session.view.threshold.kind, amount))

    # From the session

    def _fill(self) -> None:
        self._filling = True
        view = self._session.view
        threshold = view.threshold
        self._kind.set_member(threshold.kind)
        self._slider.setEnabled(self._sorted_values is not None)
        if self._sorted_values is not None and not (
            self._slider.isSliderDown()
            and rounded_threshold_at(threshold.kind, self._slider.value() / SLIDER_STEPS, self._sorted_values)
            == threshold
        ):
            self._slider.setValue(round(slider_position(threshold, self._sorted_values) * SLIDER_STEPS))
        limits = {
            ThresholdKind.PERCENTILE: (0.0, 100.0, " %"),
            ThresholdKind.TOP: (0.0, 100.0, " %"),
            ThresholdKind.VALUE: (0.0, MAX_AMOUNT, ""),
            ThresholdKind.VOXELS: (1.0, MAX_AMOUNT, ""),
        }
        low, high, suffix = limits[threshold.kind]
        self._amount.setRange(low, high)
        self._amount.setSuffix(suffix)
        if self._amount.value() != threshold.amount:
            self._amount.setValue(threshold.amount)
        self._sign.set_member(view.sign)
        self._largest.setValue(view.largest_clusters)
        self._smallest.setValue(view.smallest_cluster)
        self._smoothing.setValue(view.smoothing)
        self._opacity.setValue(round(view.opacity * 100))
        for name, box in self._ticks.items():
            box.setChecked(getattr(view, name))
        self._hues.set_member(view.hues)
        self._range.set_range(view.display_range)
        self._walls.set_member(view.walls)
        self._filling = False
