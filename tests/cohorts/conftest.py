"""Scans of a cohort with their table, and a folder of a cohort's maps."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import viewer
from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.participants import Participant
from viewer.scans.provenance import Provenance
from viewer.scans.scan import StoredOrientation

sys.path.insert(0, str(Path(__file__).parent))

from cohort_grid import MAP_AFFINE, MAP_SHAPE, SPOT

from tests.cohorts.cohort_files import write_table

Table = Callable[..., Path]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Writes scans and their participants table."""
    return lambda count=3, folder="data": write_table(tmp_path / folder, count)


@pytest.fixture
def cohort_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes the maps of 16 participants; those of patients are larger in a spot."""

    def write(codes: tuple[int, int] = (4, 4), name: str = "maps", effect: float = 2.0) -> Path:
        home = tmp_path / name
        home.mkdir()
        random = np.random.default_rng(0)
        lines = ["participant_id\tdiagnosis\tage\tsite"]
        for index in range(16):
            values = random.normal(1.0, 0.5, MAP_SHAPE).astype(np.float32)
            values[0] = 0.0
            patient = index % 2 == 1
            values[SPOT] += effect * patient
            grid = viewer.Grid(MAP_SHAPE, MAP_AFFINE)
            made = Provenance(method="gradient", target="AD", fit={"verdict": "ok", "checks": []})
            row = Participant(f"{index:02d}", {})
            path = Derivatives(home).map_path(row, "netGradient")
            path.parent.mkdir(parents=True)
            viewer.Map(values, grid, "map", made, StoredOrientation(grid, xform_codes=codes)).save(path)
            lines.append(f"sub-{index:02d}\t{'AD' if patient else 'CN'}\t{60 + index % 5}\t{index % 3}")
        (home / "participants.tsv").write_text("\n".join(lines) + "\n")
        plan = {"settings": {"target": "AD"}, "models": {"net": {"name": "net"}}, "methods": {"gradient": {}}}
        (home / "cohort.json").write_text(json.dumps(plan))
        return home

    return write
