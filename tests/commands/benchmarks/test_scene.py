"""The benchmark of the box where the library that it compares with is not installed."""

from __future__ import annotations

import math

import pytest

from viewer.commands.benchmarks import scene
from viewer.progress import Progress


def test_without_pyvista_one_row_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "find_spec", lambda name: None)
    (row,) = scene.run(Progress())
    assert math.isnan(row.value)
    assert row.comparison.startswith("not measured: pyvista is not installed; pip install")
