"""Input of a network around all nonzero voxels, scaled before resampling, as nnU-Net prepares scans.

Isensee et al. 2021, nnU-Net, supplementary note 2. The images are cropped to the bounding box of the voxels
that are nonzero in at least one of them, scaled by statistics of the crop, and resampled to a number of
voxels that is rounded from the ratio of the spacings, so that the outer faces of the box stay in place. If
voxels are more than three times as long as wide, each slice is interpolated in its plane, and the nearest
slice is taken along the third axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.input_spec import InputSpec
from viewer.models.tensor_axes import tensor_axes
from viewer.scans.foreground import bounding_box, crop_grid, fill_holes
from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.scan import Scan

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

ANISOTROPY = 3.0
"""Ratio of the largest to the smallest side of a voxel above which slices are resampled separately."""

ORDERS = {"nearest": 0, "linear": 1, "cubic": 3}
"""Spline orders by the card's ``interpolation``."""


@dataclass(frozen=True, eq=False)
class NonzeroCrop:
    """Crop of the images of one person around the nonzero voxels, in the order of the tensor's axes.

    Parameters
    ----------
    images
        Each image's voxels in the box.
    mask
        Voxels that are nonzero in at least one image, with holes filled.
    grid
        Grid of the network's input, in mm.
    slice_axis
        Axis along which the nearest slice is taken; None if all axes are interpolated.
    spline_order
        Order of the splines.
    """

    images: tuple[Floats, ...]
    mask: Mask
    grid: Grid
    slice_axis: int | None
    spline_order: int

    def resample_to_grid(self, values: Floats) -> Floats:
        """Resample values in the box, shape of `mask`, to the grid of the network's input."""
        return _resize(values, self.grid.shape, self.slice_axis, self.spline_order)


def crop_to_nonzero(scan: Scan, images: Sequence[Scan], spec: InputSpec) -> NonzeroCrop:
    """Return the crop of the images of one person, resampled to the grid of the scan.

    Raises
    ------
    ModelError
        All images are zero everywhere.
    """
    order, signs = tensor_axes(spec.axes, scan)
    oriented = _reorient_grid(scan.grid, order, signs)
    arrays = []
    for image in images:
        same_grid = image.grid.same_as(scan.grid)
        data = image.data if same_grid else resample(image.data, image.grid, scan.grid)
        arrays.append(np.transpose(data, order)[tuple(slice(None, None, sign) for sign in signs)])
    mask: Mask = np.logical_or.reduce([array != 0 for array in arrays])
    if not mask.any():
        raise ModelError(scan.name, "is zero everywhere", "is it the right volume?")
    box = bounding_box(mask, 0.0, oriented)
    cropped = crop_grid(oriented, box)
    steps = np.array(spec.spacing)
    # As in nnU-Net, halves are rounded to even numbers.
    i, j, k = (max(1, round(size)) for size in (cropped.spacing / steps * cropped.shape).tolist())
    slice_axis = None
    if spec.between_slices == "nearest":
        slice_axis = _slice_axis(cropped.spacing, steps)
    return NonzeroCrop(
        tuple(np.ascontiguousarray(array[box]) for array in arrays),
        fill_holes(mask[box]),
        cropped.resized((i, j, k)),
        slice_axis,
        ORDERS[spec.interpolation],
    )


def _reorient_grid(grid: Grid, axis_order: Sequence[int], signs: Sequence[int]) -> Grid:
    """Return the grid of an array whose axes are permuted, and then reversed if their sign is -1."""
    permuted = grid.permuted(axis_order)
    affine = permuted.affine.copy()
    for axis, sign in enumerate(signs):
        if sign < 0:
            affine[:3, 3] += affine[:3, axis] * (permuted.shape[axis] - 1)
            affine[:3, axis] *= -1
    return Grid(permuted.shape, affine)


def _slice_axis(spacing: npt.NDArray[np.float64], target_spacing: npt.NDArray[np.float64]) -> int | None:
    """Return the axis across thick slices, of the scan or else of the network's grid; None if there is none.

    Voxels with two long sides and a short one do not form slices.
    """
    for steps in (spacing, target_spacing):
        if steps.max() / steps.min() > ANISOTROPY:
            longest = np.flatnonzero(steps == steps.max())
            return int(longest[0]) if len(longest) == 1 else None
    return None


def _resize(values: Floats, shape: tuple[int, int, int], slice_axis: int | None, spline_order: int) -> Floats:
    """Resample by splines with fixed outer faces; the nearest slice is taken along ``slice_axis``."""
    if values.shape == shape:
        return values
    if slice_axis is None:
        return _interpolate(values, shape, spline_order)
    plane = [size for axis, size in enumerate(shape) if axis != slice_axis]
    slices = np.moveaxis(values, slice_axis, 0)
    count, target_count = len(slices), shape[slice_axis]
    nearest = np.floor((np.arange(target_count) + 0.5) * (count / target_count)).astype(np.intp)
    resized = np.stack([_interpolate(image, plane, spline_order) for image in slices])[nearest]
    return np.ascontiguousarray(np.moveaxis(resized, 0, slice_axis))


def _interpolate(values: Floats, shape: Sequence[int], spline_order: int) -> Floats:
    """Resample by splines, in float64 as nnU-Net does; results are clipped to the range of the input."""
    from skimage.transform import resize

    if values.shape == tuple(shape):
        return values
    resized: npt.NDArray[np.float64] = resize(  # type: ignore[no-untyped-call]
        values.astype(np.float64), shape, spline_order, mode="edge", anti_aliasing=False
    )
    return resized.astype(np.float32)
