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
    rows = np.add(pixels[0::factor], pixels[1::factor], dtype=np.uint16)
    for n in range(2, factor):
        np.add(rows, pixels[n::factor], out=rows)
    # Four channels of 16 bits are one number of 64: pixels are added whole, without carries between them.
    whole = rows.view(np.uint64)[:, :, 0]
    total = whole[:, 0::factor] + whole[:, 1::factor]
    for n in range(2, factor):
        total += whole[:, n::factor]
    sums = total.view(np.uint16).reshape(height, width, 4)
    sums += np.uint16(factor * factor // 2)
    sums //= np.uint16(factor * factor)
    return sums.astype(np.uint8)
