from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize("kind", ["turn", "threshold", "slices"])
def test_the_movie_is_written(run: Run, scan_file: Path, map_file: Path, tmp_path: Path, kind: str) -> None:
    from PIL import Image

    path = tmp_path / "movie.gif"
    answer = run(
        "movie", scan_file, "--map", map_file, "-o", path, "--kind", kind, "--seconds", 0.2,
        "--size", "96x80", "--percentile", 60,
    )  # fmt: skip
    assert answer.status == 0, answer.err
    assert answer.out == f"{path}\n"
    image = Image.open(path)
    assert image.size == (96, 80)
    # Frames that are alike are written once and shown longer.
    lasting = []
    for number in range(image.n_frames):
        image.seek(number)
        lasting.append(image.info["duration"])
    assert len(lasting) >= 2
    assert sum(lasting) == 200


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--seconds", "0"], "argument --seconds: 0 is out of range; choose 0.1 to 120"),
        (["--kind", "spin"], "invalid choice: 'spin'"),
        (["-o", "a.mov"], "a.mov: the name must end in .mp4 or .gif"),
    ],
)
def test_wrong_use(run: Run, words: list[str], line: str) -> None:
    answer = run("movie", "no.nii", "--map", "no.nii", "-o", "a.gif", *words)
    assert (answer.status, answer.out) == (2, "")
    assert line in answer.err
