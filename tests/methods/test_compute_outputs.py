"""Outputs on the operator graph are the network's, for batches that its graph cannot take as well."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from viewer.errors import Cancelled
from viewer.methods.base import ExplanationRequest, Target
from viewer.methods.input_gradient import compute_outputs
from viewer.methods.perturbation.scorer import BatchScorer
from viewer.models.graph.graph import OperatorGraph
from viewer.models.model import Model
from viewer.progress import Progress


def make_network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv3d(1, 4, 3), nn.ReLU(), nn.MaxPool3d(2), nn.Flatten(), nn.Linear(108, 2)
        ).eval()


def make_batch(count: int) -> torch.Tensor:
    return torch.rand((count, 1, 8, 8, 8), generator=torch.Generator().manual_seed(1))


def test_a_batch_gets_the_networks_outputs() -> None:
    network, x = make_network(), make_batch(5)
    model = Model.from_module(network, x[:1])
    torch.testing.assert_close(compute_outputs(model, x), network(x).detach(), rtol=1e-5, atol=1e-6)


def test_a_graph_for_one_sample_is_run_sample_by_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    network, x = make_network(), make_batch(3)
    model = Model.from_module(network, x[:1])
    graph = model.graph(x)
    single = replace(graph, input=replace(graph.input, shape=(1, *graph.input.shape[1:])))

    def graph_of(given: torch.Tensor) -> OperatorGraph:
        assert given.shape[1:] == x.shape[1:]
        return single

    monkeypatch.setattr(model, "graph", graph_of)
    torch.testing.assert_close(compute_outputs(model, x), network(x).detach(), rtol=1e-5, atol=1e-6)


def test_scores_of_changed_inputs_are_cancelled_between_operators() -> None:
    network, x = make_network(), make_batch(1)
    model = Model.from_module(network, x)
    graph = model.graph(x)
    asked: list[None] = []

    def cancelled() -> bool:
        asked.append(None)
        return len(asked) > len(graph.nodes) // 2

    request = ExplanationRequest(model, x, Target(0, "0"), progress=Progress(cancelled=cancelled))
    with pytest.raises(Cancelled):
        BatchScorer(request).score(x)
    assert len(asked) == len(graph.nodes) // 2 + 1
