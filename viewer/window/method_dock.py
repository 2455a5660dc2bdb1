"""The method: family, method, its parameters, what is explained, and the button that computes.

Also the region of a dense prediction, and the queue of maps that wait to be computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.bibliography import find_references
from viewer.session.method_settings import MethodSettings
from viewer.session.session import Session
from viewer.window.combo_box import ComboBox
from viewer.window.dock_panel import DockPanel, ElidedLabel, WheelGuard, as_sentence, make_label, set_text
from viewer.window.parameter_form import FileEditor, ParameterForm

ABOVE_HALF = "above:0.5"
AT_CROSSHAIR = "at the crosshair"
MASK_FILE = "a file"


class RegionComboBox(ComboBox):
    """Where the class is probable, the body at the crosshair, everything, or the voxels of a mask's file."""

    file_requested = Signal()
    """A mask is wanted, and `set_mask` is to say which."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._before = 0
        self.setAccessibleName(self.tr("Region"))
        self.setToolTip(self.tr("The part of the prediction whose scores are summed and explained"))
        self.addItem(self.tr("Where its probability is above 50 %"), ABOVE_HALF)
        self.addItem(self.tr("The region at the crosshair"), AT_CROSSHAIR)
        self.addItem(self.tr("Everywhere"), "all")
        self.addItem(self.tr("A mask…"), MASK_FILE)
        self.activated.connect(self._chosen)

    def set_mask(self, path: Path | None) -> None:
        """The mask that was asked for; None takes the choice back."""
        if path is None:
            self.setCurrentIndex(self._before)
            return
        place = self.findData(str(path))
        if place < 0:
            place = self.count() - 1
            self.insertItem(place, path.name, str(path))
        self.setCurrentIndex(place)
        self._before = place

    @property
    def choice(self) -> str:
        """What is chosen in the list, or the path of a mask."""
        chosen = self._before if self.currentData() == MASK_FILE else self.currentIndex()
        return str(self.itemData(chosen))

    def set_choice(self, choice: str) -> None:
        """Choose what `choice` said; nothing is the usual region."""
        place = self.findData(choice)
        if choice and place < 0:
            self.set_mask(Path(choice))
            return
        self._before = place if choice and choice != MASK_FILE else 0
        self.setCurrentIndex(self._before)

    @property
    def region(self) -> str:
        """The region, as `viewer.methods.output_regions.parse_region` reads it."""
        chosen = str(self.currentData())
        if chosen != AT_CROSSHAIR:
            return chosen
        x, y, z = self._session.crosshair
        return f"{ABOVE_HALF}@{x:z.2f},{y:z.2f},{z:z.2f}"

    def _chosen(self, place: int) -> None:
        if self.itemData(place) == MASK_FILE:
            self.file_requested.emit()
        else:
            self._before = place


class ComputeQueue(QWidget):
    """One row a map, in the order in which they are computed; nothing is shown where none waits."""

    remove_requested = Signal(int)
    """The number of a job that is not wanted any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Waiting maps"))
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.hide()

    def set_jobs(self, waiting: Sequence[tuple[int, str]]) -> None:
        """Show these jobs: number and title of each."""
        while (item := self._rows.takeAt(0)) is not None:
            row = item.widget()
            if row is not None:
                row.setParent(None)
                row.deleteLater()
        for number, title in waiting:
            self._rows.addWidget(self._row(number, title))
        self.setVisible(bool(waiting))

    def _row(self, number: int, title: str) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(2, 0, 0, 0)
        name = ElidedLabel(self.tr("Next: {}").format(title))
        name.setProperty("role", "quiet")
        drop = QToolButton()
        drop.setText("×")
        drop.setAutoRaise(True)
        drop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        drop.setToolTip(self.tr("Remove from the queue"))
        drop.setAccessibleName(self.tr("Remove {} from the queue").format(title))
        drop.clicked.connect(lambda: self.remove_requested.emit(number))
        line.addWidget(name, 1)
        line.addWidget(drop)
        return row


DEFAULT_METHOD = "integrated-gradients"
"""The method that is offered first: of those that need nothing but gradients, it finds known lesions best
(the table in the README)."""


