"""The two sides of the patterns' benchmark sum the same numbers."""

from __future__ import annotations

import torch

from viewer.commands.benchmarks.patterns import (
    accumulate_unfolded_sums,
    compute_layer_tensors,
    find_convolutions,
    make_network,
    measure,
)
from viewer.methods.patterns.estimators import RunningSums
from viewer.methods.patterns.layers import PaddingMode
from viewer.progress import Progress

SIZE = (32, 30, 31)


def test_both_sides_sum_the_same() -> None:
    model, x = make_network(SIZE)
    graph, layers = find_convolutions(model, x)
    assert len(layers) == 5
    shown = compute_layer_tensors(graph, layers, x)
    for layer in layers[:2]:
        inputs, output = shown[layer.key]
        ours = RunningSums.empty(layer, inputs, output)
        ours.x_mean.zero_()
        ours.y_mean.zero_()
        ours.add(layer, inputs, output, PaddingMode.COUNT)
        x_on, xy_on, xy, x_all, n_on, y_on, y_all = accumulate_unfolded_sums(layer, inputs, output)
        pairs = [(ours.x_on, x_on), (ours.xy_on, xy_on), (ours.xy, xy), (ours.x, x_all)]
        pairs += [(ours.n_on, n_on), (ours.y_on, y_on), (ours.y, y_all)]
        for mine, theirs in pairs:
            found = mine.flatten().float()
            torch.testing.assert_close(found, theirs.flatten().float(), rtol=1e-4, atol=1e-3)


def test_rows_name_every_layer() -> None:
    rows = measure(Progress(), SIZE, 1, 2, measure_memory=False)
    assert [row.name.rpartition(", ")[2] for row in rows] == [
        "2 volumes",
        *(f"conv in conv{number}" for number in range(1, 6)),
        "all layers",
    ]
    assert all(row.value > 0 for row in rows)
