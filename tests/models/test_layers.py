"""The input that a model's layers are listed for: the file's own example, the card's grid, or a window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.input_spec import InputSpec
from viewer.models.layers import example_input, list_model_layers
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card

OPEN = InputSpec(placement="foreground", spacing=(2.0, 2.0, 2.0), multiple=12)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "shape"),
    [
        (InputSpec((8, 9, 10), channels=2), (1, 2, 8, 9, 10)),
        (InputSpec((8, 9)), (1, 1, 8, 9)),
        (OPEN, (1, 1, 36, 36, 36)),
        (replace(OPEN, window=(24, 12, 48)), (1, 1, 24, 12, 48)),
    ],
)
def test_the_card_says_what_it_takes(wanted: InputSpec, shape: tuple[int, ...]) -> None:
    model = Model(nn.Identity(), Card("any", input=wanted), "0")
    assert example_input(model).shape == shape


def test_without_a_word_of_the_input_it_is_refused() -> None:
    with pytest.raises(ModelError, match="its card lacks 'input'"):
        list_model_layers(Model(nn.Identity(), Card("any"), "0"))


def test_a_file_of_a_graph_brings_its_own_example(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 5, 2)).eval()
    x = torch.zeros(2, 1, 8, 7)
    program = torch.export.export(network, (x,))
    path = tmp_path / "net.pt2"
    torch.export.save(program, path)
    card = Card("net", classes=("a", "b"))
    rows = [row for row in list_model_layers(load_model(path, card)) if row.parameters]
    assert [(row.path, row.operator, row.parameters) for row in rows] == [
        ("0", "conv", 40),
        ("3", "linear", 242),
    ]
    assert rows[0].shape is not None
    assert rows[0].shape[1:] == (4, 6, 5)
