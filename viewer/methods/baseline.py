"""The input that stands for "nothing there", against which a contribution is measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from viewer.models.input import Input
    from viewer.models.model import Model

BASELINES = ("black", "zero", "minimum", "mean", "blurred")
BASELINE_HELP = (
    "what stands for nothing there: black (what the network is given where a scan is empty), zero, the "
    "input's minimum or mean, or the input blurred"
)


def baseline(model: Model, x: torch.Tensor, kind: str, blur: float) -> torch.Tensor:
    """A baseline of the shape of ``x``: (N, C, spatial...).

    Parameters
    ----------
    model
        Whose card says how intensities are scaled, and so what ``black`` is.
    x
        The input.
    kind
        ``black``; ``zero``; ``minimum`` or ``mean`` of each channel of each sample; or ``blurred``, the
        input itself without its details.
    blur
        Standard deviation of the Gaussian of ``blurred``, in voxels of the network's grid.
    """
    import torch

    if kind == "black":
        return black(x, model.card.input)
    if kind == "zero":
        return torch.zeros_like(x)
    if kind == "blurred":
        return blurred(x, blur)
    return _constant(x, kind)


def black(x: torch.Tensor, wanted: Input | None) -> torch.Tensor:
    """What a network is given for a scan that is zero everywhere, of the shape of ``x``.

    Where intensities are standardised, and the air with them, that is the input's minimum; where they are
    brought into a range, its lower end; else, and for networks that take tensors as they are, zero.
    """
    import torch

    from viewer.models.input import Scaling

    if wanted is None or wanted.intensity.background == "kept":
        return torch.zeros_like(x)
    if wanted.intensity.scaling is Scaling.Z_SCORE:
        return _constant(x, "minimum")
    if wanted.intensity.scaling in (Scaling.RANGE, Scaling.BOUNDS):
        return torch.full_like(x, wanted.intensity.to[0])
    return torch.zeros_like(x)


def _constant(x: torch.Tensor, kind: str) -> torch.Tensor:
    """The minimum or mean of each channel of each sample; of each sample, where there is no space."""
    flat = x.flatten(2) if x.ndim > 2 else x
    value = flat.amin(-1) if kind == "minimum" else flat.mean(-1)
    return value.reshape(value.shape + (1,) * (x.ndim - value.ndim)).expand_as(x).clone()


def blurred(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """``x`` under a Gaussian of ``sigma`` voxels along each spatial axis, borders reflected.

    The kernel reaches 4 sigma to each side. An input without spatial axes is returned as it is.
    """
    import torch
    import torch.nn.functional as F

    if sigma == 0:
        return x.clone()
    radius = math.ceil(4 * sigma)
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = (weights / weights.sum()).to(x.dtype).to(x.device).reshape(1, 1, -1)
    smooth = x
    for axis in range(2, x.ndim):
        size = x.shape[axis]
        places = torch.arange(-radius, size + radius, device=x.device)
        # Reflection about the outer faces, however often the kernel is longer than the axis.
        places = places.remainder(2 * size)
        places = torch.where(places < size, places, 2 * size - 1 - places)
        lines = smooth.movedim(axis, -1)
        padded = lines.reshape(-1, 1, size)[..., places]
        smooth = F.conv1d(padded, kernel).reshape(lines.shape).movedim(-1, axis)
    return smooth.contiguous()
