"""Meshes read back by VTK's own readers: closed, outward, as large as the body and where it is."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from viewer.errors import ViewerError
from viewer.scans.cluster_table import cluster_table
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.mesh import encode_glb, encode_obj, encode_stl, map_surfaces, save_mesh
from viewer.session.view import Sign, View

WARM = ((-24.0, 12.0, 9.0), 1.0, 14.0)
COLD = ((25.0, -14.0, -6.0), -1.0, 12.0)
CUT = View(threshold=Threshold(ThresholdKind.VALUE, 0.5))


def enclosed(vertices: np.ndarray, triangles: np.ndarray) -> tuple[float, np.ndarray]:
    """Volume and centroid by the divergence theorem; negative where triangles face inwards."""
    a, b, c = (vertices[triangles[:, n]].astype(np.float64) for n in range(3))
    parts = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    return float(parts.sum()), ((a + b + c) / 4 * parts[:, None]).sum(axis=0) / parts.sum()


def test_as_large_as_the_body_and_where_it_is(grid: Grid, blobs) -> None:
    shown = blobs(grid, WARM, COLD)
    found = {body.name: body.surface for body in map_surfaces(shown, CUT)}
    assert set(found) == {"positive", "negative"}
    rows = {row.cluster.sign: row.cluster for row in cluster_table(shown.data, shown.grid, 0.5)}
    for name, sign, (place, _, width) in (("positive", 1, WARM), ("negative", -1, COLD)):
        volume, centre = enclosed(found[name].vertices, found[name].triangles)
        radius = width * np.sqrt(2 * np.log(2))
        # Between two voxels the values are taken for a straight line: an error of second order.
        straight = 0.65 * float(np.mean(grid.spacing**2)) / radius**2
        assert volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=straight)
        np.testing.assert_allclose(centre, place, atol=0.15)
        # Voxels are counted whole, the surface goes between them: some per cent at 3 to 5 mm.
        assert volume == pytest.approx(rows[sign].volume, rel=0.1)
        np.testing.assert_allclose(centre, rows[sign].centre_mm, atol=0.6)
        edges = np.sort(found[name].triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        assert set(np.unique(edges, axis=0, return_counts=True)[1]) == {2}, "not closed"


def read(path: Path, reader: object) -> tuple[np.ndarray, np.ndarray]:
    reader.SetFileName(str(path))
    reader.Update()
    mesh = reader.GetOutput()
    return vtk_to_numpy(mesh.GetPoints().GetData()), vtk_to_numpy(
        mesh.GetPolys().GetConnectivityArray()
    ).reshape(-1, 3)


@pytest.mark.parametrize("name", ["LAS", "sheared"])
def test_vtk_reads_stl_and_obj_as_they_were(grids, blobs, tmp_path: Path, name: str) -> None:
    from vtkmodules.vtkIOGeometry import vtkOBJReader, vtkSTLReader

    parts = map_surfaces(blobs(grids[name], WARM, COLD), CUT)
    volume = sum(enclosed(part.surface.vertices, part.surface.triangles)[0] for part in parts)
    for ending, reader in ((".stl", vtkSTLReader()), (".obj", vtkOBJReader())):
        path = save_mesh(tmp_path / f"bodies{ending}", parts, {"Title": "two\nblobs"})
        assert enclosed(*read(path, reader))[0] == pytest.approx(volume, rel=1e-4)
    text = (tmp_path / "bodies.obj").read_text()
    assert [line for line in text.splitlines() if line.startswith("o ")] == ["o positive", "o negative"]
    assert "# Title: two blobs" in text


def test_vtk_reads_glb_in_metres_with_y_up(grids, blobs, tmp_path: Path) -> None:
    from vtkmodules.vtkIOGeometry import vtkGLTFReader

    parts = map_surfaces(blobs(grids["oblique"], WARM), CUT)
    reader = vtkGLTFReader()
    reader.SetFileName(str(save_mesh(tmp_path / "bodies.glb", parts, {})))
    reader.Update()
    found = reader.GetOutput()
    while not found.IsA("vtkPolyData"):
        found = found.GetBlock(0)
    points = vtk_to_numpy(found.GetPoints().GetData())
    triangles = vtk_to_numpy(found.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    volume, (x, y, z) = enclosed(points, triangles)
    right, anterior, superior = WARM[0]
    np.testing.assert_allclose((x, y, z), np.array([-right, superior, anterior]) / 1000, atol=2e-4)
    assert volume * 1e9 == pytest.approx(
        enclosed(parts[0].surface.vertices, parts[0].surface.triangles)[0], rel=1e-4
    )


def test_glb_is_laid_out_as_it_says(grids, blobs) -> None:
    data = encode_glb(map_surfaces(blobs(grids["RAS"], WARM, COLD), CUT), {"Software": "me"})
    magic, version, length, told_length, told_kind = struct.unpack("<IIIII", data[:20])
    assert (magic, version, length, told_kind) == (0x46546C67, 2, len(data), 0x4E4F534A)
    assert told_length % 4 == 0
    scene = json.loads(data[20 : 20 + told_length])
    assert scene["asset"]["extras"] == {"Software": "me"}
    for accessor in scene["accessors"]:
        view = scene["bufferViews"][accessor["bufferView"]]
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= scene["buffers"][0]["byteLength"]


def test_what_is_too_small_or_of_the_other_sign_is_left_out(grids, blobs) -> None:
    shown = blobs(grids["RAS"], WARM, COLD)
    small = min(row.cluster.volume for row in cluster_table(shown.data, shown.grid, 0.5))
    kept = map_surfaces(shown, View(threshold=CUT.threshold, smallest_cluster=small + 1))
    assert [body.name for body in kept] == ["positive"]
    cold = map_surfaces(shown, View(threshold=CUT.threshold, sign=Sign.NEGATIVE))
    assert [body.name for body in cold] == ["negative"]
    with pytest.raises(ViewerError, match="no bodies at this threshold"):
        map_surfaces(shown, View(threshold=Threshold(ThresholdKind.VALUE, 2)))


def test_with_the_brain(grids, blobs, prepared) -> None:
    grid = grids["LIA"]
    *_, brain = map_surfaces(blobs(grid, WARM), CUT, prepared(grid))
    volume, centre = enclosed(brain.surface.vertices, brain.surface.triangles)
    assert brain.name == "brain"
    assert volume == pytest.approx(4 / 3 * np.pi * 62 * 78 * 56, rel=0.08)
    np.testing.assert_allclose(centre, 0, atol=2)


def test_what_cannot_be_written_is_told(tmp_path: Path, grids, blobs) -> None:
    shown = blobs(grids["RAS"], WARM)
    with pytest.raises(ViewerError, match=r"cannot be written as \.ply"):
        save_mesh(tmp_path / "a.ply", map_surfaces(shown, CUT), {})
    with pytest.raises(ViewerError, match="has no 3D spatial grid"):
        map_surfaces(Map(shown.data, None, "bare"), CUT)
    assert not encode_stl(map_surfaces(shown, CUT)).startswith(b"solid")
    assert encode_obj(map_surfaces(shown, CUT), {}).count(b"\no ") == 1
