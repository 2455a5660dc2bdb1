"""Options for the box, the colours and the threshold, shared by several commands."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands.option_values import FloatInRange, IntegerInRange, parse_point, parse_range

if TYPE_CHECKING:
    from viewer.scans.threshold import Threshold
    from viewer.session.view import View


def add_box_options(group: argparse._ArgumentGroup) -> None:
    """Add the appearance of the box, for figures and movies."""
    group.add_argument(
        "--background", choices=("dark", "light"), default="dark", help="background (default: dark)"
    )
    add_image_option(group)
    group.add_argument(
        "--walls", metavar="middle|X,Y,Z", type=_parse_walls, default=None,
        help="position of the slices on the walls, in mm (default: middle)",
    )  # fmt: skip
    group.add_argument(
        "--crosshair",
        metavar="X,Y,Z",
        type=parse_point,
        help="show the slices through this point, in mm, and mark the point",
    )
    group.add_argument("--glass", action="store_true", help="draw the brain surface as glass")
    group.add_argument(
        "--nested", action="store_true", help="draw a translucent outer surface around each cluster"
    )
    group.add_argument(
        "--azimuth",
        metavar="A",
        type=FloatInRange(),
        help="camera azimuth in degrees: 0 from behind, increasing towards the brain's right",
    )
    group.add_argument(
        "--elevation",
        metavar="E",
        type=FloatInRange(-90, 90),
        help="camera elevation in degrees: 0 level, 90 from above",
    )
    group.add_argument(
        "--zoom",
        metavar="Z",
        type=FloatInRange(0.1, 20),
        default=1.0,
        help="zoom factor; 1 fits the box (default: 1)",
    )
    group.add_argument(
        "--no-shadows", action="store_true", help="hide the shadows of the clusters on the walls"
    )
    add_bar_options(group)
    add_color_options(group)


def add_certainty_option(group: argparse._ArgumentGroup) -> None:
    """Add ``--by-certainty``."""
    group.add_argument(
        "--by-certainty",
        action="store_true",
        help="for a mean with a standard deviation (explain --uncertainty): fade |mean| below 2 SD",
    )


def add_convention_option(group: argparse._ArgumentGroup) -> None:
    """Add ``--convention``: the side on which slices show the left of the brain."""
    group.add_argument(
        "--convention",
        choices=("neurological", "radiological"),
        default="neurological",
        help="left of the brain on the left (neurological) or on the right (default: neurological)",
    )


def add_image_option(group: argparse._ArgumentGroup) -> None:
    """Add ``--image``: which of several images is shown."""
    group.add_argument(
        "--image",
        metavar="NAME",
        default="",
        help="for several images of one person: channel of the image shown on slices and walls, such as "
        "FLAIR (default: the first)",
    )


def add_outline_options(parser: argparse.ArgumentParser) -> None:
    """Add the outlines of a prepared scan, and the files that define them."""
    group = parser.add_argument_group("outlines")
    group.add_argument("--template-outline", action="store_true", help="outline the brain of the template")
    group.add_argument(
        "--transform",
        metavar="FILE",
        help='with --template-outline: transform of the scan to MNI152, from "saliency-viewer prepare" or '
        "another program (default: the one in the map's JSON, if any)",
    )
    group.add_argument(
        "--mask-outline", action="store_true", help="outline the brain mask given with --brain-mask"
    )
    group.add_argument("--brain-mask", metavar="MASK", help="with --mask-outline: the brain mask")


def add_bar_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that hide the scale bar and the colour bar."""
    group.add_argument("--no-scale-bar", action="store_true", help="hide the scale bar")
    group.add_argument(
        "--no-colour-bar", action="store_true", help="hide the colour bar, and the shares of several inputs"
    )


