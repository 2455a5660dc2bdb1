"""The command fit, and the verdict in the other commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

Run = Callable[..., Any]


@pytest.fixture
def noise_file(tmp_path: Path) -> Path:
    data = np.random.default_rng(0).random((40, 44, 40), dtype=np.float32)
    path = tmp_path / "noise.nii.gz"
    nibabel.save(nibabel.Nifti1Image(data, np.diag([4.0, 4, 4, 1])), path)
    return path


def test_the_verdict_and_its_checks_as_json(run: Run) -> None:
    answer = run("fit", "simulated-lesions", "--model", "demo", "--json", "--device", "cpu")
    assert answer.status == 0, answer.err
    found = json.loads(answer.out)
    assert found["verdict"] == "ok"
    assert all(one.keys() == {"name", "value", "expected", "verdict", "sentence"} for one in found["checks"])
    assert "fit the network" not in answer.err


def test_a_table_for_people_and_no_error_whatever_the_verdict(run: Run, noise_file: Path) -> None:
    answer = run("fit", noise_file, "--model", "demo", "--device", "cpu")
    assert answer.status == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0].split() == ["check", "verdict", "value", "expected"]
    assert lines[-1].startswith("unfit: the scan does not fit the network: ")


@pytest.mark.slow
def test_the_slow_checks(run: Run) -> None:
    answer = run("fit", "simulated-lesions", "--model", "demo", "--slow", "--json", "--device", "cpu")
    names = [one["name"] for one in json.loads(answer.out)["checks"]]
    assert names[-1] == "steadiness"


def test_predict_tells_the_verdict(run: Run, noise_file: Path) -> None:
    answer = run("predict", noise_file, "--model", "demo", "--device", "cpu")
    assert answer.status == 0
    assert answer.out.splitlines()[-1] == "fit: unfit"
    assert sum(line.startswith("unfit: the scan does not fit") for line in answer.err.splitlines()) == 1
    assert run("predict", noise_file, "--model", "demo", "--quiet", "--device", "cpu").err == ""
    fits = run("predict", "simulated-lesions", "--model", "demo", "--json", "--device", "cpu")
    assert json.loads(fits.out)["fit"]["verdict"] == "ok"
    assert "fit the network" not in fits.err


def test_a_map_carries_the_verdict_into_its_figure(run: Run, noise_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "map.nii.gz"
    words = ("explain", noise_file, "--model", "demo", "--method", "gradient", "-o", path, "--device", "cpu")
    answer = run(*words)
    assert answer.status == 0, answer.err
    assert "unfit: the scan does not fit the network: " in answer.err
    assert json.loads((tmp_path / "map.json").read_text())["fit"]["verdict"] == "unfit"
    drawn = run("figure", noise_file, "--map", path, "-o", tmp_path / "figure.png", "--size", "200x160")
    assert drawn.status == 0, drawn.err
    assert "unfit: the scan does not fit the network: " in drawn.err
    assert b'"fit"' in (tmp_path / "figure.png").read_bytes()
