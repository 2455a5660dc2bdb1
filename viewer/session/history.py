"""Undo and redo of changes of the view and removals of maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from viewer.session.map_layer import MapLayer
from viewer.session.view import View

MAX_UNDO_STEPS = 100
MAX_REMOVED_MAPS = 20
"""Maximum number of removed maps that can be restored; each is as large as its scan."""


@dataclass(frozen=True, eq=False)
class RemovedMap:
    """A step of the history: removal of a map from the list."""

    layer: MapLayer
    index: int
    was_compared: bool


Step = View | RemovedMap


class History:
    """Steps that can be undone and redone, oldest first; changes of one gesture are one step."""

    def __init__(self) -> None:
        self._undo: list[Step] = []
        self._redo: list[Step] = []
        self._gesture: frozenset[str] | None = None

    def push(self, step: Step, gesture: frozenset[str] | None = None) -> None:
        """Add a new step; nothing can be redone after it.

        Parameters
        ----------
        step
            The view before the change, or the map that was removed.
        gesture
            The fields changed by a gesture; while it lasts, all its changes are one step.
        """
        if gesture is None or gesture != self._gesture:
            self._undo = [*self._undo[-(MAX_UNDO_STEPS - 1) :], step]
            removed = [item for item in self._undo if isinstance(item, RemovedMap)]
            if len(removed) > MAX_REMOVED_MAPS:
                # Map indices in earlier steps include this map.
                self._undo = self._undo[self._undo.index(removed[0]) + 1 :]
        self._gesture = gesture
        self._redo.clear()

    def end_gesture(self) -> None:
        """End a gesture: the next change is a new step."""
        self._gesture = None

    def pop_undo(self, view: View) -> Step | None:
        """Remove and return the step to undo, or None; its inverse must be added with `push_redo`."""
        return self._pop(self._undo, view)

    def pop_redo(self, view: View) -> Step | None:
        """Remove and return the step to redo, or None; its inverse must be added with `push_undo`."""
        return self._pop(self._redo, view)

    def push_undo(self, step: Step) -> None:
        """Add a step that undoes what was redone."""
        self._undo.append(step)

    def push_redo(self, step: Step) -> None:
        """Add a step that redoes what was undone."""
        self._redo.append(step)

    def _pop(self, steps: list[Step], view: View) -> Step | None:
        # A gesture that returned to its start leaves a step that changes nothing.
        while steps and steps[-1] == view:
            steps.pop()
        if not steps:
            return None
        self._gesture = None
        return steps.pop()

    def next_undo(self, view: View) -> Step | None:
        """Return the step that `pop_undo` would return."""
        return next((step for step in reversed(self._undo) if step != view), None)

    def next_redo(self) -> Step | None:
        """Return the last undone step."""
        return self._redo[-1] if self._redo else None

    def forget_views(self) -> None:
        """Forget the steps of the view; removed maps can still be restored."""
        self._undo = [step for step in self._undo if isinstance(step, RemovedMap)]
        self._redo.clear()
        self._gesture = None

    def clear(self) -> None:
        """Forget all steps."""
        self._undo.clear()
        self._redo.clear()
        self._gesture = None

    def change_layers(self, update: Callable[[MapLayer], MapLayer]) -> None:
        """Apply a change of the maps in the list to the removed maps, too."""
        for steps in (self._undo, self._redo):
            steps[:] = [
                replace(step, layer=update(step.layer)) if isinstance(step, RemovedMap) else step
                for step in steps
            ]
