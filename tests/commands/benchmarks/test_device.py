"""The benchmark of a device, tried on the CPU: nothing but PyTorch, NumPy and SciPy is needed."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest

from viewer.commands.benchmarks.device.equality import compare_maps

MISSING = ("PySide6", "vtk", "vtkmodules", "pyvista", "nilearn", "nibabel", "SimpleITK", "captum", "zennit")

SCRIPT = f"""
import runpy, sys
for name in {MISSING}:
    sys.modules[name] = None
sys.argv = ["saliency-viewer", "bench", "device", "--device", "cpu", "--json", "--quiet"]
runpy.run_module("viewer", run_name="__main__")
"""


@pytest.mark.slow
def test_every_method_gives_the_same_map_without_a_window_or_scans() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    rows = json.loads(ended.stdout)["device"]
    assert rows[0]["name"] == "free memory"
    compared = [row for row in rows if row["name"].endswith("difference") and " in " not in row["name"]]
    made = {row["name"]: row for row in compared if not math.isnan(row["value"] or math.nan)}
    assert "attention, difference" in {row["name"] for row in compared}
    assert not [row for row in compared if "FAILED" in row["comparison"] or "DIFFERS" in row["comparison"]]
    not_tried = [row["name"] for row in compared if row["comparison"].startswith("not tried")]
    assert not_tried == ["generated-difference, difference"]
    assert len(made) + len(not_tried) <= len(compared)
    (limited,) = [row for row in rows if row["name"] == "maps with little memory"]
    assert limited["comparison"].startswith("not tried: PyTorch limits the memory of CUDA devices only")
    assert sum("wait of a cancel" in row["name"] for row in rows) == 3
    assert any("autograd with frozen parameters" in row["comparison"] for row in rows)


def test_the_cpu_beside_itself_is_not_told_as_another_device() -> None:
    values = np.ones((2, 2), dtype=np.float32)
    assert compare_maps("a", values, lambda: values, is_cpu_repeat=False).comparison == "equal to the CPU's"
    twice = compare_maps("a", values, lambda: values, is_cpu_repeat=True).comparison
    assert twice == "the same twice on the CPU; no other device is compared"
    other = compare_maps("a", values, lambda: 2 * values, is_cpu_repeat=True).comparison
    assert other == "DIFFERS by more than 0.001"