def add_color_options(group: argparse._ArgumentGroup) -> None:
    """Add the colours and their range."""
    group.add_argument(
        "--hues",
        choices=("orange-blue", "green-purple", "hot-cold"),
        default="orange-blue",
        help="colours of positive and negative values (default: orange-blue)",
    )
    group.add_argument(
        "--range",
        metavar="LOW,HIGH",
        type=parse_range,
        help="|values| of the first and the last colour (default: from the threshold to the maximum)",
    )


def add_threshold_options(parser: argparse.ArgumentParser) -> None:
    """Add the threshold of a map."""
    group = parser.add_argument_group("threshold of the map (default: --percentile 99)")
    threshold = group.add_mutually_exclusive_group()
    threshold.add_argument(
        "--threshold", metavar="V", type=FloatInRange(0), help="show |values| of at least V"
    )
    threshold.add_argument(
        "--percentile", metavar="P", type=FloatInRange(0, 100), help="percentile of the non-zero |values|"
    )
    threshold.add_argument(
        "--top",
        metavar="P",
        type=FloatInRange(0, 100),
        help="the strongest voxels that together contain P %% of the relevance of the chosen sign",
    )
    threshold.add_argument(
        "--voxels", metavar="N", type=IntegerInRange(1), help="the N voxels with the largest |values|"
    )
    group.add_argument(
        "--min-cluster",
        metavar="MM3",
        type=FloatInRange(0),
        default=0.0,
        help="hide clusters smaller than this, in mm³",
    )
    group.add_argument(
        "--largest-clusters",
        metavar="N",
        type=IntegerInRange(1),
        default=0,
        help="show only the N clusters with the most relevance",
    )
    group.add_argument(
        "--sign",
        choices=("both", "positive", "negative"),
        default="both",
        help="sign of the values to show (default: both)",
    )
    group.add_argument(
        "--smooth",
        metavar="MM",
        type=FloatInRange(0, 50),
        default=0.0,
        help="smooth the displayed map (FWHM in mm; default: 0)",
    )


def threshold_from(arguments: argparse.Namespace) -> Threshold:
    """Return the threshold set by the options of `add_threshold_options`."""
    from viewer.scans.threshold import Threshold, ThresholdKind

    amounts = {
        kind: getattr(arguments, name)
        for kind, name in (
            (ThresholdKind.VALUE, "threshold"),
            (ThresholdKind.PERCENTILE, "percentile"),
            (ThresholdKind.TOP, "top"),
            (ThresholdKind.VOXELS, "voxels"),
        )
        if getattr(arguments, name) is not None
    }
    return next((Threshold(kind, float(amount)) for kind, amount in amounts.items()), Threshold())


def view_from(arguments: argparse.Namespace) -> View:
    """Return the view set by the options."""
    from viewer.session.view import Camera, ColorMap, Sign, Theme, View, Walls

    default = Camera()
    camera = Camera(
        azimuth=default.azimuth if arguments.azimuth is None else arguments.azimuth,
        elevation=default.elevation if arguments.elevation is None else arguments.elevation,
        zoom=arguments.zoom,
    )
    return View(
        theme=Theme(arguments.background),
        threshold=threshold_from(arguments),
        sign=Sign(arguments.sign),
        smallest_cluster=arguments.min_cluster,
        largest_clusters=arguments.largest_clusters,
        smoothing=arguments.smooth,
        walls_at=arguments.walls,
        camera=camera,
        glass=arguments.glass,
        nested=arguments.nested,
        by_certainty=getattr(arguments, "by_certainty", False),
        shadows=not arguments.no_shadows,
        image=arguments.image,
        template_outline=getattr(arguments, "template_outline", False),
        mask_outline=getattr(arguments, "mask_outline", False),
        crosshair=arguments.crosshair,
        walls=Walls.MIDDLE if arguments.crosshair is None else Walls.CROSSHAIR,
        hues=ColorMap(arguments.hues),
        display_range=arguments.range,
        scale_bar=not arguments.no_scale_bar,
        colour_bar=not arguments.no_colour_bar,
    )


def _parse_walls(text: str) -> tuple[float, float, float] | None:
    return None if text == "middle" else parse_point(text)
