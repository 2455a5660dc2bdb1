"""Conversion to float32, with notes or errors on values that float32 cannot represent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError

Floats = npt.NDArray[np.float32]

FLOAT32_MAX = float(np.finfo(np.float32).max)
FLOAT32_MIN_NORMAL = float(np.finfo(np.float32).smallest_normal)
"""Smallest normal float32; smaller values lose precision, and values below 1.4e-45 become 0."""

MIN_STEPS = 256
"""Minimum number of float32 steps within the range of the values; with fewer, contrast is visibly lost."""


@dataclass
class Narrowing:
    """Conversion of arrays to float32 that counts the values outside its range.

    Parameters
    ----------
    wide
        Whether any floating-point input had more than 32 bits.
    lost
        Number of non-zero values that became 0.
    too_large
        Number of finite values that became infinite.
    reach
        Largest finite |value| in arrays with lost or too large values.
    low, high
        Smallest and largest finite value other than 0 (the background).
    """

    wide: bool = False
    lost: int = 0
    too_large: int = 0
    reach: float = 0.0
    low: float = np.inf
    high: float = -np.inf

    def put(self, values: npt.NDArray[Any], into: Floats) -> None:
        """Copy real values into a float32 array of the same shape."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            into[...] = values
        if values.dtype.kind != "f" or values.dtype.itemsize <= into.dtype.itemsize:
            return
        self.wide = True
        nonzero = np.isfinite(values) & (values != 0)
        # NumPy's masked minimum is several times slower than these copies.
        self.low = min(self.low, float(np.where(nonzero, values, np.inf).min(initial=np.inf)))
        self.high = max(self.high, float(np.where(nonzero, values, -np.inf).max(initial=-np.inf)))
        lost = int(np.count_nonzero(values)) - int(np.count_nonzero(into))
        infinite = np.isinf(into)
        if lost or infinite.any():
            finite = np.isfinite(values)
            self.lost += lost
            self.too_large += int(np.count_nonzero(infinite & finite))
            self.reach = max(self.reach, float(np.abs(values[finite]).max(initial=0.0)))

    def check(self, subject: str | Path, data: Floats) -> tuple[str, ...]:
        """Return notes on the precision lost in ``data``, the complete converted array.

        Raises
        ------
        ScanError
            All non-zero values are too small for 32 bits, or any value is too large: the peaks of a map
            would all become equal.
        """
        if not self.wide:
            return ()
        if self.too_large:
            values_text = "1 value" if self.too_large == 1 else f"{self.too_large:,} values"
            raise ScanError(
                subject,
                f"its values reach {self.reach:.3g}, and 32-bit floating point ends at {FLOAT32_MAX:.2g} "
                f"({values_text} beyond)",
                "divide them by a power of ten, or set outliers to 0",
            )
        magnitude = max(
            self.reach, float(np.fmax.reduce(data, axis=None)), -float(np.fmin.reduce(data, axis=None))
        )
        if 0 < magnitude < FLOAT32_MIN_NORMAL:
            raise ScanError(
                subject,
                f"its values reach {magnitude:.3g} at most, and 32-bit floating point begins at "
                f"{FLOAT32_MIN_NORMAL:.2g}",
                "multiply them by a power of ten",
            )
        voxels_text = "1 voxel was" if self.lost == 1 else f"{self.lost:,} voxels were"
        lost_note = f"{voxels_text} too small for 32 bits and set to 0." if self.lost else ""
        return tuple(note for note in (lost_note, self._coarseness) if note)

    @property
    def _coarseness(self) -> str:
        """Note on lost contrast if float32 has few steps within the range of the values; else empty."""
        magnitude = max(abs(self.low), abs(self.high))
        if not self.high > self.low or magnitude > FLOAT32_MAX:
            return ""
        step, extent = float(np.spacing(np.float32(magnitude))), self.high - self.low
        if extent >= MIN_STEPS * step:
            return ""
        return (
            f"The values lie within {extent:.3g} of {self.low:.10g}, where 32-bit floating point has steps "
            f"of {step:.3g}: their contrast is lost; subtract {self.low:.10g} from the values first."
        )


def as_float32(values: npt.ArrayLike, subject: str) -> Floats:
    """Return an array as float32, C-contiguous; the same array if it already is.

    Raises
    ------
    ScanError
        See `Narrowing.check`.
    """
    array = np.asarray(values)
    if array.dtype == np.float32 or not array.size:
        return np.ascontiguousarray(array, dtype=np.float32)
    result = np.empty(array.shape, dtype=np.float32)
    narrowing = Narrowing()
    narrowing.put(array, result)
    narrowing.check(subject, result)
    return result
