"""Draw the figure: a map's bodies in a box whose walls carry the scan's slices."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from viewer.commands import options as shared
from viewer.commands.parser import WrongUse
from viewer.commands.telling import note

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.scans.threshold import SortedValues, Threshold
    from viewer.session.view import View

EXAMPLE = """example:
  saliency-viewer figure mni152 --map map.nii.gz -o figure.png
  saliency-viewer figure mni152 --map one.nii.gz --map other.nii.gz --compare beside -o two.png
  saliency-viewer figure sub-01_T1w.nii.gz --map map.nii.gz --percentile 99.5 --min-cluster 50 \\
      --size 2400x1800 --dpi 300 --background light --walls -30,5,12 -o figure.pdf

No display is needed. The path of the figure is printed."""

ENDINGS = (".png", ".svg", ".pdf")


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    shared.for_scan(parser)
    parser.add_argument(
        "--map",
        metavar="MAP",
        action="append",
        default=[],
        help="the map; repeated, they stand side by side; without one the scan is drawn alone",
    )
    shared.for_map_volume(parser)
    parser.add_argument(
        "-o", "--output", metavar="FIGURE", required=True, help="a name in .png, .svg or .pdf"
    )
    for_cut(parser)
    look = parser.add_argument_group("how it looks")
    wide = look.add_mutually_exclusive_group()
    wide.add_argument(
        "--size", metavar="WxH", type=shared.size, default=(1280, 960), help="in pixels (default: 1280x960)"
    )
    wide.add_argument("--mm", metavar="WxH", type=shared.millimetres, help="printed, in mm, at --dpi")
    look.add_argument(
        "--dpi",
        metavar="N",
        type=shared.number(1, 10_000),
        default=150.0,
        help="pixels per inch (default: 150)",
    )
    look.add_argument("--transparent", action="store_true", help="leave the background out")
    for_look(look)
    two = parser.add_argument_group("how two maps are compared")
    two.add_argument(
        "--compare",
        choices=("beside", "fade"),
        help="cut the second map to the volume that the first shows, and show the difference of their shares "
        "of relevance beside them; or lay the second over the first",
    )
    two.add_argument(
        "--fade",
        metavar="S",
        type=shared.number(0, 1),
        default=0.5,
        help="of --compare fade: 0 is the first map, 1 the second (default: 0.5)",
    )


def for_look(look: argparse._ArgumentGroup) -> None:
    """How the box looks, in a figure or in a movie."""
    look.add_argument("--background", choices=("dark", "light"), default="dark", help="(default: dark)")
    look.add_argument(
        "--walls", metavar="middle|X,Y,Z", type=_walls, default=None,
        help="where the walls' slices are cut, in mm (default: middle)",
    )  # fmt: skip
    look.add_argument(
        "--crosshair", metavar="X,Y,Z", type=shared.point, help="cut the walls' slices there and mark it"
    )
    look.add_argument("--glass", action="store_true", help="the brain's surface as of glass")
    look.add_argument("--nested", action="store_true", help="an outer translucent body around each inner one")
    look.add_argument(
        "--azimuth",
        metavar="A",
        type=shared.number(),
        help="degrees: 0 from behind, growing towards the brain's right",
    )
    look.add_argument(
        "--elevation", metavar="E", type=shared.number(-90, 90), help="degrees: 0 level, 90 from the top"
    )
    look.add_argument(
        "--zoom", metavar="Z", type=shared.number(0.1, 20), default=1.0, help="1 fits the box (default: 1)"
    )
    look.add_argument("--no-shadows", action="store_true", help="walls without the bodies' shadows")
    for_bars(look)
    for_colours(look)


def for_bars(look: argparse._ArgumentGroup) -> None:
    """Which bars are drawn."""
    look.add_argument("--no-scale-bar", action="store_true", help="without the bar of some millimetres")
    look.add_argument("--no-colour-bar", action="store_true", help="without the colours' meaning")


def for_colours(look: argparse._ArgumentGroup) -> None:
    """What the colours mean."""
    look.add_argument(
        "--hues",
        choices=("orange-blue", "green-purple", "hot-cold"),
        default="orange-blue",
        help="what is above and below zero (default: orange-blue)",
    )
    look.add_argument(
        "--range",
        metavar="LOW,HIGH",
        type=shared.span,
        help="the |values| of the first and the last colour (default: from the threshold to the largest)",
    )


def for_cut(parser: argparse.ArgumentParser) -> None:
    """Where a map is cut."""
    group = parser.add_argument_group("where the map is cut (default: --percentile 99)")
    cut = group.add_mutually_exclusive_group()
    cut.add_argument("--threshold", metavar="V", type=shared.number(0), help="show |values| of V and more")
    cut.add_argument(
        "--percentile", metavar="P", type=shared.number(0, 100), help="of the |values| that are not zero"
    )
    cut.add_argument(
        "--top", metavar="P", type=shared.number(0, 100), help="the voxels that hold P %% of all relevance"
    )
    cut.add_argument("--voxels", metavar="N", type=shared.whole(1), help="the N largest voxels")
    group.add_argument(
        "--min-cluster",
        metavar="MM3",
        type=shared.number(0),
        default=0.0,
        help="leave out bodies smaller than this",
    )
    group.add_argument(
        "--largest-clusters",
        metavar="N",
        type=shared.whole(1),
        default=0,
        help="show only the N bodies that hold the most relevance",
    )
    group.add_argument(
        "--sign",
        choices=("both", "positive", "negative"),
        default="both",
        help="which values (default: both)",
    )
    group.add_argument(
        "--smooth",
        metavar="MM",
        type=shared.number(0, 50),
        default=0.0,
        help="blur the map for the picture by a Gaussian this wide at half its height (default: 0, as it is)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw, write, and print where it is."""
    path = shared.output(arguments.output, ENDINGS)
    if arguments.compare is not None and len(arguments.map) != 2:
        raise WrongUse(f"--compare: is for two maps, and {len(arguments.map)} are given")
    shared.spare(path, arguments.scan, *arguments.map)
    scan = shared.read_scan(arguments)
    maps = shared.read_maps(arguments.map, arguments.map_volume)
    shared.note_images(arguments, scan, maps)
    view = kept_inside(arguments, scan, view_of(arguments))
    note(cut_notes(maps, view), arguments.quiet)

    from viewer.scene.figure import figure
    from viewer.session.view import ComparisonMode

    size = shared.in_pixels(arguments.mm, arguments.dpi) if arguments.mm else arguments.size
    compare = arguments.compare is not None
    if compare:
        view = replace(view, contrast=ComparisonMode(arguments.compare), fade=arguments.fade)
    print(figure(scan, maps, path, view, size, arguments.dpi, arguments.transparent, compare))
    return 0