class MethodDock(DockPanel):
    """Asks for a map: ``compute_requested(method, parameters, target, layer, region)``.

    No target is the predicted class; no layer is the method's own choice; no region is for networks that
    do not answer at every voxel.
    """

    compute_requested = Signal(str, dict, object, object, object)
    cancel_requested = Signal()

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
        self._target.setAccessibleName(self.tr("Target"))
        self._target.setToolTip(self.tr("The output that is explained, before any softmax."))
        self._layer = ComboBox()
        self._layer.setAccessibleName(self.tr("Layer"))
        self._layer.setToolTip(self.tr("The layer whose activations the map is made of"))
        self.clear_layer = QToolButton()
        self.clear_layer.setText("✕")
        self.clear_layer.setAccessibleName(self.tr("Clear the layer"))
        self.clear_layer.setToolTip(self.tr("Clear this layer and use the method's default"))
        self.clear_layer.clicked.connect(lambda: self.choose_layer(None))
        self._layer_row = QWidget()
        beside = QHBoxLayout(self._layer_row)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self._layer, 1)
        beside.addWidget(self.clear_layer)
        self.region = RegionComboBox(session)
        self.queue = ComputeQueue()
        self._shows = make_label()
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
        self._asked = asked = QFormLayout()
        asked.setContentsMargins(0, 0, 0, 0)
        asked.setSpacing(6)
        asked.addRow(self.tr("Layer"), self._layer_row)
        asked.addRow(self.tr("Target"), self._target)
        asked.addRow(self.tr("Region"), self.region)
        for combo in (self._family, self._method, self._target, self._layer, self.region):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
        self._guard = WheelGuard(self)
        self._guard.guard(self._family, self._method)
        buttons = QHBoxLayout()
        buttons.addWidget(self._compute, 1)
        buttons.addWidget(self._cancel)
        self.column.addLayout(choice)
        self.column.addWidget(self._shows)
        self.column.addWidget(self._form)
        self.column.addWidget(self._source)
        self.foot.setContentsMargins(12, 8, 12, 12)
        self.foot.addLayout(asked)
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
        session.subscribe(self._show_reason, "scan", "model")
        # Last, so that the lists are those of the new network.
        session.subscribe(self._take_up_settings, "model", "method_settings")
        for combo in (self._family, self._method, self._target, self._layer, self.region):
            combo.currentIndexChanged.connect(self._keep_settings)
        self._form.changed.connect(self._keep_settings)
        self._show_reason()

    def fill_methods(self) -> None:
        """List the registered methods. Called after the window is on the screen, as it reads them all."""
        from viewer.methods.registry import list_methods

        families = list(dict.fromkeys(entry.family for entry in list_methods().values()))
        self._applying = True
        self._family.blockSignals(True)
        self._family.clear()
        for family in families:
            self._family.addItem(str(family).capitalize(), str(family))
        self._family.setCurrentIndex(self._family.findData(str(list_methods()[DEFAULT_METHOD].family)))
        self._family.blockSignals(False)
        self._fill_family()
        self._method.setCurrentIndex(self._method.findData(DEFAULT_METHOD))
        self._show_targets()
        self._applying = False
        self._take_up_settings()

    def choose_method(self, name: str) -> None:
        """Choose a method by its name."""
        from viewer.methods.registry import find_method

        self._family.setCurrentIndex(self._family.findData(str(find_method(name).family)))
        self._method.setCurrentIndex(self._method.findData(name))

    @property
    def method(self) -> str | None:
        """The name of the chosen method."""
        chosen = self._method.currentData()
        return None if chosen is None else str(chosen)

    @property
    def layer(self) -> str | None:
        """The chosen layer; None is the method's own choice, or that it has no use for one."""
        chosen = self._layer.currentData() if self._takes_layer() else None
        return None if chosen is None else str(chosen)

    def choose_layer(self, path: str | None) -> None:
        """Choose a layer by its module's path or its operator's name; nothing is the method's own choice."""
        if path and self._layer.findData(path) < 0:
            self._layer.addItem(path, path)
        self._layer.setCurrentIndex(max(self._layer.findData(path or None), 0))

    @property
    def form(self) -> ParameterForm:
        """The editors of its parameters."""
        return self._form

    @property
    def reason(self) -> str:
        """Why no map can be computed now; empty where one can."""
        return self._reason.text()

    def compute(self) -> None:
        """Ask for the map, if it can be computed now."""
        if self.method is not None and self._compute.isEnabled():
            target: Any = self._target.currentData()
            region = self.region.region if self._is_dense() else None
            self.compute_requested.emit(self.method, self._form.values(), target, self.layer, region)

    def show_loading(self, name: str) -> None:
        """Which network is on its way; empty for none."""
        self._loading = name
        self._show_reason()

    def set_computing(self, computing: bool) -> None:
        """While a map is computed it can be cancelled, and others are put into the queue behind it."""
        self._computing = computing
        self._compute.setText(self.tr("Compute next") if computing else self.tr("Compute"))
        # A button that is hidden would hand the focus to whatever comes next.
        had_focus = not computing and self._cancel.hasFocus()
        self._show_reason()
        if had_focus:
            self._compute.setFocus()

    def _take_up_settings(self) -> None:
        """Show what a session was opened with: its target and layer as soon as its network is there."""
        if self._applying or self.method is None:
            return
        if self._session.method_settings is not self._known_settings:
            self._restored = self._known_settings = self._session.method_settings
            self._apply(self._restored)
        if self._restored is not None and self._session.model is not None:
            restored, self._restored = self._restored, None
            self._applying = True
            self._target.setCurrentIndex(max(self._target.findData(restored.target), 0))
            self.choose_layer(restored.layer)
            self._applying = False
        self._keep_settings()

    def _apply(self, settings: MethodSettings) -> None:
        """Show a method and its parameters; what is unknown is as it is at first."""
        from viewer.methods.registry import list_methods

        self._applying = True
        self.choose_method(settings.method if settings.method in list_methods() else DEFAULT_METHOD)
        self._show_method()
        self._form.set_values(settings.parameters)
        self.region.set_choice(settings.region)
        self._applying = False

    def _keep_settings(self) -> None:
        """Tell the session what is chosen; what waits for its network stays what was saved."""
        if self._applying or self.method is None:
            return
        target, layer = self._target.currentData(), self._layer.currentData()
        if self._restored is not None:
            target, layer = self._restored.target, self._restored.layer
        values = self._form.values()
        found = MethodSettings(self.method, values, target, layer, self.region.choice)
        if found != self._known_settings:
            self._known_settings = found
            self._session.set_method_settings(found)

    def _fill_family(self) -> None:
        from viewer.methods.registry import list_methods

        chosen = self._family.currentData()
        self._method.blockSignals(True)
        self._method.clear()
        for name, entry in list_methods().items():
            if str(entry.family) == chosen:
                self._method.addItem(entry.title, name)
        self._method.blockSignals(False)
        self._show_method()

    def _show_method(self) -> None:
        if self.method is None:
            return
        from viewer.methods.registry import find_method

        method = find_method(self.method)
        set_text(self._shows, as_sentence(method.description))
        cannot = as_sentence(self.tr("It cannot {}").format(method.limitations)) if method.limitations else ""
        set_text(self._source, "\n".join(line for line in (cannot, method.source) if line))
        self._source.setToolTip("\n".join(str(paper) for paper in find_references(method.source)))
        self._form.show_method(method)
        self._offer_atlas()
        self._order_tabs()
        self._show_reason()

    def _order_tabs(self) -> None:
        """Lead Tab from the method through its parameters to the layer and the target."""
        before: QWidget = self._method
        for after in (*self._form.editors(), self._layer, self._target, self.region, self._compute):
            for part in after.findChildren(QWidget) if isinstance(after, FileEditor) else (after,):
                if part.focusPolicy() & Qt.FocusPolicy.TabFocus:
                    QWidget.setTabOrder(before, part)
                    before = part

    def _offer_atlas(self) -> None:
        """Offer the atlas that is open, and the file of its names, where a method takes one."""
        atlas = self._session.atlas
        for editor in self._form.editors():
            if not isinstance(editor, FileEditor):
                continue
            if editor.objectName() == "atlas" and atlas is not None:
                editor.set_offer(self.tr("Use the open atlas ({})").format(atlas.name), atlas.path)
            elif editor.objectName() == "labels" and atlas is not None and atlas.names_path is not None:
                words = self.tr("Use its names ({})").format(atlas.names_path.name)
                editor.set_offer(words, atlas.names_path)
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
        chosen = self._target.currentData()
        model, prediction = self._session.model, self._session.prediction
        self._target.blockSignals(True)
        self._target.clear()
        predicted = self.tr("Predicted class")
        if prediction is not None and prediction.best is not None:
            predicted = self.tr("Predicted: {}").format(prediction.classes[prediction.best])
        elif prediction is not None and prediction.probabilities:
            largest = prediction.probabilities.index(max(prediction.probabilities))
            several = len(prediction.probabilities) > 1
            words = self.tr("Largest: {}") if several else self.tr("Output: {}")
            predicted = words.format(prediction.classes[largest])
        elif prediction is not None and prediction.kind == "classification":
            largest = prediction.logits.index(max(prediction.logits))
            predicted = self.tr("Largest: {}").format(prediction.classes[largest])
        self._target.addItem(predicted, None)
        if model is not None:
            for index, name in enumerate(model.card.classes):
                self._target.addItem(name, index)
        place = self._target.findData(chosen) if chosen is not None else 0
        self._target.setCurrentIndex(max(place, 0))
        self._target.blockSignals(False)

    def _show_reason(self) -> None:
        from viewer.session.method_availability import unavailable_reason

        self._asked.setRowVisible(self._layer_row, self._takes_layer())
        self.clear_layer.setVisible(self._layer.currentData() is not None)
        self._asked.setRowVisible(self.region, self._session.model is not None and self._is_dense())
        session = self._session
        reason = unavailable_reason(self.method, session.model, session.scan, self.layer, self._form.values())
        waiting = self._session.model is None and self._session.scan is not None and self._loading
        set_text(self._reason, self.tr("Loading {} …").format(self._loading) if waiting else reason)
        self._compute.setEnabled(not reason)
        self._cancel.setVisible(self._computing)
