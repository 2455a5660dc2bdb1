"""Export the clusters of a map as a mesh in mm, for other programs and 3D printing."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import inputs, options, view_options
from viewer.commands.console import print_notes
from viewer.commands.option_values import parse_output_path

if TYPE_CHECKING:
    from viewer.session.view import View

EXAMPLE = """example:
  saliency-viewer mesh mni152 --map map.nii.gz --top 20 --min-cluster 100 -o clusters.glb
  saliency-viewer mesh sub-01_T1w.nii.gz --map map.nii.gz --smooth 4 --brain -o clusters.stl

Vertices are in mm: x to the right, y anterior, z superior. OBJ and GLB store positive and negative clusters
separately, in different colours."""

SUFFIXES = (".stl", ".obj", ".glb")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    parser.add_argument("--map", metavar="MAP", required=True, help="the map")
    options.add_map_volume_option(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="MESH",
        type=parse_output_path,
        required=True,
        help="output file, .stl, .obj or .glb",
    )
    view_options.add_threshold_options(parser)
    parser.add_argument("--brain", action="store_true", help="add the surface of the scan's head or brain")


def run(arguments: argparse.Namespace) -> int:
    """Extract the surfaces, write the mesh, and print its path."""
    path = inputs.check_output(arguments.output, SUFFIXES)
    inputs.check_not_input(path, *inputs.scan_paths(arguments), arguments.map)
    scan = inputs.read_scan(arguments)

    from viewer.scene.mesh import mesh
    from viewer.session.threshold_notes import threshold_notes

    (map_,) = inputs.read_maps([arguments.map], arguments.map_volume)
    inputs.print_image_notes(arguments, scan, (map_,))
    view = make_mesh_view(arguments)
    print_notes(threshold_notes((map_,), view), arguments.quiet)
    print(mesh(scan, map_, path, view, brain=arguments.brain))
    return 0


def make_mesh_view(arguments: argparse.Namespace) -> View:
    """Return the view set by the options of a mesh."""
    from viewer.session.view import Sign, View

    return View(
        threshold=view_options.threshold_from(arguments),
        sign=Sign(arguments.sign),
        smallest_cluster=arguments.min_cluster,
        largest_clusters=arguments.largest_clusters,
        smoothing=arguments.smooth,
    )
