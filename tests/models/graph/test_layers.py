"""The rows of the layer tree."""

from __future__ import annotations

import json

import pytest

from viewer.models.graph.layers import count_parameters, list_layers


def test_rows_name_module_operator_shape_and_parameters(toy):
    rows = list_layers(toy("adnet-like").graph)
    assert [(row.path, row.operator, row.shape, row.parameters) for row in rows[:5]] == [
        ("0.0.0", "conv", (None, 2, 8, 9, 10), 54),
        ("0.0.1", "affine", (None, 2, 8, 9, 10), 4),
        ("0.0.2", "relu", (None, 2, 8, 9, 10), 0),
        ("0.0.3", "max_pool", (None, 2, 4, 4, 5), 0),
        ("0.1.0", "conv", (None, 2, 4, 4, 5), 108),
    ]
    assert rows[-1].shape == (None, 2)
    assert len({row.name for row in rows}) == len(rows)


@pytest.mark.sampled(3)
def test_rows_go_to_json(captured):
    rows = [row.as_json() for row in list_layers(captured.graph)]
    assert json.loads(json.dumps(rows)) == rows


@pytest.mark.sampled(3)
def test_parameters_are_counted_once_each(captured):
    own = {name: parameter.numel() for name, parameter in captured.network.named_parameters()}
    counted = dict(pair for node in captured.graph.nodes for pair in node.parameters)
    assert counted.items() <= own.items()
    assert count_parameters(captured.graph) == sum(counted.values())


def test_shapes_are_those_of_the_values(captured):
    from viewer.models.graph.interpreter import compute_values

    found = compute_values(captured.graph, captured.x[:1], [row.name for row in list_layers(captured.graph)])
    for row in list_layers(captured.graph):
        assert row.shape is not None, row.name
        now = tuple(found[row.name].shape)
        assert len(now) == len(row.shape)
        assert all(want in (None, size) for size, want in zip(now, row.shape, strict=True)), row
