"""No damaged file crashes, hangs, fills the memory, runs code or ends in anything but one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).parent / "campaign.py"
ROOT = CAMPAIGN.parents[2]
KINDS = (
    "scan",
    "sidecar",
    "dicom",
    "labels",
    "table",
    "model",
    "keras",
    "card",
    "bundle",
    "nnunet",
    "patterns",
    "generators",
    "session",
)


def faults(count: int, seed: int) -> list[str]:
    """The faults of a campaign, which runs in a process of its own: it forks, and tests hold threads."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    words = [sys.executable, str(CAMPAIGN), "--json", "--count", str(count), "--seed", str(seed)]
    answer = subprocess.run(
        words, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": path}
    )
    assert answer.stdout, answer.stderr
    outcomes = json.loads(answer.stdout)
    assert len(outcomes) == count
    # In spite of the damage many are read: what is tried is not mere noise.
    read = {one["kind"] for one in outcomes if one["verdict"] == "read"}
    refused = {one["kind"] for one in outcomes if one["verdict"] == "refused"}
    if count >= 200:
        assert len(read) >= 6
        assert len(refused) >= 8
    return [
        f"number {one['number']}, {one['kind']} {one['name']}: {one['fault']}"
        for one in outcomes
        if one["fault"]
    ]


@pytest.mark.slow
def test_two_hundred_damaged_files() -> None:
    pytest.importorskip("pydicom")
    assert faults(200, seed=1995) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2])
def test_thousands_of_damaged_files(seed: int) -> None:
    pytest.importorskip("pydicom")
    assert faults(1200, seed) == []
