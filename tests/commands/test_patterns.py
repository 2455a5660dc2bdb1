"""``patterns fit`` and ``patterns quality`` as a person gives them."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.methods.patterns.pattern_io import load_patterns


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight small heads of smooth noise, and two lists of four."""
    folder = tmp_path_factory.mktemp("scans")
    draw = np.random.default_rng(4)
    for number in range(8):
        noise = draw.standard_normal((20, 20, 20))
        data = 100 + 20 * (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1) + np.roll(noise, 2, 2))
        nib.save(nib.Nifti1Image(data.astype(np.float32), np.eye(4)), folder / f"scan{number}.nii")
    (folder / "fit.txt").write_text("".join(f"scan{number}.nii\n" for number in range(4)))
    rows = "".join(f"{number}\tscan{number}.nii\n" for number in range(4, 8))
    (folder / "others.tsv").write_text(f"subject\tscan\n{rows}")
    return folder


@pytest.mark.slow
def test_patterns_are_fitted_measured_and_used(run, model_file, scans, tmp_path) -> None:
    file = tmp_path / "small.safetensors"
    answer = run("patterns", "fit", "--model", model_file, "--scans", scans / "fit.txt", "-o", file)
    assert (answer.status, answer.out.splitlines()[-1]) == (0, str(file))
    assert "conv in conv5" in answer.out
    words = ("patterns", "quality", "--model", model_file, "--patterns", file, "--json")
    answer = run(*words, "--scans", scans / "others.tsv")
    assert answer.status == 0
    found = json.loads(answer.out)
    rho = found["layers"][0]["rho"]
    assert rho["S_a"] > rho["random"]
    assert any("linear in head" in line for line in found["left out"])
    answer = run(*words, "--scans", scans / "scan1.nii", scans / "scan5.nii")
    assert answer.status == 1
    assert "scan1 was used to fit the patterns" in answer.err
    arguments = ("explain", scans / "scan5.nii", "--model", model_file, "--method", "pattern-attribution")
    answer = run(*arguments, "--set", f"patterns={file}", "-o", tmp_path / "map.nii")
    assert answer.status == 0
    assert "patterns learned from 4 scans" in answer.err
    answer = run(*arguments, "-o", tmp_path / "map.nii")
    assert answer.status == 1
    assert answer.err.count("\n") == 1
    assert "make one with saliency-viewer patterns fit" in answer.err


def test_a_table_and_json(run, model_file, scans, tmp_path) -> None:
    file = tmp_path / "p.safetensors"
    answer = run(
        "patterns", "fit", "--json", "--model", model_file, "--scans", scans / "scan0.nii", "-o", file
    )
    report = json.loads(answer.out)
    assert report["scans"] == 1
    assert [layer["neurons"] for layer in report["layers"]] == [8, 16, 32, 64, 64, 2]
    assert not file.with_name("p.safetensors.partial").exists()


def test_wrong_use_is_told_in_one_line(run, model_file, scans, tmp_path) -> None:
    base = ("--model", model_file, "--scans", scans / "fit.txt")
    for words, part in (
        (("patterns", "fit", *base), "with -o FILE.safetensors"),
        (("patterns", "fit", *base, "-o", tmp_path / "p.pt"), "must end in .safetensors"),
        (("patterns", "fit", *base, "-o", model_file), "would be overwritten"),
        (("patterns", "quality", *base), "--patterns FILE"),
        (("patterns", "quality", *base, "--patterns", model_file, "-o", "x.safetensors"), "leave -o out"),
    ):
        answer = run(*words)
        assert answer.status == 2
        assert part in answer.err
        assert answer.err.count("\n") == 1
    answer = run("patterns", "quality", *base, "--patterns", model_file)
    assert answer.status == 1
    assert "holds no patterns" in answer.err


@pytest.mark.slow
def test_simulated_brains_are_learned_from_and_measured_on_others(run, model_file, tmp_path) -> None:
    path = tmp_path / "simulated.patterns.safetensors"
    answer = run("patterns", "fit", "--model", model_file, "--simulated", 4, "--device", "cpu", "-o", path)
    assert answer.status == 0, answer.err
    learned = load_patterns(path)
    assert [name for name, _ in learned.origin.scans] == [f"simulated brain {n}" for n in (1, 2, 3, 4)]
    answer = run("patterns", "quality", "--model", model_file, "--simulated", 4, "--patterns", path, "--json")
    assert answer.status == 0, answer.err
    assert "layers" in json.loads(answer.out)


def test_either_scans_or_simulated_brains(run, model_file, tmp_path) -> None:
    path = tmp_path / "p.patterns.safetensors"
    for more in ((), ("--simulated", 2, "--scans", "mni152")):
        answer = run("patterns", "fit", "--model", model_file, *more, "-o", path)
        assert answer.status == 2
        assert "either --scans LIST or --simulated N" in answer.err
