"""A U-Net from its file to a map of one class over a region, and the list of its layers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

Run = Callable[..., Any]
ON_CPU = ("--device", "cpu", "--threads", 1)


@pytest.fixture(scope="session")
def unet_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small U-Net with random weights that is shown windows of 16 voxels."""
    import torch
    from safetensors.torch import save_file

    from viewer.models.architectures.registry import find_architecture

    arguments = {"widths": [2, 4, 4], "strides": [2, 2], "units": 1, "norm": "batch"}
    torch.manual_seed(12)
    path = tmp_path_factory.mktemp("models") / "unet.safetensors"
    save_file(find_architecture("unet-3d", "test").build(arguments, "test").state_dict(), path)
    card = {
        "name": "unet",
        "architecture": "unet-3d",
        "arguments": arguments,
        "kind": "segmentation",
        "classes": ["background", "lesion"],
        "input": {
            "placement": "foreground",
            "axes": "LPS",
            "spacing": [2, 2, 2],
            "multiple": 4,
            "window": [16, 16, 16],
            "overlap": 0.25,
            "intensity": {"scaling": "maximum"},
        },
    }
    path.with_name("unet.card.json").write_text(json.dumps(card))
    return path


def test_a_region_from_file_to_map(run: Run, unet_file: Path, scan_file: Path, tmp_path: Path) -> None:
    """A mask on the brain's left, stored from right to left: the map lies around it."""
    scan = nib.load(scan_file)
    canonical = nib.as_closest_canonical(scan)
    values = np.zeros(canonical.shape, dtype=np.uint8)
    values[3:5, 8:10, 6:8] = 1
    assert nib.affines.apply_affine(canonical.affine, (3.5, 8.5, 6.5))[0] < 0
    mask, path = tmp_path / "mask.nii.gz", tmp_path / "out.nii.gz"
    nib.save(nib.Nifti1Image(values, canonical.affine), mask)
    words = ("explain", scan_file, "--model", unet_file, "--method", "gradient", *ON_CPU, "-o", path)
    answer = run(*words, "--target", "lesion", "--region", mask)
    assert answer.status == 0, answer.err
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["target"] == "lesion"
    assert report["region"].startswith("mask mask (")
    assert any("windows of 16×16×16 voxels" in note for note in report["notes"])
    found = np.abs(nib.as_closest_canonical(nib.load(path)).get_fdata())
    centre = (np.moveaxis(np.indices(found.shape), 0, -1) * found[..., None]).sum((0, 1, 2)) / found.sum()
    assert np.abs(centre - [3.5, 8.5, 6.5]).max() < 2


def test_a_region_that_is_wrong_is_one_line(
    run: Run, unet_file: Path, model_file: Path, scan_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.nii.gz"
    for model, region, said in (
        (unet_file, "above:2", "2 is not a probability"),
        (unet_file, "nothing.nii.gz", "is neither a file nor a known form"),
        (model_file, "all", "has one output for the whole scan"),
    ):
        words = ("explain", scan_file, "--model", model, "--method", "gradient", *ON_CPU, "-o", path)
        answer = run(*words, "--region", region)
        assert answer.status == 1
        assert said in answer.err
        assert len(answer.err.strip().splitlines()[-1:]) == 1
        assert not path.exists()


def test_the_mask_is_never_written_over(run: Run, unet_file: Path, scan_file: Path, tmp_path: Path) -> None:
    mask = tmp_path / "mask.nii.gz"
    mask.write_bytes(scan_file.read_bytes())
    words = ("explain", scan_file, "--model", unet_file, "--method", "gradient", *ON_CPU, "-o", mask)
    answer = run(*words, "--region", mask)
    assert (answer.status, "would be overwritten" in answer.err) == (2, True)
    assert mask.read_bytes() == scan_file.read_bytes()


def test_predict_tells_volumes(run: Run, unet_file: Path, scan_file: Path) -> None:
    answer = run("predict", scan_file, "--model", unet_file, "--json", *ON_CPU)
    assert answer.status == 0, answer.err
    assert sum(json.loads(answer.out)["volumes"]) > 0


def test_layers_in_json_are_those_of_the_network(run: Run, unet_file: Path) -> None:
    from viewer.models.loading import load_model

    answer = run("info", unet_file, "--layers", "--json")
    assert answer.status == 0, answer.err
    facts = json.loads(answer.out)
    network = load_model(unet_file).module()
    assert facts["input"] == [1, 1, 16, 16, 16]
    assert facts["parameters"] == sum(weights.numel() for weights in network.parameters())
    paths = {row["path"] for row in facts["layers"]}
    assert paths <= {path for path, _ in network.named_modules()}
    first = facts["layers"][0]
    assert first["operator"] == "conv"
    assert (first["shape"], first["parameters"]) == ([None, 2, 8, 8, 8], 1 * 2 * 27 + 2)
    assert facts["layers"][-1]["shape"] == [None, 2, 16, 16, 16]


def test_layers_as_a_table(run: Run, model_file: Path) -> None:
    answer = run("info", model_file, "--layers")
    lines = answer.out.splitlines()
    assert lines[0].startswith("small: input N×1×20×20×20, ")
    assert lines[1].split() == ["layer", "operator", "output", "parameters"]
    assert any("conv" in line.split() for line in lines[2:])


def test_layers_that_cannot_be_told(run: Run, scan_file: Path, tmp_path: Path) -> None:
    answer = run("info", scan_file, "--layers")
    assert answer.status == 1
    assert str(scan_file) in answer.err
    assert run("info", tmp_path / "none.pt", "--layers").status == 1
