"""Method panel: family, method, parameters, target, layer, region of a segmentation, compute queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QWidget,
)

from viewer.bibliography import find_references
from viewer.checks.track_record.shipped import describe_record, explain_record
from viewer.session.method_settings import MethodSettings
from viewer.session.session import Session
from viewer.window.combo_box import ComboBox
from viewer.window.compute_queue import ComputeQueue
from viewer.window.dock_panel import DockPanel, as_sentence, make_label, set_text
from viewer.window.parameter_form import FileEditor, ParameterForm
from viewer.window.region_combo_box import NORMALISED, ReductionComboBox, RegionComboBox
from viewer.window.translation import METHODS, translate, translate_sentence
from viewer.window.uncertainty_row import UncertaintyRow

if TYPE_CHECKING:
    from viewer.window.predicted_body import PredictedBodyFinder

DEFAULT_METHOD = "integrated-gradients"
"""Method selected at first: of those that need only gradients, it finds known lesions best (table in the
README)."""


class MethodDock(DockPanel):
    """Panel that requests maps by ``compute_requested(method, parameters, target, layer, region,
    uncertainty)``.

    The target is a class index, or "A minus B" with the indices of two classes; None is the predicted class.
    Layer None is the method's default; region None is for networks without an output at every voxel. The
    uncertainty is an `UncertaintyChoice`, None for a single map.
    """

    compute_requested = Signal(str, dict, object, object, object, object)
    cancel_requested = Signal()
    target_changed = Signal(object, object)
    """Emitted with the target, None for the predicted class, and the region of a dense prediction."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("method", "Method", parent)
        self.setWindowTitle(self.tr("Method"))
        self._session = session
        self._is_computing = False
        self._loading_name = ""
        self._last_settings = session.method_settings
        self._pending_settings: MethodSettings | None = None
        self._is_applying = False
        self._family_combo = ComboBox()
        self._family_combo.setAccessibleName(self.tr("Family"))
        self._method_combo = ComboBox()
        self._method_combo.setAccessibleName(self.tr("Method"))
        self._target_combo = ComboBox()
        self._target_combo.setObjectName("target")
        self._target_combo.setAccessibleName(self.tr("Target"))
        self._target_combo.setToolTip(self.tr("The explained output, before any softmax."))
        self._subtracted_target_combo = ComboBox()
        self._subtracted_target_combo.setAccessibleName(self.tr("Minus"))
        self._subtracted_target_combo.setToolTip(
            self.tr(
                "Explain the difference between two outputs: evidence for the target rather than this class"
            )
        )
        self._layer_combo = ComboBox()
        self._layer_combo.setAccessibleName(self.tr("Layer"))
        self._layer_combo.setToolTip(self.tr("The layer whose activations the map is computed from"))
        self.clear_layer_button = QToolButton()
        self.clear_layer_button.setText("✕")
        self.clear_layer_button.setAccessibleName(self.tr("Clear the layer"))
        self.clear_layer_button.setToolTip(self.tr("Clear this layer and use the method's default"))
        self.clear_layer_button.clicked.connect(lambda: self.choose_layer(None))
        self._layer_row = QWidget()
        row = QHBoxLayout(self._layer_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._layer_combo, 1)
        row.addWidget(self.clear_layer_button)
        self.region_combo = RegionComboBox(session)
        self.reduction_combo = ReductionComboBox()
        self.body_label = make_label(role="quiet")
        self.body_label.setObjectName("body")
        self._body_finder: PredictedBodyFinder | None = None
        self.uncertainty_row = UncertaintyRow()
        self.compute_queue = ComputeQueue()
        self._description_label = make_label()
        self.track_record_label = make_label(role="quiet")
        self.track_record_label.setObjectName("track-record")
        self._source_label = make_label(role="quiet")
        self._form = ParameterForm()
        self._reason_label = make_label(role="warning")
        self._compute_button = QPushButton(self.tr("Compute"))
        self._compute_button.setObjectName("compute")
        self._compute_button.setProperty("role", "main")
        self._compute_button.setToolTip(self.tr("Compute this map (Ctrl+Return)"))
        self._cancel_button = QPushButton(self.tr("Cancel"))
        self._cancel_button.setObjectName("cancel")
        self._cancel_button.setToolTip(self.tr("Stop and keep what is finished (Esc)"))
        choice = QFormLayout()
        choice.setContentsMargins(0, 0, 0, 0)
        choice.setSpacing(6)
        choice.addRow(self.tr("Family"), self._family_combo)
        choice.addRow(self.tr("Method"), self._method_combo)
        self._target_form = target_form = QFormLayout()
        target_form.setContentsMargins(0, 0, 0, 0)
        target_form.setSpacing(6)
        target_form.addRow(self.tr("Layer"), self._layer_row)
        target_form.addRow(self.tr("Target"), self._target_combo)
        target_form.addRow(self.tr("Minus"), self._subtracted_target_combo)
        target_form.addRow(self.tr("Region"), self.region_combo)
        target_form.addRow("", self.body_label)
        target_form.addRow(self.tr("Explain"), self.reduction_combo)
        target_form.addRow(self.tr("Uncertainty"), self.uncertainty_row)
        choices = (
            self._family_combo, self._method_combo, self._target_combo, self._subtracted_target_combo,
            self._layer_combo, self.region_combo, self.reduction_combo,
        )  # fmt: skip
        for combo in (*choices, self.uncertainty_row.kind_combo):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
        # The number of samples is beside it.
        self.uncertainty_row.kind_combo.setMinimumContentsLength(4)
        buttons = QHBoxLayout()
        buttons.addWidget(self._compute_button, 1)
        buttons.addWidget(self._cancel_button)
        self.column.addLayout(choice)
        self.column.addWidget(self._description_label)
        self.column.addWidget(self.track_record_label)
        self.column.addWidget(self._form)
        self.column.addWidget(self._source_label)
        self.foot.setContentsMargins(12, 8, 12, 12)
        self.foot.addLayout(target_form)
        self.foot.addWidget(self._reason_label)
        self.foot.addLayout(buttons)
        self.foot.addWidget(self.compute_queue)
        self._family_combo.currentIndexChanged.connect(self._fill_family)
        self._method_combo.currentIndexChanged.connect(self._show_method)
        self._compute_button.clicked.connect(self.compute)
        self._cancel_button.clicked.connect(lambda: self.cancel_requested.emit())
        self._layer_combo.currentIndexChanged.connect(self._show_reason)
        self._form.changed.connect(self._show_reason)
        session.subscribe(self._offer_atlas, "atlas")
        session.subscribe(self._show_targets, "model", "prediction")
        session.subscribe(self._show_layers, "model")
        # Computing a map may have revealed whether the network has dropout.
        session.subscribe(self._update_dropout, "model", "maps")
        session.subscribe(self._show_reason, "scan", "model")
        # Subscribed last, so that the lists already belong to the new network.
        session.subscribe(self._restore_settings, "model", "method_settings")
        for combo in choices:
            combo.currentIndexChanged.connect(self._store_settings)
        for combo in (
            self._target_combo,
            self._subtracted_target_combo,
            self.region_combo,
            self.reduction_combo,
        ):
            combo.currentIndexChanged.connect(self._show_region)
        self._form.changed.connect(self._store_settings)
        self.uncertainty_row.changed.connect(self._store_settings)
        self.uncertainty_row.changed.connect(self._show_reason)
        self._show_reason()

    def fill_methods(self) -> None:
        """List the registered methods. Called once the window is shown, because it imports all of them."""
        from viewer.methods.registry import list_methods

        families = list(dict.fromkeys(entry.family for entry in list_methods().values()))
        self._is_applying = True
        self._family_combo.blockSignals(True)
        self._family_combo.clear()
        for family in families:
            self._family_combo.addItem(translate(METHODS, str(family).capitalize()), str(family))
        self._family_combo.setCurrentIndex(
            self._family_combo.findData(str(list_methods()[DEFAULT_METHOD].family))
        )
        self._family_combo.blockSignals(False)
        self._fill_family()
        self._method_combo.setCurrentIndex(self._method_combo.findData(DEFAULT_METHOD))
        self._show_targets()
        self._is_applying = False
        self._restore_settings()

    def choose_method(self, name: str) -> None:
        """Select a method by its name."""
        from viewer.methods.registry import find_method

        self._family_combo.setCurrentIndex(self._family_combo.findData(str(find_method(name).family)))
        self._method_combo.setCurrentIndex(self._method_combo.findData(name))

    @property
    def method(self) -> str | None:
        """Name of the selected method; None before the methods are listed."""
        name = self._method_combo.currentData()
        return None if name is None else str(name)

    @property
    def layer(self) -> str | None:
        """Selected layer; None for the method's default or a method without a layer."""
        layer = self._layer_combo.currentData() if self._accepts_layer() else None
        return None if layer is None else str(layer)

    def choose_layer(self, path: str | None) -> None:
        """Select a layer by its module path or operator name; None selects the method's default."""
        if path and self._layer_combo.findData(path) < 0:
            self._layer_combo.addItem(path, path)
        self._layer_combo.setCurrentIndex(max(self._layer_combo.findData(path or None), 0))

    @property
    def guide_page(self) -> str:
        """Name of the guide page that F1 opens here: that of the selected method."""
        return super().guide_page if self.method is None else f"methods/{self.method}"

    @property
    def form(self) -> ParameterForm:
        """Form of the method's parameters."""
        return self._form

    @property
    def unavailable_reason(self) -> str:
        """Reason why no map can be computed now; empty if one can."""
        return self._reason_label.text()

    def compute(self) -> None:
        """Request the computation of the map, if it can be computed now."""
        if self.method is not None and self._compute_button.isEnabled():
            target, region = self.target
            values, choice = self._form.values(), self.uncertainty_row.choice
            self.compute_requested.emit(self.method, values, target, self.layer, region, choice)

    @property
    def target(self) -> tuple[int | str | None, str | None]:
        """Target for `viewer.explain`, None for the predicted class, and region of a dense prediction."""
        region = self.reduction_combo.prefix + self._chosen_region() if self._is_dense() else None
        return self._chosen_target(), region

    def set_body_finder(self, finder: PredictedBodyFinder) -> None:
        """Set the finder of the predicted body at the crosshair, and show its result."""
        self._body_finder = finder
        finder.changed.connect(self._show_reason)
        self._show_region()

    def _chosen_region(self) -> str:
        body = self._body_finder.body if self._body_finder is not None else None
        return (
            body.region
            if self.region_combo.is_at_crosshair and body is not None
            else self.region_combo.region
        )

    def _chosen_index(self) -> int | None:
        """Return the class that is explained: the chosen one, the body's, or the predicted one."""
        index: int | None = self._target_combo.currentData()
        if index is not None:
            return index
        if self._is_dense():
            at_crosshair = self.region_combo.is_at_crosshair and self._body_finder is not None
            body = self._body_finder.body if at_crosshair and self._body_finder is not None else None
            return None if body is None else body.index
        prediction = self._session.prediction
        return None if prediction is None else prediction.best

    def _chosen_target(self) -> int | str | None:
        """Return the target for `viewer.explain`."""
        against, index = self._subtracted_target_combo.currentData(), self._chosen_index()
        if against is not None:
            return f"{index} minus {against}"
        return index if self._is_dense() else self._target_combo.currentData()

    def _show_region(self) -> None:
        """Look for the predicted body at the crosshair if that is the region, and show it."""
        if self._body_finder is not None:
            active = self.region_combo.is_at_crosshair and self._is_dense()
            self._body_finder.set_active(active, self._target_combo.currentData())
        self._show_reason()

    def show_loading(self, name: str) -> None:
        """Show the name of the network that is being loaded; empty for none."""
        self._loading_name = name
        self._show_reason()

    def set_computing(self, computing: bool) -> None:
        """Adapt the buttons: a running computation can be cancelled, and further maps are queued."""
        self._is_computing = computing
        self._compute_button.setText(self.tr("Compute next") if computing else self.tr("Compute"))
        # Hiding the focused Cancel button would move the focus to an arbitrary widget.
        had_focus = not computing and self._cancel_button.hasFocus()
        self._show_reason()
        if had_focus:
            self._compute_button.setFocus()

    def _restore_settings(self) -> None:
        """Show the settings of an opened session; target and layer once its network is loaded."""
        if self._is_applying or self.method is None:
            return
        if self._session.method_settings is not self._last_settings:
            self._pending_settings = self._last_settings = self._session.method_settings
            self._apply_settings(self._pending_settings)
        if self._pending_settings is not None and self._session.model is not None:
            restored, self._pending_settings = self._pending_settings, None
            self._is_applying = True
            self._target_combo.setCurrentIndex(max(self._target_combo.findData(restored.target), 0))
            self._subtracted_target_combo.setCurrentIndex(
                max(self._subtracted_target_combo.findData(restored.subtracted_index), 0)
            )
            self.choose_layer(restored.layer)
            self._is_applying = False
        self._store_settings()

    def _apply_settings(self, settings: MethodSettings) -> None:
        """Show a method and its parameters; use the default method and values for unknown ones."""
        from viewer.methods.registry import list_methods

        self._is_applying = True
        self.choose_method(settings.method if settings.method in list_methods() else DEFAULT_METHOD)
        self._show_method()
        self._form.set_values(settings.parameters)
        self.region_combo.set_choice(self.reduction_combo.take_prefix(settings.region))
        self.uncertainty_row.set_choice(settings.uncertainty, settings.samples)
        self._is_applying = False

    def _store_settings(self) -> None:
        """Store the settings in the session; target and layer stay as saved until the network is loaded."""
        if self._is_applying or self.method is None:
            return
        target, layer = self._target_combo.currentData(), self._layer_combo.currentData()
        against = self._subtracted_target_combo.currentData()
        if self._pending_settings is not None:
            target, layer, against = (
                self._pending_settings.target,
                self._pending_settings.layer,
                self._pending_settings.subtracted_index,
            )
        values, region = self._form.values(), self.reduction_combo.prefix + self.region_combo.choice
        kind, samples = (
            str(self.uncertainty_row.kind_combo.currentData()),
            self.uncertainty_row.samples_box.value(),
        )
        settings = MethodSettings(self.method, values, target, layer, region, against, kind, samples)
        if settings != self._last_settings:
            self._last_settings = settings
            self._session.set_method_settings(settings)

    def _fill_family(self) -> None:
        from viewer.methods.registry import list_methods

        family = self._family_combo.currentData()
        self._method_combo.blockSignals(True)
        self._method_combo.clear()
        for name, entry in list_methods().items():
            if str(entry.family) == family:
                self._method_combo.addItem(entry.title, name)
                line = translate_sentence(describe_record(name))
                self._method_combo.setItemData(
                    self._method_combo.count() - 1, line, Qt.ItemDataRole.ToolTipRole
                )
        self._method_combo.blockSignals(False)
        self._show_method()

    def _show_method(self) -> None:
        if self.method is None:
            return
        from viewer.methods.registry import find_method

        method = find_method(self.method)
        set_text(self._description_label, as_sentence(translate(METHODS, method.description)))
        set_text(self.track_record_label, translate_sentence(describe_record(self.method)))
        self.track_record_label.setToolTip(translate_sentence(explain_record(self.method)))
        limits = translate(METHODS, method.limitations)
        limitation = as_sentence(self.tr("It cannot {}").format(limits)) if limits else ""
        set_text(self._source_label, "\n".join(line for line in (limitation, method.source) if line))
        self._source_label.setToolTip("\n".join(str(paper) for paper in find_references(method.source)))
        self._form.show_method(method)
        self._offer_atlas()
        self._set_tab_order()
        self._show_reason()

    def _set_tab_order(self) -> None:
        """Set the tab order: method, parameters, layer, target, region, Compute."""
        previous: QWidget = self._method_combo
        varied = self.uncertainty_row
        rows = (
            self._layer_combo, self._target_combo, self._subtracted_target_combo, self.region_combo,
            self.reduction_combo, varied.kind_combo, varied.samples_box, varied.add_button,
            varied.clear_button, self._compute_button,
        )  # fmt: skip
        for editor in (*self._form.editors(), *rows):
            for widget in editor.findChildren(QWidget) if isinstance(editor, FileEditor) else (editor,):
                if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                    QWidget.setTabOrder(previous, widget)
                    previous = widget

    def _offer_atlas(self) -> None:
        """Offer the open atlas and its file of region names to the method's file parameters."""
        atlas = self._session.atlas
        for editor in self._form.editors():
            if not isinstance(editor, FileEditor):
                continue
            if editor.objectName() == "atlas" and atlas is not None:
                editor.set_offer(self.tr("Use the open atlas ({})").format(atlas.name), atlas.path)
            elif editor.objectName() == "labels" and atlas is not None and atlas.names_path is not None:
                text = self.tr("Use its names ({})").format(atlas.names_path.name)
                editor.set_offer(text, atlas.names_path)
            else:
                editor.set_offer("", None)

    def _accepts_layer(self) -> bool:
        if self.method is None:
            return False
        from viewer.methods.base import Requirement
        from viewer.methods.registry import find_method

        method = find_method(self.method)
        return method.accepts_layer or Requirement.LAYER in method.requirements

    def _is_dense(self) -> bool:
        from viewer.models.model_card import ModelKind

        model = self._session.model
        return model is not None and model.card.kind == ModelKind.SEGMENTATION

    def _update_dropout(self) -> None:
        """Offer dropout, unless it is known that the network has none."""
        model = self._session.model
        if model is None:
            self.uncertainty_row.set_dropout(True)
            return
        from viewer.models.uncertainty.dropout import has_dropout

        self.uncertainty_row.set_dropout(has_dropout(model) is not False)

    def _show_layers(self) -> None:
        from viewer.session.method_availability import leaf_modules

        model = self._session.model
        self._layer_combo.blockSignals(True)
        self._layer_combo.clear()
        self._layer_combo.addItem(self.tr("Method's default"), None)
        for path, kind in leaf_modules(model) if model is not None else ():
            self._layer_combo.addItem(f"{path} · {kind}", path)
        self._layer_combo.blockSignals(False)

    def _show_targets(self) -> None:
        selected = self._target_combo.currentData(), self._target_combo.currentText()
        model, prediction = self._session.model, self._session.prediction
        self._target_combo.blockSignals(True)
        self._target_combo.clear()
        predicted = self.tr("Predicted class")
        if prediction is not None and prediction.best is not None:
            predicted = self.tr("Predicted: {}").format(prediction.classes[prediction.best])
        elif prediction is not None and prediction.probabilities:
            largest = prediction.probabilities.index(max(prediction.probabilities))
            has_classes = len(prediction.probabilities) > 1
            text = self.tr("Largest: {}") if has_classes else self.tr("Output: {}")
            predicted = text.format(prediction.classes[largest])
        elif prediction is not None and prediction.kind == "classification":
            largest = prediction.logits.index(max(prediction.logits))
            predicted = self.tr("Largest: {}").format(prediction.classes[largest])
        self._target_combo.addItem(predicted, None)
        if model is not None:
            for index, name in enumerate(model.card.classes):
                self._target_combo.addItem(name, index)
        _choose_class(self._target_combo, *selected)
        self._target_combo.blockSignals(False)
        self._show_subtracted_targets()
        self._show_region()

    def _show_subtracted_targets(self) -> None:
        selected, model = (
            (self._subtracted_target_combo.currentData(), self._subtracted_target_combo.currentText()),
            self._session.model,
        )
        self._subtracted_target_combo.blockSignals(True)
        self._subtracted_target_combo.clear()
        self._subtracted_target_combo.addItem(self.tr("Nothing"), None)
        for index, name in enumerate(model.card.classes) if model is not None else ():
            self._subtracted_target_combo.addItem(name, index)
        _choose_class(self._subtracted_target_combo, *selected)
        self._subtracted_target_combo.blockSignals(False)

    def _target_unavailable_reason(self) -> str:
        """Return why the target and the region cannot be explained; empty if they can."""
        from viewer.methods.registry import find_method

        against, index = self._subtracted_target_combo.currentData(), self._chosen_index()
        dense = self._is_dense()
        if (
            dense
            and self.region_combo.is_at_crosshair
            and self._body_finder is not None
            and self._body_finder.is_missing
        ):
            return self._body_finder.text
        if against is not None and index is None:
            return self.tr("Choose the target from which {} is subtracted.").format(
                self._subtracted_target_combo.currentText()
            )
        if against is not None and against == index:
            return self.tr("Target and subtracted output are the same.")
        normalises = self.method is not None and find_method(self.method).normalises_regions
        if dense and self.reduction_combo.prefix == NORMALISED and not normalises:
            return self.tr("Only methods that decompose the output, LRP and DeepLIFT, can give equal shares.")
        return ""

    def _show_reason(self) -> None:
        from viewer.session.method_availability import unavailable_reason

        self._target_form.setRowVisible(self._layer_row, self._accepts_layer())
        self.clear_layer_button.setVisible(self._layer_combo.currentData() is not None)
        dense = self._session.model is not None and self._is_dense()
        for row in (self.region_combo, self.reduction_combo):
            self._target_form.setRowVisible(row, dense)
        at_crosshair = dense and self.region_combo.is_at_crosshair and self._body_finder is not None
        set_text(
            self.body_label, self._body_finder.text if at_crosshair and self._body_finder is not None else ""
        )
        self._target_form.setRowVisible(self.body_label, bool(self.body_label.text()))
        self._target_form.setRowVisible(
            self._subtracted_target_combo, self._subtracted_target_combo.count() > 2
        )
        session = self._session
        reason = unavailable_reason(self.method, session.model, session.scan, self.layer, self._form.values())
        reason = translate_sentence(reason) or self._target_unavailable_reason()
        is_loading = self._session.model is None and self._session.scan is not None and self._loading_name
        set_text(
            self._reason_label, self.tr("Loading {} …").format(self._loading_name) if is_loading else reason
        )
        self._compute_button.setEnabled(not reason)
        self._cancel_button.setVisible(self._is_computing)
        self.target_changed.emit(*self.target)


def _choose_class(combo: ComboBox, index: int | None, name: str) -> None:
    """Select a class if the network still has it at this index and with this name; else the first entry."""
    position = combo.findData(index) if index is not None else 0
    combo.setCurrentIndex(position if position > 0 and combo.itemText(position) == name else 0)
