"""The three figures from a small network with random weights: they are drawn, and their numbers are told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from viewer.commands.reproduce_figures import eitel_2021
from viewer.commands.reproduce_figures.eitel_2021 import GridImage, extract_middle_slice
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.map import Map


@pytest.fixture
def small(monkeypatch, model_file):
    monkeypatch.setattr(eitel_2021, "networks", lambda: (str(model_file),))
    monkeypatch.setattr(eitel_2021, "LAYERS", ("relu2", "relu1"))
    monkeypatch.setattr(eitel_2021, "STEPS", 2)
    monkeypatch.setattr(
        eitel_2021, "PAPER", eitel_2021.PAPER.with_parameters({"steps": 2, "every": 2, "smooth": 2})
    )
    monkeypatch.setattr(eitel_2021, "DEFAULT", eitel_2021.DEFAULT.with_parameters({"steps": 2}))


@pytest.mark.slow
def test_layers(small, tmp_path):
    made = eitel_2021.layers_of_a_network(tmp_path, 0, Progress())
    assert made.files == (tmp_path / "eitel-2.png",)
    assert made.files[0].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    rows = made.numbers["networks"]["small"]
    assert len(rows) == 2 * 3 * 2
    assert {row["layer"] for row in rows} == set(eitel_2021.LAYERS)
    # The same channel by the paper's objective and by the default.
    assert [row["channel"] for row in rows[::2]] == [row["channel"] for row in rows[1::2]]
    assert any("simulated" in note for note in made.notes)


@pytest.mark.slow
def test_regularisers_act_on_one_channel(small, tmp_path):
    made = eitel_2021.regularisers(tmp_path, 0, Progress())
    rows = made.numbers["networks"]["small"]
    assert [row["title"] for row in rows] == list(eitel_2021.REGULARISERS)
    assert len({(row["layer"], row["channel"], row["of the noise"]) for row in rows}) == 1
    # Every regulariser makes another image than none does.
    none, *others = (row["mean activation"] for row in rows)
    assert none not in others


@pytest.mark.slow
def test_combinations_end_with_the_default(small, tmp_path):
    titles = [
        row["title"] for row in eitel_2021.combinations(tmp_path, 0, Progress()).numbers["networks"]["small"]
    ]
    assert titles == [*eitel_2021.COMBINED, "this program's default"]


def test_roughness_of_noise_and_of_a_ramp():
    noise = np.random.default_rng(0).standard_normal((60, 60, 60))
    assert eitel_2021.compute_roughness(noise) == pytest.approx(2 / math.sqrt(math.pi), rel=0.01)
    assert eitel_2021.compute_roughness(np.zeros((4, 4, 1))) == 0
    assert eitel_2021.compute_roughness(np.arange(100.0).reshape(100, 1, 1)) < 0.05


@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (-1, -1, -1)], ids=str)
def test_pictures_stand_upright(flips):
    """Right is right and the front is up, whatever the order of the voxels."""
    affine = np.zeros((4, 4))
    affine[[1, 0, 2], [0, 1, 2]] = flips
    affine[3, 3] = 1
    grid = Grid((5, 4, 3), affine)
    data = np.zeros(grid.shape, np.float32)
    points = grid.to_world(np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), -1))
    data[:] = points[..., 0] + 10 * points[..., 1]
    shown = extract_middle_slice(GridImage(Map(data, grid, "ramp"), "", "").map)
    assert shown.shape == (5, 4)
    assert (np.diff(shown, axis=1) > 0).all()
    assert (np.diff(shown, axis=0) < 0).all()
