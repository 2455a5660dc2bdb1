"""The generators of Charachon et al. 2021: two small U-Nets that begin alike and change a scan a little."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn
from torch.nn import functional as F

WIDTHS = (8, 16, 32)


class Generator(nn.Module):
    """g(x) = x + u(x), u a U-Net with three strided convolutions and the scan itself at its end.

    A new one is the identity: its last layer is zero. Voxels that are exactly zero, of which nothing is
    known, stay zero. At the bottom every place learns how strong each channel is anywhere: whether there is
    something to take out must be known where there is nothing, or a scan would be given what it lacks here
    while it is rid of it there.

    Parameters
    ----------
    channels
        Of the scan.
    dimensions
        Spatial axes: 2 or 3.
    widths
        Channels after each of the strided convolutions.
    """

    def __init__(self, channels: int, dimensions: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        conv = nn.Conv3d if dimensions == 3 else nn.Conv2d
        before = (channels, *widths[:-1])
        self.down = nn.ModuleList(
            conv(a, b, 3, stride=2, padding=1) for a, b in zip(before, widths, strict=True)
        )
        self.all_over = conv(2 * widths[-1], widths[-1], 1)
        self.up = nn.ModuleList(
            conv(deep + beside, beside, 3, padding=1)
            for deep, beside in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.last = conv(widths[0] + channels, widths[0], 3, padding=1)
        self.out = conv(widths[0], channels, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, spatial...) to the same."""
        held = []
        value = x
        for layer in self.down:
            value = F.leaky_relu(layer(value), 0.1)
            held.append(value)
        value = F.leaky_relu(self.all_over(torch.cat([value, global_max(value)], 1)), 0.1)
        for layer, beside in zip(self.up, held[-2::-1], strict=True):
            value = F.leaky_relu(layer(torch.cat([interpolate_to(value, beside), beside], 1)), 0.1)
        value = F.leaky_relu(self.last(torch.cat([interpolate_to(value, x), x], 1)), 0.1)
        changed: torch.Tensor = x + self.out(value) * (x != 0)
        return changed


def global_max(value: torch.Tensor) -> torch.Tensor:
    """Each channel's largest value, at every place."""
    return value.amax(tuple(range(2, value.dim())), keepdim=True).expand_as(value)


def interpolate_to(value: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Interpolated (linear) to the size of another."""
    mode = "trilinear" if value.dim() == 5 else "bilinear"
    return F.interpolate(value, like.shape[2:], mode=mode, align_corners=False)


class GeneratorPair(nn.Module):
    """g_s, which keeps the prediction, and g_a, which turns it; both begin with the same weights."""

    def __init__(self, channels: int, dimensions: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.similar = Generator(channels, dimensions, widths)
        self.adversarial = deepcopy(self.similar)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """g_s(x) and g_a(x)."""
        return self.similar(x), self.adversarial(x)
