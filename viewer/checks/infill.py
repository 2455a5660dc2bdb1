"""Fill values for removed parts of a scan."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from viewer.checks.context import CheckContext, Mask

if TYPE_CHECKING:
    import torch

BLUR_SD = 10.0
"""Standard deviation of the blur, in mm."""


class Fill(StrEnum):
    """Fill: the mean of the head's voxels, the blurred scan, interpolation from around the hole, or zero.

    Zero refers to the network's input after preprocessing.
    """

    MEAN = "mean"
    BLUR = "blur"
    INPAINT = "inpaint"
    ZERO = "zero"


def make_filler(context: CheckContext, fill: str) -> Callable[[Mask], torch.Tensor]:
    """Return a function that fills the voxels of a mask in the network's input, (1, C, spatial...)."""
    import torch

    x = context.x
    device = x.device
    foreground = torch.from_numpy(context.foreground).to(device)
    mean = x[0][:, foreground].mean(1).reshape(1, -1, *(1,) * len(context.shape))
    if fill == Fill.INPAINT:
        return lambda hole: inpaint(x, torch.from_numpy(np.ascontiguousarray(hole)).to(device), mean)
    if fill == Fill.BLUR:
        filled = context.cached("blurred", lambda: _blur_input(context))
    else:
        filled = torch.zeros_like(x) if fill == Fill.ZERO else mean.expand_as(x)
    return lambda hole: torch.where(torch.from_numpy(np.ascontiguousarray(hole)).to(device), filled, x)


def _blur_input(context: CheckContext) -> torch.Tensor:
    from viewer.methods.baseline import gaussian_blur

    return gaussian_blur(context.x, BLUR_SD / float(np.exp(np.log(context.spacing).mean())))


def inpaint(x: torch.Tensor, hole: torch.Tensor, fallback: torch.Tensor) -> torch.Tensor:
    """Fill a hole from its borders by a pyramid: average known voxels to coarser levels, then interpolate.

    Parameters
    ----------
    x
        (1, C, spatial...), two or three spatial axes.
    hole
        bool, (spatial...): voxels to fill. All others stay unchanged.
    fallback
        Values to use if no voxel is known, (1, C, 1...).
    """
    import torch

    valid = (~hole).to(x)[None, None]
    if not bool(valid.any()):
        return fallback.expand_as(x).clone()
    pool = torch.nn.functional.avg_pool2d if x.dim() == 4 else torch.nn.functional.avg_pool3d
    mode = "bilinear" if x.dim() == 4 else "trilinear"
    value = x * valid
    levels = []
    while not bool(valid.all()):
        levels.append((value, valid))
        kernel = tuple(min(2, size) for size in valid.shape[2:])
        valid_share = pool(valid, kernel, ceil_mode=True)
        value = pool(value, kernel, ceil_mode=True) / valid_share.clamp(min=1e-6)
        valid = (valid_share > 0).to(x)
        value = value * valid
    for level_value, level_valid in reversed(levels):
        coarse = torch.nn.functional.interpolate(
            value, size=level_value.shape[2:], mode=mode, align_corners=False
        )
        value = torch.where(level_valid > 0, level_value, coarse)
    return value
