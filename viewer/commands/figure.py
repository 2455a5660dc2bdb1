"""Draw a figure: the clusters of a map in a box with slices of the scan on its walls."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from viewer.commands import inputs, options, view_options
from viewer.commands.console import print_notes
from viewer.commands.option_values import (
    FloatInRange,
    parse_figure_size,
    parse_output_path,
    parse_size_mm,
    size_in_pixels,
)
from viewer.commands.parser import UsageError
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.figure_sizes import DEFAULT_DPI

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.session.map_look import MapLook
    from viewer.session.view import View

EXAMPLE = """example:
  saliency-viewer figure mni152 --map map.nii.gz -o figure.png
  saliency-viewer figure mni152 --map one.nii.gz --map other.nii.gz --compare beside -o two.png
  saliency-viewer figure sub-01_T1w.nii.gz --map map.nii.gz --percentile 99.5 --min-cluster 50 \\
      --size 2400x1800 --dpi 300 --background light --walls -30,5,12 -o figure.pdf

No display is needed. The path of the figure is printed."""

SUFFIXES = (".png", ".svg", ".pdf")
VOLUME = "volume="
NAME = "name="


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    parser.add_argument(
        "--map",
        metavar="MAP",
        action="append",
        default=[],
        help="the map; if repeated, maps are drawn side by side; if omitted, only the scan is drawn",
    )
    options.add_map_volume_option(parser)
    options.add_map_name_option(parser)
    parser.add_argument(
        "--also",
        metavar="MAP",
        nargs="+",
        action="append",
        default=[],
        help="another map in the same box, with its own threshold, sign, colours and opacity: --also "
        "other.nii.gz percentile=99.5 sign=positive hues=green-purple; volume=N selects a volume of a "
        "series, name=TEXT sets the name; may be repeated",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FIGURE",
        type=parse_output_path,
        required=True,
        help="output file, .png, .svg or .pdf",
    )
    view_options.add_threshold_options(parser)
    appearance = parser.add_argument_group("appearance")
    size = appearance.add_mutually_exclusive_group()
    size.add_argument(
        "--size",
        metavar="WxH",
        type=parse_figure_size,
        default=(1280, 960),
        help="size in pixels (default: 1280x960), or slide (16:9, 2560x1440), column (85x64 mm), "
        "page (170x106 mm) or square (2000x2000), each with its own --dpi",
    )
    size.add_argument("--mm", metavar="WxH", type=parse_size_mm, help="printed size in mm, at --dpi")
    appearance.add_argument(
        "--dpi",
        metavar="N",
        type=FloatInRange(1, 10_000),
        help="pixels per inch (default: 150, or that of a named size)",
    )
    appearance.add_argument("--transparent", action="store_true", help="make the background transparent")
    view_options.add_box_options(appearance)
    view_options.add_certainty_option(appearance)
    view_options.add_outline_options(parser)
    comparison = parser.add_argument_group("comparison of two maps")
    comparison.add_argument(
        "--compare",
        choices=("beside", "fade"),
        help="beside: threshold the second map to the same volume as the first, and show the difference of "
        "their shares of relevance beside them; fade: blend the second map into the first",
    )
    comparison.add_argument(
        "--fade",
        metavar="S",
        type=FloatInRange(0, 1),
        default=0.5,
        help="with --compare fade: 0 is the first map, 1 the second (default: 0.5)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw the figure, write it, and print its path."""
    path = inputs.check_output(arguments.output, SUFFIXES)
    if arguments.compare is not None and len(arguments.map) != 2:
        raise UsageError(f"--compare: needs two maps, and {len(arguments.map)} are given")
    used_files = (arguments.transform, arguments.brain_mask)
    other_maps = [words[0] for words in arguments.also]
    inputs.check_not_input(path, *inputs.scan_paths(arguments), *arguments.map, *other_maps, *used_files)
    scan = inputs.read_scan(arguments)
    maps = inputs.read_maps(arguments.map, arguments.map_volume, arguments.map_name)
    inputs.print_image_notes(arguments, scan, maps)
    outlines = inputs.read_outlines(arguments, scan, maps)
    view = inputs.clamp_view(arguments, scan, view_options.view_from(arguments))

    from viewer.scene.certainty import check_certainty
    from viewer.scene.figure import figure
    from viewer.session.threshold_notes import threshold_notes
    from viewer.session.view import ComparisonMode

    also = [read_additional_map(words, view) for words in arguments.also]
    check_certainty(maps, view)
    print_notes(threshold_notes(maps, view), arguments.quiet)

    size = size_in_pixels(arguments.mm, arguments.dpi or DEFAULT_DPI) if arguments.mm else arguments.size
    compares = arguments.compare is not None
    if compares:
        view = replace(view, contrast=ComparisonMode(arguments.compare), fade=arguments.fade)
    dpi, transparent = arguments.dpi, arguments.transparent
    print(figure(scan, maps, path, view, size, dpi, transparent, compares, outlines, also))
    return 0


def read_additional_map(path_and_settings: Sequence[str], view: View) -> tuple[Map, MapLook]:
    """Return a map of ``--also`` and its appearance.

    Raises
    ------
    UsageError
        A word is not a known setting, or the map is a series without ``volume=N``.
    ScanError
        The map cannot be read.
    """
    from viewer.scans.load import VolumeNotChosen

    volumes = [word.removeprefix(VOLUME) for word in path_and_settings[1:] if word.startswith(VOLUME)]
    if any(not volume.isdecimal() for volume in volumes):
        raise UsageError(f"--also: {VOLUME}{volumes[0]} is not a whole number from 0")
    names = [word.removeprefix(NAME) for word in path_and_settings[1:] if word.startswith(NAME)]
    look = parse_map_look(
        [word for word in path_and_settings[1:] if not word.startswith((VOLUME, NAME))], view
    )
    try:
        return inputs.read_maps([path_and_settings[0]], [int(volumes[-1])] if volumes else None, names[-1:])[
            0
        ], look
    except VolumeNotChosen as error:
        raise UsageError(
            f"--also {path_and_settings[0]}: {error.problem}; "
            f"choose one with {VOLUME}N, 0 to {error.count - 1}"
        ) from None


def parse_map_look(settings: Sequence[str], view: View) -> MapLook:
    """Return the appearance of a map of ``--also``: that of the view, changed by the words.

    Raises
    ------
    UsageError
        A word is not a known setting.
    """
    from viewer.session.map_look import MapLook
    from viewer.session.view import ColorMap, Sign

    look = MapLook.from_view(view)
    for word in settings:
        name, _, value = word.partition("=")
        try:
            if name in {str(kind) for kind in ThresholdKind}:
                look = replace(look, threshold=Threshold(ThresholdKind(name), float(value)))
            elif name == "opacity" and 0 <= float(value) <= 1:
                look = replace(look, opacity=float(value))
            elif name == "sign":
                look = replace(look, sign=Sign(value))
            elif name == "hues":
                look = replace(look, hues=ColorMap(value))
            else:
                raise ValueError(word)
        except ValueError:
            kinds = ", ".join(f"{kind}=N" for kind in ThresholdKind)
            problem = f"--also: {word!r} is not a setting"
            raise UsageError(
                f"{problem}; give {kinds}, sign=positive, hues=green-purple, opacity=0.8, volume=N or "
                "name=TEXT"
            ) from None
    return look
