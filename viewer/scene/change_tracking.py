"""Change tracking for the parts of a picture: which state each part was last updated from."""

from __future__ import annotations

from typing import Any

from viewer.scans.threshold import Threshold
from viewer.scene.thresholding import IsoValues
from viewer.session.view import Camera, View

_COMPARED_BY_VALUE = (bool, int, float, tuple, str, Threshold, IsoValues, Camera, View)


class ChangeTracker:
    """States from which the parts were last updated.

    Plain states (numbers, strings, views) are compared by value, others by identity: scans, maps and
    arrays are replaced, never modified.
    """

    def __init__(self) -> None:
        self._states: dict[str, tuple[Any, ...]] = {}

    def update(self, part: str, *state: Any) -> bool:
        """Record the state of a part; return whether it differs from the last one or is the first."""
        previous = self._states.get(part)
        self._states[part] = state
        return previous is None or not all(
            old is new or (type(old) is type(new) and isinstance(old, _COMPARED_BY_VALUE) and old == new)
            for old, new in zip(previous, state, strict=True)
        )

    def forget(self, part: str) -> None:
        """Mark a part as changed, whatever its state."""
        self._states.pop(part, None)

    def forget_all(self) -> None:
        """Mark all parts as changed."""
        self._states.clear()
