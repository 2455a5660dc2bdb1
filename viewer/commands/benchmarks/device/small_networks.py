"""Small untrained networks with inputs, for the checks of a device."""

from __future__ import annotations

import torch
from torch import nn

Sample = tuple[nn.Module, torch.Tensor]


class PatchAttentionNetwork(nn.Module):
    """Network with patch embedding and one attention block, from (N, 1, 16, 16, 16) to (N, 2)."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.patches = nn.Conv3d(1, width, 4, stride=4)
        self.block = nn.TransformerEncoderLayer(width, 4, 32, dropout=0.0, batch_first=True)
        self.head = nn.Linear(width, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs, shape (N, 2)."""
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        outputs: torch.Tensor = self.head(self.block(tokens).mean(1))
        return outputs


def make_convolutional_sample(size: int = 16) -> Sample:
    """Return a network with convolutions, batch norm and pooling, and a sample of ``size``³ voxels."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(
            nn.Conv3d(1, 8, 3, padding=1),
            nn.BatchNorm3d(8),
            nn.ReLU(),
            nn.MaxPool3d(2),
            nn.Conv3d(8, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool3d(2),
            nn.Flatten(),
            nn.Linear(16 * (size // 4) ** 3, 2),
        )
        return network.eval(), torch.rand(1, 1, size, size, size)


def make_attention_sample() -> Sample:
    """Return a network with attention, and a sample."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return PatchAttentionNetwork().eval(), torch.rand(1, 1, 16, 16, 16)
