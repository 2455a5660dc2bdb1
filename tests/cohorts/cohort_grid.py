"""Grid of the maps of the test cohort, and the place of its planted effect."""

from __future__ import annotations

import numpy as np

MAP_SHAPE = (9, 10, 8)
MAP_AFFINE = np.array([[4.0, 0, 0, -18], [0, 4.0, 0, -20], [0, 0, 4.0, -16], [0, 0, 0, 1]])
SPOT = (slice(2, 4), slice(3, 5), slice(2, 4))
