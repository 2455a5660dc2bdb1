"""Which tensor of a network with deep supervision is explained: said, and chosen by card, option and call."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from torch import nn

import viewer
from viewer.cli import main
from viewer.errors import ModelError
from viewer.models.inspect import inspect
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind, card_from_json

CLASSES = ("outside", "inside")


class Supervised(nn.Module):
    """Answers at two resolutions, by different heads."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv3d(1, 4, 3, padding=1)
        self.fine = nn.Conv3d(4, 2, 1)
        self.pool = nn.AvgPool3d(2)
        self.coarse = nn.Conv3d(4, 2, 1)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        found = self.body(x).relu()
        return [self.fine(found), self.coarse(self.pool(found))]


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(3)
    return Supervised().eval()


@pytest.fixture(scope="module")
def folder(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("supervised")
    torch.export.save(torch.export.export(network, (torch.zeros(1, 1, 8, 8, 8),)), found / "net.pt2")
    card = {
        "name": "net", "classes": list(CLASSES), "kind": "segmentation",
        "input": {"placement": "field-of-view", "shape": [8, 8, 8], "intensity": {"scaling": "none"}},
    }  # fmt: skip
    (found / "net.card.json").write_text(json.dumps(card))
    values = torch.rand(8, 8, 8, generator=torch.Generator().manual_seed(1)).numpy()
    nibabel.save(nibabel.Nifti1Image(values, np.diag([2.0, 2, 2, 1])), found / "scan.nii.gz")
    return found


def gradient(network: nn.Module, x: torch.Tensor, answer: int) -> np.ndarray:
    leaf = x.clone().requires_grad_(True)
    return torch.autograd.grad(network(leaf)[answer][0, 1].sum(), leaf)[0].numpy()


@pytest.mark.parametrize("answer", [0, 1])
def test_the_answer_that_the_card_names_is_explained(network: nn.Module, folder: Path, answer: int) -> None:
    x = torch.rand(1, 1, 8, 8, 8)
    card = Card("net", classes=CLASSES, kind=ModelKind.SEGMENTATION, answer=str(answer))
    models = [
        Model.from_module(network, x, card),
        Model(network, card, "0"),
        viewer.load_model(folder / "net.pt2", answer=answer),
    ]
    for model in models:
        found = viewer.explain(model, x, "gradient", target=1, region="all", device="cpu")
        expected = gradient(network, x, answer)
        np.testing.assert_allclose(found.data, expected, atol=1e-5 * np.abs(expected).max())
        assert f"returns 2 tensors; explained: {answer} (" in " ".join(found.provenance.notes)
        assert (len(model.output_candidates), model.answer) == (2, str(answer))


def test_info_and_options_say_and_choose_the_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert any("explained: 0 (" in note for note in inspect(folder / "net.pt2").notes)
    assert main(["info", str(folder / "net.pt2")]) == 0
    assert "explained: 0 (" in capsys.readouterr().out
    command = ["explain", str(folder / "scan.nii.gz"), "--model", str(folder / "net.pt2")]
    command += ["--method", "gradient", "--target", "1", "--region", "all", "--device", "cpu", "--json"]
    assert main([*command, "-o", str(folder / "map.nii.gz"), "--answer", "1"]) == 0
    notes = " ".join(json.loads(capsys.readouterr().out)["notes"])
    assert "explained: 1 (" in notes
    assert "over 64 voxels" in notes
    assert main([*command, "-o", str(folder / "map.nii.gz"), "--answer", "7"]) != 0
    assert "returns no '7'; it returns 0 (" in capsys.readouterr().err


def test_a_card_keeps_the_answer() -> None:
    card = Card("net", answer="1")
    assert card_from_json(card.as_json(), "card") == card
    assert "answer" not in Card("net").as_json()
    with pytest.raises(ModelError, match="is Python code, which cannot be loaded; name the function"):
        viewer.load_model(Path(__file__), answer=1)
