"""Conversion between NumPy arrays and VTK arrays."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
from vtkmodules.util import numpy_support
from vtkmodules.vtkCommonDataModel import vtkImageData

Array = npt.NDArray[Any]


def to_vtk(values: Array) -> Any:
    """Return a VTK array that shares the memory and keeps it alive; rows are tuples."""
    return cast(Any, numpy_support).numpy_to_vtk(np.ascontiguousarray(values))


def to_numpy(array: Any) -> Array:
    """Return a view of a VTK array's memory."""
    return np.asarray(cast(Any, numpy_support).vtk_to_numpy(array))


def to_vtk_ids(values: npt.NDArray[np.int64]) -> Any:
    """Return a vtkIdTypeArray of point indices that shares the memory."""
    return cast(Any, numpy_support).numpy_to_vtkIdTypeArray(values)


def to_vtk_image(texels: npt.NDArray[np.uint16]) -> vtkImageData:
    """Return a picture of shape (rows, columns, 4) as vtkImageData; rows run along its second axis.

    Four 16-bit channels are passed to the texture unchanged; one or two would first be converted to 8-bit
    colours by VTK.
    """
    rows, columns, channels = texels.shape
    image = vtkImageData()
    image.SetDimensions(columns, rows, 1)
    image.GetPointData().SetScalars(to_vtk(texels.reshape(rows * columns, channels)))
    return image
