"""Maxima, masks, gates and blocks of mixed precision: the same outputs and gradients as torch's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import viewer
from viewer.models.graph.capture import capture
from viewer.models.graph.interpreter import run
from viewer.models.model import Model

Function = Callable[[torch.Tensor], torch.Tensor]
FUNCTIONS: dict[str, Function] = {
    "glu": lambda x: F.glu(x, 1),
    "maximum": lambda x: torch.maximum(x, x.flip(2)),
    "minimum of a row": lambda x: torch.minimum(x, x.mean(2, keepdim=True)),
    "maximum of a number": lambda x: torch.maximum(x, torch.tensor(0.1, dtype=x.dtype)),
    "max": lambda x: torch.max(x, 2 * x.flip(1)),
    "amin": lambda x: x.amin((1, 2), keepdim=True),
    "min": lambda x: x.min(2).values,
    "largest of all": lambda x: x * torch.sigmoid(x.amax((1, 2), keepdim=True)),
    "logsumexp": lambda x: torch.logsumexp(x, 1),
    "logsumexp, kept": lambda x: torch.logsumexp(3 * x, 2, keepdim=True) + x,
    "topk": lambda x: x.flatten(1).topk(3, dim=1).values,
    "smallest": lambda x: x.topk(2, dim=2, largest=False).values,
    "sort": lambda x: x.sort(2, descending=True).values * torch.linspace(1, 2, 6, dtype=x.dtype),
    "where": lambda x: torch.where(x > 0.2, x.exp(), 0.5 * x),
    "masked fill": lambda x: x.masked_fill(x < x.flip(2), -0.3),
    "masked mean": lambda x: (x * (x > 0)).sum(2) / (x > 0).sum(2).clamp(min=1),
    "length": lambda x: x * torch.linalg.vector_norm(x, dim=2, keepdim=True),
    "normalised": lambda x: F.normalize(x, dim=1),
    "quotient": lambda x: x / (1 + x.square().sum(2, keepdim=True)),
}
SELECTED = frozenset({"topk", "smallest", "sort"})
"""DeepLIFT has no rule for these."""


class Applied(nn.Module):
    """A function of the values of a dense layer, and a dense layer behind it."""

    def __init__(self, function: Function) -> None:
        super().__init__()
        self.first = nn.Linear(12, 24)
        self.function = function
        self.last = nn.LazyLinear(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.function(torch.tanh(self.first(x)).reshape(len(x), 4, 6)).flatten(1))


def build_case(name: str) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(2)
    network = Applied(FUNCTIONS[name]).double().eval()
    x = torch.randn(1, 12, dtype=torch.float64)
    network(x)
    return network, x


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_outputs_and_gradients_are_torchs(name: str) -> None:
    network, x = build_case(name)
    graph = capture(network, x)
    pair = torch.randn(2, 12, dtype=torch.float64)
    torch.testing.assert_close(run(graph, pair), network(pair), rtol=0, atol=1e-14)
    leaf = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(network(leaf)[0, 1], leaf)
    found = viewer.explain(Model.from_module(network, x), x, "gradient", target=1, device="cpu")
    torch.testing.assert_close(torch.tensor(found.data), expected.float())


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - SELECTED))
def test_deeplift_sums_to_the_difference_of_the_outputs(name: str) -> None:
    network, x = build_case(name)
    found = viewer.explain(Model.from_module(network, x), x, "deeplift", target=1, baseline="zero")
    with torch.no_grad():
        rise = float((network(x) - network(torch.zeros_like(x)))[0, 1])
    assert float(found.data.sum()) == pytest.approx(rise, rel=1e-5)


@pytest.mark.parametrize("name", sorted(SELECTED))
def test_deeplift_of_sorted_values_is_refused(name: str) -> None:
    network, x = build_case(name)
    with pytest.raises(viewer.ViewerError, match="there is no rule for topk"):
        viewer.explain(Model.from_module(network, x), x, "deeplift", target=1)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_relevance_is_conserved(name: str) -> None:
    network, x = build_case(name)
    found = viewer.explain(Model.from_module(network, x), x, "lrp-0", target=1)
    residual = found.provenance.residual
    assert residual is not None
    assert residual.explained_output == pytest.approx(float(network(x)[0, 1].detach()), rel=1e-6)
    assert residual.absolute <= 1e-5 * max(abs(residual.explained_output), float(abs(found.data).sum()))


@pytest.mark.parametrize("enabled", [False, True])
def test_a_block_of_autocast(enabled: bool) -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(5, 6), nn.Linear(6, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = torch.relu(self.first(x))
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
                x = self.last(x)
            return x.float()

    torch.manual_seed(3)
    network, x = Mixed().eval(), torch.randn(4, 5)
    torch.testing.assert_close(run(capture(network, x), x), network(x), rtol=0, atol=0)


def test_an_image_resampled_where_the_network_says() -> None:
    class Moved(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.locate, self.head = nn.Linear(64, 6), nn.Linear(64, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            matrix = torch.eye(2, 3).to(x) + 0.1 * self.locate(x.flatten(1)).reshape(-1, 2, 3)
            grid = F.affine_grid(matrix, [len(x), 1, 8, 8], align_corners=False)
            return self.head(F.grid_sample(x, grid, align_corners=False).flatten(1))

    torch.manual_seed(4)
    network, x = Moved().double().eval(), torch.randn(1, 1, 8, 8, dtype=torch.float64)
    model = Model.from_module(network, x)
    leaf = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(network(leaf)[0, 1], leaf)
    found = viewer.explain(model, x, "gradient", target=1)
    torch.testing.assert_close(torch.tensor(found.data), expected.float())
    # With the grid held, the network is linear in the image: relevance is its share of the output.
    grid = F.affine_grid(
        torch.eye(2, 3).to(x) + 0.1 * network.locate(x.flatten(1)).reshape(-1, 2, 3), [1, 1, 8, 8],
        align_corners=False,
    )  # fmt: skip
    image = x.clone().requires_grad_()
    output = F.linear(
        F.grid_sample(image, grid.detach(), align_corners=False).flatten(1), network.head.weight
    )
    (slope,) = torch.autograd.grad(output[0, 1], image)
    shown = viewer.explain(model, x, "lrp-0", target=1, bias=False)
    whole = float(network(x)[0, 1].detach())
    expected = (x * slope * whole / output[0, 1]).detach()
    torch.testing.assert_close(torch.tensor(shown.data), expected.float(), rtol=1e-4, atol=1e-4 * abs(whole))
    with pytest.raises(viewer.ViewerError, match="there is no rule for"):
        viewer.explain(model, x, "deeplift", target=1)
