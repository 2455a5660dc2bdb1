"""Three small networks of different kinds for tasks with a known source: plain, residual, transformer."""

from __future__ import annotations

import math
from enum import StrEnum

import torch
from torch import nn


class NetworkKind(StrEnum):
    """Kind of network."""

    PLAIN = "plain"
    RESIDUAL = "residual"
    TRANSFORMER = "transformer"


WIDTHS = (8, 16, 32)
PATCHES = 4
"""Number of the transformer's patches along each axis."""


def build_source_network(kind: NetworkKind, shape: tuple[int, int, int], seed: int) -> nn.Module:
    """Build a network from (N, 1, X, Y, Z) to two logits; torch's random state is kept.

    ``plain``: three convolutions with bias, ReLU and max pooling (after VGG). ``residual``: a convolution and
    two residual blocks with batch norm (He et al. 2016). ``transformer``: 4×4×4 patches with learned
    positions and a class token, and two pre-norm blocks with two heads (Dosovitskiy et al. 2021). The first
    two end with a dense layer over all positions.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if kind is NetworkKind.PLAIN:
            return _build_plain(shape)
        if kind is NetworkKind.RESIDUAL:
            return _build_residual(shape)
        return PatchTransformer(shape)


def _build_plain(shape: tuple[int, int, int]) -> nn.Module:
    layers: list[nn.Module] = []
    in_channels = 1
    for out_channels in WIDTHS:
        layers += [nn.Conv3d(in_channels, out_channels, 3, padding=1), nn.ReLU(), nn.MaxPool3d(2)]
        in_channels = out_channels
    voxels = (shape[0] // 8) * (shape[1] // 8) * (shape[2] // 8)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(in_channels * voxels, 2))


def _build_residual(shape: tuple[int, int, int]) -> nn.Module:
    first, second, third = WIDTHS
    sizes = [math.ceil(size / 4) // 2 for size in shape]  # two strides of 2, rounded up, and a pool of 2
    return nn.Sequential(
        nn.Conv3d(1, first, 3, padding=1, bias=False),
        nn.BatchNorm3d(first),
        nn.ReLU(),
        ResidualBlock(first, second),
        ResidualBlock(second, third),
        nn.AvgPool3d(2),
        nn.Flatten(),
        nn.Linear(third * sizes[0] * sizes[1] * sizes[2], 2),
    )


class ResidualBlock(nn.Module):
    """Two convolutions with batch norm, in parallel with a 1×1×1 convolution; halves the size."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(in_channels, out_channels, 3, 2, 1, bias=False)
        self.norm1 = nn.BatchNorm3d(out_channels)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv3d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm3d(out_channels)
        self.shortcut = nn.Conv3d(in_channels, out_channels, 1, 2)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output (N, after, spatial / 2)."""
        branch = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        output: torch.Tensor = self.relu2(branch + self.shortcut(x))
        return output


class TransformerBlock(nn.Module):
    """Pre-norm block: self-attention, and two dense layers with a GELU."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(width)
        self.dense = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the tokens (N, tokens, width)."""
        normalised = self.norm1(x)
        x = x + self.attention(normalised, normalised, normalised, need_weights=False)[0]
        out: torch.Tensor = x + self.dense(self.norm2(x))
        return out


class PatchTransformer(nn.Module):
    """Vision transformer over 4×4×4 patches, whose sizes divide the image's."""

    def __init__(self, shape: tuple[int, int, int], width: int = 32, depth: int = 2, heads: int = 2) -> None:
        super().__init__()
        patch = (shape[0] // PATCHES, shape[1] // PATCHES, shape[2] // PATCHES)
        tokens = PATCHES**3
        self.patches = nn.Conv3d(1, width, patch, patch)
        self.positions = nn.Parameter(0.2 * torch.randn(1, tokens, width))
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.Sequential(*(TransformerBlock(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return two logits (N, 2)."""
        tokens = self.patches(x).flatten(2).transpose(1, 2) + self.positions
        tokens = torch.cat([self.token.expand(len(tokens), -1, -1), tokens], 1)
        out: torch.Tensor = self.head(self.norm(self.blocks(tokens))[:, 0])
        return out


class TwoLogits(nn.Module):
    """Conversion of one logit to two: minus and plus half of it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return (N, 2) of (N, 1)."""
        half = 0.5 * x.reshape(len(x), 1)
        return torch.cat([-half, half], 1)
