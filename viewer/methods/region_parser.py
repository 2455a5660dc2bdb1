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


def parse_region(region: object) -> OutputRegion:
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

    if region is None:
        return DEFAULT_REGION
    if isinstance(region, OutputRegion):
        return region
    if isinstance(region, Scan | Map):
        return MaskRegion(region)
    if isinstance(region, tuple) and len(region) == 2 and isinstance(region[0], str):
        if region[0] not in tuple(Reduction):
            raise MethodError(f"region {region[0]}", "no such reduction", f"choose {', '.join(Reduction)}")
        return _reduce(parse_region(region[1]), Reduction(region[0]))
    if isinstance(region, str):
        inner = strip_reduction(region)
        if inner != region:
            return _reduce(parse_region(inner or None), Reduction(region.partition(":")[0]))
        if region.startswith(COMPONENT_PREFIX):
            x, y, z = _parse_numbers(region, region.removeprefix(COMPONENT_PREFIX), 3)
            return ComponentRegion((x, y, z))
        if region == WHOLE_OUTPUT:
            return WholeOutput()
        if region.startswith(THRESHOLD_PREFIX):
            return _parse_threshold(region)
        if region.startswith(BOX_PREFIX):
            corners = _parse_numbers(region, region.removeprefix(BOX_PREFIX), 6)
            pairs = list(zip(corners[:3], corners[3:], strict=True))
            low, high = ([extreme(pair) for pair in pairs] for extreme in (min, max))
            return BoxRegion((low[0], low[1], low[2]), (high[0], high[1], high[2]))
    if isinstance(region, str | Path):
        if not is_file(Path(region)):
            raise MethodError(f"region {region}", "is neither a file nor a known form", REGION_FORMS)
        from viewer.scans.load import load_scan, require_single_volume

        with require_single_volume():
            return MaskRegion(load_scan(region))
    return ArrayRegion(np.asarray(region))


def strip_reduction(text: str) -> str:
    """Return the text of a region without its reduction: ``above:0.5`` of ``mean:above:0.5``."""
    reduction, colon, region = text.partition(":")
    return region if colon and reduction in tuple(Reduction) else text


def _reduce(region: OutputRegion, reduction: Reduction) -> OutputRegion:
    return region if reduction is Reduction.SUM else ReducedRegion(region.unreduced, reduction)


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
