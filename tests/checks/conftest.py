"""A network that looks for a bright spot, a simulated head that has one, and maps that find it or do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn

from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.explanations import explain_with_method
from viewer.methods.base import Attribution, ExplanationRequest, Family, Method, Requirement
from viewer.methods.gradient import InputTimesGradient
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

SHAPE = (26, 24, 22)
AFFINE = np.array([[3.0, 0, 0, -37.5], [0, 3, 0, -34.5], [0, 0, 3, -31.5], [0, 0, 0, 1]])
SPOT = (13.5, 1.5, 7.5)
"""Of the spot's middle, in mm: to the right."""


class Finder(nn.Module):
    """Answers with how much of a volume is brighter than tissue ever is: (N, 1, ...) to (N, 2)."""

    def __init__(self) -> None:
        super().__init__()
        self.near = nn.Conv3d(1, 4, 3, padding=1)
        self.far = nn.Conv3d(4, 4, 3, padding=1)
        self.head = nn.Linear(4, 2)
        draw = torch.Generator().manual_seed(5)
        with torch.no_grad():
            self.near.weight.copy_(0.02 * torch.randn(self.near.weight.shape, generator=draw))
            self.near.weight[0] = 1 / 27
            self.near.bias.zero_()
            self.near.bias[0] = -1.4
            self.far.weight.copy_(0.002 * torch.randn(self.far.weight.shape, generator=draw))
            self.far.weight[0, 0] = 1 / 27
            self.far.bias.zero_()
            self.head.weight.zero_()
            self.head.weight[:, 0] = torch.tensor([-1500.0, 1500.0])
            self.head.bias.copy_(torch.tensor([1.0, -1.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.near(x))
        return self.head(torch.relu(self.far(x)).mean((2, 3, 4)))


@dataclass(frozen=True)
class Edges(Method):
    """A map that never asks the network: the scan's own edges."""

    name: ClassVar[str] = "edges"
    title: ClassVar[str] = "Edges"
    family: ClassVar[Family] = Family.ATTRIBUTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.FORWARD})
    source: ClassVar[str] = "none"
    description: ClassVar[str] = "edges"
    limitations: ClassVar[str] = "explain"

    def explain(self, request: ExplanationRequest) -> Attribution:
        x = request.x
        return Attribution(sum((x - x.roll(1, axis)).abs() for axis in range(2, x.dim())))


@dataclass(frozen=True)
class Noise(Edges):
    """A map of noise, another for every seed."""

    name: ClassVar[str] = "noise"
    title: ClassVar[str] = "Noise"

    def explain(self, request: ExplanationRequest) -> Attribution:
        draw = torch.Generator().manual_seed(request.seed)
        return Attribution(torch.randn(request.x.shape, generator=draw))


def ball(grid: Grid, centre: tuple[float, float, float], radius: float) -> np.ndarray:
    places = np.moveaxis(np.indices(grid.shape), 0, -1)
    return np.linalg.norm(grid.to_world(places) - np.array(centre), axis=-1) < radius


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Networks this small are slower on several threads."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def scan() -> Scan:
    grid = Grid(SHAPE, AFFINE)
    draw = np.random.default_rng(0)
    head = ball(grid, (0, 0, 0), 30)
    data = head * (1.0 + 0.1 * draw.random(SHAPE)) + 2.0 * ball(grid, SPOT, 7)
    return Scan(data.astype(np.float32), grid, "simulated head")


@pytest.fixture(scope="session")
def spot(scan: Scan) -> np.ndarray:
    return ball(scan.grid, SPOT, 7)


@pytest.fixture
def network() -> Finder:
    return Finder().eval()


@pytest.fixture
def model(network: Finder) -> Model:
    wanted = InputSpec(SHAPE, Placement.FIELD_OF_VIEW, intensity=IntensitySpec(IntensityScaling.NONE))
    card = Card("finder", "", classes=("plain", "spot"), input=wanted)
    return Model.from_module(network, torch.zeros(1, 1, *SHAPE), card)


@pytest.fixture
def context(model: Model, scan: Scan) -> CheckContext:
    return make_context(model, scan, device="cpu")


@pytest.fixture
def honest(context: CheckContext) -> Explanation:
    return explain_with_method(context, InputTimesGradient())


@pytest.fixture
def edges(context: CheckContext) -> Explanation:
    return explain_with_method(context, Edges())


@pytest.fixture
def noise(context: CheckContext) -> Explanation:
    return explain_with_method(context, Noise())
