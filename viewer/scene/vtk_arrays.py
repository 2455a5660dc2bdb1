"""Arrays handed to VTK and taken back."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
from vtkmodules.util import numpy_support
from vtkmodules.vtkCommonDataModel import vtkImageData

Array = npt.NDArray[Any]


def to_vtk(values: Array) -> Any:
    """A VTK array over the same memory, which it keeps alive; rows are tuples."""
    return cast(Any, numpy_support).numpy_to_vtk(np.ascontiguousarray(values))


def to_numpy(array: Any) -> Array:
    """A VTK array's own memory."""
    return np.asarray(cast(Any, numpy_support).vtk_to_numpy(array))


def to_vtk_ids(values: npt.NDArray[np.int64]) -> Any:
    """Point numbers as VTK has them, over the same memory."""
    return cast(Any, numpy_support).numpy_to_vtkIdTypeArray(values)


def to_vtk_image(texels: npt.NDArray[np.uint16]) -> vtkImageData:
    """A picture of shape (rows, columns, 4) as VTK's image; its rows run along the picture's second axis.

    Four channels of 16 bits reach the texture as they are; with one or two VTK would first turn them
    into colours of 8 bits.
    """
    rows, columns, channels = texels.shape
    found = vtkImageData()
    found.SetDimensions(columns, rows, 1)
    found.GetPointData().SetScalars(to_vtk(texels.reshape(rows * columns, channels)))
    return found
