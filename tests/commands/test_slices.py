from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize("words", [("--at", "-9,0,0"), ("--mosaic", "4", "--orientation", "coronal"), ()])
def test_slices_are_drawn(
    run: Run, scan_file: Path, map_file: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    from skimage.io import imread

    path = tmp_path / "slices.png"
    answer = run(
        "slices", scan_file, "--map", map_file, "-o", path, "--threshold", 0.2, "--size", "480x200", *words
    )
    assert answer.status == 0, answer.err
    assert answer.out == f"{path}\n"
    picture = imread(path)[..., :3].astype(int)
    assert picture.shape == (200, 480, 3)
    assert (picture[..., 0] - picture[..., 2] > 40).sum() > 50


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--at", "1,2"], "argument --at: '1,2' is not a point"),
        (["--at", "1,2,3", "--mosaic", "3"], "not allowed with argument"),
        (["--mosaic", "0"], "argument --mosaic: 0 is out of range"),
        (["-o", "a.gif"], "a.gif: the name must end in .png or .svg or .pdf"),
    ],
)
def test_wrong_use_is_told_before_anything_is_read(run: Run, words: list[str], line: str) -> None:
    answer = run("slices", "no.nii", "--map", "no.nii", "-o", "a.png", *words)
    assert (answer.status, answer.out) == (2, "")
    assert line in answer.err


def test_fewer_slices_than_were_asked_for_are_told(run: Run, scan_file: Path, tmp_path: Path) -> None:
    words = ["slices", scan_file, "-o", tmp_path / "a.png", "--size", "480x400", "--mosaic"]
    answer = run(*words, 400)
    assert answer.status == 0
    assert "such slices; all were drawn" in answer.err
    assert "all were drawn" not in run(*words, 4).err


def test_a_point_outside(run: Run, scan_file: Path, tmp_path: Path) -> None:
    answer = run("slices", scan_file, "-o", tmp_path / "a.png", "--at", "500,0,0")
    assert answer.status == 0
    assert "point 500,0,0 mm of --at is outside the scan; the nearest point, 24,0,0, is used" in answer.err
    assert "outside the scan" not in run("slices", scan_file, "-o", tmp_path / "b.png", "--at", "24,0,0").err
