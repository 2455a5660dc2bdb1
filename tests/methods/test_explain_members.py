"""Mean and spread over members, where both are known: dropout, ensembles and moves of simple networks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import Cancelled, MethodError, ModelError
from viewer.fit.predict import predict
from viewer.methods.explain import explain
from viewer.methods.explain_members import explain_members
from viewer.models.graph.dropout import sample_dropout
from viewer.models.input_spec import InputSpec, Placement
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.models.uncertainty import input_moves
from viewer.models.uncertainty.dropout import has_dropout
from viewer.models.uncertainty.members import Uncertainty
from viewer.preparation.prepared import Prepared
from viewer.preparation.registration import Registration, RegistrationKind, apply_registration
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.noise_level import noise_level
from viewer.scans.orientation import canonical_grid, stored_orientation
from viewer.scans.scan import Scan

SHAPE = (6, 7, 8)
GRID = Grid(SHAPE, np.diag([2.0, 3.0, 2.0, 1.0]))


def value_card(shape: tuple[int, int, int] = SHAPE) -> Card:
    return Card(
        "value",
        classes=("value",),
        kind=ModelKind.REGRESSION,
        input=InputSpec(shape, Placement.FIELD_OF_VIEW),
    )


def linear_network(seed: int, *before: nn.Module) -> nn.Module:
    """Return a network whose value is the sum of weight times voxel."""
    torch.manual_seed(seed)
    return nn.Sequential(*before, nn.Flatten(), nn.Linear(int(np.prod(SHAPE)), 1, bias=False)).eval()


def linear_model(seed: int, *before: nn.Module) -> Model:
    return Model.from_module(linear_network(seed, *before), torch.zeros(1, 1, *SHAPE), value_card())


def weights_of(model: Model) -> np.ndarray:
    return model.module()[-1].weight.detach().double().numpy().reshape(SHAPE)


@pytest.fixture(scope="module")
def scan() -> Scan:
    return Scan(np.random.default_rng(1).uniform(1, 2, SHAPE), GRID, "scan")


def test_dropout_of_a_linear_network_has_the_spread_of_bernoulli(scan: Scan) -> None:
    p, number = 0.3, 40
    model = linear_model(0, nn.Dropout(p))
    weights, x = weights_of(model), scan.data.astype(float)
    varied = Uncertainty("dropout", samples=number, seed=5)
    found = explain_members(model, scan, "gradient", varied)
    kept = found.data / weights * (1 - p)  # share of the members that keep a voxel
    assert np.abs(kept - (1 - p)).max() < 5 * np.sqrt(p * (1 - p) / number)
    # Of a value that is w / (1 - p) in k members and 0 in the others, the SD follows from k.
    exact = np.abs(weights) / (1 - p) * np.sqrt(kept * (1 - kept) * number / (number - 1))
    np.testing.assert_allclose(found.sd.data, exact, rtol=1e-4)
    np.testing.assert_allclose(found.certainty, np.abs(found.data) / found.sd.data, rtol=1e-6)
    spread = predict(model, scan, uncertainty=varied).uncertainty
    mean, variance = (weights * x).sum(), ((weights * x) ** 2).sum() * p / (1 - p)
    assert spread.mean[0] == pytest.approx(mean, abs=4 * np.sqrt(variance / number))
    assert spread.sd[0] == pytest.approx(np.sqrt(variance), rel=4 / np.sqrt(2 * number))
    low, high = spread.intervals[0]
    assert (low, high) == tuple(np.percentile([row[0] for row in spread.values], [2.5, 97.5]))
    assert found.provenance.prediction["uncertainty"] == spread.as_json()
    few = [Uncertainty("dropout", samples=2, seed=seed) for seed in (5, 5, 6)]
    one, again, other = (explain_members(model, scan, "gradient", varied).data for varied in few)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


class Masked(nn.Module):
    """A convolutional network whose dropout multiplies by given masks."""

    def __init__(self, *masks: torch.Tensor) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.conv = nn.Conv3d(1, 4, 3, padding=1)
        self.whole, self.single = nn.Dropout3d(0.5), nn.Dropout(0.4)
        self.conv2, self.head = nn.Conv3d(4, 3, 3), nn.Linear(3 * 4 * 5 * 6, 2)
        self.masks = masks

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.conv(x))
        x = self.whole(x) if not self.masks else x * self.masks[0]
        x = torch.relu(self.conv2(x))
        x = self.single(x) if not self.masks else x * self.masks[1]
        return self.head(x.flatten(1))


@pytest.mark.parametrize(
    "method", ["gradient", "lrp-epsilon", "deeplift", "integrated-gradients", "occlusion"]
)
def test_a_dropout_sample_is_explained_like_the_network_with_these_masks(method: str) -> None:
    x = torch.randn(1, 1, *SHAPE, generator=torch.Generator().manual_seed(1))
    model = Model.from_module(Masked().eval(), x)
    member = next(iter(Uncertainty("dropout", seed=3).members(model, x)))
    drawn = sample_dropout(model.graph(x).with_dropout, (3, 0))
    masks = [drawn.constants[name] for name in ("dropout_mask", "dropout_1_mask")]
    assert masks[0].shape == (1, 4, 1, 1, 1)
    assert set(masks[0].unique().tolist()) <= {0.0, 2.0}
    assert masks[1].shape == (1, 3, 4, 5, 6)
    twin = Model.from_module(Masked(*masks).eval(), x)
    settings = {"window": 3, "stride": 2} if method == "occlusion" else {}
    ours, theirs = (explain(one, x, method, target=1, **settings).data for one in (member.model, twin))
    assert np.abs(theirs).max() > 0
    np.testing.assert_allclose(ours, theirs, atol=1e-6 * np.abs(theirs).max())
    batch = torch.cat([x, 2 * x])
    torch.testing.assert_close(member.model.logits(batch), twin.logits(batch))
    torch.testing.assert_close(model.logits(x), Masked().eval()(x))  # without a seed it is off


def test_alpha_dropout_gives_the_values_of_torch() -> None:
    x = torch.full((1, 200), 0.7)
    network = nn.Sequential(nn.AlphaDropout(0.3), nn.Linear(200, 200, bias=False)).eval()
    network[1].weight.data.copy_(torch.eye(200))
    model = Model.from_module(network, x)
    member = next(iter(Uncertainty("dropout").members(model, x)))
    torch.manual_seed(0)
    theirs = torch.nn.functional.alpha_dropout(x, 0.3, training=True).unique()
    torch.testing.assert_close(member.model.logits(x).unique(), theirs)


def test_an_ensemble_has_the_mean_and_the_sd_of_its_networks(scan: Scan) -> None:
    models = [linear_model(seed) for seed in range(4)]
    stacked = np.stack([weights_of(model) for model in models])
    varied = Uncertainty("ensemble", models=tuple(models[1:]))
    found = explain_members(models[0], scan, "lrp-0", varied)
    np.testing.assert_allclose(found.data, stacked.mean(0) * scan.data, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found.sd.data, stacked.std(0, ddof=1) * scan.data, rtol=1e-5)
    values = (stacked * scan.data).sum((1, 2, 3))
    spread = predict(models[0], scan, uncertainty=varied).uncertainty
    assert spread.mean[0] == pytest.approx(values.mean(), rel=1e-5)
    assert spread.sd[0] == pytest.approx(values.std(ddof=1), rel=1e-5)
    assert spread.intervals[0] == pytest.approx((values.min(), values.max()), rel=1e-5)
    assert spread.interval_text == "lowest to highest of 4 networks"
    members = found.provenance.uncertainty["members"]
    assert [one["hash"] for one in members] == [model.hash for model in models]
    residual = found.residual
    assert residual is not None
    assert residual.found == pytest.approx(values.mean(), rel=1e-5)
    assert residual.expected == pytest.approx(values.mean(), rel=1e-5)


def test_input_noise_moves_a_linear_prediction_by_its_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_moves, "MAX_SHIFT", 0.0)
    monkeypatch.setattr(input_moves, "MAX_TURN", 0.0)
    sigma, number = 0.2, 100
    noisy = Scan(5 + sigma * np.random.default_rng(0).standard_normal(SHAPE), GRID, "noisy")
    level = noise_level(noisy)
    model = linear_model(0)
    spread = predict(model, noisy, uncertainty=Uncertainty("moves", samples=number)).uncertainty
    assert spread.sd[0] == pytest.approx(
        level * np.linalg.norm(weights_of(model)), rel=4 / np.sqrt(2 * number)
    )
    assert spread.mean[0] == pytest.approx((weights_of(model) * noisy.data).sum(), rel=0.2, abs=0.2)


def test_the_noise_of_an_image_is_measured_in_its_head() -> None:
    places = np.indices((40, 42, 44)) - np.array([20, 21, 22])[:, None, None, None]
    tissue = (np.sqrt((places**2).sum(0)) < 16) * (100 + 10 * np.sin(places[0] / 6))
    noise = 3 * np.random.default_rng(0).standard_normal(tissue.shape)
    scan = Scan(np.where(tissue > 0, tissue + noise, 0), Grid(tissue.shape, np.eye(4)), "head")
    assert noise_level(scan) == pytest.approx(3, rel=0.06)
    assert noise_level(replace(scan, data=tissue.astype(np.float32))) < 0.2


class HalfSquare(nn.Module):
    """Half the sum of squares: its gradient is the image itself, wherever that lies."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x**2).flatten(1).sum(1, keepdim=True) / 2


