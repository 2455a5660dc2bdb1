"""Whether a map lies where a scan lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan


def overlaps(shown: Map, scan: Scan) -> bool:
    """Answer whether any voxel of a map that is not zero lies inside a scan's grid, in mm.

    A map without a grid, or that is zero everywhere, overlaps nothing.
    """
    import numpy as np

    if shown.grid is None:
        return False
    # Plane by plane from the middle: most often the first plane answers, and little memory is taken.
    count = shown.grid.shape[0]
    for plane in sorted(range(count), key=lambda index: abs(index - count // 2)):
        voxels = np.argwhere(np.nan_to_num(shown.data[plane]))
        places = np.insert(voxels, 0, plane, axis=1)
        if len(places) and bool(np.any(scan.grid.contains(shown.grid.to_world(places)))):
            return True
    return False
