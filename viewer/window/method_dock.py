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
        self._computing = False
        self._loading = ""
        self._known_settings = session.method_settings
        self._restored: MethodSettings | None = None
        self._applying = False
        self._family = ComboBox()
        self._family.setAccessibleName(self.tr("Family"))
        self._method = ComboBox()
        self._method.setAccessibleName(self.tr("Method"))
        self._target = ComboBox()
        self._target.setObjectName("target")
        self._target.setAccessibleName(self.tr("Target"))
        self._target.setToolTip(self.tr("The explained output, before any softmax."))
        self._against = ComboBox()
        self._against.setAccessibleName(self.tr("Minus"))
        self._against.setToolTip(
            self.tr(
                "Explain the difference between two outputs: evidence for the target rather than this class"
            )
        )
        self._layer = ComboBox()
        self._layer.setAccessibleName(self.tr("Layer"))
        self._layer.setToolTip(self.tr("The layer whose activations the map is computed from"))
        self.clear_layer = QToolButton()
        self.clear_layer.setText("✕")
        self.clear_layer.setAccessibleName(self.tr("Clear the layer"))
        self.clear_layer.setToolTip(self.tr("Clear this layer and use the method's default"))
        self.clear_layer.clicked.connect(lambda: self.choose_layer(None))
        self._layer_row = QWidget()
        row = QHBoxLayout(self._layer_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._layer, 1)
        row.addWidget(self.clear_layer)
        self.region = RegionComboBox(session)
        self.reduction = ReductionComboBox()
        self.body = make_label(role="quiet")
        self.body.setObjectName("body")
        self._finder: PredictedBodyFinder | None = None
        self.uncertainty = UncertaintyRow()
        self.queue = ComputeQueue()
        self._shows = make_label()
        self.record = make_label(role="quiet")
        self.record.setObjectName("track-record")
        self._source = make_label(role="quiet")
        self._form = ParameterForm()
        self._reason = make_label(role="warning")
        self._compute = QPushButton(self.tr("Compute"))
        self._compute.setObjectName("compute")
        self._compute.setProperty("role", "main")
        self._compute.setToolTip(self.tr("Compute this map (Ctrl+Return)"))
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setObjectName("cancel")
        self._cancel.setToolTip(self.tr("Stop and keep what is finished (Esc)"))
        choice = QFormLayout()
        choice.setContentsMargins(0, 0, 0, 0)
        choice.setSpacing(6)
        choice.addRow(self.tr("Family"), self._family)
        choice.addRow(self.tr("Method"), self._method)
        self._target_form = target_form = QFormLayout()
        target_form.setContentsMargins(0, 0, 0, 0)
        target_form.setSpacing(6)
        target_form.addRow(self.tr("Layer"), self._layer_row)
        target_form.addRow(self.tr("Target"), self._target)
        target_form.addRow(self.tr("Minus"), self._against)
        target_form.addRow(self.tr("Region"), self.region)
        target_form.addRow("", self.body)
        target_form.addRow(self.tr("Explain"), self.reduction)
        target_form.addRow(self.tr("Uncertainty"), self.uncertainty)
        choices = (
            self._family, self._method, self._target, self._against, self._layer, self.region, self.reduction,
        )  # fmt: skip
        for combo in (*choices, self.uncertainty.kind):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
        # The number of samples is beside it.
        self.uncertainty.kind.setMinimumContentsLength(4)
        buttons = QHBoxLayout()
        buttons.addWidget(self._compute, 1)
        buttons.addWidget(self._cancel)
        self.column.addLayout(choice)
        self.column.addWidget(self._shows)
        self.column.addWidget(self.record)
        self.column.addWidget(self._form)
        self.column.addWidget(self._source)
        self.foot.setContentsMargins(12, 8, 12, 12)
        self.foot.addLayout(target_form)
        self.foot.addWidget(self._reason)
        self.foot.addLayout(buttons)
        self.foot.addWidget(self.queue)
        self._family.currentIndexChanged.connect(self._fill_family)
        self._method.currentIndexChanged.connect(self._show_method)
        self._compute.clicked.connect(self.compute)
        self._cancel.clicked.connect(lambda: self.cancel_requested.emit())
        self._layer.currentIndexChanged.connect(self._show_reason)
        self._form.changed.connect(self._show_reason)
        session.subscribe(self._offer_atlas, "atlas")
        session.subscribe(self._show_targets, "model", "prediction")
        session.subscribe(self._show_layers, "model")
        # Computing a map may have revealed whether the network has dropout.
        session.subscribe(self._show_dropout, "model", "maps")
        session.subscribe(self._show_reason, "scan", "model")
        # Subscribed last, so that the lists already belong to the new network.
        session.subscribe(self._take_up_settings, "model", "method_settings")
        for combo in choices:
            combo.currentIndexChanged.connect(self._keep_settings)
        for combo in (self._target, self._against, self.region, self.reduction):
            combo.currentIndexChanged.connect(self._show_region)
        self._form.changed.connect(self._keep_settings)
        self.uncertainty.changed.connect(self._keep_settings)
        self.uncertainty.changed.connect(self._show_reason)
        self._show_reason()

    def fill_methods(self) -> None:
        """List the registered methods. Called once the window is shown, because it imports all of them."""
        from viewer.methods.registry import list_methods

        families = list(dict.fromkeys(entry.family for entry in list_methods().values()))
        self._applying = True
        self._family.blockSignals(True)
        self._family.clear()
        for family in families:
            self._family.addItem(translate(METHODS, str(family).capitalize()), str(family))
        self._family.setCurrentIndex(self._family.findData(str(list_methods()[DEFAULT_METHOD].family)))
        self._family.blockSignals(False)
        self._fill_family()
        self._method.setCurrentIndex(self._method.findData(DEFAULT_METHOD))
        self._show_targets()
        self._applying = False
        self._take_up_settings()

    def choose_method(self, name: str) -> None:
        """Select a method by its name."""
        from viewer.methods.registry import find_method

        self._family.setCurrentIndex(self._family.findData(str(find_method(name).family)))
        self._method.setCurrentIndex(self._method.findData(name))

    @property
    def method(self) -> str | None:
        """Name of the selected method; None before the methods are listed."""
        name = self._method.currentData()
        return None if name is None else str(name)

    @property
    def layer(self) -> str | None:
        """Selected layer; None for the method's default or a method without a layer."""
        layer = self._layer.currentData() if self._takes_layer() else None
        return None if layer is None else str(layer)

    def choose_layer(self, path: str | None) -> None:
        """Select a layer by its module path or operator name; None selects the method's default."""
        if path and self._layer.findData(path) < 0:
            self._layer.addItem(path, path)
        self._layer.setCurrentIndex(max(self._layer.findData(path or None), 0))

    @property
    def guide_page(self) -> str:
        """Name of the guide page that F1 opens here: that of the selected method."""
        return super().guide_page if self.method is None else f"methods/{self.method}"

    @property
    def form(self) -> ParameterForm:
        """Form of the method's parameters."""
        return self._form

    @property
    def reason(self) -> str:
        """Reason why no map can be computed now; empty if one can."""
        return self._reason.text()

    def compute(self) -> None:
        """Request the computation of the map, if it can be computed now."""
        if self.method is not None and self._compute.isEnabled():
            target, region = self.target
            values, choice = self._form.values(), self.uncertainty.choice
            self.compute_requested.emit(self.method, values, target, self.layer, region, choice)

    @property
    def target(self) -> tuple[int | str | None, str | None]:
        """Target for `viewer.explain`, None for the predicted class, and region of a dense prediction."""
        region = self.reduction.prefix + self._chosen_region() if self._is_dense() else None
        return self._chosen_target(), region

    def set_body_finder(self, finder: PredictedBodyFinder) -> None:
        """Set the finder of the predicted body at the crosshair, and show its result."""
        self._finder = finder
        finder.changed.connect(self._show_reason)
        self._show_region()

    def _chosen_region(self) -> str:
        body = self._finder.body if self._finder is not None else None
        return body.region if self.region.is_at_crosshair and body is not None else self.region.region

    def _chosen_index(self) -> int | None:
        """Return the class that is explained: the chosen one, the body's, or the predicted one."""
        index: int | None = self._target.currentData()
        if index is not None:
            return index
        if self._is_dense():
            at_crosshair = self.region.is_at_crosshair and self._finder is not None
            body = self._finder.body if at_crosshair and self._finder is not None else None
            return None if body is None else body.index
        prediction = self._session.prediction
        return None if prediction is None else prediction.best

    def _chosen_target(self) -> int | str | None:
        """Return the target for `viewer.explain`."""
        against, index = self._against.currentData(), self._chosen_index()
        if against is not None:
            return f"{index} minus {against}"
        return index if self._is_dense() else self._target.currentData()

    def _show_region(self) -> None:
        """Look for the predicted body at the crosshair if that is the region, and show it."""
        if self._finder is not None:
            active = self.region.is_at_crosshair and self._is_dense()
            self._finder.set_active(active, self._target.currentData())
        self._show_reason()

    def show_loading(self, name: str) -> None:
        """Show the name of the network that is being loaded; empty for none."""
        self._loading = name
        self._show_reason()

    def set_computing(self, computing: bool) -> None:
        """Adapt the buttons: a running computation can be cancelled, and further maps are queued."""
        self._computing = computing
        self._compute.setText(self.tr("Compute next") if computing else self.tr("Compute"))
        # Hiding the focused Cancel button would move the focus to an arbitrary widget.
        had_focus = not computing and self._cancel.hasFocus()
        self._show_reason()
        if had_focus:
            self._compute.setFocus()

    def _take_up_settings(self) -> None:
        """Show the settings of an opened session; target and layer once its network is loaded."""
        if self._applying or self.method is None:
            return
        if self._session.method_settings is not self._known_settings:
            self._restored = self._known_settings = self._session.method_settings
            self._apply(self._restored)
        if self._restored is not None and self._session.model is not None:
            restored, self._restored = self._restored, None
            self._applying = True
            self._target.setCurrentIndex(max(self._target.findData(restored.target), 0))
            self._against.setCurrentIndex(max(self._against.findData(restored.against), 0))
            self.choose_layer(restored.layer)
            self._applying = False
        self._keep_settings()

    def _apply(self, settings: MethodSettings) -> None:
        """Show a method and its parameters; use the default method and values for unknown ones."""
        from viewer.methods.registry import list_methods

        self._applying = True
        self.choose_method(settings.method if settings.method in list_methods() else DEFAULT_METHOD)
        self._show_method()
        self._form.set_values(settings.parameters)
        self.region.set_choice(self.reduction.take_prefix(settings.region))
        self.uncertainty.set_choice(settings.uncertainty, settings.samples)
        self._applying = False

    def _keep_settings(self) -> None:
        """Store the settings in the session; target and layer stay as saved until the network is loaded."""
        if self._applying or self.method is None:
            return
        target, layer = self._target.currentData(), self._layer.currentData()
        against = self._against.currentData()
        if self._restored is not None:
            target, layer, against = self._restored.target, self._restored.layer, self._restored.against
        values, region = self._form.values(), self.reduction.prefix + self.region.choice
        kind, samples = str(self.uncertainty.kind.currentData()), self.uncertainty.samples.value()
        settings = MethodSettings(self.method, values, target, layer, region, against, kind, samples)
        if settings != self._known_settings:
            self._known_settings = settings
            self._session.set_method_settings(settings)

    def _fill_family(self) -> None:
        from viewer.methods.registry import list_methods

        family = self._family.currentData()
        self._method.blockSignals(True)
        self._method.clear()
        for name, entry in list_methods().items():
            if str(entry.family) == family:
                self._method.addItem(entry.title, name)
                line = translate_sentence(describe_record(name))
                self._method.setItemData(self._method.count() - 1, line, Qt.ItemDataRole.ToolTipRole)
        self._method.blockSignals(False)
        self._show_method()

    def _show_method(self) -> None:
        if self.method is None:
            return
        from viewer.methods.registry import find_method

        method = find_method(self.method)
        set_text(self._shows, as_sentence(translate(METHODS, method.description)))
        set_text(self.record, translate_sentence(describe_record(self.method)))
        self.record.setToolTip(translate_sentence(explain_record(self.method)))
        limits = translate(METHODS, method.limitations)
        limitation = as_sentence(self.tr("It cannot {}").format(limits)) if limits else ""
        set_text(self._source, "\n".join(line for line in (limitation, method.source) if line))
        self._source.setToolTip("\n".join(str(paper) for paper in find_references(method.source)))
        self._form.show_method(method)
        self._offer_atlas()
        self._order_tabs()
        self._show_reason()

    def _order_tabs(self) -> None:
        """Set the tab order: method, parameters, layer, target, region, Compute."""
        previous: QWidget = self._method
        varied = self.uncertainty
        rows = (
            self._layer, self._target, self._against, self.region, self.reduction, varied.kind,
            varied.samples, varied.add, varied.clear, self._compute,
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

    def _takes_layer(self) -> bool:
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

    def _show_dropout(self) -> None:
        """Offer dropout, unless it is known that the network has none."""
        model = self._session.model
        if model is None:
            self.uncertainty.set_dropout(True)
            return
        from viewer.models.uncertainty.dropout import has_dropout

        self.uncertainty.set_dropout(has_dropout(model) is not False)

    def _show_layers(self) -> None:
        from viewer.session.method_availability import leaf_modules

        model = self._session.model
        self._layer.blockSignals(True)
        self._layer.clear()
        self._layer.addItem(self.tr("Method's default"), None)
        for path, kind in leaf_modules(model) if model is not None else ():
            self._layer.addItem(f"{path} · {kind}", path)
        self._layer.blockSignals(False)

    def _show_targets(self) -> None:
        selected = self._target.currentData(), self._target.currentText()
        model, prediction = self._session.model, self._session.prediction
        self._target.blockSignals(True)
        self._target.clear()
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
        self._target.addItem(predicted, None)
        if model is not None:
            for index, name in enumerate(model.card.classes):
                self._target.addItem(name, index)
        _choose_class(self._target, *selected)
        self._target.blockSignals(False)
        self._show_against()
        self._show_region()

    def _show_against(self) -> None:
        selected, model = (self._against.currentData(), self._against.currentText()), self._session.model
        self._against.blockSignals(True)
        self._against.clear()
        self._against.addItem(self.tr("Nothing"), None)
        for index, name in enumerate(model.card.classes) if model is not None else ():
            self._against.addItem(name, index)
        _choose_class(self._against, *selected)
        self._against.blockSignals(False)

    def _target_reason(self) -> str:
        """Return why the target and the region cannot be explained; empty if they can."""
        from viewer.methods.registry import find_method

        against, index = self._against.currentData(), self._chosen_index()
        dense = self._is_dense()
        if dense and self.region.is_at_crosshair and self._finder is not None and self._finder.is_missing:
            return self._finder.text
        if against is not None and index is None:
            return self.tr("Choose the target from which {} is subtracted.").format(
                self._against.currentText()
            )
        if against is not None and against == index:
            return self.tr("Target and subtracted output are the same.")
        normalises = self.method is not None and find_method(self.method).normalises_regions
        if dense and self.reduction.prefix == NORMALISED and not normalises:
            return self.tr("Only methods that decompose the output, LRP and DeepLIFT, can give equal shares.")
        return ""

    def _show_reason(self) -> None:
        from viewer.session.method_availability import unavailable_reason

        self._target_form.setRowVisible(self._layer_row, self._takes_layer())
        self.clear_layer.setVisible(self._layer.currentData() is not None)
        dense = self._session.model is not None and self._is_dense()
        for row in (self.region, self.reduction):
            self._target_form.setRowVisible(row, dense)
        at_crosshair = dense and self.region.is_at_crosshair and self._finder is not None
        set_text(self.body, self._finder.text if at_crosshair and self._finder is not None else "")
        self._target_form.setRowVisible(self.body, bool(self.body.text()))
        self._target_form.setRowVisible(self._against, self._against.count() > 2)
        session = self._session
        reason = unavailable_reason(self.method, session.model, session.scan, self.layer, self._form.values())
        reason = translate_sentence(reason) or self._target_reason()
        is_loading = self._session.model is None and self._session.scan is not None and self._loading
        set_text(self._reason, self.tr("Loading {} …").format(self._loading) if is_loading else reason)
        self._compute.setEnabled(not reason)
        self._cancel.setVisible(self._computing)
        self.target_changed.emit(*self.target)


def _choose_class(combo: ComboBox, index: int | None, name: str) -> None:
    """Select a class if the network still has it at this index and with this name; else the first entry."""
    position = combo.findData(index) if index is not None else 0
    combo.setCurrentIndex(position if position > 0 and combo.itemText(position) == name else 0)
