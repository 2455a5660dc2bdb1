"""Figures 7 to 11 of Taylor 2019, on a coarse grid with a small network: what they show and tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.image import imread

from viewer.commands.reproduce_figures import taylor_2019_ageing
from viewer.commands.reproduce_figures.figure_output import label_sides, load_pyplot
from viewer.errors import ViewerError
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.training.simulated_ageing import AGE_BINS, AGE_GRID
from viewer.progress import Progress
from viewer.scans.grid import Grid

COARSE = Grid((19, 23, 19), AGE_GRID.affine @ np.diag([4.0, 4.0, 4.0, 1.0]))
THRESHOLDS = (0.213, 0.1975)
"""Mean grey matter above which a simulated person on that grid is young, and below which old."""


class Amount(torch.nn.Module):
    """Three bins by the mean grey matter; each output is positive."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv3d(1, 2, 3, padding=1)
        self.norm = torch.nn.BatchNorm3d(2)
        self.head = torch.nn.Linear(2, 3)
        with torch.no_grad():
            self.conv.weight.fill_(1 / 27)
            self.conv.bias.zero_()
            self.head.weight.copy_(torch.tensor([[40.0, 0.0], [20.0, 0.0], [0.0, 0.0]]))
            old, young = THRESHOLDS[1], THRESHOLDS[0]
            self.head.bias.copy_(torch.tensor([-20 * young - 20 * old, -20 * old, 0.0]) + 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.norm(self.conv(x))).mean((2, 3, 4)))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    card = load_model("age-bins").card
    affine = tuple(tuple(float(value) for value in row) for row in COARSE.affine)
    wanted = replace(card.input, shape=COARSE.shape, affine=affine)
    card = replace(card, input=wanted, architecture="", arguments={}, weights="", training_statistics={})
    model = Model.from_module(Amount().eval(), torch.zeros(1, 1, *COARSE.shape), card)
    monkeypatch.setattr(taylor_2019_ageing, "load_model", lambda name: model)
    monkeypatch.setattr(taylor_2019_ageing, "GRID", COARSE)
    monkeypatch.setattr(taylor_2019_ageing, "PEOPLE", 3)
    return model


def test_a_person_in_three_sections(model: Model, tmp_path: Path) -> None:
    made = taylor_2019_ageing.sections(tmp_path, 0, Progress())
    assert imread(made.files[0]).shape[1] > 1000
    assert made.notes[0].startswith("Simulated")
    assert 17 <= made.numbers["age"] <= 91
    assert 400 < made.numbers["grey matter in ml"] < 1200
    assert taylor_2019_ageing.sections(tmp_path, 1, Progress()).numbers["age"] != made.numbers["age"]


def test_elderly_against_young(model: Model, tmp_path: Path) -> None:
    made = taylor_2019_ageing.elderly_and_young(tmp_path, 0, Progress())
    assert imread(made.files[0]).shape[0] > 1500
    assert made.notes[0].startswith("Simulated")
    for name, group in (("elderly", 2), ("young", 0)):
        told = made.numbers[name]
        first, last = AGE_BINS[group]
        assert first <= told["age"] < last + 1
        assert told["predicted"] == model.card.classes[group]
        assert told["sum of the relevance"] == pytest.approx(told["output"], rel=1e-4)
        assert told["error in %"] == pytest.approx(
            100 * abs(told["sum of the relevance"] / told["output"] - 1), rel=1e-6
        )
        # z^B gives x w − l w⁺ − h w⁻: nothing to an empty voxel where no weight is negative.
        assert told["where no grey matter is"] == 0


def test_every_bin_is_averaged_over_those_whom_the_network_knows(model: Model, tmp_path: Path) -> None:
    made = taylor_2019_ageing.averages(tmp_path, 0, Progress())
    assert imread(made.files[0]).shape[1] > 2000
    told = made.numbers["put into their bin"]
    assert list(told) == list(model.card.classes)
    assert all(0 < right <= 3 for right in told.values())
    shares = made.numbers["shares of each region"]
    assert list(shares) == [*model.card.classes, "change of grey matter", "grey matter"]
    for found in shares.values():
        assert sum(found.values()) == pytest.approx(1)
    # The simulation ages the cortex and the ventricles' surroundings, more than their grey matter's share.
    near = "around the ventricles"
    assert shares["change of grey matter"][near] > 1.5 * shares["grey matter"][near]
    assert shares["change of grey matter"]["outside the brain"] < 0.05


def test_a_mean_heatmap_is_that_of_its_people(model: Model) -> None:
    found = taylor_2019_ageing.average_people(model, 0, 0, Progress())
    people = [taylor_2019_ageing.simulate_person(model, 0, [0, 9, 0, number]) for number in range(3)]
    np.testing.assert_allclose(
        found.grey_matter, np.mean([one.grey_matter.data for one in people], axis=0), rtol=1e-6
    )
    assert found.correct_count == sum(one.predicted_bin == 0 for one in people)
    heatmaps = [taylor_2019_ageing._explain(model, one)[1] for one in people if one.predicted_bin == 0]
    np.testing.assert_allclose(found.heatmap, np.mean([one / one.sum() for one in heatmaps], axis=0))
    assert found.heatmap.sum() == pytest.approx(1)


def test_regions_are_disjoint_and_whole() -> None:
    found = taylor_2019_ageing.make_regions()
    np.testing.assert_array_equal(np.sum(list(found.values()), axis=0), 1)

    def region(*place: float) -> str:
        voxel = tuple(np.round(AGE_GRID.to_voxel(place)).astype(int))
        return next(name for name, inside in found.items() if inside[voxel])

    assert region(0, -6, 12) == "around the ventricles"
    assert region(0, 68, 20) == "outer cortex"
    assert region(-40, -15, 20) == "elsewhere in the brain"
    assert region(0, 66, -60) == "outside the brain"


def test_a_network_that_knows_nobody_of_a_bin_has_no_figure(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taylor_2019_ageing, "TRIES", 2)
    with torch.no_grad():
        model.module().head.bias.copy_(torch.tensor([0.0, 1e6, 0.0]))
    stubborn = Model.from_module(model.module(), torch.zeros(1, 1, *COARSE.shape), model.card)
    with pytest.raises(ViewerError, match="none of 2 people"):
        taylor_2019_ageing.find_correctly_classified_person(stubborn, 2, 0)
    with pytest.raises(ViewerError, match="none of 3 people"):
        taylor_2019_ageing.average_people(stubborn, 2, 0, Progress())


@pytest.mark.slow
def test_the_age_network_sums_up_as_closely_as_the_paper_has_it(tmp_path: Path) -> None:
    """0.0008 % and 0.0007 % in section 3.2."""
    made = taylor_2019_ageing.elderly_and_young(tmp_path, 0, Progress())
    for name in ("elderly", "young"):
        assert made.numbers[name]["error in %"] < 0.0008
        assert 0.1 < made.numbers[name]["where no grey matter is"] < 0.5


def test_letters_of_sides_are_read_on_white() -> None:
    pyplot = load_pyplot()
    picture, ax = pyplot.subplots(figsize=(2, 2), dpi=100)
    ax.imshow(np.ones((10, 10)), cmap="gray", vmin=0, vmax=1)
    ax.set_axis_off()
    label_sides(ax)
    picture.canvas.draw()
    pixels = np.asarray(picture.canvas.buffer_rgba())[..., :3]
    pyplot.close(picture)
    for half in (pixels[:, :100], pixels[:, 100:]):
        assert half.min() < 60
