"""Clusters of a map: connected components above a threshold, with size, peak and centre of mass.

Voxels are connected by faces, edges and corners (26 neighbours, FSL's default). Positive and negative voxels
never belong to the same cluster. Sizes are computed from voxels, not from a smoothed surface.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scans.grid import Grid

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]
Point = tuple[float, float, float]

MIN_POSITIVE = float(np.finfo(np.float32).smallest_subnormal)


@dataclass(frozen=True)
class Cluster:
    """One cluster.

    Parameters
    ----------
    sign
        1 if its values are positive, -1 if they are negative.
    voxels, volume
        Number of voxels, and volume in mm³.
    peak, peak_mm
        The value farthest from 0, and the centre of its voxel in mm; if several voxels have this value, as in
        a mask, the one nearest to their mean position.
    centre_mm
        Centre of mass in mm, every voxel weighted by its |value|.
    mean
        Mean of its values.
    share
        Share of the sum of |values| over the whole map, 0 to 1.
    """

    sign: int
    voxels: int
    volume: float
    peak: float
    peak_mm: Point
    centre_mm: Point
    mean: float
    share: float


def clusters(
    data: npt.NDArray[np.generic], grid: Grid, threshold: float, sign: int = 0, min_volume: float = 0.0,
    max_clusters: int = 0,
) -> list[Cluster]:  # fmt: skip
    """Return the clusters of the voxels whose |value| reaches ``threshold``, the largest share first.

    Parameters
    ----------
    data, grid
        The map's values, shape ``grid.shape``; zeros and values that are not finite belong to no cluster.
    threshold
        In the map's units; `viewer.scans.threshold.SortedValues.cutoff` gives it for a percentile or a share.
    sign
        1 for positive values only, -1 for negative ones only, 0 for both.
    min_volume
        mm³; smaller clusters are left out.
    max_clusters
        Maximum number of clusters, those of the largest shares; ties with the last are included. 0 for all.
    """
    return [
        cluster
        for cluster, _ in _measure_clusters(
            data, grid, threshold, sign, min_volume, max_clusters
        ).numbered_clusters
    ]


def clusters_with_voxels(
    data: npt.NDArray[np.generic], grid: Grid, threshold: float, sign: int = 0, min_volume: float = 0.0,
    max_clusters: int = 0,
) -> list[tuple[Cluster, npt.NDArray[np.intp]]]:  # fmt: skip
    """Return the clusters as `clusters` does, each with its voxels: ascending indices into the flat data."""
    labelled = _measure_clusters(data, grid, threshold, sign, min_volume, max_clusters)
    order = np.argsort(labelled.cluster_indices, kind="stable")
    starts = np.searchsorted(labelled.cluster_indices[order], np.arange(labelled.count + 1))
    return [
        (cluster, labelled.voxel_indices[order[starts[number] : starts[number + 1]]])
        for cluster, number in labelled.numbered_clusters
    ]


@dataclass(frozen=True, eq=False)
class _LabelledClusters:
    """Clusters with their numbers, the voxels in any cluster, and the cluster number of each voxel."""

    numbered_clusters: list[tuple[Cluster, int]]
    voxel_indices: npt.NDArray[np.intp]
    cluster_indices: Labels
    count: int


def _measure_clusters(
    data: npt.NDArray[np.generic],
    grid: Grid,
    threshold: float,
    sign: int,
    min_volume: float,
    max_clusters: int,
) -> _LabelledClusters:
    values = _validate_data(data, grid)
    labels, positive, negative = _label_voxels(values, threshold, sign)
    count = positive + negative
    indices = np.flatnonzero(labels)
    cluster_index = labels.reshape(-1)[indices] - 1
    if not count:
        return _LabelledClusters([], indices, cluster_index, 0)
    sizes = np.bincount(cluster_index, minlength=count)
    signed = values.reshape(-1)[indices].astype(np.float64)
    weights = np.abs(signed)
    weight_sums = np.bincount(cluster_index, weights, count)
    points = grid.to_world(np.stack(np.unravel_index(indices, grid.shape), axis=-1))
    moments = np.stack(
        [np.bincount(cluster_index, weights * points[:, axis], count) for axis in range(3)], axis=-1
    )
    centres = moments / weight_sums[:, None]
    peaks = np.zeros(count)
    np.maximum.at(peaks, cluster_index, weights)
    peak_points = points[_find_peak_voxels(weights == peaks[cluster_index], cluster_index, points, count)]
    selected = _select_clusters(sizes * grid.voxel_volume, weight_sums, min_volume, max_clusters)
    magnitudes = np.abs(values)
    total = float(np.sum(magnitudes, dtype=np.float64, where=np.isfinite(magnitudes)))
    measured = [
        (
            Cluster(
                sign=side,
                voxels=int(sizes[number]),
                volume=float(sizes[number]) * grid.voxel_volume,
                peak=float(side * peaks[number]),
                peak_mm=_to_point(peak_points[number]),
                centre_mm=_to_point(centres[number]),
                mean=float(side * weight_sums[number] / sizes[number]),
                share=float(weight_sums[number]) / total,
            ),
            number,
        )
        for number in range(count)
        for side in ((1,) if number < positive else (-1,))
        if selected[number]
    ]
    measured.sort(key=lambda pair: -pair[0].share)
    return _LabelledClusters(measured, indices, cluster_index, count)


def remove_small_clusters(
    values: Floats,
    voxel_volume: float,
    threshold: float,
    min_volume: float,
    sign: int = 0,
    max_clusters: int = 0,
) -> Floats:
    """Return the values with the voxels of small clusters set to zero; same shape.

    The clusters are those of `clusters`. The threshold itself is not applied: other voxels are unchanged,
    except voxels below the threshold that adjoin a removed cluster and no kept one, which would leave a ring
    around the removed cluster when the values are interpolated. The same array is returned if there is
    nothing to remove.

    Parameters
    ----------
    values
        Finite values on a grid, three axes.
    voxel_volume
        Volume of a voxel in mm³.
    threshold, min_volume, sign, max_clusters
        As for `clusters`.
    """
    from scipy import ndimage

    values = np.asarray(values, dtype=np.float32)
    if math.floor(min_volume / voxel_volume * (1 - 1e-9)) < 1 and max_clusters <= 0:
        return values
    labels, _, _ = _label_voxels(values, threshold, sign)
    volumes = np.bincount(labels.reshape(-1)) * voxel_volume
    sums: npt.NDArray[Any] = np.zeros(volumes.size)
    if max_clusters > 0:
        above = labels > 0
        sums = np.bincount(labels[above], np.abs(values[above]).astype(np.float64), volumes.size)
    small = np.zeros(volumes.size, dtype=bool)
    small[1:] = ~_select_clusters(volumes[1:], sums[1:], min_volume, max_clusters)
    box = _bounding_box(labels > 0)
    if box is None or not small.any():
        return values
    # One voxel wider, to include the voxels that adjoin the clusters.
    padded_box = tuple(slice(max(span.start - 1, 0), span.stop + 1) for span in box)
    result = values.copy()
    large = ~small
    large[0] = False
    box_labels = labels[padded_box]
    fringe = ndimage.maximum_filter(small[box_labels], 3) & ~ndimage.maximum_filter(large[box_labels], 3)
    result[padded_box][small[box_labels] | (fringe & (box_labels == 0))] = 0
    return result


def _select_clusters(
    volumes: npt.NDArray[Any], value_sums: npt.NDArray[Any], min_volume: float, max_clusters: int
) -> npt.NDArray[np.bool_]:
    """Return which clusters are kept: ``min_volume`` mm³ or more, and among the ``max_clusters`` largest."""
    selected = volumes >= min_volume * (1 - 1e-9)
    if 0 < max_clusters < value_sums.size:
        # Sums of the same values may differ in their last bits.
        selected &= value_sums >= np.partition(value_sums, -max_clusters)[-max_clusters] * (1 - 1e-9)
    return np.asarray(selected)


def _find_peak_voxels(
    is_peak: npt.NDArray[np.bool_], cluster_index: Labels, points: npt.NDArray[np.float64], count: int
) -> npt.NDArray[np.intp]:
    """Return, per cluster, the peak voxel nearest to the mean of its peak voxels, shape (count,)."""
    indices = np.flatnonzero(is_peak)
    peak_clusters, peak_points = cluster_index[indices], points[indices]
    sizes = np.bincount(peak_clusters, minlength=count)
    centres = np.stack(
        [np.bincount(peak_clusters, peak_points[:, axis], count) for axis in range(3)], axis=-1
    )
    distances = np.linalg.norm(peak_points - (centres / sizes[:, None])[peak_clusters], axis=1)
    # Rounded so that the choice among equidistant voxels does not depend on the affine.
    order = np.lexsort((indices, np.round(distances, 6), peak_clusters))
    return np.asarray(indices[order[np.cumsum(sizes) - sizes]])


def peak_voxel(values: npt.NDArray[np.floating]) -> tuple[int, ...]:
    """Return the index of the largest value; for a plateau, the voxel in the middle of its largest component.

    Components are connected by faces, edges and corners. The peak of a binary map thus lies inside it, as in
    nilearn's tables, rather than at its first voxel in memory.
    """
    candidates = np.argwhere(values == values.max())
    if len(candidates) > 1:
        from scipy.ndimage import label

        low = candidates.min(axis=0)
        mask = np.zeros(candidates.max(axis=0) - low + 1, dtype=np.bool_)
        mask[tuple((candidates - low).T)] = True
        components = label(mask, np.ones((3,) * values.ndim))[0][tuple((candidates - low).T)]
        candidates = candidates[components == np.bincount(components).argmax()]
        distances = np.linalg.norm(candidates - candidates.mean(axis=0), axis=1)
        candidates = candidates[np.round(distances, 6).argmin()][None]
    return tuple(int(index) for index in candidates[0])


def _validate_data(data: npt.NDArray[np.generic], grid: Grid) -> Floats:
    if data.shape != grid.shape:
        raise ValueError(f"data of shape {data.shape} on a grid of shape {grid.shape}")
    return np.asarray(data, dtype=np.float32)


def _label_voxels(values: Floats, threshold: float, sign: int) -> tuple[Labels, int, int]:
    """Return cluster labels of shape ``values.shape``, positive clusters first, and the counts per sign."""
    from scipy.ndimage import label

    neighbours = np.ones((3, 3, 3))
    # Zero belongs to no cluster, whatever the threshold.
    lowest, highest = np.float32(max(threshold, MIN_POSITIVE)), np.finfo(np.float32).max
    labels = np.zeros(values.shape, dtype=np.int32)
    counts = {1: 0, -1: 0}
    for side in (1, -1):
        if sign == -side:
            continue
        if side > 0:
            mask = (values >= lowest) & (values <= highest)
        else:
            mask = (values <= -lowest) & (values >= -highest)
        box = _bounding_box(mask)
        if box is None:
            continue
        box_mask = mask[box]
        box_labels, counts[side] = label(box_mask, neighbours)
        labels[box][box_mask] = box_labels[box_mask] + counts[1] * (side < 0)
    return labels, counts[1], counts[-1]


def _bounding_box(mask: npt.NDArray[np.bool_]) -> tuple[slice, slice, slice] | None:
    """Return the bounding box of a mask; None if it is empty."""
    slices = []
    plane_xy = np.asarray(mask.any(axis=2))
    plane_yz = np.asarray(mask.any(axis=0))
    for profile in (plane_xy.any(axis=1), plane_xy.any(axis=0), plane_yz.any(axis=0)):
        occupied = np.flatnonzero(profile)
        if not occupied.size:
            return None
        slices.append(slice(int(occupied[0]), int(occupied[-1]) + 1))
    return slices[0], slices[1], slices[2]


def _to_point(point: npt.NDArray[np.float64]) -> Point:
    x, y, z = (float(value) for value in point)
    return x, y, z
