"""Reference scans are prepared as the explained scan was: mask, registration and record; each once a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from captum.attr import DeepLift as CaptumDeepLift
from torch import nn

import viewer
from viewer.errors import Cancelled, MethodError, ScanError
from viewer.methods.explain import explain
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.preparation import prepared_scan_cache
from viewer.preparation.prepared import Prepared
from viewer.scans.load import load_scan

SHAPE = (16, 17, 15)
AFFINE = np.diag([10.0, 10.0, 10.0, 1.0])
REAL_SHAPE = (24, 28, 24)


def brain() -> np.ndarray:
    """A sphere of a brain's size, 1.1 litres."""
    offsets = np.indices(SHAPE) - (np.array(SHAPE)[:, None, None, None] - 1) / 2
    return np.asarray((offsets**2).sum(0) < 6.4**2)


def save_stripped(path: Path, seed: int, air: float) -> np.ndarray:
    """Write a brain in air of one value, which a preparation sets to 0; return what it should become."""
    values = np.random.default_rng(seed).uniform(20, 100, SHAPE).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(np.where(brain(), values, np.float32(air)), AFFINE), path)
    return np.where(brain(), values, np.float32(0))


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 15 * 13, 2)).eval()


@pytest.fixture(scope="module")
def model(network: nn.Module) -> Model:
    spec = InputSpec(SHAPE, intensity=IntensitySpec(IntensityScaling.NONE), skull="removed")
    card = Card("stripped", classes=("a", "b"), input=spec)
    return Model.from_module(network, torch.zeros(1, 1, *SHAPE), card)


def tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values)[None, None]


