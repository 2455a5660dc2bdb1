"""The name of the body under the mouse, asked for once the mouse has stayed where it is for a moment."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, QTimer, Signal

Point = tuple[float, float, float]

HOVER_MS = 60


class Hover(QObject):
    """Follows the mouse and knows what is written beside it.

    Parameters
    ----------
    body_at
        The point in mm at which a body is seen at a place of the widget; None where there is no body, or
        while it is no time to look for one.
    """

    changed = Signal()
    """Something else is written, or nothing any more."""

    def __init__(self, body_at: Callable[[QPointF], Point | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._body_at = body_at
        self._name: Callable[[Point], str] | None = None
        self._place = QPointF()
        self._told: tuple[QPointF, str] | None = None
        self._timer = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._timer.timeout.connect(self.look)

    @property
    def told(self) -> tuple[QPointF, str] | None:
        """Where the mouse is and the name of the body under it; None where nothing is written."""
        return self._told

    def set_naming(self, name: Callable[[Point], str]) -> None:
        """How the body at a point in mm is called; nothing where it has no name."""
        self._name = name

    def move(self, place: QPointF) -> None:
        """The mouse is somewhere else."""
        self._place = place
        self._tell("")
        self._timer.start()

    def forget(self) -> None:
        """Nothing is under the mouse, or it is busy."""
        self._timer.stop()
        self._tell("")

    def look(self) -> None:
        """Name the body under the mouse."""
        point = None if self._name is None else self._body_at(self._place)
        self._tell("" if self._name is None or point is None else self._name(point))

    def _tell(self, words: str) -> None:
        before, self._told = self._told, (self._place, words) if words else None
        if before is not None or words:
            self.changed.emit()
