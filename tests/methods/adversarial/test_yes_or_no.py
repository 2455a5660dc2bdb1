"""Adversarial changes of outputs that say yes or no: the border is where the probability is one half."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from viewer.methods.explain import explain
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.models.output_kind import OutputKind

X = torch.randn(1, 1, 4, 5, generator=torch.Generator().manual_seed(5))


def affine(outputs: int) -> nn.Module:
    torch.manual_seed(2)
    return nn.Sequential(nn.Flatten(), nn.Linear(20, outputs))


@pytest.mark.parametrize("target", ["patient", "control"])
def test_first_step_equals_algorithm_1_of_the_paper(target: str) -> None:
    """Moosavi-Dezfooli et al. 2016, algorithm 1: r = −f(x) w / ‖w‖², exact for an affine network."""
    network = affine(1)
    card = Card("net", classes=("control", "patient"), output=OutputKind.SIGMOID)
    model = Model.from_module(network, X, card)
    found = explain(model, X, "deepfool", target=target, overshoot=0.0, steps=1)
    w = network[1].weight.detach().reshape(X.shape)
    f = float(network(X).detach())
    np.testing.assert_allclose(found.data, (-f * w / (w**2).sum()).numpy(), rtol=1e-5, atol=1e-7)
    turned = explain(model, X, "deepfool", target=target)
    assert any("the prediction changes" in note for note in turned.provenance.notes)
    assert torch.sign(network(X + torch.from_numpy(turned.data))) == -torch.sign(network(X))


def test_one_label_is_flipped_independently_of_the_others() -> None:
    network = affine(3)
    card = Card("net", classes=("a", "b", "c"), output=OutputKind.MULTI_LABEL)
    model = Model.from_module(network, X, card)
    for label in range(3):
        found = explain(model, X, "deepfool", target=label)
        before, after = (network(each)[0, label] for each in (X, X + torch.from_numpy(found.data)))
        assert torch.sign(before) == -torch.sign(after)


def test_default_target_is_the_largest_label_with_a_note() -> None:
    network = affine(3)
    card = Card("net", classes=("a", "b", "c"), output=OutputKind.MULTI_LABEL)
    model = Model.from_module(network, X, card)
    largest = "abc"[int(network(X).argmax())]
    provenance = explain(model, X, "gradient").provenance
    assert provenance.target == largest
    said = f"no label is named: {largest} has the largest output; labels do not exclude each other"
    assert said in provenance.notes
    assert said not in explain(model, X, "gradient", target=largest).provenance.notes
