from __future__ import annotations

import json
import subprocess
import sys

from viewer.commands.benchmarks.attribution_libraries import AUTOGRAD
from viewer.commands.benchmarks.volumes import CallMeasurements, count_page_faults

CODE = """
import json
from viewer.commands.benchmarks.volumes import measure
from viewer.progress import Progress
steps = []
rows = measure(Progress(steps.append), (32, 36), 2)
print(json.dumps([[row.as_json() for row in rows], len(steps)]))
"""


def test_each_size_has_a_row_of_each_method_beside_autograd() -> None:
    # A process of its own: the settings of the C library are those of a process.
    ended = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)
    rows, steps = json.loads(ended.stdout.splitlines()[-1])
    assert [row["name"] for row in rows] == [
        f"eitel-3d {size}³: {name}" for size in (32, 36) for name in (AUTOGRAD, "gradient", "lrp-epsilon")
    ]
    assert steps == 2 * 3 + 1
    for row in rows:
        assert row["unit"] == "ns/voxel"
        assert row["value"] > 0
        beside = row["comparison"]
        assert beside.endswith(" page faults")
        assert (f"times {AUTOGRAD}" in beside) == (AUTOGRAD not in row["name"])


def test_pages_are_counted_as_they_are_touched() -> None:
    series = CallMeasurements()
    kept: list[bytearray] = []
    series.add(lambda: kept.append(bytearray(b"x") * 2**26))  # type: ignore[arg-type,func-returns-value]
    assert series.fault_counts[0] >= 2**26 / 2**21
    assert len(series.seconds) == 1
    assert count_page_faults() >= series.fault_counts[0]
