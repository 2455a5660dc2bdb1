"""Comparison of two maps: correlation and similarity of whole maps, and overlap of their strongest voxels.

Everything is computed over the voxels in which at least one of the maps is not zero: the air around a head,
where both are zero, would make any two maps similar.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.constant_map import describe_no_values
from viewer.scans.map import Map
from viewer.scans.metrics import pearson_correlation, spearman_correlation

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

UNIFORM_SHARE = 1e-6
"""Weight of a uniform distribution mixed into both maps to keep the KL divergence finite."""


@dataclass(frozen=True)
class Comparison:
    """Similarity of two maps.

    Parameters
    ----------
    voxels
        Number of voxels compared.
    pearson, spearman
        Correlation of the signed values, and of their ranks: -1 to 1; NaN for a constant map.
    l1_similarity
        Σ min(p, q) of the two maps' |values|, each summing to 1: 1 − ½ ‖p − q‖₁, 0 to 1.
    kl, kl_reverse
        Kullback–Leibler divergence Σ p ln(p/q) in nats, of the same two distributions, in both directions.
    top
        Number of voxels of each map used for the following metrics: those with the largest |values|.
    tied, tied_second
        Number of voxels of the first and of the second map tied at the ``top``-th value, where only some of
        them can be selected; otherwise 0. Tied voxels are counted fractionally, see `MapPair.dice`.
    dice, iou
        Overlap of the two sets of ``top`` voxels, 0 to 1; ``iou`` is dice / (2 - dice).
    dice_chance
        Expected ``dice`` with one map's voxels in a random order: top / voxels if nothing is tied.
    auc, auc_reverse
        How well the first map's |values| detect the second's ``top`` voxels, and vice versa: the fraction of
        pairs of a voxel inside and one outside that are in the right order; 0.5 is chance.
    """

    voxels: int
    pearson: float
    spearman: float
    l1_similarity: float
    kl: float
    kl_reverse: float
    top: int
    tied: int
    tied_second: int
    dice: float
    iou: float
    dice_chance: float
    auc: float
    auc_reverse: float

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on maps without a unique set of strongest voxels."""
        return tuple(
            f"{count:,} voxels of the {which} map are tied at the end of its {self.top:,} strongest; "
            "Dice, IoU and AUC count each of them in part"
            for which, count in (("first", self.tied), ("second", self.tied_second))
            if count
        )

    def as_json(self) -> dict[str, float]:
        """Return plain values for JSON."""
        return asdict(self)


