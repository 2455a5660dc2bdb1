"""Isosurfaces of a map: VTK flying edges, or marching cubes over few active bricks.

Both give the same triangles (marching cubes: Lorensen and Cline, SIGGRAPH 1987). The surfaces cross few
bricks of a map, so only those are read. The triangles of the 256 cell cases are computed by VTK once.
`ambient_occlusion` computes how much light reaches the vertices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from viewer.scene.bricked_volume import BRICK, BrickedVolume
from viewer.scene.vtk_arrays import to_numpy, to_vtk

Floats = npt.NDArray[np.float32]

_SPARSE_SHARE = 0.09
_MIN, _MAX = 1e-12, 1e12
"""Smallest threshold and largest |value| for which gradients are computed in the map's own units."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangle mesh in world space.

    ``vertices`` in mm and outward unit ``normals``, float32, shape (n, 3); ``triangles`` as vertex indices,
    counter-clockwise seen from outside, int64, shape (m, 3).
    """

    vertices: Floats
    normals: Floats
    triangles: npt.NDArray[np.int64]

    @property
    def is_empty(self) -> bool:
        """Whether the surface has no triangles."""
        return not len(self.triangles)


def empty_surface() -> Surface:
    """Return a surface without triangles."""
    points = np.zeros((0, 3), dtype=np.float32)
    return Surface(points, points, np.zeros((0, 3), dtype=np.int64))


def isosurface(volume: BrickedVolume, threshold: float, sign: int = 1) -> Surface:
    """Extract the surface of the region in which the values times ``sign`` reach ``threshold``.

    Uses flying edges (Schroeder et al., LDAV 2015) on the region's bounding box, in voxel indices, or
    marching cubes on the active bricks if these are few; the triangles are the same. The vertices are then
    transformed by the affine, and the gradients by its inverse transpose, which keeps them perpendicular to
    sheared surfaces and pointing outwards on flipped grids.

    Parameters
    ----------
    volume
        The padded values.
    threshold
        Positive, in the map's units.
    sign
        1 for surfaces of positive values, -1 for those of negative ones.
    """
    if not np.isfinite(threshold) or threshold <= 0:
        return empty_surface()
    volume, threshold = _scale_to_float_range(volume, threshold)
    bounds = volume.bounding_slices(threshold, sign)
    if bounds is None:
        return empty_surface()
    if _is_sparse(volume, threshold, sign, bounds):
        return _to_world(*march_bricks(volume, threshold, sign), np.zeros(3), volume.affine)
    crop = np.ascontiguousarray(volume.padded[bounds] if sign > 0 else -volume.padded[bounds])
    start = np.array([span.start for span in bounds], dtype=np.float64)
    vertices, normals, triangles = _flying_edges(crop, threshold)
    return _to_world(vertices[:, ::-1], normals[:, ::-1], triangles, start, volume.affine)


def _scale_to_float_range(volume: BrickedVolume, threshold: float) -> tuple[BrickedVolume, float]:
    """Scale values and threshold so that squared gradients fit float32; most are returned unchanged.

    Others are multiplied by a power of two, which is exact, and clipped far beyond the threshold.
    """
    largest = max(float(volume.brick_maxima.max()), -float(volume.brick_minima.min()))
    if threshold >= _MIN and largest <= _MAX:
        return volume, threshold
    exponent = -int(np.floor(np.log2(threshold)))
    scaled = np.ldexp(volume.padded.astype(np.float64), exponent)
    padded = np.clip(scaled, -_MAX, _MAX).astype(np.float32)
    return BrickedVolume.from_padded(padded, volume.grid), float(np.float32(np.ldexp(threshold, exponent)))


def _is_sparse(
    volume: BrickedVolume, threshold: float, sign: int, bounds: tuple[slice, slice, slice]
) -> bool:
    """Return whether so few bricks are active that extraction by brick is faster."""
    voxels_read = np.count_nonzero(volume.active_bricks(threshold, sign)) * BRICK**3
    return bool(voxels_read < _SPARSE_SHARE * np.prod([span.stop - span.start for span in bounds]))


def _flying_edges(crop: Floats, threshold: float) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Return vertices and normals in crop indices, last axis first as in VTK, and triangles."""
    image = vtkImageData()
    image.SetDimensions(crop.shape[2], crop.shape[1], crop.shape[0])
    image.GetPointData().SetScalars(to_vtk(crop.reshape(-1)))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, threshold)
    edges.ComputeNormalsOn()
    edges.ComputeScalarsOff()
    edges.Update()
    polydata = edges.GetOutput()
    if not polydata.GetNumberOfPolys():
        empty = empty_surface()
        return empty.vertices, empty.normals, empty.triangles
    vertices = to_numpy(polydata.GetPoints().GetData())
    normals = to_numpy(polydata.GetPointData().GetNormals())
    triangles = to_numpy(polydata.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return vertices, normals, triangles


def _to_world(
    vertices: Floats,
    normals: Floats,
    triangles: npt.NDArray[np.int64],
    start: npt.NDArray[np.float64],
    affine: npt.NDArray[np.float64],
) -> Surface:
    """Transform a surface from crop indices to mm; its triangles are wound for reversed index order."""
    matrix = affine[:3, :3]
    offset = matrix @ start + affine[:3, 3]
    points = vertices @ matrix.T.astype(np.float32) + offset.astype(np.float32)
    directions = normals @ np.linalg.inv(matrix).astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", directions, directions))
    directions /= np.maximum(lengths, np.float32(1e-20))[:, None]
    mirrored = np.linalg.det(matrix[:, ::-1]) < 0
    corners = triangles[:, ::-1] if mirrored else triangles
    return Surface(points, directions, np.ascontiguousarray(corners, dtype=np.int64))


Ints = npt.NDArray[np.int64]

_SIDE = BRICK + 1
_CELLS = BRICK**3
_PLACES = np.array(list(np.ndindex(BRICK, BRICK, BRICK)))
_IN_WINDOW = np.ravel_multi_index(tuple(_PLACES.T), (_SIDE,) * 3)
_WINDOW_STEPS = np.array([_SIDE * _SIDE, _SIDE, 1])


def march_bricks(volume: BrickedVolume, threshold: float, sign: int) -> tuple[Floats, Floats, Ints]:
    """Extract the surface on which the values times ``sign`` reach ``threshold``.

    Returns
    -------
    tuple
        Vertices in indices of ``volume.padded`` and their normals along the negative gradient, not
        normalized, float32, shape (n, 3); triangles, shape (m, 3), with the winding of `vtkFlyingEdges3D`
        for the same indices in reversed order. Vertices are shared between triangles.
    """
    bricks = np.argwhere(volume.active_bricks(threshold, sign))
    flat = volume.padded.reshape(-1)
    strides = np.array([volume.padded.shape[1] * volume.padded.shape[2], volume.padded.shape[2], 1])
    first_indices = bricks @ strides * BRICK
    window = np.arange(_SIDE)
    offsets = (window[:, None, None] * strides[0] + window[:, None] * strides[1] + window).reshape(-1)
    # Indices beyond the last plane reach the next row, or are clipped: both are zeros of the padding.
    values = flat.take(first_indices[:, None] + offsets, mode="clip")
    level = np.float32(threshold)
    inside = (values >= level if sign > 0 else values <= -level).reshape(-1, _SIDE, _SIDE, _SIDE)
    edges = _crossed_edges(inside)
    vertices, normals = _interpolate_vertices(
        flat, strides, bricks, first_indices, values, edges, sign * level, sign
    )
    return vertices, normals, _look_up_triangles(inside, bricks, edges)


def _crossed_edges(inside: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """Return, per axis, the flat indices of voxels whose edge along that axis crosses the surface."""
    near = np.ascontiguousarray(inside[:, :-1, :-1, :-1])
    ends = inside[:, 1:, :-1, :-1], inside[:, :-1, 1:, :-1], inside[:, :-1, :-1, 1:]
    i, j, k = (np.flatnonzero(near ^ end) for end in ends)
    return i, j, k


def _interpolate_vertices(
    flat: Floats,
    strides: Ints,
    bricks: Ints,
    first_indices: Ints,
    brick_values: Floats,
    edges: tuple[Ints, Ints, Ints],
    level: np.float32,
    sign: int,
) -> tuple[Floats, Floats]:
    """Interpolate a vertex on every crossed edge, where the values reach the level."""
    axes = np.repeat(np.arange(3), [len(crossed) for crossed in edges])
    brick, cell = np.divmod(np.concatenate(edges), _CELLS)
    indices = brick * _SIDE**3 + _IN_WINDOW[cell]
    flat_values = brick_values.reshape(-1)
    start = flat_values[indices]
    fraction = (level - start) / (flat_values[indices + _WINDOW_STEPS[axes]] - start)
    corner = bricks[brick] * BRICK + _PLACES[cell]
    vertices = corner.astype(np.float32)
    vertices[np.arange(len(axes)), axes] += fraction
    # Central differences at both ends. Indices beyond the padding wrap around to zeros of the padding.
    flat_corner = corner @ strides
    ends = np.stack([flat_corner, flat_corner + strides[axes]])
    previous, following = (
        flat.take(ends + direction * strides[:, None, None], mode="wrap") for direction in (-1, 1)
    )
    slopes = previous - following
    normals = slopes[:, 0] + (slopes[:, 1] - slopes[:, 0]) * fraction
    return vertices, np.ascontiguousarray(normals.T if sign > 0 else -normals.T)


def _look_up_triangles(inside: npt.NDArray[np.bool_], bricks: Ints, edges: tuple[Ints, Ints, Ints]) -> Ints:
    """Look up the triangles of every crossed cell, as vertex indices."""
    bits = inside.view(np.uint8)
    pairs = bits[..., :-1] + 2 * bits[..., 1:]
    fours = pairs[:, :, :-1] + 4 * pairs[:, :, 1:]
    cases = (fours[:, :-1] + 16 * fours[:, 1:]).reshape(-1)
    cells = np.flatnonzero(cases + np.uint8(1) > 1)
    first, count, corners = _case_table()
    cases = cases[cells]
    count = count[cases]
    brick, cell = np.divmod(cells, _CELLS)
    first_edge = 3 * _SIDE**3 * brick + _IN_WINDOW[cell]
    # Index into the table: the triangles of a cell one after the other.
    table_rows = np.repeat(first[cases] - np.cumsum(count) + count, count)
    table_rows += np.arange(len(table_rows))
    triangles = _number_vertices(bricks, edges).take(
        np.repeat(first_edge, count)[:, None] + corners[table_rows]
    )
    return np.asarray(triangles, dtype=np.int64)


def _number_vertices(bricks: Ints, edges: tuple[Ints, Ints, Ints]) -> npt.NDArray[np.int32]:
    """Return the vertex indices on the edges of every brick and its far sides, shape (n, 3, 9, 9, 9)."""
    numbers = np.empty((len(bricks), 3, _SIDE, _SIDE, _SIDE), dtype=np.int32)
    flat = numbers.reshape(-1)
    start = 0
    for axis, crossed in enumerate(edges):
        brick, cell = np.divmod(crossed, _CELLS)
        flat[(3 * brick + axis) * _SIDE**3 + _IN_WINDOW[cell]] = np.arange(start, start + len(crossed))
        start += len(crossed)
    order = np.zeros(bricks.max(axis=0, initial=0) + 2, dtype=np.int64)
    order[tuple(bricks.T)] = np.arange(len(bricks))
    # The far sides are the near ones of the next bricks; axis by axis also covers edges and corners.
    i, j, k = bricks.T
    numbers[..., :-1, :-1, -1] = numbers[order[i, j, k + 1], :, :-1, :-1, 0]
    numbers[..., :-1, -1, :] = numbers[order[i, j + 1, k], :, :-1, 0, :]
    numbers[..., -1, :, :] = numbers[order[i + 1, j, k], :, 0, :, :]
    return numbers


@lru_cache(maxsize=1)
def _case_table() -> tuple[Ints, Ints, Ints]:
    """Compute the first triangle, the count and the edges (n, 3) of each of the 256 cell cases.

    Bit 4 i + 2 j + k of a case is set if the corner (i, j, k) of the cell is inside. Edges are numbered
    relative to the cell's first corner, in the layout of `_number_vertices`.
    """
    corner_bits = (np.arange(256)[:, None] >> np.arange(8) & 1).reshape(256, 2, 2, 2)
    # All cases in one row of cells; every other cell lies between two cases and is dropped.
    row = np.ascontiguousarray(np.moveaxis(corner_bits, 0, 2).reshape(2, 2, 512), dtype=np.float32)
    image = vtkImageData()
    image.SetDimensions(512, 2, 2)
    image.GetPointData().SetScalars(to_vtk(row.reshape(-1)))
    cutter = vtkFlyingEdges3D()
    cutter.SetInputData(image)
    cutter.SetValue(0, 0.5)
    cutter.ComputeNormalsOff()
    cutter.ComputeScalarsOff()
    cutter.Update()
    polydata = cutter.GetOutput()
    points = to_numpy(polydata.GetPoints().GetData())[:, ::-1]
    corners = points[to_numpy(polydata.GetPolys().GetConnectivityArray()).reshape(-1, 3)]
    cell = np.floor(corners[:, :, 2].mean(axis=1)).astype(int)
    corners, case = corners[cell % 2 == 0], cell[cell % 2 == 0] // 2
    corners[:, :, 2] -= 2 * case[:, None]
    axis = np.abs(corners - np.round(corners)).argmax(axis=2)
    edge = axis * _SIDE**3 + np.floor(corners).astype(int) @ _WINDOW_STEPS
    count = np.bincount(case, minlength=256)
    return np.cumsum(count) - count, count, edge[np.argsort(case, kind="stable")]


REACH_MM = 4.0
WIDTH_MM = 11.0
FLAT = 0.5 - REACH_MM / WIDTH_MM


def ambient_occlusion(surface: Surface, volume: BrickedVolume, threshold: float, sign: int) -> Floats:
    """Compute the fraction of light that reaches every vertex, 0.4 (deep in a fold) to 1, shape (n,).

    Ambient occlusion is approximated by the filled fraction of a cube around a point slightly above the
    surface: small above flat or convex surfaces, large in folds.
    """
    from scipy import ndimage

    bounds = volume.bounding_slices(threshold, sign)
    if bounds is None or surface.is_empty:
        return np.ones(len(surface.vertices), dtype=np.float32)
    solid = (volume.padded[bounds] * np.float32(sign) >= threshold).astype(np.float32)
    size = np.maximum(np.round(WIDTH_MM / volume.grid.spacing), 1).astype(int)
    density = ndimage.uniform_filter(solid, size, mode="constant")
    sample_points = surface.vertices + np.float32(REACH_MM) * surface.normals
    to_voxel = np.linalg.inv(volume.affine)
    start = np.array([span.start for span in bounds])
    positions = sample_points @ to_voxel[:3, :3].T.astype(np.float32) + (to_voxel[:3, 3] - start).astype(
        np.float32
    )
    sampled = ndimage.map_coordinates(density, positions.T, order=1, mode="constant")
    return np.asarray(1.0 - 0.6 * np.clip((sampled - FLAT) / 0.55, 0.0, 1.0), dtype=np.float32)
