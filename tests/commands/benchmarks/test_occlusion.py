"""The benchmark of occlusion, on a small volume: its rows, and a map that is Captum's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.commands.benchmarks import occlusion
from viewer.commands.benchmarks.measurement import count_operations
from viewer.commands.benchmarks.methods import make_case, run_forward
from viewer.models.graph.operators.onednn_convolution import vector_width
from viewer.progress import Progress, ProgressStep


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(occlusion, "WINDOW", 12)


def test_the_map_is_captum_s() -> None:
    made = make_case("eitel-3d", (34, 36, 35))
    mine = occlusion.compute_viewer_map(made, 12)
    other = occlusion.compute_captum_map(made, 12)
    torch.testing.assert_close(mine, other, rtol=0, atol=1e-4 * float(other.abs().max()))


def test_a_row_says_what_it_is_held_against(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occlusion, "STRIDE", 8)
    monkeypatch.setattr(occlusion, "difference", lambda made: 1e-6)
    steps: list[ProgressStep] = []
    row, operations = occlusion.measure(Progress(steps.append), (34, 34, 34), 1)
    assert row.value > 0
    assert row.unit == "s"
    assert "64 windows of 12³" in row.name
    assert "Captum" in row.comparison
    assert "1.0e-06 of the largest value" in row.comparison
    assert steps[-1].fraction == 1.0
    assert operations.unit == "GFLOP"
    assert "at the rate of a whole forward pass" in operations.comparison


def test_a_window_costs_the_products_of_its_receptive_field() -> None:
    made = make_case("eitel-3d", (60, 60, 60))
    sizes, channels = (60, 58, 56, 54, 26, 24, 22, 20), (1, 8, 16, 32, 64, 64)
    whole = sum(
        2 * 27 * before * after * sizes[place] ** 3
        for before, after, place in zip(channels, channels[1:], (1, 3, 5, 6, 7), strict=False)
    )
    assert count_operations(lambda: run_forward(made)) == pytest.approx(whole, rel=0.01)
    from viewer.methods.base import ExplanationRequest, Target
    from viewer.methods.perturbation.incremental_scorer import find_incremental
    from viewer.methods.perturbation.occlusion import IncrementalForward, WindowGrid

    request = ExplanationRequest(made.model, made.x, Target(0, "0"))
    lattice = WindowGrid((60, 60, 60), (12, 12, 12), (12, 12, 12))
    scorer = find_incremental(request)
    assert scorer is not None
    way = IncrementalForward(request, torch.zeros_like(made.x), lattice, scorer)
    place = np.array([[2, 2, 2]])
    counted = count_operations(lambda: list(way.score_windows(place)))
    # After each convolution: kernels of 3 enlarge 12 by 2 each; windows of 3 every 2 over 18 are 10.
    boxes = (14, 18, 12, 14, 16)
    needed = sum(
        2 * 27 * before * after * box**3
        for before, after, box in zip(channels, channels[1:], boxes, strict=False)
    )
    # The first convolution computes slices at once to fill the vectors: its kernel has zeros at one end.
    filled = 2 * 9 * channels[0] * channels[1] * boxes[0] ** 3 * (vector_width() // channels[1] - 1)
    assert counted == pytest.approx(needed + filled, rel=1e-6)