def test_references_are_prepared_as_the_scan_and_only_once(
    network: nn.Module, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def counted(scan: viewer.Scan, *args: object, **given: object) -> Prepared:
        calls.append(scan.name)
        return viewer.prepare(scan, *args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(prepared_scan_cache, "prepare", counted)
    x = save_stripped(tmp_path / "person.nii.gz", 0, 5)
    healthy = tmp_path / "healthy"
    healthy.mkdir()
    bases = [save_stripped(healthy / f"{number}.nii.gz", number, 7) for number in (1, 2)]
    scan = load_scan(tmp_path / "person.nii.gz")
    arguments = {"target": "b", "device": "cpu", "grid": "model", "baseline": healthy}
    found = explain(model, scan, "deeplift", prepare="card", **arguments)  # type: ignore[arg-type]
    oracle = CaptumDeepLift(network)
    expected = torch.cat([oracle.attribute(tensor(x), tensor(base), target=1) for base in bases]).mean(0)
    np.testing.assert_allclose(
        found.data, expected[0].detach().numpy(), atol=1e-5 * float(expected.abs().max())
    )
    references = found.provenance.references
    for number, entry in enumerate(references["scans"], 1):
        alone = viewer.prepare(load_scan(healthy / f"{number}.nii.gz"), model.requirements)
        assert entry["preparation"]["hash"] == alone.scan.hash != entry["hash"]
        assert [step["name"] for step in entry["preparation"]["steps"]] == ["brain-mask", "skull"]
    assert "baseline: prepared in the same way as the explained scan" in found.provenance.notes
    assert calls == ["1", "2"]
    again = explain(model, scan, "deeplift", prepare="card", **arguments)  # type: ignore[arg-type]
    np.testing.assert_array_equal(again.data, found.data)
    assert calls == ["1", "2"]
    plain = explain(model, scan, "deeplift", **arguments)  # type: ignore[arg-type]
    assert calls == ["1", "2"]
    assert not np.allclose(plain.data, found.data)
    assert not any("preparation" in entry for entry in plain.provenance.references["scans"])


def test_a_reference_is_registered_by_itself_and_its_doubts_are_told(
    network: nn.Module, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The explained scan lies in the template already; the reference is found 20 mm away from its place."""
    back = np.eye(4)
    back[:3, 3] = [-20, 10, 30]

    def registered(scan: viewer.Scan, wanted: viewer.Requirements, **given: object) -> Prepared:
        made = viewer.prepare(scan, wanted, transform=back, grid=scan.grid)
        doubtful = {"problems": ["the registration is doubtful"]}
        return replace(made, steps=tuple(replace(step, results=doubtful) for step in made.steps[:1]))

    monkeypatch.setattr(prepared_scan_cache, "prepare", registered)
    x = save_stripped(tmp_path / "person.nii.gz", 0, 0)
    base = save_stripped(tmp_path / "other.nii.gz", 1, 0)
    scan = load_scan(tmp_path / "person.nii.gz")
    shown = viewer.prepare(scan, viewer.Requirements("affine"), transform=np.eye(4), grid=scan.grid)
    found = explain(
        model, scan, "deeplift", target="b", device="cpu", grid="model", prepare=shown,
        baseline=tmp_path / "other.nii.gz",
    )  # fmt: skip
    moved = np.zeros_like(base)
    moved[:-2, 1:, 3:] = base[2:, :-1, :-3]
    expected = CaptumDeepLift(network).attribute(tensor(x), tensor(moved), target=1)
    atol = 1e-4 * float(expected.abs().max())
    np.testing.assert_allclose(found.data, expected[0, 0].detach().numpy(), atol=atol)
    (entry,) = found.provenance.references["scans"]
    assert entry["preparation"]["affine"] == back.tolist()
    assert any(
        note.startswith("baseline: other: the registration is doubtful") for note in found.provenance.notes
    )


def test_a_reference_without_a_brain_is_named_and_the_preparation_can_be_cancelled(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(scan: viewer.Scan, wanted: viewer.Requirements, progress: viewer.Progress) -> Prepared:
        progress.step(0.5, 1.0, "looking for the brain")
        raise ScanError(scan.name, "holds no brain that could be found")

    monkeypatch.setattr(prepared_scan_cache, "prepare", refused)
    save_stripped(tmp_path / "person.nii.gz", 0, 5)
    save_stripped(tmp_path / "other.nii.gz", 1, 5)
    scan, other = load_scan(tmp_path / "person.nii.gz"), tmp_path / "other.nii.gz"
    told: list[str] = []
    progress = viewer.Progress(lambda step: told.append(step.message))
    with pytest.raises(MethodError, match=r"deeplift, baseline: .*other\.nii\.gz: holds no brain"):
        explain(model, scan, "deeplift", prepare="card", baseline=other, progress=progress)
    assert told[-1] == "preparing reference scan 1 of 1"
    stopped = viewer.Progress(cancelled=lambda: "preparing reference scan 1 of 1" in told)
    with pytest.raises(Cancelled):
        explain(model, scan, "deeplift", prepare="card", baseline=other, progress=stopped)


@pytest.mark.slow
def test_the_same_head_turned_is_no_difference_to_itself(real_data: Path, tmp_path: Path) -> None:
    """A linear network's contributions against the same head in another pose, prepared, are almost none."""
    image = nibabel.load(real_data / "heads" / "example_brain_t1.nii.gz")
    turn = np.eye(4)
    turn[:3, :3] = [[np.cos(0.5), -np.sin(0.5), 0], [np.sin(0.5), np.cos(0.5), 0], [0, 0, 1]]
    nibabel.save(nibabel.Nifti1Image(image.dataobj, turn @ image.affine), tmp_path / "turned.nii.gz")
    network = nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(REAL_SHAPE)), 1, bias=False)).eval()
    nn.init.ones_(network[1].weight)
    scaled = IntensitySpec(IntensityScaling.MAXIMUM)
    spec = InputSpec(
        REAL_SHAPE, spacing=(8.0, 8.0, 8.0), placement="spacing", intensity=scaled,
        space="affine", skull="removed",
    )  # fmt: skip
    card = Card("sum", input=spec, output="value")
    linear = Model.from_module(network, torch.zeros(1, 1, *REAL_SHAPE), card)
    scan = load_scan(real_data / "heads" / "example_brain_t1.nii.gz")
    turned = tmp_path / "turned.nii.gz"
    prepared = viewer.prepare(scan, linear)
    made = explain(linear, scan, "deeplift", prepare=prepared, grid="model", baseline=turned)
    empty = explain(linear, scan, "deeplift", prepare=prepared, grid="model")
    share = float(np.abs(made.data).sum() / np.abs(empty.data).sum())
    print(f"contributions against the same head turned by 29°: {share:.1%} of those against an empty scan")
    assert share < 0.1
