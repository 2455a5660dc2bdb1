"""Heads and maps made for the tests: the same anatomy in mm on every kind of grid."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan

RADII = np.array([62.0, 78.0, 56.0])


def _turned(degrees: tuple[float, float, float]) -> np.ndarray:
    found = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(degrees)):
        i, j = ((1, 2), (0, 2), (0, 1))[axis]
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        found = found @ turn
    return found


def _grid(matrix: np.ndarray, shape: tuple[int, int, int]) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = -matrix @ ((np.array(shape) - 1) / 2)
    return Grid(shape, affine)


def _grids() -> dict[str, Grid]:
    shear = np.array([[1.0, 0.22, 0.0], [0.0, 1.0, 0.15], [0.0, 0.0, 1.0]])
    return {
        "RAS": _grid(np.diag([3.0, 3.0, 3.0]), (50, 60, 46)),
        "LAS": _grid(np.diag([-3.0, 3.0, 3.0]), (50, 60, 46)),
        "LIA": _grid(np.array([[-3.0, 0, 0], [0, 0, 3.0], [0, -3.0, 0]]), (50, 46, 60)),
        "thick": _grid(np.diag([2.5, 2.5, 5.0]), (60, 72, 28)),
        "oblique": _grid(_turned((14.0, -9.0, 17.0)) @ np.diag([3.0, 3.0, 3.0]), (58, 68, 56)),
        "sheared": _grid(3.0 * shear, (56, 64, 46)),
        "sheared LAS": _grid(3.0 * shear @ np.diag([-1.0, 1.0, 1.0]), (56, 64, 46)),
    }


GRIDS = _grids()


@pytest.fixture(params=list(GRIDS))
def grid(request: pytest.FixtureRequest) -> Grid:
    return GRIDS[request.param]


@pytest.fixture(scope="session")
def grids() -> dict[str, Grid]:
    return GRIDS


def _places(grid: Grid) -> np.ndarray:
    return grid.to_world(np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1))


@pytest.fixture(scope="session")
def head() -> Callable[[Grid], Scan]:
    """An ellipsoid with a brighter core in air, as a scan on a grid."""

    def made(grid: Grid) -> Scan:
        distance = np.linalg.norm(_places(grid) / RADII, axis=-1)
        data = np.where(distance < 1.0, 60.0 + 120.0 * np.exp(-((distance / 0.6) ** 2)), 0.0)
        return Scan(data.astype(np.float32), grid, "head")

    return made


@pytest.fixture(scope="session")
def prepared(head):
    """The head on a grid as the box shows it, made once per grid."""
    from viewer.scene.render_data import ScanRenderData

    made: dict[int, ScanRenderData] = {}

    def of(grid: Grid) -> ScanRenderData:
        if id(grid) not in made:
            made[id(grid)] = ScanRenderData.from_scan(head(grid))
        return made[id(grid)]

    return of


@pytest.fixture(scope="session")
def blobs() -> Callable[..., Map]:
    """Gaussian blobs in mm, as a map on a grid: (place, height, width in mm), ..."""

    def made(grid: Grid, *wanted: tuple[tuple[float, float, float], float, float]) -> Map:
        places = _places(grid)
        data = np.zeros(grid.shape)
        for place, height, width in wanted:
            data += height * np.exp(-(np.linalg.norm(places - place, axis=-1) ** 2) / (2 * width**2))
        data[np.abs(data) < 1e-4] = 0.0
        return Map(data.astype(np.float32), grid, "blobs")

    return made


@pytest.fixture(scope="session")
def shared_scene() -> Iterator[object]:
    from viewer.scene.box import BoxScene

    scene = BoxScene()
    yield scene
    scene.close()


@pytest.fixture
def scene(shared_scene):
    """One scene for all tests, as making one takes longer than drawing with it."""
    from viewer.session.view import View

    shared_scene.set_scan(None)
    shared_scene.set_view(View())
    shared_scene.set_coarse(False)
    shared_scene.set_transparent(False)
    return shared_scene
