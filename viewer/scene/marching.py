"""Marching cubes over the few bricks of a volume that a threshold cuts.

Lorensen and Cline, SIGGRAPH 1987. Bodies fill little of a map, and even less of it is their surface: what
is not cut is not read. Which triangles a cell has for each of the 256 cases is asked of VTK once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from viewer.scene.arrays import to_numpy, to_vtk
from viewer.scene.volume import BRICK, Volume

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_SIDE = BRICK + 1
_CELLS = BRICK**3
_PLACES = np.array(list(np.ndindex(BRICK, BRICK, BRICK)))
_IN_WINDOW = np.ravel_multi_index(tuple(_PLACES.T), (_SIDE,) * 3)
_WINDOW_STEPS = np.array([_SIDE * _SIDE, _SIDE, 1])


def marched(volume: Volume, threshold: float, sign: int) -> tuple[Floats, Floats, Ints]:
    """The surface on which the values times ``sign`` reach ``threshold``.

    Returns
    -------
    tuple
        Vertices in indices of ``volume.padded`` and their normals along the falling gradient, of any
        length, float32, shape (n, 3); triangles, shape (m, 3), wound as `vtkFlyingEdges3D` winds them over
        the same indices in reversed order. Vertices are shared between triangles.
    """
    bricks = np.argwhere(volume.cut(threshold, sign))
    flat = volume.padded.reshape(-1)
    steps = np.array([volume.padded.shape[1] * volume.padded.shape[2], volume.padded.shape[2], 1])
    bases = bricks @ steps * BRICK
    window = np.arange(_SIDE)
    offsets = (window[:, None, None] * steps[0] + window[:, None] * steps[1] + window).reshape(-1)
    # Beyond the last plane lies the first one of the next row, or nothing: both are the frame's zeros.
    values = flat.take(bases[:, None] + offsets, mode="clip")
    level = np.float32(threshold)
    inside = (values >= level if sign > 0 else values <= -level).reshape(-1, _SIDE, _SIDE, _SIDE)
    edges = _crossed(inside)
    vertices, normals = _vertices(flat, steps, bricks, bases, values, edges, sign * level, sign)
    return vertices, normals, _triangles(inside, bricks, edges)


def _crossed(inside: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """Per axis the voxels, counted through all bricks, whose edge along it enters or leaves a body."""
    own = np.ascontiguousarray(inside[:, :-1, :-1, :-1])
    ends = inside[:, 1:, :-1, :-1], inside[:, :-1, 1:, :-1], inside[:, :-1, :-1, 1:]
    i, j, k = (np.flatnonzero(own ^ end) for end in ends)
    return i, j, k


def _vertices(
    flat: Floats,
    steps: Ints,
    bricks: Ints,
    bases: Ints,
    values: Floats,
    edges: tuple[Ints, Ints, Ints],
    level: np.float32,
    sign: int,
) -> tuple[Floats, Floats]:
    """A vertex on every crossed edge, where the values between its ends reach the level."""
    axes = np.repeat(np.arange(3), [len(along) for along in edges])
    brick, place = np.divmod(np.concatenate(edges), _CELLS)
    at = brick * _SIDE**3 + _IN_WINDOW[place]
    seen = values.reshape(-1)
    start = seen[at]
    share = (level - start) / (seen[at + _WINDOW_STEPS[axes]] - start)
    corner = bricks[brick] * BRICK + _PLACES[place]
    vertices = corner.astype(np.float32)
    vertices[np.arange(len(axes)), axes] += share
    # Central differences at both ends. What lies beyond the frame is wrapped around to zeros of the frame.
    first = corner @ steps
    ends = np.stack([first, first + steps[axes]])
    before, behind = (flat.take(ends + step * steps[:, None, None], mode="wrap") for step in (-1, 1))
    slopes = before - behind
    normals = slopes[:, 0] + (slopes[:, 1] - slopes[:, 0]) * share
    return vertices, np.ascontiguousarray(normals.T if sign > 0 else -normals.T)


def _triangles(inside: npt.NDArray[np.bool_], bricks: Ints, edges: tuple[Ints, Ints, Ints]) -> Ints:
    """Every cut cell's triangles, by the numbers of the edges' vertices."""
    bits = inside.view(np.uint8)
    pairs = bits[..., :-1] + 2 * bits[..., 1:]
    fours = pairs[:, :, :-1] + 4 * pairs[:, :, 1:]
    case = (fours[:, :-1] + 16 * fours[:, 1:]).reshape(-1)
    cells = np.flatnonzero(case + np.uint8(1) > 1)
    first, count, corners = _cases()
    case = case[cells]
    count = count[case]
    brick, place = np.divmod(cells, _CELLS)
    where = 3 * _SIDE**3 * brick + _IN_WINDOW[place]
    # Which triangle of the table: those of a cell one after the other.
    taken = np.repeat(first[case] - np.cumsum(count) + count, count)
    taken += np.arange(len(taken))
    found = _numbered(bricks, edges).take(np.repeat(where, count)[:, None] + corners[taken])
    return np.asarray(found, dtype=np.int64)


def _numbered(bricks: Ints, edges: tuple[Ints, Ints, Ints]) -> npt.NDArray[np.int32]:
    """The vertices on the edges of every brick and of its far sides, shape (n, 3, 9, 9, 9)."""
    found = np.empty((len(bricks), 3, _SIDE, _SIDE, _SIDE), dtype=np.int32)
    flat = found.reshape(-1)
    begin = 0
    for axis, along in enumerate(edges):
        brick, place = np.divmod(along, _CELLS)
        flat[(3 * brick + axis) * _SIDE**3 + _IN_WINDOW[place]] = np.arange(begin, begin + len(along))
        begin += len(along)
    order = np.zeros(bricks.max(axis=0, initial=0) + 2, dtype=np.int64)
    order[tuple(bricks.T)] = np.arange(len(bricks))
    # The far sides are the near ones of the next bricks; one axis after the other brings edges and corners.
    i, j, k = bricks.T
    found[..., :-1, :-1, -1] = found[order[i, j, k + 1], :, :-1, :-1, 0]
    found[..., :-1, -1, :] = found[order[i, j + 1, k], :, :-1, 0, :]
    found[..., -1, :, :] = found[order[i + 1, j, k], :, 0, :, :]
    return found


@lru_cache(maxsize=1)
def _cases() -> tuple[Ints, Ints, Ints]:
    """Where the triangles of each of 256 cases begin and how many there are; where their corners lie, (n, 3).

    Bit 4 i + 2 j + k of a case says whether the corner (i, j, k) of the cell is inside. The edge on which
    a triangle's corner lies is counted as `_numbered` lays edges out, from the cell's first corner.
    """
    inside = (np.arange(256)[:, None] >> np.arange(8) & 1).reshape(256, 2, 2, 2)
    # All cases in one row of cells, every other of which is between two cases and left out again.
    row = np.ascontiguousarray(np.moveaxis(inside, 0, 2).reshape(2, 2, 512), dtype=np.float32)
    image = vtkImageData()
    image.SetDimensions(512, 2, 2)
    image.GetPointData().SetScalars(to_vtk(row.reshape(-1)))
    cutter = vtkFlyingEdges3D()
    cutter.SetInputData(image)
    cutter.SetValue(0, 0.5)
    cutter.ComputeNormalsOff()
    cutter.ComputeScalarsOff()
    cutter.Update()
    found = cutter.GetOutput()
    points = to_numpy(found.GetPoints().GetData())[:, ::-1]
    corners = points[to_numpy(found.GetPolys().GetConnectivityArray()).reshape(-1, 3)]
    cell = np.floor(corners[:, :, 2].mean(axis=1)).astype(int)
    corners, case = corners[cell % 2 == 0], cell[cell % 2 == 0] // 2
    corners[:, :, 2] -= 2 * case[:, None]
    axis = np.abs(corners - np.round(corners)).argmax(axis=2)
    edge = axis * _SIDE**3 + np.floor(corners).astype(int) @ _WINDOW_STEPS
    count = np.bincount(case, minlength=256)
    return np.cumsum(count) - count, count, edge[np.argsort(case, kind="stable")]
