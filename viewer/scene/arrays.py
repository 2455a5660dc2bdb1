"""Numpy arrays handed to VTK."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData

from viewer.scene.surface import Surface


def image(texels: npt.NDArray[np.uint16]) -> vtkImageData:
    """A picture of shape (rows, columns, 4) as VTK's image; its rows run along the picture's second axis.

    Four channels of 16 bits reach the texture as they are; with one or two VTK would first turn them
    into colours of 8 bits.
    """
    rows, columns, channels = texels.shape
    found = vtkImageData()
    found.SetDimensions(columns, rows, 1)
    found.GetPointData().SetScalars(numpy_to_vtk(texels.reshape(rows * columns, channels)))
    return found


def mesh(surface: Surface) -> vtkPolyData:
    """A surface as VTK's triangles with normals; the arrays are shared, not copied."""
    points = vtkPoints()
    points.SetData(numpy_to_vtk(surface.vertices))
    cells = vtkCellArray()
    cells.SetData(3, numpy_to_vtkIdTypeArray(surface.triangles.reshape(-1)))
    found = vtkPolyData()
    found.SetPoints(points)
    found.SetPolys(cells)
    normals = numpy_to_vtk(surface.normals)
    normals.SetName("Normals")
    found.GetPointData().SetNormals(normals)
    return found
