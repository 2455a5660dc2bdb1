"""An image file whose header has been read and checked, and whose voxels can be read now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scans.file_types import ImageFormat
from viewer.scans.grid import Shape
from viewer.scans.nifti_header import Affine


@dataclass(frozen=True, eq=False)
class ImageSource:
    """What an image file holds.

    Parameters
    ----------
    form
        The format it is stored in.
    shape
        Of one volume, in the file's own order of axes.
    volumes
        How many there are.
    dtype
        Of the stored numbers.
    affine
        From the file's voxel indices to mm.
    codes
        NIfTI's qform and sform codes that a copy should have; None where there is nothing to keep.
    notes
        One sentence for every repair.
    read
        Takes the number of a volume and answers its stored numbers, of ``shape``.
    slope, inter
        What the stored numbers are multiplied with, and what is added then.
    """

    format: ImageFormat
    shape: Shape
    volumes: int
    dtype: np.dtype[Any]
    affine: Affine
    codes: tuple[int, int] | None
    notes: tuple[str, ...]
    read: Callable[[int], npt.NDArray[Any]]
    slope: float = 1.0
    intercept: float = 0.0
