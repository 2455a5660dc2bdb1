"""Whole visualizations: known optima, repeatability, stopping and going on, blocks, masks, what is told."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import Cancelled, MethodError, ModelError
from viewer.methods.feature_visualization import METHOD
from viewer.methods.feature_visualization.recipe import PRESETS, REGULARISERS_OFF, VisualizationRecipe
from viewer.methods.feature_visualization.visualization import Visualization, features
from viewer.models.graph.interpreter import run
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.load import load_map, load_scan
from viewer.scans.scan import Scan

PLAIN = PRESETS["plain"]
SHORT = VisualizationRecipe().with_parameters({"steps": 6})


@pytest.fixture(scope="module")
def linear() -> Model:
    """One convolution of the image's own size: f is a scalar product with its filter."""
    torch.manual_seed(2)
    network = nn.Sequential(nn.Conv2d(1, 3, (5, 6)), nn.Flatten()).eval()
    card = Card(
        name="linear",
        classes=("a", "b", "c"),
        input=InputSpec((5, 6), Placement.AFFINE, affine=tuple(map(tuple, np.eye(4).tolist())),
                    intensity=IntensitySpec(IntensityScaling.BOUNDS, bounds=(0, 1), to=(-1.0, 1.0))),
    )  # fmt: skip
    return Model.from_module(network, torch.zeros(1, 1, 5, 6), card)


@pytest.mark.parametrize("kind", [{"layer": "0", "channel": 1}, {"target": "b"}, {"target": 1}])
def test_between_bounds_the_optimum_is_the_filter_s_sign(linear, kind):
    found = features(linear, recipe=PLAIN, device="cpu", steps=100, **kind)
    weight, bias = linear.module()[0].weight[1, 0].numpy(), float(linear.module()[0].bias[1])
    assert found.map.data[..., 0].tolist() == np.sign(weight).tolist()
    assert found.image_activation.f == pytest.approx(np.abs(weight).sum() + bias, rel=1e-5)


def test_the_first_step_goes_along_the_filter(linear):
    """Under an L2 bound the optimum is the filter itself: the gradient's direction everywhere."""
    work = Visualization(linear, "0", 1, recipe=PLAIN, device="cpu", bounds="none")
    problem = work.problem()
    _, gradient = problem.compute_gradient(problem.start(), 0, Progress())
    weight = linear.module()[0].weight[1, 0]
    assert torch.allclose(-gradient[0, 0] / gradient.norm(), weight / weight.norm(), atol=1e-6)


def asleep() -> Model:
    """A ReLU's channel that is zero everywhere for any image within the bounds, and one that is not."""
    torch.manual_seed(3)
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 3 * 4, 2)).eval()
    with torch.no_grad():
        network[0].bias[:] = torch.tensor([-50.0, 5.0])
    card = Card(
        name="asleep",
        classes=("a", "b"),
        input=InputSpec((5, 6), Placement.AFFINE, affine=tuple(map(tuple, np.eye(4).tolist())),
                    intensity=IntensitySpec(IntensityScaling.BOUNDS, bounds=(0, 1), to=(-1.0, 1.0))),
    )  # fmt: skip
    return Model.from_module(network, torch.zeros(1, 1, 5, 6), card)


@pytest.mark.parametrize("name", ["plain", "paper"])
@pytest.mark.parametrize("channel", [0, 1])
def test_plain_and_paper_follow_the_gradient_of_autograd(name, channel):
    model = asleep()
    recipe = PRESETS[name].with_parameters({"penalty": 0.0})
    problem = Visualization(model, "1", channel, recipe=recipe, device="cpu").problem()
    values = problem.start()
    f, gradient = problem.compute_gradient(values, 0, Progress())
    leaf = values.clone().requires_grad_(True)
    expected = model.module()[:2](problem.image(leaf))[0, channel].mean()
    (wanted,) = torch.autograd.grad(-expected, leaf)
    assert f == pytest.approx(float(expected.detach()), rel=1e-6)
    assert torch.allclose(gradient, wanted, atol=1e-7)
    assert bool(wanted.any()) is bool(channel)


