"""Write a movie: the box turning, the threshold going up and down, or a slice going through the head."""

from __future__ import annotations

import argparse

from viewer.commands import options as shared
from viewer.commands.figure import cut_notes, for_cut, for_look, kept_inside, view_of
from viewer.commands.telling import note, progress

EXAMPLE = """example:
  saliency-viewer movie mni152 --map map.nii.gz --top 20 --glass -o turn.mp4
  saliency-viewer movie sub-01_T1w.nii.gz --map map.nii.gz --kind slices --seconds 6 -o slices.gif

No display is needed. MP4 needs the package imageio-ffmpeg: pip install "saliency-viewer[movie]"."""

ENDINGS = (".mp4", ".gif")


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    shared.for_scan(parser)
    parser.add_argument("--map", metavar="MAP", required=True, help="the map")
    shared.for_map_volume(parser)
    parser.add_argument("-o", "--output", metavar="MOVIE", required=True, help="a name in .mp4 or .gif")
    group = parser.add_argument_group("what moves")
    group.add_argument(
        "--kind", choices=("turn", "threshold", "slices"), default="turn", help="(default: turn)"
    )
    group.add_argument(
        "--seconds", metavar="S", type=shared.number(0.1, 120), default=8.0, help="how long (default: 8)"
    )
    group.add_argument(
        "--orientation",
        choices=("sagittal", "coronal", "axial"),
        default="axial",
        help="of the slices (default: axial)",
    )
    for_cut(parser)
    look = parser.add_argument_group("how it looks")
    look.add_argument(
        "--size", metavar="WxH", type=shared.size, default=(960, 720), help="in pixels (default: 960x720)"
    )
    for_look(look)


def run(arguments: argparse.Namespace) -> int:
    """Draw, write, and print where it is."""
    path = shared.output(arguments.output, ENDINGS)
    shared.spare(path, arguments.scan, arguments.map)
    scan = shared.read_scan(arguments)

    from viewer.scene.movie import Sweep, movie
    from viewer.scene.slice_plane import Orientation

    (shown,) = shared.read_maps([arguments.map], arguments.map_volume)
    shared.note_images(arguments, scan, (shown,))
    view = kept_inside(arguments, scan, view_of(arguments))
    note(cut_notes((shown,), view), arguments.quiet)
    with progress(arguments.quiet) as told:
        written = movie(
            scan, shown, path, Sweep(arguments.kind), view, arguments.seconds, arguments.size,
            Orientation(arguments.orientation), told,
        )  # fmt: skip
    print(written)
    return 0
