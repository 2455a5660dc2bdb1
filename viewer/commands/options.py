"""Command-line options shared by several commands, and parsing of their values."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from viewer.commands.parser import UsageError
from viewer.files import expand_user
from viewer.jobs.device import DEVICE_NAMES, is_device_name
from viewer.parameters import format_range
from viewer.resource_files import BUILTIN_SCANS

if TYPE_CHECKING:
    from viewer.scans.threshold import Threshold
    from viewer.session.view import View

MAX_SEED = 2**63 - 1
MAX_LIBRARY_SEED = 2**32 - 1
"""What scikit-learn takes."""
MM_PER_INCH = 25.4


def add_general_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command."""
    group = parser.add_argument_group("general options")
    group.add_argument(
        "--quiet", action="store_true", help="print no progress and no notes on standard error"
    )
    group.add_argument("--debug", action="store_true", help="print the traceback of an error")


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_scan_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the scan, its volume or channels, and covariates."""
    parser.add_argument(
        "scan",
        metavar="SCAN",
        nargs="+",
        help=f"a NIfTI, MGH, Analyze, MINC, AFNI or PAR/REC file, or one of {', '.join(BUILTIN_SCANS)}; "
        "a person's folder of a BIDS dataset; "
        "several images of one person as T1=FILE FLAIR=FILE, by the channels of the model's card",
    )
    parser.add_argument(
        "--volume", metavar="N", type=IntegerInRange(0), help="which volume of a series, counted from 0"
    )
    add_channel_options(parser)
    add_align_option(parser)


def add_language_option(parser: argparse.ArgumentParser) -> None:
    """Add the language of the window."""
    parser.add_argument(
        "--language",
        choices=("system", "en", "de"),
        help="language of the window (default: as chosen in View > Language)",
    )


def add_align_option(parser: argparse.ArgumentParser) -> None:
    """Add whether several images of a person are aligned."""
    parser.add_argument(
        "--align",
        action="store_true",
        help="register the images of the person to the first of them (rigid): for heads that lay differently",
    )


def add_channel_options(parser: argparse.ArgumentParser) -> None:
    """Add the channels of one file's volumes, and covariates."""
    parser.add_argument(
        "--channels",
        metavar="NAME,...",
        type=parse_channels,
        help="take all volumes of the file, as these channels of the model, such as T1,T1c,T2,FLAIR",
    )
    add_covariate_option(parser)


def add_covariate_option(parser: argparse.ArgumentParser) -> None:
    """Add the numbers that a model takes beside the image."""
    parser.add_argument(
        "--set-covariate",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a number that the model takes beside the image, such as age=71; may be repeated",
    )


def add_map_volume_option(container: argparse._ActionsContainer) -> None:
    """Add the volumes of maps that are series."""
    container.add_argument(
        "--map-volume",
        metavar="N",
        type=IntegerInRange(0),
        action="append",
        help="which volume of a map that is a series, counted from 0; with several maps once for each of "
        "them, in their order, and 0 for one that is not a series",
    )


def add_map_name_option(container: argparse._ActionsContainer) -> None:
    """Add the names of maps in legends."""
    container.add_argument(
        "--map-name",
        metavar="NAME",
        action="append",
        help="what the map is called in the figure; with several maps once for each of them, in their order",
    )


class _FirstAndOthers(argparse.Action):
    """Keeps the first value under the option's own name, and further ones in ``other_models``."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Keep one value."""
        if getattr(namespace, self.dest) is None:
            setattr(namespace, self.dest, values)
        else:
            namespace.other_models = [*namespace.other_models, values]


def add_model_options(
    parser: argparse.ArgumentParser, *, required: bool = True, ensemble: bool = False
) -> None:
    """Add the model, its card, and whether its code may run; with ``ensemble``, several models."""
    about = "a model's file or folder, or the name of a built-in one"
    if ensemble:
        parser.set_defaults(other_models=[])
        about += "; with --uncertainty ensemble once for each network of it"
    parser.add_argument(
        "--model",
        metavar="M",
        required=required,
        action=_FirstAndOthers if ensemble else "store",
        help=about,
    )
    parser.add_argument("--card", metavar="FILE", help="the model card, if it is not beside the model")
    parser.add_argument(
        "--answer",
        metavar="KEY",
        help="of a network that returns several tensors (deep supervision): key or index of the one to take "
        "(default: the card's, or the one that is clearly the prediction)",
    )
    parser.add_argument(
        "--fold",
        metavar="N",
        help="of an nnU-Net's results folder: the fold whose network is used, such as 0 or all (default: the "
        "mean of the outputs of the folds)",
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="allow a model that contains code to run it (TorchScript, Python)",
    )


