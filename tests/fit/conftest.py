"""What the tests of the fit check share: small networks and subjects."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from viewer.fit.subject import FitSubject
from viewer.models.input_spec import InputSpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.scans.scan import Scan

sys.path.insert(0, str(Path(__file__).parent))

ANY = Card("any", classes=("a", "b"), input=InputSpec((12, 14, 12), Placement.FIELD_OF_VIEW))


def make_network(norm: bool = False) -> nn.Module:
    torch.manual_seed(0)
    layers = [nn.Conv3d(1, 3, 3), *([nn.BatchNorm3d(3)] if norm else []), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(3, 2)).eval()


@pytest.fixture
def card() -> Callable[..., Card]:
    """Cards whose input has some entries."""

    def make(**entries: object) -> Card:
        return replace(ANY, input=replace(ANY.input, **entries))

    return make


@pytest.fixture
def subject(card: Callable[..., Card]) -> Callable[..., FitSubject]:
    """A scan with a small network, whose card's input has some entries."""

    def make(scan: Scan, network: nn.Module | None = None, **entries: object) -> FitSubject:
        model = Model(network or make_network(), card(**entries), "0" * 64)
        prepared = model.prepare(scan) if scan.data.any() else None
        return FitSubject(model, scan, prepared, "" if prepared else "it is blank")

    return make
