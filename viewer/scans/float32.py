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
class Float32Conversion:
    """Conversion of arrays to float32 that counts the values outside its range.

    Parameters
    ----------
    has_wide_input
        Whether any floating-point input had more than 32 bits.
    underflow_count
        Number of non-zero values that became 0.
    overflow_count
        Number of finite values that became infinite.
    max_magnitude
        Largest finite |value| in arrays with lost or too large values.
    min_value, max_value
        Smallest and largest finite value other than 0 (the background).
    """

    has_wide_input: bool = False
    underflow_count: int = 0
    overflow_count: int = 0
    max_magnitude: float = 0.0
    min_value: float = np.inf
    max_value: float = -np.inf

    def convert(self, values: npt.NDArray[Any], output: Floats) -> None:
        """Copy real values into a float32 array of the same shape."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            output[...] = values
        if values.dtype.kind != "f" or values.dtype.itemsize <= output.dtype.itemsize:
            return
        self.has_wide_input = True
        nonzero = np.isfinite(values) & (values != 0)
        # NumPy's masked minimum is several times slower than these copies.
        self.min_value = min(self.min_value, float(np.where(nonzero, values, np.inf).min(initial=np.inf)))
        self.max_value = max(self.max_value, float(np.where(nonzero, values, -np.inf).max(initial=-np.inf)))
        lost = int(np.count_nonzero(values)) - int(np.count_nonzero(output))
        infinite = np.isinf(output)
        if lost or infinite.any():
            finite = np.isfinite(values)
            self.underflow_count += lost
            self.overflow_count += int(np.count_nonzero(infinite & finite))
            self.max_magnitude = max(self.max_magnitude, float(np.abs(values[finite]).max(initial=0.0)))

    def check_precision(self, subject: str | Path, data: Floats) -> tuple[str, ...]:
        """Return notes on the precision lost in ``data``, the complete converted array.

        Raises
        ------
        ScanError
            All non-zero values are too small for 32 bits, or any value is too large: the peaks of a map
            would all become equal.
        """
        if not self.has_wide_input:
            return ()
        if self.overflow_count:
            values_text = "1 value" if self.overflow_count == 1 else f"{self.overflow_count:,} values"
            raise ScanError(
                subject,
                f"its values reach {self.max_magnitude:.3g}, and 32-bit floating point ends at "
                f"{FLOAT32_MAX:.2g} ({values_text} beyond)",
                "divide them by a power of ten, or set outliers to 0",
            )
        magnitude = max(
            self.max_magnitude,
            float(np.fmax.reduce(data, axis=None)),
            -float(np.fmin.reduce(data, axis=None)),
        )
        if 0 < magnitude < FLOAT32_MIN_NORMAL:
            raise ScanError(
                subject,
                f"its values reach {magnitude:.3g} at most, and 32-bit floating point begins at "
                f"{FLOAT32_MIN_NORMAL:.2g}",
                "multiply them by a power of ten",
            )
        voxels_text = "1 voxel was" if self.underflow_count == 1 else f"{self.underflow_count:,} voxels were"
        lost_note = f"{voxels_text} too small for 32 bits and set to 0." if self.underflow_count else ""
        return tuple(note for note in (lost_note, self._coarseness_note) if note)

    @property
    def _coarseness_note(self) -> str:
        """Note on lost contrast if float32 has few steps within the range of the values; else empty."""
        magnitude = max(abs(self.min_value), abs(self.max_value))
        if not self.max_value > self.min_value or magnitude > FLOAT32_MAX:
            return ""
        step, extent = float(np.spacing(np.float32(magnitude))), self.max_value - self.min_value
        if extent >= MIN_STEPS * step:
            return ""
        return (
            f"The values lie within {extent:.3g} of {self.min_value:.10g}, where 32-bit floating point has "
            f"steps of {step:.3g}: their contrast is lost; "
            f"subtract {self.min_value:.10g} from the values first."
        )


def as_float32(values: npt.ArrayLike, subject: str) -> Floats:
    """Return an array as float32, C-contiguous; the same array if it already is.

    Raises
    ------
    ScanError
        See `Float32Conversion.check_precision`.
    """
    array = np.asarray(values)
    if array.dtype == np.float32 or not array.size:
        return np.ascontiguousarray(array, dtype=np.float32)
    result = np.empty(array.shape, dtype=np.float32)
    narrowing = Float32Conversion()
    narrowing.convert(array, result)
    narrowing.check_precision(subject, result)
    return result
