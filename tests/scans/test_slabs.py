from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.ndimage import gaussian_filter

from viewer.preparation.downsampling import smooth_for_downsampling
from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.slabs import cpu_count, for_each_slab, thread_count

Floats = npt.NDArray[np.float32]


@pytest.fixture
def values() -> Floats:
    return np.random.default_rng(0).normal(size=(50, 40, 37)).astype(np.float32)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: request.param)


def test_every_plane_is_processed_once() -> None:
    seen = np.zeros(53, dtype=int)

    def count(planes: slice) -> None:
        seen[planes] += 1

    for_each_slab(53, count)
    assert (seen == 1).all()


def test_an_error_in_a_slab_is_raised() -> None:
    def fail(planes: slice) -> None:
        raise ValueError(f"plane {planes.start}")

    with pytest.raises(ValueError, match="plane 0"):
        for_each_slab(53, fail)


def test_threads_are_pytorch_s_and_cores_those_of_the_process() -> None:
    assert thread_count() == torch.get_num_threads()
    assert 1 <= cpu_count() <= (os.cpu_count() or 1)


@pytest.mark.parametrize("threads", [1, 3], indirect=True)
@pytest.mark.usefixtures("threads")
def test_smoothing_is_scipy_s_on_any_number_of_threads(values: Floats) -> None:
    grid = Grid((50, 40, 37), np.diag([1.0, 2.0, 0.5, 1.0]))
    sigma = np.sqrt(4.0**2 - grid.spacing**2) / (2 * np.sqrt(2 * np.log(2))) / grid.spacing
    assert np.array_equal(
        smooth_for_downsampling(values, grid, 4.0),
        gaussian_filter(values, sigma, mode="constant", truncate=3),
    )


def test_resampling_has_the_same_bits_on_any_number_of_threads(
    values: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = [[0.9, 0.2, 0.0], [-0.1, 1.1, 0.1], [0.0, 0.1, 0.8]]
    grids = Grid((50, 40, 37), affine), Grid((60, 45, 50), np.eye(4))
    found = []
    for count in (1, 4):
        monkeypatch.setattr(torch, "get_num_threads", lambda count=count: count)
        found.append(resample(values, *grids))
    assert np.array_equal(*found)
    assert np.ptp(found[0]) > 1
