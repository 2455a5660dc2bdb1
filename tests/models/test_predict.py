"""Predictions: ADnet's published logits on the template, and every kind of answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.fit.predict import predict
from viewer.models.input_spec import InputSpec
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.resource_files import template_path
from viewer.scans.load import load_scan
from viewer.scans.scan import Scan


def test_adnet_on_the_template(real_data: Path) -> None:
    """Published preparation, trilinear: logits 4.23 and -4.07."""
    model = load_model(real_data / "adnet" / "AD_pretrained_weights.pt")
    scan = load_scan(template_path())
    prepared = model.prepare(scan)
    assert prepared.tensor.shape == (1, 1, 73, 96, 96)
    found = predict(model, scan)
    assert found.classes == ("control", "Alzheimer's disease")
    assert found.logits == pytest.approx((4.23, -4.07), abs=0.05)
    assert found.best == 0
    assert sum(found.probabilities) == pytest.approx(1.0)
    assert found.probabilities[0] == pytest.approx(1 / (1 + np.exp(found.logits[1] - found.logits[0])))


def test_adnets_tensor_is_that_of_its_authors_steps(real_data: Path) -> None:
    """Resized by scipy's zoom, z first, z-scored over the voxels that are not zero."""
    from scipy.ndimage import zoom

    scan = load_scan(template_path())
    model = load_model(real_data / "adnet" / "AD_pretrained_weights.pt")
    resized = zoom(scan.data, np.array((96, 96, 73)) / scan.data.shape, order=1).transpose(2, 0, 1)
    inside = resized[resized != 0]
    expected = (resized - inside.mean()) / inside.std()
    np.testing.assert_allclose(model.prepare(scan).tensor[0, 0].numpy(), expected, atol=2e-4)


class Fixed(nn.Module):
    """Answers the same whatever it is given."""

    def __init__(self, answer: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("answer", answer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.answer.expand(len(x), *self.answer.shape[1:]) + 0 * x.mean()


CARD = Card("fixed", classes=("a", "b", "c"), input=InputSpec((8, 8, 8)))


def _model(answer: torch.Tensor, card: Card = CARD) -> Model:
    return Model(Fixed(answer), card, "0")


def test_classes_have_probabilities(placed: Scan) -> None:
    found = predict(_model(torch.tensor([[1.0, 3.0, 2.0]])), placed)
    assert found.logits == (1.0, 3.0, 2.0)
    assert found.best == 1
    expected = np.exp([1, 3, 2]) / np.exp([1, 3, 2]).sum()
    assert found.probabilities == pytest.approx(tuple(expected))
    assert found.as_json()["classes"] == ["a", "b", "c"]


def test_one_output_is_the_value_of_a_regression(placed: Scan) -> None:
    card = replace(CARD, kind=ModelKind.REGRESSION, classes=("age",), unit="years")
    found = predict(_model(torch.tensor([[63.5]]), card), placed)
    assert (found.value, found.unit, found.probabilities, found.best) == (63.5, "years", (), None)
    assert found.as_json()["value"] == 63.5


def test_bins_are_averaged_by_their_probability(placed: Scan) -> None:
    card = replace(CARD, kind=ModelKind.REGRESSION, values=(10.0, 20.0, 30.0))
    found = predict(_model(torch.log(torch.tensor([[0.2, 0.5, 0.3]])), card), placed)
    assert found.value == pytest.approx(0.2 * 10 + 0.5 * 20 + 0.3 * 30)
    with pytest.raises(ModelError, match="its card must say 'values'"):
        predict(_model(torch.zeros(1, 3), replace(card, values=())), placed)


def test_segments_have_volumes(placed: Scan) -> None:
    answer = torch.zeros(1, 3, 8, 8, 8)
    answer[:, 0] = 0.5
    answer[:, 1, :2] = 1.0
    answer[:, 2, 4, 4, 4] = 1.0
    card = replace(CARD, kind=ModelKind.SEGMENTATION)
    found = predict(_model(answer, card), placed)
    whole = placed.grid.voxel_volume * placed.data.size
    voxel = whole / 512
    assert found.volumes == pytest.approx((whole - 129 * voxel, 128 * voxel, voxel))
    assert found.logits == ()


def test_outputs_that_do_not_fit_the_card_are_refused(placed: Scan) -> None:
    with pytest.raises(ModelError, match=r"has 2 outputs \(it returns 1×2\), but its card names 3 classes"):
        predict(_model(torch.zeros(1, 2)), placed)
    with pytest.raises(ModelError, match="its card's kind must be 'segmentation'"):
        predict(_model(torch.zeros(1, 3, 8, 8, 8)), placed)


def test_an_input_that_the_network_does_not_take_is_refused(placed: Scan) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(10, 3))
    with pytest.raises(ModelError, match=r"fixed: does not take an input of 1×1×8×8×8"):
        predict(Model(module, CARD, "0"), placed)


def test_notes_of_the_preparation_are_kept(placed: Scan) -> None:
    card = replace(CARD, input=InputSpec((8, 8, 8), "spacing", spacing=(2.0, 2.0, 2.0)))  # type: ignore[arg-type]
    assert "outside" in predict(_model(torch.zeros(1, 3), card), placed).notes[0]
