"""Foreground (head) mask of a scan, its bounding box and cropped grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.scans.grid import Grid

if TYPE_CHECKING:
    from viewer.scans.scan import Scan

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Box = tuple[slice, slice, slice]

LARGE = 2_000_000
"""Number of voxels above which the mask is computed at half resolution and refined at its border."""

SAMPLES = 500_000

CUT_SHARE = 0.3
"""Share of the largest cross-section above which an end plane next to zeros counts as cut. The end plane of a
complete head or brain has at most 0.2, with voxels of up to 6 mm."""


def foreground_mask(data: Floats) -> Mask:
    """Compute the mask of the head (or skull-stripped brain) without air, of the data's shape.

    The scan is smoothed slightly to suppress noise in air. The threshold is halfway between the mean of the
    darker class and Otsu's threshold (Otsu 1979, IEEE Trans. SMC 9:62), low enough to include dark tissue.
    The largest connected component above it is selected and its holes are filled. A scan without contrast
    is all foreground.
    """
    from scipy.ndimage import binary_dilation, binary_erosion

    is_halved = data.size > LARGE
    smooth = _halve(data) if is_halved else _smooth(data)
    level = _air_level(smooth)
    if level is None:
        return np.ones(data.shape, dtype=np.bool_)
    component = _largest_component(smooth > level)
    # One more voxel on every side: everything outside this box is air, connected to that around the head.
    box = _enclosing_box(component, (1, 1, 1))
    mask = fill_holes(component[box])
    certain, possible = binary_erosion(mask, border_value=1), mask
    if is_halved:
        box = _double_box(box, component.shape, data.shape)
        box_shape = data[box].shape
        certain, possible = _double_mask(certain, box_shape), _double_mask(binary_dilation(mask), box_shape)
    foreground = np.zeros(data.shape, dtype=np.bool_)
    # Smoothing moved the border by up to a voxel: there the unsmoothed scan is thresholded.
    foreground[box] = certain | (possible & (data[box] > level))
    return foreground


def bounding_box(mask: Mask, margin: float, grid: Grid) -> Box:
    """Return the bounding box of a mask, enlarged by ``margin`` mm on every side, within the grid.

    The whole grid if the mask is empty.
    """
    if mask.shape != grid.shape:
        raise ValueError(f"a mask of shape {mask.shape} on a grid of shape {grid.shape}")
    i, j, k = (math.ceil(margin / float(spacing) - 1e-6) for spacing in grid.spacing)
    return _enclosing_box(mask, (i, j, k))


def _enclosing_box(mask: Mask, margin: tuple[int, int, int]) -> Box:
    """Return the bounding box of a mask, enlarged by some voxels; the whole grid if the mask is empty."""
    slices = []
    for axis, padding in enumerate(margin):
        other_axes = tuple(other for other in range(3) if other != axis)
        occupied = np.flatnonzero(mask.any(axis=other_axes))
        if occupied.size:
            start, stop = int(occupied[0]) - padding, int(occupied[-1]) + 1 + padding
            slices.append(slice(max(start, 0), min(stop, mask.shape[axis])))
        else:
            slices.append(slice(0, mask.shape[axis]))
    return slices[0], slices[1], slices[2]


def nonempty_box(data: Floats) -> Box:
    """Return the non-empty part of a field of view.

    Planes of zeros at an end are left out if they cut the object, as when a half was set to zero: the
    cross-section next to them exceeds `CUT_SHARE` of the largest. Air around a complete head is kept.
    """
    slices = []
    for axis in range(3):
        other_axes = tuple(other for other in range(3) if other != axis)
        counts = np.count_nonzero(data, axis=other_axes)
        start, stop = 0, len(counts)
        occupied = np.flatnonzero(counts)
        if occupied.size:
            first, last = int(occupied[0]), int(occupied[-1])
            limit = CUT_SHARE * float(counts.max())
            start = first if counts[first] > limit else start
            stop = last + 1 if counts[last] > limit else stop
        slices.append(slice(start, stop))
    return slices[0], slices[1], slices[2]


def nonempty_grid(scan: Scan) -> Grid:
    """Return the grid of the non-empty part of a scan, see `nonempty_box`."""
    return crop_grid(scan.grid, nonempty_box(scan.data))


def crop_grid(grid: Grid, box: Box) -> Grid:
    """Return the grid of ``data[box]``; its voxels have the same positions in mm."""
    starts = [side.indices(size)[0] for side, size in zip(box, grid.shape, strict=True)]
    ends = [side.indices(size)[1] for side, size in zip(box, grid.shape, strict=True)]
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.to_world(starts)
    return Grid((ends[0] - starts[0], ends[1] - starts[1], ends[2] - starts[2]), affine)


def _subsample(data: npt.NDArray[np.generic]) -> Floats:
    """Sample every n-th voxel, with n coprime to their number so that all rows and planes are included."""
    step = max(1, data.size // SAMPLES)
    while math.gcd(step, data.size) > 1:
        step += 1
    return np.asarray(data.reshape(-1)[::step], dtype=np.float32)


def _smooth(data: Floats) -> Floats:
    from scipy.ndimage import uniform_filter

    smooth: Floats = uniform_filter(data, 3, mode="nearest")
    return smooth


def _halve(data: Floats) -> Floats:
    """Compute the means of 2 × 2 × 2 voxels; an odd last plane is dropped."""
    i, j, k = (size // 2 * 2 for size in data.shape)
    total = np.zeros((i // 2, j // 2, k // 2), dtype=np.float32)
    for a in (0, 1):
        for b in (0, 1):
            for c in (0, 1):
                total += data[a:i:2, b:j:2, c:k:2]
    total /= 8
    return total


def _double_box(box: Box, half_shape: tuple[int, ...], shape: tuple[int, ...]) -> Box:
    """Return a box of the halved grid in voxels of the full grid, up to its end if it reaches the end."""
    i, j, k = (
        slice(2 * side.start, size if side.stop == half_size else 2 * side.stop)
        for side, half_size, size in zip(box, half_shape, shape, strict=True)
    )
    return i, j, k


def _double_mask(mask: Mask, shape: tuple[int, ...]) -> Mask:
    for axis, size in enumerate(shape):
        indices = np.minimum(np.arange(size) // 2, mask.shape[axis] - 1)
        mask = mask.take(indices, axis)
    return mask


def _air_level(data: Floats) -> float | None:
    """Compute the upper intensity limit of air; None if all voxels are equal."""
    values = _subsample(data)
    values = np.minimum(values, np.percentile(values, 99.5))
    counts, edges = np.histogram(values, 256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = values.size - below
    sums = np.cumsum(counts * centres)
    valid = (below > 0) & (above > 0)
    if not valid.any() or edges[0] == edges[-1]:
        return None
    below, above, sums_below = below[valid], above[valid], sums[:-1][valid]
    means_below = sums_below / below
    variances = below * above * (means_below - (sums[-1] - sums_below) / above) ** 2
    best_index = int(np.argmax(variances))
    threshold = float(edges[1:-1][valid][best_index])
    return float(means_below[best_index]) + 0.5 * (threshold - float(means_below[best_index]))


def _largest_component(mask: Mask) -> Mask:
    from scipy.ndimage import label

    labels, count = label(mask)
    if count < 2:
        return mask
    sizes = np.bincount(labels.reshape(-1))
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())


def fill_holes(mask: Mask) -> Mask:
    """Fill the holes of a mask: all background that is not connected to a face of the grid."""
    from scipy.ndimage import label

    labels, count = label(~mask)
    outer = np.zeros(count + 1, dtype=np.bool_)
    for axis in range(3):
        for side in (0, -1):
            outer[np.unique(labels.take(side, axis))] = True
    outer[0] = False
    return np.asarray(~outer[labels])
