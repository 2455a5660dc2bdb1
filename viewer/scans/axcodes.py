"""Axis codes as in nibabel's ``axcodes``: the letter of the direction in which an axis points."""

from __future__ import annotations

AXCODE_PAIRS = (("L", "R"), ("P", "A"), ("I", "S"))
"""Letters of the negative and the positive end of each world axis (RAS+)."""

WORLD_AXIS = {letter: axis for axis, pair in enumerate(AXCODE_PAIRS) for letter in pair}
"""World axis of every letter: 0, 1, 2."""

OPPOSITE_AXCODE = {letter: other for pair in AXCODE_PAIRS for letter, other in (pair, pair[::-1])}
"""Letter of the opposite end of the same axis."""
