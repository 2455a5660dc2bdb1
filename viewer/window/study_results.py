"""Results of a study: which approximation is shown over what, and how good the network is."""

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
from viewer.window.dock_panel import WheelGuard, make_label, set_text
from viewer.window.study_tasks import FitQuality, Predictions

if TYPE_CHECKING:
    from viewer.window.study_tasks import TrainedStudy


EXACT, RETRAINED = "exact", "retrained"


class ApproximationSelector(QWidget):
    """``chosen`` tells the accuracy that a person takes, by its name in `viewer.methods.morch_1995`."""

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
                self.tr("Equation (10) as it is printed, without the terms between components."),
            ),
            "second-order-cross": (
                self.tr("Second order, cross terms"),
                self.tr("f"),
                self.tr("With the terms between components: the whole second order."),
            ),
            EXACT: (
                self.tr("Exact"),
                "",
                self.tr("The change of the error itself, with the weights unchanged."),
            ),
            RETRAINED: (
                self.tr("Exact, retrained"),
                "",
                self.tr("The change after retraining the weights, by one Newton step per voxel."),
            ),
        }
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QRadioButton] = {}
        self._signs = {name: sign for name, (_, sign, _) in entries.items()}
        self._numbers: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, (name, (words, _, tip)) in enumerate(entries.items()):
            button = QRadioButton(words)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.setAccessibleDescription(tip)
            button.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
            number = QLabel()
            number.setProperty("role", "quiet")
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._group.addButton(button)
            self._buttons[name] = button
            self._numbers[name] = number
            grid.addWidget(button, row, 0)
            grid.addWidget(number, row, 1)
        self._buttons[EXACT].setChecked(True)

    @property
    def names(self) -> tuple[str, ...]:
        """The accuracies, the cheapest first."""
        return tuple(self._buttons)

    @property
    def selected(self) -> str:
        """The one that is chosen."""
        return next(name for name, button in self._buttons.items() if button.isChecked())

    def select(self, name: str) -> None:
        """Mark one, and tell nobody."""
        self._buttons[name].setChecked(True)

    def number(self, name: str) -> str:
        """What is written beside one."""
        return self._numbers[name].text()

    def show_errors(
        self, there: Collection[str], errors: Mapping[str, float], correlation: float | None
    ) -> None:
        """Write how far each of those that are there is from the exact one.

        Parameters
        ----------
        there
            The accuracies that are computed.
        errors
            f of equation (11), Σ (exact − map)² / Σ exact².
        correlation
            Of the retrained map with full re-fits of a few voxels.
        """
        for name, label in self._numbers.items():
            words, tip = "", ""
            if name in errors:
                words = f"{self._signs[name]} = {errors[name]:.2g}"
                tip = self.tr("Equation (11): Σ (exact − this)² / Σ exact². 0 is no difference.")
            elif name == EXACT and name in there:
                words, tip = self.tr("reference"), self.tr("The others are compared with this one.")
            elif name == RETRAINED and correlation is not None:
                words = self.tr("r = {:z.4f}").format(correlation)
                tip = self.tr("Correlation with networks retrained without each of a few voxels.")
            label.setText(words)
            label.setToolTip(tip)
            self._buttons[name].setAccessibleDescription(
                " ".join(part for part in (self._buttons[name].toolTip(), words) if part)
            )


