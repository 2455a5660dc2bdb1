"""Bodies from values: the surface on which a volume reaches a threshold, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from viewer.scene.arrays import to_numpy, to_vtk
from viewer.scene.marching import marched
from viewer.scene.volume import BRICK, Volume

Floats = npt.NDArray[np.float32]

_FEW = 0.09
_SMALLEST, _LARGEST = 1e-12, 1e12
"""Thresholds from which on, and values up to which, gradients are taken in the map's own units."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles in world space.

    ``vertices`` in mm and unit ``normals`` pointing out of the body, float32, shape (n, 3); ``triangles``
    of vertex numbers, counter-clockwise seen from outside, int64, shape (m, 3).
    """

    vertices: Floats
    normals: Floats
    triangles: npt.NDArray[np.int64]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not len(self.triangles)


def nothing() -> Surface:
    """A surface without triangles."""
    points = np.zeros((0, 3), dtype=np.float32)
    return Surface(points, points, np.zeros((0, 3), dtype=np.int64))


def surface(volume: Volume, threshold: float, sign: int = 1) -> Surface:
    """The surface of the bodies in which the values times ``sign`` reach ``threshold``.

    Flying edges (Schroeder et al., LDAV 2015) in voxel indices over the one box that holds them all, or
    marching cubes over the bricks that are cut where those are few: the same triangles. The vertices then
    go through the affine, and the gradients through its inverse transpose, which keeps them perpendicular
    to sheared surfaces and pointing outwards on flipped grids.

    Parameters
    ----------
    volume
        The framed values.
    threshold
        Positive, in the map's units.
    sign
        1 for the bodies of positive values, -1 for those of negative ones.
    """
    if not np.isfinite(threshold) or threshold <= 0:
        return nothing()
    volume, threshold = _in_range(volume, threshold)
    spans = volume.span(threshold, sign)
    if spans is None:
        return nothing()
    if _few(volume, threshold, sign, spans):
        return _placed(*marched(volume, threshold, sign), np.zeros(3), volume.affine)
    crop = np.ascontiguousarray(volume.padded[spans] if sign > 0 else -volume.padded[spans])
    start = np.array([span.start for span in spans], dtype=np.float64)
    vertices, normals, triangles = _cut(crop, threshold)
    return _placed(vertices[:, ::-1], normals[:, ::-1], triangles, start, volume.affine)


def _in_range(volume: Volume, threshold: float) -> tuple[Volume, float]:
    """Return values whose gradients can be squared in 32 bits, and their threshold: mostly those given.

    Others are multiplied by a power of two, which changes no digit, and cut to what is far beyond the
    threshold.
    """
    highest = max(float(volume.highest.max()), -float(volume.lowest.min()))
    if threshold >= _SMALLEST and highest <= _LARGEST:
        return volume, threshold
    exponent = -int(np.floor(np.log2(threshold)))
    scaled = np.ldexp(volume.padded.astype(np.float64), exponent)
    padded = np.clip(scaled, -_LARGEST, _LARGEST).astype(np.float32)
    return Volume.framed(padded, volume.grid), float(np.float32(np.ldexp(threshold, exponent)))


def _few(volume: Volume, threshold: float, sign: int, spans: tuple[slice, slice, slice]) -> bool:
    """Whether so little of the span is cut that reading it whole would take longer."""
    read = np.count_nonzero(volume.cut(threshold, sign)) * BRICK**3
    return bool(read < _FEW * np.prod([span.stop - span.start for span in spans]))


def _cut(crop: Floats, threshold: float) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Vertices and normals in the crop's indices, and triangles, as VTK has them: last axis first."""
    image = vtkImageData()
    image.SetDimensions(crop.shape[2], crop.shape[1], crop.shape[0])
    image.GetPointData().SetScalars(to_vtk(crop.reshape(-1)))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, threshold)
    edges.ComputeNormalsOn()
    edges.ComputeScalarsOff()
    edges.Update()
    found = edges.GetOutput()
    if not found.GetNumberOfPolys():
        empty = nothing()
        return empty.vertices, empty.normals, empty.triangles
    vertices = to_numpy(found.GetPoints().GetData())
    normals = to_numpy(found.GetPointData().GetNormals())
    triangles = to_numpy(found.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return vertices, normals, triangles


def _placed(
    vertices: Floats,
    normals: Floats,
    triangles: npt.NDArray[np.int64],
    start: npt.NDArray[np.float64],
    affine: npt.NDArray[np.float64],
) -> Surface:
    """Take a surface from crop indices to mm; its triangles are wound for the indices in reversed order."""
    matrix = affine[:3, :3]
    offset = matrix @ start + affine[:3, 3]
    points = vertices @ matrix.T.astype(np.float32) + offset.astype(np.float32)
    outward = normals @ np.linalg.inv(matrix).astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", outward, outward))
    outward /= np.maximum(length, np.float32(1e-20))[:, None]
    turned = np.linalg.det(matrix[:, ::-1]) < 0
    corners = triangles[:, ::-1] if turned else triangles
    return Surface(points, outward, np.ascontiguousarray(corners, dtype=np.int64))
