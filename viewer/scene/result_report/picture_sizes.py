"""Sizes of a report's pictures: their room on the page, and their pixels in the same ratio."""

from __future__ import annotations

from viewer.scene.figure_sizes import MM_PER_INCH

BOX_WIDTH, BOX_HEIGHT = 80.0, 60.0
SLICES_WIDTH, SLICES_HEIGHT = 126.0, 50.0
"""mm."""

BOX_SIZE = (1040, 780)
SLICES_SIZE = (1500, round(1500 * SLICES_HEIGHT / SLICES_WIDTH))
"""Pixels. In another ratio a picture would be printed smaller, and its letters with it."""

BOX_DPI = BOX_SIZE[0] / BOX_WIDTH * MM_PER_INCH
SLICES_DPI = SLICES_SIZE[0] / SLICES_WIDTH * MM_PER_INCH