def lia(spacing: tuple[float, float, float]) -> np.ndarray:
    affine = np.zeros((4, 4))
    affine[0, 0], affine[2, 1], affine[1, 2], affine[3, 3] = -spacing[0], -spacing[1], spacing[2], 1
    affine[:3, 3] = 30, -40, 25
    return affine


def oblique(spacing: tuple[float, float, float]) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", (20, -15, 30), degrees=True).as_matrix() * spacing
    affine[:3, 3] = -20, 10, 5
    return affine


def sheared(spacing: tuple[float, float, float]) -> np.ndarray:
    affine = oblique(spacing)
    affine[:3, 2] += 0.3 * affine[:3, 0]
    return affine


AFFINES = {
    "LIA": lia((2, 2, 2)),
    "oblique": oblique((2, 2, 2)),
    "sheared": sheared((2, 2, 2)),
    "thick": lia((2, 4, 2)),
}


def blob(affine: np.ndarray) -> tuple[Scan, np.ndarray]:
    """Return a smooth blob away from the centre of a scan as a file has it, and its place in mm."""
    stored = stored_orientation(Grid((24, 22, 26), affine), None)
    grid = canonical_grid(stored)
    place = grid.to_world(np.array(grid.shape) * [0.6, 0.4, 0.55])
    points = grid.to_world(np.stack(np.indices(grid.shape), -1))
    data = np.exp(-(((points - place) / 6) ** 2).sum(-1) / 2)
    return Scan(data.astype(np.float32), grid, "blob", stored=stored), place


