"""Observable state: scan, model, maps with the current one, and the view.

It knows no widgets. Whoever shows something subscribes to the fields it shows and reads the store when
they change; whoever changes something calls a method here. The files it names are opened elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.session.history import History, RemovedMap, Step
from viewer.session.map_layer import LayerList, MapLayer
from viewer.session.map_look import MapLook, free_hues
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
    """What is shown, observable by field.

    The fields are ``scan``, ``preparation`` (of this scan), ``model``, ``prediction`` (of this model for this
    scan as it was prepared), ``maps``, ``current`` (an index into the maps, or None), ``atlas``,
    ``method_settings``, ``cohort`` (which one is open) and every field of `View`. The removal of a map and
    changes of the view can be undone: each is a step, a view being kept as it was before. Only what belongs
    to one gesture (a dragged slider, a turned camera, a turned wheel) is one step together, until
    `end_gesture`.

    Parameters
    ----------
    view : View, optional
        How it is shown at first. The default is `View()`.

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
        """The brain that is shown."""
        return self._scan

    @property
    def preparation(self) -> Prepared | None:
        """How the scan is prepared before the network is run on it; None if it is taken as it is."""
        return self._preparation

    @property
    def model(self) -> Model | None:
        """The network that is asked."""
        return self._model

    @property
    def prediction(self) -> Prediction | None:
        """What the model says about the scan; None until it is known."""
        return self._prediction

    @property
    def maps(self) -> tuple[MapLayer, ...]:
        """Every map there is, oldest first."""
        return self._map_list.maps

    @property
    def current(self) -> int | None:
        """Which of the maps the box and the slices show."""
        return self._map_list.current

    @property
    def current_layer(self) -> MapLayer | None:
        """The current map with its colours."""
        shown = self._map_list
        return None if shown.current is None else shown.maps[shown.current]

    def origin(self, shown_map: Map) -> Origin:
        """Return how a map relates to the current scan and network."""
        from viewer.scans.origin import origin_of

        return origin_of(shown_map, self._scan, "" if self._model is None else self._model.hash)

    @property
    def compared_layer(self) -> MapLayer | None:
        """The map that is compared with the current one."""
        index = self._view.compared
        if index is None or index == self.current or not 0 <= index < len(self.maps):
            return None
        return self.maps[index]

    @property
    def visible_layers(self) -> tuple[MapLayer, ...]:
        """The maps in the box: the current one, with the second one while they are compared, or none.

        A feature is an image of its own, which nothing is compared with.
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
        """Where regions are looked up."""
        return self._atlas

    @property
    def view(self) -> View:
        """How it is shown."""
        return self._view

    @property
    def method_settings(self) -> MethodSettings:
        """Which method is asked for the next map, and how."""
        return self._method_settings

    @property
    def cohort(self) -> CohortView | None:
        """Which cohort is open, and what of it is chosen."""
        return self._cohort

    @property
    def crosshair(self) -> tuple[float, float, float]:
        """The point in mm that the slices go through: the view's, or the voxel in the scan's middle."""
        if self._view.crosshair is not None:
            return self._view.crosshair
        if self._scan is None:
            return 0.0, 0.0, 0.0
        grid = self._scan.grid
        x, y, z = (float(value) for value in grid.to_world([round((n - 1) / 2) for n in grid.shape]))
        return x, y, z

    def snapshot(self) -> Snapshot:
        """Return the current state. Thread-safe: the maps and the current map are consistent."""
        shown = self._with_look(self._map_list)
        return Snapshot(
            self._scan,
            self._model,
            shown.maps,
            shown.current,
            self._atlas,
            self._view,
            self._method_settings,
            self._preparation,
            self._cohort,
        )

    # Subscribing

    def subscribe(self, listener: Listener, *names: str) -> Callable[[], None]:
        """Call ``listener`` after every change of one of the named fields; the answer ends that.

        One change calls a listener once, however many of its fields it touched. Without names it is
        called after every change.
        """
        return self._subscriptions.add(listener, *names)

    # Changing what is shown

    def set_scan(self, scan: Scan) -> None:
        """Replace the scan, reset the prediction and the preparation, and centre the crosshair.

        The preparation is kept if only numbers about the person are others. Maps stay in the list. Those that
        are known to be of another scan are hidden until a person shows them, and shown again with their own
        scan.
        """
        from viewer.scans.multichannel_scan import find_image

        made, self._preparation = self._preparation, None
        if made is not None and made.is_of(scan):
            self._preparation = made.with_scan(scan)
        self._scan = scan
        self._prediction = None
        image = self._view.image if find_image(scan, self._view.image) is not None else ""
        view = replace(self._view, image=image, crosshair=None, walls_at=None)
        changed = {"scan", "prediction"} | self._update_map_visibility(view)
        if self._preparation is not made:
            changed.add("preparation")
        if self._atlas is not None:
            self._atlas = self._match_atlas(self._atlas)
            changed.add("atlas")
        self._history.forget_views()
        self._subscriptions.notify(changed)

    def _update_map_visibility(self, view: View) -> set[str]:
        """Hide the maps of other scans, take up those of this one; answers which fields changed."""
        before, current = self.maps, self.current
        maps = tuple(map(self._with_visibility, before))
        foreign = [self.origin(layer.map).from_other_scan for layer in maps]
        changed = set()
        if [layer.visible for layer in maps] != [layer.visible for layer in before]:
            changed.add("maps")
        if current is not None and foreign[current] and not all(foreign):
            current = max(place for place, other in enumerate(foreign) if not other)
            changed.add("current")
        self._map_list = LayerList(maps, current)
        if view.compared is not None and foreign[view.compared]:
            view = replace(view, compared=None)
        return changed | self._replace_view(view)

    def _with_visibility(self, layer: MapLayer) -> MapLayer:
        """Return the map's layer, hidden if the map is known to belong to another scan."""
        seen = layer.visible or layer.hidden_for_scan
        foreign = self.origin(layer.map).from_other_scan
        if foreign:
            return replace(layer, visible=False, hidden_for_scan=seen)
        return replace(layer, visible=seen, hidden_for_scan=False)

    def set_model(self, model: Model) -> None:
        """Replace the network and reset the prediction."""
        self._model = model
        self._prediction = None
        self._subscriptions.notify({"model", "prediction"})

    def set_preparation(self, preparation: Prepared | None) -> None:
        """Prepare the scan like this before the network is run on it, or not; the prediction is reset.

        Regions of an atlas in the template's space are looked up through its transform.

        Raises
        ------
        ValueError
            It is the preparation of another scan.
        """
        if preparation is not None:
            if self._scan is None or not preparation.is_of(self._scan):
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
        """Look regions up in another atlas, or in none; where it may not fit the scan, it says so."""
        self._atlas = self._match_atlas(atlas)
        self._subscriptions.notify({"atlas"})

    def set_method_settings(self, settings: MethodSettings) -> None:
        """Ask another method for the next map, or ask it otherwise. This is not a step to undo."""
        self._method_settings = settings
        self._subscriptions.notify({"method_settings"})

    def set_cohort(self, cohort: CohortView | None) -> None:
        """Choose another cohort, or something else of it. This is not a step to undo."""
        if cohort != self._cohort:
            self._cohort = cohort
            self._subscriptions.notify({"cohort"})

    def _match_atlas(self, atlas: Atlas | None) -> Atlas | None:
        if atlas is None:
            return None
        from viewer.scans.atlas_space import atlas_for

        transform = None if self._preparation is None else self._preparation.template_transform
        return atlas_for(atlas, self._scan, transform)

    def add_map(self, new_map: Map) -> int:
        """Put a map at the end of the list and show it; answers its place in the list.

        One that is known to be of another scan than the one that is shown is hidden.
        """
        place = len(self.maps)
        layer = self._with_visibility(MapLayer(new_map, file=new_map.path))
        self._store_look()
        self._map_list = self._map_list.insert(place, layer)
        self._subscriptions.notify({"maps", "current"} | self._take_look())
        return place

    def remove_map(self, index: int) -> None:
        """Take a map out of the list; the one that takes its place, or the last, becomes current.

        It comes back by `undo`.
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
        return {"maps", "current"} | changed | self._take_look()

    def _insert_layer(self, step: RemovedMap) -> set[str]:
        self._store_look()
        index = min(step.index, len(self.maps))
        self._map_list = self._map_list.insert(index, self._with_visibility(step.layer))
        compared = self._view.compared
        if step.compared:
            compared = index
        elif compared is not None and compared >= index:
            compared += 1
        changed = self._replace_view(replace(self._view, compared=compared))
        return {"maps", "current"} | changed | self._take_look()

    def replace_map(self, before: Map, after: Map | None) -> None:
        """Put what a map has become into its place, or take it out: a map that grows is not a step to undo.

        Nothing happens where ``before`` is not in the list any more.
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
            self._subscriptions.notify({"current"} | self._take_look())

    def keep_map(self, index: int, keep: bool) -> None:
        """Draw a map together with the current one, with its own threshold and colours, or no more.

        Its look is that of the view, in colours that no other kept map has. While it is the current one, its
        look is the view; both change together.
        """
        self._store_look()
        layer = self.maps[index]
        if keep == (layer.look is not None):
            return
        look = None
        if keep:
            others = [one.look.hues for one in self.maps if one.look is not None]
            current = self.current_layer
            if index != self.current and current is not None and current.visible:
                others.append(self._view.hues)
            look = replace(MapLook.of_view(self._view), hues=free_hues(self._view.hues, others))
        self._map_list = self._map_list.replace(index, replace(layer, look=look))
        self._subscriptions.notify({"maps"} | self._take_look())

    def set_look(self, index: int, look: MapLook) -> None:
        """Draw a map together with the current one in this way."""
        self._store_look()
        self._map_list = self._map_list.replace(index, replace(self.maps[index], look=look))
        self._subscriptions.notify({"maps"} | self._take_look())

    def _store_look(self) -> None:
        """Remember how the current map is drawn, if it stays drawn when another is chosen."""
        self._map_list = self._with_look(self._map_list)

    def _with_look(self, shown: LayerList) -> LayerList:
        """Return the list with the look that the current map has now, if it stays drawn."""
        layer = None if shown.current is None else shown.maps[shown.current]
        if shown.current is None or layer is None or layer.look is None:
            return shown
        return shown.replace(shown.current, replace(layer, look=MapLook.of_view(self._view)))

    def _take_look(self) -> set[str]:
        """Draw the current map in its own look; one without gets colours that no kept map has."""
        layer = self.current_layer
        used = [one.look.hues for one in self.maps if one.look is not None and one is not layer]
        if layer is None or not (used or layer.look):
            return set()
        if layer.look is not None:
            return self._replace_view(layer.look.applied_to(self._view))
        return self._replace_view(replace(self._view, hues=free_hues(self._view.hues, used)))

    def set_visible(self, index: int, visible: bool) -> None:
        """Hide a map of the list, or show it again."""
        layer = replace(self.maps[index], visible=visible, hidden_for_scan=False)
        self._map_list = self._map_list.replace(index, layer)
        self._subscriptions.notify({"maps"})

    def rename_map(self, index: int, name: str) -> None:
        """Give a map of the list another name, which legends, figures and saved files have.

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
            # The JSON beside a saved map has it.
            made = replace(layer.map.provenance, name=name)
            renamed = replace(layer.map, name=name, provenance=made)
            self._map_list = self._map_list.replace(index, replace(layer, map=renamed))
            self._subscriptions.notify({"maps", "current"})

    def set_map_file(self, saved_map: Map, file: Path) -> None:
        """Record the file that a map was saved to; a map that was in that file before has none now."""

        def update(layer: MapLayer) -> MapLayer:
            if layer.map is saved_map:
                return replace(layer, file=file)
            lost = layer.file is not None and layer.file.resolve() == file.resolve()
            return replace(layer, file=None) if lost else layer

        self._change_layers(update)

    def mark_saved(self, saved: Iterable[MapLayer]) -> None:
        """Record that maps were saved with a session, with their check results at that time."""
        known = {layer.map: layer for layer in saved}

        def update(layer: MapLayer) -> MapLayer:
            kept = known.get(layer.map)
            if kept is None:
                return layer
            archived = kept.archived or layer.archived
            return replace(
                layer, file=kept.file or layer.file, archived=archived, saved_check_results=kept.check_results
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
            others = tuple(one for one in layer.check_results if one.check != result.check)
            return replace(layer, check_results=(*others, result))

        self._change_layers(update)

    def _change_layers(self, update: Callable[[MapLayer], MapLayer]) -> None:
        """Change maps of the list, and those that can come back."""
        self._map_list = self._map_list.update(update)
        self._history.change_layers(update)
        self._subscriptions.notify({"maps"})

    def restore(self, snapshot: Snapshot) -> None:
        """Show what was saved in place of everything; nothing before it can be gone back to.

        What the model says of the scan is not known yet.
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
        """Change fields of the view. Values that are already so change nothing and tell nobody.

        ``merge`` makes the change a part of a gesture: changes of the same fields that follow one another
        with it are one step to undo until `end_gesture`. Without it every change is a step of its own.
        """
        before = self._view
        changed = self._replace_view(replace(before, **changes))
        if not changed:
            return
        self._history.push(before, frozenset(changes) if merge else None)
        self._subscriptions.notify(changed)

    def reset_view(self, view: View) -> None:
        """Show it all in this way, as the first way there was: nothing before it can be gone back to."""
        changed = self._replace_view(view)
        self._history.forget_views()
        self._subscriptions.notify(changed)

    def end_gesture(self) -> None:
        """End a mouse gesture: the next change is a new undo step."""
        self._history.end_gesture()

    @property
    def can_undo(self) -> bool:
        """Whether there is a change of the view, or the removal of a map, to take back."""
        return self._history.next_undo(self._view) is not None

    @property
    def undoes_removal(self) -> bool:
        """Whether what would be taken back is the removal of a map."""
        return isinstance(self._history.next_undo(self._view), RemovedMap)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change that was taken back."""
        return self._history.next_redo() is not None

    @property
    def redoes_removal(self) -> bool:
        """Whether what would be done again is the removal of a map."""
        return isinstance(self._history.next_redo(), RemovedMap)

    def undo(self) -> None:
        """Take back the last step; nothing where there is none. Maps that were added stay."""
        self._apply_step(self._history.pop_undo(self._view), self._history.keep_redo)

    def redo(self) -> None:
        """Do again what was taken back; nothing where there is none."""
        self._apply_step(self._history.pop_redo(self._view), self._history.keep_undo)

    def _apply_step(self, step: Step | None, keep: Callable[[Step], None]) -> None:
        """Apply a step of the history and ``keep`` the step that takes it back."""
        if step is None:
            return
        if isinstance(step, View):
            keep(self._view)
            self._subscriptions.notify(self._replace_view(step))
            return
        index = next((n for n, layer in enumerate(self.maps) if layer.map is step.layer.map), None)
        if index is None:
            keep(step)
            self._subscriptions.notify(self._insert_layer(step))
        else:
            keep(RemovedMap(self.maps[index], index, self._view.compared == index))
            self._subscriptions.notify(self._remove_layer(index))

    def _replace_view(self, view: View) -> set[str]:
        before, self._view = self._view, view
        return {name for name in VIEW_FIELDS if getattr(before, name) != getattr(view, name)}