def test_a_redirected_relu_is_a_regulariser_with_a_name_that_is_on_by_default():
    model = asleep()
    problem = Visualization(model, "1", 0, recipe="plain", device="cpu", redirect=True).problem()
    _, gradient = problem.compute_gradient(problem.start(), 0, Progress())
    assert bool(gradient.any())
    assert VisualizationRecipe().redirect
    assert not PRESETS["plain"].redirect
    assert not PRESETS["paper"].redirect


@pytest.mark.slow
def test_far_more_than_the_noise_and_the_scan_on_the_demonstration():
    model, scan = load_model("demo"), load_scan("simulated-lesions")
    found = features(model, "relu3", 7, device="cpu", steps=40, scans=[scan])
    assert found.start_activation.f < 0.1
    assert found.image_activation.f > 20 * max(found.start_activation.f, found.scan_activations[0].f)
    assert found.image_activation.f > 1


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_climbs_what_it_says(small, name, dimensions):
    model = small(dimensions)
    found = features(model, "relu_1", 2, recipe=name, device="cpu", steps=40)
    assert PRESETS[name].penalised == "layer"

    def climbed(image: torch.Tensor) -> float:
        layer = run(model.graph(image), image, output="relu_1")
        return float(layer[:, 2].mean() - PRESETS[name].penalty * layer.abs().mean())

    begun = Visualization(model, "relu_1", 2, recipe=name, device="cpu", steps=1).problem()
    before = begun.canvas.to_grid(begun.image(begun.start()), begun.bounds.background)
    after = torch.from_numpy(np.array(found.map.data)).reshape(before.shape)
    assert climbed(after) > climbed(before) + 0.02
    assert found.image_activation.peak >= found.image_activation.f
    assert 0 <= found.map.data.min() < found.map.data.max() <= 1
    assert found.map.data.shape == found.map.grid.shape


def test_the_same_seed_the_same_image(small):
    model = small(3)
    first, again, other = (
        features(model, "second", 1, recipe=SHORT, device="cpu", seed=seed).map.data for seed in (7, 7, 8)
    )
    assert (first == again).all()
    assert np.abs(first - other).max() > 1e-3


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"image": "voxels", "every": 2, "bilateral": 0.1, "smooth": 2},
        {"every": 3, "interpolation": "nearest"},
    ],
    ids=["default", "voxels", "nearest"],
)
def test_stopped_and_gone_on_with_it_is_the_same(small, changes):
    model = small(2)
    recipe = SHORT.with_parameters(changes)
    whole = features(model, "second", 1, recipe=recipe, device="cpu")
    half = features(model, "second", 1, recipe=recipe, device="cpu", steps=3)
    rest = features(model, "second", 1, recipe=recipe, device="cpu", state=half.state)
    assert (rest.map.data == whole.map.data).all()
    assert rest.state.scores == whole.state.scores
    assert half.state.step == 3


def test_cancelled_in_a_step_it_goes_on_from_the_last_whole_one(small):
    model = small(2)
    work = Visualization(model, "second", 1, recipe=SHORT, device="cpu")
    with pytest.raises(Cancelled):
        work.run(Progress(cancelled=lambda: work.state is not None and work.state.step >= 3))
    assert work.state.step == 3
    part = work.feature()
    assert part.stopped
    assert f"stopped after {work.state.step} steps" in part.map.provenance.notes
    whole = features(model, "second", 1, recipe=SHORT, device="cpu")
    assert (work.run().map.data == whole.map.data).all()


def test_images_are_shown_on_the_way(small, monkeypatch):
    monkeypatch.setattr("viewer.methods.feature_visualization.visualization.SECONDS_BETWEEN_PREVIEWS", 0.0)
    shown, steps = [], []
    found = features(
        small(2),
        "second",
        1,
        recipe=SHORT,
        device="cpu",
        progress=Progress(steps.append, partial=shown.append),
    )
    assert len(shown) == 6
    assert (shown[-1].data == found.map.data).all()
    assert shown[0].grid.same_as(found.map.grid)
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert "Step 2 of 6" in {step.message for step in steps}