def centroid(found: np.ndarray, grid: Grid) -> np.ndarray:
    points = grid.to_world(np.stack(np.indices(grid.shape), -1))
    return (points * found[..., None]).sum((0, 1, 2)) / found.sum()


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("name", "registered"), [("LIA", False), ("oblique", True), ("sheared", False), ("thick", True)]
)
def test_maps_of_moved_scans_are_carried_back(
    name: str, registered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Moves that would be seen: of each single member, far more than the error that is allowed.
    monkeypatch.setattr(input_moves, "MAX_SHIFT", 3.0)
    monkeypatch.setattr(input_moves, "MAX_TURN", 15.0)
    monkeypatch.setattr(input_moves, "noise_level", lambda image: 0.0)
    scan, place = blob(AFFINES[name])
    card = value_card((24, 24, 24))
    prepare: str | Prepared = "none"
    if registered:
        spec = InputSpec((24, 24, 24), Placement.FIELD_OF_VIEW)
        card = replace(card, input=spec)
        matrix = input_moves.make_affine_about(scan.grid.centre, oblique((1, 1, 1))[:3, :3])
        transform = Registration(matrix, RegistrationKind.RIGID, 1, 1, 1, 0, "template")
        box = Grid((44, 44, 44), np.diag([1.8, 1.8, 1.8, 1.0]))
        box = Grid(box.shape, np.array(input_moves.make_affine_about(np.zeros(3), np.eye(3)) @ box.affine))
        affine = box.affine.copy()
        affine[:3, 3] += scan.grid.centre - box.centre
        moved = apply_registration(scan, transform, Grid(box.shape, affine))
        prepare = Prepared(scan, moved, registration=transform, native=scan)
    model = Model.from_module(HalfSquare(), torch.zeros(1, 1, 24, 24, 24), card)
    given = scan if isinstance(prepare, str) else prepare
    for member in Uncertainty("moves", samples=2).members(model, given):
        found = explain(member.model, scan, "gradient", prepare=prepare)
        assert found.grid.same_as(scan.grid)
        assert np.linalg.norm(member.description["shift"]) > 1.5
        assert np.linalg.norm(centroid(found.data, scan.grid) - place) < 0.3
    mean = explain_members(model, scan, "gradient", Uncertainty("moves", samples=2), prepare=prepare)
    assert np.linalg.norm(centroid(mean.data, scan.grid) - place) < 0.3
    assert np.corrcoef(mean.data.ravel(), scan.data.ravel())[0, 1] > 0.99
    other = explain_members(
        model, scan, "gradient", Uncertainty("moves", samples=2), prepare=prepare, grid="model"
    )
    assert np.linalg.norm(centroid(other.data, other.grid) - place) < 0.3


def test_all_members_are_explained_for_one_class(scan: Scan) -> None:
    torch.manual_seed(0)
    size = int(np.prod(SHAPE))
    network = nn.Sequential(nn.Dropout(0.9), nn.Flatten(), nn.Linear(size, 2, bias=False)).eval()
    card = Card("two", classes=("a", "b"), input=InputSpec(SHAPE, Placement.FIELD_OF_VIEW))
    model = Model.from_module(network, torch.zeros(1, 1, *SHAPE), card)
    best = predict(model, scan).best
    found = explain_members(model, scan, "gradient", Uncertainty("dropout", samples=40))
    spread = found.provenance.prediction["uncertainty"]
    changed = {int(np.argmax(row)) for row in spread["values"]}
    assert changed == {0, 1}  # members would choose other classes themselves
    assert found.provenance.target == card.classes[best]
    weights = network[2].weight[best].detach().numpy().reshape(SHAPE)
    assert (np.sign(found.data) * np.sign(weights) >= 0).all()


def test_mean_and_sd_are_saved_and_read_together(scan: Scan, tmp_path: Path) -> None:
    model = linear_model(0, nn.Dropout(0.5))
    found = explain_members(model, scan, "gradient", Uncertainty("dropout", samples=3))
    path = found.save(tmp_path / "map.nii.gz")
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        *("map.json", "map.nii.gz", "map_sd.json", "map_sd.nii.gz")
    ]
    read = load_map(path)
    assert np.array_equal(read.sd.data, found.sd.data)
    assert read.provenance.uncertainty_text == "mean of 3 dropout samples"
    assert "dropout of attention weights" in read.provenance.notes[-1]
    assert "dropout of attention weights" in predict(model, scan, uncertainty="dropout").notes[-1]
    assert read.sd.provenance.uncertainty_text == "standard deviation over 3 dropout samples"
    assert read.provenance.prediction["uncertainty"]["names"] == [""]
    found.save(path)  # what was written with it is replaced
    single = explain(model, scan, "gradient")
    alone = single.save(tmp_path / "alone.nii.gz")
    assert json.loads((tmp_path / "alone.json").read_text())["uncertainty"] == "uncertainty not measured"
    assert load_map(alone).provenance.uncertainty_text == "uncertainty not measured"
    other = explain_members(model, scan, "gradient", Uncertainty("dropout", samples=4))
    other.sd.save(tmp_path / "map_sd.nii.gz")
    read = load_map(path)
    assert read.sd is None
    assert "belongs to another map" in read.notes[-1]


