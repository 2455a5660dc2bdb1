"""Side of the body in the name of a region, compared with the position of a cluster."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.scans.cluster_table import ClusterRow

MIDLINE = 10.0
"""mm from x = 0 within which a peak may be on either side: a scanner's 0 is not the midline."""

LEFT = re.compile(r"(?:^|[\W_])(?:l|lh|left)(?:$|[\W_])", re.IGNORECASE)
RIGHT = re.compile(r"(?:^|[\W_])(?:r|rh|right)(?:$|[\W_])", re.IGNORECASE)


def region_side(name: str) -> int:
    """Return 1 for a region on the right (``Thalamus_R``, ``ctx-rh-insula``), −1 on the left, else 0."""
    return int(RIGHT.search(name) is not None) - int(LEFT.search(name) is not None)


def side_warnings(rows: Sequence[ClusterRow]) -> tuple[str, ...]:
    """Return a warning if clusters are named after regions on the side opposite to their peaks."""
    wrong = [
        row
        for row in rows
        if abs(row.cluster.peak_mm[0]) > MIDLINE and region_side(row.region) * row.cluster.peak_mm[0] < 0
    ]
    if not wrong:
        return ()
    x = wrong[0].cluster.peak_mm[0]
    others = len(wrong) - 1
    others_text = f", and so {'is' if others == 1 else 'are'} {others} more" if others else ""
    return (
        f"cluster {wrong[0].number} lies at {'R' if x > 0 else 'L'} {abs(x):.1f} mm and is named "
        f"{wrong[0].region}{others_text}: the atlas, the transform or the scan's header has the sides "
        "swapped, or they do not belong together",
    )