@pytest.mark.parametrize("dimensions", [2, 3])
def test_on_its_field_alone_a_unit_s_image_is_that_of_the_whole_grid(small, dimensions):
    model = small(dimensions)
    plain = {"recipe": PLAIN, "device": "cpu", "unit": True, "steps": 15, "noise": 0.0}
    whole = features(model, "second", 1, **plain, block="never")
    field = features(model, "second", 1, **plain, block="auto")
    assert field.image_activation.f == pytest.approx(whole.image_activation.f, rel=1e-5)
    assert any("voxels of the unit's receptive field" in note for note in field.map.provenance.notes)
    seen = whole.map.data != 0.5
    assert 0 < seen.sum() < seen.size
    assert np.abs(field.map.data - whole.map.data)[seen].max() < 1e-5
    assert (field.map.data[~seen] != 0.5).any()


def test_a_block_is_told_and_excites_the_whole_grid_as_much(small):
    model = small(2, 96)
    found = features(model, "relu", 1, device="cpu", steps=60, **dict(REGULARISERS_OFF))
    assert any("periodic block of 24×24 voxels" in note for note in found.map.provenance.notes)
    data = found.map.data[:, :, 0]
    assert (data[24:48, :72] == data[:24, 24:96]).all()
    # Without transforms the last step saw what the whole grid shows, but for its borders and its own step.
    assert found.image_activation.f == pytest.approx(found.state.scores[-1], rel=0.05)


def scan_on(grid: Grid, name: str, bright: float) -> Scan:
    i, j, k = np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij")
    middle = [(n - 1) / 2 for n in grid.shape]
    inside = sum(((a - m) / (m + 1)) ** 2 for a, m in zip((i, j, k), middle, strict=True)) < 0.6
    return Scan(np.where(inside, bright + i, 0).astype(np.float32), grid, name)


def test_scans_beside_it_and_painted_inside_a_head_only(small):
    model = small(3)
    work = Visualization(model, "second", 1, recipe=SHORT, device="cpu")
    grid = work.run().map.grid
    around = Grid(
        (24, 24, 24),
        np.diag([-3.0, 3, 3, 1]) + np.array([[0, 0, 0, 34], [0, 0, 0, -30], [0, 0, 0, -10], [0, 0, 0, 0]]),
    )
    scans = [scan_on(around, "one", 50.0), scan_on(around, "two", 900.0)]
    found = features(model, "second", 1, recipe=SHORT, device="cpu", scans=scans, mask=scans[0])
    for scan, measured in zip(scans, found.scan_activations, strict=True):
        x = model.prepare(scan).tensor
        values = torch.relu(model.module().first(x))
        values = model.module().second(model.module().pool(values))[0, 1]
        assert measured.name == scan.name
        assert measured.f == pytest.approx(float(values.mean()), rel=1e-5)
        assert measured.peak == pytest.approx(float(values.max()), rel=1e-5)
    assert found.largest_scan_activation == max(found.scan_activations, key=lambda entry: entry.f)
    assert any(
        "of 2 scans" in note and found.largest_scan_activation.name in note
        for note in found.map.provenance.notes
    )
    from viewer.scans.foreground import foreground_mask
    from viewer.scans.resample import resample

    inside = resample(foreground_mask(scans[0].data), around, grid, order=0) > 0
    assert (found.map.data[~inside] == 0).all()
    assert (found.map.data[inside] > 0).mean() > 0.95


