"""The colours of what is above and below zero: on the slices and in the lists the same as in the box."""

from __future__ import annotations

from viewer.scene import palette


def _digits(colour: palette.Colour) -> str:
    return "#" + "".join(f"{round(255 * share):02x}" for share in colour)


POSITIVE = _digits(palette.POSITIVE)
NEGATIVE = _digits(palette.NEGATIVE)
