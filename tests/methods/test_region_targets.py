"""What of a segmentation is explained: a body, one class minus another, the sum, mean or equal shares."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import viewer
from viewer.errors import MethodError
from viewer.methods.registry import find_method
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.models.output_kind import OutputKind
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

SHAPE = (6, 5, 7)
REGION = np.zeros(SHAPE, dtype=bool)
REGION[1:4, 1:4, 2:5] = True
INSIDE = torch.from_numpy(REGION)


class Segmenter(nn.Module):
    """Three classes at every voxel, from a rectified layer without biases: LRP-0 and DeepLIFT are exact."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv3d(1, 5, 3, padding=1, bias=False)
        self.head = nn.Conv3d(5, 3, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.first(x).relu())


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(4)
    return Segmenter().eval()


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    return torch.rand(1, 1, *SHAPE, generator=torch.Generator().manual_seed(2)) + 0.1


def explain(network: nn.Module, x: torch.Tensor, method: str, **options: object) -> viewer.Map:
    card = Card("three", classes=("background", "lesion", "oedema"), kind=ModelKind.SEGMENTATION)
    model = Model.from_module(network, x, card)
    return viewer.explain(model, x, method, device="cpu", **options)  # type: ignore[arg-type]


def by_hand(network: nn.Module, x: torch.Tensor, index: int, reference: torch.Tensor) -> torch.Tensor:
    """Return the rescale multipliers' map of every output voxel of a class: (voxels, input) in float64.

    The rectifier's multiplier is Δa/Δz. With a reference of zeros it is LRP-0, too.
    """
    network = network.double()
    x, reference = x.double(), reference.double()
    z, z0 = network.first(x), network.first(reference)
    slope = (z.relu() - z0.relu()) / (z - z0)
    leaf = x.clone().requires_grad_(True)
    output = network.head(network.first(leaf) * slope.detach())[0, index].flatten()
    rows = [torch.autograd.grad(one, leaf, retain_graph=True)[0].flatten() for one in output]
    network.float()
    return torch.stack(rows).detach() * (x - reference).flatten()


@pytest.mark.parametrize("method", ["lrp-0", "deeplift"])
@pytest.mark.parametrize("target", ["lesion", "lesion minus oedema"])
def test_every_voxel_of_a_normalised_region_has_one_share(network, x, method, target):
    """The formula of Chlebus et al.: each voxel's map divided by its own sum, then added."""
    reference = torch.zeros_like(x)
    maps = by_hand(network, x, 1, reference)
    if "minus" in target:
        maps = maps - by_hand(network, x, 2, reference)
    own = maps[INSIDE.flatten()]
    whole = (own / own.sum(1, keepdim=True)).sum(0).reshape(SHAPE)
    found = explain(network, x, method, target=target, region=("normalised", REGION))
    np.testing.assert_allclose(found.data[0, 0], whole.numpy(), atol=2e-4 * float(whole.abs().max()))
    assert found.residual is not None
    assert found.residual.expected == pytest.approx(REGION.sum())
    assert found.residual.relative < 1e-3
    assert found.provenance.region == f"normalised:an array with {REGION.sum()} voxels inside"
    assert f"by its expected sum, for a total of {REGION.sum()}" in " ".join(found.provenance.notes)


@pytest.mark.parametrize("method", ["lrp-0", "deeplift", "gradient", "integrated-gradients"])
def test_the_mean_is_the_sum_over_the_number_of_voxels(network, x, method):
    whole = explain(network, x, method, target=1, region=REGION)
    mean = explain(network, x, method, target=1, region=("mean", REGION))
    np.testing.assert_allclose(mean.data * REGION.sum(), whole.data, rtol=1e-4, atol=1e-6)
    if whole.residual is not None:
        assert mean.residual is not None
        assert mean.residual.expected * REGION.sum() == pytest.approx(whole.residual.expected, rel=1e-4)
    assert "the mean of lesion over 27 voxels" in " ".join(mean.provenance.notes)


def test_methods_that_decompose_nothing_refuse_equal_shares(network, x):
    with pytest.raises(MethodError, match=r"it does not decompose the output.*LRP or DeepLIFT"):
        explain(network, x, "gradient", target=1, region=("normalised", REGION))
    with pytest.raises(MethodError, match="no such reduction; choose sum, mean, normalised"):
        explain(network, x, "gradient", target=1, region=("most", REGION))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("method", ["gradient", "lrp-0", "deeplift", "integrated-gradients"])
def test_one_class_minus_another_is_the_difference_of_their_maps(network, x, method):
    """All of these are linear in the outputs."""
    one, other = (explain(network, x, method, target=index, region=REGION) for index in (1, 2))
    found = explain(network, x, method, target="lesion minus oedema", region=REGION)
    difference = one.data.astype(np.float64) - other.data
    np.testing.assert_allclose(found.data, difference, atol=1e-4 * np.abs(difference).max())
    assert found.provenance.target == "lesion minus oedema"
    again = explain(network, x, method, target="1 minus 2", region=REGION)
    np.testing.assert_array_equal(again.data, found.data)