class MapPair:
    """Two maps on one grid, sorted once, so that metrics that depend on a threshold are cheap.

    Parameters
    ----------
    first, second
        Values of the same shape; those that are not finite count as 0.

    Raises
    ------
    ScanError
        One of them is zero everywhere, or has no finite values.
    """

    def __init__(self, first: npt.ArrayLike, second: npt.ArrayLike) -> None:
        a, b = (np.nan_to_num(np.asarray(values), posinf=0, neginf=0).ravel() for values in (first, second))
        if a.shape != b.shape:
            raise ValueError(f"{a.size} voxels cannot be compared with {b.size}")
        _check_values(np.asarray(first), np.asarray(second))
        nonzero = (a != 0) | (b != 0)
        self._values = a[nonzero].astype(np.float64), b[nonzero].astype(np.float64)
        self._magnitudes = np.abs(self._values[0]), np.abs(self._values[1])

    @property
    def voxels(self) -> int:
        """Number of voxels compared."""
        return int(self._values[0].size)

    @cached_property
    def pearson(self) -> float:
        """Correlation of the signed values."""
        return pearson_correlation(*self._values)

    @cached_property
    def spearman(self) -> float:
        """Correlation of the ranks of the signed values; tied values share their mean rank."""
        return spearman_correlation(*self._values)

    @cached_property
    def l1_similarity(self) -> float:
        """Σ min(p, q)."""
        p, q = self._distributions
        return float(np.minimum(p, q).sum())

    @cached_property
    def kl(self) -> tuple[float, float]:
        """Σ p ln(p/q) and Σ q ln(q/p), in nats."""
        p, q = ((1 - UNIFORM_SHARE) * share + UNIFORM_SHARE / self.voxels for share in self._distributions)
        ratio = np.log(p / q)
        # Gibbs' inequality: below 0, or −0, only by rounding.
        return max(0.0, float((p * ratio).sum())), max(0.0, float((q * -ratio).sum()))

    def dice(self, top: int) -> float:
        """Compute Dice's coefficient of the ``top`` strongest voxels of both maps; ties count in part.

        If voxels are tied at the last rank, each of them counts with the fraction p(v) of them that can be
        selected. Both sets then have ``top`` voxels, and the coefficient is Σ min(p(v), q(v)) / top. This is
        the mean over random choices among tied voxels when one random order decides in both maps: exactly if
        only one of the maps has ties or both have the same, otherwise in the limit of many tied voxels. The
        result does not depend on the order of the voxels in memory, and is 1 for a map with itself.
        """
        top = self._clip_count(top)
        a, b = self._find_ties(0, top), self._find_ties(1, top)
        common = self._count_common(a.start, b.start)
        if a.share == b.share == 1:
            return self._count_common(a.stop, b.stop) / top
        first, second = (
            self._count_common(a.start, b.stop) - common,
            self._count_common(a.stop, b.start) - common,
        )
        tied = self._count_common(a.stop, b.stop) - common - first - second
        return (common + first * b.share + second * a.share + tied * min(a.share, b.share)) / top

    def dice_chance(self, top: int) -> float:
        """Return the mean of `dice` with the voxels of one map in a random order.

        Without ties it is top / voxels.
        """
        top = self._clip_count(top)
        a, b = self._find_ties(0, top), self._find_ties(1, top)
        common = a.start * b.start + a.start * b.count * b.share + a.count * b.start * a.share
        return (common + a.count * b.count * min(a.share, b.share)) / (self.voxels * top)

    def count_tied(self, top: int) -> tuple[int, int]:
        """Return the number of voxels of each map tied at the last rank if not all fit; else 0."""
        ties = (self._find_ties(which, self._clip_count(top)) for which in (0, 1))
        first, second = (tie.count if tie.share < 1 else 0 for tie in ties)
        return first, second

    def auc(self, top: int) -> tuple[float, float]:
        """Compute how well the first map's |values| detect the second's ``top`` voxels, and vice versa.

        Ties in the values count a half; for ties at the second's last rank it is the mean over random
        choices, which is exact, as the sum of ranks is linear in the selection.
        """
        top = self._clip_count(top)
        others = self.voxels - top
        if not others:
            return float("nan"), float("nan")
        areas = []
        for sums, ties in zip(
            self._rank_sums, (self._find_ties(1, top), self._find_ties(0, top)), strict=True
        ):
            ranks = sums[ties.start] + ties.share * (sums[ties.stop] - sums[ties.start])
            areas.append(float((ranks - top * (top + 1) / 2) / (top * others)))
        return areas[0], areas[1]

    def compare(self, top: int) -> Comparison:
        """Compute all metrics, with the ``top`` strongest voxels of both maps."""
        top = self._clip_count(top)
        dice, (kl, kl_reverse), (auc, auc_reverse) = self.dice(top), self.kl, self.auc(top)
        tied, tied_second = self.count_tied(top)
        return Comparison(
            voxels=self.voxels,
            pearson=self.pearson,
            spearman=self.spearman,
            l1_similarity=self.l1_similarity,
            kl=kl,
            kl_reverse=kl_reverse,
            top=top,
            tied=tied,
            tied_second=tied_second,
            dice=dice,
            iou=dice / (2 - dice),
            dice_chance=self.dice_chance(top),
            auc=auc,
            auc_reverse=auc_reverse,
        )

    def _clip_count(self, top: int) -> int:
        return min(max(int(top), 1), self.voxels)

    @property
    def _distributions(self) -> tuple[Doubles, Doubles]:
        a, b = self._magnitudes
        return a / a.sum(), b / b.sum()

    @cached_property
    def _orders(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Voxel indices of both maps, the strongest first; tied ones in any order."""
        first, second = self._magnitudes
        return np.argsort(-first, kind="stable"), np.argsort(-second, kind="stable")

    @cached_property
    def _sorted_negated(self) -> tuple[Doubles, Doubles]:
        """Negated values of both maps in that order: ascending."""
        (a, b), (order_a, order_b) = self._magnitudes, self._orders
        return -a[order_a], -b[order_b]

    def _find_ties(self, map_index: int, top: int) -> TiedVoxels:
        """Return the block of equal values of a map that contains the ``top``-th strongest."""
        values = self._sorted_negated[map_index]
        start = int(np.searchsorted(values, values[top - 1], "left"))
        end = int(np.searchsorted(values, values[top - 1], "right"))
        return TiedVoxels(start, end, (top - start) / (end - start))

    @cached_property
    def _second_map_ranks(self) -> npt.NDArray[np.int32]:
        """Rank in the second map of each voxel, in the first map's order."""
        order_a, order_b = self._orders
        ranks = np.empty(len(order_b), dtype=np.int32)
        ranks[order_b] = np.arange(len(order_b), dtype=np.int32)
        return ranks[order_a]

    def _count_common(self, first: int, second: int) -> int:
        """Return the number of voxels among the ``first`` strongest of one map and ``second`` of another."""
        return int(np.count_nonzero(self._second_map_ranks[:first] < second))

    @cached_property
    def _rank_sums(self) -> tuple[Doubles, Doubles]:
        """Cumulative sums from 0 of one map's ranks over the other's strongest voxels, for both maps."""
        from scipy.stats import rankdata

        (a, b), (order_a, order_b) = self._magnitudes, self._orders
        sums = np.cumsum(rankdata(a)[order_b]), np.cumsum(rankdata(b)[order_a])
        return np.concatenate([[0.0], sums[0]]), np.concatenate([[0.0], sums[1]])


@dataclass(frozen=True)
class TiedVoxels:
    """Voxels with the same value, at the ranks from ``start`` to before ``stop`` of their map.

    A fraction ``share`` of them belongs to the strongest, together with all voxels before them.
    """

    start: int
    stop: int
    share: float

    @property
    def count(self) -> int:
        """Number of tied voxels."""
        return self.stop - self.start


def compare(first: Map, second: Map, share: float = 0.01) -> Comparison:
    """Compare two maps; the second is resampled to the first's grid if the grids differ.

    Voxels in which both maps are zero are excluded.

    Parameters
    ----------
    first : Map
        A map on a grid.
    second : Map
        Another map, in the same space.
    share : float
        Fraction of the compared voxels that count as the strongest, 0 to 1, for Dice, IoU and AUC.

    Returns
    -------
    Comparison
        Pearson and Spearman correlation (-1 to 1), L1 similarity (0 to 1), Kullback-Leibler divergence in
        nats in both directions, Dice and IoU of the strongest voxels with their chance level, and AUC in
        both directions (0.5 is chance).

    Raises
    ------
    ScanError
        A map has no grid or is zero everywhere, or the two do not overlap.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> grid = viewer.Grid((4, 4, 4), np.eye(4))
    >>> ramp = np.arange(64.0).reshape(4, 4, 4)
    >>> found = viewer.compare(viewer.Map(ramp, grid, "a"), viewer.Map(ramp**2, grid, "b"), share=0.1)
    >>> (round(found.spearman, 6), found.top, found.dice)
    (1.0, 6, 1.0)
    """
    first_values, second_values = resample_to_first(first, second)
    pair = MapPair(first_values, second_values)
    return pair.compare(round(share * pair.voxels))


def _check_values(first: Floats, second: Floats) -> None:
    for ordinal, values in (("first", first), ("second", second)):
        if problem := describe_no_values(values):
            raise ScanError(f"the {ordinal} map", problem, "there is nothing to compare")


def resample_to_first(first: Map, second: Map) -> tuple[Floats, Floats]:
    """Return the values of two maps on the first's grid.

    Raises
    ------
    ScanError
        A map has no grid or no values, or the second does not overlap the first.
    """
    from viewer.scans.resample import resample

    for map_ in (first, second):
        if map_.grid is None:
            raise ScanError(map_.name, "is a map of a bare tensor, which has no spatial coordinates")
    _check_values(first.data, second.data)
    assert first.grid is not None
    assert second.grid is not None
    values = resample(np.nan_to_num(second.data, posinf=0, neginf=0), second.grid, first.grid)
    if not values.any():
        raise ScanError(second.name, f"does not overlap {first.name}", "bring both to one space")
    return first.data, values