def test_what_cannot_vary_is_refused_in_one_line(scan: Scan) -> None:
    model, x = linear_model(0), torch.zeros(1, 1, *SHAPE)
    with pytest.raises(ModelError, match="value: has no dropout to enable"):
        explain_members(model, scan, "gradient", "dropout")
    with pytest.raises(ModelError, match="is one network, but an ensemble has several"):
        predict(model, scan, uncertainty="ensemble")
    with pytest.raises(ModelError, match="is in the ensemble twice"):
        explain_members(model, scan, "gradient", Uncertainty("ensemble", models=(model,)))
    with pytest.raises(ModelError, match="no place in space"):
        explain_members(model, x, "gradient", "moves", target=0)
    with pytest.raises(ModelError, match="choose 2 to 10,000"):
        Uncertainty("moves", samples=1)
    with pytest.raises(ValueError, match="choose dropout, moves, ensemble"):
        Uncertainty("luck")
    classes = Card("classes", classes=("a", "b"), input=value_card().input)
    layers = nn.Flatten(), nn.Dropout(0.5), nn.Linear(int(np.prod(SHAPE)), 2)
    other = Model.from_module(nn.Sequential(*layers), torch.zeros(1, 1, *SHAPE), classes)
    with pytest.raises(ModelError, match="classes: outputs a, b, but value outputs value"):
        explain_members(model, scan, "gradient", Uncertainty("ensemble", models=(other,)))
    with pytest.raises(MethodError, match="is not named"):
        explain_members(other, x, "gradient", "dropout")


