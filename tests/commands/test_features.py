from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.methods.feature_visualization.recipe import PRESETS, VisualizationRecipe
from viewer.scans.load import load_map

Run = Callable[..., Any]


def test_an_image_and_what_it_excites(run: Run, model_file: Path, scan_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "feature.nii.gz"
    answer = run(
        "features", "--model", model_file, "--layer", "relu2", "--channel", 3, "--set", "steps=5", "--scans",
        scan_file, "-o", path, "--device", "cpu", "--seed", 4, "--json",
    )  # fmt: skip
    assert answer.status == 0, answer.err
    report = json.loads(answer.out)
    assert report["map"] == str(path)
    assert report["parameters"]["steps"] == 5
    assert report["parameters"]["channel"] == 3
    assert list(report["activation"]["scans"]) == ["sub-01_T1w"]
    assert len(report["activation"]["seen by the steps"]) == 5
    assert "not a scan" in answer.err
    found = load_map(path)
    assert found.data.shape == (20, 20, 20)
    assert (found.provenance.layer, found.provenance.seed) == ("relu2", 4)
    assert 0 <= found.data.min() < found.data.max() <= 1


def test_a_class_under_another_preset_inside_a_head(
    run: Run, model_file: Path, scan_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "class.nii"
    answer = run(
        "features", "--model", model_file, "--target", "patient", "--preset", "paper", "--set", "steps=3",
        "--mask", scan_file, "--scans", scan_file, "-o", path, "--quiet", "--device", "cpu",
    )  # fmt: skip
    assert (answer.status, answer.out.strip(), answer.err) == (0, str(path), "")
    assert 0.1 < np.mean(load_map(path).data == 0) < 0.9


def test_what_can_be_set(run: Run) -> None:
    listed = json.loads(run("features", "--list", "--json").out)
    assert [entry["name"] for entry in listed["parameters"]] == [
        e.name for e in VisualizationRecipe.parameters()
    ]
    assert listed["presets"]["paper"] == PRESETS["paper"].values()
    heads = run("features", "--list").out.splitlines()[0].split()
    assert heads[:4] == ["setting", "default", "paper", "plain"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give either --layer or --target"),
        (("--layer", "relu1", "--target", "0"), "give either --layer or --target"),
        (("--layer", "relu1", "--channel", "1", "--direction", "1,2"), "cannot be combined"),
        (("--target", "0", "--unit"), "need a --layer"),
        (("--layer", "relu1", "--preset", "best"), "no such preset"),
        (("--layer", "relu1", "--set", "steps"), "PARAM=VALUE"),
        (("--layer", "relu1", "--set", "steps=1", "--set", "steps=2"), "set twice"),
        (("--layer", "relu1", "--set", "angle=1"), "no parameter 'angle'"),
        (("--layer", "relu1", "--direction", "a,b"), "is not a direction"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_use(run: Run, model_file: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    answer = run("features", "--model", model_file, "-o", tmp_path / "x.nii.gz", *words)
    assert answer.status == 2
    assert said in answer.err
    assert len(answer.err.strip().splitlines()) == 1


def test_a_missing_channel_is_one_line(run: Run, model_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.nii.gz"
    answer = run(
        "features", "--model", model_file, "--layer", "relu1", "--channel", 99, "-o", path, "--device", "cpu"
    )
    assert answer.status == 1
    assert "layer relu1: it has no channel 99; it has 0 to 7" in answer.err
    assert not path.exists()


@pytest.mark.parametrize("missing", ["--model", "--output"])
def test_nothing_is_guessed(run: Run, missing: str, tmp_path: Path) -> None:
    given = {"--model": "demo", "--output": str(tmp_path / "x.nii.gz")}
    words = [word for name, value in given.items() if name != missing for word in (name, value)]
    answer = run("features", "--layer", "relu1", *words)
    assert (answer.status, f"{missing} is missing" in answer.err) == (2, True)
