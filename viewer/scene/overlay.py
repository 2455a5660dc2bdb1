"""Slices as pixels: a scan's values as grey, a map's values above the threshold as colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

STEPS = 128


def grey_range(data: npt.NDArray[np.float32]) -> tuple[float, float]:
    """The values drawn black and white: the darkest, and nearly the brightest, of a sample."""
    import numpy as np

    sample = data[::3, ::3, ::3].ravel()
    low = float(np.percentile(sample, 0.5))
    bright = sample[sample > low]
    high = float(np.percentile(bright, 99.7)) if bright.size else low + 1.0
    return low, high if high > low else low + 1.0


def grey(values: npt.NDArray[np.float32], low: float, high: float) -> npt.NDArray[np.uint8]:
    """Values between ``low`` and ``high`` as 0 to 255, same shape; those outside are clipped."""
    import numpy as np

    scale = 255.0 / (high - low) if high > low else 0.0
    scaled = (values - np.float32(low)) * np.float32(scale)
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)


def parts(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#rrggbb``, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def ramp(colour: str, opacity: float) -> npt.NDArray[np.uint32]:
    """``STEPS`` colours from a deeper shade to a pale one of the same hue, as premultiplied ARGB."""
    import numpy as np

    base = np.array(parts(colour), dtype=np.float64)
    place = np.linspace(0.0, 1.0, STEPS)[:, None]
    deep, pale = base * 0.72, base + (255 - base) * 0.6
    middle = 0.45
    shades = np.where(
        place < middle,
        deep + (base - deep) * place / middle,
        base + (pale - base) * (place - middle) / (1 - middle),
    )
    alpha = round(255 * min(max(opacity, 0.0), 1.0))
    red, green, blue = (np.rint(shades * alpha / 255).astype(np.uint32)).T
    return np.asarray(np.uint32(alpha << 24) | red << 16 | green << 8 | blue, dtype=np.uint32)


def coloured(
    values: npt.NDArray[np.float32],
    threshold: float,
    largest: float,
    positive: npt.NDArray[np.uint32] | None,
    negative: npt.NDArray[np.uint32] | None,
) -> npt.NDArray[np.uint32]:
    """Premultiplied ARGB of the values whose size reaches ``threshold``; clear everywhere else.

    ``positive`` and ``negative`` are the `ramp` of each sign, from the threshold to ``largest``; None
    leaves that sign out.
    """
    import numpy as np

    size = np.abs(values)
    shown = size >= max(threshold, np.finfo(np.float32).tiny)
    pixels = np.zeros(values.shape, dtype=np.uint32)
    span = largest - threshold
    for lut, wanted in ((positive, values > 0), (negative, values < 0)):
        if lut is None:
            continue
        here = shown & wanted
        if not here.any():
            continue
        place = (size[here] - threshold) * ((STEPS - 1) / span) if span > 0 else size[here] * 0 + STEPS - 1
        pixels[here] = lut[np.clip(place, 0, STEPS - 1).astype(np.intp)]
    return pixels
