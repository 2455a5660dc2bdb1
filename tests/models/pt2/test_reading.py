"""Honest files read back as the module they were made from."""

from __future__ import annotations

import pytest
import torch

from viewer.errors import ModelError
from viewer.models.graph.capture import capture
from viewer.models.graph.interpreter import run
from viewer.models.graph.layers import count_parameters, list_layers
from viewer.models.graph.passes import keep_output
from viewer.models.pt2.load import load_pt2

BATCH = [
    "eitel-like",
    "adnet-like",
    "densenet-like",
    "resnet-like",
    "squeeze-excitation",
    "reused",
    "views",
    "in-place",
    "attention",
    "activations",
    "slices",
    "convolutions-3d",
    "weight-normed",
]
FIXED = ["eitel-like", "encoder", "views", "causal", "resnet-like"]
DECOMPOSED = ["residual", "attention", "writes-into-part", "unet-transposed", "pools"]


def relative(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


def check(network, path, x):
    graph = load_pt2(path)
    with torch.no_grad():
        expected = network(torch.cat([x, 0.5 * x[:1]]))
    assert graph.input.shape[0] is None
    assert relative(run(graph, torch.cat([x, 0.5 * x[:1]])), expected) < 1e-6
    assert relative(run(graph, x[1:]), expected[1:2]) < 1e-6
    return graph


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", BATCH)
def test_exported_with_any_batch(saved, name):
    network, path, x = saved(name, "batch")
    check(network, path, x)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", FIXED)
def test_exported_with_a_batch_of_one_runs_with_any(saved, name):
    network, path, x = saved(name, "fixed")
    check(network, path, x)


@pytest.mark.parametrize("name", DECOMPOSED)
@pytest.mark.sampled(3)
def test_exported_and_decomposed_to_core_operators(saved, name):
    network, path, x = saved(name, "batch-decomposed")
    check(network, path, x)


def test_exported_with_any_size(saved):
    network, path, x = saved("unet-upsampled", "sizes")
    graph = check(network, path, x)
    assert graph.input.shape == (None, 1, None, None, None)
    assert graph.example_shape == (2, 1, 6, 7, 8)
    other = torch.randn(1, 1, 9, 8, 12)
    with torch.no_grad():
        assert relative(run(graph, other), network(other)) < 1e-6


def test_the_file_gives_the_graph_that_the_module_gives(saved):
    network, path, x = saved("resnet-like", "batch")
    mine, read = capture(network, x[:1]), load_pt2(path)
    assert list_layers(mine) == list_layers(read)
    assert mine.module_outputs == read.module_outputs
    assert count_parameters(read) == sum(parameter.numel() for parameter in network.parameters())


def test_outputs_keep_their_names(tmp_path):
    class Two(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = torch.nn.Linear(3, 2)

        def forward(self, x):
            return {"logits": self.dense(x), "more": [x.sum(1), x * 2]}

    network, x = Two().eval(), torch.randn(2, 3)
    path = tmp_path / "two.pt2"
    torch.export.save(torch.export.export(network, (x,), strict=False), path)
    graph = load_pt2(path)
    assert list(graph.outputs) == ["logits", "more.0", "more.1"]
    assert graph.example_shape == (2, 3)
    assert torch.equal(run(keep_output(graph, "more.1"), x), 2 * x)


def test_weights_are_shared_where_the_file_shares_them(tmp_path):
    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = torch.nn.Linear(3, 3, bias=False), torch.nn.Linear(3, 3, bias=False)
            self.two.weight = self.one.weight

        def forward(self, x):
            return self.two(self.one(x).relu())

    network, x = Tied().eval(), torch.randn(2, 3)
    path = tmp_path / "tied.pt2"
    torch.export.save(torch.export.export(network, (x,), strict=False), path)
    graph = load_pt2(path)
    assert len({tensor.data_ptr() for tensor in graph.constants.values()}) == 1
    assert torch.allclose(run(graph, x), network(x))


def test_weights_that_are_no_float32_are_read(tmp_path):
    class Kinds(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mask", torch.tensor([True, False, True]))
            self.register_buffer("order", torch.tensor([2, 0, 1]))
            self.register_buffer("turned", torch.arange(6.0, dtype=torch.float64).reshape(2, 3).t())

        def forward(self, x):
            return torch.where(self.mask, x, 0.0).index_select(1, self.order) @ self.turned

    network, x = Kinds().eval(), torch.randn(2, 3, dtype=torch.float64)
    path = tmp_path / "kinds.pt2"
    torch.export.save(torch.export.export(network, (x,), strict=False), path)
    assert torch.allclose(run(load_pt2(path), x), network(x))


def test_a_part_that_is_overwritten_and_read_is_refused_with_what_to_do(saved):
    _, path, _ = saved("writes-into-part", "batch")
    with pytest.raises(
        ModelError, match=r"aten\.\w+_\.\w+: overwrites .* export it after run_decompositions"
    ):
        load_pt2(path)


def test_a_network_of_two_inputs_without_an_image_is_refused(tmp_path):
    class Sum(torch.nn.Module):
        def forward(self, x, y):
            return x + y

    path = tmp_path / "two.pt2"
    x = torch.zeros(2, 3)
    torch.export.save(torch.export.export(Sum(), (x, x), strict=False), path)
    with pytest.raises(ModelError, match="takes 2 tensors \\(x, y\\); images of one size, and numbers"):
        load_pt2(path)
