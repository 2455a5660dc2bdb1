"""The benchmark of occlusion, on a small volume: its rows, and a map that is Captum's."""

from __future__ import annotations

import pytest
import torch

from viewer.commands.benchmarks import occlusion
from viewer.commands.benchmarks.methods import make_case
from viewer.progress import Progress, ProgressStep


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(occlusion, "WINDOW", 12)


def test_the_map_is_captum_s() -> None:
    made = make_case("eitel-3d", (34, 36, 35))
    mine = occlusion.our_map(made, 12)
    other = occlusion.captum_map(made, 12)
    torch.testing.assert_close(mine, other, rtol=0, atol=1e-4 * float(other.abs().max()))


def test_a_row_says_what_it_is_held_against(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occlusion, "STRIDE", 8)
    monkeypatch.setattr(occlusion, "difference", lambda made: 1e-6)
    steps: list[ProgressStep] = []
    (row,) = occlusion.measure(Progress(steps.append), (34, 34, 34), 1)
    assert row.value > 0
    assert row.unit == "s"
    assert "64 windows of 12³" in row.name
    assert "Captum" in row.comparison
    assert "1.0e-06 of the largest value" in row.comparison
    assert steps[-1].fraction == 1.0
