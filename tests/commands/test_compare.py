"""The command that compares two maps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from viewer.scans.load import load_map
from viewer.scans.map import Map


@pytest.fixture
def other_file(map_file: Path, tmp_path: Path) -> Path:
    one = load_map(map_file)
    path = tmp_path / "other.nii.gz"
    Map(-2 * one.data, one.grid, "other", stored=one.stored).save(path)
    return path


def test_it_prints_a_table(run: Callable, map_file: Path, other_file: Path) -> None:
    answer = run("compare", map_file, other_file)
    assert answer.status == 0, answer.err
    rows = {line.split("  ")[0]: line for line in answer.out.splitlines()}
    assert "-1.0000" in rows["Pearson"]
    assert "1.0000" in rows["Dice"]
    assert "chance" in rows["AUC"]


def test_it_answers_in_json(run: Callable, map_file: Path, other_file: Path) -> None:
    answer = run("compare", map_file, other_file, "--share", "5", "--json")
    found = json.loads(answer.out)
    assert found["pearson"] == pytest.approx(-1)
    assert found["top"] == round(0.05 * found["voxels"])
    assert {"spearman", "l1_similarity", "dice", "iou", "kl", "auc"} <= set(found)


def test_it_says_what_is_wrong(run: Callable, map_file: Path, tmp_path: Path) -> None:
    answer = run("compare", map_file, tmp_path / "none.nii.gz")
    assert answer.status == 1
    assert "none.nii.gz" in answer.err
    assert len(answer.err.strip().splitlines()) == 1
    assert run("compare", map_file, map_file, "--share", "200").status == 2
