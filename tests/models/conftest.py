"""What the tests of models share: small scans, a hostile pickle, an environment in which torch trusts all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from viewer.models.input_spec import InputSpec, IntensitySpec, Placement
from viewer.models.model_card import Card
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan


class Touch:
    """Creates a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.marker}",)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """The file that a hostile example would create."""
    return tmp_path / "it-ran"


@pytest.fixture
def hostile(marker: Path) -> Touch:
    """An object whose unpickling creates the marker."""
    return Touch(marker)


@pytest.fixture(params=["", "1"], ids=["as usual", "all is trusted"])
def environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With and without the variable that makes torch.load unpickle everything by default."""
    if request.param:
        monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", request.param)
    return request.param


AFFINES = {
    "RAS": np.array([[2, 0, 0, -40], [0, 2.5, 0, -50], [0, 0, 3, -30], [0, 0, 0, 1.0]]),
    "oblique": np.array(
        [[1.9, 0.3, -0.2, -35], [-0.35, 2.4, 0.3, -45], [0.3, -0.35, 2.9, -35], [0, 0, 0, 1.0]]
    ),
    "sheared": np.array([[2, 0.5, 0, -40], [0, 2.5, 0.4, -60], [0, 0, 3, -30], [0, 0, 0, 1.0]]),
}


@pytest.fixture(params=AFFINES)
def placed(request: pytest.FixtureRequest) -> Scan:
    """A scan with one soft blob, off the middle on every axis, at `BLOB` mm."""
    grid = Grid((41, 37, 29), AFFINES[request.param])
    return blob_on(grid)


BLOB = np.array([13.0, -17.0, 21.0])


def blob_on(grid: Grid) -> Scan:
    """The blob on a grid."""
    voxels = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    distance = np.linalg.norm(grid.to_world(voxels) - BLOB, axis=-1)
    return Scan(np.exp(-((distance / 7) ** 2)).astype(np.float32), grid, "blob")


@pytest.fixture
def eitel_card() -> Card:
    """A complete card of a small network."""
    return Card(
        name="squares",
        architecture="eitel-3d",
        classes=("without", "with"),
        input=InputSpec((24, 26, 22), Placement.FIELD_OF_VIEW, intensity=IntensitySpec("range")),  # type: ignore[arg-type]
        description="For tests.",
        licence="MIT",
    )
