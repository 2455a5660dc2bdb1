"""The four figures from small studies: they are drawn, and say what the paper's say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from viewer.commands.reproduce_figures import morch_1995
from viewer.progress import Progress
from viewer.scans.simulated_studies.study import FINGERS, SACCADES, pet_grid


@pytest.fixture(autouse=True)
def small(monkeypatch):
    loud = replace(SACCADES.physics, effect=0.25)
    for name, study in (("SACCADES", SACCADES), ("FINGERS", FINGERS)):
        fewer = replace(study, subjects=4, grid=pet_grid(7.0), physics=loud)
        monkeypatch.setattr(morch_1995, name, fewer)


def size(path):
    """Width and height that a PNG tells."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (morch_1995.draw_saccades, lambda x, y, z: abs(x) < 25 and y < -65),
        (morch_1995.draw_fingers, lambda x, y, z: abs(x) > 15 and abs(y + 23) < 20 and z > 35),
    ],
)
@pytest.mark.slow
def test_bodies_stand_where_the_paper_has_them(make, where, tmp_path):
    made = make(tmp_path, 0, Progress())
    assert size(made.files[0]) == (1280, 960)
    assert where(*made.numbers["highest peak, mm"])
    assert made.numbers["retrained: AUC"] > 0.95
    assert made.numbers["re-fits"]["correlation"] > 0.999
    assert 0.5 < made.numbers["t: AUC"] <= 1
    assert "simulated" in made.notes[0]


@pytest.mark.slow
def test_three_columns_hardly_differ(tmp_path):
    made = morch_1995.columns(tmp_path, 0, Progress())
    width, height = size(made.files[0])
    assert height > width > 800
    numbers = made.numbers
    assert numbers["f2 with cross terms"] < numbers["f2"] < numbers["f1"] < 0.5
    assert {f"f1 at {z:+g} mm" for z in (-17, 0, 17)} <= set(numbers)


@pytest.mark.slow
def test_errors_fall_as_voxels_grow(tmp_path):
    made = morch_1995.errors(tmp_path, 0, Progress())
    assert size(made.files[0])[0] > 800
    rows = made.numbers["sub-samplings"]
    assert len(rows) == 9
    assert [row["I"] for row in rows] == sorted((row["I"] for row in rows), reverse=True)
    for name in ("f1", "f2", "f2 with cross terms"):
        assert made.numbers[f"slope of {name} against I"] < 0
        assert rows[0][name] < rows[-1][name]
    f1, f2 = (np.array([row[name] for row in rows]) for name in ("f1", "f2"))
    assert (f2 < f1).all()
