"""Networks that answer at every voxel, and regressions: from a scan to the map of a region or a value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import Cancelled, MethodError
from viewer.methods.base import Target
from viewer.methods.explain import explain
from viewer.models.architectures.registry import find_architecture
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.progress import Progress, ProgressStep
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

IG = "integrated-gradients"
UNET = {"classes": 2, "widths": (2, 4, 4), "strides": (2, 2), "units": 1, "norm": "batch"}


@pytest.fixture(scope="module")
def unet() -> nn.Module:
    torch.manual_seed(11)
    return find_architecture("unet-3d", "test").build(UNET, "test")


def oblique(right: float = 1.0) -> Grid:
    """About 2 mm, turned by 15 degrees; ``right`` = -1 has its first axis run to the left."""
    angle = np.deg2rad(15)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([2.0 * right, 2.2, 1.8])
    affine[:3, 3] = turn @ [-17 * right, -16, -13]
    return Grid((18, 16, 14), affine)


BLOB = np.array([9.0, -4.0, 3.0])
"""mm; to the right."""


def scan_on(grid: Grid) -> Scan:
    voxels = np.moveaxis(np.indices(grid.shape), 0, -1)
    distance = np.linalg.norm(grid.to_world(voxels) - BLOB, axis=-1)
    noise = np.random.default_rng(1).uniform(0.1, 0.2, grid.shape)
    return Scan((np.exp(-((distance / 4) ** 2)) + noise).astype(np.float32), grid, "blob")


def card(axes: str = "RAS", **entries: object) -> Card:
    return Card(
        "unet",
        architecture="unet-3d",
        classes=("background", "lesion"),
        kind=ModelKind.SEGMENTATION,
        input=InputSpec((16, 16, 16), axes=axes, **entries),  # type: ignore[arg-type]
    )


def model_of(module: nn.Module, axes: str = "RAS") -> Model:
    return Model(module, card(axes), "0")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("method", ["gradient", "deep-taylor", IG])
def test_u_net_is_explained_from_scan_to_map(unet: nn.Module, method: str) -> None:
    scan = scan_on(oblique())
    model = model_of(unet)
    found = explain(model, scan, method, target="lesion", region="box:0,-12,-6,18,4,12", device="cpu")
    assert found.grid is scan.grid
    assert np.isfinite(found.data).all()
    assert np.abs(found.data).max() > 0
    provenance = found.provenance
    assert (provenance.target, provenance.region) == ("lesion", "box:0,-12,-6,18,4,12")
    assert provenance.as_json()["region"] == provenance.region
    assert any("the sum of lesion over" in note for note in provenance.notes)


def test_deep_taylor_of_a_region_is_never_negative_and_conserves(unet: nn.Module) -> None:
    scan = scan_on(oblique())
    arguments = {"target": "lesion", "region": "box:0,-12,-6,18,4,12", "device": "cpu", "grid": "model"}
    found = explain(model_of(unet), scan, "deep-taylor", **arguments)  # type: ignore[arg-type]
    assert found.residual is not None
    assert found.residual.expected > 0
    assert found.residual.relative < 1e-4
    assert found.data.min() >= 0
    assert found.data.sum(dtype=np.float64) == pytest.approx(found.residual.expected, rel=1e-4)


def test_the_gradient_is_that_of_the_sum_over_the_region(unet: nn.Module) -> None:
    scan = scan_on(oblique())
    model = model_of(unet)
    x = model.prepare(scan).tensor.requires_grad_(True)
    region = np.zeros((16, 16, 16), dtype=bool)
    region[8:14, 3:9, 6:11] = True
    (expected,) = torch.autograd.grad(unet(x)[0, 1][torch.from_numpy(region)].sum(), x)
    found = explain(model, scan, "gradient", target=1, region=region, grid="model", device="cpu")
    np.testing.assert_allclose(found.data, expected[0, 0].numpy(), atol=1e-5 * float(expected.abs().max()))


def test_integrated_gradients_of_a_region_are_complete(unet: nn.Module) -> None:
    model = model_of(unet)
    scan = scan_on(oblique())
    found = explain(
        model, scan, IG, target="lesion", region="box:0,-12,-6,18,4,12", device="cpu", grid="model"
    )
    prepared = model.prepare(scan)
    points = prepared.grid.to_world(np.moveaxis(np.indices(prepared.grid.shape), 0, -1))
    inside = torch.from_numpy(((points >= [0, -12, -6]) & (points <= [18, 4, 12])).all(-1))
    with torch.no_grad():
        here, there = (unet(x)[0, 1][inside].double().sum() for x in (prepared.tensor, 0 * prepared.tensor))
    assert found.residual is not None
    assert found.residual.expected == pytest.approx(float(here - there), rel=1e-4)
    assert found.residual.relative < 0.01
    assert found.data.sum(dtype=np.float64) == pytest.approx(float(here - there), rel=0.01)


class Bright(nn.Module):
    """Lesion where it is bright: logits ±(10 x - 5) at every voxel, on half the grid's resolution."""

    def __init__(self, pool: int = 1) -> None:
        super().__init__()
        self.pool = nn.AvgPool3d(pool)
        self.layer = nn.Conv3d(1, 2, 1)
        with torch.no_grad():
            self.layer.weight.copy_(torch.tensor([-10.0, 10.0]).view(2, 1, 1, 1, 1))
            self.layer.bias.copy_(torch.tensor([5.0, -5.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(self.pool(x))


def centre_of(data: np.ndarray, grid: Grid) -> np.ndarray:
    """The centre of mass in mm."""
    voxels = np.moveaxis(np.indices(grid.shape), 0, -1)
    return (grid.to_world(voxels) * data[..., None]).sum((0, 1, 2)) / data.sum()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("axes", ["RAS", "LAS", "SPL"])
@pytest.mark.parametrize("right", [1.0, -1.0], ids=["to the right", "to the left"])
@pytest.mark.parametrize("pool", [1, 2])
def test_the_region_above_one_half_lies_where_it_is_bright(axes: str, right: float, pool: int) -> None:
    """Whatever the axes of scan and network, the map lies on the blob, at the right."""
    scan = scan_on(oblique(right))
    found = explain(model_of(Bright(pool), axes), scan, "gradient", device="cpu")
    assert (found.provenance.target, found.provenance.region) == ("lesion", "above:0.5")
    np.testing.assert_allclose(centre_of(found.data, scan.grid), BLOB, atol=1.0)


@pytest.mark.parametrize("right", [1.0, -1.0], ids=["to the right", "to the left"])
def test_a_mask_on_the_left_is_explained_on_the_left(right: float) -> None:
    scan = scan_on(oblique(1.0))
    place = oblique(right)
    voxels = np.moveaxis(np.indices(place.shape), 0, -1)
    left = np.linalg.norm(place.to_world(voxels) - BLOB * [-1, 1, 1], axis=-1) < 5
    mask = Scan(left.astype(np.float32), place, "left")
    found = explain(model_of(Bright(), "LAS"), scan, "gradient", target="lesion", region=mask, device="cpu")
    np.testing.assert_allclose(centre_of(found.data, scan.grid), BLOB * [-1, 1, 1], atol=1.0)
    assert found.provenance.region == f"mask left ({mask.hash[:12]})"


def test_one_component_of_two_is_explained() -> None:
    grid = oblique()
    both = np.maximum(scan_on(grid).data, _mirrored(grid))
    scan = Scan(both, grid, "two")
    x, y, z = BLOB * [-1, 1, 1]
    found = explain(model_of(Bright()), scan, "gradient", region=f"above:0.5@{x},{y},{z}", device="cpu")
    np.testing.assert_allclose(centre_of(found.data, grid), (x, y, z), atol=1.0)


def _mirrored(grid: Grid) -> np.ndarray:
    voxels = np.moveaxis(np.indices(grid.shape), 0, -1)
    distance = np.linalg.norm(grid.to_world(voxels) - BLOB * [-1, 1, 1], axis=-1)
    return np.exp(-((distance / 4) ** 2)).astype(np.float32)


def test_default_class_of_a_dense_prediction() -> None:
    scan = scan_on(oblique())
    named = [
        explain(
            model_of(Bright()), scan, "gradient", target=wanted, region="all", device="cpu"
        ).provenance.target
        for wanted in (None, "max", "min")
    ]
    assert named == ["lesion", "background", "lesion"]


def test_a_region_that_is_wrong_is_one_clear_line(unet: nn.Module) -> None:
    scan = scan_on(oblique())
    with pytest.raises(MethodError, match=r"region above:0\.999999: the probability is nowhere above"):
        explain(model_of(Bright()), scan, "gradient", region="above:0.999999", device="cpu")
    once = Model(
        nn.Sequential(nn.Flatten(), nn.Linear(4096, 2)), replace(card(), kind=ModelKind.CLASSIFICATION), "0"
    )
    with pytest.raises(MethodError, match="unet has one output for the whole scan; leave the region out"):
        explain(once, scan, "gradient", region="all", device="cpu")
    assert explain(once, scan, "gradient", device="cpu").provenance.region == ""


def test_a_network_of_slices() -> None:
    """The slice 4.3 mm above the middle, at the blob; the region is the one body at the blob."""
    scan = scan_on(oblique())
    flat = nn.Conv2d(1, 2, 1)
    with torch.no_grad():
        flat.weight.copy_(torch.tensor([-10.0, 10.0]).view(2, 1, 1, 1))
        flat.bias.copy_(torch.tensor([5.0, -5.0]))
    about = replace(card(), input=InputSpec((18, 16), axes="RAS", slice=4.3))
    x, y, z = BLOB
    model = Model(flat, about, "0")
    found = explain(model, scan, "gradient", region=f"above:0.5@{x},{y},{z}", device="cpu")
    assert np.flatnonzero(found.data.any((0, 1))).size == 1
    np.testing.assert_allclose(centre_of(found.data, scan.grid), BLOB, atol=1.5)
    with pytest.raises(MethodError, match="the point is in no cluster"):
        explain(model, scan, "gradient", region=f"above:0.5@{x},{y},{z + 8}", device="cpu")


# In windows

WINDOWED = InputSpec(
    placement="foreground",  # type: ignore[arg-type]
    spacing=(2.0, 2.0, 2.0),
    margin=6.0,
    multiple=4,
    window=(12, 12, 12),
)


class Dense(nn.Module):
    """Looks one voxel far, smoothly."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv3d(1, 3, 3, padding=1), nn.Tanh(), nn.Conv3d(3, 2, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


@pytest.mark.parametrize("method", ["gradient", IG, "lrp-0"])
def test_windowed_map_equals_the_whole_map(method: str) -> None:
    torch.manual_seed(3)
    network = Dense()
    scan = scan_on(oblique())
    arguments = {"target": "lesion", "region": "box:-4,-14,-10,18,4,12", "device": "cpu", "grid": "model"}
    windowed = Model(network, replace(card(), architecture="", input=WINDOWED), "0")
    whole = Model(network, replace(card(), architecture="", input=replace(WINDOWED, window=())), "0")
    found = explain(windowed, scan, method, **arguments)  # type: ignore[arg-type]
    expected = explain(whole, scan, method, **arguments)  # type: ignore[arg-type]
    assert min(found.data.shape) >= 16
    scale = float(np.abs(expected.data).max())
    np.testing.assert_allclose(found.data, expected.data, atol=1e-5 * scale)
    assert any("windows of 12×12×12 voxels" in note for note in found.provenance.notes)
    if expected.residual is not None:
        assert found.residual is not None
        assert found.residual.expected == pytest.approx(expected.residual.expected, rel=1e-4)


def test_windows_without_a_part_of_the_region_are_not_run_and_cancelling_stops() -> None:
    scan = scan_on(oblique())
    model = Model(Dense(), replace(card(), architecture="", input=WINDOWED), "0")
    corner = np.zeros(model.prepare(scan).grid.shape)
    corner[:3, 2, -3:] = 1
    found = explain(model, scan, "gradient", target=1, region=corner, device="cpu")
    line = next(note for note in found.provenance.notes if note.startswith("explained in"))
    requested, available = (int(word) for word in line.split() if word.isdigit())
    assert (requested, available) == (1, 8)
    steps: list[ProgressStep] = []
    progress = Progress(steps.append, lambda: any(s.message.startswith("window 1") for s in steps))
    with pytest.raises(Cancelled):
        explain(model, scan, "gradient", target=1, region=corner, device="cpu", progress=progress)


# Regressions

BINS = (10.0, 20.0, 40.0)


@pytest.fixture
def binned() -> Model:
    torch.manual_seed(4)
    network = nn.Sequential(
        nn.Conv3d(1, 3, 3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(3, 3)
    )
    about = Card("age", classes=("a", "b", "c"), kind=ModelKind.REGRESSION, values=BINS, unit="years")
    return Model(network.eval(), about, "0")


BATCH = 5 * torch.rand(2, 1, 6, 6, 6, generator=torch.Generator().manual_seed(8))


@pytest.mark.parametrize("wanted", [None, "value"])
def test_a_binned_regression_is_explained_by_its_expected_value(binned: Model, wanted: str | None) -> None:
    x = BATCH.clone().requires_grad_(True)
    value = (binned.module()(x).softmax(1) * torch.tensor(BINS)).sum(1)
    (expected,) = torch.autograd.grad(value.sum(), x)
    found = explain(binned, BATCH, "gradient", target=wanted, device="cpu")
    np.testing.assert_allclose(found.data, expected.numpy(), atol=1e-5 * float(expected.abs().max()))
    assert found.provenance.target == "expected value in years"
    complete = explain(binned, BATCH[:1], IG, device="cpu", tolerance=1e-3)
    with torch.no_grad():
        start = (binned.module()(0 * BATCH[:1]).softmax(1) * torch.tensor(BINS)).sum(1)
    assert complete.data.sum() == pytest.approx((value.detach()[0] - start[0]).item(), rel=2e-3)


def test_relevance_of_an_expected_value_says_that_it_is_made_linear(binned: Model) -> None:
    found = explain(binned, BATCH[:1], "lrp-0", device="cpu")
    assert any("linearised expected value" in note for note in found.provenance.notes)
    assert not any(
        "linearised expected value" in n
        for n in explain(binned, BATCH, "lrp-0", target="b", device="cpu").provenance.notes
    )


def test_mismatched_bin_values_are_refused(binned: Model) -> None:
    wrong = Model(binned.module(), replace(binned.card, values=BINS[:2]), "0")
    with pytest.raises(MethodError, match="it has 3 outputs, and its card names 2 values"):
        explain(wrong, BATCH, "gradient", device="cpu")


def test_a_single_bin_or_output_can_be_explained(binned: Model) -> None:
    assert explain(binned, BATCH, "gradient", target="b", device="cpu").provenance.target == "b"
    network = nn.Sequential(nn.Flatten(), nn.Linear(216, 1))
    one = Model(network, Card("age", classes=("age",), kind=ModelKind.REGRESSION), "0")
    found = explain(one, BATCH, "gradient", target="value", device="cpu")
    assert found.provenance.target == "age"
    np.testing.assert_allclose(found.data[0].ravel(), network[1].weight.detach()[0].numpy(), rtol=1e-6)


def test_the_mask_of_a_target_is_the_derivative_of_its_score() -> None:
    output = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    volume = torch.randn(2, 3, 4, 4, 4, dtype=torch.float64, requires_grad=True)
    weights = torch.rand(4, 4, 4, dtype=torch.float64)
    for target, value in (
        (Target(1, "b"), output),
        (Target(0, "v", values=BINS), output),
        (Target(2, "c", weights), volume),
        (Target(2, "c"), volume),
    ):
        (expected,) = torch.autograd.grad(target.score(value).sum(), value)
        torch.testing.assert_close(target.output_gradient(value.detach()), expected)
