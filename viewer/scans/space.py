"""Coordinate space of an image by its header and grid: MNI, Talairach, a scanner's, or unknown.

Atlases, networks that need a template space and warnings use the same rule. A header may be wrong, and a grid
may merely resemble a template's: "known" means only that the file says so.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import numpy as np

from viewer.resource_files import MNI_SCANS
from viewer.scans.grid import Grid
from viewer.scans.scan import StoredOrientation


class Space(StrEnum):
    """Coordinate space of an image."""

    MNI = "MNI"
    TALAIRACH = "Talairach"
    SCANNER = "scanner"
    ALIGNED = "aligned"
    TEMPLATE = "template"
    UNKNOWN = "unknown"

    @property
    def description(self) -> str:
        """The space in words, to follow "its header says"."""
        words = {
            Space.SCANNER: "scanner coordinates",
            Space.ALIGNED: "aligned to another image",
            Space.TEMPLATE: "a template's space",
            Space.UNKNOWN: "nothing about the space",
        }
        return words.get(self, f"{self.value} space")


CODES = {
    1: Space.SCANNER,
    2: Space.ALIGNED,
    3: Space.TALAIRACH,
    4: Space.MNI,
    5: Space.TEMPLATE,
}
"""Spaces of NIfTI's qform and sform codes."""

MNI_BOXES = (
    ((-90.0, -126.0, -72.0), (90.0, 90.0, 108.0)),
    ((-90.0, -126.0, -72.0), (91.0, 91.0, 109.0)),
    ((-90.0, -125.0, -71.0), (90.0, 91.0, 109.0)),
    ((-98.0, -134.0, -72.0), (98.0, 98.0, 116.0)),
    ((-96.0, -132.0, -78.0), (96.0, 96.0, 114.0)),
    ((-78.0, -112.0, -70.0), (78.0, 76.0, 86.0)),
    ((-78.0, -112.0, -70.0), (78.0, 76.0, 85.0)),
)
"""Centres of the first and last voxel, in mm, of common grids in MNI space: SPM (with the templates and
atlases in its space), FSL's MNI152, the AAL atlas, ICBM 2009 (also with wider margins), and the two bounding
boxes of SPM's normalisation."""


def coordinate_space(grid: Grid, stored: StoredOrientation | None, path: Path | None = None) -> Space:
    """Return the coordinate space of an image.

    Parameters
    ----------
    grid
        Grid of the image, in canonical order.
    stored
        Its orientation in the file, with NIfTI's codes; None if unknown.
    path
        File of the image; some built-in scans, identified by name, are in MNI space.

    Returns
    -------
    Space
        Space of the transform in use: the sform if its code is not 0, else the qform. If its code names no
        template, a grid that matches a common one in MNI space is assumed to be in MNI space.
    """
    if path is not None and str(path) in MNI_SCANS:
        return Space.MNI
    qform, sform = (stored.xform_codes if stored is not None else None) or (0, 0)
    space = CODES.get(sform or qform, Space.UNKNOWN)
    if space in (Space.ALIGNED, Space.UNKNOWN, Space.TEMPLATE) and _is_mni_box(grid):
        return Space.MNI
    return space


def _is_mni_box(grid: Grid) -> bool:
    """Return whether the corners of a grid match those of a common MNI grid to within a voxel."""
    if not np.allclose(grid.affine[:3, :3], np.diag(grid.spacing), atol=1e-3 * float(grid.spacing.min())):
        return False
    low, high = grid.to_world((0, 0, 0)), grid.to_world([size - 1 for size in grid.shape])
    return any(
        bool((np.abs(low - box[0]) <= grid.spacing).all() and (np.abs(high - box[1]) <= grid.spacing).all())
        for box in MNI_BOXES
    )
