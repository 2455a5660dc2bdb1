"""The names of `viewer.scene.plane`, for those who still look for them here."""

from viewer.scene.plane import OPPOSITE, Orientation, Plane, in_letters, plane

__all__ = ["OPPOSITE", "Orientation", "Plane", "in_letters", "plane"]
