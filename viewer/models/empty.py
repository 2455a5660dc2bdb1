"""What a network is given for a scan in which there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from viewer.models.input import Input


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
        return constant(x, "minimum")
    if wanted.intensity.scaling in (Scaling.RANGE, Scaling.BOUNDS):
        return torch.full_like(x, wanted.intensity.to[0])
    return torch.zeros_like(x)


def constant(x: torch.Tensor, kind: str) -> torch.Tensor:
    """The minimum or mean of each channel of each sample; of each sample, where there is no space."""
    flat = x.flatten(2) if x.ndim > 2 else x
    value = flat.amin(-1) if kind == "minimum" else flat.mean(-1)
    return value.reshape(value.shape + (1,) * (x.ndim - value.ndim)).expand_as(x).clone()