def add_uncertainty_options(parser: argparse.ArgumentParser) -> None:
    """Add what a prediction or map is repeated over, and how often."""
    group = parser.add_argument_group("uncertainty")
    group.add_argument(
        "--uncertainty",
        choices=("dropout", "moves", "ensemble"),
        help="repeat over: dropout, the network with its dropout switched on; moves, the scan shifted by up "
        "to half a voxel, turned by up to 1° and with as much noise as it has; ensemble, several --model, or "
        "the folds of an nnU-Net",
    )
    group.add_argument(
        "--samples",
        metavar="N",
        type=IntegerInRange(2, 10_000),
        help="number of repetitions, of dropout and moves (default: 20)",
    )


def add_prepare_option(parser: argparse.ArgumentParser) -> None:
    """Add whether the scan is prepared as the card asks for."""
    parser.add_argument(
        "--prepare",
        choices=("none", "card"),
        default="none",
        help="card: first do what the model's card asks for (registration to the template, skull, bias "
        "field); results lie on the scan as given all the same (default: none)",
    )
    parser.add_argument(
        "--transform",
        metavar="FILE",
        help="with --prepare card: the transform of the scan to MNI152, instead of finding it (JSON, ITK's "
        ".tfm, FSL's .mat)",
    )
    parser.add_argument(
        "--brain-mask",
        metavar="MASK",
        help="with --prepare card: the brain mask, instead of finding it; fit takes one alone, too",
    )


def add_computing_options(parser: argparse.ArgumentParser) -> None:
    """Add the device, threads and seed."""
    group = parser.add_argument_group("computing")
    group.add_argument(
        "--device", metavar="D", type=parse_device, default="auto", help=f"{DEVICE_NAMES} (default: auto)"
    )
    _add_threads_and_seed(group, MAX_SEED)


def add_cpu_options(parser: argparse.ArgumentParser) -> None:
    """Add threads and seed, for what is computed on the CPU only."""
    _add_threads_and_seed(parser.add_argument_group("computing"), MAX_LIBRARY_SEED)


def add_threads_option(container: argparse._ActionsContainer) -> None:
    """Add the number of threads, for what takes no random numbers either."""
    container.add_argument(
        "--threads",
        metavar="N",
        type=IntegerInRange(1, 1024),
        help="number of processor cores to use (default: all)",
    )


def _add_threads_and_seed(group: argparse._ArgumentGroup, largest: int) -> None:
    add_threads_option(group)
    group.add_argument(
        "--seed",
        metavar="N",
        type=IntegerInRange(0, largest),
        default=0,
        help="seed of the random numbers (default: 0)",
    )


def add_box_options(look: argparse._ArgumentGroup) -> None:
    """Add the look of the box, for figures and movies."""
    look.add_argument("--background", choices=("dark", "light"), default="dark", help="(default: dark)")
    add_image_option(look)
    look.add_argument(
        "--walls", metavar="middle|X,Y,Z", type=_parse_walls, default=None,
        help="position of the slices on the walls, in mm (default: middle)",
    )  # fmt: skip
    look.add_argument(
        "--crosshair",
        metavar="X,Y,Z",
        type=parse_point,
        help="show the slices through this point, in mm, and mark it",
    )
    look.add_argument("--glass", action="store_true", help="draw the brain's surface as glass")
    look.add_argument("--nested", action="store_true", help="draw a translucent outer body around each body")
    look.add_argument(
        "--azimuth",
        metavar="A",
        type=FloatInRange(),
        help="camera azimuth in degrees: 0 from behind, increasing towards the brain's right",
    )
    look.add_argument(
        "--elevation",
        metavar="E",
        type=FloatInRange(-90, 90),
        help="camera elevation in degrees: 0 level, 90 from above",
    )
    look.add_argument(
        "--zoom",
        metavar="Z",
        type=FloatInRange(0.1, 20),
        default=1.0,
        help="zoom factor; 1 fits the box (default: 1)",
    )
    look.add_argument("--no-shadows", action="store_true", help="hide the bodies' shadows on the walls")
    add_bar_options(look)
    add_color_options(look)


def add_certainty_option(look: argparse._ArgumentGroup) -> None:
    """Add the opacity by certainty."""
    look.add_argument(
        "--by-certainty",
        action="store_true",
        help="of a mean with a standard deviation (explain --uncertainty): fade what is below 2 SD",
    )


