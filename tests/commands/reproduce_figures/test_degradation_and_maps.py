"""Degradation curves and the sheet of all maps, on fewer brains and methods than the commands take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from viewer.commands.reproduce_figures import ayyar, degradation
from viewer.progress import Progress


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(degradation, "BRAINS", 1)
    monkeypatch.setattr(degradation, "STEPS", 2)
    monkeypatch.setattr(degradation, "DRAWS", 1)


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
    lines = degradation.LINES[:2]
    found = degradation.degraded(model, lines, 0, tmp_path / "none", Progress())
    assert list(found) == list(degradation.TITLES)
    for curves in found.values():
        assert set(curves.outputs) == {"S_x", "S_w", "random"}
        for name, values in curves.outputs.items():
            assert values[0] == pytest.approx(np.sign(values[0]))
            assert len(values) == len(curves.shares) == 3
            assert ((curves.probabilities[name] >= 0) & (curves.probabilities[name] <= 1)).all()
    path = tmp_path / "figure.png"
    degradation._draw(found, path)
    assert imread(path).shape[0] > 500
    numbers = degradation._numbers(found)
    assert "S_x" in numbers["mean: steepest first"]


def test_every_estimator_of_the_paper_is_there() -> None:
    assert [line.name for line in degradation.LINES] == ["S_x", "S_w", "S_a", "S_a+-"]
    from viewer.methods.registry import find

    for line in degradation.LINES:
        assert find(line.method).of(dict(line.parameters)) is not None


def test_all_maps_stand_side_by_side(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lacking = ayyar.Shown("generated-difference", (("generators", "no-such.safetensors"),))
    shown = (ayyar.Shown("input-times-gradient"), ayyar.Shown("fem"), lacking)
    monkeypatch.setattr(ayyar, "WHITE_BOX", shown)
    monkeypatch.setattr(ayyar, "PANEL", 80)
    made = ayyar.all_maps(tmp_path, 0, Progress())
    assert made.files[0] == tmp_path / "ayyar-maps.png"
    assert all(path.is_file() for path in made.files)
    assert made.numbers["Input × gradient"]["pointing game"] == 1
    assert made.numbers["Input × gradient"]["AUC"] > 0.7
    np.testing.assert_allclose(np.diag(made.numbers["Pearson"]), 1)
    assert len(made.numbers["Pearson"]) == 2
    assert any(note.startswith("generated-difference is left out") for note in made.notes)
    assert any("Simulated" in note for note in made.notes)


def test_the_reviews_methods_are_known() -> None:
    for shown in ayyar.WHITE_BOX:
        assert shown.made().name == shown.method
