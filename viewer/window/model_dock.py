"""Model panel: the model's card and its prediction for the scan.

Without a prediction, the one saved with the current map is shown. A strip above it shows whether the scan
fits the network; the prediction for a scan that does not fit is grey and crossed out.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from viewer.models.fit_report import FitVerdict, fit_report_from_json
from viewer.scans.origin import Relation
from viewer.session.session import Session
from viewer.window.combo_box import ComboBox
from viewer.window.dock_panel import DockPanel, as_sentence, make_label, set_text
from viewer.window.fit_strip import FitStrip
from viewer.window.model_inputs import ModelInputs
from viewer.window.prediction_bars import PredictionBars, PredictionScrollArea, make_prediction_bars
from viewer.window.translation import fill, format_numbers, translate, translate_sentence

if TYPE_CHECKING:
    from viewer.models.model_card import Card
    from viewer.models.predict import Prediction
    from viewer.scans.provenance import Provenance


class ModelDock(DockPanel):
    """Panel of the session's model; the prediction stays visible while the card scrolls."""

    open_requested = Signal()
    segmentation_requested = Signal()
    output_chosen = Signal(str)
    """Emitted with the label of another tensor that the network returns."""
    network_chosen = Signal(object)
    """Emitted with the path of another network in the folder, or of the folder itself for their mean."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("model", "Model", parent)
        self.setWindowTitle(self.tr("Model"))
        self._session = session
        self._loading_name = ""
        self._name_label = make_label(role="title")
        self._about_label = make_label()
        self._classes_label = make_label(role="quiet")
        self._grid_label = make_label(role="quiet")
        self._origin_label = make_label(role="quiet")
        self._heading_label = make_label(self.tr("Prediction for this scan"), "section")
        self._bars = PredictionBars()
        self._value_label = make_label(role="title")
        self._range_label = make_label(role="quiet")
        self._notes_label = make_label(role="quiet")
        self.fit_strip = FitStrip(session)
        self._empty_scan_label = make_label(role="quiet")
        self._facts_heading = make_label(role="section")
        self._facts_label = make_label(role="quiet")
        self._facts_label.setObjectName("model_facts")
        self.inputs = ModelInputs(session)
        self._open_button = QPushButton(self.tr("Open model …"))
        self._open_button.clicked.connect(lambda: self.open_requested.emit())
        self.output_combo = ComboBox()
        self.output_combo.setAccessibleName(self.tr("Answer"))
        self.output_combo.setToolTip(self.tr("Which of the network's output tensors is shown and explained"))
        self.output_combo.activated.connect(self._choose_output)
        self.fold_combo = ComboBox()
        self.fold_combo.setAccessibleName(self.tr("Fold"))
        self.fold_combo.setToolTip(
            self.tr("Which network of this folder is run: that of one fold, or the mean of all")
        )
        self.fold_combo.activated.connect(self._choose_fold)
        self.segmentation_button = QPushButton(self.tr("Show prediction as map"))
        self.segmentation_button.setToolTip(
            self.tr("Add the class of every voxel to the maps, to see the predicted bodies in the box")
        )
        self.segmentation_button.clicked.connect(lambda: self.segmentation_requested.emit())
        self.head.setContentsMargins(12, 8, 12, 0)
        self.area.setMinimumHeight(36)
        for header_widget in (
            self._name_label, self._heading_label, self.fit_strip, PredictionScrollArea(self._bars),
            self._value_label,
        ):  # fmt: skip
            self.head.addWidget(header_widget)
        for widget in (
            self.inputs,
            self.fold_combo,
            self.output_combo,
            self.segmentation_button,
            self._range_label,
            self._empty_scan_label,
            self._notes_label,
            self._about_label,
            self._classes_label,
            self._grid_label,
            self._origin_label,
            self._facts_heading,
            self._facts_label,
            self._open_button,
        ):
            self.column.addWidget(widget)
        session.subscribe(self._show, "model", "prediction", "scan", "maps", "current")
        session.subscribe(self._scroll_to_top, "model")
        self._show()

    def show_loading(self, name: str) -> None:
        """Show the name of the network that is being loaded; empty for none."""
        self._loading_name = name
        self._show()

    def _scroll_to_top(self) -> None:
        self.area.verticalScrollBar().setValue(0)

    def _show(self) -> None:
        model, prediction = self._session.model, self._session.prediction
        self._show_folds()
        self._show_outputs()
        self.segmentation_button.setVisible(prediction is not None and prediction.segmentation is not None)
        if model is None:
            set_text(self._name_label, "")
            loading_text = self.tr("Loading {} …").format(self._loading_name)
            no_network = self.tr("No network is open. Open a model file, or drop one on the window.")
            set_text(self._about_label, loading_text if self._loading_name else no_network)
            for label in (self._classes_label, self._grid_label, self._origin_label):
                set_text(label, "")
            self._show_facts(None)
            recorded = self._recorded_prediction()
            if recorded is None:
                set_text(self._heading_label, "")
                self._clear_prediction()
            else:
                set_text(self._name_label, str(recorded.model.get("name", "")))
                self._show_recorded(recorded)
            return
        card = model.card
        set_text(self._name_label, card.name)
        set_text(self._about_label, card.description)
        set_text(self._classes_label, self._outputs_text(card))
        set_text(self._grid_label, self._input_text(card))
        set_text(self._origin_label, self.tr("Weights: {}").format(f"{model.hash[:12]}…"))
        self._show_facts(card)
        self._origin_label.setToolTip(f"SHA-256 {model.hash}\n{model.path or ''}".strip())
        self._on_prediction(self._session.prediction)

    def _show_folds(self) -> None:
        """List the folder's networks if there are several."""
        model = self._session.model
        choices = () if model is None else model.selectable_paths
        self.fold_combo.clear()
        for path in choices:
            is_mean = path == choices[0]
            fold = path.name.removeprefix("fold_")
            self.fold_combo.addItem(
                self.tr("Mean of all folds") if is_mean else self.tr("Fold {}").format(fold), path
            )
        if model is not None and model.path is not None:
            paths = [model.path, model.path.parent]
            self.fold_combo.setCurrentIndex(
                next((choices.index(entry) for entry in paths if entry in choices), -1)
            )
        self.fold_combo.setVisible(bool(choices))

    def _choose_fold(self, index: int) -> None:
        model, path = self._session.model, self.fold_combo.itemData(index)
        if model is not None and path != model.path:
            self.network_chosen.emit(path)

    def _show_outputs(self) -> None:
        """List the tensors that the network returns if there are several."""
        model = self._session.model
        outputs = () if model is None else model.output_candidates
        self.output_combo.clear()
        for output in outputs:
            self.output_combo.addItem(self.tr("Answer {}").format(output.text), output.label)
        if model is not None:
            self.output_combo.setCurrentIndex(self.output_combo.findData(model.answer))
        self.output_combo.setVisible(len(outputs) > 1)

    def _choose_output(self, index: int) -> None:
        model, label = self._session.model, str(self.output_combo.itemData(index))
        if model is not None and label != model.answer:
            self.output_chosen.emit(label)

    def _show_facts(self, card: Card | None) -> None:
        """Show the table of model facts; nothing without a card."""
        if card is None:
            set_text(self._facts_heading, "")
            set_text(self._facts_label, "")
            return
        from viewer.models.model_facts import model_facts

        set_text(self._facts_heading, self.tr("Model facts"))
        rows = "".join(
            f'<tr><td style="padding-right: 8px"><b>{escape(name)}</b></td><td>{escape(text)}</td></tr>'
            for name, text in (
                (translate("models", label), translate_sentence(text)) for label, text in model_facts(card)
            )
        )
        set_text(self._facts_label, f"<table>{rows}</table>")

    def _on_prediction(self, prediction: Prediction | None) -> None:
        recorded = self._recorded_prediction()
        if prediction is None and recorded is not None:
            self._show_recorded(recorded)
            return
        if prediction is None:
            is_running = self._session.scan is not None and not self._missing_inputs()
            set_text(self._heading_label, self.tr("Running the network …") if is_running else "")
            self._clear_prediction()
            return
        set_text(self._heading_label, self.tr("Prediction for this scan"))
        scan, model = self._session.scan, self._session.model
        self._show_prediction(
            prediction, scan.name if scan is not None else "", model.card.name if model is not None else ""
        )

    def _show_prediction(self, prediction: Prediction, scan_name: str, model_name: str) -> None:
        """Show a prediction with its fit report, the prediction for an empty scan, and notes."""
        from viewer.models.predict import describe_empty_prediction

        report, empty = prediction.fit, prediction.empty_scan_prediction
        is_unfit = report is not None and report.verdict is FitVerdict.UNFIT
        objection = (
            ""
            if report is None or not is_unfit
            else self.tr("Not reliable: {}").format(as_sentence(report.sentence))
        )
        self.fit_strip.set_report(report, " × ".join(filter(None, (scan_name, model_name))))
        self._bars.set_bars(make_prediction_bars(prediction), objection)
        set_text(self._range_label, self._bars.range_explanation)
        text = format_prediction_values(prediction)
        if prediction.volumes:
            text = "\n".join(
                fill(self.tr("{}: {:,.1f} ml"), name, volume / 1000)
                for name, volume in zip(prediction.classes, prediction.volumes, strict=True)
            )
        interval = None if report is None else report.interval
        if prediction.value is not None and interval is not None:
            text += fill(
                self.tr(" ({:.4g} to {:.4g} under small shifts and perturbations of the scan)"), *interval
            )
        set_text(self._value_label, text)
        set_crossed_out(self._value_label, objection)
        set_text(
            self._empty_scan_label, "" if empty is None else as_sentence(describe_empty_prediction(empty))
        )
        lines = filter(None, (prediction.uncertainty_text, prediction.guess, *prediction.notes))
        set_text(self._notes_label, "\n".join(as_sentence(line) for line in lines))

    def _missing_inputs(self) -> str:
        from viewer.models.preprocessing import describe_missing_inputs

        scan, model = self._session.scan, self._session.model
        if scan is None or model is None:
            return ""
        return describe_missing_inputs(scan, model.card, model.covariates)

    def _clear_prediction(self) -> None:
        self.fit_strip.clear()
        self._bars.set_bars(())
        for label in (self._value_label, self._range_label, self._empty_scan_label, self._notes_label):
            set_text(label, "")

    def _recorded_prediction(self) -> Provenance | None:
        """Return the current map's provenance if it holds a prediction of this model for this scan."""
        model, layer = self._session.model, self._session.current_layer
        provenance = None if layer is None else layer.map.provenance
        if layer is None or provenance is None or not provenance.prediction:
            return None
        if self._session.origin(layer.map).scan_relation is not Relation.SAME:
            return None
        return provenance if model is None or provenance.model.get("hash") == model.hash else None

    def _show_recorded(self, provenance: Provenance) -> None:
        from viewer.models.predict import prediction_from_json

        prediction = prediction_from_json(provenance.prediction)
        scan_name = str(provenance.scan.get("name", ""))
        heading = (
            self.tr("Prediction saved with this map ({})")
            if scan_name
            else self.tr("Prediction saved with this map")
        )
        set_text(self._heading_label, heading.format(scan_name))
        prediction = replace(prediction, fit=fit_report_from_json(provenance.fit))
        self._show_prediction(prediction, scan_name, str(provenance.model.get("name", "")))

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
        spacing = (
            f", {' × '.join(format_numbers(f'{step:g}') for step in spec.spacing)} mm" if spec.spacing else ""
        )
        return self.tr("Input: {} voxels ({}){}, {}; intensities: {}").format(
            shape, spec.axes, spacing, *map(translate_sentence, (spec.placement, spec.intensity.scaling))
        )


def format_prediction_values(prediction: Prediction) -> str:
    """Return a regression's value or the raw outputs, one per line; empty if there are probabilities."""
    if prediction.value is not None:
        return fill("{:.4g} {}", prediction.value, prediction.unit).strip()
    if prediction.probabilities:
        return ""
    return "\n".join(
        fill("{}: {:.4g}", name, value)
        for name, value in zip(prediction.classes, prediction.logits, strict=False)
    )


def set_crossed_out(label: QLabel, unreliable_reason: str) -> None:
    """Cross a label out if there is an objection, which becomes its tool tip and description."""
    label.setProperty("struck", bool(unreliable_reason))
    label.style().unpolish(label)
    label.style().polish(label)
    label.setToolTip(unreliable_reason)
    label.setAccessibleDescription(unreliable_reason)
