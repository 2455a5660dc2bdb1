"""Observable state: scan, model, maps with the current one, and the view.

Independent of widgets: a widget subscribes to the fields it shows and reads them when they change; changes
are made by calling methods here. Files are opened elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.session.history import History, RemovedMap, Step
from viewer.session.map_layer import LayerList, MapLayer
from viewer.session.map_look import MapLook, choose_unused_colormap
from viewer.session.method_settings import MethodSettings
from viewer.session.snapshot import Snapshot
from viewer.session.subscriptions import Listener, Subscriptions
from viewer.session.view import View

if TYPE_CHECKING:
    from viewer.checks.base import CheckResult
    from viewer.models.model import Model
    from viewer.models.predict import Prediction
    from viewer.preparation.prepared import Prepared
    from viewer.scans.atlas import Atlas
    from viewer.scans.map import Map
    from viewer.scans.origin import Origin
    from viewer.scans.scan import Scan
    from viewer.session.cohort_view import CohortView

VIEW_FIELDS = frozenset(entry.name for entry in fields(View))
FIELDS = (
    frozenset({"scan", "preparation", "model", "prediction", "maps", "current", "atlas"})
    | {"method_settings", "cohort"}
    | VIEW_FIELDS
)


class Session:
    """State of a window, observable by field.

    The fields are ``scan``, ``preparation`` (of this scan), ``model``, ``prediction`` (of this model for this
    scan as it was prepared), ``maps``, ``current`` (an index into the maps, or None), ``atlas``,
    ``method_settings``, ``cohort`` (the open one) and every field of `View`. Removals of maps and changes of
    the view can be undone; each is a step. Changes in one gesture (dragging a slider, turning the camera or
    the wheel) form a single step, until `end_gesture`.

    Parameters
    ----------
    view : View, optional
        Initial view. The default is `View()`.

    Examples
    --------
    >>> import viewer
    >>> session = viewer.Session()
    >>> session.set_scan(viewer.load_scan("mni152"))
    >>> session.change(glass=True)
    >>> session.undo()
    >>> (session.scan.name, session.view.glass)
    ('mni152', False)
    """

    def __init__(self, view: View | None = None) -> None:
        self._scan: Scan | None = None
        self._preparation: Prepared | None = None
        self._model: Model | None = None
        self._prediction: Prediction | None = None
        self._map_list = LayerList()
        self._atlas: Atlas | None = None
        self._view = view or View()
        self._method_settings = MethodSettings()
        self._cohort: CohortView | None = None
        self._subscriptions = Subscriptions(FIELDS)
        self._history = History()

    # Reading

    @property
    def scan(self) -> Scan | None:
        """The current scan."""
        return self._scan

    @property
    def preparation(self) -> Prepared | None:
        """Preparation of the scan for the network; None if the scan is used unchanged."""
        return self._preparation

    @property
    def model(self) -> Model | None:
        """The current network."""
        return self._model

    @property
    def prediction(self) -> Prediction | None:
        """The model's prediction for the scan; None until it is known."""
        return self._prediction

    @property
    def maps(self) -> tuple[MapLayer, ...]:
        """All maps, oldest first."""
        return self._map_list.maps

    @property
    def current(self) -> int | None:
        """Index of the map that the box and the slices show."""
        return self._map_list.current

    @property
    def current_layer(self) -> MapLayer | None:
        """The layer of the current map."""
        map_list = self._map_list
        return None if map_list.current is None else map_list.maps[map_list.current]

    def origin(self, shown_map: Map) -> Origin:
        """Return how a map relates to the current scan and network."""
        from viewer.scans.origin import map_origin

        return map_origin(shown_map, self._scan, "" if self._model is None else self._model.hash)

    @property
    def compared_layer(self) -> MapLayer | None:
        """The map that is compared with the current one."""
        index = self._view.compared
        if index is None or index == self.current or not 0 <= index < len(self.maps):
            return None
        return self.maps[index]

    @property
    def visible_layers(self) -> tuple[MapLayer, ...]:
        """The maps in the box: the current one, with the second one during a comparison, or none.

        A feature visualization is an image that cannot be compared.
        """
        from viewer.methods.feature_visualization import is_feature_image

        layer, second = self.current_layer, self.compared_layer
        if layer is None or not layer.visible:
            return ()
        return (layer,) if second is None or is_feature_image(layer.map) else (layer, second)

    @property
    def kept_layers(self) -> tuple[MapLayer, ...]:
        """The maps that are drawn together with the current one; none while two are compared."""
        from viewer.methods.feature_visualization import is_feature_image

        current = self.current_layer
        if self.compared_layer is not None or (current is not None and is_feature_image(current.map)):
            return ()
        return tuple(
            layer
            for layer in self.maps
            if layer.look is not None and layer.visible and layer is not current
            and not is_feature_image(layer.map)
        )  # fmt: skip

    @property
    def atlas(self) -> Atlas | None:
        """The atlas for region names."""
        return self._atlas

    @property
    def view(self) -> View:
        """The current view."""
        return self._view

    @property
    def method_settings(self) -> MethodSettings:
        """Method and settings for the next map."""
        return self._method_settings

    @property
    def cohort(self) -> CohortView | None:
        """The open cohort and the selection in it."""
        return self._cohort

    @property
    def crosshair(self) -> tuple[float, float, float]:
        """The point in mm through which the slices pass: the view's, or the central voxel of the scan."""
        if self._view.crosshair is not None:
            return self._view.crosshair
        if self._scan is None:
            return 0.0, 0.0, 0.0
        grid = self._scan.grid
        x, y, z = (float(value) for value in grid.to_world([round((n - 1) / 2) for n in grid.shape]))
        return x, y, z

    def snapshot(self) -> Snapshot:
        """Return the current state. Thread-safe: the maps and the current map are consistent."""
        map_list = self._with_look(self._map_list)
        return Snapshot(
            self._scan,
            self._model,
            map_list.maps,
            map_list.current,
            self._atlas,
            self._view,
            self._method_settings,
            self._preparation,
            self._cohort,
        )

    # Subscribing

    def subscribe(self, listener: Listener, *names: str) -> Callable[[], None]:
        """Call ``listener`` after every change of one of the named fields; return a function to unsubscribe.

        A listener is called once per change, however many of its fields changed. Without names, it is called
        after every change.
        """
        return self._subscriptions.add(listener, *names)

    # Changing what is shown

    def set_scan(self, scan: Scan) -> None:
        """Replace the scan, reset the prediction and the preparation, and centre the crosshair.

        The preparation is kept if only covariates differ. Maps stay in the list. Those known to be of another
        scan are hidden until the user shows them, and shown again with their own scan.
        """
        from viewer.scans.multichannel_scan import find_image

        preparation, self._preparation = self._preparation, None
        if preparation is not None and preparation.matches_scan(scan):
            self._preparation = preparation.with_scan(scan)
        self._scan = scan
        self._prediction = None
        image = self._view.image if find_image(scan, self._view.image) is not None else ""
        view = replace(self._view, image=image, crosshair=None, walls_at=None)
        changed = {"scan", "prediction"} | self._update_map_visibility(view)
        if self._preparation is not preparation:
            changed.add("preparation")
        if self._atlas is not None:
            self._atlas = self._match_atlas(self._atlas)
            changed.add("atlas")
        self._history.forget_views()
        self._subscriptions.notify(changed)

    def _update_map_visibility(self, view: View) -> set[str]:
        """Hide the maps of other scans, show those of this one; return the changed fields."""
        previous, current = self.maps, self.current
        maps = tuple(map(self._with_visibility, previous))
        foreign = [self.origin(layer.map).is_from_other_scan for layer in maps]
        changed = set()
        if [layer.visible for layer in maps] != [layer.visible for layer in previous]:
            changed.add("maps")
        if current is not None and foreign[current] and not all(foreign):
            current = max(i for i, is_foreign in enumerate(foreign) if not is_foreign)
            changed.add("current")
        self._map_list = LayerList(maps, current)
        if view.compared is not None and foreign[view.compared]:
            view = replace(view, compared=None)
        return changed | self._replace_view(view)

    def _with_visibility(self, layer: MapLayer) -> MapLayer:
        """Return the map's layer, hidden if the map is known to belong to another scan."""
        visible = layer.visible or layer.hidden_for_scan
        foreign = self.origin(layer.map).is_from_other_scan
        if foreign:
            return replace(layer, visible=False, hidden_for_scan=visible)
        return replace(layer, visible=visible, hidden_for_scan=False)

    def set_model(self, model: Model) -> None:
        """Replace the network and reset the prediction."""
        self._model = model
        self._prediction = None
        self._subscriptions.notify({"model", "prediction"})

    def set_preparation(self, preparation: Prepared | None) -> None:
        """Set or remove the preparation of the scan for the network; the prediction is reset.

        Regions of an atlas in the template's space are looked up through its transform.

        Raises
        ------
        ValueError
            The preparation is of another scan.
        """
        if preparation is not None:
            if self._scan is None or not preparation.matches_scan(self._scan):
                raise ValueError("the preparation is of another scan")
            preparation = preparation.with_scan(self._scan)
        changed = {"preparation", "prediction"}
        self._preparation = preparation
        self._prediction = None
        if self._atlas is not None:
            self._atlas = self._match_atlas(self._atlas)
            changed.add("atlas")
        self._subscriptions.notify(changed)

    def set_prediction(self, prediction: Prediction | None) -> None:
        """Set the model's prediction for the scan."""
        self._prediction = prediction
        self._subscriptions.notify({"prediction"})

    def set_atlas(self, atlas: Atlas | None) -> None:
        """Replace or remove the atlas; it is matched to the scan, with a warning if it may not fit."""
        self._atlas = self._match_atlas(atlas)
        self._subscriptions.notify({"atlas"})

    def set_method_settings(self, settings: MethodSettings) -> None:
        """Set the method and settings for the next map. This cannot be undone with `undo`."""
        self._method_settings = settings
        self._subscriptions.notify({"method_settings"})

    def set_cohort(self, cohort: CohortView | None) -> None:
        """Set the open cohort and the selection in it. This cannot be undone with `undo`."""
        if cohort != self._cohort:
            self._cohort = cohort
            self._subscriptions.notify({"cohort"})

    def _match_atlas(self, atlas: Atlas | None) -> Atlas | None:
        if atlas is None:
            return None
        from viewer.scans.atlas_space import atlas_for_image

        transform = None if self._preparation is None else self._preparation.template_transform
        return atlas_for_image(atlas, self._scan, transform)

    def add_map(self, new_map: Map) -> int:
        """Append a map to the list and show it; return its index.

        A map that is known to be of another scan is hidden.
        """
        index = len(self.maps)
        layer = self._with_visibility(MapLayer(new_map, file=new_map.path))
        self._store_look()
        self._map_list = self._map_list.insert(index, layer)
        self._subscriptions.notify({"maps", "current"} | self._apply_look())
        return index

    def remove_map(self, index: int) -> None:
        """Remove a map from the list; the one that takes its place, or the last, becomes current.

        `undo` restores it.
        """
        self._history.push(RemovedMap(self.maps[index], index, self._view.compared == index))
        self._subscriptions.notify(self._remove_layer(index))

    def _remove_layer(self, index: int) -> set[str]:
        self._store_look()
        self._map_list = self._map_list.remove(index)
        compared = self._view.compared
        if compared is not None and compared >= index:
            compared = None if compared == index else compared - 1
        changed = self._replace_view(replace(self._view, compared=compared))
        return {"maps", "current"} | changed | self._apply_look()

    def _insert_layer(self, step: RemovedMap) -> set[str]:
        self._store_look()
        index = min(step.index, len(self.maps))
        self._map_list = self._map_list.insert(index, self._with_visibility(step.layer))
        compared = self._view.compared
        if step.was_compared:
            compared = index
        elif compared is not None and compared >= index:
            compared += 1
        changed = self._replace_view(replace(self._view, compared=compared))
        return {"maps", "current"} | changed | self._apply_look()

    def replace_map(self, before: Map, after: Map | None) -> None:
        """Replace a map by its updated version, or remove it, without an undo step.

        Used while a map is being computed. Nothing happens if ``before`` is no longer in the list.
        """
        index = next((n for n, layer in enumerate(self.maps) if layer.map is before), None)
        if index is None:
            return
        if after is None:
            self._subscriptions.notify(self._remove_layer(index))
            return
        new_layer = replace(self.maps[index], map=after, file=after.path)
        self._map_list = self._map_list.replace(index, new_layer)
        self._subscriptions.notify({"maps", "current"})

    def select_map(self, index: int) -> None:
        """Show another map of the list."""
        if not 0 <= index < len(self.maps):
            raise IndexError(f"map {index} of {len(self.maps)}")
        if index != self.current:
            self._store_look()
            self._map_list = LayerList(self.maps, index)
            self._subscriptions.notify({"current"} | self._apply_look())

    def keep_map(self, index: int, keep: bool) -> None:
        """Keep drawing a map when another is current, with its own threshold and colours, or stop doing so.

        Its look is taken from the view, with colours that no other kept map has. While it is the current map,
        its look follows the view.
        """
        self._store_look()
        layer = self.maps[index]
        if keep == (layer.look is not None):
            return
        look = None
        if keep:
            used_hues = [item.look.hues for item in self.maps if item.look is not None]
            current = self.current_layer
            if index != self.current and current is not None and current.visible:
                used_hues.append(self._view.hues)
            look = replace(
                MapLook.from_view(self._view), hues=choose_unused_colormap(self._view.hues, used_hues)
            )
        self._map_list = self._map_list.replace(index, replace(layer, look=look))
        self._subscriptions.notify({"maps"} | self._apply_look())

    def set_look(self, index: int, look: MapLook) -> None:
        """Set the look with which a map is drawn together with the current one."""
        self._store_look()
        self._map_list = self._map_list.replace(index, replace(self.maps[index], look=look))
        self._subscriptions.notify({"maps"} | self._apply_look())

    def _store_look(self) -> None:
        """Store the look of the current map, if it stays drawn when another is selected."""
        self._map_list = self._with_look(self._map_list)

    def _with_look(self, map_list: LayerList) -> LayerList:
        """Return the list with the current look of the current map, if it stays drawn."""
        layer = None if map_list.current is None else map_list.maps[map_list.current]
        if map_list.current is None or layer is None or layer.look is None:
            return map_list
        return map_list.replace(map_list.current, replace(layer, look=MapLook.from_view(self._view)))

    def _apply_look(self) -> set[str]:
        """Apply the look of the current map; one without gets colours that no kept map has."""
        layer = self.current_layer
        used_hues = [item.look.hues for item in self.maps if item.look is not None and item is not layer]
        if layer is None or not (used_hues or layer.look):
            return set()
        if layer.look is not None:
            return self._replace_view(layer.look.applied_to(self._view))
        return self._replace_view(
            replace(self._view, hues=choose_unused_colormap(self._view.hues, used_hues))
        )

    def set_visible(self, index: int, visible: bool) -> None:
        """Hide a map of the list, or show it again."""
        layer = replace(self.maps[index], visible=visible, hidden_for_scan=False)
        self._map_list = self._map_list.replace(index, layer)
        self._subscriptions.notify({"maps"})

    def rename_map(self, index: int, name: str) -> None:
        """Rename a map of the list; legends, figures and saved files use the name.

        Raises
        ------
        ValueError
            The name is empty.
        """
        name = " ".join(name.split())
        if not name:
            raise ValueError("a map needs a name")
        layer = self.maps[index]
        if name != layer.map.name:
            # The sidecar JSON of a saved map contains it.
            provenance = replace(layer.map.provenance, name=name)
            renamed = replace(layer.map, name=name, provenance=provenance)
            self._map_list = self._map_list.replace(index, replace(layer, map=renamed))
            self._subscriptions.notify({"maps", "current"})

    def set_map_file(self, saved_map: Map, file: Path) -> None:
        """Record the file that a map was saved to; a map that was in that file before no longer has one."""

        def update(layer: MapLayer) -> MapLayer:
            if layer.map is saved_map:
                return replace(layer, file=file)
            overwritten = layer.file is not None and layer.file.resolve() == file.resolve()
            return replace(layer, file=None) if overwritten else layer

        self._change_layers(update)

    def mark_saved(self, saved: Iterable[MapLayer]) -> None:
        """Record that maps were saved with a session, with their check results at that time."""
        saved_layers = {layer.map: layer for layer in saved}

        def update(layer: MapLayer) -> MapLayer:
            saved_layer = saved_layers.get(layer.map)
            if saved_layer is None:
                return layer
            archived = saved_layer.archived or layer.archived
            return replace(
                layer,
                file=saved_layer.file or layer.file,
                archived=archived,
                saved_check_results=saved_layer.check_results,
            )

        self._change_layers(update)

    def mark_checks_saved(self, checked_map: Map, results: Iterable[CheckResult]) -> None:
        """Record that a map's check results were saved with a report."""
        saved = tuple(results)

        def update(layer: MapLayer) -> MapLayer:
            if layer.map is not checked_map:
                return layer
            return replace(layer, saved_check_results=(*layer.saved_check_results, *saved))

        self._change_layers(update)

    def add_check_result(self, checked_map: Map, result: CheckResult) -> None:
        """Add a check's result to a map, in place of that check's earlier result."""

        def update(layer: MapLayer) -> MapLayer:
            if layer.map is not checked_map:
                return layer
            others = tuple(previous for previous in layer.check_results if previous.check != result.check)
            return replace(layer, check_results=(*others, result))

        self._change_layers(update)

    def _change_layers(self, update: Callable[[MapLayer], MapLayer]) -> None:
        """Change the maps in the list and the removed ones that can be restored."""
        self._map_list = self._map_list.update(update)
        self._history.change_layers(update)
        self._subscriptions.notify({"maps"})

    def restore(self, snapshot: Snapshot) -> None:
        """Replace the whole state by a saved one, and clear the history.

        The prediction is reset.
        """
        self._scan, self._model = snapshot.scan, snapshot.model
        self._preparation = snapshot.preparation
        self._atlas = self._match_atlas(snapshot.atlas)
        self._prediction = None
        self._map_list = LayerList(snapshot.maps, snapshot.current)
        self._method_settings = snapshot.method_settings
        self._cohort = snapshot.cohort
        changed = self._replace_view(snapshot.view)
        self._history.clear()
        self._subscriptions.notify({*(FIELDS - VIEW_FIELDS), *changed})

    # Changing the view

    def change(self, *, merge: bool = False, **changes: Any) -> None:
        """Change fields of the view. Fields that already have the given value are ignored, without notice.

        ``merge`` makes the change part of a gesture: consecutive changes of the same fields are one undo step
        until `end_gesture`. Without it, every change is a separate step.
        """
        previous = self._view
        changed = self._replace_view(replace(previous, **changes))
        if not changed:
            return
        self._history.push(previous, frozenset(changes) if merge else None)
        self._subscriptions.notify(changed)

    def reset_view(self, view: View) -> None:
        """Replace the view and forget all earlier views."""
        changed = self._replace_view(view)
        self._history.forget_views()
        self._subscriptions.notify(changed)

    def end_gesture(self) -> None:
        """End a mouse gesture: the next change is a new undo step."""
        self._history.end_gesture()

    @property
    def can_undo(self) -> bool:
        """Whether there is a change of the view, or the removal of a map, to undo."""
        return self._history.next_undo(self._view) is not None

    @property
    def undoes_removal(self) -> bool:
        """Whether the next step to undo is the removal of a map."""
        return isinstance(self._history.next_undo(self._view), RemovedMap)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step to redo."""
        return self._history.next_redo() is not None

    @property
    def redoes_removal(self) -> bool:
        """Whether the next step to redo is the removal of a map."""
        return isinstance(self._history.next_redo(), RemovedMap)

    def undo(self) -> None:
        """Undo the last step, if any. Added maps stay."""
        self._apply_step(self._history.pop_undo(self._view), self._history.push_redo)

    def redo(self) -> None:
        """Redo the last undone step, if any."""
        self._apply_step(self._history.pop_redo(self._view), self._history.push_undo)

    def _apply_step(self, step: Step | None, push_inverse: Callable[[Step], None]) -> None:
        """Apply a step of the history and give its inverse to ``push_inverse``."""
        if step is None:
            return
        if isinstance(step, View):
            push_inverse(self._view)
            self._subscriptions.notify(self._replace_view(step))
            return
        index = next((n for n, layer in enumerate(self.maps) if layer.map is step.layer.map), None)
        if index is None:
            push_inverse(step)
            self._subscriptions.notify(self._insert_layer(step))
        else:
            push_inverse(RemovedMap(self.maps[index], index, self._view.compared == index))
            self._subscriptions.notify(self._remove_layer(index))

    def _replace_view(self, view: View) -> set[str]:
        previous, self._view = self._view, view
        return {name for name in VIEW_FIELDS if getattr(previous, name) != getattr(view, name)}