def add_convention_option(look: argparse._ArgumentGroup) -> None:
    """Add on which side slices show the brain's left."""
    look.add_argument(
        "--convention",
        choices=("neurological", "radiological"),
        default="neurological",
        help="the brain's left is on the left (neurological) or on the right (default: neurological)",
    )


def add_atlas_options(parser: argparse.ArgumentParser) -> None:
    """Add the atlas in which the clusters' regions are looked up."""
    group = parser.add_argument_group("regions of the clusters")
    group.add_argument("--atlas", metavar="ATLAS", help="an image of labels, or volumes with probabilities")
    group.add_argument("--labels", metavar="FILE", help="the regions' names (default: beside the atlas)")


def check_atlas_options(arguments: argparse.Namespace) -> None:
    """Raise UsageError where names are given without an atlas."""
    if arguments.labels is not None and arguments.atlas is None:
        raise UsageError("--labels names the regions of an --atlas, and none is given")


def add_image_option(look: argparse._ArgumentGroup) -> None:
    """Add which of several images is shown."""
    look.add_argument(
        "--image",
        metavar="NAME",
        default="",
        help="of several images of one person: the one on slices and walls, by its channel, such as FLAIR "
        "(default: the first)",
    )


def add_outline_options(parser: argparse.ArgumentParser) -> None:
    """Add the outlines of a prepared scan, and the files that say where they lie."""
    group = parser.add_argument_group("outlines of a scan's preparation")
    group.add_argument("--template-outline", action="store_true", help="outline the template's brain")
    group.add_argument(
        "--transform",
        metavar="FILE",
        help='with --template-outline: the transform of the scan to MNI152, of "saliency-viewer prepare" or '
        "another program (default: that in the map's JSON, if any)",
    )
    group.add_argument(
        "--mask-outline", action="store_true", help="outline the brain mask that --brain-mask names"
    )
    group.add_argument("--brain-mask", metavar="MASK", help="with --mask-outline: the brain mask")


def add_bar_options(look: argparse._ArgumentGroup) -> None:
    """Add whether the scale bar and the colour bar are drawn."""
    look.add_argument("--no-scale-bar", action="store_true", help="hide the scale bar")
    look.add_argument(
        "--no-colour-bar", action="store_true", help="hide the colour bar, and the shares of several inputs"
    )


def add_color_options(look: argparse._ArgumentGroup) -> None:
    """Add the colours and their range."""
    look.add_argument(
        "--hues",
        choices=("orange-blue", "green-purple", "hot-cold"),
        default="orange-blue",
        help="colours of positive and negative values (default: orange-blue)",
    )
    look.add_argument(
        "--range",
        metavar="LOW,HIGH",
        type=parse_range,
        help="|values| of the first and the last colour (default: from the threshold to the maximum)",
    )


def add_threshold_options(parser: argparse.ArgumentParser) -> None:
    """Add the threshold of a map."""
    group = parser.add_argument_group("threshold of the map (default: --percentile 99)")
    cut = group.add_mutually_exclusive_group()
    cut.add_argument("--threshold", metavar="V", type=FloatInRange(0), help="show |values| of at least V")
    cut.add_argument(
        "--percentile", metavar="P", type=FloatInRange(0, 100), help="percentile of the non-zero |values|"
    )
    cut.add_argument(
        "--top",
        metavar="P",
        type=FloatInRange(0, 100),
        help="the strongest voxels, which contain P %% of the relevance of the chosen sign",
    )
    cut.add_argument("--voxels", metavar="N", type=IntegerInRange(1), help="the N largest voxels")
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


