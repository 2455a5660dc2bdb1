"""Where the picture of a slice lies in a widget: how near it is looked at, and how far moved about.

Places in the picture are in mm from its upper left corner, places in the widget in pixels from its own.
"""

from __future__ import annotations

from dataclasses import dataclass

MARGIN = 15.0
"""Pixels that are left free on every side of a slice that is not zoomed."""
SMALLEST_ROOM = 20.0
LARGEST_ZOOM = 20.0

Part = tuple[float, float, float, float]
"""Left, top, width and height in the picture."""


def filling(part: Part, room: tuple[float, float]) -> float:
    """Pixels a millimetre with which a part of the picture fills a widget as wide and tall as ``room``."""
    _, _, wide, tall = part
    across, down = (max(length - 2 * MARGIN, SMALLEST_ROOM) for length in room)
    return float(min(across / wide, down / tall))


@dataclass(frozen=True)
class Aim:
    """How near a slice is looked at, 1 showing all of it, and how many pixels it is moved about."""

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def moved(self, x: float, y: float) -> Aim:
        """Moved by so many pixels."""
        return Aim(self.zoom, self.x + x, self.y + y)

    def nearer(self, factor: float, x: float, y: float) -> Aim:
        """Enlarged, as far as that goes, around a point that keeps its place.

        The point lies ``x`` and ``y`` pixels from the middle of the widget. What is not enlarged any more
        stands in the middle again.
        """
        zoom = min(max(self.zoom * factor, 1.0), LARGEST_ZOOM)
        if zoom == 1.0:
            return Aim()
        factor = zoom / self.zoom
        return Aim(zoom, (self.x - x) * factor + x, (self.y - y) * factor + y)


@dataclass(frozen=True)
class Frame:
    """Where the whole picture lies: its upper left corner in the widget, and pixels a millimetre.

    It may reach beyond the widget.
    """

    left: float
    top: float
    scale: float

    @classmethod
    def around(cls, part: Part, room: tuple[float, float], scale: float, aim: Aim) -> Frame:
        """The frame with which ``part`` of the picture is in the middle of ``room`` but for the aim.

        ``scale`` is the one without a zoom.
        """
        left, top, wide, tall = part
        scale *= aim.zoom
        return cls(
            room[0] / 2 + aim.x - (left + wide / 2) * scale,
            room[1] / 2 + aim.y - (top + tall / 2) * scale,
            scale,
        )

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the picture is drawn."""
        return self.left + x * self.scale, self.top + y * self.scale

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """The place of the picture that is drawn there."""
        return (x - self.left) / self.scale, (y - self.top) / self.scale
