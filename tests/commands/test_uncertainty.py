"""``--uncertainty`` of predict and explain: what is printed and written, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.cli import main
from viewer.models.architectures.registry import find_architecture
from viewer.scans.grid import Grid
from viewer.scans.load import load_map
from viewer.scans.map import Map

ARGUMENTS = {"classes": 2, "head": "average", "padding": 1, "dropout": 0.3}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scan, and two networks with dropout."""
    folder = tmp_path_factory.mktemp("uncertainty")
    architecture = find_architecture("eitel-3d", folder)
    spec = {"placement": "field-of-view", "shape": [18, 18, 18], "intensity": {"scaling": "z-score"}}
    card = {"architecture": "eitel-3d", "arguments": ARGUMENTS, "classes": ["healthy", "ill"], "input": spec}
    for seed, name in enumerate(("one", "two")):
        torch.manual_seed(seed)
        module = architecture.build(architecture.resolve_arguments(ARGUMENTS, folder), folder)
        torch.save(module.state_dict(), folder / f"{name}.pt")
        (folder / f"{name}.card.json").write_text(json.dumps(card | {"name": name}))
    data = np.random.default_rng(0).uniform(1, 2, (20, 22, 18))
    Map(data, Grid(data.shape, np.diag([3.0, 3, 3, 1])), "scan").save(folder / "scan.nii.gz")
    return folder


def test_an_ensembles_table_says_whose_it_is(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    networks = ["--model", str(files / "one.pt"), "--model", str(files / "two.pt")]
    assert main(["predict", str(files / "scan.nii.gz"), *networks, "--uncertainty", "ensemble"]) == 0
    told = capsys.readouterr().err
    assert "all but the uncertainty is from one only, not the ensemble's mean" in told


def test_predict_prints_the_interval(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["predict", str(files / "scan.nii.gz"), "--model", str(files / "one.pt")]
    varied = ["--uncertainty", "dropout", "--samples", "4", "--seed", "3"]
    assert main([*words, *varied, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["uncertainty"]
    values = np.array(found["values"])
    assert values.shape == (4, 2)
    np.testing.assert_allclose(found["mean"], values.mean(0))
    np.testing.assert_allclose(found["sd"], values.std(0, ddof=1))
    np.testing.assert_allclose(found["interval"], np.stack([values.min(0), values.max(0)], 1))
    assert found["seed"] == 3
    assert main([*words, *varied]) == 0
    told = capsys.readouterr()
    low, high = found["interval"][1]
    line = next(one for one in told.out.splitlines() if one.startswith("ill"))
    assert line.split() == ["ill", *(f"{n:.1%}" for n in (found["mean"][1], found["sd"][1], low, high))]
    assert "lowest to highest of 4 dropout samples" in told.out
    assert "uncertainty: " in told.err


def test_explain_writes_mean_and_sd(files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "map.nii.gz"
    models = [word for name in ("one", "two") for word in ("--model", str(files / f"{name}.pt"))]
    words = ["explain", str(files / "scan.nii.gz"), *models, "--method", "gradient", "--target", "ill"]
    assert main([*words, "--uncertainty", "ensemble", "-o", str(out), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["sd_map"] == str(tmp_path / "map_sd.nii.gz")
    assert [Path(one["path"]).name for one in made["uncertainty"]["members"]] == ["one.pt", "two.pt"]
    single = []
    for name in ("one", "two"):
        alone = tmp_path / f"{name}.nii.gz"
        words = ["explain", str(files / "scan.nii.gz"), "--model", str(files / f"{name}.pt")]
        assert main([*words, "--method", "gradient", "--target", "ill", "-o", str(alone)]) == 0
        single.append(load_map(alone).data)
    found = load_map(out)
    np.testing.assert_allclose(found.data, np.mean(single, 0), atol=1e-6 * np.abs(single).max())
    np.testing.assert_allclose(found.sd.data, np.std(single, 0, ddof=1), atol=1e-6 * np.abs(single).max())


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--samples", "5"], "--samples: needs --uncertainty dropout or moves"),
        (["--uncertainty", "ensemble", "--samples", "5"], "--samples: needs --uncertainty"),
        (["--model", "demo"], "--model: several models need --uncertainty ensemble"),
        (["--uncertainty", "luck"], "invalid choice"),
        (["--uncertainty", "moves", "--samples", "1"], "choose 2 to 10000"),
        (["--uncertainty", "ensemble"], "is one network, but an ensemble has several"),
    ],
)
def test_what_makes_no_sense_is_refused(
    files: Path, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = ["predict", str(files / "scan.nii.gz"), "--model", str(files / "one.pt")]
    assert main([*begin, *words]) != 0
    assert problem in capsys.readouterr().err


def test_no_file_is_replaced_that_was_not_named(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "map_sd.nii.gz").write_bytes(b"mine")
    words = ["explain", str(files / "scan.nii.gz"), "--model", str(files / "one.pt"), "--method", "gradient"]
    assert main([*words, "--uncertainty", "moves", "-o", str(tmp_path / "map.nii.gz")]) != 0
    assert "map_sd.nii.gz: was not written with this map" in capsys.readouterr().err
    assert (tmp_path / "map_sd.nii.gz").read_bytes() == b"mine"
