"""Small cohorts whose numbers float32 holds exactly, so that two ways of computing can agree to 1e-10."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from viewer.models.training.morch.fit import Fit
from viewer.models.training.morch.targets import Targets, class_targets, graded_targets
from viewer.models.training.morch.training import train_network
from viewer.models.training.morch.training_options import Paradigm, TrainingOptions
from viewer.scans.grid import Grid
from viewer.scans.masked_matrix import MaskedMatrix

SHAPE = (6, 5, 4)


@pytest.fixture
def matrix() -> MaskedMatrix:
    """Sixteen scans of 110 of 120 voxels, neighbours alike; centred without rounding."""
    draw = np.random.default_rng(5)
    scans = draw.normal(size=(16, *SHAPE))
    scans = scans + np.roll(scans, 1, axis=1) + np.roll(scans, 1, axis=2)
    scans[:8] += np.linspace(0, 1.5, SHAPE[0])[:, None, None]
    mask = np.ones(SHAPE, dtype=bool)
    mask[0, :5, :2] = False
    values = np.round(scans[:, mask] * 64) / 64
    values -= values.mean(axis=0)
    grid = Grid(SHAPE, np.diag([2.0, 2.0, 3.0, 1.0]))
    return MaskedMatrix(values.astype(np.float32), np.zeros(int(mask.sum()), np.float32), mask, grid)


def targets_for(kind: str, matrix: MaskedMatrix) -> Targets:
    """Graded values, two or three classes that have something to do with the scans."""
    y = matrix.values[:, ::7].sum(axis=1) + np.random.default_rng(1).normal(size=matrix.scan_count)
    if kind == "graded":
        return graded_targets(y.tolist(), "y")
    edges = [0.0] if kind == "two" else [-5.0, 5.0]
    return class_targets([str(number) for number in np.digitize(y, edges)], "y")


@pytest.fixture
def fitted(matrix: MaskedMatrix) -> Callable[..., Fit]:
    """Trains on the matrix: ``fitted("graded" | "two" | "three", **recipe)``."""

    def fit(kind: str = "graded", **recipe: object) -> Fit:
        targets = targets_for(kind, matrix)
        assert targets.paradigm is (Paradigm.GRADED if kind == "graded" else Paradigm.CLASSES)
        settings = {"hidden": 3, "decay": 0.01, "starts": 2} | recipe
        return train_network(matrix.gram(), targets, TrainingOptions(**settings))

    return fit
