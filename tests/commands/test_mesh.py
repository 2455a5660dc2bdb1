from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize("ending", ["stl", "obj", "glb"])
def test_the_mesh_is_written(run: Run, scan_file: Path, map_file: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"bodies.{ending}"
    answer = run("mesh", scan_file, "--map", map_file, "--threshold", 0.3, "--brain", "-o", path)
    assert answer.status == 0, answer.err
    assert answer.out == f"{path}\n"
    assert path.stat().st_size > 1000


def test_nothing_to_write(run: Run, scan_file: Path, map_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    answer = run("mesh", scan_file, "--map", map_file, "--threshold", 5, "-o", path)
    assert answer.status == 1
    assert "map: has no bodies at this threshold; lower the threshold" in answer.err
    assert not path.exists()


def test_another_ending(run: Run) -> None:
    answer = run("mesh", "no.nii", "--map", "no.nii", "-o", "a.ply")
    assert answer.status == 2
    assert "a.ply: the name must end in .stl or .obj or .glb" in answer.err
