"""The letters of the world axes, as nibabel's ``axcodes`` have them: towards which side an axis runs."""

from __future__ import annotations

AXCODE_PAIRS = (("L", "R"), ("P", "A"), ("I", "S"))
"""Towards the lower and the higher end of each world axis (RAS+)."""

WORLD_AXIS = {letter: axis for axis, pair in enumerate(AXCODE_PAIRS) for letter in pair}
"""The world axis of every letter: 0, 1, 2."""

OPPOSITE_AXCODE = {letter: other for pair in AXCODE_PAIRS for letter, other in (pair, pair[::-1])}
"""The letter of the other end of the same axis."""
