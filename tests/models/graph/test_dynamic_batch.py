"""A graph captured for one size of batch runs for any, wherever that can be shown to be right."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.graph.capture import export_module, graph_from_program
from viewer.models.graph.dynamic_batch import iterate_batch_dim_candidates, make_batch_dynamic
from viewer.models.graph.graph import SymbolicSize
from viewer.models.graph.interpreter import run


def relative_error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


def fixed_graph(network, x):
    """Captured as it is, with every size a plain number."""
    graph = graph_from_program(export_module(network, x, None))
    assert graph.input.shape == tuple(x.shape)
    return graph


@pytest.mark.parametrize(
    "name",
    [
        "activations",
        "adnet-like",
        "arithmetic",
        "attention",
        "causal",
        "eitel-like",
        "encoder",
        "slices",
        "squeeze-excitation",
        "unet-upsampled",
        "views",
        "writes-into-part",
    ],
)
@pytest.mark.sampled(3)
def test_a_batch_of_one_is_made_dynamic(toy, name):
    captured = toy(name)
    graph = fixed_graph(captured.network, captured.x[:1])
    freed = make_batch_dynamic(graph)
    assert freed.input.shape == (None, *graph.input.shape[1:])
    assert relative_error(run(freed, captured.x), run(captured.graph, captured.x)) < 1e-12


@pytest.mark.parametrize("name", ["attention", "encoder", "views", "eitel-like", "unet-upsampled"])
def test_a_larger_batch_is_made_dynamic(toy, name):
    captured = toy(name)
    freed = make_batch_dynamic(fixed_graph(captured.network, captured.x))
    assert freed.input.shape[0] is None
    assert relative_error(run(freed, captured.x[:2]), run(captured.graph, captured.x[:2])) < 1e-12


class AcrossSamples(nn.Module):
    def forward(self, x):
        return x - x.mean(0, keepdim=True)


def test_a_network_whose_samples_depend_on_each_other_is_left_as_it_is():
    graph = fixed_graph(AcrossSamples().eval(), torch.zeros(2, 3))
    assert make_batch_dynamic(graph) is graph
    with pytest.raises(ModelError, match="5×3, but the network expects 2×3"):
        run(graph, torch.zeros(5, 3))


class KeepsNoBatch(nn.Module):
    def forward(self, x):
        return x.reshape(6, 2).sum(0)


def test_a_network_that_loses_its_batch_is_left_as_it_is():
    graph = fixed_graph(KeepsNoBatch().eval(), torch.zeros(1, 3, 4))
    assert make_batch_dynamic(graph) is graph


def test_a_dynamic_graph_is_left_as_it_is(toy):
    graph = toy("reused").graph
    assert make_batch_dynamic(graph) is graph


def test_dynamic_shapes_mark_the_batch_dimension(toy):
    captured = toy("encoder")
    freed = make_batch_dynamic(fixed_graph(captured.network, captured.x[:1]))
    merged = [
        node
        for node in freed.nodes
        if node.operator == "view"
        and sum(isinstance(size, SymbolicSize) for size in node.attributes["shape"]) == 1
    ]
    assert merged
    for node in freed.nodes:
        if node.operator not in ("size", "number"):
            assert node.shape.count(None) == 1, node


@pytest.mark.parametrize(
    ("shape", "behind", "batch", "place"),
    [
        ((1, 20), 20, 1, 0),
        ((2, 4, 5), 20, 2, 0),
        ((8, 5, 5), 100, 2, 0),
        ((5, 2, 4), 8, 1, 1),
        ((5, 8), 8, 1, 0),
        ((3, 14, 6), 6, 7, 1),
    ],
)
def test_batch_dimension_after_reshaping(shape, behind, batch, place):
    assert next(iterate_batch_dim_candidates(shape, behind, batch)) == place


def test_what_was_changed_for_the_test_is_not_in_the_graph(toy):
    captured = toy("attention")
    freed = make_batch_dynamic(fixed_graph(captured.network, captured.x[:1]))
    assert all(tensor.device.type == "cpu" for tensor in freed.constants.values())
    assert dataclasses.replace(freed).outputs == freed.outputs
