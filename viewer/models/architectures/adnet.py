"""ADnet: eight convolutions, four of them followed by pooling (Turrisi, Verri, Barla 2024)."""

from __future__ import annotations

import torch
from torch import nn

CHANNELS = (1, 8, 8, 16, 16, 32, 32, 64, 64)
POOLS = (4, 0, 3, 0, 2, 0, 2, 0)


class ADnet(nn.Module):
    """ADnet, (N, 1, 73, 96, 96) to (N, classes), logits. Modules are named as in the published weights."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Sequential(
            *(
                _block(in_channels, out_channels, pool)
                for in_channels, out_channels, pool in zip(CHANNELS, CHANNELS[1:], POOLS, strict=False)
            )
        )
        self.f = nn.Sequential(nn.Linear(256, classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        logits: torch.Tensor = self.f(torch.flatten(self.embedding(x), 1))
        return logits


def _block(in_channels: int, out_channels: int, pool: int) -> nn.Sequential:
    layers = [
        nn.Conv3d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm3d(out_channels),
        nn.ReLU(),
    ]
    return nn.Sequential(*layers, nn.MaxPool3d(pool, pool)) if pool else nn.Sequential(*layers)


def build(classes: int) -> ADnet:
    """Build the network with initial weights."""
    return ADnet(classes)