def test_what_is_written_can_be_read_and_made_again(small, tmp_path):
    model = small(3)
    found = features(model, "second", 1, recipe=SHORT, device="cpu", seed=3)
    path = found.map.save(tmp_path / "feature.nii.gz")
    provenance = load_map(path).provenance
    assert (provenance.method, provenance.layer, provenance.seed) == (METHOD, "second", 3)
    values = dict(provenance.parameters)
    assert values.pop("channel") == 1
    again = features(
        model, provenance.layer, 1, recipe=VisualizationRecipe(**values), device="cpu", seed=provenance.seed
    )
    assert (again.map.data == found.map.data).all()
    assert json.loads(json.dumps(found.as_json()))["achieved"]["mean"] == found.image_activation.f


def test_a_network_that_follows_the_scan_is_fitted_to_the_template(small):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv3d(3, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten()).eval()
    card = Card(name="n", classes=("a", "b"), input=InputSpec((12, 14, 12), channels=3))
    model = Model.from_module(network, torch.zeros(1, 3, 12, 14, 12), card)
    found = features(model, "1", 0, recipe=SHORT, device="cpu")
    assert found.map.data.shape == (12, 14, 12)
    assert found.map.grid.spacing == pytest.approx([197 / 12, 233 / 14, 189 / 12], rel=0.01)
    assert any("fitted to mni152" in note for note in found.map.provenance.notes)
    assert any("scales no intensities" in note for note in found.map.provenance.notes)


def test_of_a_network_that_sees_slices_the_image_is_the_middle_one():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    wanted = InputSpec((12, 14), slices=5, intensity=IntensitySpec(IntensityScaling.MAXIMUM))
    model = Model.from_module(network, torch.zeros(1, 1, 12, 14), Card("n", classes=("a", "b"), input=wanted))
    scan = scan_on(Grid((24, 28, 10), np.diag([2.0, 2, 3, 1])), "one", 50.0)
    found = features(model, "1", 0, recipe=SHORT, device="cpu", scans=[scan])
    assert found.map.data.shape == (12, 14, 1)
    assert found.map.grid.centre == pytest.approx(scan.grid.centre)
    slices = torch.relu(model.module()[0](model.prepare(scan).tensor))[:, 0]
    assert len(slices) == 5
    assert found.scan_activations[0].f == pytest.approx(float(slices.mean((1, 2)).max()), rel=1e-5)


def test_a_single_unit_is_held_against_the_best_place_of_a_scan(small):
    model = small(3)
    scan = scan_on(Grid((24, 24, 24), np.diag([3.0, 3, 3, 1]) - 30 * np.eye(4, 4, 3)), "one", 50.0)
    found = features(model, "second", 1, unit=True, recipe=SHORT, device="cpu", scans=[scan])
    assert found.scan_activations[0].f == found.scan_activations[0].peak
    notes = found.map.provenance.notes
    assert any(
        f"the largest at one position {found.scan_activations[0].peak:.4g} (one)" in note for note in notes
    )
    assert not any("mean activation" in note for note in notes)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({}, MethodError, "neither a layer nor a class"),
        ({"layer": "second", "target": "yes"}, MethodError, "a layer and a class"),
        ({"target": "yes", "channel": 1}, MethodError, "no channels"),
        ({"target": "maybe"}, MethodError, "no such class"),
        ({"layer": "second", "channel": 6}, MethodError, "no channel 6"),
        ({"layer": "third", "channel": 1}, ModelError, "no such layer"),
        ({"layer": "second", "recipe": "best"}, MethodError, "no such preset"),
        ({"layer": "second", "rotate": 5}, MethodError, "no parameter 'rotate'"),
        ({"layer": "second", "steps": "many"}, MethodError, "not a whole number"),
        ({"layer": "second", "darkest": 2.0}, MethodError, "lies above brightest"),
    ],
    ids=lambda value: "" if isinstance(value, type) else str(value)[:40],
)
def test_what_makes_no_sense_is_told(small, arguments, error, said):
    with pytest.raises(error, match=said):
        features(small(2), device="cpu", **arguments)


def test_the_network_is_left_alone(small):
    model = small(2)
    before = {name: tensor.clone() for name, tensor in model.module().state_dict().items()}
    features(model, "second", 1, recipe=SHORT, device="cpu")
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.module().state_dict().items())
