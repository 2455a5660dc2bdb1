"""MeshNet: dilated convolutions at full resolution, very few parameters (Fedorov et al. 2017, IJCNN)."""

from __future__ import annotations

from torch import nn


def build(
    classes: int, channels: int, dilations: tuple[int, ...], norm: bool, bias: bool, dropout: float
) -> nn.Module:
    """Build a network from (N, 1, X, Y, Z) to (N, classes, X, Y, Z), logits, named as in brainchop."""
    layers: list[nn.Module] = []
    in_channels = 1
    for dilation in dilations:
        block: list[nn.Module] = [
            nn.Conv3d(in_channels, channels, 3, padding=dilation, dilation=dilation, bias=bias)
        ]
        if norm:
            block.append(nn.BatchNorm3d(channels))
        block += [nn.ReLU(), nn.Dropout3d(dropout)]
        layers.append(nn.Sequential(*block))
        in_channels = channels
    return nn.Sequential(*layers, nn.Conv3d(in_channels, classes, 1))
