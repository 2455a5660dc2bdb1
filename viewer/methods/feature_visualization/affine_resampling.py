"""Differentiable affine resampling of an image in 2D and 3D: nearest, linear or cubic.

Output voxel o takes its value from the input position M o + b, in voxels. Nearest and linear are PyTorch's
own, as is cubic in 2D; cubic in 3D, which PyTorch lacks, uses the same kernel (Keys 1981, a = −0.75).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

Doubles = npt.NDArray[np.float64]

MODES = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}
KEYS = -0.75
REACH = 2
"""Voxels on each side of a position that the widest kernel needs."""


def resample_affine(
    image: torch.Tensor,
    matrix: Doubles,
    shift: Doubles,
    shape: Sequence[int],
    interpolation: str,
    padding_mode: str,
) -> torch.Tensor:
    """Resample the image at matrix · o + shift for every output voxel o.

    Parameters
    ----------
    image
        (N, C, spatial...), two or three axes.
    matrix, shift
        (d, d) and (d,), in voxels.
    shape
        Shape of the output's spatial axes.
    interpolation
        "nearest", "linear" or "cubic".
    padding_mode
        "zeros"; "reflection" at the outer faces of the outermost voxels; or "wrap" for a periodic image.
    """
    import torch
    from torch.nn import functional

    if padding_mode == "wrap":
        low, high = _bounding_box(matrix, shift, shape)
        before = np.maximum(np.ceil(-low).astype(int) + REACH, 0)
        after = np.maximum(np.ceil(high).astype(int) - np.array(image.shape[2:]) + 1 + REACH, 0)
        image = wrap_pad(image, before, after)
        shift, padding_mode = shift + before, "reflection"
    if interpolation == "cubic" and image.dim() == 5:
        return _interpolate_cubic(image, matrix, shift, shape, padding_mode)
    # affine_grid's coordinates run from −1 to 1 between the outer faces, with the last axis first.
    in_shape, out_shape = np.array(image.shape[2:], dtype=float), np.array(shape, dtype=float)
    scaled = matrix * out_shape / in_shape[:, None]
    offset = (2 * (matrix @ (out_shape - 1) / 2 + shift) + 1) / in_shape - 1
    theta = np.concatenate([scaled[::-1, ::-1], offset[::-1, None]], axis=1)
    grid = functional.affine_grid(
        torch.from_numpy(theta.copy())[None].to(image),
        [len(image), image.shape[1], *shape],
        align_corners=False,
    )
    return functional.grid_sample(
        image, grid, mode=MODES[interpolation], padding_mode=padding_mode, align_corners=False
    )


def wrap_pad(image: torch.Tensor, pad_before: Sequence[int], pad_after: Sequence[int]) -> torch.Tensor:
    """Pad a periodic image by some voxels at both ends of each spatial axis."""
    import torch

    for axis, (low, high) in enumerate(zip(pad_before, pad_after, strict=True), start=2):
        if low or high:
            size = image.shape[axis]
            indices = torch.arange(-int(low), size + int(high), device=image.device) % size
            image = image.index_select(axis, indices)
    return image


def _bounding_box(matrix: Doubles, shift: Doubles, shape: Sequence[int]) -> tuple[Doubles, Doubles]:
    """Return the bounding box of all sampled positions."""
    corners = np.array(list(product(*((0, size - 1) for size in shape))), dtype=float) @ matrix.T + shift
    return corners.min(0), corners.max(0)


def _interpolate_cubic(
    image: torch.Tensor, matrix: Doubles, shift: Doubles, shape: Sequence[int], padding_mode: str
) -> torch.Tensor:
    """Interpolate from sixty-four voxels around every position, weighted by the product of three cubics."""
    import torch

    sizes = image.shape[2:]
    axes = [torch.arange(size, device=image.device, dtype=torch.float64) for size in shape]
    bases, weights, inside = [], [], []
    for axis in range(3):
        a, b, c = (float(value) for value in matrix[axis])
        position = float(shift[axis]) + a * axes[0][:, None, None] + b * axes[1][:, None] + c * axes[2]
        position = position.reshape(-1)
        base = position.floor()
        weights.append(_cubic_weights((position - base).to(image.dtype)))
        taps = [base.long() + tap for tap in (-1, 0, 1, 2)]
        inside.append([((tap >= 0) & (tap < sizes[axis])).to(image.dtype) for tap in taps])
        bases.append([_reflect_index(tap, sizes[axis]) for tap in taps])
    flat = image.flatten(2)
    result = image.new_zeros((*image.shape[:2], bases[0][0].numel()))
    for i, j, k in product(range(4), repeat=3):
        weight = weights[0][i] * weights[1][j] * weights[2][k]
        if padding_mode == "zeros":
            weight = weight * inside[0][i] * inside[1][j] * inside[2][k]
        index = (bases[0][i] * sizes[1] + bases[1][j]) * sizes[2] + bases[2][k]
        result = result + flat[:, :, index] * weight
    return result.reshape(*image.shape[:2], *shape)


def _cubic_weights(t: torch.Tensor) -> list[torch.Tensor]:
    """Return the cubic convolution kernel at distances 1 + t, t, 1 − t and 2 − t."""
    a = KEYS

    def near(d: torch.Tensor) -> torch.Tensor:
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d: torch.Tensor) -> torch.Tensor:
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    return [far(1 + t), near(t), near(1 - t), far(2 - t)]


def _reflect_index(index: torch.Tensor, size: int) -> torch.Tensor:
    """Reflect indices at the outer faces into 0 to size − 1."""
    index = index % (2 * size)
    return index.minimum(2 * size - 1 - index)
