"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.commands.parser import WrongUse
from viewer.errors import ModelError
from viewer.files import exists, is_folder
from viewer.jobs.device import DEVICE_NAMES, is_device_name
from viewer.resource_files import BUILTIN_SCANS

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

LARGEST_SEED = 2**63 - 1
LARGEST_OF_LIBRARIES = 2**32 - 1
"""What scikit-learn takes."""
MM_PER_INCH = 25.4


def for_all(parser: argparse.ArgumentParser) -> None:
    """What every command takes."""
    group = parser.add_argument_group("in general")
    group.add_argument("--quiet", action="store_true", help="no progress and no notes on standard error")
    group.add_argument("--debug", action="store_true", help="show where in the program an error arose")


def for_json(parser: argparse.ArgumentParser) -> None:
    """The switch from a table to JSON."""
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def for_scan(parser: argparse.ArgumentParser) -> None:
    """A scan, and which of its volumes."""
    parser.add_argument(
        "scan",
        metavar="SCAN",
        help=f"a NIfTI, MGH, Analyze, MINC, AFNI or PAR/REC file, or one of {', '.join(BUILTIN_SCANS)}",
    )
    parser.add_argument(
        "--volume", metavar="N", type=whole(0), help="which volume of a series, counted from 0"
    )


def for_map_volume(container: argparse._ActionsContainer) -> None:
    """Which volumes of the maps, where these are series."""
    container.add_argument(
        "--map-volume",
        metavar="N",
        type=whole(0),
        action="append",
        help="which volume of a map that is a series, counted from 0; with several maps once for each of "
        "them, in their order, and 0 for one that is no series",
    )


def for_model(parser: argparse.ArgumentParser) -> None:
    """A model, its card, and whether its code may run."""
    parser.add_argument(
        "--model", metavar="M", required=True, help="a model's file, or the name of a built-in one"
    )
    parser.add_argument(
        "--card", metavar="FILE", help="the model's card, where it does not lie beside the model"
    )
    parser.add_argument(
        "--trust", action="store_true", help="let a model that holds code run it (TorchScript, Python)"
    )


def for_computing(parser: argparse.ArgumentParser) -> None:
    """Where and how something is computed."""
    group = parser.add_argument_group("computing")
    group.add_argument(
        "--device", metavar="D", type=device, default="auto", help=f"{DEVICE_NAMES} (default: auto)"
    )
    _for_repeating(group, LARGEST_SEED)


def for_processor(parser: argparse.ArgumentParser) -> None:
    """How something is computed that no other device computes."""
    _for_repeating(parser.add_argument_group("computing"), LARGEST_OF_LIBRARIES)


def _for_repeating(group: argparse._ArgumentGroup, largest: int) -> None:
    group.add_argument(
        "--threads", metavar="N", type=whole(1, 1024), help="how many processor cores to use (default: all)"
    )
    group.add_argument(
        "--seed",
        metavar="N",
        type=whole(0, largest),
        default=0,
        help="makes random draws repeatable (default: 0)",
    )


def settle(arguments: argparse.Namespace) -> torch.device:
    """The device, with the number of threads set.

    Raises
    ------
    ViewerError
        This machine has no such device.
    """
    import torch

    from viewer.jobs.device import select_device

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    return select_device(arguments.device)


def note_images(
    arguments: argparse.Namespace, scan: Scan | None, maps: Sequence[Map] = (), model: Model | None = None
) -> None:
    """Print on standard error what was repaired in a scan and in maps, and what must be known of the maps.

    That are their origin, as `origin_notes` and, of several, `notes_on_several` tell it, and large residuals.
    """
    from viewer.commands.telling import note
    from viewer.scans.origin import notes_on_several, origin_notes

    lines = [] if scan is None else [f"{scan.name}: {line}" for line in scan.notes]
    known = ("", "") if model is None else (model.hash, model.card.name)
    for one in maps:
        lines += [f"{one.name}: {line}" for line in (*one.notes, *origin_notes(one, scan, *known))]
    lines += notes_on_several(maps)
    note(lines, arguments.quiet)


def read_scan(arguments: argparse.Namespace) -> Scan:
    """The scan that was named.

    Raises
    ------
    ScanError
        It cannot be read.
    ModelError
        It is a series, and the network that is named takes several images at once: no volume of it would do.
    """
    from viewer.scans.load import VolumeNotChosen, load_scan

    try:
        return load_scan(arguments.scan, arguments.volume)
    except VolumeNotChosen as many:
        refuse_one_of_several(arguments, many)
        raise


def refuse_one_of_several(arguments: argparse.Namespace, many: Exception) -> None:
    """Raise ModelError where the network that is named takes several images, and choosing one is no way."""
    if not getattr(arguments, "model", None):
        return
    from viewer.models.inspect import inspect
    from viewer.models.loading import find_model
    from viewer.models.model_card import read_card
    from viewer.models.preprocessing import check_one_image

    given, named = getattr(arguments, "card", None), str(arguments.model)
    file = named.rpartition(":")[0] if ".py:" in named else named
    card = read_card(Path(given)) if given else inspect(find_model(file)).card
    if card is not None:
        try:
            check_one_image(card)
        except ModelError as error:
            raise error from many


def read_maps(paths: Sequence[str], volumes: Sequence[int] | None) -> list[Map]:
    """The maps that were named, each with its volume of `for_map_volume`; of one title, told apart by file.

    Raises
    ------
    WrongUse
        There are not as many volumes as maps.
    ScanError
        A map cannot be read.
    """
    from viewer.scans.load import load_map

    if volumes and len(volumes) != len(paths):
        raise WrongUse(
            f"--map-volume: is given {len(volumes)} times, and there are {len(paths)} maps; "
            "give it once for each of them, 0 for one that is no series"
        )
    chosen: Sequence[int | None] = volumes or [None] * len(paths)
    maps = [load_map(path, volume) for path, volume in zip(paths, chosen, strict=True)]
    names = [one.name for one in maps]
    return [
        one if names.count(one.name) == 1 else replace(one, name=f"{one.name} ({Path(path).name})")
        for one, path in zip(maps, paths, strict=True)
    ]


