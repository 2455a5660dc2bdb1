"""Outlines of the template's brain, the brain mask and predicted bodies on slices of the original scan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.preparation.template import MNI152
from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.template_transform import TemplateTransform

if TYPE_CHECKING:
    from viewer.preparation.brain_mask import BrainMask
    from viewer.preparation.prepared import Prepared
    from viewer.scans.scan import Scan
    from viewer.session.view import View

Bytes = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

FULL = 255
LEVEL = 127.5

DASH_MM = 3.0
"""Length in mm of the dashes of the brain mask's outline, and of the gaps between them."""

DASHES = (4.0, 3.0)
"""Lengths of dashes and gaps on slices, in line widths."""

OUTLINE_COLOURS = {"template": "#ffd21f", "mask": "#ff5fb4", "prediction": "#35d0ff", "body": "#35d0ff"}
"""Colour of each outline over grey. The mask's outline is dashed, and that of the selected body is wider than
those of all predicted bodies, so colour is not the only difference."""


class OutlineKind(StrEnum):
    """Outlined object: the template's brain, the brain mask, all predicted bodies, or the selected one."""

    TEMPLATE = "template"
    MASK = "mask"
    PREDICTION = "prediction"
    BODY = "body"


@dataclass(frozen=True, eq=False)
class BrainOutlines:
    """Volumes whose outlines are drawn on slices of a scan.

    Parameters
    ----------
    grid : Grid
        The scan's grid.
    template : numpy.ndarray, optional
        Fraction of the template's brain in every voxel, 0 to 255, transformed by the inverse of the
        registration; None if the scan was not registered.
    mask : numpy.ndarray, optional
        The same for the brain mask; None if there is none.
    prediction, body : numpy.ndarray, optional
        The same for all bodies that a network predicts, and for the one that is the region to explain.
    """

    grid: Grid
    template: Bytes | None = None
    mask: Bytes | None = None
    prediction: Bytes | None = None
    body: Bytes | None = None

    @classmethod
    def from_prepared(cls, prepared: Prepared) -> BrainOutlines:
        """Return the outlines of a prepared scan on the original scan; meant for a background thread."""
        registration = prepared.registration
        matrix = None if registration is None else registration.matrix
        name = MNI152 if registration is None else registration.template
        return cls.from_transform(prepared.original, matrix, prepared.mask, name)

    @classmethod
    def from_transform(
        cls, scan: Scan, matrix: Points | None, mask: BrainMask | None = None, template: str = MNI152
    ) -> BrainOutlines:
        """Return the outlines on a scan; meant for a background thread.

        Parameters
        ----------
        scan
            The original scan.
        matrix
            4 by 4, from the scan's mm to the template's; None for no outline of the template.
        mask
            Brain mask on the scan's grid; None for no outline of it.
        template
            Name of the template.
        """
        brain = None
        if matrix is not None:
            from viewer.preparation.template import load_template

            reference = load_template(template)
            moved_grid = TemplateTransform(matrix).grid_to_image(reference.grid)
            coverage = resample(reference.brain_mask.astype(np.float32), moved_grid, scan.grid)
            brain = (coverage * FULL).astype(np.uint8)
        # Imported here, so that the first slice does not wait for it.
        import skimage.measure  # noqa: F401

        return cls(scan.grid, brain, None if mask is None else mask.data.astype(np.uint8) * np.uint8(FULL))

    def volume(self, kind: OutlineKind) -> Bytes | None:
        """Return the volume of one outline; None if there is none."""
        volume: Bytes | None = getattr(self, kind)
        return volume

    def slice_contours(self, kind: OutlineKind, axis: int, index: int) -> tuple[Points, ...]:
        """Return the outline in the slice ``index`` perpendicular to a voxel axis.

        Each line has shape (n, 3): voxel coordinates of its points, in order.
        """
        volume = self.volume(kind)
        if volume is None or not 0 <= index < volume.shape[axis]:
            return ()
        in_plane = [i for i in range(3) if i != axis]
        outlines = []
        for line in slice_outlines(np.take(volume, index, axis=axis)):
            points = np.full((len(line), 3), float(index))
            points[:, in_plane] = line
            outlines.append(points)
        return tuple(outlines)


def outlines_for_view(source: BrainOutlines | Prepared | None, view: View) -> BrainOutlines | None:
    """Return the outlines, or those of a prepared scan, if a view shows any of them."""
    if source is None or not (view.template_outline or view.mask_outline):
        return None
    return source if isinstance(source, BrainOutlines) else BrainOutlines.from_prepared(source)


def visible_kinds(view: View) -> tuple[OutlineKind, ...]:
    """Return the kinds of outlines that a view shows if available; those of a prediction always."""
    visible = {OutlineKind.TEMPLATE: view.template_outline, OutlineKind.MASK: view.mask_outline}
    return tuple(kind for kind in OutlineKind if visible.get(kind, True))


def slice_outlines(values: npt.NDArray[np.generic], level: float = LEVEL) -> list[Points]:
    """Return the contour lines of values at a level, each of shape (n, 2), in indices."""
    from skimage.measure import find_contours

    if min(values.shape) < 2:
        return []
    # Padded, so that an outline cut off by the edge is closed along it.
    padded = np.pad(np.asarray(values, dtype=np.float32), 1)
    if not (float(padded.max()) > level):
        return []
    lines = find_contours(padded, level)  # type: ignore[no-untyped-call]
    return [np.asarray(line) - 1.0 for line in lines]


def split_dashes(line: Points, dash_length: float) -> list[Points]:
    """Return every other part of length ``dash_length`` of a line of shape (n, m), in the line's own unit."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    distances = np.concatenate([[0.0], np.cumsum(steps)])
    length = float(distances[-1])
    dashes = []
    for start in np.arange(0.0, length, 2 * dash_length):
        stop = min(start + dash_length, length)
        within = (distances > start) & (distances < stop)
        positions = np.concatenate([[start], distances[within], [stop]])
        dashes.append(
            np.stack([np.interp(positions, distances, line[:, n]) for n in range(line.shape[1])], axis=1)
        )
    return dashes
