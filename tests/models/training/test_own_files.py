"""Files that no training wrote are not replaced under a derived name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from viewer.errors import ModelError, ScanError
from viewer.methods.morch_1995.pipeline import analyse
from viewer.methods.morch_1995.study_plan import StudyPlan
from viewer.models.training.morch.training import TrainingOptions
from viewer.models.training.train import train
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan_table import ScanTable, read_table


def study_table(folder: Path) -> ScanTable:
    """Write six scans of three subjects, two of each."""
    folder.mkdir()
    draw, grid = np.random.default_rng(0), Grid((6, 6, 6), np.diag([8.0, 8, 8, 1]))
    rows = ["scan,subject,y"]
    for number in range(6):
        data = draw.normal(50, 1, (6, 6, 6)).astype(np.float32)
        data[2] += 5 * (number % 2)
        path = Map(data, grid, "scan").save(folder / f"scan-{number}.nii")
        rows.append(f"{path},sub-{number // 2},{'on' if number % 2 else 'off'}")
    (folder / "study.csv").write_text("\n".join(rows))
    return read_table(folder / "study.csv")


@pytest.mark.parametrize(
    "name",
    [
        "fit.json",
        "fit.safetensors",
        "network.safetensors",
        "network.card.json",
        "saliency-first-order.nii.gz",
    ],
)
def test_a_study_replaces_no_file_of_another(tmp_path: Path, name: str) -> None:
    table, mine = study_table(tmp_path / "scans"), tmp_path / "mine"
    mine.mkdir()
    (mine / name).write_text("mine")
    plan = StudyPlan(recipe=TrainingOptions(hidden=2, starts=1), approximations=("first-order",))
    with pytest.raises(ScanError, match=rf"{name}: would be replaced, and belongs to no study"):
        analyse(table, plan, mine)
    assert [path.name for path in mine.iterdir()] == [name]
    assert (mine / name).read_text() == "mine"
    (mine / "scans.json").write_text("[1]")  # of another program
    with pytest.raises(ScanError, match="would be replaced"):
        analyse(table, plan, mine)


def test_a_study_is_made_again_in_its_folder(tmp_path: Path) -> None:
    table = study_table(tmp_path / "scans")
    plan = StudyPlan(recipe=TrainingOptions(hidden=2, starts=1), approximations=("first-order",))
    for _ in range(2):
        analysis = analyse(table, plan, tmp_path / "out")
    assert analysis.saliency is not None


@pytest.mark.parametrize(
    ("network", "file"), [("digits", "digits-dense.safetensors"), ("age", "age-bins.safetensors")]
)
def test_a_training_replaces_no_other_weights(tmp_path: Path, network: str, file: str) -> None:
    names = [file, *(path.name for path in tmp_path.iterdir())]
    (tmp_path / file).write_text("mine")
    with pytest.raises(ModelError, match="was not written by an earlier training run, and would be replaced"):
        train(network, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == names
    assert (tmp_path / file).read_text() == "mine"
