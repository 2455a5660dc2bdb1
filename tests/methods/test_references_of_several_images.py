"""Reference people with several images each: by channel, by folders, by a table, in 4D files and in BIDS."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from captum.attr import DeepLift as CaptumDeepLift
from torch import nn

from viewer.cli import main
from viewer.errors import MethodError, ScanError
from viewer.methods.make_references import make_references
from viewer.methods.registry import find_method
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.scans.load import load_map

NAMES = ("T1", "FLAIR")
SHAPE = (7, 8, 6)
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])
PEOPLE = 2


def images(person: int) -> np.ndarray:
    return np.random.default_rng(person).uniform(1, 9, (2, *SHAPE)).astype(np.float32)


def save(path: Path, volume: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(volume, AFFINE), path)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(2)
    return nn.Sequential(nn.Conv3d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 5 * 6 * 4, 2)).eval()


@pytest.fixture(scope="module")
def folder(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person, a network, and two reference people in every form."""
    folder = tmp_path_factory.mktemp("several")
    for name, volume in zip(NAMES, images(0), strict=True):
        save(folder / f"person-{name}.nii", volume)
    rows = ["T1\tage\tFLAIR"]
    for person in range(1, PEOPLE + 1):
        for name, volume in zip(NAMES, images(person), strict=True):
            save(folder / name / f"{person}.nii", volume)
            suffix = "T1w" if name == "T1" else name
            save(folder / f"bids/sub-{person}/anat/sub-{person}_{suffix}.nii.gz", volume)
        save(folder / f"volumes/{person}.nii", np.moveaxis(images(person), 0, -1))
        rows.append(f"T1/{person}.nii\t70\tFLAIR/{person}.nii")
    (folder / "people.tsv").write_text("\n".join(rows))
    program = torch.export.export(network, (torch.zeros(2, 2, *SHAPE),), strict=False)
    torch.export.save(program, folder / "two.pt2")
    card = {
        "name": "two",
        "classes": ["low", "high"],
        "input": {"placement": "field-of-view", "shape": SHAPE, "intensity": {"scaling": "none"}},
        "inputs": [{"name": "T1", "modality": "T1w"}, {"name": "FLAIR", "modality": "FLAIR"}],
    }
    (folder / "two.card.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return load_model(folder / "two.pt2")


def named(folder: Path, *ends: str) -> str:
    return ",".join(f"{name}={folder}/{end}" for name, end in zip(NAMES, ends, strict=True))


def load(model: Model, value: str) -> list[np.ndarray]:
    method = find_method("deeplift").from_parameters({"baseline": value})
    found = make_references(method, model, torch.zeros(1, 2, *SHAPE))
    assert found is not None
    return [found.load(number)[0].numpy() for number in range(len(found))]


def test_every_form_names_the_same_people(folder: Path, model: Model) -> None:
    both = [images(person) for person in range(1, PEOPLE + 1)]
    for value in (
        named(folder, "T1", "FLAIR"),
        str(folder / "people.tsv"),
        str(folder / "volumes"),
        str(folder / "bids"),
    ):
        np.testing.assert_allclose(load(model, value), both, atol=1e-6, err_msg=value)
    np.testing.assert_allclose(load(model, named(folder, "T1/2.nii", "FLAIR/2.nii")), both[1:], atol=1e-6)
    np.testing.assert_allclose(load(model, str(folder / "bids/sub-1")), both[:1], atol=1e-6)


def test_the_command_line_takes_the_images_of_a_reference(
    network: nn.Module, folder: Path, tmp_path: Path
) -> None:
    scan = named(folder, "person-T1.nii", "person-FLAIR.nii").split(",")
    words = ["explain", *scan, "--model", str(folder / "two.pt2"), "--method", "deeplift", "--target", "high"]
    words += ["--set", f"baseline={named(folder, 'T1/2.nii', 'FLAIR/2.nii')}", "--device", "cpu", "--quiet"]
    assert main([*words, "-o", str(tmp_path / "map.nii")]) == 0
    x, base = (torch.from_numpy(images(person))[None] for person in (0, 2))
    expected = CaptumDeepLift(network).attribute(x, base, target=1)[0].detach().numpy()
    np.testing.assert_allclose(load_map(tmp_path / "map_T1.nii").data, expected[0], atol=1e-5)
    np.testing.assert_allclose(load_map(tmp_path / "map.nii").data, expected.sum(0), atol=1e-5)
    entries = json.loads((tmp_path / "map.json").read_text())["references"]["scans"]
    assert set(entries[0]["channels"]) == set(NAMES)


def test_images_that_cannot_be_paired_are_one_line(folder: Path, model: Model, tmp_path: Path) -> None:
    save(tmp_path / "T1/other.nii", images(1)[0])
    with pytest.raises(MethodError, match="the folders hold files of different names"):
        load(model, f"T1={tmp_path}/T1,FLAIR={folder}/FLAIR")
    with pytest.raises(MethodError, match="some of the images are folders, and some are files"):
        load(model, named(folder, "T1", "FLAIR/1.nii"))
    with pytest.raises(MethodError, match=r"takes 2 images .*give NAME=FILE,NAME=FILE"):
        load(model, f"T1={folder}/T1/1.nii")
    with pytest.raises(MethodError, match="neither a choice nor a file"):
        load(model, f"T1={folder}/T1/1.nii,FLAIR=none.nii")
    (tmp_path / "no.tsv").write_text("T1\tage\nT1/1.nii\t70\n")
    with pytest.raises(ScanError, match="has no column 'scan' and no columns T1, FLAIR"):
        load(model, str(tmp_path / "no.tsv"))
    (tmp_path / "gap.tsv").write_text(f"T1\tFLAIR\n{folder}/T1/1.nii\tn/a\n")
    with pytest.raises(ScanError, match=r"gap.tsv, line 2: has no FLAIR"):
        load(model, str(tmp_path / "gap.tsv"))
