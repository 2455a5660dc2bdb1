"""What a picture is made of, part by part, and from which state each part was made."""

from __future__ import annotations

from typing import Any

from viewer.scans.threshold import Threshold
from viewer.scene.thresholding import IsoValues
from viewer.session.view import Camera, View

_COMPARED_BY_VALUE = (bool, int, float, tuple, str, Threshold, IsoValues, Camera, View)


class ChangeTracker:
    """Remembers the state every part was last made from.

    States are compared by value where they are plain (numbers, words, views), else by identity: scans,
    maps and arrays are replaced and never changed.
    """

    def __init__(self) -> None:
        self._states: dict[str, tuple[Any, ...]] = {}

    def update(self, part: str, *state: Any) -> bool:
        """Whether the part was made from another state, or never; it counts as made from this one now."""
        before = self._states.get(part)
        self._states[part] = state
        return before is None or not all(
            a is b or (type(a) is type(b) and isinstance(a, _COMPARED_BY_VALUE) and a == b)
            for a, b in zip(before, state, strict=True)
        )

    def forget(self, part: str) -> None:
        """The part has to be made anew, whatever its state."""
        self._states.pop(part, None)

    def forget_all(self) -> None:
        """Everything has to be made anew."""
        self._states.clear()
