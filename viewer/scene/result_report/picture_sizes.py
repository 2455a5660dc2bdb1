"""Sizes of a report's pictures: on the page, and in pixels with the same aspect ratio."""

from __future__ import annotations

from viewer.scene.figure_sizes import MM_PER_INCH

BOX_WIDTH, BOX_HEIGHT = 80.0, 60.0
SLICES_WIDTH, SLICES_HEIGHT = 126.0, 50.0
"""Sizes in mm."""

BOX_SIZE = (1040, 780)
SLICES_SIZE = (1500, round(1500 * SLICES_HEIGHT / SLICES_WIDTH))
"""Sizes in pixels. With another aspect ratio, a picture and its text would be printed smaller."""

BOX_DPI = BOX_SIZE[0] / BOX_WIDTH * MM_PER_INCH
SLICES_DPI = SLICES_SIZE[0] / SLICES_WIDTH * MM_PER_INCH
