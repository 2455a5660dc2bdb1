"""Masks over a scan that are found by gradient: how they fade it into its blur, and how smooth they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from viewer.methods.baseline import blurred

if TYPE_CHECKING:
    import torch

LEVELS = 6
"""Scans in a pyramid, the sharp one among them."""


def pyramid(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """``x`` (1, C, spatial...) ever more blurred, (levels, C, spatial...); the last by ``sigma`` voxels.

    The standard deviation grows evenly, as a mask that falls evenly is to blur evenly more.
    """
    import torch

    return torch.cat([blurred(x, sigma * level / (LEVELS - 1)) for level in range(LEVELS)])


def faded(levels: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """A scan (1, C, spatial...), sharp where the mask (1, 1, spatial...) is 1 and most blurred where it is 0.

    Between, the two levels beside it are mixed. Differentiable in the mask.
    """
    import torch

    count = len(levels)
    depth = (1 - mask.clamp(0, 1)) * (count - 1)
    lower = depth.detach().floor().clamp(max=count - 2)
    share = depth - lower
    place = lower.long()[0].expand(levels.shape[1:])[None]
    near, far = (torch.gather(levels, 0, place + offset) for offset in (0, 1))
    return near + share * (far - near)


def zoomed(small: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """A small mask (1, 1, ...) on a grid of ``shape``, linear between its values."""
    import torch.nn.functional as F

    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(shape)]
    return F.interpolate(small, shape, mode=mode, align_corners=True)


def small_shape(shape: tuple[int, ...], step: float) -> tuple[int, ...]:
    """How many values a small mask has along each axis, one every ``step`` voxels and one at either end."""
    return tuple(max(2, math.ceil((size - 1) / step) + 1) for size in shape)


def variation(mask: torch.Tensor, power: float) -> torch.Tensor:
    """The mean over neighbours of |difference|^power, summed over the spatial axes."""
    import torch

    terms = [mask.diff(dim=axis).abs().pow(power).mean() for axis in range(2, mask.dim())]
    return torch.stack(terms).sum()


def moved(x: torch.Tensor, offsets: tuple[int, ...]) -> torch.Tensor:
    """``x`` shifted by some voxels along each spatial axis; where nothing is left, its border is repeated."""
    import torch

    for axis, offset in enumerate(offsets, start=2):
        size = x.shape[axis]
        places = (torch.arange(size, device=x.device) - offset).clamp(0, size - 1)
        x = x.index_select(axis, places)
    return x
