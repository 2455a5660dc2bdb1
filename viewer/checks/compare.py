"""Two maps in numbers: how alike they are as a whole, and where each is strongest.

Everything is taken over the voxels in which at least one of the maps is not zero: the air around a head,
where both say nothing, would make any two maps alike.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.map import Map

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

MIXED = 1e-6
"""The share of an even distribution mixed into both maps for the divergence, which is infinite otherwise."""


@dataclass(frozen=True)
class Comparison:
    """How alike two maps are.

    Parameters
    ----------
    voxels
        How many took part.
    pearson, spearman
        Correlation of the signed values, and of their ranks: -1 to 1; not a number for a constant map.
    l1_similarity
        Σ min(p, q) of the two maps' |values|, each summing to 1: 1 − ½ ‖p − q‖₁, 0 to 1.
    kl, kl_reverse
        Kullback–Leibler divergence Σ p ln(p/q) in nats, of the same two distributions, either way.
    top
        How many voxels of each map the next numbers take: those with the largest |values|.
    dice, iou
        Overlap of the two sets of ``top`` voxels, 0 to 1.
    dice_chance
        What two sets of that size drawn at random would have.
    auc, auc_reverse
        How well the first map's |values| find the second's ``top`` voxels, and the other way round: the share
        of pairs of a voxel inside and one outside that are in the right order; 0.5 is chance.
    """

    voxels: int
    pearson: float
    spearman: float
    l1_similarity: float
    kl: float
    kl_reverse: float
    top: int
    dice: float
    iou: float
    dice_chance: float
    auc: float
    auc_reverse: float

    def as_json(self) -> dict[str, float]:
        """Plain values."""
        return asdict(self)


class Pair:
    """Two maps on one grid, sorted once, so that the numbers that follow a threshold are looked up.

    Parameters
    ----------
    first, second
        Values of one shape; those that are not finite count as 0.

    Raises
    ------
    ScanError
        One of them is zero everywhere.
    """

    def __init__(self, first: npt.ArrayLike, second: npt.ArrayLike) -> None:
        a, b = (np.nan_to_num(np.asarray(values), posinf=0, neginf=0).ravel() for values in (first, second))
        if a.shape != b.shape:
            raise ValueError(f"{a.size} voxels cannot be compared with {b.size}")
        for number, values in (("first", a), ("second", b)):
            if not values.any():
                raise ScanError(f"the {number} map", "is zero everywhere", "there is nothing to compare")
        inside = (a != 0) | (b != 0)
        self._signed = a[inside].astype(np.float64), b[inside].astype(np.float64)
        self._sizes = np.abs(self._signed[0]), np.abs(self._signed[1])

    @property
    def voxels(self) -> int:
        """How many take part."""
        return int(self._signed[0].size)

    @cached_property
    def pearson(self) -> float:
        """Correlation of the signed values."""
        return correlation(*self._signed)

    @cached_property
    def spearman(self) -> float:
        """Correlation of the ranks of the signed values; equal values share their ranks' mean."""
        from scipy.stats import rankdata

        return correlation(rankdata(self._signed[0]), rankdata(self._signed[1]))

    @cached_property
    def l1_similarity(self) -> float:
        """Σ min(p, q)."""
        p, q = self._shares
        return float(np.minimum(p, q).sum())

    @cached_property
    def kl(self) -> tuple[float, float]:
        """Σ p ln(p/q) and Σ q ln(q/p), in nats."""
        p, q = ((1 - MIXED) * share + MIXED / self.voxels for share in self._shares)
        ratio = np.log(p / q)
        return float((p * ratio).sum()), float(-(q * ratio).sum())

    def overlap(self, top: int) -> float:
        """Dice's coefficient of the ``top`` strongest voxels of either."""
        top = self._bounded(top)
        return float(np.searchsorted(self._later, top)) / top

    def auc(self, top: int) -> tuple[float, float]:
        """How well the first's |values| find the second's ``top`` voxels, and the other way round."""
        top = self._bounded(top)
        outside = self.voxels - top
        if not outside:
            return float("nan"), float("nan")
        ranked, reverse = self._rank_sums
        lowest = top * (top + 1) / 2
        pairs = top * outside
        return float((ranked[top - 1] - lowest) / pairs), float((reverse[top - 1] - lowest) / pairs)

    def at(self, top: int) -> Comparison:
        """All numbers, with the ``top`` strongest voxels of either map."""
        top = self._bounded(top)
        dice, (kl, kl_reverse), (auc, auc_reverse) = self.overlap(top), self.kl, self.auc(top)
        return Comparison(
            voxels=self.voxels,
            pearson=self.pearson,
            spearman=self.spearman,
            l1_similarity=self.l1_similarity,
            kl=kl,
            kl_reverse=kl_reverse,
            top=top,
            dice=dice,
            iou=dice / (2 - dice),
            dice_chance=top / self.voxels,
            auc=auc,
            auc_reverse=auc_reverse,
        )

    def _bounded(self, top: int) -> int:
        return min(max(int(top), 1), self.voxels)

    @property
    def _shares(self) -> tuple[Doubles, Doubles]:
        a, b = self._sizes
        return a / a.sum(), b / b.sum()

    @cached_property
    def _orders(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The voxels of either, the strongest first."""
        a, b = self._sizes
        return np.argsort(-a, kind="stable"), np.argsort(-b, kind="stable")

    @cached_property
    def _later(self) -> npt.NDArray[np.intp]:
        """In ascending order: the place of each voxel in the order in which it comes later."""
        places = []
        for order in self._orders:
            place = np.empty_like(order)
            place[order] = np.arange(len(order))
            places.append(place)
        return np.sort(np.maximum(*places))

    @cached_property
    def _rank_sums(self) -> tuple[Doubles, Doubles]:
        """The first's ranks summed over the second's strongest voxels, and the other way round."""
        from scipy.stats import rankdata

        (a, b), (of_a, of_b) = self._sizes, self._orders
        return np.cumsum(rankdata(a)[of_b]), np.cumsum(rankdata(b)[of_a])


def compare(first: Map, second: Map, share: float = 0.01) -> Comparison:
    """Two maps in numbers; the second is carried onto the first's grid where it has another.

    Parameters
    ----------
    first, second
        Maps on grids.
    share
        How many of the voxels that take part count as the strongest, 0 to 1.

    Raises
    ------
    ScanError
        A map has no grid or is zero everywhere, or the two do not lie at the same place.
    """
    a, b = on_one_grid(first, second)
    pair = Pair(a, b)
    return pair.at(round(share * pair.voxels))


def on_one_grid(first: Map, second: Map) -> tuple[Floats, Floats]:
    """The values of two maps on the first's grid.

    Raises
    ------
    ScanError
        A map has no grid, or the second does not reach the first's.
    """
    from viewer.scans.resample import resample

    for one in (first, second):
        if one.grid is None:
            raise ScanError(one.name, "is a map of a bare tensor, which has no place in space")
    assert first.grid is not None
    assert second.grid is not None
    values = resample(np.nan_to_num(second.data), second.grid, first.grid)
    if second.data.any() and not values.any():
        raise ScanError(second.name, f"does not lie where {first.name} lies", "bring both to one space")
    return first.data, values


def correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Pearson's correlation in double precision; not a number where one of them is constant."""
    x, y = (np.asarray(values, dtype=np.float64).ravel() for values in (a, b))
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(np.clip(x @ y / scale, -1.0, 1.0)) if scale > 0 else float("nan")
