"""The picture a wall carries, as four channels: brightness and cover of the slice, and two shadows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Texels = npt.NDArray[np.uint16]

FULL = 65535
_HIGHEST = 1e6
"""How many times what fills the 16 bits a value may be where it is interpolated."""


def face_texels(
    sliced: npt.NDArray[np.uint8], shadows: Floats | None, full: float, fineness: int = 1
) -> Texels:
    """Pack a slice and the shadows over it, uint16, shape (n, m, 4).

    Parameters
    ----------
    sliced
        Brightness and cover, shape (a, b, 2).
    shadows
        Maximum projections of the positive and negative part on the same face, each a whole number of
        times as fine as the slice along each axis, shape (n, m, 2); None throws none.
    full
        The value that fills the 16 bits of a shadow; larger ones are cut to it.
    fineness
        How many times finer than the finer of both the texels are: cubic interpolation between voxels
        in place of the linear one that drawing does.
    """
    shape = tuple(n * fineness for n in (sliced if shadows is None else shadows).shape[:2])
    texels = np.zeros((*shape, 4), dtype=np.uint16)
    if shape == sliced.shape[:2]:
        np.multiply(sliced, np.uint16(257), out=texels[:, :, :2], dtype=np.uint16)
    else:
        _resampled(sliced, 255.0, texels[:, :, :2])
    if shadows is not None and full > 0:
        _resampled(shadows, full, texels[:, :, 2:])
    return texels


def full_scale(largest: float, threshold: float) -> float:
    """A value for 16 bits that lies at or above the threshold, yet not 16 times above it if it can.

    It moves in steps, so that a dragged threshold seldom asks for other texels.
    """
    if not (0.0 < threshold <= largest):
        return largest
    return float(largest / 16.0 ** np.floor(np.log(largest / threshold) / np.log(16.0)))


def shade_at(threshold: float, full: float) -> float:
    """The threshold as a share of the 16 bits; above all of them where nothing reaches it."""
    return float(threshold / full) if full > 0 and np.isfinite(threshold) and threshold <= full else 2.0


def _resampled(values: npt.NDArray[np.generic], full: float, out: Texels) -> None:
    """Write two channels into finer texels so that ``full`` fills the 16 bits; what is larger is cut."""
    highest = np.float32(min(full * _HIGHEST, float(np.finfo(np.float32).max)))
    rows, columns = (cubic(old, new // old) for old, new in zip(values.shape[:2], out.shape[:2], strict=True))
    for channel in range(2):
        # Divided, as the quotient of the smallest numbers of 32 bits is one and that of 1 by them is not.
        plane = np.minimum(np.asarray(values[:, :, channel], dtype=np.float32), highest) / np.float32(full)
        plane *= np.float32(FULL)
        # Each axis for itself: the shadows of thick slices are finer along the slices' axis alone.
        plane = plane if rows is None else rows @ plane
        plane = plane if columns is None else plane @ columns.T
        out[:, :, channel] = np.clip(plane, 0, FULL)


def cubic(count: int, factor: int) -> Floats | None:
    """Weights that put ``factor`` texels in the place of each of ``count``; None where that changes nothing.

    Cubic convolution with a = -1/2 (Keys, IEEE Trans. ASSP 29:1153, 1981); the ends are repeated.
    """
    if factor == 1:
        return None
    places = (np.arange(count * factor) + 0.5) / factor - 0.5
    base = np.floor(places).astype(int)
    weights = np.zeros((count * factor, count), dtype=np.float32)
    for tap in range(-1, 3):
        away = np.abs(places - (base + tap))
        near = (1.5 * away - 2.5) * away * away + 1.0
        far = ((-0.5 * away + 2.5) * away - 4.0) * away + 2.0
        taken = np.clip(base + tap, 0, count - 1)
        np.add.at(weights, (np.arange(len(places)), taken), np.where(away <= 1.0, near, far))
    return weights
