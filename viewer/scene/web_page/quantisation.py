"""Quantised values of scans and maps, as stored in a page, with their step and precision."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.scene.web_page.packing import Unsigned, sample_planes, smallest_size

Floats = npt.NDArray[np.float32]

MAX_BITS, MIN_BITS = 16, 8


@dataclass(frozen=True, eq=False)
class QuantisedValues:
    """Values rounded to an integer number of steps: ``offset + step · numbers``.

    Parameters
    ----------
    numbers
        uint8 or uint16, of the shape of the values.
    step, offset
        In units of the values; the rounding error is at most half a step.
    is_exact
        Whether all values equal the given ones, as integers do with a step of 1.
    """

    numbers: Unsigned
    step: float
    offset: float
    is_exact: bool

    def values(self) -> npt.NDArray[np.float64]:
        """Return the rounded values."""
        return np.asarray(self.offset + self.step * self.numbers.astype(np.float64))


def quantise(values: Floats, max_bytes: int | None = None, *, exact_zero: bool = False) -> QuantisedValues:
    """Round values to the finest steps, of 16 to 8 bits, that fit into ``max_bytes`` when compressed.

    Integers stay exact if they fit.

    Parameters
    ----------
    values
        Finite values of any shape.
    max_bytes
        Size in bytes of the compressed numbers (not of their base64); None is unlimited. If even 8 bits
        need more, 8 bits are used.
    exact_zero
        Make zero an integer number of steps from the smallest value, so that it is stored exactly.
    """
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if low == high:
        return QuantisedValues(np.zeros(values.shape, dtype=np.uint8), 1.0, low, True)
    sample = sample_planes(values)
    fraction = sample.size / values.size

    def fits(step: float, offset: float) -> bool:
        return (
            max_bytes is None or smallest_size(_round_to_steps(sample, offset, step)) <= max_bytes * fraction
        )

    is_integer = high - low < 2**MAX_BITS and bool((values == np.rint(values)).all())
    if is_integer and fits(1.0, low):
        return QuantisedValues(_round_to_steps(values, low, 1.0), 1.0, low, True)
    bit_depths = range(MIN_BITS, MAX_BITS + 1)
    if max_bytes is None:
        bits = MAX_BITS
    else:
        # More bits take more room: the last depth that fits is found by bisection.
        first_unfit = bisect_left(
            bit_depths, True, key=lambda n: not fits(*_step_and_offset(low, high, n, exact_zero))
        )
        bits = bit_depths[max(first_unfit - 1, 0)]
    step, offset = _step_and_offset(low, high, bits, exact_zero)
    return QuantisedValues(_round_to_steps(values, offset, step), step, offset, False)


def _step_and_offset(low: float, high: float, bits: int, exact_zero: bool) -> tuple[float, float]:
    """Return the step and the smallest value of steps that cover a range."""
    if not exact_zero:
        return (high - low) / (2**bits - 1), low
    # One step is lost, as the smallest value is rarely an integer number of steps from zero.
    step = (high - low) / (2**bits - 2)
    return step, math.floor(low / step) * step


def _round_to_steps(values: Floats, offset: float, step: float) -> Unsigned:
    largest = round((float(values.max()) - offset) / step) if values.size else 0
    numbers = np.empty(values.shape, dtype=np.uint8 if largest < 2**8 else np.uint16)
    for plane, row in zip(values, numbers, strict=True):
        # Plane by plane: float64 of a whole scan would take eight times the memory of the numbers.
        row[...] = np.rint((plane.astype(np.float64) - offset) / step)
    return numbers
