"""Regions of a dense prediction from text, paths, masks and arrays."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from viewer.errors import MethodError
from viewer.files import is_file
from viewer.methods.output_regions import (
    BOX_PREFIX,
    COMPONENT_PREFIX,
    DEFAULT_REGION,
    REGION_FORMS,
    THRESHOLD_PREFIX,
    WHOLE_OUTPUT,
    ArrayRegion,
    BoxRegion,
    ComponentRegion,
    MaskRegion,
    OutputRegion,
    ReducedRegion,
    Reduction,
    ThresholdRegion,
    WholeOutput,
)


def parse_region(wanted: object) -> OutputRegion:
    """Return the region given by a text, a path, a mask or an array; None is `ThresholdRegion` with 0.5.

    A text may begin with a reduction, ``mean:above:0.5``; for a mask or an array, the reduction is the first
    item of a pair, ``("mean", mask)``.

    Raises
    ------
    MethodError
        The region is not valid.
    ScanError
        The mask cannot be read.
    """
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

    if wanted is None:
        return DEFAULT_REGION
    if isinstance(wanted, OutputRegion):
        return wanted
    if isinstance(wanted, Scan | Map):
        return MaskRegion(wanted)
    if isinstance(wanted, tuple) and len(wanted) == 2 and isinstance(wanted[0], str):
        if wanted[0] not in tuple(Reduction):
            raise MethodError(f"region {wanted[0]}", "no such reduction", f"choose {', '.join(Reduction)}")
        return _reduce(parse_region(wanted[1]), Reduction(wanted[0]))
    if isinstance(wanted, str):
        inner = strip_reduction(wanted)
        if inner != wanted:
            return _reduce(parse_region(inner or None), Reduction(wanted.partition(":")[0]))
        if wanted.startswith(COMPONENT_PREFIX):
            x, y, z = _parse_numbers(wanted, wanted.removeprefix(COMPONENT_PREFIX), 3)
            return ComponentRegion((x, y, z))
        if wanted == WHOLE_OUTPUT:
            return WholeOutput()
        if wanted.startswith(THRESHOLD_PREFIX):
            return _parse_threshold(wanted)
        if wanted.startswith(BOX_PREFIX):
            corners = _parse_numbers(wanted, wanted.removeprefix(BOX_PREFIX), 6)
            pairs = list(zip(corners[:3], corners[3:], strict=True))
            low, high = ([extreme(pair) for pair in pairs] for extreme in (min, max))
            return BoxRegion((low[0], low[1], low[2]), (high[0], high[1], high[2]))
    if isinstance(wanted, str | Path):
        if not is_file(Path(wanted)):
            raise MethodError(f"region {wanted}", "is neither a file nor a known form", REGION_FORMS)
        from viewer.scans.load import load_scan, require_single_volume

        with require_single_volume():
            return MaskRegion(load_scan(wanted))
    return ArrayRegion(np.asarray(wanted))


def strip_reduction(text: str) -> str:
    """Return the text of a region without its reduction: ``above:0.5`` of ``mean:above:0.5``."""
    reduction, colon, region = text.partition(":")
    return region if colon and reduction in tuple(Reduction) else text


def _reduce(region: OutputRegion, reduction: Reduction) -> OutputRegion:
    return region if reduction is Reduction.SUM else ReducedRegion(region.reduced, reduction)


def _parse_threshold(text: str) -> ThresholdRegion:
    threshold_text, separator, point = text.removeprefix(THRESHOLD_PREFIX).partition("@")
    threshold = _parse_numbers(text, threshold_text, 1)[0]
    if not 0 <= threshold < 1:
        raise MethodError(f"region {text}", f"{threshold:g} is not a probability", "choose 0 to 1")
    if not separator:
        return ThresholdRegion(threshold)
    x, y, z = _parse_numbers(text, point, 3)
    return ThresholdRegion(threshold, (x, y, z))


def _parse_numbers(region_text: str, text: str, count: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(number_text) for number_text in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        raise MethodError(f"region {region_text}", "its numbers cannot be read", REGION_FORMS)
    return numbers