def test_the_gradient_of_a_difference_is_that_of_autograd(network, x):
    leaf = x.clone().requires_grad_(True)
    output = network(leaf)[0]
    (expected,) = torch.autograd.grad((output[1] - output[2])[INSIDE].sum(), leaf)
    found = explain(network, x, "gradient", target="lesion minus oedema", region=REGION)
    np.testing.assert_allclose(found.data, expected.numpy(), atol=1e-5 * float(expected.abs().max()))


def test_a_difference_of_a_classification():
    layer = nn.Sequential(nn.Flatten(), nn.Linear(4, 3, bias=False))
    x = torch.rand(1, 1, 2, 2)
    model = Model.from_module(layer, x, Card("flat", classes=("a minus b", "a", "b")))
    found = viewer.explain(model, x, "gradient", target="a minus b minus b", device="cpu")
    weights = layer[1].weight.detach()
    torch.testing.assert_close(torch.from_numpy(found.data.copy()).flatten(), weights[0] - weights[2])
    exact = viewer.explain(model, x, "gradient", target="a minus b", device="cpu")
    torch.testing.assert_close(torch.from_numpy(exact.data.copy()).flatten(), weights[0])
    for target, line in (
        ("a minus a", "is one output minus itself"),
        ("b minus b minus a", "is not the difference of two outputs"),
        ("a minus c", "the network has no such class"),
        ("min minus max minus c", "the network has no such class"),
    ):
        with pytest.raises(MethodError, match=line):
            viewer.explain(model, x, "gradient", target=target, device="cpu")
    with pytest.raises(MethodError, match="name one class as the target"):
        viewer.explain(model, x, "deepfool", target="a minus b minus b", device="cpu")


def test_two_classes_of_one_output_have_no_difference():
    layer = nn.Sequential(nn.Flatten(), nn.Linear(4, 1))
    x = torch.rand(1, 1, 2, 2)
    card = Card("flat", classes=("control", "patient"), output=OutputKind.SIGMOID)
    model = Model.from_module(layer, x, card)
    with pytest.raises(MethodError, match="is a single output for both classes"):
        viewer.explain(model, x, "gradient", target="patient minus control", device="cpu")


# Predicted bodies

GRID = Grid((12, 10, 8), np.diag([2.0, 2.0, 2.0, 1.0]))


class Intensity(nn.Module):
    """Class 1 around intensity 1, class 2 around intensity 2, background around 0."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([-((x - level) ** 2) * 20 for level in (0.0, 1.0, 2.0)], 1)


def bodies() -> tuple[Model, Scan]:
    """Return a scan with two bodies of class 1 and one of class 2 that touches the first."""
    data = np.zeros(GRID.shape, dtype=np.float32)
    data[1:4, 2:5, 2:5] = 1
    data[4:6, 2:5, 2:5] = 2
    data[8:11, 5:8, 3:6] = 1
    card = Card(
        "bodies",
        classes=("background", "lesion", "oedema"),
        kind=ModelKind.SEGMENTATION,
        input=InputSpec(GRID.shape),
    )
    return Model(Intensity(), card, "0"), Scan(data, GRID, "bodies")


@pytest.mark.parametrize(
    ("voxel", "name", "inside"),
    [
        ((2, 3, 3), "lesion", (slice(1, 4), slice(2, 5), slice(2, 5))),
        ((5, 3, 3), "oedema", (slice(4, 6), slice(2, 5), slice(2, 5))),
        ((9, 6, 4), "lesion", (slice(8, 11), slice(5, 8), slice(3, 6))),
    ],
)
def test_a_point_chooses_the_predicted_body_and_its_class(voxel, name, inside):
    model, scan = bodies()
    x, y, z = GRID.to_world(voxel)
    found = viewer.explain(model, scan, "gradient", region=f"component:{x},{y},{z}", device="cpu")
    assert (found.provenance.target, found.provenance.region) == (name, f"component:{x:g},{y:g},{z:g}")
    expected = np.zeros(GRID.shape, dtype=bool)
    expected[inside] = True
    voxels = int(expected.sum())
    notes = " ".join(found.provenance.notes)
    assert f"the sum of {name} over {voxels} voxels of the prediction, {voxels * 8 / 1000:.3g} ml" in notes
    assert f"the predicted body of {name} at {x:g},{y:g},{z:g} mm" in notes
    named = viewer.explain(model, scan, "gradient", target=name, region=expected, device="cpu")
    np.testing.assert_array_equal(found.data, named.data)


def test_a_point_outside_of_every_body_is_one_clear_line():
    model, scan = bodies()
    x, y, z = GRID.to_world((6, 8, 6))
    cases = {
        f"component:{x},{y},{z}": (None, "only background is predicted there"),
        "component:4,6,6": (2, "the explained class is not predicted there"),
        "component:400,0,0": (None, "the point lies outside the prediction"),
        "component:1,2": (None, "its numbers cannot be read"),
    }
    for region, (target, line) in cases.items():
        with pytest.raises(MethodError, match=line):
            viewer.explain(model, scan, "gradient", target=target, region=region, device="cpu")


def test_decomposing_methods_say_that_they_normalise():
    able = {name for name in viewer.list_methods() if find_method(name).normalises_regions}
    assert able >= {"lrp", "lrp-0", "lrp-epsilon", "lrp-gamma", "lrp-alpha-beta", "deep-taylor", "deeplift"}
    assert not able & {"gradient", "integrated-gradients", "grad-cam", "occlusion", "pattern-attribution"}
