"""Statistics of training scans: in the cards of the built-in networks, and measured for others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.input_spec import InputSpec, Placement
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card, read_card, write_card
from viewer.models.training.measure_training_scans import measure_training_scans
from viewer.models.training_reference import read_training_reference
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

CARD = Card("small", classes=("a", "b"), input=InputSpec((8, 8, 8), Placement.FIELD_OF_VIEW))


def make_model() -> Model:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(432, 2)).eval()
    return Model(network, CARD, "0" * 64)


def make_scans(count: int) -> list[Scan]:
    draw = np.random.default_rng(1)
    grid = Grid((9, 9, 9), np.eye(4))
    return [Scan(1 + draw.random(grid.shape), grid, f"scan {number}") for number in range(count)]


def test_the_card_gets_statistics_and_nothing_else_changes(tmp_path: Path) -> None:
    model = make_model()
    card = measure_training_scans(model, make_scans(12))
    assert replace(card, training_statistics={}) == model.card
    read = read_card(write_card(card, tmp_path / "small.card.json"))
    assert read == card
    assert read.training_statistics["scans"] == 12
    assert read_training_reference(read.training_statistics, "small").image is not None


def test_too_few_scans_or_none_that_can_be_simulated() -> None:
    with pytest.raises(ModelError, match="3 training scans"):
        measure_training_scans(make_model(), make_scans(3))
    with pytest.raises(ModelError, match="does not say how"):
        measure_training_scans(make_model())
    model = make_model()
    model.card = replace(CARD, source="saliency-viewer train lesions --kind round")
    with pytest.raises(ModelError, match="not understood"):
        measure_training_scans(model)


def test_the_statistics_of_a_built_in_network_can_be_made_again() -> None:
    model = load_model("digits-dense")
    assert measure_training_scans(model).training_statistics == model.card.training_statistics


@pytest.mark.parametrize(
    "name",
    ["demo", "age-bins", "lesions-square-2d", "lesions-gaussian-2d", "digits-dense", "digits-convolutional"],
)
def test_built_in_networks_know_their_training_scans(name: str) -> None:
    found = read_training_reference(load_model(name).card.training_statistics, name)
    assert None not in (found.intensities, found.image, found.outline, found.activations)
    assert (found.batch_norms is not None) == (name == "age-bins")
