"""Images aligned to another image of the same person: only the grid changes, not the voxel values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from viewer.scans.foreground import foreground_mask
from viewer.scans.grid import Grid
from viewer.scans.orientation import canonical_grid
from viewer.scans.resample import resample
from viewer.scans.scan import Scan

Matrix = npt.NDArray[np.float64]


COARSE_MM = 4.0
"""Voxel size in mm at which the overlap of two heads is measured."""


def head_overlap(first: Scan, other: Scan) -> float:
    """Return the overlap of the heads in two images: its volume over that of the smaller head, 0 to 1.

    The heads are placed by the affines of their images and compared within both fields of view only. A head
    rotated by 10° and shifted by 14 mm overlaps itself by 0.87; a skull-stripped brain overlaps its own head
    by 1.
    """
    thin_first, thin_other = map(_subsample, (first, other))
    head = foreground_mask(thin_first.data)
    covered = (
        resample(np.ones(thin_other.grid.shape, dtype=np.float32), thin_other.grid, thin_first.grid) > 0.5
    )
    other_head = (
        resample(foreground_mask(thin_other.data).astype(np.float32), thin_other.grid, thin_first.grid) > 0.5
    )
    smaller_count = min(np.count_nonzero(head & covered), np.count_nonzero(other_head))
    return np.count_nonzero(head & other_head) / smaller_count if smaller_count else 0.0


def _subsample(image: Scan) -> Scan:
    """Return an image subsampled to a voxel spacing of about `COARSE_MM`."""
    steps = np.maximum(np.round(COARSE_MM / image.grid.spacing), 1).astype(int)
    data = image.data[:: steps[0], :: steps[1], :: steps[2]]
    return Scan(data, Grid(data.shape, image.grid.affine @ np.diag([*steps.astype(float), 1.0])), image.name)


def original_image(image: Scan) -> Scan:
    """Return an image on the grid in its file; the same object if it was not moved."""
    grid = canonical_grid(image.stored)
    moved = grid.shape == image.grid.shape and not np.array_equal(grid.affine, image.grid.affine)
    return replace(image, grid=grid) if moved else image


def alignment_matrix(image: Scan) -> Matrix | None:
    """Return the 4 by 4 matrix from the mm of an image's file to its aligned mm; None if it was not moved."""
    original = original_image(image)
    if original is image:
        return None
    return np.asarray(image.grid.affine @ np.linalg.inv(original.grid.affine))


def replace_affine(image: Scan, affine: Matrix) -> Scan:
    """Return an image with another affine, 4 by 4."""
    return replace(image, grid=Grid(image.grid.shape, affine))
