"""Supervoxels in millimetres, an atlas's regions by its affine, and what is put in their place."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from skimage.segmentation import slic
from torch import nn

from viewer.errors import MethodError
from viewer.methods.base import ExplanationRequest, Target
from viewer.methods.perturbation.fill import make_fill
from viewer.methods.perturbation.region_occlusion import RegionOcclusion, list_effects
from viewer.methods.perturbation.segments import Segments, atlas_segments, make_supervoxels
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.progress import Progress, ProgressStep
from viewer.scans.grid import Grid
from viewer.scans.map import Map


class Anything(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1).sum(1, keepdim=True)


def make_request(x: torch.Tensor, grid: Grid | None = None, seed: int = 0) -> ExplanationRequest:
    model = Model.from_module(Anything(), x, Card("any", classes=("sum",)))
    return ExplanationRequest(model, x, Target(0, "sum"), grid=grid, seed=seed)


def blocks() -> torch.Tensor:
    """Four bright bars in an empty volume."""
    x = torch.zeros(1, 1, 12, 12, 12)
    for number in range(4):
        x[0, 0, 3 * number : 3 * number + 3, 2:10, 2:10] = 1.0 + number
    return x


def test_supervoxels_follow_the_intensities_and_leave_the_air_out() -> None:
    x = blocks()
    found = make_supervoxels(make_request(x), 4, 1e-3)
    values = x[0, 0].numpy()
    assert ((found.labels == 0) == (values == 0)).all()
    for number in range(1, len(found) + 1):
        assert len(np.unique(values[found.labels == number])) == 1
    assert found.sizes.sum() == (values > 0).sum()
    assert len(found.names) == len(found) == found.labels.max()


def test_supervoxels_are_as_long_in_millimetres_along_every_axis() -> None:
    x = torch.ones(1, 1, 24, 24, 24) + 0.001 * torch.rand(1, 1, 24, 24, 24)
    grid = Grid((24, 24, 24), np.diag([1.0, 1.0, 4.0, 1.0]))
    extents = []
    for place in (grid, None):
        found = make_supervoxels(make_request(x, place), 64, 10.0)
        boxes = [np.ptp(np.argwhere(found.labels == n), axis=0) + 1 for n in range(1, len(found) + 1)]
        extents.append(np.median(boxes, axis=0))
    assert extents[0][0] > 2.5 * extents[0][2]
    assert extents[1][0] < 1.5 * extents[1][2]


def test_supervoxels_equal_scikit_image() -> None:
    x = torch.rand(1, 1, 9, 10, 11, generator=torch.Generator().manual_seed(1)) + 0.1
    found = make_supervoxels(make_request(x), 8, 0.1)
    volume = x[0, 0].double().numpy()
    scaled = (volume - volume.min()) / np.ptp(volume)
    expected = slic(
        scaled, 8, 0.1, mask=np.ones(volume.shape, bool), channel_axis=None, start_label=1, spacing=(1, 1, 1)
    )
    pairs = set(zip(found.labels.ravel().tolist(), expected.ravel().tolist(), strict=True))
    assert len(pairs) == len(found) == len(np.unique(expected))


@pytest.mark.parametrize("shape", [(5,), (2, 20), (1, 12, 13), (2, 8, 9, 7)])
def test_inputs_of_every_kind_have_parts(shape: tuple[int, ...]) -> None:
    x = torch.randn(1, *shape, generator=torch.Generator().manual_seed(2))
    found = make_supervoxels(make_request(x), 6, 0.1)
    assert found.labels.shape == (shape[1:] or shape)
    assert 2 <= len(found) <= 20


@pytest.fixture
def atlas(tmp_path: Path) -> Path:
    """Two regions apart in x, on a grid of its own that runs to the left."""
    labels = np.zeros((20, 20, 20), dtype=np.int16)
    labels[2:8, 5:15, 5:15], labels[12:18, 5:15, 5:15] = 3, 7
    affine = np.diag([-2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = [19.0, -19.0, -19.0]
    nibabel.Nifti1Image(labels, affine).to_filename(tmp_path / "atlas.nii.gz")
    (tmp_path / "atlas.tsv").write_text("index\tname\n3\tright one\n7\tleft one\n")
    return tmp_path / "atlas.nii.gz"


@pytest.mark.parametrize("code", ["RAS", "LAS", "LIA", "oblique"])
def test_an_atlas_s_regions_lie_where_its_affine_says(atlas: Path, code: str) -> None:
    if code == "oblique":
        angle = np.deg2rad(25)
        affine = np.eye(4)
        affine[:3, :3] = 1.5 * np.array(
            [[np.cos(angle), -np.sin(angle), 0.1], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
        )
    else:
        affine = nibabel.orientations.inv_ornt_aff(
            nibabel.orientations.axcodes2ornt(code), (24, 24, 24)
        ) @ np.diag([1.5, 1.5, 1.5, 1.0])
    affine[:3, 3] = 0
    affine[:3, 3] = -(affine @ [11.5, 11.5, 11.5, 1])[:3]
    grid = Grid((24, 24, 24), affine)
    found = atlas_segments(str(atlas), "", grid)
    assert found.names == ("right one", "left one")
    middles = [grid.to_world(np.argwhere(found.labels == n)).mean(0) for n in (1, 2)]
    np.testing.assert_allclose(middles, [[10, 0, 0], [-10, 0, 0]], atol=0.8)


def test_an_atlas_needs_a_place_in_space(atlas: Path) -> None:
    with pytest.raises(MethodError, match="no spatial coordinates"):
        atlas_segments(str(atlas), "", None)
    far = np.eye(4)
    far[:3, 3] = 500
    with pytest.raises(MethodError, match="none of its regions"):
        atlas_segments(str(atlas), "", Grid((5, 5, 5), far))


def test_every_region_s_effect_stands_in_a_table_by_name(atlas: Path) -> None:
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -19.0
    grid = Grid((20, 20, 20), affine)
    x = torch.ones(1, 1, 20, 20, 20)
    x[0, 0, 10:] = 2.0  # the right half is brighter
    request = make_request(x, grid)
    method = RegionOcclusion(atlas=str(atlas))
    found = method.explain(request)
    first, second = list_effects(
        Map(found.values[0, 0].numpy(), grid, "map"), atlas_segments(str(atlas), "", grid)
    )
    assert (first.region, first.voxels, first.effect) == ("right one", 600, 1200.0)
    assert (second.region, second.voxels, second.effect) == ("left one", 600, 600.0)
    assert first.millilitres == pytest.approx(4.8)
    assert float(found.values[0, 0, 14, 10, 10]) == 1200.0
    assert float(found.values[0, 0, 4, 10, 10]) == 600.0
    assert float(found.values[0, 0, 10, 10, 10]) == 0.0
    assert "right one +1200, left one +600" in found.notes[0]


def convolutional() -> nn.Module:
    torch.manual_seed(2)
    return nn.Sequential(
        nn.Conv3d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool3d(2),
        nn.Conv3d(4, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8**3, 2),
    ).double().eval()  # fmt: skip


def test_a_region_s_effect_is_that_of_the_whole_network(atlas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -19.0
    x = torch.randn(1, 1, 20, 20, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    model = Model.from_module(convolutional(), x)
    steps: list[ProgressStep] = []
    request = ExplanationRequest(
        model, x, Target(1, "1"), grid=Grid((20, 20, 20), affine), progress=Progress(steps.append)
    )
    methods = (RegionOcclusion(segments=30), RegionOcclusion(atlas=str(atlas), fill="mean"))
    in_boxes = [method.explain(request) for method in methods]
    assert "region 2 of 2" in [step.message for step in steps]
    monkeypatch.setattr("viewer.methods.perturbation.region_occlusion.find_incremental", lambda request: None)
    for method, found in zip(methods, in_boxes, strict=True):
        whole = method.explain(request)
        torch.testing.assert_close(found.values, whole.values, rtol=1e-9, atol=1e-12)
        assert float(found.values.abs().max()) > 1e-3
        assert found.notes == whole.notes


def test_parts_are_kept_or_replaced_together() -> None:
    labels = np.array([[0, 1, 1], [2, 2, 3]])
    parts = Segments(labels, ("a", "b", "c"))
    x = torch.arange(12.0).reshape(1, 2, 2, 3)
    kept = np.array([[True, False, True], [False, True, True]])
    found = parts.mix(x, torch.full_like(x, -1.0), kept)
    assert found[0, 0].tolist() == [[0, 1, 2], [-1, -1, 5]]
    assert found[1, 1].tolist() == [[6, -1, -1], [9, 10, 11]]
    assert parts.to_voxels(np.array([5.0, 6.0, 7.0]), x)[0, 0].tolist() == [[0, 5, 5], [6, 6, 7]]


def test_fill_values_match_their_names() -> None:
    x = blocks()
    request = make_request(x, seed=3)
    assert not make_fill(request, "black", 0, 0).any()
    assert (make_fill(request, "value", 0.7, 0) == 0.7).all()
    assert torch.allclose(make_fill(request, "mean", 0, 0), torch.tensor(2.5))
    noise = make_fill(request, "noise", 0, 0)
    assert float(noise.mean()) == pytest.approx(2.5, abs=0.1)
    assert float(noise.std()) == pytest.approx(float(x[x > 0].std()), rel=0.1)
    assert torch.equal(noise, make_fill(request, "noise", 0, 0))
    assert not torch.equal(noise, make_fill(make_request(x, seed=4), "noise", 0, 0))
    blurred = make_fill(request, "blur", 0, 2.0)
    assert float(blurred.sum()) == pytest.approx(float(x.sum()), rel=1e-4)
    assert float(blurred.std()) < float(x.std())
