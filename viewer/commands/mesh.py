"""Write a map's bodies as a mesh for other programs and for printing, in millimetres."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import options as shared
from viewer.commands.figure import cut_notes, for_cut, threshold_of
from viewer.commands.telling import note

if TYPE_CHECKING:
    from viewer.session.view import View

EXAMPLE = """example:
  saliency-viewer mesh mni152 --map map.nii.gz --top 20 --min-cluster 100 -o bodies.glb
  saliency-viewer mesh sub-01_T1w.nii.gz --map map.nii.gz --smooth 4 --brain -o bodies.stl

Vertices are in mm: x to the right, y anterior, z superior. OBJ and GLB keep the signs apart, in colours."""

ENDINGS = (".stl", ".obj", ".glb")


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    shared.for_scan(parser)
    parser.add_argument("--map", metavar="MAP", required=True, help="the map")
    shared.for_map_volume(parser)
    parser.add_argument("-o", "--output", metavar="MESH", required=True, help="a name in .stl, .obj or .glb")
    for_cut(parser)
    parser.add_argument("--brain", action="store_true", help="add the surface of the scan's head or brain")


def run(arguments: argparse.Namespace) -> int:
    """Cut, write, and print where it is."""
    path = shared.output(arguments.output, ENDINGS)
    shared.spare(path, arguments.scan, arguments.map)
    scan = shared.read_scan(arguments)

    from viewer.scene.figure import figure_metadata
    from viewer.scene.mesh import map_surfaces, save_mesh
    from viewer.scene.render_data import ScanRenderData

    (shown,) = shared.read_maps([arguments.map], arguments.map_volume)
    shared.note_images(arguments, scan, (shown,))
    view = view_of(arguments)
    note(cut_notes((shown,), view), arguments.quiet)
    found = map_surfaces(shown, view, ScanRenderData.from_scan(scan) if arguments.brain else None)
    print(save_mesh(path, found, figure_metadata(scan, (shown,), view)))
    return 0


def view_of(arguments: argparse.Namespace) -> View:
    """The view that the options describe, as far as it concerns a mesh."""
    from viewer.session.view import Sign, View

    return View(
        threshold=threshold_of(arguments),
        sign=Sign(arguments.sign),
        smallest_cluster=arguments.min_cluster,
        largest_clusters=arguments.largest_clusters,
        smoothing=arguments.smooth,
    )
