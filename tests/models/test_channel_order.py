"""Images of a card go to the network's arguments of their names, or by position with a note."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from viewer.fit.predict import predict
from viewer.models.input_spec import InputChannel, InputSpec, IntensityScaling, IntensitySpec
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.scans.grid import Grid
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.scan import Scan

SHAPE = (6, 7, 8)
MAXIMUM = IntensitySpec(IntensityScaling.MAXIMUM)
EXAMPLE = (torch.ones(1), torch.zeros(1, 1, *SHAPE), torch.zeros(1, 1, *SHAPE))


class Named(nn.Module):
    def forward(self, age: torch.Tensor, flair: torch.Tensor, t1: torch.Tensor) -> torch.Tensor:
        return torch.stack([flair.mean((1, 2, 3, 4)), 3 * t1.mean((1, 2, 3, 4)) + age], 1)


class Unnamed(nn.Module):
    def forward(self, age: torch.Tensor, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        return torch.stack([first.mean((1, 2, 3, 4)), 3 * second.mean((1, 2, 3, 4)) + age], 1)


def card() -> Card:
    """Return a card whose T1 is divided by its maximum, and whose FLAIR is taken as it is."""
    inputs = (InputChannel("T1", intensity=MAXIMUM), InputChannel("FLAIR"))
    plain = IntensitySpec(IntensityScaling.NONE)
    return Card("net", classes=("a", "b"), input=InputSpec(SHAPE, channels=2, inputs=inputs, intensity=plain))


def from_module(network: nn.Module, _: Path) -> Model:
    return Model.from_module(network, EXAMPLE, card())


def from_exported(network: nn.Module, folder: Path) -> Model:
    torch.export.save(torch.export.export(network, EXAMPLE), folder / "net.pt2")
    return load_model(folder / "net.pt2", card=card())


SOURCES = pytest.mark.parametrize("make", [from_module, from_exported])
Make = Callable[[nn.Module, Path], Model]


def image(low: float) -> Scan:
    data = np.random.default_rng(int(low)).uniform(low, low + 1, SHAPE).astype(np.float32)
    return Scan(data, Grid(SHAPE, np.diag([3.0, 3, 3, 1])), f"image {low}")


@SOURCES
def test_images_go_to_the_arguments_of_their_names(make: Make, tmp_path: Path) -> None:
    t1, flair = image(5), image(2)
    model = make(Named(), tmp_path)
    said = predict(model, make_multichannel_scan({"T1": t1, "FLAIR": flair}, {"age": 0.5}), "cpu")
    due = [flair.data.mean(), 3 * (t1.data / t1.data.max()).mean() + 0.5]
    np.testing.assert_allclose(said.logits, due, rtol=1e-5)
    assert not any("arguments" in line for line in said.notes)


@SOURCES
def test_other_names_are_matched_by_position_with_a_note(make: Make, tmp_path: Path) -> None:
    t1, flair = image(5), image(2)
    model = make(Unnamed(), tmp_path)
    said = predict(model, make_multichannel_scan({"T1": t1, "FLAIR": flair}, {"age": 0.5}), "cpu")
    due = [(t1.data / t1.data.max()).mean(), 3 * flair.data.mean() + 0.5]
    np.testing.assert_allclose(said.logits, due, rtol=1e-5)
    note = "the images go to the network's arguments by position: T1 to first, FLAIR to second"
    assert note in said.notes
