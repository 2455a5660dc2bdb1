"""The store of what is shown: a scan, a model, maps, one of them current, and a view of it all.

It knows no widgets. Whoever shows something subscribes to the fields it shows and reads the store when
they change; whoever changes something calls a method here. The files it names are opened elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from viewer.session.view import View

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.models.predict import Prediction
    from viewer.scans.atlas import Atlas
    from viewer.scans.map import Map
    from viewer.scans.origin import Origin
    from viewer.scans.scan import Scan

Listener = Callable[[], None]

VIEW_FIELDS = frozenset(entry.name for entry in fields(View))
FIELDS = frozenset({"scan", "model", "prediction", "maps", "current", "atlas"}) | VIEW_FIELDS
LONGEST_HISTORY = 100


@dataclass(frozen=True, eq=False)
class Layer:
    """One map in the list, and whether it is drawn when it is current.

    ``set_aside`` is a map that was hidden because another scan is shown, by nobody's wish.
    """

    map: Map
    visible: bool = True
    set_aside: bool = False


class Session:
    """What is shown, observable by field.

    The fields are ``scan``, ``model``, ``prediction`` (of this model for this scan), ``maps``, ``current``
    (an index into the maps, or None), ``atlas`` and every field of `View`. Changes of the view can be
    undone: each is a step, kept as a snapshot of the view before it. Only what belongs to one gesture (a
    dragged slider, a turned camera, a turned wheel) is one step together, until `settle` is called.
    """

    def __init__(self, view: View | None = None) -> None:
        self._scan: Scan | None = None
        self._model: Model | None = None
        self._prediction: Prediction | None = None
        self._maps: tuple[Layer, ...] = ()
        self._current: int | None = None
        self._atlas: Atlas | None = None
        self._view = view or View()
        self._listeners: list[tuple[frozenset[str], Listener]] = []
        self._undo: list[View] = []
        self._redo: list[View] = []
        self._gesture: frozenset[str] | None = None

    # Reading

    @property
    def scan(self) -> Scan | None:
        """The brain that is shown."""
        return self._scan

    @property
    def model(self) -> Model | None:
        """The network that is asked."""
        return self._model

    @property
    def prediction(self) -> Prediction | None:
        """What the model says about the scan; None until it is known."""
        return self._prediction

    @property
    def maps(self) -> tuple[Layer, ...]:
        """Every map there is, oldest first."""
        return self._maps

    @property
    def current(self) -> int | None:
        """Which of the maps the box and the slices show."""
        return self._current

    @property
    def layer(self) -> Layer | None:
        """The current map with its colours."""
        return None if self._current is None else self._maps[self._current]

    def origin(self, shown: Map) -> Origin:
        """How a map relates to the scan and the network that are shown."""
        from viewer.scans.origin import origin_of

        return origin_of(shown, self._scan, "" if self._model is None else self._model.hash)

    @property
    def atlas(self) -> Atlas | None:
        """Where regions are looked up."""
        return self._atlas

    @property
    def view(self) -> View:
        """How it is shown."""
        return self._view

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

    # Subscribing

    def subscribe(self, listener: Listener, *names: str) -> Callable[[], None]:
        """Call ``listener`` after every change of one of the named fields; the answer ends that.

        One change calls a listener once, however many of its fields it touched. Without names it is
        called after every change.
        """
        wanted = frozenset(names) or FIELDS
        unknown = wanted - FIELDS
        if unknown:
            raise ValueError(f"a session has no field {', '.join(sorted(unknown))}")
        entry = (wanted, listener)
        self._listeners.append(entry)

        def unsubscribe() -> None:
            if entry in self._listeners:
                self._listeners.remove(entry)

        return unsubscribe

    def _tell(self, changed: set[str]) -> None:
        for wanted, listener in tuple(self._listeners):
            if wanted & changed:
                listener()

    # Changing what is shown

    def show_scan(self, scan: Scan) -> None:
        """Another brain. Its prediction is not known yet, and the crosshair goes to its middle.

        Maps stay in the list. Those that are known to be of another scan are hidden until a person shows
        them, and shown again with their own scan.
        """
        self._scan = scan
        self._prediction = None
        view = replace(self._view, crosshair=None, walls_at=None)
        changed = {"scan", "prediction"} | self._set_maps_aside(view)
        self._forget_history()
        self._tell(changed)

    def _set_maps_aside(self, view: View) -> set[str]:
        """Hide the maps of other scans, take up those of this one; answers which fields changed."""
        foreign = [self.origin(layer.map).foreign for layer in self._maps]
        maps = tuple(
            replace(layer, visible=False, set_aside=layer.visible or layer.set_aside)
            if other
            else replace(layer, visible=layer.visible or layer.set_aside, set_aside=False)
            for layer, other in zip(self._maps, foreign, strict=True)
        )
        changed = set()
        if [layer.visible for layer in maps] != [layer.visible for layer in self._maps]:
            changed.add("maps")
        self._maps = maps
        if self._current is not None and foreign[self._current] and not all(foreign):
            self._current = max(place for place, other in enumerate(foreign) if not other)
            changed.add("current")
        if view.compared is not None and foreign[view.compared]:
            view = replace(view, compared=None)
        return changed | self._replace(view)

    def show_model(self, model: Model) -> None:
        """Another network; its prediction is not known yet."""
        self._model = model
        self._prediction = None
        self._tell({"model", "prediction"})

    def show_prediction(self, prediction: Prediction | None) -> None:
        """What the model says about the scan."""
        self._prediction = prediction
        self._tell({"prediction"})

    def show_atlas(self, atlas: Atlas | None) -> None:
        """Look regions up in another atlas, or in none."""
        self._atlas = atlas
        self._tell({"atlas"})

    def add_map(self, new: Map) -> int:
        """Put a map at the end of the list and show it; answers its place in the list.

        One that is known to be of another scan than the one that is shown is hidden.
        """
        foreign = self.origin(new).foreign
        self._maps = (*self._maps, Layer(new, visible=not foreign, set_aside=foreign))
        self._current = len(self._maps) - 1
        self._tell({"maps", "current"})
        return self._current

    def remove_map(self, place: int) -> None:
        """Take a map out of the list; the one that takes its place, or the last, becomes current."""
        self._maps = self._maps[:place] + self._maps[place + 1 :]
        beside = self._view.compared
        if beside is not None and beside >= place:
            beside = None if beside == place else beside - 1
        changed = self._replace(replace(self._view, compared=beside))
        if self._current is not None:
            if self._current > place:
                self._current -= 1
            self._current = min(self._current, len(self._maps) - 1)
            if self._current < 0:
                self._current = None
        self._tell({"maps", "current"} | changed)

    def choose_map(self, place: int) -> None:
        """Show another map of the list."""
        if not 0 <= place < len(self._maps):
            raise IndexError(f"map {place} of {len(self._maps)}")
        if place != self._current:
            self._current = place
            self._tell({"current"})

    def set_visible(self, place: int, visible: bool) -> None:
        """Hide a map of the list, or show it again."""
        layer = replace(self._maps[place], visible=visible, set_aside=False)
        self._maps = (*self._maps[:place], layer, *self._maps[place + 1 :])
        self._tell({"maps"})

    # Changing the view

    def change(self, *, merge: bool = False, **changes: Any) -> None:
        """Change fields of the view. Values that are already so change nothing and tell nobody.

        ``merge`` makes the change a part of a gesture: changes of the same fields that follow one another
        with it are one step to undo until `settle`. Without it every change is a step of its own.
        """
        before = self._view
        changed = self._replace(replace(before, **changes))
        gesture = frozenset(changes) if merge else None
        if not changed:
            return
        if gesture is None or gesture != self._gesture:
            self._undo = [*self._undo[-(LONGEST_HISTORY - 1) :], before]
        self._gesture = gesture
        self._redo.clear()
        self._tell(changed)

    def begin(self, view: View) -> None:
        """Show it all in this way, as the first way there was: nothing before it can be gone back to."""
        changed = self._replace(view)
        self._forget_history()
        self._tell(changed)

    def settle(self) -> None:
        """A gesture has ended (the mouse was let go): the next change is a new step to undo."""
        self._gesture = None

    @property
    def can_undo(self) -> bool:
        """Whether there is a change of the view to take back."""
        return any(view != self._view for view in reversed(self._undo))

    @property
    def can_redo(self) -> bool:
        """Whether there is a change that was taken back."""
        return bool(self._redo)

    def undo(self) -> None:
        """Take back the last step of the view; nothing where there is none."""
        self._walk(self._undo, self._redo)

    def redo(self) -> None:
        """Do again what was taken back; nothing where there is none."""
        self._walk(self._redo, self._undo)

    def _walk(self, source: list[View], other: list[View]) -> None:
        # A gesture that came back to where it began has left a step that changes nothing.
        while source and source[-1] == self._view:
            source.pop()
        if not source:
            return
        other.append(self._view)
        self._gesture = None
        self._tell(self._replace(source.pop()))

    def _replace(self, view: View) -> set[str]:
        before, self._view = self._view, view
        return {name for name in VIEW_FIELDS if getattr(before, name) != getattr(view, name)}

    def _forget_history(self) -> None:
        self._undo.clear()
        self._redo.clear()
        self._gesture = None
