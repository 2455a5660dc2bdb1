"""Figures 1, 4b and 5 of Kindermans et al. 2017, of a small network: what each panel is, and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.image import imread

from viewer.commands.reproduce_figures import explanation_panels, kindermans_2017_maps
from viewer.commands.reproduce_figures.explanation_panels import PanelRow, axial_slice_index
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.errors import ViewerError
from viewer.models import loading
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.progress import Progress


def small_model(lesion_bias: float) -> Model:
    """A network without biases but for the last, so that LRP-0 is input × gradient."""
    draw = torch.Generator().manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Conv3d(1, 3, 5, stride=5, bias=False),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(3 * 12 * 15 * 12, 2),
    )
    with torch.no_grad():
        module[0].weight.copy_(torch.randn(module[0].weight.shape, generator=draw))
        module[3].weight.copy_(0.01 * torch.randn(module[3].weight.shape, generator=draw))
        module[3].bias.copy_(torch.tensor([0.0, lesion_bias]))
    card = replace(load_model("demo").card, architecture="", arguments={}, weights="")
    return Model.from_module(module, torch.zeros(1, 1, 63, 75, 63), card)


@dataclass
class Drawn:
    """What was handed to the drawing."""

    rows: Sequence[PanelRow] = ()
    columns: Sequence[tuple[str, str]] = ()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    found, draw = Drawn(), explanation_panels.draw_panels

    def keep(rows: Sequence[PanelRow], columns: Sequence[tuple[str, str]], path: Path, title: str) -> None:
        found.rows, found.columns = rows, columns
        assert "imulated" in title
        draw(rows, columns, path, title)

    model = small_model(1000.0)
    monkeypatch.setattr(kindermans_2017_maps, "draw_panels", keep)
    monkeypatch.setattr(loading, "load_model", lambda name: model)
    monkeypatch.setattr(kindermans_2017_maps, "LEARNED_FROM", 2)
    monkeypatch.setattr(kindermans_2017_maps, "BRAINS", 2)
    return found


def picture_of(made: FigureResult) -> np.ndarray:
    (path,) = made.files
    assert "Simulated" in made.notes[0]
    return np.asarray(imread(path))


def gradient_of(row: PanelRow) -> np.ndarray:
    """The slope of the explained output, by automatic differentiation."""
    x = row.context.x.clone().requires_grad_()
    row.context.model.module()(x)[0, row.context.target.index].backward()
    return x.grad[0, 0].double().numpy()


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.allclose(a, b, rtol=1e-3, atol=1e-5 * np.abs(b).max()))


def test_three_kinds_of_explanation_stand_side_by_side(drawn: Drawn, tmp_path: Path) -> None:
    made = kindermans_2017_maps.kinds_of_explanation(tmp_path, 0, Progress())
    assert picture_of(made).shape[1] > 4 * picture_of(made).shape[0]
    assert [kind for kind, _ in drawn.columns] == ["function", *["signal"] * 3, *["attribution"] * 2]
    (row,) = drawn.rows
    maps = dict(zip((name for _, name in drawn.columns), row.maps, strict=True))
    slope, x = gradient_of(row), row.context.x[0, 0].double().numpy()
    assert close(maps["gradient"], slope)
    assert close(maps["LRP-0"], slope * x)
    assert not close(maps["PatternAttribution"], maps["LRP-0"])
    assert made.numbers["truth"] == made.numbers["predicted"] == "lesion"
    assert row.lesion is not None
    assert made.numbers["lesion voxels"] == row.lesion.sum()
    sizes = np.abs(maps["gradient"])
    inside = sizes[row.lesion & row.context.foreground].sum() / sizes[row.context.foreground].sum()
    assert made.numbers["gradient"]["in the lesion"] == pytest.approx(inside)


def test_signal_and_attribution_by_every_estimator(drawn: Drawn, tmp_path: Path) -> None:
    made = kindermans_2017_maps.signal_estimators(tmp_path, 0, Progress())
    picture_of(made)
    signals, attributions = drawn.rows
    assert (signals.is_attribution, attributions.is_attribution) == (False, True)
    x, slope = signals.context.x[0, 0].double().numpy(), gradient_of(signals)
    np.testing.assert_array_equal(signals.maps[0], x)
    assert close(attributions.maps[0], slope * x)
    assert made.numbers["S_x"]["signal: correlation with the input"] == pytest.approx(1)
    # w ⊙ w / wᵀw has one sign in every layer, and the weights of the output have both.
    assert made.numbers["S_w"]["attribution: cancelled"] == pytest.approx(0, abs=1e-3)
    assert made.numbers["S_a"]["attribution: cancelled"] > 0.01
    for one, other in ((1, 2), (2, 3)):
        assert not close(signals.maps[one], signals.maps[other])


def test_random_brains_tell_truth_and_answer(drawn: Drawn, tmp_path: Path) -> None:
    made = kindermans_2017_maps.random_brains(tmp_path, 0, Progress())
    picture_of(made)
    assert [made.numbers[f"brain {number}"]["truth"] for number in (1, 2)] == ["lesion", "no lesion"]
    assert made.numbers["right"] == 1
    assert "classifies 1 of 2 brains correctly" in made.notes[-1]
    assert [row.lesion is None for row in drawn.rows] == [False, True]
    assert drawn.rows[1].label == "truth: no lesion\npredicted: lesion\n> 99.9%"
    assert "in the lesion" not in made.numbers["brain 2"]["gradient"]


def test_an_output_below_zero_is_told(drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = small_model(0.0)
    with torch.no_grad():
        model.module()[3].bias.fill_(-1000.0)
    monkeypatch.setattr(
        loading,
        "load_model",
        lambda name: Model.from_module(model.module(), torch.zeros(1, 1, 63, 75, 63), model.card),
    )
    made = kindermans_2017_maps.random_brains(tmp_path, 0, Progress())
    assert "below zero for brain 1, brain 2" in made.notes[-1]


def test_a_network_that_finds_no_lesion_has_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kindermans_2017_maps, "TRIES", 2)
    with pytest.raises(ViewerError, match="none of 2 simulated lesions"):
        kindermans_2017_maps.find_detected_case(small_model(-1000.0), 0, Progress())


def test_concentration_and_cancellation_by_hand(drawn: Drawn) -> None:
    case = kindermans_2017_maps.simulate_case(small_model(1000.0), 0, (5, 0), has_lesion=False)
    values = np.zeros(case.context.shape)
    places = np.argwhere(case.context.foreground)
    values[tuple(places[0])], values[tuple(places[1])] = 3.0, -1.0
    told = kindermans_2017_maps._measure(case, values)
    assert told == {"in the strongest 1% of the head": 1.0, "cancelled": 0.5}


def test_without_a_lesion_the_slice_is_where_the_maps_are() -> None:
    case = kindermans_2017_maps.simulate_case(small_model(1000.0), 0, (5, 0), has_lesion=False)
    values = np.zeros(case.context.shape)
    values[30, 30, 20], values[30, 30, 25], values[0, 0, 0] = -3.0, 1.0, 99.0
    assert case.context.foreground[30, 30, 20]
    assert not case.context.foreground[0, 0, 0]
    assert axial_slice_index(PanelRow(case.context, None, [values], "")) == 20
    lesion = np.zeros(case.context.shape, dtype=bool)
    lesion[30, 30, 40:43] = True
    assert axial_slice_index(PanelRow(case.context, lesion, [values], "")) == 41


@pytest.mark.slow
def test_the_demonstrations_network_marks_the_lesion(tmp_path: Path) -> None:
    made = kindermans_2017_maps.kinds_of_explanation(tmp_path, 0, Progress())
    assert made.numbers["probability"] > 0.5
    for name in ("gradient", "PatternNet", "LRP-0", "PatternAttribution"):
        assert made.numbers[name]["AUC of the lesion"] > 0.95
