"""Mesh export of the isosurfaces for other programs and 3D printing: STL, OBJ and GLB, in mm, RAS+.

The surfaces are those of the box, extracted from the map's values; volumes and statistics are computed from
the voxels (`viewer.scans.cluster_table`), never from a mesh.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.errors import ViewerError
from viewer.scans.atomic_write import atomic_write
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scene.colormaps import Colour, sign_colormaps
from viewer.scene.figure import figure_metadata
from viewer.scene.isosurface import Surface, isosurface
from viewer.scene.render_data import ScanRenderData
from viewer.scene.thresholding import threshold_map
from viewer.session.view import View

ENDINGS = (".stl", ".obj", ".glb")

BRAIN: Colour = (0.66, 0.74, 0.90)
BRAIN_SHARE = 0.25
UNITS = "millimetres, RAS+: x to the right, y anterior, z superior"
RAS_TO_GLTF = (-0.001, 0, 0, 0, 0, 0, 0.001, 0, 0, 0.001, 0, 0, 0, 0, 0, 1)
"""Matrix from RAS+ in mm to glTF's metres, column-major: y up, z forward, and right at negative x."""


@dataclass(frozen=True, eq=False)
class MeshPart:
    """Named surface with its colour (red, green, blue from 0 to 1) and opacity."""

    name: str
    surface: Surface
    colour: Colour
    opacity: float = 1.0


def map_surfaces(saliency_map: Map, view: View, scan: ScanRenderData | None = None) -> tuple[MeshPart, ...]:
    """Extract the isosurfaces of a map at the view's threshold: one for each sign that is present.

    Parameters
    ----------
    saliency_map
        The map, on any grid.
    view
        View; its threshold, sign, smallest cluster, smoothing and hues are used. Of nested surfaces, the
        outer ones are extracted.
    scan
        Scan whose head or brain is added as another surface; None adds none.

    Raises
    ------
    ViewerError
        The map has no grid, or no value reaches the threshold.
    """
    thresholded = threshold_map(saliency_map, view)
    parts = []
    for sign, name in ((1, "positive"), (-1, "negative")):
        if sign in thresholded.signs:
            body = isosurface(thresholded.volume, thresholded.isovalue, sign)
            if not body.is_empty:
                parts.append(MeshPart(name, body, sign_colormaps(view.hues).body(sign)))
    if not parts:
        raise ViewerError(saliency_map.name, "has no bodies at this threshold", "lower the threshold")
    if scan is not None:
        parts.append(MeshPart("brain", isosurface(scan.glass, 0.5), BRAIN, BRAIN_SHARE))
    return tuple(parts)


def mesh(scan: Scan, shown: Map, path: str | Path, view: View | None = None, *, brain: bool = False) -> Path:
    """Write a map's clusters as a mesh for other programs and 3D printing: STL, OBJ or GLB.

    The surfaces are those of the box, one for each sign that is present.

    Parameters
    ----------
    scan : Scan
        Scan under the map; OBJ and GLB contain its name.
    shown : Map
        The map, on any grid.
    path : str or Path
        Output file; the suffix selects the format: ``.stl``, ``.obj`` or ``.glb``.
    view : View, optional
        Its threshold, sign, smallest and largest clusters, smoothing and hues are used. The default is
        `View()`.
    brain : bool
        Add the surface of the scan's head or brain.

    Returns
    -------
    Path
        The file. Vertices are in mm, RAS+; in GLB, a parent node converts them to metres.

    Raises
    ------
    ViewerError
        The suffix is unknown, the map has no grid, or no value reaches the threshold.
    OSError
        The file cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> scan = viewer.load_scan("mni152")
    >>> warm = viewer.Map(np.where(scan.data > 0.95, scan.data, 0), scan.grid, "the brightest")
    >>> viewer.mesh(scan, warm, "bodies.stl").stat().st_size > 84
    True
    """
    path, view = Path(path), View() if view is None else view
    parts = map_surfaces(shown, view, ScanRenderData.from_scan(scan) if brain else None)
    return save_mesh(path, parts, figure_metadata(scan, (shown,), view))


def save_mesh(path: Path, parts: Sequence[MeshPart], metadata: Mapping[str, str]) -> Path:
    """Write surfaces as binary STL, OBJ or GLB, by the path's suffix, with ``metadata`` on their provenance.

    Vertices are in mm, RAS+; in GLB, a parent node converts them to glTF's metres and axes. STL has no names,
    colours or metadata.

    Raises
    ------
    ViewerError
        The suffix is unknown.
    OSError
        The file cannot be written.
    """
    encoders: dict[str, Callable[[Sequence[MeshPart], Mapping[str, str]], bytes]] = {
        ".stl": lambda parts, _: encode_stl(parts),
        ".obj": encode_obj,
        ".glb": encode_glb,
    }
    encoder = encoders.get(path.suffix.lower())
    if encoder is None:
        raise ViewerError(
            path, f"a mesh cannot be written as {path.suffix or 'a file without suffix'}",
            f"end the name in {', '.join(ENDINGS)}",
        )  # fmt: skip
    data = encoder(parts, metadata)
    with atomic_write(path) as file:
        file.write(data)
    return path


