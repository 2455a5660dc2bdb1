"""Bar chart of a prediction's class probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from viewer.number_format import format_probability
from viewer.window.theme import ACCENT
from viewer.window.translation import fill, format_numbers, translate_sentence

if TYPE_CHECKING:
    from viewer.models.predict import Prediction

BAR_HEIGHT = 36
MAX_VISIBLE_BARS = 4
"""Number of bars that are visible without scrolling."""

TRACK_TOP, TRACK_HEIGHT = 21, 7
WHISKER_REACH = 2.5
"""How far a whisker's ends reach over the bar, in pixels."""

GREY_ALPHA = 130
"""Opacity of a bar that is crossed out, 0 to 255."""


@dataclass(frozen=True)
class PredictionBar:
    """One class: name, probability (0 to 1), score before any softmax, and whether it is predicted.

    ``interval`` has the lowest and highest probability, if known. ``interval_text`` describes it, such as for
    the members of an ensemble; empty for small changes of the scan.
    """

    name: str
    probability: float
    score: float
    is_predicted: bool = False
    interval: tuple[float, float] | None = None
    interval_text: str = ""


class PredictionBars(QWidget):
    """Bar chart of the class probabilities; predicted classes have the accent colour.

    Whiskers show their intervals. Bars of a scan that does not fit the network are
    grey, and their text is crossed out.
    """

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[PredictionBar, ...] = ()
        self._unreliable_reason = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Prediction"))

    @property
    def bars(self) -> tuple[PredictionBar, ...]:
        """Displayed bars."""
        return self._bars

    @property
    def is_crossed_out(self) -> bool:
        """Whether the bars are grey and their text is crossed out."""
        return bool(self._unreliable_reason)

    def set_bars(self, bars: Sequence[PredictionBar], unreliable_reason: str = "") -> None:
        """Replace the bars. ``unreliable_reason`` says why they are not reliable; empty if they are."""
        self._bars, self._unreliable_reason = tuple(bars), unreliable_reason
        short_texts, exact_lines = [], []
        for bar in self._bars:
            interval_text = self._describe_interval(bar)
            short_texts.append(
                f"{bar.name} {_percent(bar.probability)}" + (f" ({interval_text})" if interval_text else "")
            )
            exact_lines.append(
                fill("{}: {}, logit {:.4f}", bar.name, _percent(bar.probability, 4), bar.score)
            )
            exact_lines += [f"    {interval_text}"] if interval_text else []
        reason = [unreliable_reason] if unreliable_reason and self._bars else []
        self.setAccessibleDescription(" ".join([*reason, ", ".join(short_texts)]))
        self.setToolTip("\n".join([*reason, *exact_lines]))
        self.setFixedHeight(max(BAR_HEIGHT * len(self._bars), 0))
        self.resized.emit()
        self.update()

    @property
    def range_explanation(self) -> str:
        """Explanation of the range in brackets; empty if no bar has one."""
        bar = next((entry for entry in self._bars if entry.interval is not None), None)
        if bar is None:
            return ""
        if bar.interval_text:
            return self.tr("In brackets: {}.").format(bar.interval_text)
        return self.tr(
            "In brackets: the lowest and the highest probability under small shifts and perturbations of the "
            "scan."
        )

    def _short_range(self, low: float, high: float) -> str:
        """Return a range in whole percent, or "range < 1%" if its ends are equal."""
        limits = tuple(f"{100 * limit:.0f}" for limit in (low, high))
        return self.tr("range < 1%") if limits[0] == limits[1] else format_numbers("{}–{}%".format(*limits))

    def _describe_interval(self, bar: PredictionBar) -> str:
        if bar.interval is None:
            return ""
        condition = self.tr("under small shifts and perturbations of the scan")
        condition = f"({bar.interval_text})" if bar.interval_text else condition
        low, high = bar.interval
        limits = _percent(low), _percent(high)
        if limits[0] == limits[1]:
            return f"{limits[0]} {condition}"
        return self.tr("{} to {} {}").format(*limits, condition)

    def sizeHint(self) -> QSize:
        """Return a height that fits all bars."""
        return QSize(200, BAR_HEIGHT * len(self._bars))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars, with name and probability above each."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        text = QPalette.ColorRole.PlaceholderText if self.is_crossed_out else QPalette.ColorRole.WindowText
        font = self.font()
        font.setStrikeOut(self.is_crossed_out)
        painter.setFont(font)
        for row, bar in enumerate(self._bars):
            top = row * BAR_HEIGHT
            line = QRectF(0, top, self.width(), 18)
            share = _percent(bar.probability)
            if bar.interval is not None:
                share += f" ({self._short_range(*bar.interval)})"
            text_width = self.width() - painter.fontMetrics().horizontalAdvance(share) - 10
            name = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideRight, int(text_width))
            painter.setPen(palette.color(text))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, share)
            self._paint_bar(painter, bar, QRectF(0, top + TRACK_TOP, self.width(), TRACK_HEIGHT))
        painter.end()

    def _paint_bar(self, painter: QPainter, bar: PredictionBar, track: QRectF) -> None:
        palette, radius = self.palette(), TRACK_HEIGHT / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.mid())
        painter.drawRoundedRect(track, radius, radius)
        if self.is_crossed_out:
            grey = palette.color(QPalette.ColorRole.PlaceholderText)
            grey.setAlpha(GREY_ALPHA)
            painter.setBrush(grey)
        else:
            painter.setBrush(QColor(ACCENT) if bar.is_predicted else palette.highlight().color())
        if bar.probability > 0:
            filled = QRectF(track)
            filled.setWidth(max(track.width() * bar.probability, float(TRACK_HEIGHT)))
            painter.drawRoundedRect(filled, radius, radius)
        if bar.interval is not None:
            self._paint_whisker(painter, bar.interval, track)

    def _paint_whisker(self, painter: QPainter, interval: tuple[float, float], track: QRectF) -> None:
        """Paint a line over the range with a vertical line at either end, with an edge to set it off."""
        palette, centre_y = self.palette(), track.center().y()
        low, high = (min(max(track.width() * limit, 1.5), track.width() - 1.5) for limit in interval)
        lines = [QLineF(low, centre_y, high, centre_y)]
        lines += [
            QLineF(limit, track.top() - WHISKER_REACH, limit, track.bottom() + WHISKER_REACH)
            for limit in (low, high)
        ]
        roles = QPalette.ColorRole
        inner = roles.PlaceholderText if self.is_crossed_out else roles.WindowText
        for role, width in ((roles.Window, 3.6), (inner, 1.4)):
            painter.setPen(QPen(palette.color(role), width))
            painter.drawLines(lines)


