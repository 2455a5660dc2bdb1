"""Model panel: the model's card and its prediction for the scan.

While there is no prediction, the one saved with the current map is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QSizePolicy, QWidget

from viewer.scans.origin import Relation
from viewer.session.session import Session
from viewer.window.dock_panel import DockPanel, as_sentence, make_label, set_text

if TYPE_CHECKING:
    from viewer.models.model_card import Card
    from viewer.models.predict import Prediction
    from viewer.scans.provenance import Provenance


BAR_HEIGHT = 36
MAX_VISIBLE_BARS = 4
"""Number of bars that are visible without scrolling."""


@dataclass(frozen=True)
class PredictionBar:
    """One class: name, probability (0 to 1), score before any softmax, and whether it is predicted."""

    name: str
    probability: float
    score: float
    predicted: bool = False


class PredictionBars(QWidget):
    """Bar chart of the class probabilities; predicted classes have the accent colour."""

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[PredictionBar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Prediction"))

    def set_bars(self, bars: Sequence[PredictionBar]) -> None:
        """Replace the bars."""
        self._bars = tuple(bars)
        description = ", ".join(f"{bar.name} {bar.probability:.1%}" for bar in self._bars)
        self.setAccessibleDescription(description)
        self.setToolTip(
            "\n".join(f"{bar.name}: {bar.probability:.4%}, logit {bar.score:.4f}" for bar in self._bars)
        )
        self.setFixedHeight(max(BAR_HEIGHT * len(self._bars), 0))
        self.resized.emit()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a height that fits all bars."""
        return QSize(200, BAR_HEIGHT * len(self._bars))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars, with name and probability above each."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        for row, bar in enumerate(self._bars):
            top = row * BAR_HEIGHT
            line = QRectF(0, top, self.width(), 18)
            share = f"{bar.probability:.1%}"
            room = self.width() - painter.fontMetrics().horizontalAdvance(share) - 10
            name = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideRight, int(room))
            painter.setPen(palette.windowText().color())
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, share)
            track = QRectF(0, top + 21, self.width(), 7)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.mid())
            painter.drawRoundedRect(track, 3.5, 3.5)
            painter.setBrush(QColor("#f5821f") if bar.predicted else palette.highlight().color())
            if bar.probability > 0:
                track.setWidth(max(track.width() * bar.probability, 7.0))
                painter.drawRoundedRect(track, 3.5, 3.5)
        painter.end()


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
        bars.resized.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        height = self._bars.sizeHint().height()
        self.setFixedHeight(min(height, MAX_VISIBLE_BARS * BAR_HEIGHT))
        self.setVisible(height > 0)


