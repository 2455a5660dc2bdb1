"""Small networks in 3D, with what real ones have: batch norm, pooling, operations in place, dropout."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from viewer.models.model import Model


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Networks this small are slower on several threads, and much slower where others compute, too."""
    torch.set_num_threads(1)


class Small(nn.Module):
    """Two convolutions of a 3D volume, and a head of three classes. It begins in place, on purpose."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.ReLU6(inplace=True)
        self.conv1 = nn.Conv3d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm3d(4)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool3d(2)
        self.conv2 = nn.Conv3d(4, 6, 3)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        x = self.pool(self.relu(self.norm(self.conv1(x))))
        x = torch.relu(self.conv2(x)).mean((2, 3, 4))
        return self.head(self.drop(x))


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(7)
    built = Small()
    built.norm.running_mean.uniform_(-0.5, 0.5)
    built.norm.running_var.uniform_(0.5, 2.0)
    return built.eval()


@pytest.fixture
def batch() -> torch.Tensor:
    return torch.randn(3, 2, 8, 9, 10, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def model(network: nn.Module, batch: torch.Tensor) -> Model:
    return Model.from_module(network, batch)
