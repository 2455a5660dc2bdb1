"""Networks without an operator graph, and batch norms that take the statistics of the batch."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import viewer
from viewer.methods.input_gradient import find_graph
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.perturbation.occlusion import Occlusion
from viewer.models.model import Model


class BatchStatistics(nn.Module):
    """A batch norm without running statistics, with or without a branch that no graph can hold."""

    def __init__(self, *, branches: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6, track_running_stats=False)
        self.head = nn.Linear(6, 2)
        self.branches = branches

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = torch.relu(self.norm(self.conv(x)))
        if self.branches and z.sum() < -1e30:
            z = -z
        return self.head(z.flatten(2).amax(2))


class Branching(nn.Module):
    """What it does depends on the values of its input."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = torch.relu(self.conv(x))
        if z.sum() > 0:
            z = 2 * z
        return self.head(z.mean((2, 3)))


def randomized(network: nn.Module, size: int = 12) -> tuple[nn.Module, Model, torch.Tensor]:
    torch.manual_seed(3)
    for parameter in network.parameters():
        parameter.data.normal_()
    x = torch.rand(3, 1, size, size)
    return network.eval(), Model.from_module(network.eval(), x[:1]), x


@pytest.mark.parametrize("branches", [False, True], ids=["graph", "autograd"])
def test_sample_in_a_batch_equals_sample_alone(branches):
    network, model, x = randomized(BatchStatistics(branches=branches))
    with torch.no_grad():
        alone = torch.cat([network(x[number : number + 1]) for number in range(len(x))])
        torch.testing.assert_close(model.logits(x), alone, rtol=1e-5, atol=1e-5)
        assert not torch.allclose(network(x), alone, rtol=1e-2)


@pytest.mark.parametrize("branches", [False, True], ids=["graph", "autograd"])
def test_an_occluded_corner_is_the_fall_of_the_output(branches):
    network, model, x = randomized(BatchStatistics(branches=branches))
    method = Occlusion(window=4, stride=4)
    found = viewer.explain(model, x[:1], method, target=1, device="cpu").data
    masked = x[:1].clone()
    masked[..., :4, :4] = 0
    with torch.no_grad():
        expected = float((network(x[:1]) - network(masked))[0, 1])
    assert float(found[0, 0, 0, 0]) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("branches", [False, True], ids=["graph", "autograd"])
def test_integrated_gradients_are_complete_and_the_gradient_is_that_of_autograd(branches):
    network, model, x = randomized(BatchStatistics(branches=branches))
    leaf = x[:1].clone().requires_grad_(True)
    (expected,) = torch.autograd.grad(network(leaf)[0, 1], leaf)
    found = viewer.explain(model, x[:1], "gradient", target=1, device="cpu").data
    torch.testing.assert_close(torch.from_numpy(found.copy()), expected, rtol=1e-4, atol=1e-5)
    method = IntegratedGradients(baseline="blurred", blur=1.0)
    whole = viewer.explain(model, x[:1], method, target=1, device="cpu")
    assert whole.residual.relative < 0.02


def test_map_notes_autograd_and_the_reason():
    _, model, x = randomized(Branching())
    (note,) = viewer.explain(model, x[:1], "gradient", target=1, device="cpu").provenance.notes
    assert note.startswith("no operator graph can be built for the network: Branching cannot be captured at ")
    assert "test_without_graph.py" in note
    assert "automatic differentiation" in note
    (note,) = viewer.explain(
        model, x[:1], Occlusion(window=4, stride=4), target=1, device="cpu"
    ).provenance.notes[:1]
    assert "no operator graph can be built for the network" in note


def test_network_with_a_graph_adds_no_note(model, batch):
    notes = viewer.explain(model, batch[:1], "gradient", device="cpu").provenance.notes
    assert not any("graph" in note for note in notes)


def test_a_network_that_cannot_be_captured_is_tried_once(monkeypatch):
    from viewer.models.graph import capture

    _, model, x = randomized(Branching())
    tried = []
    exported = capture.export_module
    monkeypatch.setattr(capture, "export_module", lambda *arguments: tried.append(1) or exported(*arguments))
    assert find_graph(model, x) is None
    first = len(tried)
    assert first > 0
    model.logits(x)
    assert find_graph(model, x) is None
    assert len(tried) == first


def test_a_fault_of_the_capture_itself_is_not_swallowed(monkeypatch):
    from viewer.models.graph import capture

    _, model, x = randomized(Branching())

    def broken(*arguments: object) -> None:
        raise KeyError("a fault in the reading")

    monkeypatch.setattr(capture, "try_export", broken)
    with pytest.raises(KeyError, match="a fault in the reading"):
        viewer.explain(model, x[:1], "gradient", target=1, device="cpu")
