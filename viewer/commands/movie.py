"""Write a movie: the box rotates, the threshold sweeps, or a slice moves through the head."""

from __future__ import annotations

import argparse

from viewer.commands import inputs, options, view_options
from viewer.commands.console import print_notes, show_progress
from viewer.commands.option_values import FloatInRange, parse_output_path, parse_size

EXAMPLE = """example:
  saliency-viewer movie mni152 --map map.nii.gz --top 20 --glass -o turn.mp4
  saliency-viewer movie sub-01_T1w.nii.gz --map map.nii.gz --kind slices --seconds 6 -o slices.gif

No display is needed. MP4 needs the package imageio-ffmpeg: pip install "saliency-viewer[movie]"."""

SUFFIXES = (".mp4", ".gif")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    parser.add_argument("--map", metavar="MAP", required=True, help="the map")
    options.add_map_volume_option(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="MOVIE",
        type=parse_output_path,
        required=True,
        help="output file, .mp4 or .gif",
    )
    group = parser.add_argument_group("motion")
    group.add_argument(
        "--kind", choices=("turn", "threshold", "slices"), default="turn", help="what changes (default: turn)"
    )
    group.add_argument(
        "--seconds",
        metavar="S",
        type=FloatInRange(0.1, 120),
        default=8.0,
        help="duration in seconds (default: 8)",
    )
    group.add_argument(
        "--orientation",
        choices=("sagittal", "coronal", "axial"),
        default="axial",
        help="orientation of the slices (default: axial)",
    )
    view_options.add_threshold_options(parser)
    appearance = parser.add_argument_group("appearance")
    appearance.add_argument(
        "--size",
        metavar="WxH",
        type=parse_size,
        default=(960, 720),
        help="size in pixels (default: 960x720)",
    )
    view_options.add_box_options(appearance)
    view_options.add_certainty_option(appearance)


def run(arguments: argparse.Namespace) -> int:
    """Draw the movie, write it, and print its path."""
    path = inputs.check_output(arguments.output, SUFFIXES)
    inputs.check_not_input(path, *inputs.scan_paths(arguments), arguments.map)
    scan = inputs.read_scan(arguments)

    from viewer.scene.certainty import check_certainty
    from viewer.scene.movie import Sweep, movie
    from viewer.scene.slice_plane import Orientation
    from viewer.session.threshold_notes import threshold_notes

    (map_,) = inputs.read_maps([arguments.map], arguments.map_volume)
    inputs.print_image_notes(arguments, scan, (map_,))
    view = inputs.clamp_view(arguments, scan, view_options.view_from(arguments))
    check_certainty((map_,), view)
    print_notes(threshold_notes((map_,), view), arguments.quiet)
    with show_progress(arguments.quiet) as progress:
        movie_path = movie(
            scan, map_, path, Sweep(arguments.kind), view, arguments.seconds, arguments.size,
            Orientation(arguments.orientation), progress,
        )  # fmt: skip
    print(movie_path)
    return 0
