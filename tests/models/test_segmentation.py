"""The class of every voxel, and the bodies that a click chooses."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from scipy.ndimage import label
from torch import nn

import viewer
from viewer.cli import main
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.models.output_kind import OutputKind
from viewer.models.segmentation import Segmentation
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

GRID = Grid((12, 10, 8), np.array([[-2.0, 0, 0, 12], [0, 2, 0, -9], [0, 0, 3, 1], [0, 0, 0, 1]]))
"""Its first axis runs to the left."""


def data() -> np.ndarray:
    values = np.zeros(GRID.shape, dtype=np.float32)
    values[1:4, 2:5, 2:5] = 1
    values[4:6, 2:5, 2:5] = 2
    values[8:11, 5:8, 3:6] = 1
    return values


class Intensity(nn.Module):
    """Class k where the intensity is nearest to k."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([-((x - level) ** 2) * 20 for level in (0.0, 1.0, 2.0)], 1)


def model(classes: tuple[str, ...] = ("background", "lesion", "oedema")) -> Model:
    spec = InputSpec(GRID.shape, axes="LAS")
    return Model(Intensity(), Card("bodies", classes=classes, kind=ModelKind.SEGMENTATION, input=spec), "0")


def segmentation() -> Segmentation:
    found = viewer.predict(model(), Scan(data(), GRID, "bodies"), "cpu").segmentation
    assert found is not None
    return found


def test_every_voxel_has_the_class_of_its_largest_output() -> None:
    found = segmentation()
    assert found.labels is not None
    points = GRID.to_world(np.argwhere(data() == 2))
    voxels = np.rint(found.grid.to_voxel(points)).astype(int)
    assert (found.labels[tuple(voxels.T)] == 2).all()
    assert int(found.mask(2).sum()) == int((data() == 2).sum())


@pytest.mark.parametrize("voxel", [(2, 3, 3), (5, 4, 4), (9, 6, 4)])
def test_a_point_chooses_its_body(voxel: tuple[int, int, int]) -> None:
    body = segmentation().find_body(tuple(GRID.to_world(voxel)))
    assert body is not None
    same = data() == data()[voxel]
    bodies, _ = label(same, np.ones((3, 3, 3)))
    expected = int((bodies == bodies[voxel]).sum())
    assert (body.index, int(body.mask.sum())) == (int(data()[voxel]), expected)
    assert body.millilitres == pytest.approx(expected * 12 / 1000)
    explained = viewer.explain(
        model(), Scan(data(), GRID, "bodies"), "gradient", region=body.region, device="cpu"
    )
    assert explained.provenance.target == body.name
    assert f"over {expected} voxels" in " ".join(explained.provenance.notes)


def test_a_point_just_outside_finds_the_body_and_far_away_none() -> None:
    found = segmentation()
    near = found.find_body(tuple(GRID.to_world((11.6, 6, 4))))
    assert near is not None
    assert near.name == "lesion"
    assert found.grid.to_voxel(near.point) == pytest.approx(np.rint(found.grid.to_voxel(near.point)))
    assert found.find_body(tuple(GRID.to_world((6, 9, 7)))) is None
    assert found.find_body((500.0, 0.0, 0.0)) is None
    assert found.find_body(tuple(GRID.to_world((9, 6, 4))), index=2) is None


def test_of_labels_that_do_not_exclude_each_other_the_smaller_is_chosen() -> None:
    inner = np.zeros((2, *GRID.shape), dtype=bool)
    inner[0, 1:8, 1:8, 1:6] = True
    inner[1, 3:5, 3:5, 3:5] = True
    found = Segmentation(("whole", "core"), GRID, masks=inner)
    chosen = [found.find_body(tuple(GRID.to_world(voxel))) for voxel in ((1, 1, 1), (3, 3, 3))]
    assert [body.name for body in chosen if body is not None] == ["whole", "core"]
    whole = found.find_body(tuple(GRID.to_world((3, 3, 3))), index=0)
    assert whole is not None
    assert int(whole.mask.sum()) == int(inner[0].sum())


@pytest.mark.parametrize(("classes", "index"), [(("lesion",), 0), (("outside", "lesion"), 1)])
def test_one_output_is_one_class_or_two(classes: tuple[str, ...], index: int) -> None:
    network = nn.Conv3d(1, 1, 1)
    with torch.no_grad():
        network.weight.fill_(10)
        network.bias.fill_(-5)
    card = Card(
        "one", classes=classes, kind=ModelKind.SEGMENTATION, output=OutputKind.SIGMOID,
        input=InputSpec(GRID.shape),
    )  # fmt: skip
    found = viewer.predict(Model(network, card, "0"), Scan(data(), GRID, "bodies"), "cpu").segmentation
    assert found is not None
    body = found.find_body(tuple(GRID.to_world((9, 6, 4))))
    assert body is not None
    assert (body.index, body.name, int(body.mask.sum())) == (index, "lesion", 27)


def test_predict_writes_the_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = nn.Conv3d(1, 2, 1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([-10.0, 10.0]).view(2, 1, 1, 1, 1))
        network.bias.copy_(torch.tensor([5.0, -5.0]))
    example = torch.zeros(1, 1, *GRID.shape)
    torch.export.save(torch.export.export(network, (example,)), tmp_path / "net.pt2")
    card = {
        "name": "net", "classes": ["outside", "inside"], "kind": "segmentation",
        "input": {
            "placement": "field-of-view", "shape": list(GRID.shape), "intensity": {"scaling": "none"}
        },
    }  # fmt: skip
    (tmp_path / "net.card.json").write_text(json.dumps(card))
    nibabel.save(nibabel.Nifti1Image(data(), GRID.affine), tmp_path / "scan.nii.gz")
    command = ["predict", str(tmp_path / "scan.nii.gz"), "--model", str(tmp_path / "net.pt2"), "--json"]
    assert main([*command, "-o", str(tmp_path / "labels.nii.gz"), "--device", "cpu"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["labels"] == str(tmp_path / "labels.nii.gz")
    written = nibabel.load(tmp_path / "labels.nii.gz")
    np.testing.assert_array_equal(written.get_fdata(), data() > 0.5)
    assert written.affine == pytest.approx(GRID.affine)
    assert "not an explanation" in (tmp_path / "labels.json").read_text()
    assert main([*command, "-o", str(tmp_path / "scan.nii.gz"), "--device", "cpu"]) == 2