class ModelDock(DockPanel):
    """Panel of the session's model; the prediction stays visible while the card scrolls."""

    open_requested = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("model", "Model", parent)
        self.setWindowTitle(self.tr("Model"))
        self._session = session
        self._loading = ""
        self._name = make_label(role="title")
        self._about = make_label()
        self._classes = make_label(role="quiet")
        self._grid = make_label(role="quiet")
        self._origin = make_label(role="quiet")
        self._heading = make_label(self.tr("Prediction for this scan"), "section")
        self._bars = PredictionBars()
        self._value = make_label(role="title")
        self._notes = make_label(role="quiet")
        self._warnings = make_label(role="warning")
        self._empty = make_label(role="quiet")
        self._facts_heading = make_label(role="section")
        self._facts = make_label(role="quiet")
        self._facts.setObjectName("model_facts")
        self._open = QPushButton(self.tr("Open model …"))
        self._open.clicked.connect(lambda: self.open_requested.emit())
        self.head.setContentsMargins(12, 8, 12, 0)
        self.area.setMinimumHeight(36)
        for pinned in (
            self._name, self._heading, self._warnings,
            PredictionScrollArea(self._bars), self._value, self._empty,
        ):  # fmt: skip
            self.head.addWidget(pinned)
        for widget in (
            self._notes,
            self._about,
            self._classes,
            self._grid,
            self._origin,
            self._facts_heading,
            self._facts,
            self._open,
        ):
            self.column.addWidget(widget)
        session.subscribe(self._show, "model", "prediction", "scan", "maps", "current")
        session.subscribe(self._return_to_top, "model")
        self._show()

    def show_loading(self, name: str) -> None:
        """Show the name of the network that is being loaded; empty for none."""
        self._loading = name
        self._show()

    def _return_to_top(self) -> None:
        self.area.verticalScrollBar().setValue(0)

    def _show(self) -> None:
        self._show_warnings(self._session.prediction)
        model = self._session.model
        if model is None:
            set_text(self._name, "")
            waiting = self.tr("Loading {} …").format(self._loading)
            none = self.tr("No network is open. Open a model file, or drop one on the window.")
            set_text(self._about, waiting if self._loading else none)
            for label in (self._classes, self._grid, self._origin, self._value, self._notes):
                set_text(label, "")
            self._show_facts(None)
            recorded = self._recorded_prediction()
            if recorded is None:
                set_text(self._heading, "")
                self._bars.set_bars(())
            else:
                set_text(self._name, str(recorded.model.get("name", "")))
                self._show_recorded(recorded)
            return
        card = model.card
        set_text(self._name, card.name)
        set_text(self._about, card.description)
        set_text(self._classes, self._outputs_text(card))
        set_text(self._grid, self._input_text(card))
        set_text(self._origin, self.tr("Weights: {}").format(f"{model.hash[:12]}…"))
        self._show_facts(card)
        self._origin.setToolTip(f"SHA-256 {model.hash}\n{model.path or ''}".strip())
        self._predicted(self._session.prediction)

    def _show_facts(self, card: Card | None) -> None:
        """Show the table of model facts; nothing where there is no card."""
        if card is None:
            set_text(self._facts_heading, "")
            set_text(self._facts, "")
            return
        from viewer.models.model_facts import TITLE, model_facts

        set_text(self._facts_heading, self.tr(TITLE))
        rows = "".join(
            f'<tr><td style="padding-right: 8px"><b>{escape(name)}</b></td><td>{escape(text)}</td></tr>'
            for name, text in model_facts(card)
        )
        set_text(self._facts, f"<table>{rows}</table>")

    def _predicted(self, prediction: Prediction | None) -> None:
        recorded = self._recorded_prediction()
        if prediction is None and recorded is not None:
            self._show_recorded(recorded)
            return
        if prediction is None:
            waiting = self._session.scan is not None
            set_text(self._heading, self.tr("Running the network …") if waiting else "")
            set_text(self._value, "")
            set_text(self._notes, "")
            self._bars.set_bars(())
            return
        set_text(self._heading, self.tr("Prediction for this scan"))
        self._bars.set_bars(prediction_bars(prediction))
        text = prediction_values(prediction)
        if prediction.volumes:
            text = "\n".join(
                self.tr("{}: {:,.1f} ml").format(name, volume / 1000)
                for name, volume in zip(prediction.classes, prediction.volumes, strict=True)
            )
        set_text(self._value, text)
        lines = filter(None, (prediction.guess, *prediction.notes))
        set_text(self._notes, "\n".join(as_sentence(line) for line in lines))

    def _show_warnings(self, prediction: Prediction | None) -> None:
        """Show the warnings about the scan above the bars, and the prediction of an empty scan below them."""
        if prediction is None:
            set_text(self._warnings, "")
            set_text(self._empty, "")
            return
        from viewer.models.predict import describe_empty_prediction

        objections = () if prediction.fit is None else prediction.fit.objections
        text = " ".join(as_sentence(one.sentence) for one in objections)
        set_text(self._warnings, self.tr("Caution: {}").format(text) if text else "")
        set_text(
            self._empty,
            "" if prediction.empty is None else as_sentence(describe_empty_prediction(prediction.empty)),
        )

    def _recorded_prediction(self) -> Provenance | None:
        """Return the current map's provenance if it holds a prediction of this model for this scan."""
        model, layer = self._session.model, self._session.current_layer
        provenance = None if layer is None else layer.map.provenance
        if layer is None or provenance is None or not provenance.prediction:
            return None
        if self._session.origin(layer.map).scan is not Relation.SAME:
            return None
        return provenance if model is None or provenance.model.get("hash") == model.hash else None

    def _show_recorded(self, provenance: Provenance) -> None:
        from viewer.models.predict import prediction_from_json

        prediction = prediction_from_json(provenance.prediction)
        about = str(provenance.scan.get("name", ""))
        heading = (
            self.tr("Prediction saved with this map ({})")
            if about
            else self.tr("Prediction saved with this map")
        )
        set_text(self._heading, heading.format(about))
        self._bars.set_bars(prediction_bars(prediction))
        set_text(self._value, prediction_values(prediction))
        set_text(self._notes, as_sentence(prediction.guess) if prediction.guess else "")

    def _outputs_text(self, card: Card) -> str:
        if not card.classes:
            return ""
        return self.tr("Outputs: {}").format(
            ", ".join(f"{index} {name}" for index, name in enumerate(card.classes))
        )

    def _input_text(self, card: Card) -> str:
        spec = card.input
        if spec is None:
            return self.tr("The card does not describe the input.")
        shape = " × ".join(str(size) for size in spec.shape) or self.tr("any size")
        spacing = f", {' × '.join(f'{step:g}' for step in spec.spacing)} mm" if spec.spacing else ""
        return self.tr("Input: {} voxels ({}){}, {}; intensities: {}").format(
            shape, spec.axes, spacing, spec.placement, spec.intensity.scaling
        )


def prediction_values(prediction: Prediction) -> str:
    """Return a regression's value or the raw outputs, one per line; empty if there are probabilities."""
    if prediction.value is not None:
        return f"{prediction.value:.4g} {prediction.unit}".strip()
    if prediction.probabilities:
        return ""
    return "\n".join(
        f"{name}: {value:.4g}" for name, value in zip(prediction.classes, prediction.logits, strict=False)
    )


def prediction_bars(prediction: Prediction) -> tuple[PredictionBar, ...]:
    """Return one bar per class of a classification; none for other models."""
    if not prediction.probabilities:
        return ()
    return tuple(
        PredictionBar(name, share, score, index in prediction.present)
        for index, (name, share, score) in enumerate(
            zip(prediction.classes, prediction.probabilities, prediction.logits, strict=True)
        )
    )
