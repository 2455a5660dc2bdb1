"""Colormapping of slices: scan values as grey, map values above the threshold as colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

STEPS = 128
FAINTEST = 0.5
"""Fraction of the opacity at the smallest value if low values fade, so that they stay visible over grey."""


def to_grey(values: npt.NDArray[np.float32], low: float, high: float) -> npt.NDArray[np.uint8]:
    """Map values between ``low`` and ``high`` to 0 to 255, same shape; values outside are clipped."""
    import numpy as np

    scale = 255.0 / (high - low) if high > low else 0.0
    scaled = (values - np.float32(low)) * np.float32(scale)
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)


def parse_hex(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of ``#rrggbb``, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def lookup_table(
    colour_stops: str | Sequence[str], opacity: float, by_value: bool = False
) -> npt.NDArray[np.uint32]:
    """Return ``STEPS`` premultiplied ARGB colours for the values from smallest to largest.

    Parameters
    ----------
    colour_stops
        One ``#rrggbb``, shown from a deeper shade to a pale one of the same hue, or several, evenly spread.
    opacity
        0 to 1.
    by_value
        Whether small values are more transparent: opacity grows linearly from `FAINTEST` times ``opacity``.
    """
    import numpy as np

    stops = (colour_stops,) if isinstance(colour_stops, str) else tuple(colour_stops)
    positions = np.linspace(0.0, 1.0, STEPS)[:, None]
    if len(stops) == 1:
        base = np.array(parse_hex(stops[0]), dtype=np.float64)
        dark, pale = base * 0.72, base + (255 - base) * 0.6
        colours, stop_positions = np.stack([dark, base, pale]), np.array([0.0, 0.45, 1.0])
    else:
        colours, stop_positions = (
            np.array([parse_hex(stop) for stop in stops], dtype=np.float64),
            np.linspace(0, 1, len(stops)),
        )
    shades = np.stack([np.interp(positions[:, 0], stop_positions, colours[:, n]) for n in range(3)], axis=-1)
    ramp = FAINTEST + (1 - FAINTEST) * positions[:, 0] if by_value else 1.0
    alpha = np.rint(255 * np.clip(opacity * ramp * np.ones(STEPS), 0.0, 1.0))
    red, green, blue = np.rint(shades * alpha[:, None] / 255).astype(np.uint32).T
    return np.asarray(alpha.astype(np.uint32) << 24 | red << 16 | green << 8 | blue, dtype=np.uint32)


def map_colours(
    values: npt.NDArray[np.float32],
    threshold: float,
    high: float,
    positive: npt.NDArray[np.uint32] | None,
    negative: npt.NDArray[np.uint32] | None,
    low: float | None = None,
) -> npt.NDArray[np.uint32]:
    """Map values with |value| at or above ``threshold`` to premultiplied ARGB; others are transparent.

    ``positive`` and ``negative`` are the `lookup_table` of each sign; None omits that sign. Their
    colours range from ``low``, by default the threshold, to ``high``.
    """
    import numpy as np

    size = np.abs(values)
    # Zero is the background, whatever the threshold.
    above_threshold = (size >= threshold) & (size > 0)
    pixels = np.zeros(values.shape, dtype=np.uint32)
    start = threshold if low is None else low
    span = high - start
    for lut, of_sign in ((positive, values > 0), (negative, values < 0)):
        if lut is None:
            continue
        selected = above_threshold & of_sign
        if not selected.any():
            continue
        # Divided first, as values may be anywhere in the range of float32.
        fraction = (size[selected] - start) / span if span > 0 else np.ones(np.count_nonzero(selected))
        pixels[selected] = lut[(np.clip(fraction, 0, 1) * (STEPS - 1)).astype(np.intp)]
    return pixels


def outline(pixels: npt.NDArray[np.uint32], values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
    """Return the outlines of coloured areas: opaque pixels beside a transparent one or the other sign."""
    import numpy as np

    signs = np.where(pixels >> 24 > 0, np.sign(values), 0).astype(np.int8)
    padded = np.pad(signs, 1)
    neighbours = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    rim = np.logical_or.reduce([neighbour != signs for neighbour in neighbours]) & (signs != 0)
    alpha = np.maximum(pixels >> 24, 1)
    channels = [np.minimum((pixels >> shift & 255) * 255 // alpha, 255) for shift in (16, 8, 0)]
    opaque = np.uint32(255 << 24) | channels[0] << 16 | channels[1] << 8 | channels[2]
    return np.where(rim, opaque, 0).astype(np.uint32)
