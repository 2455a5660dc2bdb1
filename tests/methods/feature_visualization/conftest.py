"""Small networks with a card, in two and three dimensions, on grids whose axes are not world axes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import nn

from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card

Made = Callable[..., Model]


class Small(nn.Module):
    """Two convolutions with a pool between, functional rectifiers, and a head on the mean."""

    def __init__(self, dimensions: int, padding: int = 0) -> None:
        super().__init__()
        conv = nn.Conv3d if dimensions == 3 else nn.Conv2d
        pool = nn.MaxPool3d if dimensions == 3 else nn.MaxPool2d
        self.first = conv(1, 4, 3, padding=padding)
        self.pool = pool(2, 2)
        self.second = conv(4, 6, 3, padding=padding)
        self.head = nn.Linear(6, 2)
        # Every channel is awake, so that the gradient is the exact one everywhere.
        self.first.bias.data += 1
        self.second.bias.data += 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.first(x))
        x = torch.relu(self.second(self.pool(x)))
        return self.head(x.flatten(2).mean(2))


@pytest.fixture(scope="session")
def small() -> Made:
    """A `Small` of seed 3, wanting a sheared and flipped grid; made once for all who ask for the same."""

    @cache
    def make(
        dimensions: int = 3,
        size: int = 16,
        padding: int = 0,
        scaling: IntensityScaling = IntensityScaling.MAXIMUM,
    ) -> Model:
        torch.manual_seed(3)
        network = Small(dimensions, padding)
        shape = (size, size + 2, size + 4)[:dimensions]
        affine = ((-2.0, 0.3, 0, 9), (0, 0, 3.0, -8), (0, 2.5, 0.2, 4), (0, 0, 0, 1.0))
        card = Card(
            name="small",
            classes=("no", "yes"),
            input=InputSpec(shape, Placement.AFFINE, affine=affine, intensity=IntensitySpec(scaling)),
        )
        return Model.from_module(network, torch.zeros(1, 1, *shape), card)

    return make
