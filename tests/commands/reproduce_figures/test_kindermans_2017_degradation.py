"""Degradation curves and the sheet of all maps, on fewer brains and methods than the commands take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from viewer.commands.reproduce_figures import ayyar_2021, kindermans_2017_degradation
from viewer.progress import Progress


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kindermans_2017_degradation, "BRAINS", 1)
    monkeypatch.setattr(kindermans_2017_degradation, "STEPS", 2)
    monkeypatch.setattr(kindermans_2017_degradation, "DRAWS", 1)


@pytest.mark.usefixtures("few")
def test_curves_begin_at_the_whole_scan_and_are_repeatable(tmp_path: Path) -> None:
    import torch

    from viewer.models.loading import load_model
    from viewer.models.model import Model

    torch.manual_seed(0)
    card = load_model("demo").card
    small = torch.nn.Sequential(
        torch.nn.Conv3d(1, 2, 5, stride=5),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(2 * 12 * 15 * 12, 2),
    )
    model = Model.from_module(
        small, torch.zeros(1, 1, 63, 75, 63), replace(card, architecture="", arguments={}, weights="")
    )
    lines = kindermans_2017_degradation.ESTIMATORS[:2]
    found = kindermans_2017_degradation.degrade_brains(model, lines, 0, tmp_path / "none", Progress())
    assert list(found) == list(kindermans_2017_degradation.TITLES)
    for curves in found.values():
        assert set(curves.outputs) == {"S_x", "S_w", "random"}
        for name, values in curves.outputs.items():
            assert values[0] == pytest.approx(np.sign(values[0]))
            assert len(values) == len(curves.removed_shares) == 3
            assert ((curves.probabilities[name] >= 0) & (curves.probabilities[name] <= 1)).all()
    path = tmp_path / "figure.png"
    titled = {kindermans_2017_degradation.TITLES[fill]: curves for fill, curves in found.items()}
    kindermans_2017_degradation._draw(titled, path)
    assert imread(path).shape[0] > 500
    numbers = kindermans_2017_degradation._compute_numbers(titled)
    assert "S_x" in numbers["brains, filled with the head's mean: steepest first"]


@pytest.mark.slow
def test_digits_are_degraded_as_in_the_paper_and_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """S_a+- is the steepest and random orders are the flattest (Kindermans et al. 2017, figure 4a)."""
    monkeypatch.setattr(kindermans_2017_degradation, "IMAGES", 60)
    found = kindermans_2017_degradation.degrade_digits(kindermans_2017_degradation.ESTIMATORS, 0, Progress())
    areas = kindermans_2017_degradation._compute_sorted_areas(found.probabilities, found.removed_shares)
    names = list(areas)
    assert (names[0], names[-1]) == ("S_a+-", "random")
    assert found.removed_shares[0] == 0
    assert found.removed_shares[-1] == 1
    for name in names:
        # Nothing is gone at the start; at the end all of an image is, in whatever order.
        assert found.outputs[name][0] == 1
        assert found.probabilities[name][-1] == pytest.approx(found.probabilities["random"][-1])
    assert kindermans_2017_degradation._compare_with_paper(
        kindermans_2017_degradation.DIGITS, found
    ).endswith("S_a+- is the steepest and random orders are the flattest.")


def test_patches_are_filled_with_their_own_mean() -> None:
    import torch

    from viewer.checks.perturbation_curves import make_patches

    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    tiles = make_patches(np.ones((4, 4), dtype=bool), 2)
    made = kindermans_2017_degradation._fill_patches(x, tiles, np.array([1, 0, 3, 2]))
    assert made.shape == (5, 1, 4, 4)
    assert torch.equal(made[:1], x)
    assert made[1, 0].tolist() == [[0, 1, 4.5, 4.5], [4, 5, 4.5, 4.5], [8, 9, 10, 11], [12, 13, 14, 15]]
    assert made[4, 0].tolist() == [[2.5, 2.5, 4.5, 4.5]] * 2 + [[10.5, 10.5, 12.5, 12.5]] * 2


def test_an_order_that_contradicts_the_paper_is_told() -> None:
    shares = np.array([0.0, 1.0])
    lines = {
        name: np.array([1.0, 0.1 * number])
        for number, name in enumerate(reversed(kindermans_2017_degradation.PAPER))
    }
    said = kindermans_2017_degradation._compare_with_paper(
        "brains", kindermans_2017_degradation.DegradationCurves(shares, lines, lines)
    )
    assert "random, not S_a+-, is the steepest and S_a+- is flatter than random orders." in said
    paper = {
        name: np.array([1.0, 0.1 * number]) for number, name in enumerate(kindermans_2017_degradation.PAPER)
    }
    said = kindermans_2017_degradation._compare_with_paper(
        "brains", kindermans_2017_degradation.DegradationCurves(shares, paper, paper)
    )
    assert said.endswith("random (0.700), as in the paper.")


def test_every_estimator_of_the_paper_is_there() -> None:
    assert [line.name for line in kindermans_2017_degradation.ESTIMATORS] == ["S_x", "S_w", "S_a", "S_a+-"]
    from viewer.methods.registry import find_method

    for line in kindermans_2017_degradation.ESTIMATORS:
        assert find_method(line.method).from_parameters(dict(line.parameters)) is not None


@pytest.mark.slow
def test_all_maps_stand_side_by_side(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lacking = ayyar_2021.ReviewMethod("generated-difference", (("generators", "no-such.safetensors"),))
    shown = (ayyar_2021.ReviewMethod("input-times-gradient"), ayyar_2021.ReviewMethod("fem"), lacking)
    monkeypatch.setattr(ayyar_2021, "WHITE_BOX", shown)
    monkeypatch.setattr(ayyar_2021, "PANEL", 80)
    made = ayyar_2021.all_maps(tmp_path, 0, Progress())
    assert made.files[0] == tmp_path / "ayyar-maps.png"
    assert all(path.is_file() for path in made.files)
    assert made.numbers["Input × gradient"]["pointing game"] == 1
    assert made.numbers["Input × gradient"]["AUC"] > 0.7
    np.testing.assert_allclose(np.diag(made.numbers["Pearson"]), 1)
    assert len(made.numbers["Pearson"]) == 2
    assert any(note.startswith("generated-difference is left out") for note in made.notes)
    assert any("Simulated" in note for note in made.notes)


def test_the_reviews_methods_are_known() -> None:
    for shown in ayyar_2021.WHITE_BOX:
        assert shown.make_method().name == shown.method
