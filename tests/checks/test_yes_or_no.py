"""Checks of a network with one sigmoid: its probability, and no other class to be told apart from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from viewer.checks.class_contrast import ClassContrast
from viewer.checks.context import Explanation, make_context
from viewer.methods.gradient import Gradient
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.models.output_kind import OutputKind
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan


class Yes(nn.Module):
    """One logit, squashed."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.conv = nn.Conv3d(1, 3, 3)
        self.line = nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.line(torch.relu(self.conv(x)).mean((2, 3, 4))) - 1)


@pytest.mark.parametrize("target", ["patient", "control"])
def test_probabilities_are_the_network_s_own(target: str) -> None:
    data = np.random.default_rng(0).random((10, 10, 10), dtype=np.float32)
    scan = Scan(data, Grid((10, 10, 10), np.eye(4)), "scan")
    network = Yes()
    card = Card(
        "net", classes=("control", "patient"), input=InputSpec((10, 10, 10)), output=OutputKind.SIGMOID
    )
    model = Model.from_module(network, torch.zeros(1, 1, 10, 10, 10), card)
    context = make_context(model, scan, target, device="cpu")
    p = float(network(context.x).detach())
    own = p if target == "patient" else 1 - p
    score, share = context.original_scores
    assert share == pytest.approx(own, rel=1e-5)
    assert score == pytest.approx(float(torch.logit(torch.tensor(own, dtype=torch.float64))), rel=1e-4)
    half = context.score_inputs(lambda _: context.x * 0.5, 1, Progress())
    own_half = float(network(context.x * 0.5).detach())
    assert half.probabilities[0] == pytest.approx(own_half if target == "patient" else 1 - own_half, rel=1e-5)
    explanation = Explanation(context, "gradient", np.zeros(context.shape, np.float32), Gradient())
    assert ClassContrast().unavailable_reason(explanation) == "the network has only one output"
