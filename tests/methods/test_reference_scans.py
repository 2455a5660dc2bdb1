"""Scans as baselines and fills: the maps equal Captum's in float64, and what does not suit is one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from captum.attr import DeepLift as CaptumDeepLift
from captum.attr import GradientShap
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from torch import nn

import viewer
from viewer.checks.check_maps import check
from viewer.errors import MethodError, ViewerError
from viewer.methods import reference_scans
from viewer.methods.base import Method
from viewer.methods.explain import explain
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.make_references import make_references
from viewer.methods.perturbation.occlusion import Occlusion
from viewer.methods.scan_sources import read_sources
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.scans.load import load_map, load_scan
from viewer.scans.scan import Scan
from viewer.scans.sidecar import read_sidecar

SHAPE = (10, 11, 9)
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0]) + np.array([[0, 0, 0, -20]] * 3 + [[0, 0, 0, 0]], float)
IG = "integrated-gradients"


class Curved(nn.Module):
    """Convolutions with ReLU, and a product, so that the baseline matters and paths are curved."""

    def __init__(self, activation: type[nn.Module] = nn.ReLU) -> None:
        super().__init__()
        self.conv = nn.Conv3d(1, 3, 3, padding=1)
        self.second = nn.Conv3d(3, 4, 3, stride=2)
        self.relus = nn.ModuleList([activation(), activation()])
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.relus[0](self.conv(x))
        x = self.relus[1](self.second(x))
        return self.head(x.mean((2, 3, 4)))


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(4)
    return Curved().eval().double()


def spec(**entries: object) -> InputSpec:
    scaled = IntensitySpec(IntensityScaling.Z_SCORE, background="kept")
    return InputSpec(SHAPE, intensity=scaled, **entries)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model(network: nn.Module) -> Model:
    card = Card("curved", classes=("healthy", "ill"), input=spec())
    return Model.from_module(network, torch.zeros(1, 1, *SHAPE, dtype=torch.float64), card)


def head(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).uniform(20, 100, SHAPE).astype(np.float32)
    values[:1], values[-1:] = 0, 0
    return values


def save(path: Path, seed: int, affine: np.ndarray = AFFINE) -> Path:
    nibabel.save(nibabel.Nifti1Image(head(seed), affine), path)
    return path


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    return load_scan(save(tmp_path_factory.mktemp("person") / "person.nii.gz", 1))


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("healthy")
    for number in range(5):
        save(folder / f"sub-{number}.nii.gz", 10 + number)
        (folder / f"sub-{number}.json").write_text("{}")
    return folder


def tensors(model: Model, folder: Path) -> torch.Tensor:
    """The references as the network gets them, as its own scans."""
    return torch.cat([model.prepare(load_scan(path)).tensor for path in sorted(folder.glob("*.nii.gz"))])


def on_grid(found: viewer.Map) -> torch.Tensor:
    return torch.from_numpy(found.data.copy()).double()


def compute(model: Model, scan: Scan, method: str, **parameters: object) -> viewer.Map:
    return explain(model, scan, method, target="ill", device="cpu", grid="model", **parameters)


def assert_same(found: viewer.Map, expected: torch.Tensor, tolerance: float = 1e-5) -> None:
    expected = expected.detach().reshape(found.data.shape)
    torch.testing.assert_close(on_grid(found), expected, rtol=0, atol=tolerance * float(expected.abs().max()))


def test_a_scan_as_baseline_equals_captum(
    network: nn.Module, model: Model, scan: Scan, healthy: Path
) -> None:
    file = healthy / "sub-2.nii.gz"
    x, base = (model.prepare(entry).tensor for entry in (scan, load_scan(file)))
    found = compute(model, scan, IG, baseline=file, steps=40, tolerance=0)
    oracle = CaptumIntegratedGradients(network)
    assert_same(found, oracle.attribute(x, base, target=1, n_steps=40, method="riemann_middle"))
    assert_same(
        compute(model, scan, "deeplift", baseline=file), CaptumDeepLift(network).attribute(x, base, target=1)
    )
    with torch.no_grad():
        expected = float((network(x) - network(base))[0, 1])
    assert found.residual is not None
    assert found.residual.expected == pytest.approx(expected, rel=1e-9)


@pytest.mark.slow
def test_expected_gradients_are_the_mean_over_references_and_paths(
    model: Model, scan: Scan, healthy: Path
) -> None:
    torch.manual_seed(4)
    network = Curved(nn.Softplus).eval().double()  # smooth, so that few steps are exact
    model = Model.from_module(network, torch.zeros(1, 1, *SHAPE, dtype=torch.float64), model.card)
    x, base = model.prepare(scan).tensor, tensors(model, healthy)
    oracle = CaptumIntegratedGradients(network)
    each = oracle.attribute(x.expand(5, -1, -1, -1, -1), base, target=1, n_steps=200, method="riemann_middle")
    found = compute(model, scan, IG, baseline=healthy, tolerance=1e-3)
    assert_same(found, each.mean(0), 2e-2)
    fine = compute(model, scan, IG, baseline=healthy, tolerance=0, steps=500)
    assert_same(fine, each.mean(0), 1e-3)
    with torch.no_grad():
        expected = float(network(x)[0, 1] - network(base)[:, 1].mean())
    for one in (found, fine):
        assert one.residual is not None
        assert one.residual.expected == pytest.approx(expected, rel=1e-9)
        assert one.residual.relative < 1e-3
        assert float(one.data.sum(dtype=np.float64)) == pytest.approx(expected, rel=1e-3)
    assert any(note.startswith("expected gradients: the mean") for note in found.provenance.notes)


def test_one_step_a_reference_agrees_with_captums_random_samples(
    network: nn.Module, model: Model, scan: Scan, healthy: Path
) -> None:
    x, base = model.prepare(scan).tensor, tensors(model, healthy)
    torch.manual_seed(0)
    random = GradientShap(network).attribute(x, base, n_samples=1500, stdevs=0.0, target=1)
    found = on_grid(compute(model, scan, IG, baseline=healthy, steps=200, tolerance=0)).flatten()
    assert float(torch.corrcoef(torch.stack([found, random.flatten()]))[0, 1]) > 0.995


def test_deeplift_is_the_mean_over_references(
    network: nn.Module, model: Model, scan: Scan, healthy: Path
) -> None:
    x, base = model.prepare(scan).tensor, tensors(model, healthy)
    oracle = CaptumDeepLift(network)
    each = torch.cat([oracle.attribute(x, one[None], target=1) for one in base])
    found = compute(model, scan, "deeplift", baseline=healthy)
    assert_same(found, each.mean(0))
    with torch.no_grad():
        expected = float(network(x)[0, 1] - network(base)[:, 1].mean())
    assert found.residual is not None
    assert found.residual.expected == pytest.approx(expected, rel=1e-9)
    assert found.residual.relative < 1e-3
    assert "the mean of the maps against 5 reference scans" in found.provenance.notes


@pytest.mark.parametrize("method", [IG, "deeplift"])
def test_the_mean_scan_is_one_baseline(
    network: nn.Module, model: Model, scan: Scan, healthy: Path, method: str
) -> None:
    x, base = model.prepare(scan).tensor, tensors(model, healthy).mean(0, keepdim=True)
    found = compute(model, scan, method, baseline=healthy, references="mean")
    expected = (
        CaptumDeepLift(network).attribute(x, base, target=1)
        if method == "deeplift"
        else CaptumIntegratedGradients(network).attribute(
            x, base, target=1, n_steps=32, method="riemann_middle"
        )
    )
    assert found.residual is not None
    with torch.no_grad():
        assert found.residual.expected == pytest.approx(float((network(x) - network(base))[0, 1]), rel=1e-6)
    assert_same(found, expected, 1e-5 if method == "deeplift" else 2e-2)


@pytest.mark.parametrize("method", [IG, "deeplift"])
def test_an_empty_scan_equals_the_black_baseline(scan: Scan, network: nn.Module, method: str) -> None:
    card = Card(
        "plain",
        classes=("healthy", "ill"),
        input=InputSpec(SHAPE, intensity=IntensitySpec(IntensityScaling.NONE)),
    )
    plain = Model.from_module(network, torch.zeros(1, 1, *SHAPE, dtype=torch.float64), card)
    empty = Scan(np.zeros(SHAPE), scan.grid, "empty")
    black = compute(plain, scan, method)
    for value in (empty, [empty, empty, empty]):
        found = (
            compute(plain, scan, method, baseline=value, steps=96)
            if method == IG and value is not empty
            else compute(plain, scan, method, baseline=value)
        )
        assert_same(found, on_grid(black), 1e-6 if value is empty or method != IG else 2e-2)
    filled = compute(plain, scan, "occlusion", fill=empty, window=4, stride=2)
    assert_same(filled, on_grid(compute(plain, scan, "occlusion", window=4, stride=2)), 1e-9)


def test_occlusion_and_masks_are_filled_with_the_mean_reference(
    model: Model, scan: Scan, healthy: Path
) -> None:
    x, fill = model.prepare(scan).tensor, tensors(model, healthy).mean(0, keepdim=True)
    found = compute(model, scan, "occlusion", fill=healthy, window=20, stride=20, local=False)
    with torch.no_grad():
        expected = float((model.logits(x) - model.logits(fill))[0, 1])
    np.testing.assert_allclose(found.data, np.full(SHAPE, expected), rtol=1e-5)
    mask = compute(model, scan, "meaningful-perturbation", fill=healthy, steps=3, jitter=0)
    assert any("replaced" in note and "blur" not in note for note in mask.provenance.notes)
    assert mask.provenance.references["parameter"] == "fill"
    with pytest.raises(AssertionError):
        assert_same(mask, on_grid(compute(model, scan, "meaningful-perturbation", steps=3, jitter=0)))


def test_a_reference_on_another_grid_is_resampled_through_its_affine(
    model: Model, scan: Scan, tmp_path: Path
) -> None:
    """A scan of linear intensities, finer, with reversed and exchanged axes: at every voxel what mm say."""

    def ramp(affine: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        voxels = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
        mm = voxels @ affine[:3, :3].T + affine[:3, 3]
        return (100 + mm @ [1.0, 2.0, -0.5]).astype(np.float32)

    other = np.array([[0, -2.0, 0, 22], [0, 0, 2.0, -24], [-2.0, 0, 0, 24], [0, 0, 0, 1]])
    nibabel.save(nibabel.Nifti1Image(ramp(other, (28, 24, 28)), other), tmp_path / "ramp.nii.gz")
    card = Card(
        "plain", classes=("a", "b"), input=InputSpec(SHAPE, intensity=IntensitySpec(IntensityScaling.NONE))
    )
    plain = Model(torch.nn.Linear(1, 1), card, "")
    prepared = plain.prepare(scan)
    method = IntegratedGradients(baseline=str(tmp_path / "ramp.nii.gz"))
    found = make_references(method, plain, prepared.tensor, prepared.grid, scan)
    assert found is not None
    np.testing.assert_allclose(found.load(0)[0, 0].numpy(), ramp(AFFINE, SHAPE), atol=1e-3)


def test_what_the_map_was_made_with_is_recorded_and_computed_again(
    model: Model, scan: Scan, healthy: Path, tmp_path: Path
) -> None:
    found = explain(model, scan, IG, target="ill", device="cpu", baseline=healthy)
    assert found.provenance.parameters["baseline"] == str(healthy)
    scans = [load_scan(path) for path in sorted(healthy.glob("*.nii.gz"))]
    recorded = found.provenance.references
    assert [entry["hash"] for entry in recorded["scans"]] == [entry.hash for entry in scans]
    assert [entry["path"] for entry in recorded["scans"]] == [str(entry.path) for entry in scans]
    assert len(recorded["hash"]) == 64
    assert any(
        note.startswith("baseline: 5 scans, sub-0, sub-1, sub-2 and 2 more (SHA-256 ")
        for note in found.provenance.notes
    )
    path = found.save(tmp_path / "map.nii.gz")
    assert json.loads((tmp_path / "map.json").read_text())["references"]["hash"] == recorded["hash"]
    provenance, notes = read_sidecar(path)
    assert (dict(provenance.references), notes) == (dict(recorded), ())
    again = check(model, scan, load_map(path), kinds="repeatability", device="cpu")
    assert "recomputing it from its provenance gives the same map" in " ".join(again.notes)
    reverse = explain(model, scan, IG, target="ill", device="cpu", baseline=scans[::-1])
    assert reverse.provenance.references["hash"] == recorded["hash"]


def test_a_changed_set_of_references_is_no_longer_that_of_the_map(
    model: Model, scan: Scan, healthy: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(healthy, tmp_path / "set")
    found = explain(model, scan, "deeplift", target="ill", device="cpu", baseline=folder)
    save(folder / "sub-3.nii.gz", 99)
    again = check(model, scan, found, kinds="repeatability", device="cpu")
    assert "its scans are not those that the map was made with" in again.explanations[0].unavailable_reason


def test_a_seed_gives_the_same_bits_and_memory_does_not_grow(
    model: Model, scan: Scan, healthy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compute(model, scan, IG, baseline=healthy, seed=3).data
    bytes_of_two = 2 * model.prepare(scan).tensor.nbytes
    monkeypatch.setattr(reference_scans, "CACHE_BYTES", bytes_of_two)
    np.testing.assert_array_equal(compute(model, scan, IG, baseline=healthy, seed=3).data, first)
    assert not np.array_equal(compute(model, scan, IG, baseline=healthy, seed=4).data, first)
    prepared = model.prepare(scan)
    found = make_references(
        IntegratedGradients(baseline=str(healthy)), model, prepared.tensor, prepared.grid, scan
    )
    assert found is not None
    for number in (0, 1, 2, 3, 4, 0, 4):
        found.load(number)
        assert len(found._loader._cache) <= 2
    torch.testing.assert_close(found.mean(), tensors(model, healthy).mean(0, keepdim=True))


def test_references_of_several_kinds_name_the_same_scans(healthy: Path, tmp_path: Path) -> None:
    files = tuple(sorted(healthy.glob("*.nii.gz")))
    assert read_sources(str(healthy), "a") == files
    listed = tmp_path / "list.txt"
    listed.write_text("\n".join(map(str, files)))
    assert read_sources(str(listed), "a") == files
    table = tmp_path / "list.tsv"
    table.write_text("scan\tage\n" + "".join(f"{file}\t70\n" for file in files))
    assert read_sources(str(table), "a") == files
    parsed = Occlusion.from_parameters({"fill": [healthy, files[0]]}).fill
    assert read_sources(parsed, "a") == (*files, files[0])
    assert read_sources("mni152", "a") == ("mni152",)
    nibabel.save(nibabel.Nifti1Pair(head(1), AFFINE), tmp_path / "pair.img")
    assert read_sources(str(tmp_path), "a") == (tmp_path / "pair.hdr",)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("blak", "integrated-gradients, baseline: 'blak' is neither a choice nor a file; choose black"),
        (3, "integrated-gradients, baseline: int is not a scan"),
        ([], "integrated-gradients, baseline: the list of scans is empty"),
        ("{empty}", "holds no image files"),
        ("{bad}", "sub-9.nii.gz: "),
        ("{series}", "series.nii.gz: holds 2 volumes; a single one is needed"),
        ("{far}", "far.nii.gz: covers 0% of the explained scan"),
        ("{flat}", "flat.nii.gz: "),
    ],
)
def test_what_does_not_suit_is_one_line_that_names_it(
    model: Model, scan: Scan, healthy: Path, tmp_path: Path, value: object, line: str
) -> None:
    (tmp_path / "empty").mkdir()
    bad = shutil.copytree(healthy, tmp_path / "bad")
    (bad / "sub-9.nii.gz").write_bytes((bad / "sub-1.nii.gz").read_bytes()[:300])
    nibabel.save(nibabel.Nifti1Image(np.stack([head(1)] * 2, -1), AFFINE), tmp_path / "series.nii.gz")
    moved = AFFINE.copy()
    moved[0, 3] = 900
    save(tmp_path / "far.nii.gz", 1, moved)
    nibabel.save(nibabel.Nifti1Image(np.ones(SHAPE, np.float32), AFFINE), tmp_path / "flat.nii.gz")
    if isinstance(value, str) and value[0] == "{":
        name = value[1:-1]
        value = tmp_path / name if (tmp_path / name).is_dir() else tmp_path / f"{name}.nii.gz"
    with pytest.raises(ViewerError) as caught:
        compute(model, scan, IG, baseline=value)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_doubts_about_references_are_told(model: Model, scan: Scan, healthy: Path, tmp_path: Path) -> None:
    moved = AFFINE.copy()
    moved[0, 3] += 8
    shifted = save(tmp_path / "shifted.nii.gz", 5, moved)
    notes = compute(model, scan, "deeplift", baseline=[shifted, scan]).provenance.notes
    assert any(note.startswith("baseline: shifted covers only 80% of the explained scan") for note in notes)
    assert "baseline: the explained scan is among these scans" in notes


def test_a_tensor_takes_references_of_its_own_shape(
    network: nn.Module, model: Model, scan: Scan, healthy: Path
) -> None:
    x = model.prepare(scan).tensor
    found = explain(model, torch.cat([x, 2 * x]), "deeplift", target=1, device="cpu", baseline=healthy)
    expected = on_grid(compute(model, scan, "deeplift", baseline=healthy))
    torch.testing.assert_close(
        torch.from_numpy(found.data[0, 0].copy()).double(), expected, rtol=0, atol=1e-6
    )
    with pytest.raises(
        MethodError, match=r"is 10×11×9 voxels as the network's input, and the explained tensor is"
    ):
        explain(model, x[..., :-1].clone(), "deeplift", target=1, device="cpu", baseline=healthy)


def test_slices_and_windows_take_their_part_of_the_references(scan: Scan, healthy: Path) -> None:
    class Slices(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.stack([x.sum((1, 2, 3)), 2 * x.sum((1, 2, 3))], 1)

    class Voxels(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([-x, x], 1)

    none = IntensitySpec(IntensityScaling.NONE)
    flat = Card("flat", classes=("a", "b"), input=InputSpec(SHAPE[:2], slices=3, intensity=none))
    data = scan.data - np.mean([load_scan(path).data for path in sorted(healthy.glob("*.nii.gz"))], axis=0)
    model = Model.from_module(Slices(), torch.zeros(1, 1, *SHAPE[:2]), flat)
    found = explain(model, scan, "deeplift", target="b", device="cpu", baseline=healthy, grid="model")
    np.testing.assert_allclose(found.data, 2 * data[..., [1, 4, 7]], rtol=1e-4, atol=1e-3)
    card = Card(
        "dense",
        classes=("a", "b"),
        kind="segmentation",  # type: ignore[arg-type]
        input=InputSpec(SHAPE, intensity=none, window=(6, 6, 6)),  # type: ignore[arg-type]
    )
    dense = Model.from_module(Voxels(), torch.zeros(1, 1, 6, 6, 6), card)
    found = explain(
        dense, scan, "deeplift", target="b", region="all", device="cpu", baseline=healthy, grid="model"
    )
    np.testing.assert_allclose(found.data, data, rtol=1e-3, atol=1e-2)


def test_every_parameter_of_scans_says_that_it_takes_them() -> None:
    takers = {
        name: entry.name
        for name, method in viewer.list_methods().items()
        for entry in method.parameters()
        if entry.scans
    }
    assert takers == {
        IG: "baseline",
        "deeplift": "baseline",
        **dict.fromkeys(("layer-integrated-gradients", "layer-conductance"), "baseline"),
        **dict.fromkeys(("occlusion", "region-occlusion", "lime", "kernel-shap", "rise"), "fill"),
        **dict.fromkeys(("meaningful-perturbation", "extremal-perturbation"), "fill"),
    }
    assert all(issubclass(viewer.list_methods()[name], Method) for name in takers)
