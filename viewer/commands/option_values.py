"""Parsing of option values; argparse reports the errors."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

from viewer.commands.parser import UsageError
from viewer.files import expand_user
from viewer.jobs.device import DEVICE_NAMES, is_device_name
from viewer.parameters import format_range

MM_PER_INCH = 25.4


def parse_device(text: str) -> str:
    """Parse the name of a device."""
    if not is_device_name(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a device; choose {DEVICE_NAMES}")
    return text


class IntegerInRange:
    """Parser of whole numbers within limits."""

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
    """Parser of finite numbers within limits."""

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
    """Return the path of an output, with ``~`` and ``~user`` replaced by the user's home folder.

    Shells do not expand the ``~`` in ``--output=~/map.nii.gz``, nor that of an unknown user.

    Raises
    ------
    ViewerError
        There is no such user.
    """
    return str(expand_user(text)) if text.startswith("~") else text


def parse_point(text: str) -> tuple[float, float, float]:
    """Parse three coordinates in mm."""
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
    """Parse width and height in pixels."""
    try:
        width, height = (int(part) for part in text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a size; give WIDTHxHEIGHT, such as 1280x960"
        ) from None
    return width, height


def parse_figure_size(text: str) -> tuple[int, int] | str:
    """Parse width and height in pixels, or the name of a size."""
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
    """Parse width and height in mm."""
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
    """Parse comma-separated names of channels."""
    names = tuple(word.strip() for word in text.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError(f"{text!r} names no channels; give NAME,..., such as T1,FLAIR")
    return names


def parse_covariates(settings: Sequence[str]) -> dict[str, float]:
    """Parse the values of ``--set-covariate NAME=VALUE`` to a dict from name to number.

    Raises
    ------
    UsageError
        A setting is malformed, its value is not a finite number, or it is given twice.
    """
    values: dict[str, float] = {}
    for setting in settings:
        name, separator, text = setting.partition("=")
        if not separator or not name.strip():
            raise UsageError(f"--set-covariate {setting}: give NAME=VALUE, such as age=71")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UsageError(f"--set-covariate {setting}: {text!r} is not a number")
        if name.strip().casefold() in (other.casefold() for other in values):
            raise UsageError(f"--set-covariate {setting}: {name.strip()} is set twice")
        values[name.strip()] = value
    return values


def parse_parameters(settings: Sequence[str]) -> dict[str, object]:
    """Parse the values of ``--set PARAM=VALUE`` to a dict from name to text.

    Raises
    ------
    UsageError
        A setting is malformed, or a parameter is set twice.
    """
    values: dict[str, object] = {}
    for setting in settings:
        parameter, separator, value = setting.partition("=")
        if not separator or not parameter:
            raise UsageError(f"--set {setting}: give PARAM=VALUE, such as steps=64")
        if parameter in values:
            raise UsageError(f"--set {setting}: {parameter} is set twice")
        values[parameter] = value
    return values
