"""Which values the colours over the slices run between, apart from the threshold that cuts them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from viewer.scans.threshold import SortedValues
from viewer.window.forms import NumberBox

LARGEST = 1e12

Range = tuple[float, float] | None


class RangeRow(QWidget):
    """A tick for "from the threshold to the largest", and two numbers where it is off."""

    changed = Signal(object)
    """A pair of |values|, or None for the threshold and the largest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usual = (0.0, 1.0)
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
            box.setRange(0.0, LARGEST)
            box.setKeyboardTracking(False)
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.valueChanged.connect(self._typed)
            line.addWidget(box, 1)
        self._numbers = QWidget()
        self._numbers.setLayout(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.own)
        column.addWidget(self._numbers)
        self.own.toggled.connect(self._ticked)
        self.show_range(None)

    def set_ranking(self, ranking: SortedValues | None) -> None:
        """The values of the map that is shown: where a range of its own begins."""
        if ranking is not None and ranking.largest > 0:
            self._usual = (0.0, ranking.largest)

    def show_range(self, span: Range) -> None:
        """What the view says."""
        self._filling = True
        self.own.setChecked(span is not None)
        self._numbers.setVisible(span is not None)
        if span is not None:
            for box, value in ((self.low, span[0]), (self.high, span[1])):
                if box.value() != value:
                    box.setValue(value)
        self._filling = False

    def _ticked(self, own: bool) -> None:
        if not self._filling:
            self.changed.emit(self._usual if own else None)

    def _typed(self) -> None:
        low, high = self.low.value(), self.high.value()
        # Two numbers the wrong way round are a moment of typing, not a wish.
        if not self._filling and low < high:
            self.changed.emit((low, high))