def test_whether_there_is_dropout_is_known_without_running_the_network() -> None:
    x = torch.zeros(1, 1, 4, 4, 4)
    flat = [torch.nn.Flatten(), torch.nn.Linear(64, 2)]
    assert has_dropout(load_model("demo")) is False
    assert has_dropout(Model.from_module(torch.nn.Sequential(torch.nn.Dropout(0.5), *flat), x)) is True
    # A module may call dropout as a function; its graph tells.
    model = Model.from_module(torch.nn.Sequential(torch.nn.Dropout(0.0), *flat), x)
    assert has_dropout(model) is None
    model.graph(x)
    assert has_dropout(model) is False


def test_it_can_be_cancelled_between_members_and_shows_the_mean_so_far(scan: Scan) -> None:
    model = linear_model(0, nn.Dropout(0.5))
    shown: list[Map] = []
    progress = Progress(cancelled=lambda: len(shown) == 3, partial=shown.append)
    with pytest.raises(Cancelled):
        explain_members(model, scan, "gradient", Uncertainty("dropout", samples=9), progress=progress)
    whole = explain_members(model, scan, "gradient", Uncertainty("dropout", samples=3))
    np.testing.assert_allclose(shown[-1].data, whole.data, rtol=1e-6)
    assert not shown[-1].finished
    assert shown[-1].provenance.uncertainty_text == "mean of 3 dropout samples"
    assert shown[-1].provenance.scan["hash"] == scan.hash