def encode_stl(parts: Sequence[MeshPart]) -> bytes:
    """Encode binary STL: an 80-byte header, the count, then 50 bytes per triangle."""
    corners = np.concatenate([part.surface.vertices[part.surface.triangles] for part in parts])
    facets = np.zeros(
        len(corners), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")]
    )
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    facets["normal"] = normals / np.maximum(lengths, np.float32(1e-20))
    facets["corners"] = corners
    head = f"Saliency Viewer, {UNITS}".encode("ascii")[:80].ljust(80)
    return head + struct.pack("<I", len(facets)) + facets.tobytes()


def encode_obj(parts: Sequence[MeshPart], metadata: Mapping[str, str]) -> bytes:
    """Encode Wavefront OBJ: one object per surface, vertices with colour, and normals."""
    buffer = io.StringIO()
    for line in (UNITS, *(f"{key}: {text}" for key, text in metadata.items())):
        buffer.write("# " + " ".join(line.split()) + "\n")
    first_vertex = 1
    for part in parts:
        buffer.write(f"o {part.name}\n")
        count = len(part.surface.vertices)
        colour = np.broadcast_to(np.array(part.colour, dtype=np.float32), (count, 3))
        np.savetxt(buffer, np.hstack([part.surface.vertices, colour]), "v %.4f %.4f %.4f %.3f %.3f %.3f")
        np.savetxt(buffer, part.surface.normals, "vn %.4f %.4f %.4f")
        corners = np.repeat(part.surface.triangles + first_vertex, 2, axis=1)
        np.savetxt(buffer, corners, "f %d//%d %d//%d %d//%d")
        first_vertex += count
    return buffer.getvalue().encode()


def encode_glb(parts: Sequence[MeshPart], metadata: Mapping[str, str]) -> bytes:
    """Encode binary glTF 2.0: one mesh per surface under a common node, with normals and colours."""
    blocks: list[bytes] = []
    views: list[dict[str, int]] = []
    accessors: list[dict[str, object]] = []

    def add_accessor(
        values: npt.NDArray[np.generic],
        element_type: str,
        component_type: int,
        target: int,
        **extra_entries: object,
    ) -> int:
        data = np.ascontiguousarray(values).tobytes()
        start = sum(len(block) for block in blocks)
        blocks.append(data)
        views.append({"buffer": 0, "byteOffset": start, "byteLength": len(data), "target": target})
        count = values.size if element_type == "SCALAR" else len(values)
        entry = {
            "bufferView": len(views) - 1,
            "componentType": component_type,
            "count": count,
            "type": element_type,
        }
        accessors.append(entry | extra_entries)
        return len(accessors) - 1

    meshes, materials = [], []
    for index, part in enumerate(parts):
        vertices = part.surface.vertices.astype("<f4")
        limits = {"min": vertices.min(axis=0).tolist(), "max": vertices.max(axis=0).tolist()}
        attributes = {
            "POSITION": add_accessor(vertices, "VEC3", 5126, 34962, **limits),
            "NORMAL": add_accessor(part.surface.normals.astype("<f4"), "VEC3", 5126, 34962),
        }
        indices = add_accessor(part.surface.triangles.astype("<u4"), "SCALAR", 5125, 34963)
        meshes.append(
            {
                "name": part.name,
                "primitives": [{"attributes": attributes, "indices": indices, "material": index}],
            }
        )
        colour = [float(value) ** 2.2 for value in part.colour]
        materials.append(
            {
                "name": part.name,
                "alphaMode": "BLEND" if part.opacity < 1 else "OPAQUE",
                "pbrMetallicRoughness": {
                    "baseColorFactor": [*colour, part.opacity],
                    "metallicFactor": 0,
                    "roughnessFactor": 0.5,
                },
            }
        )
    packed = b"".join(blocks)
    children = list(range(1, len(parts) + 1))
    scene = {
        "asset": {"version": "2.0", "generator": metadata.get("Software", ""), "extras": dict(metadata)},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [
            {"name": "mm RAS+", "matrix": RAS_TO_GLTF, "children": children},
            *({"name": part.name, "mesh": index} for index, part in enumerate(parts)),
        ],
        "meshes": meshes,
        "materials": materials,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(packed)}],
    }
    header = json.dumps(scene).encode()
    header += b" " * (-len(header) % 4)
    packed += bytes(-len(packed) % 4)
    chunks = (
        struct.pack("<II", len(header), 0x4E4F534A) + header + struct.pack("<II", len(packed), 0x004E4942)
    )
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks) + len(packed)) + chunks + packed
