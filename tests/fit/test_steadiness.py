"""The prediction under small perturbations: a network that sees the whole scan, and one that sees an edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from fit_scans import ball
from torch import nn

from viewer.fit.steadiness import check_steadiness, perturbed_inputs, small_transforms
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.models.input_spec import Placement
from viewer.models.output_kind import OutputKind

Subject = Callable[..., FitSubject]


class Planes(nn.Module):
    """Answers with the difference of the means of some planes and of the rest."""

    def __init__(self, planes: slice, gain: float) -> None:
        super().__init__()
        self.planes, self.gain = planes, gain

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return two logits per sample."""
        score = self.gain * (x[:, 0, :, self.planes].mean((1, 2, 3)) - 20)
        return torch.stack([-score, score], 1)


def given(subject: Subject, network: nn.Module) -> FitSubject:
    found = subject(ball(74), network.eval(), shape=(60, 70, 60))
    found.model.card = replace(found.model.card, output=OutputKind.SOFTMAX)
    return found


def test_a_network_that_looks_at_everything_is_steady(subject: Subject) -> None:
    found = check_steadiness(given(subject, Planes(slice(None), 0.01)))
    assert found.verdict is FitVerdict.OK, found


def test_a_network_that_looks_at_an_edge_is_not(subject: Subject) -> None:
    found = check_steadiness(given(subject, Planes(slice(14, 16), 0.5)))
    assert found.verdict is FitVerdict.CAUTION, found
    assert "back–front" in found.sentence


class Rim(nn.Module):
    """Answers with the size of the image that is not zero."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return two logits per sample."""
        score = 100 * ((x != 0).float().mean((1, 2, 3, 4)) - 0.25)
        return torch.stack([-score, score], 1)


@pytest.mark.parametrize(("skull", "changes"), [("removed", 19), ("kept", 18)])
def test_the_edge_of_a_brain_without_its_skull_is_taken_off(
    subject: Subject, skull: str, changes: int
) -> None:
    found = given(subject, Rim())
    spec = replace(found.model.card.input, skull=skull)
    found.model.card = replace(found.model.card, input=spec)
    assert found.prepared is not None
    inputs = dict(perturbed_inputs(found.scan, found.model.card, found.prepared))
    assert len(inputs) == 1 + changes
    if skull == "removed":
        whole, peeled = (int((inputs[name].tensor != 0).sum()) for name in ("as it is", list(inputs)[-1]))
        assert list(inputs)[-1] == "without the edge of the brain"
        radius, voxel = 74.0, 3.0  # mm; it loses one layer of voxels
        assert peeled / whole == pytest.approx(((radius - voxel) / radius) ** 3, abs=0.04)


def test_moves_are_as_large_as_they_say() -> None:
    centre = np.array([1.0, 2.0, 3.0])
    moves = dict(small_transforms(centre))
    assert len(moves) == 15
    for name, matrix in moves.items():
        if "mm" not in name:
            assert np.allclose(matrix[:3, :3] @ centre + matrix[:3, 3], centre), name
    angle = np.arccos((np.trace(moves["+3° about the up–down axis"][:3, :3]) - 1) / 2)
    assert np.rad2deg(angle) == pytest.approx(3)
    assert np.linalg.norm(moves["-3 mm along the left–right axis"][:3, 3]) == pytest.approx(3)


@pytest.mark.parametrize("placement", [Placement.FIELD_OF_VIEW, Placement.AFFINE])
def test_the_scan_moves_under_the_networks_grid(subject: Subject, placement: Placement) -> None:
    scan = ball(50)
    affine = tuple(map(tuple, scan.grid.affine))
    place = {"affine": affine} if placement is Placement.AFFINE else {}
    made = subject(scan, shape=scan.grid.shape, placement=placement, **place)
    inputs = dict(perturbed_inputs(scan, made.model.card, made.prepared))
    shifted = inputs["+3 mm along the back–front axis"].tensor[0, 0].numpy()
    assert np.allclose(shifted[:, 1:], made.prepared.tensor[0, 0].numpy()[:, :-1], atol=1e-3)
