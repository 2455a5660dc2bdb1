"""The benchmark runs and names what it measures; its times are not judged."""

from __future__ import annotations

import sys

from viewer.commands.benchmarks import morch
from viewer.progress import Progress


def test_it_measures_every_accuracy_and_both_loops(monkeypatch):
    monkeypatch.setattr(morch, "SHAPE", (16, 16, 6))
    monkeypatch.setattr(morch, "MASKED", 500)
    monkeypatch.setattr(morch, "LOOPED", 20)
    monkeypatch.setattr(morch, "ROUNDS", 1)
    rows = {row.name: row for row in morch.run(Progress())}
    for name in ("1st and 2nd order", "the same with cross terms", "exact", "retrained"):
        assert rows[name].value > 0
        assert rows[name].unit == "s"
    assert rows["the loop as the equations stand"].unit == "h"
    assert "by a loop over voxels" in rows["all but retrained, one after the other"].comparison
    assert ("memory beyond the scans" in rows) == (sys.platform == "linux")