def view_from(arguments: argparse.Namespace) -> View:
    """Return the view set by the options."""
    from viewer.session.view import Camera, ColorMap, Sign, Theme, View, Walls

    usual = Camera()
    camera = Camera(
        azimuth=usual.azimuth if arguments.azimuth is None else arguments.azimuth,
        elevation=usual.elevation if arguments.elevation is None else arguments.elevation,
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


# How values are read; argparse tells their errors


def parse_device(text: str) -> str:
    """Parse a device's name."""
    if not is_device_name(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a device; choose {DEVICE_NAMES}")
    return text


class IntegerInRange:
    """Reads a whole number within limits."""

    def __init__(self, low: int, high: int | None = None) -> None:
        self._low = low
        self._high = high

    def __call__(self, text: str) -> int:
        """Parse a number within the range. Raises ArgumentTypeError."""
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if value < self._low or (self._high is not None and value > self._high):
            raise argparse.ArgumentTypeError(
                f"{text} is out of range; choose {format_range(self._low, self._high)}"
            )
        return value


class FloatInRange:
    """Reads a finite number within limits."""

    def __init__(self, low: float | None = None, high: float | None = None) -> None:
        self._low = low
        self._high = high

    def __call__(self, text: str) -> float:
        """Parse a number within the range. Raises ArgumentTypeError."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise argparse.ArgumentTypeError(f"{text!r} is not a number")
        if (self._low is not None and value < self._low) or (self._high is not None and value > self._high):
            raise argparse.ArgumentTypeError(
                f"{text} is out of range; choose {format_range(self._low, self._high)}"
            )
        return value


def parse_output_path(text: str) -> str:
    """Return the path of an output, with ``~`` and ``~user`` replaced by that user's folder.

    Shells leave the ``~`` of ``--output=~/map.nii.gz``, and of a user who does not exist.

    Raises
    ------
    ViewerError
        There is no such user.
    """
    return str(expand_user(text)) if text.startswith("~") else text


def parse_point(text: str) -> tuple[float, float, float]:
    """Three coordinates in mm."""
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a point; give X,Y,Z in mm, such as -30,5,12"
        ) from None
    if not all(math.isfinite(value) for value in (x, y, z)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a point in space")
    return x, y, z


def parse_range(text: str) -> tuple[float, float]:
    """Parse two numbers ≥ 0, the first not above the second."""
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range; give LOW,HIGH, such as 0.1,0.5") from None
    if not (math.isfinite(low) and math.isfinite(high) and 0 <= low <= high):
        raise argparse.ArgumentTypeError(f"{text!r} is not a range of |values|; give LOW,HIGH from 0 on")
    return low, high


def parse_size(text: str) -> tuple[int, int]:
    """Width and height in pixels."""
    try:
        width, height = (int(part) for part in text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a size; give WIDTHxHEIGHT, such as 1280x960"
        ) from None
    return width, height


def parse_figure_size(text: str) -> tuple[int, int] | str:
    """Width and height in pixels, or the name of a size."""
    from viewer.scene.figure_sizes import FIGURE_SIZES

    if text in FIGURE_SIZES:
        return text
    try:
        return parse_size(text)
    except argparse.ArgumentTypeError:
        names = ", ".join(FIGURE_SIZES)
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a size; give WIDTHxHEIGHT, such as 1280x960, or one of {names}"
        ) from None


def parse_size_mm(text: str) -> tuple[float, float]:
    """Width and height in mm."""
    try:
        width, height = (float(part) for part in text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a size; give WIDTHxHEIGHT, such as 85x64"
        ) from None
    if not (0 < width < 10_000 and 0 < height < 10_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size in mm")
    return width, height


def size_in_pixels(size_mm: tuple[float, float], dpi: float) -> tuple[int, int]:
    """Convert a size in mm to pixels, rounded to the nearest integer."""
    width, height = (round(length / MM_PER_INCH * dpi) for length in size_mm)
    return width, height


def parse_channels(text: str) -> tuple[str, ...]:
    """Parse names of channels with commas between them."""
    names = tuple(word.strip() for word in text.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError(f"{text!r} names no channels; give NAME,..., such as T1,FLAIR")
    return names


def parse_covariates(settings: Sequence[str]) -> dict[str, float]:
    """Parse the values of ``--set-covariate NAME=VALUE`` to a dict from name to number.

    Raises
    ------
    UsageError
        One is not of that form, is not a finite number, or is set twice.
    """
    values: dict[str, float] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set-covariate {setting}: give NAME=VALUE, such as age=71")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UsageError(f"--set-covariate {setting}: {text!r} is not a number")
        if name.strip().casefold() in (known.casefold() for known in values):
            raise UsageError(f"--set-covariate {setting}: {name.strip()} is set twice")
        values[name.strip()] = value
    return values


def parse_parameters(settings: Sequence[str]) -> dict[str, object]:
    """Parse the values of ``--set PARAM=VALUE`` to a dict from name to text.

    Raises
    ------
    UsageError
        One is not of that form, or a parameter is set twice.
    """
    values: dict[str, object] = {}
    for setting in settings:
        parameter, equals, value = setting.partition("=")
        if not equals or not parameter:
            raise UsageError(f"--set {setting}: give PARAM=VALUE, such as steps=64")
        if parameter in values:
            raise UsageError(f"--set {setting}: {parameter} is set twice")
        values[parameter] = value
    return values
