"""Generators of Charachon et al. 2021: two small U-Nets with equal initial weights that change a scan
slightly.
"""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn
from torch.nn import functional as F

WIDTHS = (8, 16, 32)


class Generator(nn.Module):
    """Generator g(x) = x + u(x), u a U-Net with three strided convolutions and a skip from the scan itself.

    It is initialised as the identity: its last layer is zero. Voxels that are exactly zero (background) stay
    zero. At the bottleneck, the global maximum of each channel is concatenated: without knowing whether there
    is a lesion elsewhere, the generator would add one here while removing one there.

    Parameters
    ----------
    channels
        Channels of the scan.
    dimensions
        Spatial axes: 2 or 3.
    widths
        Channels after each of the strided convolutions.
    """

    def __init__(self, channels: int, dimensions: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        conv = nn.Conv3d if dimensions == 3 else nn.Conv2d
        in_widths = (channels, *widths[:-1])
        self.down = nn.ModuleList(
            conv(in_width, out_width, 3, stride=2, padding=1)
            for in_width, out_width in zip(in_widths, widths, strict=True)
        )
        self.all_over = conv(2 * widths[-1], widths[-1], 1)
        self.up = nn.ModuleList(
            conv(deep_width + skip_width, skip_width, 3, padding=1)
            for deep_width, skip_width in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.last = conv(widths[0] + channels, widths[0], 3, padding=1)
        self.out = conv(widths[0], channels, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute g(x), of the same shape (N, C, spatial...)."""
        features = []
        value = x
        for layer in self.down:
            value = F.leaky_relu(layer(value), 0.1)
            features.append(value)
        value = F.leaky_relu(self.all_over(torch.cat([value, global_max(value)], 1)), 0.1)
        for layer, skip in zip(self.up, features[-2::-1], strict=True):
            value = F.leaky_relu(layer(torch.cat([interpolate_to(value, skip), skip], 1)), 0.1)
        value = F.leaky_relu(self.last(torch.cat([interpolate_to(value, x), x], 1)), 0.1)
        output: torch.Tensor = x + self.out(value) * (x != 0)
        return output


def global_max(features: torch.Tensor) -> torch.Tensor:
    """Return the maximum of each channel, at every voxel."""
    return features.amax(tuple(range(2, features.dim())), keepdim=True).expand_as(features)


def interpolate_to(features: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Interpolate (linear) to the size of another tensor."""
    mode = "trilinear" if features.dim() == 5 else "bilinear"
    return F.interpolate(features, target.shape[2:], mode=mode, align_corners=False)


class GeneratorPair(nn.Module):
    """g_s, which preserves the prediction, and g_a, which changes it; both have the same initial weights."""

    def __init__(self, channels: int, dimensions: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.similar = Generator(channels, dimensions, widths)
        self.adversarial = deepcopy(self.similar)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute g_s(x) and g_a(x)."""
        return self.similar(x), self.adversarial(x)