class PredictionScrollArea(QScrollArea):
    """Scroll area as high as its bars, up to `MAX_VISIBLE_BARS` of them."""

    def __init__(self, bars: PredictionBars, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = bars
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(bars)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        bars.resized.connect(self._fit_height)
        self._fit_height()

    def _fit_height(self) -> None:
        height = self._bars.sizeHint().height()
        self.setFixedHeight(min(height, MAX_VISIBLE_BARS * BAR_HEIGHT))
        self.setVisible(height > 0)


def make_prediction_bars(prediction: Prediction) -> tuple[PredictionBar, ...]:
    """Return one bar per class of a classification; none for other models.

    The interval is that of the measured uncertainty, or the range that the fit check found.
    """
    if not prediction.probabilities:
        return ()
    uncertainty = prediction.uncertainty
    measured = uncertainty is not None and uncertainty.quantity == "probability"
    interval = None if prediction.fit is None else prediction.fit.interval
    # The class that the fit check follows.
    predicted = prediction.probabilities.index(max(prediction.probabilities))
    intervals = [interval if index == predicted else None for index in range(len(prediction.probabilities))]
    bars = zip(
        prediction.classes,
        prediction.probabilities,
        prediction.logits,
        uncertainty.intervals if uncertainty is not None and measured else intervals,
        strict=True,
    )
    text = translate_sentence(uncertainty.interval_text) if uncertainty is not None and measured else ""
    return tuple(
        PredictionBar(name, share, score, index in prediction.predicted_indices, limits, text)
        for index, (name, share, score, limits) in enumerate(bars)
    )


def _percent(probability: float, decimals: int = 1) -> str:
    return format_numbers(format_probability(probability, decimals))
