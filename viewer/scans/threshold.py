"""Thresholds of a map: by value, percentile, share of the relevance or number of voxels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from viewer.enums import coerce_fields

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class ThresholdKind(StrEnum):
    """Meaning of a threshold's amount."""

    VALUE = "value"
    PERCENTILE = "percentile"
    TOP = "top"
    VOXELS = "voxels"


@dataclass(frozen=True)
class Threshold:
    """Rule that selects the voxels of a map to show: those whose |value| reaches `SortedValues.cutoff`.

    Parameters
    ----------
    kind : str
        ``"value"``, ``"percentile"``, ``"top"`` or ``"voxels"``.
    amount : float
        A value in the map's units; a percentile (0 to 100) of |value| among the nonzero voxels; a percentage
        of the summed |value|, largest voxels first; or a number of voxels.

    Raises
    ------
    ValueError
        The kind is unknown.

    Examples
    --------
    >>> import viewer
    >>> viewer.Threshold("top", 20).amount
    20
    """

    kind: ThresholdKind = ThresholdKind.PERCENTILE
    amount: float = 99.0

    def __post_init__(self) -> None:
        coerce_fields(self, kind=ThresholdKind)


class SortedValues:
    """Values of a map, sorted once so that every threshold is a look-up.

    Parameters
    ----------
    values
        Values of the map; zeros and non-finite values are ignored.
    sign
        1 for positive values only, -1 for negative ones only, 0 for both by their absolute value.
    """

    def __init__(self, values: npt.NDArray[np.float32], sign: int = 0) -> None:
        import numpy as np

        flat = np.asarray(values).ravel()
        flat = np.abs(flat) if sign == 0 else flat * np.float32(sign)
        self._ascending = np.sort(flat[np.isfinite(flat) & (flat > 0)])
        self._total = float(self._ascending.sum(dtype=np.float64))
        self._cumulative_sums: npt.NDArray[np.float64] | None = None

    @property
    def count(self) -> int:
        """Number of counted voxels: nonzero, finite and of the selected sign."""
        return int(self._ascending.size)

    @property
    def largest(self) -> float:
        """Largest |value|; 0 if there is none."""
        return float(self._ascending[-1]) if self.count else 0.0

    def raw_cutoff(self, threshold: Threshold) -> float:
        """Return the smallest |value| that the rule shows, in 64 bits; infinite for an all-zero map."""
        import numpy as np

        if not self.count:
            return float("inf")
        amount = threshold.amount
        if threshold.kind is ThresholdKind.VALUE:
            return float(amount)
        if threshold.kind is ThresholdKind.PERCENTILE:
            position = min(max(amount, 0.0), 100.0) / 100 * (self.count - 1)
            low = int(position)
            high = min(low + 1, self.count - 1)
            below, above = float(self._ascending[low]), float(self._ascending[high])
            return below + (above - below) * (position - low)
        if threshold.kind is ThresholdKind.TOP:
            if self._cumulative_sums is None:
                self._cumulative_sums = np.cumsum(self._ascending[::-1], dtype=np.float64)
            target_sum = min(max(amount, 0.0), 100.0) / 100 * self._total
            number = int(np.searchsorted(self._cumulative_sums, target_sum)) + 1
            return float(self._ascending[-min(number, self.count)])
        return float(self._ascending[-int(min(max(amount, 1), self.count))])

    def cutoff(self, threshold: Threshold) -> float:
        """Return the |value| from which voxels are shown, counted, measured and drawn.

        It is `raw_cutoff` in 32 bits, like the map's values, but at least the smallest nonzero |value| of the
        map, as zero is the background. Infinite if the map is zero everywhere; above `largest` if no voxel
        reaches the rule's value.
        """
        import numpy as np

        if not self.count:
            return float("inf")
        with np.errstate(over="ignore"):
            value = float(np.float32(self.raw_cutoff(threshold)))
        return max(value, float(self._ascending[0]))

    def isovalue(self, cutoff: float) -> float:
        """Return the isovalue of surfaces, shadows and slices that show exactly the counted voxels.

        If voxels have exactly the value ``cutoff``, as in masks, labels and patch-wise maps, a surface at
        that value would run through their centres: a body would lose half a voxel on every side, or vanish.
        The isovalue is then halfway to the next lower |value| of the map, or to zero. The same voxels reach
        the isovalue and the cutoff.
        """
        import numpy as np

        index = int(np.searchsorted(self._ascending, np.float32(cutoff), side="left"))
        if index == self.count or float(self._ascending[index]) != float(np.float32(cutoff)):
            return float(cutoff)
        lower = float(self._ascending[index - 1]) if index else 0.0
        halfway = float(np.float32((lower + float(self._ascending[index])) / 2))
        # There is no value between adjacent 32-bit numbers.
        return halfway if halfway > lower else float(self._ascending[index])

    def count_above(self, value: float) -> int:
        """Return the number of voxels that reach ``value``."""
        import numpy as np

        return self.count - int(np.searchsorted(self._ascending, np.float32(value), side="left"))


def top_membership(values: npt.ArrayLike, count: int) -> npt.NDArray[np.float64]:
    """Return every voxel's probability of being one of the ``count`` largest, of the shape of ``values``.

    It is 1 above the ``count``-th value and 0 below it. Voxels tied at this value have the probability with
    which a random choice among them would select them, so the result does not depend on the order of the
    voxels in memory. The sum is ``count``.
    """
    import numpy as np

    array = np.asarray(values)
    count = min(max(count, 0), array.size)
    if not count:
        return np.zeros(array.shape)
    cutoff = np.partition(array.ravel(), -count)[-count]
    tied = array == cutoff
    membership: npt.NDArray[np.float64] = (array > cutoff).astype(np.float64)
    membership[tied] = (count - np.count_nonzero(membership)) / np.count_nonzero(tied)
    return membership