class MapSelector(QWidget):
    """The choice of the accuracy and of the brain below the bodies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.approximations = ApproximationSelector()
        self._score = make_label()
        self.over = ComboBox()
        self.over.setAccessibleName(self.tr("Shown over"))
        self.over.addItem(self.tr("On the MNI152 template"), True)
        self.over.addItem(self.tr("On the mean of the scans"), False)
        self._guard = WheelGuard(self)
        self._guard.guard(self.over)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(make_label(self.tr("Accuracy of the map"), "section"))
        column.addWidget(self.approximations)
        column.addWidget(self._score)
        column.addWidget(self.over)

    @property
    def uses_template(self) -> bool:
        """Whether it is shown over the template."""
        return bool(self.over.currentData())

    def select_template(self, template: bool) -> None:
        """Choose what it is shown over."""
        self.over.setCurrentIndex(self.over.findData(template))

    @property
    def score(self) -> str:
        """How well the chosen map finds what was planted, in words; empty where nothing was."""
        return self._score.text()

    def set_study(self, trained: TrainedStudy) -> None:
        """Show how far the maps are from the exact one, and what the chosen one finds."""
        saliency = trained.analysis.saliency
        if saliency is None:
            self.approximations.show_errors((), {}, None)
        else:
            errors = {str(name): error for name, error in saliency.errors.items()}
            correlation = saliency.check.correlation if saliency.check is not None else None
            self.approximations.show_errors({str(name) for name in saliency.maps}, errors, correlation)
        self.show_score(trained)

    def show_score(self, trained: TrainedStudy) -> None:
        """Say how well the chosen map finds what was planted."""
        own, other = trained.scores.get(self.approximations.selected), trained.scores.get("t")
        words = ""
        if own is not None and other is not None:
            words = self.tr("Planted place: AUC {:.3f}, overlap {:.2f}; t-map: {:.3f}, {:.2f}").format(
                own.area, own.overlap, other.area, other.overlap
            )
        set_text(self._score, words)


HEIGHT = 176
TOP, BOTTOM, LEFT = 20.0, 34.0, 44.0
DOT = 2.6


class FitPlot(QWidget):
    """Draws `Predictions`: a scatter of graded values, or a table of classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._predictions: Predictions | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.tr("Prediction against true value"))

    def sizeHint(self) -> QSize:
        """As wide as a panel."""
        return QSize(240, HEIGHT)

    def set_predictions(self, said: Predictions | None) -> None:
        """Draw this; nothing where there is none."""
        self._predictions = said
        words = ""
        if said is not None and said.classes:
            words = self.tr("{}. Columns are what is so, rows what the network says.").format(
                self._heading(said)
            )
        elif said is not None:
            words = self.tr(
                "One dot per scan: y across, prediction up. On the line, the prediction is exact."
            )
        self.setToolTip(words)
        self.setAccessibleDescription(words)
        self.update()

    def _heading(self, said: Predictions) -> str:
        return self.tr("Held-out subjects") if said.left_out else self.tr("Training scans")

    def paintEvent(self, event: QPaintEvent) -> None:
        """The scatter or the table."""
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

    def _draw_graded(self, painter: QPainter, said: Predictions, area: QRectF) -> None:
        palette = self.palette()
        quiet, line = palette.color(QPalette.ColorRole.PlaceholderText), palette.color(QPalette.ColorRole.Mid)
        accent = palette.color(QPalette.ColorRole.Link)
        every = [*said.targets, *said.fitted, *said.left_out]
        low, high = min(every), max(every)
        span = (high - low) or 1.0

        def at(truth: float, told: float) -> QPointF:
            x = area.left() + 5 + (area.width() - 10) * (truth - low) / span
            return QPointF(x, area.bottom() - 5 - (area.height() - 10) * (told - low) / span)

        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        painter.drawLine(at(low, low), at(high, high))
        painter.setPen(QPen(quiet, 1.2))
        for truth, told in zip(said.targets, said.fitted, strict=True):
            painter.drawEllipse(at(truth, told), DOT, DOT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        if said.left_out:
            for truth, told in zip(said.targets, said.left_out, strict=True):
                painter.drawEllipse(at(truth, told), DOT, DOT)
        painter.setPen(quiet)
        self._label_ends(painter, area, f"{low:.3g}", f"{high:.3g}")
        # The key: a ring and a disc, so that it is not the colour alone that tells them apart.
        x = area.left() + 4
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, TOP / 2), DOT, DOT)
        x = self._key(painter, x + 8, self.tr("fit")) + 16
        if said.left_out:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent)
            painter.drawEllipse(QPointF(x, TOP / 2), DOT, DOT)
            painter.setPen(quiet)
            self._key(painter, x + 8, self.tr("subject left out"))

    def _key(self, painter: QPainter, x: float, words: str) -> float:
        width = painter.fontMetrics().horizontalAdvance(words)
        painter.drawText(QRectF(x, 0, width + 2, TOP), Qt.AlignmentFlag.AlignVCenter, words)
        return x + width

    def _label_ends(self, painter: QPainter, area: QRectF, low: str, high: str) -> None:
        below = QRectF(area.left(), area.bottom() + 2, area.width(), 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high)
        painter.drawText(below.translated(0, 1), Qt.AlignmentFlag.AlignHCenter, self.tr("y"))
        beside = QRectF(0, area.top(), LEFT - 5, area.height())
        right = Qt.AlignmentFlag.AlignRight
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignBottom, low)
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignTop, high)
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignVCenter, self.tr("said"))

    def _draw_classes(self, painter: QPainter, said: Predictions, area: QRectF) -> None:
        palette, metrics = self.palette(), painter.fontMetrics()
        quiet, ink = palette.color(QPalette.ColorRole.PlaceholderText), palette.color(QPalette.ColorRole.Text)
        line, accent = palette.color(QPalette.ColorRole.Mid), palette.color(QPalette.ColorRole.Link)
        area = area.adjusted(20, 0, 0, 0)
        told = said.left_out or said.fitted
        counts = Counter((round(truth), round(says)) for truth, says in zip(said.targets, told, strict=True))
        totals = Counter(round(truth) for truth in said.targets)
        width, height = area.width() / len(said.classes), area.height() / len(said.classes)
        painter.setPen(quiet)
        painter.drawText(
            QRectF(area.left(), 0, area.width(), TOP), Qt.AlignmentFlag.AlignVCenter, self._heading(said)
        )
        for number, name in enumerate(said.classes):
            below = QRectF(area.left() + number * width, area.bottom() + 1, width, 15)
            beside = QRectF(0, area.top() + number * height, area.left() - 5, height)
            for place, side in ((below, Qt.AlignmentFlag.AlignCenter), (beside, Qt.AlignmentFlag.AlignRight)):
                shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(place.width()))
                painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.drawText(
            QRectF(area.left(), area.bottom() + 15, area.width(), 16),
            Qt.AlignmentFlag.AlignCenter,
            self.tr("what is so"),
        )
        for truth in range(len(said.classes)):
            for says in range(len(said.classes)):
                cell = QRectF(area.left() + truth * width, area.top() + says * height, width, height)
                share = counts[truth, says] / max(totals[truth], 1)
                shade = QColor(accent if truth == says else quiet)
                shade.setAlphaF(0.75 * share)
                painter.fillRect(cell, shade)
                painter.setPen(line)
                painter.drawRect(cell)
                painter.setPen(ink)
                words = f"{counts[truth, says]}"
                if metrics.horizontalAdvance(words) < width and metrics.height() <= height:
                    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)


