"""Preparation of a scan in a session file; every entry is validated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from viewer.json_text import printable
from viewer.preparation.prepared import StepRecord
from viewer.preparation.registration import Registration
from viewer.preparation.requirements import Requirements
from viewer.preparation.template import MNI152
from viewer.scans.grid import Grid

if TYPE_CHECKING:
    from viewer.session.file_reference import FileReference

MAX_VOXELS = 1 << 27
"""Maximum number of voxels of a prepared scan, which is allocated when a session is opened."""

MAX_STEPS = 1000


@dataclass(frozen=True)
class SavedPreparation:
    """Preparation of a session's scan; ``mask`` is the file of its brain mask, ``grid`` the grid of the
    prepared scan.
    """

    requirements: Requirements
    registration: Registration | None = None
    grid: Grid | None = None
    mask: FileReference | None = None
    steps: tuple[StepRecord, ...] = ()
    software: Mapping[str, str] = field(default_factory=dict)


def read_saved_preparation(entry: Mapping[str, Any], mask: FileReference | None) -> SavedPreparation:
    """Return the preparation of a session's entry. Raises ValueError, TypeError or KeyError if invalid."""
    requirements_entry = entry["requirements"]
    if not isinstance(requirements_entry["bias_corrected"], bool) or requirements_entry["template"] != MNI152:
        raise ValueError("requirements")
    requirements = Requirements(
        requirements_entry["space"],
        requirements_entry["skull"],
        requirements_entry["bias_corrected"],
        requirements_entry["template"],
    )
    registration = grid = None
    if requirements.registers:
        registration = _read_registration(entry["registration"])
        grid = _read_grid(entry["grid"])
    steps, software = entry["steps"], entry["software"]
    if not isinstance(steps, list) or len(steps) > MAX_STEPS or not isinstance(software, dict):
        raise TypeError("steps")
    versions = {_text(name): _text(version) for name, version in software.items()}
    return SavedPreparation(requirements, registration, grid, mask, tuple(map(_read_step, steps)), versions)


def _read_registration(entry: Mapping[str, Any]) -> Registration:
    matrix = np.array(entry["affine"], dtype=np.float64)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or matrix[3].tolist() != [0, 0, 0, 1]:
        raise ValueError("affine")
    if abs(np.linalg.det(matrix[:3, :3])) < 1e-9 or entry["template"] != MNI152:
        raise ValueError("affine")
    dice = math.nan if entry["dice"] is None else _number(entry["dice"])
    correlation, coverage, seconds = (_number(entry[name]) for name in ("correlation", "coverage", "seconds"))
    return Registration(
        matrix, entry["kind"], dice, correlation, coverage, seconds, MNI152, _text(entry["method"])
    )


def _read_grid(entry: Mapping[str, Any]) -> Grid:
    i, j, k = entry["shape"]
    sizes = (i, j, k)
    if not all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes):
        raise TypeError("shape")
    if math.prod(sizes) > MAX_VOXELS:
        raise ValueError("shape")
    return Grid(sizes, np.array(entry["affine"], dtype=np.float64))


def _read_step(entry: Mapping[str, Any]) -> StepRecord:
    parameters, results = entry["parameters"], entry["results"]
    if not isinstance(parameters, dict) or not isinstance(results, dict):
        raise TypeError("step")
    return StepRecord(_text(entry["name"]), parameters, results, _number(entry["seconds"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return printable(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("number")
    return float(value)
