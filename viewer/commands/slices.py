"""Draw slices with the map over them: three through a point, or many of one orientation."""

from __future__ import annotations

import argparse

from viewer.commands import options as shared
from viewer.commands.figure import cut_notes, for_bars, for_colours, for_cut, point_inside, threshold_of
from viewer.commands.telling import note

EXAMPLE = """example:
  saliency-viewer slices mni152 --map map.nii.gz --at -30,5,12 -o slices.png
  saliency-viewer slices sub-01_T1w.nii.gz --map map.nii.gz --top 20 --mosaic 12 -o mosaic.pdf

Without --at the three slices go through the map's peak. No display is needed."""

ENDINGS = (".png", ".svg", ".pdf")


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    shared.for_scan(parser)
    parser.add_argument("--map", metavar="MAP", help="the map; without one the scan is drawn alone")
    shared.for_map_volume(parser)
    parser.add_argument(
        "-o", "--output", metavar="FIGURE", required=True, help="a name in .png, .svg or .pdf"
    )
    group = parser.add_argument_group("which slices")
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--at", metavar="X,Y,Z", type=shared.point, help="the point in mm that three slices go through"
    )
    which.add_argument(
        "--mosaic", metavar="N", type=shared.whole(1, 400), help="N slices, evenly through the head"
    )
    group.add_argument(
        "--orientation",
        choices=("sagittal", "coronal", "axial"),
        default="axial",
        help="of a mosaic (default: axial)",
    )
    group.add_argument(
        "--convention",
        choices=("neurological", "radiological"),
        default="neurological",
        help="whether the brain's left is on the left or on the right (default: neurological)",
    )
    for_cut(parser)
    look = parser.add_argument_group("how it looks")
    look.add_argument(
        "--opacity",
        metavar="O",
        type=shared.number(0, 1),
        default=0.8,
        help="of the map's colours, 0 to 1 (default: 0.8)",
    )
    look.add_argument("--by-value", action="store_true", help="the smaller a value the clearer its colour")
    look.add_argument("--outline", action="store_true", help="only the rims of what is shown")
    for_bars(look)
    for_colours(look)
    wide = look.add_mutually_exclusive_group()
    wide.add_argument(
        "--size", metavar="WxH", type=shared.size, help="in pixels (default: 1600 wide, as high as needed)"
    )
    wide.add_argument("--mm", metavar="WxH", type=shared.millimetres, help="printed, in mm, at --dpi")
    look.add_argument(
        "--dpi",
        metavar="N",
        type=shared.number(1, 10_000),
        default=150.0,
        help="pixels per inch (default: 150)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw, write, and print where it is."""
    path = shared.output(arguments.output, ENDINGS)
    shared.spare(path, arguments.scan, arguments.map)
    scan = shared.read_scan(arguments)

    from viewer.scene.slice_plane import Orientation
    from viewer.scene.slices_figure import slices_figure
    from viewer.session.view import ColorMap, Convention, Sign, View

    maps = shared.read_maps([] if arguments.map is None else [arguments.map], arguments.map_volume)
    shown = maps[0] if maps else None
    shared.note_images(arguments, scan, maps)
    view = View(
        threshold=threshold_of(arguments),
        sign=Sign(arguments.sign),
        smallest_cluster=arguments.min_cluster,
        largest_clusters=arguments.largest_clusters,
        smoothing=arguments.smooth,
        convention=Convention(arguments.convention),
        opacity=arguments.opacity,
        by_value=arguments.by_value,
        outline=arguments.outline,
        hues=ColorMap(arguments.hues),
        display_range=arguments.range,
        scale_bar=not arguments.no_scale_bar,
        colour_bar=not arguments.no_colour_bar,
    )
    note(cut_notes(maps, view), arguments.quiet)
    at = None if arguments.at is None else point_inside(arguments, scan, arguments.at, "--at")
    if at is None and not arguments.mosaic and shown is not None:
        from viewer.scene.thresholding import shown_peak

        at = shown_peak(shown, view, scan.grid)
    size = shared.in_pixels(arguments.mm, arguments.dpi) if arguments.mm else arguments.size
    written = slices_figure(
        scan, shown, path, view, at, arguments.mosaic or 0, Orientation(arguments.orientation),
        size, arguments.dpi,
    )  # fmt: skip
    if arguments.mosaic:
        from viewer.scene.slices_rendering import mosaic_tiles

        drawn = len(mosaic_tiles(scan, view, arguments.mosaic, Orientation(arguments.orientation)))
        if drawn < arguments.mosaic:
            note([f"{scan.name}: the head has {drawn} such slices, which were all drawn"], arguments.quiet)
    print(written)
    return 0
