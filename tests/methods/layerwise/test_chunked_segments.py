"""Segments computed in chunks of channels give the same maps as at once."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from viewer.errors import Cancelled
from viewer.methods.base import ExplanationRequest, Target
from viewer.methods.registry import find_method
from viewer.models.graph import chunked_segments
from viewer.models.graph.backward_rules import gradient_rules
from viewer.models.graph.operators.chunked_segment import CHUNKED_SEGMENT
from viewer.models.model import Model
from viewer.progress import Progress

PARAMETERS = {
    "gradient": {},
    "guided-backprop": {},
    "deconvnet": {},
    "lrp-0": {},
    "lrp-epsilon": {"relative": False, "bias": True},
    "lrp-gamma": {"bias": True},
    "lrp-alpha-beta": {},
    "lrp": {"input": "z-box"},
    "deep-taylor": {},
    "deeplift": {},
}


class Network(nn.Module):
    """A wide convolution at full size, its norm, relu and pooling; then small layers."""

    def __init__(self, rank: int) -> None:
        super().__init__()
        space = {2: (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d), 3: (nn.Conv3d, nn.BatchNorm3d, nn.MaxPool3d)}
        conv, norm, pool = space[rank]
        self.stem = conv(2, 19, 3, padding=1)
        self.norm = norm(19)
        self.pool = pool(3, 2, padding=1)
        self.block = conv(19, 4, 3)
        self.head = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(torch.relu(self.norm(self.stem(x))))
        return self.head(torch.relu(self.block(x)).flatten(2).mean(2))


@pytest.fixture(params=[2, 3], ids=["2d", "3d"])
def explanation(request):
    """A request to explain a network with random weights, in float64."""
    torch.manual_seed(5)
    network = Network(request.param).eval().double()
    for name in ("running_mean", "running_var", "weight", "bias"):
        getattr(network.norm, name).data.uniform_(0.2, 1.5)
    x = torch.randn(1, 2, *(9, 10, 8)[: request.param], dtype=torch.float64)
    return ExplanationRequest(Model.from_module(network, x), x, Target(1, "1"))


def use_small_chunks(monkeypatch, size=1):
    monkeypatch.setattr(chunked_segments, "MIN_SEGMENT_BYTES", size)
    monkeypatch.setattr(chunked_segments, "CHUNK_BYTES", 1)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", PARAMETERS)
def test_the_map_is_the_same_as_without_chunks(name, explanation, monkeypatch):
    method = find_method(name).from_parameters(PARAMETERS[name])
    whole = method.explain(explanation).values
    use_small_chunks(monkeypatch)
    seen = record_segments(monkeypatch)
    parts = method.explain(explanation).values
    assert seen, "the segment was not found"
    torch.testing.assert_close(parts, whole, rtol=1e-11, atol=1e-13)


def record_segments(monkeypatch):
    """Record the names of the segments that relevance is propagated through."""
    seen: list[str] = []
    plain = chunked_segments.ChunkedSegmentRule.backward

    def backward(self, node, relevance, kept):
        seen.append(node.name)
        return plain(self, node, relevance, kept)

    monkeypatch.setattr(chunked_segments.ChunkedSegmentRule, "backward", backward)
    return seen


def test_a_rule_that_needs_all_channels_has_them(explanation, monkeypatch):
    method = find_method("lrp-epsilon").from_parameters({"relative": True, "bias": True})
    whole = method.explain(explanation).values
    use_small_chunks(monkeypatch)
    seen = record_segments(monkeypatch)
    assert torch.equal(method.explain(explanation).values, whole)
    assert not seen


def test_requested_values_stay_in_the_graph(explanation, monkeypatch):
    use_small_chunks(monkeypatch)
    graph = explanation.model.graph(explanation.x)
    for node in graph.nodes:
        made, _ = chunked_segments.chunk_segments(
            graph, explanation.x, gradient_rules, {node.name, graph.output}
        )
        assert node.name in made.by_name
    made, _ = chunked_segments.chunk_segments(graph, explanation.x, gradient_rules, {graph.output})
    assert [node.operator for node in made.nodes].count(CHUNKED_SEGMENT) == 1
    assert len(made.nodes) == len(graph.nodes) - 3


def test_small_networks_stay_as_they_are(explanation):
    graph = explanation.model.graph(explanation.x)
    assert chunked_segments.chunk_segments(graph, explanation.x, gradient_rules, {graph.output})[0] is graph


def test_cancelling_stops_between_two_chunks(explanation, monkeypatch):
    use_small_chunks(monkeypatch)
    groups = []
    plain = chunked_segments.channel_groups

    def counted(settings):
        for found in plain(settings):
            groups.append(found)
            yield found

    monkeypatch.setattr(chunked_segments, "channel_groups", counted)
    progress = Progress(cancelled=lambda: len(groups) == 2)
    request = ExplanationRequest(explanation.model, explanation.x, explanation.target, progress=progress)
    with pytest.raises(Cancelled):
        find_method("gradient").from_parameters({}).explain(request)
    assert len(groups) == 2