class FitQualityView(QWidget):
    """The errors of the fit and of the subjects left out, and what the network says of every scan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = make_label()
        self._words.setAccessibleName(self.tr("Errors of the network"))
        self.plot = FitPlot()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        for widget in (make_label(self.tr("Network"), "section"), self._words, self.plot):
            column.addWidget(widget)

    @property
    def text(self) -> str:
        """The numbers, in words."""
        return self._words.text()

    def set_quality(self, found: FitQuality) -> None:
        """Show how good a network is."""
        self._words.setText(self._quality_text(found))
        self.plot.set_predictions(found.predictions)

    def _quality_text(self, found: FitQuality) -> str:
        kind = self.tr("right {:.1%}") if found.predictions.classes else self.tr("correlation {:.3f}")
        lines = [self._line(self.tr("Fit"), found.error, kind.format(found.agreement))]
        if found.held_out_error is not None and found.held_out_agreement is not None:
            words = kind.format(found.held_out_agreement)
            lines.append(self._line(self.tr("Held-out subjects"), found.held_out_error, words))
        lines.append(self.tr("Constant prediction: error {:.3g}").format(found.chance))
        return "\n".join(lines)

    def _line(self, what: str, error: float, words: str) -> str:
        return self.tr("{}: error {:.3g}, {}").format(what, error, words)
