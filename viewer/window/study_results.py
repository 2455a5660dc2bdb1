"""Results of a study: selection of map and underlay, and quality of the network's fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from viewer.window.combo_box import ComboBox
from viewer.window.dock_panel import make_label, set_text
from viewer.window.study_tasks import FitQuality, Predictions
from viewer.window.translation import fill, format_numbers

if TYPE_CHECKING:
    from viewer.window.study_tasks import TrainedStudy


EXACT, RETRAINED = "exact", "retrained"


class ApproximationSelector(QWidget):
    """Radio buttons of the accuracies; ``chosen`` emits a name from `viewer.methods.morch_1995`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Accuracy"))
        entries = {
            "first-order": (
                self.tr("First order"),
                self.tr("f₁"),
                self.tr("The first term of the expansion of the training error, equation (10)."),
            ),
            "second-order": (
                self.tr("Second order"),
                self.tr("f₂"),
                self.tr("Equation (10) as printed, without the cross terms between components."),
            ),
            "second-order-cross": (
                self.tr("Second order, cross terms"),
                self.tr("f"),
                self.tr("With the cross terms between components: the full second order."),
            ),
            EXACT: (
                self.tr("Exact"),
                "",
                self.tr("The actual change of the error, with the weights unchanged."),
            ),
            RETRAINED: (
                self.tr("Exact, retrained"),
                "",
                self.tr("The change after retraining the weights, by one Newton step per voxel."),
            ),
        }
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QRadioButton] = {}
        self._symbols = {name: sign for name, (_, sign, _) in entries.items()}
        self._error_labels: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, (name, (text, _, tool_tip)) in enumerate(entries.items()):
            button = QRadioButton(text)
            button.setObjectName(name)
            button.setToolTip(tool_tip)
            button.setAccessibleDescription(tool_tip)
            button.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
            error_label = QLabel()
            error_label.setProperty("role", "quiet")
            error_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._group.addButton(button)
            self._buttons[name] = button
            self._error_labels[name] = error_label
            grid.addWidget(button, row, 0)
            grid.addWidget(error_label, row, 1)
        self._buttons[EXACT].setChecked(True)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the accuracies, the cheapest first."""
        return tuple(self._buttons)

    @property
    def selected(self) -> str:
        """Name of the selected accuracy."""
        return next(name for name, button in self._buttons.items() if button.isChecked())

    def select(self, name: str) -> None:
        """Select an accuracy without emitting ``chosen``."""
        self._buttons[name].setChecked(True)

    def error_text(self, name: str) -> str:
        """Return the text shown next to an accuracy."""
        return self._error_labels[name].text()

    def show_errors(
        self, computed: Collection[str], errors: Mapping[str, float], correlation: float | None
    ) -> None:
        """Show the error of each computed map relative to the exact one.

        Parameters
        ----------
        computed
            Computed accuracies.
        errors
            Error f of equation (11), Σ (exact − map)² / Σ exact², by accuracy.
        correlation
            Correlation of the retrained map with complete retraining for a few voxels.
        """
        for name, label in self._error_labels.items():
            text, tool_tip = "", ""
            if name in errors:
                text = fill("{} = {:.2g}", self._symbols[name], errors[name])
                tool_tip = self.tr("Equation (11): Σ (exact − this)² / Σ exact². 0 means no difference.")
            elif name == EXACT and name in computed:
                text, tool_tip = self.tr("reference"), self.tr("The others are compared with this one.")
            elif name == RETRAINED and correlation is not None:
                text = fill(self.tr("r = {:z.4f}"), correlation)
                tool_tip = self.tr("Correlation with networks retrained without each of a few voxels.")
            label.setText(text)
            label.setToolTip(tool_tip)
            self._buttons[name].setAccessibleDescription(
                " ".join(part for part in (self._buttons[name].toolTip(), text) if part)
            )


class MapSelector(QWidget):
    """Selection of the accuracy and of the underlay."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.approximations = ApproximationSelector()
        self._score_label = make_label()
        self.underlay_combo = ComboBox()
        self.underlay_combo.setAccessibleName(self.tr("Shown over"))
        self.underlay_combo.addItem(self.tr("On the MNI152 template"), True)
        self.underlay_combo.addItem(self.tr("On the mean of the scans"), False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(make_label(self.tr("Accuracy of the map"), "section"))
        column.addWidget(self.approximations)
        column.addWidget(self._score_label)
        column.addWidget(self.underlay_combo)

    @property
    def uses_template(self) -> bool:
        """Whether the template is the underlay."""
        return bool(self.underlay_combo.currentData())

    def select_template(self, use_template: bool) -> None:
        """Select the template or the mean of the scans as the underlay."""
        self.underlay_combo.setCurrentIndex(self.underlay_combo.findData(use_template))

    @property
    def score_text(self) -> str:
        """Text on how well the selected map finds the simulated effect; empty for real scans."""
        return self._score_label.text()

    def set_study(self, trained: TrainedStudy) -> None:
        """Show the errors of the maps relative to the exact one, and the score of the selected one."""
        saliency = trained.analysis.saliency
        if saliency is None:
            self.approximations.show_errors((), {}, None)
        else:
            errors = {str(name): error for name, error in saliency.errors.items()}
            correlation = saliency.refit_check.correlation if saliency.refit_check is not None else None
            self.approximations.show_errors({str(name) for name in saliency.maps}, errors, correlation)
        self.show_score(trained)

    def show_score(self, trained: TrainedStudy) -> None:
        """Show how well the selected map finds the simulated effect."""
        map_score, t_score = trained.scores.get(self.approximations.selected), trained.scores.get("t")
        text = ""
        if map_score is not None and t_score is not None:
            text = fill(
                self.tr("Simulated effect: AUC {:.3f}, overlap {:.2f}; t-map: {:.3f}, {:.2f}"),
                map_score.roc_auc,
                map_score.dice,
                t_score.roc_auc,
                t_score.dice,
            )
        set_text(self._score_label, text)


HEIGHT = 176
TOP, BOTTOM, LEFT = 20.0, 34.0, 44.0
DOT = 2.6


class FitPlot(QWidget):
    """Plot of `Predictions`: scatter plot of graded values, or confusion matrix of classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._predictions: Predictions | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.tr("Prediction against true value"))

    def sizeHint(self) -> QSize:
        """Return the width of a panel and a fixed height."""
        return QSize(240, HEIGHT)

    def set_predictions(self, predictions: Predictions | None) -> None:
        """Plot predictions; None clears the plot."""
        self._predictions = predictions
        text = ""
        if predictions is not None and predictions.classes:
            text = self.tr("{}. Columns: true class; rows: predicted class.").format(
                self._heading(predictions)
            )
        elif predictions is not None:
            text = self.tr(
                "One point per scan: y is horizontal, its prediction ŷ vertical. On the line, ŷ equals y."
            )
        self.setToolTip(text)
        self.setAccessibleDescription(text)
        self.update()

    def _heading(self, predictions: Predictions) -> str:
        return self.tr("Held-out subjects") if predictions.held_out else self.tr("Training scans")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the scatter plot or the confusion matrix."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.palette().base())
        if self._predictions is not None:
            area = QRectF(LEFT, TOP, self.width() - LEFT - 10, self.height() - TOP - BOTTOM)
            if self._predictions.classes:
                self._draw_classes(painter, self._predictions, area)
            else:
                self._draw_graded(painter, self._predictions, area)
        painter.end()

    def _draw_graded(self, painter: QPainter, predictions: Predictions, area: QRectF) -> None:
        palette = self.palette()
        quiet_colour, line = (
            palette.color(QPalette.ColorRole.PlaceholderText),
            palette.color(QPalette.ColorRole.Mid),
        )
        accent = palette.color(QPalette.ColorRole.Link)
        values = [*predictions.targets, *predictions.fitted, *predictions.held_out]
        low, high = min(values), max(values)
        span = (high - low) or 1.0

        def to_point(truth: float, prediction: float) -> QPointF:
            x = area.left() + 5 + (area.width() - 10) * (truth - low) / span
            return QPointF(x, area.bottom() - 5 - (area.height() - 10) * (prediction - low) / span)

        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        painter.drawLine(to_point(low, low), to_point(high, high))
        painter.setPen(QPen(quiet_colour, 1.2))
        for truth, prediction in zip(predictions.targets, predictions.fitted, strict=True):
            painter.drawEllipse(to_point(truth, prediction), DOT, DOT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        if predictions.held_out:
            for truth, prediction in zip(predictions.targets, predictions.held_out, strict=True):
                painter.drawEllipse(to_point(truth, prediction), DOT, DOT)
        painter.setPen(quiet_colour)
        self._draw_axis_labels(painter, area, format_numbers(f"{low:.3g}"), format_numbers(f"{high:.3g}"))
        # Legend: a ring and a disc, because colour alone must not distinguish them.
        x = area.left() + 4
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, TOP / 2), DOT, DOT)
        x = self._draw_legend_entry(painter, x + 8, self.tr("fit")) + 16
        if predictions.held_out:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent)
            painter.drawEllipse(QPointF(x, TOP / 2), DOT, DOT)
            painter.setPen(quiet_colour)
            self._draw_legend_entry(painter, x + 8, self.tr("held-out subjects"))

    def _draw_legend_entry(self, painter: QPainter, x: float, text: str) -> float:
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.drawText(QRectF(x, 0, width + 2, TOP), Qt.AlignmentFlag.AlignVCenter, text)
        return x + width

    def _draw_axis_labels(self, painter: QPainter, area: QRectF, low_text: str, high_text: str) -> None:
        label_row = QRectF(area.left(), area.bottom() + 2, area.width(), 16)
        painter.drawText(label_row, Qt.AlignmentFlag.AlignLeft, low_text)
        painter.drawText(label_row, Qt.AlignmentFlag.AlignRight, high_text)
        painter.drawText(label_row.translated(0, 1), Qt.AlignmentFlag.AlignHCenter, self.tr("y"))
        label_rect = QRectF(0, area.top(), LEFT - 5, area.height())
        right = Qt.AlignmentFlag.AlignRight
        painter.drawText(label_rect, right | Qt.AlignmentFlag.AlignBottom, low_text)
        painter.drawText(label_rect, right | Qt.AlignmentFlag.AlignTop, high_text)
        painter.drawText(label_rect, right | Qt.AlignmentFlag.AlignVCenter, self.tr("ŷ"))

    def _draw_classes(self, painter: QPainter, predictions: Predictions, area: QRectF) -> None:
        palette, metrics = self.palette(), painter.fontMetrics()
        quiet_colour, ink = (
            palette.color(QPalette.ColorRole.PlaceholderText),
            palette.color(QPalette.ColorRole.Text),
        )
        line, accent = palette.color(QPalette.ColorRole.Mid), palette.color(QPalette.ColorRole.Link)
        area = area.adjusted(20, 0, 0, 0)
        targets, classes = predictions.targets, predictions.classes
        predicted = predictions.held_out or predictions.fitted
        counts = Counter(
            (round(actual), round(label)) for actual, label in zip(targets, predicted, strict=True)
        )
        totals = Counter(round(actual) for actual in targets)
        width, height = area.width() / len(classes), area.height() / len(classes)
        painter.setPen(quiet_colour)
        painter.drawText(
            QRectF(area.left(), 0, area.width(), TOP),
            Qt.AlignmentFlag.AlignVCenter,
            self._heading(predictions),
        )
        for index, name in enumerate(classes):
            bottom_rect = QRectF(area.left() + index * width, area.bottom() + 1, width, 15)
            left_rect = QRectF(0, area.top() + index * height, area.left() - 5, height)
            for rect, side in (
                (bottom_rect, Qt.AlignmentFlag.AlignCenter),
                (left_rect, Qt.AlignmentFlag.AlignRight),
            ):
                text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(rect.width()))
                painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, text)
        painter.drawText(
            QRectF(area.left(), area.bottom() + 15, area.width(), 16),
            Qt.AlignmentFlag.AlignCenter,
            self.tr("true class"),
        )
        for actual in range(len(classes)):
            for label in range(len(classes)):
                cell = QRectF(area.left() + actual * width, area.top() + label * height, width, height)
                share = counts[actual, label] / max(totals[actual], 1)
                cell_colour = QColor(accent if actual == label else quiet_colour)
                cell_colour.setAlphaF(0.75 * share)
                painter.fillRect(cell, cell_colour)
                painter.setPen(line)
                painter.drawRect(cell)
                painter.setPen(ink)
                text = f"{counts[actual, label]}"
                if metrics.horizontalAdvance(text) < width and metrics.height() <= height:
                    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)


class FitQualityView(QWidget):
    """Errors on the training scans and on held-out subjects, and a plot of the predictions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quality_label = make_label()
        self._quality_label.setAccessibleName(self.tr("Errors of the network"))
        self.plot = FitPlot()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        for widget in (make_label(self.tr("Network"), "section"), self._quality_label, self.plot):
            column.addWidget(widget)

    @property
    def text(self) -> str:
        """Text with the errors."""
        return self._quality_label.text()

    def set_quality(self, quality: FitQuality) -> None:
        """Show the quality of a network's fit."""
        self._quality_label.setText(self._quality_text(quality))
        self.plot.set_predictions(quality.predictions)

    def _quality_text(self, quality: FitQuality) -> str:
        kind = self.tr("accuracy {:.1%}") if quality.predictions.classes else self.tr("correlation {:.3f}")
        lines = [self._format_line(self.tr("Fit"), quality.error, kind.format(quality.agreement))]
        if quality.held_out_error is not None and quality.held_out_agreement is not None:
            text = kind.format(quality.held_out_agreement)
            lines.append(self._format_line(self.tr("Held-out subjects"), quality.held_out_error, text))
        lines.append(fill(self.tr("Constant prediction: error {:.3g}"), quality.baseline_error))
        return "\n".join(lines)

    def _format_line(self, label: str, error: float, text: str) -> str:
        return fill(self.tr("{}: error {:.3g}, {}"), label, error, text)
