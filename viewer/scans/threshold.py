"""Where a map is cut: by value, by percentile, by share of the relevance or by number of voxels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from viewer.enums import coerce_fields

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class ThresholdKind(StrEnum):
    """What the amount of a threshold counts."""

    VALUE = "value"
    PERCENTILE = "percentile"
    TOP = "top"
    VOXELS = "voxels"


@dataclass(frozen=True)
class Threshold:
    """A rule that says which voxels are shown: those whose |value| reaches `SortedValues.cutoff` of it.

    Parameters
    ----------
    kind : str
        ``"value"``, ``"percentile"``, ``"top"`` or ``"voxels"``.
    amount : float
        A value in the map's units; a percentile (0 to 100) of |value| among the voxels that are not zero; a
        share in per cent of the summed |value|, largest voxels first; or a number of voxels.

    Raises
    ------
    ValueError
        There is no such kind.

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
    """A map's values in order, sorted once, so that every threshold is then a look-up.

    Parameters
    ----------
    values
        The map; zeros and non-finite values do not count.
    sign
        1 counts positive values only, -1 negative ones only, 0 both by their size.
    """

    def __init__(self, values: npt.NDArray[np.float32], sign: int = 0) -> None:
        import numpy as np

        flat = np.asarray(values).ravel()
        flat = np.abs(flat) if sign == 0 else flat * np.float32(sign)
        self._ascending = np.sort(flat[np.isfinite(flat) & (flat > 0)])
        self._total = float(self._ascending.sum(dtype=np.float64))
        self._shares: npt.NDArray[np.float64] | None = None

    @property
    def count(self) -> int:
        """How many voxels take part."""
        return int(self._ascending.size)

    @property
    def largest(self) -> float:
        """The largest value; 0 where there is none."""
        return float(self._ascending[-1]) if self.count else 0.0

    def raw_cutoff(self, threshold: Threshold) -> float:
        """The smallest |value| that is shown; infinite where nothing can be."""
        import numpy as np

        if not self.count:
            return float("inf")
        amount = threshold.amount
        if threshold.kind is ThresholdKind.VALUE:
            return float(amount)
        if threshold.kind is ThresholdKind.PERCENTILE:
            place = min(max(amount, 0.0), 100.0) / 100 * (self.count - 1)
            low = int(place)
            high = min(low + 1, self.count - 1)
            below, above = float(self._ascending[low]), float(self._ascending[high])
            return below + (above - below) * (place - low)
        if threshold.kind is ThresholdKind.TOP:
            if self._shares is None:
                self._shares = np.cumsum(self._ascending[::-1], dtype=np.float64)
            wanted = min(max(amount, 0.0), 100.0) / 100 * self._total
            number = int(np.searchsorted(self._shares, wanted)) + 1
            return float(self._ascending[-min(number, self.count)])
        return float(self._ascending[-int(min(max(amount, 1), self.count))])

    def cutoff(self, threshold: Threshold) -> float:
        """Return the |value| from which on voxels are shown, counted, measured and drawn.

        It is the rule's `value` in 32 bits, as the map's own are, but no less than the smallest |value|
        of the map that is not zero: zero is the background. Infinite where the map is zero everywhere;
        above `largest` where nothing reaches the rule's value.
        """
        import numpy as np

        if not self.count:
            return float("inf")
        with np.errstate(over="ignore"):
            value = float(np.float32(self.raw_cutoff(threshold)))
        return max(value, float(self._ascending[0]))

    def isovalue(self, cutoff: float) -> float:
        """Return the value at which surfaces, shadows and slices are cut so that they show what is counted.

        Where voxels have exactly the value ``cutoff``, as in masks, labels and maps of patches, a surface at
        that value would run through their centres: a body of them would lose half a voxel on every side, or
        vanish. The surface then lies halfway to the next lower |value| of the map, or to zero. The voxels
        that reach the isovalue are those that reach the cutoff.
        """
        import numpy as np

        place = int(np.searchsorted(self._ascending, np.float32(cutoff), side="left"))
        if place == self.count or float(self._ascending[place]) != float(np.float32(cutoff)):
            return float(cutoff)
        lower = float(self._ascending[place - 1]) if place else 0.0
        halfway = float(np.float32((lower + float(self._ascending[place])) / 2))
        # Between neighbouring numbers of 32 bits there is none.
        return halfway if halfway > lower else float(self._ascending[place])

    def count_above(self, value: float) -> int:
        """How many voxels reach ``value``."""
        import numpy as np

        return self.count - int(np.searchsorted(self._ascending, np.float32(value), side="left"))


def top_membership(values: npt.ArrayLike, count: int) -> npt.NDArray[np.float64]:
    """Return every voxel's probability to be one of the ``count`` largest, of the shape of ``values``.

    It is 1 above the ``count``-th value and 0 below it. The voxels that are tied at it share the places that
    are left: each has the probability with which a random choice among them takes it, so that nothing
    depends on the order of the voxels in memory. The sum is ``count``.
    """
    import numpy as np

    array = np.asarray(values)
    count = min(max(count, 0), array.size)
    if not count:
        return np.zeros(array.shape)
    last = np.partition(array.ravel(), -count)[-count]
    tied = array == last
    found: npt.NDArray[np.float64] = (array > last).astype(np.float64)
    found[tied] = (count - np.count_nonzero(found)) / np.count_nonzero(tied)
    return found
