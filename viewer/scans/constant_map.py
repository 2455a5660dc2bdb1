"""Maps in which no threshold finds anything: zero everywhere, constant, or without finite values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.number_format import format_number

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def describe_no_values(
    values: npt.NDArray[np.float32], sign: int = 0, smoothed: npt.NDArray[np.float32] | None = None
) -> str:
    """Return why a map has no values that a threshold could show; empty if it has some.

    Parameters
    ----------
    values
        Values of the map, of any shape. Non-finite values are not shown.
    sign
        1 for positive values only, -1 for negative ones only, 0 for both.
    smoothed
        The same values smoothed, if the smoothed map is shown.

    Returns
    -------
    str
        The predicate of a sentence about the map, such as "is zero everywhere".
    """
    import numpy as np

    finite = np.isfinite(values)
    finite_values = values[finite] if not finite.all() else values
    if not finite_values.size:
        return "has no finite values"
    if not finite_values.any():
        return "is zero everywhere" if finite_values is values else "is zero wherever it is finite"
    if sign > 0 and not (finite_values > 0).any():
        return "has no values above zero"
    if sign < 0 and not (finite_values < 0).any():
        return "has no values below zero"
    reason = "" if smoothed is None else describe_no_values(smoothed, sign)
    return f"{reason} once smoothed" if reason else ""


def describe_constant(values: npt.NDArray[np.float32]) -> str:
    """Describe a map that has the same non-zero value everywhere; empty if its values differ.

    Returns
    -------
    str
        The predicate of a sentence about the map.
    """
    if not values.size:
        return ""
    low, high = float(values.min()), float(values.max())
    # With a NaN among the values, both are NaN, which compares unequal to itself.
    if low != high or low == 0:
        return ""
    return f"has the same value everywhere, {format_number(low, 4)}: a threshold shows all of it or nothing"
