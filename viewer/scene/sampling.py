"""A picture that was drawn too large, brought to its size: anti-aliasing for what is at rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


def averaged(pixels: Pixels, factor: int) -> Pixels:
    """Means over ``factor`` squared pixels, uint8, shape (h·f, w·f, 4) to (h, w, 4), C-contiguous."""
    if factor == 1:
        return np.ascontiguousarray(pixels)
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    rows = pixels[0::factor].astype(np.uint16)
    for n in range(1, factor):
        rows += pixels[n::factor]
    # Four channels of 16 bits are one number of 64: pixels are added whole, without carries between them.
    whole = rows.view(np.uint64)[:, :, 0]
    total = whole[:, 0::factor].copy()
    for n in range(1, factor):
        total += whole[:, n::factor]
    sums = total.view(np.uint16).reshape(height, width, 4)
    return ((sums + np.uint16(factor * factor // 2)) // np.uint16(factor * factor)).astype(np.uint8)
