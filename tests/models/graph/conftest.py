"""The small networks, each captured once for all tests."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
import toys

from viewer.models.graph.capture import capture
from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class Captured:
    """A network in float64, its graph, and three inputs."""

    network: torch.nn.Module
    graph: OperatorGraph
    x: torch.Tensor


@cache
def captured_toy(name):
    network, x = toys.toy(name, torch.float64)
    graph = capture(network, x[:1])
    return Captured(network, graph, torch.cat([x, -0.7 * x[:1]]))


@pytest.fixture(params=toys.TOYS)
def captured(request):
    return captured_toy(request.param)


@pytest.fixture(scope="session")
def toy():
    """A captured network by its name."""
    return captured_toy
