"""The colours of what is above and below zero: on the slices and in the lists the same as in the box."""

from __future__ import annotations

from viewer.scene import palette
from viewer.scene.hues import digits

POSITIVE = digits(palette.POSITIVE)
NEGATIVE = digits(palette.NEGATIVE)