def threshold_of(arguments: argparse.Namespace) -> Threshold:
    """Where the options of `for_cut` cut."""
    from viewer.scans.threshold import Threshold, ThresholdKind

    chosen = {
        kind: getattr(arguments, name)
        for kind, name in (
            (ThresholdKind.VALUE, "threshold"),
            (ThresholdKind.PERCENTILE, "percentile"),
            (ThresholdKind.TOP, "top"),
            (ThresholdKind.VOXELS, "voxels"),
        )
        if getattr(arguments, name) is not None
    }
    return next((Threshold(kind, float(amount)) for kind, amount in chosen.items()), Threshold())


def view_of(arguments: argparse.Namespace) -> View:
    """The view that the options describe."""
    from viewer.session.view import Camera, ColorMap, Sign, Theme, View, Walls

    usual = Camera()
    camera = Camera(
        azimuth=usual.azimuth if arguments.azimuth is None else arguments.azimuth,
        elevation=usual.elevation if arguments.elevation is None else arguments.elevation,
        zoom=arguments.zoom,
    )
    return View(
        theme=Theme(arguments.background),
        threshold=threshold_of(arguments),
        sign=Sign(arguments.sign),
        smallest_cluster=arguments.min_cluster,
        largest_clusters=arguments.largest_clusters,
        smoothing=arguments.smooth,
        walls_at=arguments.walls,
        camera=camera,
        glass=arguments.glass,
        nested=arguments.nested,
        shadows=not arguments.no_shadows,
        crosshair=arguments.crosshair,
        walls=Walls.MIDDLE if arguments.crosshair is None else Walls.CROSSHAIR,
        hues=ColorMap(arguments.hues),
        display_range=arguments.range,
        scale_bar=not arguments.no_scale_bar,
        colour_bar=not arguments.no_colour_bar,
    )


def _walls(text: str) -> tuple[float, float, float] | None:
    return None if text == "middle" else shared.point(text)


def kept_inside(arguments: argparse.Namespace, scan: Scan, view: View) -> View:
    """Return the view with its points inside the scan; a note says where one was not."""
    walls, crosshair = view.walls_at, view.crosshair
    return replace(
        view,
        walls_at=None if walls is None else point_inside(arguments, scan, walls, "--walls"),
        crosshair=None if crosshair is None else point_inside(arguments, scan, crosshair, "--crosshair"),
    )


def point_inside(
    arguments: argparse.Namespace, scan: Scan, point: tuple[float, float, float], option: str
) -> tuple[float, float, float]:
    """Return an option's point in mm; where it lies outside the scan, the nearest inside, with a note."""
    found = scan.grid.nearest(point)
    if found != point:
        given, taken = (",".join(f"{value:z.4g}" for value in one) for one in (point, found))
        problem = f"the point {given} mm of {option} lies outside of it"
        note([f"{scan.name}: {problem}; {taken}, the nearest, is taken"], arguments.quiet)
    return found


def cut_notes(maps: Sequence[Map], view: View) -> list[str]:
    """Why a map will show no bodies, or more voxels than were asked for, where it will."""
    from viewer.scans.smoothing import gaussian_smooth
    from viewer.scans.threshold import SortedValues

    notes = []
    for image in maps:
        if image.grid is None:
            continue
        ranking = SortedValues(gaussian_smooth(image.data, image.grid, view.smoothing), view.sign.number)
        value = ranking.cutoff(view.threshold)
        if not ranking.count:
            what = {0: "is zero everywhere", 1: "has no values above zero", -1: "has no values below zero"}
            notes.append(f"{image.name}: {what[view.sign.number]}, so there are no bodies")
        elif value > ranking.largest:
            notes.append(
                f"{image.name}: nothing reaches {value:g}; its largest |value| is {ranking.largest:.4g}"
            )
        notes += [f"{image.name}: {line}" for line in ties_note(ranking, view.threshold)]
    return notes


def ties_note(ranking: SortedValues, threshold: Threshold) -> list[str]:
    """Say where more voxels are shown than ``--voxels`` asks for, as some are tied at the last value."""
    from viewer.scans.threshold import ThresholdKind

    value = ranking.cutoff(threshold)
    shown = ranking.count_above(value)
    if threshold.kind is not ThresholdKind.VOXELS or shown <= threshold.amount:
        return []
    return [
        f"{shown:,} voxels are shown where --voxels asks for {threshold.amount:,.0f}: as many reach the "
        f"value of the last one, {value:.4g}"
    ]
