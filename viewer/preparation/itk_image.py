"""Conversion between arrays on grids and SimpleITK images and transforms.

ITK's world axes point left, posterior and superior (LPS+), those of this program right, anterior and superior
(RAS+).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.preparation.optional_packages import import_optional
from viewer.scans.grid import Grid

Matrix = npt.NDArray[np.float64]

FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])
"""From RAS+ to LPS+, and back."""


def import_simpleitk() -> Any:
    """Return SimpleITK; raise ViewerError if it is not installed."""
    return import_optional("SimpleITK", "registers scans")


def use_single_thread(method: Any) -> None:
    """Limit a SimpleITK method to one thread; with more, its sums differ in the last bits."""
    method.SetNumberOfThreads(1)
    method.SetNumberOfWorkUnits(1)


def to_itk_image(values: npt.NDArray[np.generic], grid: Grid) -> Any:
    """Return an array on a grid as a float32 SimpleITK image at the same position in LPS.

    The grid must not be sheared, as ITK images cannot be.
    """
    sitk = import_simpleitk()
    image = sitk.GetImageFromArray(np.ascontiguousarray(np.transpose(values), dtype=np.float32))
    affine = FLIP @ grid.affine
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    image.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    return image


def to_array(image: Any) -> npt.NDArray[np.float32]:
    """Return the voxels of an ITK image in the order (i, j, k)."""
    values = import_simpleitk().GetArrayViewFromImage(image)
    return np.ascontiguousarray(np.transpose(values), dtype=np.float32)


def ras_to_lps(matrix: Matrix) -> Matrix:
    """Convert a transform between points in RAS+ mm to one between points in LPS+ mm, or vice versa."""
    flipped: Matrix = FLIP @ matrix @ FLIP
    return flipped


def centred_matrix(matrix: Matrix, translation: Matrix, centre: Matrix) -> Matrix:
    """Return the 4 by 4 matrix of ITK's y = A (x − c) + c + t."""
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = translation + centre - matrix @ centre
    return affine