def read_model(arguments: argparse.Namespace) -> Model:
    """The model that was named. Raises ModelError."""
    from viewer.models.loading import load_model

    return load_model(arguments.model, card=arguments.card, trust=arguments.trust)


def output(path: str, endings: tuple[str, ...]) -> Path:
    """A path to write to, checked before anything is computed for it.

    Raises
    ------
    WrongUse
        Its ending is none of those, or there is no such folder.
    """
    found = Path(path)
    if not found.name.lower().endswith(endings):
        raise WrongUse(f"{path}: the name must end in {' or '.join(endings)}")
    if is_folder(found):
        raise WrongUse(f"{path}: is a folder")
    if not is_folder(found.absolute().parent):
        raise WrongUse(f"{path}: there is no folder {found.parent}")
    return found


def spare(path: Path, *inputs: str | None) -> None:
    """Never write over what is read.

    Raises
    ------
    WrongUse
        The output is one of the inputs.
    """
    for name in inputs:
        if name is not None and exists(path) and exists(Path(name)) and path.samefile(name):
            raise WrongUse(f"{path}: is read by this command and would be written over")


def map_output(path: str, *inputs: str | None) -> Path:
    """A path to write a map to, with its JSON beside it, checked before anything is computed.

    Raises
    ------
    WrongUse
        Its ending is another, there is no such folder, or it is one of the inputs.
    ScanError
        The JSON beside it would replace one that was not written with a map.
    """
    from viewer.scans.sidecar import check_sidecar

    found = output(path, (".nii", ".nii.gz"))
    spare(found, *inputs)
    check_sidecar(found)
    return found


# How values are read; argparse tells their errors


def device(text: str) -> str:
    """A device's name."""
    if not is_device_name(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no device; take {DEVICE_NAMES}")
    return text


class Whole:
    """Reads a whole number within limits."""

    def __init__(self, low: int, high: int | None) -> None:
        self._low = low
        self._high = high

    def __call__(self, text: str) -> int:
        """The number. Raises ArgumentTypeError."""
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if value < self._low or (self._high is not None and value > self._high):
            raise argparse.ArgumentTypeError(f"{text} is out of range; take {_span(self._low, self._high)}")
        return value


class Number:
    """Reads a finite number within limits."""

    def __init__(self, low: float | None, high: float | None) -> None:
        self._low = low
        self._high = high

    def __call__(self, text: str) -> float:
        """The number. Raises ArgumentTypeError."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise argparse.ArgumentTypeError(f"{text!r} is not a number")
        if (self._low is not None and value < self._low) or (self._high is not None and value > self._high):
            raise argparse.ArgumentTypeError(f"{text} is out of range; take {_span(self._low, self._high)}")
        return value


def whole(low: int, high: int | None = None) -> Whole:
    """Reads a whole number from ``low`` to ``high``; None is open."""
    return Whole(low, high)


def number(low: float | None = None, high: float | None = None) -> Number:
    """Reads a number from ``low`` to ``high``; None is open."""
    return Number(low, high)


def point(text: str) -> tuple[float, float, float]:
    """Three coordinates in mm."""
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no point; give X,Y,Z in mm, such as -30,5,12"
        ) from None
    if not all(math.isfinite(value) for value in (x, y, z)):
        raise argparse.ArgumentTypeError(f"{text!r} is no point in space")
    return x, y, z


def span(text: str) -> tuple[float, float]:
    """Two numbers from 0 on, the first not above the second."""
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no range; give LOW,HIGH, such as 0.1,0.5") from None
    if not (math.isfinite(low) and math.isfinite(high) and 0 <= low <= high):
        raise argparse.ArgumentTypeError(f"{text!r} is no range of |values|; give LOW,HIGH from 0 on")
    return low, high


def size(text: str) -> tuple[int, int]:
    """Width and height in pixels."""
    try:
        width, height = (int(part) for part in text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size; give WIDTHxHEIGHT, such as 1280x960"
        ) from None
    return width, height


def millimetres(text: str) -> tuple[float, float]:
    """Width and height in mm."""
    try:
        width, height = (float(part) for part in text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; give WIDTHxHEIGHT, such as 85x64") from None
    if not (0 < width < 10_000 and 0 < height < 10_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no size in mm")
    return width, height


def in_pixels(printed: tuple[float, float], dpi: float) -> tuple[int, int]:
    """The pixels of a size in mm, to the nearest one."""
    width, height = (round(length / MM_PER_INCH * dpi) for length in printed)
    return width, height


def _span(low: float | None, high: float | None) -> str:
    if high is None:
        return f"{low:g} or more"
    return f"{high:g} or less" if low is None else f"{low:g} to {high:g}"


def parameters(settings: Sequence[str]) -> dict[str, object]:
    """What ``--set PARAM=VALUE`` was given, name to text.

    Raises
    ------
    WrongUse
        One is not of that form, or a parameter is set twice.
    """
    values: dict[str, object] = {}
    for setting in settings:
        parameter, equals, value = setting.partition("=")
        if not equals or not parameter:
            raise WrongUse(f"--set {setting}: give PARAM=VALUE, such as steps=64")
        if parameter in values:
            raise WrongUse(f"--set {setting}: {parameter} is set twice")
        values[parameter] = value
    return values
