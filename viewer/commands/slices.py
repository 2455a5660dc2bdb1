"""Draw slices with the map overlaid: three through a point, or many of one orientation."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Literal

from viewer.commands import inputs, options, view_options
from viewer.commands.console import print_notes
from viewer.commands.option_values import (
    FloatInRange,
    IntegerInRange,
    parse_output_path,
    parse_point,
    parse_size,
    parse_size_mm,
    size_in_pixels,
)

if TYPE_CHECKING:
    from viewer.scene.slices_rendering import Point

EXAMPLE = """example:
  saliency-viewer slices mni152 --map map.nii.gz --at -30,5,12 -o slices.png
  saliency-viewer slices sub-01_T1w.nii.gz --map map.nii.gz --top 20 --mosaic 12 -o mosaic.pdf

Without --at, the three slices go through the peak of the map. No display is needed."""

SUFFIXES = (".png", ".svg", ".pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    parser.add_argument("--map", metavar="MAP", help="the map; if omitted, only the scan is drawn")
    options.add_map_volume_option(parser)
    options.add_map_name_option(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FIGURE",
        type=parse_output_path,
        required=True,
        help="output file, .png, .svg or .pdf",
    )
    group = parser.add_argument_group("selection of slices")
    planes = group.add_mutually_exclusive_group()
    planes.add_argument(
        "--at",
        metavar="X,Y,Z",
        type=parse_point,
        help="draw three slices through this point, in mm",
    )
    planes.add_argument(
        "--mosaic",
        metavar="N",
        type=IntegerInRange(1, 400),
        help="draw N evenly spaced slices of the head",
    )
    group.add_argument(
        "--orientation",
        choices=("sagittal", "coronal", "axial"),
        default="axial",
        help="orientation of a mosaic (default: axial)",
    )
    group.add_argument(
        "--convention",
        choices=("neurological", "radiological"),
        default="neurological",
        help="left of the brain on the left (neurological) or on the right (default: neurological)",
    )
    view_options.add_threshold_options(parser)
    appearance = parser.add_argument_group("appearance")
    appearance.add_argument(
        "--opacity",
        metavar="O",
        type=FloatInRange(0, 1),
        default=0.8,
        help="opacity of the map's colours, 0 to 1 (default: 0.8)",
    )
    appearance.add_argument(
        "--by-value", action="store_true", help="opacity by value: small values are more transparent"
    )
    view_options.add_certainty_option(appearance)
    appearance.add_argument("--outline", action="store_true", help="draw only outlines")
    view_options.add_image_option(appearance)
    view_options.add_bar_options(appearance)
    view_options.add_color_options(appearance)
    view_options.add_outline_options(parser)
    size = appearance.add_mutually_exclusive_group()
    size.add_argument(
        "--size",
        metavar="WxH",
        type=parse_size,
        help="size in pixels (default: 1600 wide, as high as needed)",
    )
    size.add_argument("--mm", metavar="WxH", type=parse_size_mm, help="printed size in mm, at --dpi")
    appearance.add_argument(
        "--dpi",
        metavar="N",
        type=FloatInRange(1, 10_000),
        default=150.0,
        help="pixels per inch (default: 150)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw the slices, write them, and print the path."""
    path = inputs.check_output(arguments.output, SUFFIXES)
    used_files = (arguments.map, arguments.transform, arguments.brain_mask)
    inputs.check_not_input(path, *inputs.scan_paths(arguments), *used_files)
    scan = inputs.read_scan(arguments)

    from viewer.scene.certainty import check_certainty
    from viewer.scene.slice_plane import Orientation
    from viewer.scene.slices_figure import slices_figure
    from viewer.session.threshold_notes import threshold_notes
    from viewer.session.view import ColorMap, Convention, Sign, View

    paths = [] if arguments.map is None else [arguments.map]
    maps = inputs.read_maps(paths, arguments.map_volume, arguments.map_name)
    map_ = maps[0] if maps else None
    inputs.print_image_notes(arguments, scan, maps)
    outlines = inputs.read_outlines(arguments, scan, maps)
    view = View(
        threshold=view_options.threshold_from(arguments),
        sign=Sign(arguments.sign),
        smallest_cluster=arguments.min_cluster,
        largest_clusters=arguments.largest_clusters,
        smoothing=arguments.smooth,
        image=arguments.image,
        template_outline=arguments.template_outline,
        mask_outline=arguments.mask_outline,
        convention=Convention(arguments.convention),
        opacity=arguments.opacity,
        by_value=arguments.by_value,
        by_certainty=arguments.by_certainty,
        outline=arguments.outline,
        hues=ColorMap(arguments.hues),
        display_range=arguments.range,
        scale_bar=not arguments.no_scale_bar,
        colour_bar=not arguments.no_colour_bar,
    )
    check_certainty(maps, view)
    print_notes(threshold_notes(maps, view), arguments.quiet)
    position: Point | Literal["peak"] = "peak"
    if arguments.at is not None:
        position = inputs.clamp_point(arguments, scan, arguments.at, "--at")
    size = size_in_pixels(arguments.mm, arguments.dpi) if arguments.mm else arguments.size
    figure_path = slices_figure(
        scan, map_, path, view, position, arguments.mosaic or 0, Orientation(arguments.orientation),
        size, arguments.dpi, outlines=outlines,
    )  # fmt: skip
    if arguments.mosaic:
        from viewer.scene.slices_rendering import mosaic_tiles

        tile_count = len(mosaic_tiles(scan, view, arguments.mosaic, Orientation(arguments.orientation)))
        if tile_count < arguments.mosaic:
            print_notes(
                [f"{scan.name}: the head has only {tile_count} such slices; all were drawn"], arguments.quiet
            )
    print(figure_path)
    return 0
