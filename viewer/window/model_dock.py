"""The model: its card, and what it says about the scan, before any map.

While there is no answer, the one that was recorded with the map that is shown stands in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from viewer.scans.origin import Relation
from viewer.session.session import Session
from viewer.window.bars import Bar, Bars, Scrolled
from viewer.window.panel import Panel, say, sentence, text

if TYPE_CHECKING:
    from viewer.models.card import Card
    from viewer.models.predict import Prediction
    from viewer.scans.provenance import Provenance


class ModelDock(Panel):
    """Follows the session's model and prediction, which stays in sight while the card scrolls."""

    open_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("model", "Model", parent)
        self.setWindowTitle(self.tr("Model"))
        self._session = session
        self._loading = ""
        self._name = text(role="title")
        self._about = text()
        self._classes = text(role="quiet")
        self._grid = text(role="quiet")
        self._origin = text(role="quiet")
        self._heading = text(self.tr("Prediction for this scan"), "section")
        self._bars = Bars()
        self._value = text(role="title")
        self._notes = text(role="quiet")
        self._warnings = text(role="warning")
        self._empty = text(role="quiet")
        self._open = QPushButton(self.tr("Open model …"))
        self._open.clicked.connect(lambda: self.open_asked.emit())
        self.head.setContentsMargins(12, 8, 12, 0)
        self.area.setMinimumHeight(36)
        for pinned in (
            self._name, self._heading, self._warnings, Scrolled(self._bars), self._value, self._empty,
        ):  # fmt: skip
            self.head.addWidget(pinned)
        for widget in (self._notes, self._about, self._classes, self._grid, self._origin, self._open):
            self.column.addWidget(widget)
        session.subscribe(self._show, "model", "prediction", "scan", "maps", "current")
        session.subscribe(self._return_to_top, "model")
        self._show()

    def show_loading(self, name: str) -> None:
        """Which network is on its way; empty for none."""
        self._loading = name
        self._show()

    def _return_to_top(self) -> None:
        self.area.verticalScrollBar().setValue(0)

    def _show(self) -> None:
        self._warn(self._session.prediction)
        model = self._session.model
        if model is None:
            say(self._name, "")
            waiting = self.tr("Loading {} …").format(self._loading)
            none = self.tr("No network is open. Open a model file, or drop one on the window.")
            say(self._about, waiting if self._loading else none)
            for label in (self._classes, self._grid, self._origin, self._value, self._notes):
                say(label, "")
            recorded = self._recorded()
            if recorded is None:
                say(self._heading, "")
                self._bars.show_bars(())
            else:
                say(self._name, str(recorded.model.get("name", "")))
                self._say_recorded(recorded)
            return
        card = model.card
        say(self._name, card.name)
        say(self._about, card.description)
        say(self._classes, self._outputs(card))
        say(self._grid, self._wants(card))
        origin = [
            self.tr("Licence: {}").format(card.licence) if card.licence else "",
            card.citation,
            self.tr("Weights: {}").format(f"{model.hash[:12]}…"),
        ]
        say(self._origin, "\n".join(line for line in origin if line))
        self._origin.setToolTip(f"SHA-256 {model.hash}\n{model.path or ''}".strip())
        self._predicted(self._session.prediction)

    def _predicted(self, prediction: Prediction | None) -> None:
        recorded = self._recorded()
        if prediction is None and recorded is not None:
            self._say_recorded(recorded)
            return
        if prediction is None:
            waiting = self._session.scan is not None
            say(self._heading, self.tr("Running the network …") if waiting else "")
            say(self._value, "")
            say(self._notes, "")
            self._bars.show_bars(())
            return
        say(self._heading, self.tr("Prediction for this scan"))
        self._bars.show_bars(bars(prediction))
        said = numbers(prediction)
        if prediction.volumes:
            said = "\n".join(
                self.tr("{}: {:,.1f} ml").format(name, volume / 1000)
                for name, volume in zip(prediction.classes, prediction.volumes, strict=True)
            )
        say(self._value, said)
        lines = filter(None, (prediction.guess, *prediction.notes))
        say(self._notes, "\n".join(sentence(line) for line in lines))

    def _warn(self, prediction: Prediction | None) -> None:
        """Above the bars what the scan is known not to be; below them what an empty scan would get."""
        if prediction is None:
            say(self._warnings, "")
            say(self._empty, "")
            return
        from viewer.models.fit import empty_sentence

        words = " ".join(sentence(line) for line in prediction.warnings)
        say(self._warnings, self.tr("Caution: {}").format(words) if words else "")
        say(self._empty, "" if prediction.empty is None else sentence(empty_sentence(prediction.empty)))

    def _recorded(self) -> Provenance | None:
        """How the map that is shown was made, where that tells what its network said and it is this one."""
        model, layer = self._session.model, self._session.current_layer
        made = None if layer is None else layer.map.provenance
        if layer is None or made is None or not made.prediction:
            return None
        if self._session.origin(layer.map).scan is not Relation.SAME:
            return None
        return made if model is None or made.model.get("hash") == model.hash else None

    def _say_recorded(self, made: Provenance) -> None:
        from viewer.models.predict import recorded

        said = recorded(made.prediction)
        about = str(made.scan.get("name", ""))
        words = (
            self.tr("Prediction saved with this map ({})")
            if about
            else self.tr("Prediction saved with this map")
        )
        say(self._heading, words.format(about))
        self._bars.show_bars(bars(said))
        say(self._value, numbers(said))
        say(self._notes, sentence(said.guess) if said.guess else "")

    def _outputs(self, card: Card) -> str:
        if not card.classes:
            return ""
        return self.tr("Outputs: {}").format(
            ", ".join(f"{index} {name}" for index, name in enumerate(card.classes))
        )

    def _wants(self, card: Card) -> str:
        wanted = card.input
        if wanted is None:
            return self.tr("The card does not describe the input.")
        shape = " × ".join(str(size) for size in wanted.shape) or self.tr("any size")
        spacing = f", {' × '.join(f'{step:g}' for step in wanted.spacing)} mm" if wanted.spacing else ""
        return self.tr("Input: {} voxels ({}){}, {}; intensities: {}").format(
            shape, wanted.axes, spacing, wanted.placement, wanted.intensity.scaling
        )


def numbers(prediction: Prediction) -> str:
    """Return what is no probability: a regression's value, or one output a line; empty for all else."""
    if prediction.value is not None:
        return f"{prediction.value:.4g} {prediction.unit}".strip()
    if prediction.probabilities:
        return ""
    return "\n".join(
        f"{name}: {value:.4g}" for name, value in zip(prediction.classes, prediction.logits, strict=False)
    )


def bars(prediction: Prediction) -> tuple[Bar, ...]:
    """One bar a class of a classification; none of anything else."""
    if not prediction.probabilities:
        return ()
    return tuple(
        Bar(name, share, score, index in prediction.present)
        for index, (name, share, score) in enumerate(
            zip(prediction.classes, prediction.probabilities, prediction.logits, strict=True)
        )
    )
