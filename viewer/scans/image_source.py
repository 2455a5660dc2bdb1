"""Image file with a checked header, whose voxels can be read on demand."""

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
    """Header of an image file, and a function that reads its volumes.

    Parameters
    ----------
    format
        The file format.
    shape
        Shape of one volume, in the axis order of the file.
    volume_count
        Number of volumes.
    dtype
        Data type of the stored values.
    affine
        From the file's voxel indices to mm.
    xform_codes
        NIfTI's qform and sform codes, to be written into copies; None if the file has none.
    notes
        One sentence per repair.
    read_volume
        Function that returns the stored values of a volume, given its index from 0, with shape ``shape``.
    slope, intercept
        Scaling of the stored values: value · slope + intercept.
    """

    format: ImageFormat
    shape: Shape
    volume_count: int
    dtype: np.dtype[Any]
    affine: Affine
    xform_codes: tuple[int, int] | None
    notes: tuple[str, ...]
    read_volume: Callable[[int], npt.NDArray[Any]]
    slope: float = 1.0
    intercept: float = 0.0
