"""What the window's tests share: small files of a scan, a network and a map, and a window that is shut."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from viewer.session.session import Session
from viewer.window.application import get_application
from viewer.window.controller import Controller
from viewer.window.main import MainWindow, make_box_scene

AFFINE = np.array([[3.0, 0, 0, -60], [0, 3.0, 0, -72], [0, 0, 3.0, -48], [0, 0, 0, 1]])
SHAPE = (41, 49, 35)
TIMEOUT_MS = 60_000
MakeWindow = Callable[[], MainWindow]


@pytest.fixture(scope="session")
def qapp() -> object:
    return get_application()


def ball(centre: tuple[float, float, float], radius: float) -> np.ndarray:
    """1 inside a ball given in mm, 0 outside, on the grid of the tests' scan."""
    places = np.stack(np.meshgrid(*[np.arange(n) for n in SHAPE], indexing="ij"), axis=-1)
    world = places @ AFFINE[:3, :3].T + AFFINE[:3, 3]
    return (np.linalg.norm(world - np.array(centre), axis=-1) < radius).astype(np.float32)


@pytest.fixture(scope="session")
def scan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head-like ball with a brighter one to its right and in front, 3 mm, RAS."""
    data = 100 * ball((0, 0, 0), 45) + 80 * ball((25, 20, 10), 10)
    noise = np.random.default_rng(0).normal(0, 1, SHAPE)
    path = tmp_path_factory.mktemp("scan") / "head.nii.gz"
    nibabel.save(nibabel.Nifti1Image((data + noise * (data > 0)).astype(np.float32), AFFINE), path)
    return path


@pytest.fixture(scope="session")
def map_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with one body above zero on the right and a smaller one below zero on the left."""
    data = 2.0 * ball((25, 20, 10), 12) - 1.0 * ball((-25, 0, 0), 7)
    path = tmp_path_factory.mktemp("map") / "some_relevance.nii.gz"
    nibabel.save(nibabel.Nifti1Image(data.astype(np.float32), AFFINE), path)
    return path


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network of random weights, with its card beside it."""
    import torch

    from viewer.models.architectures.registry import find_architecture

    folder = tmp_path_factory.mktemp("model")
    architecture = find_architecture("eitel-3d", folder)
    arguments = {"classes": 2, "head": "average", "padding": 1}
    torch.manual_seed(0)
    module = architecture.build(architecture.resolve_arguments(arguments, folder), folder)
    torch.save(module.state_dict(), folder / "small.pt")
    card = {
        "name": "Small",
        "architecture": "eitel-3d",
        "arguments": arguments,
        "classes": ["healthy", "ill"],
        "description": "Random weights.",
        "licence": "MIT",
        "input": {
            "placement": "field-of-view",
            "shape": [20, 20, 20],
            "axes": "RAS",
            "intensity": {"scaling": "z-score"},
        },
    }
    (folder / "small.card.json").write_text(json.dumps(card))
    return folder / "small.pt"


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def controller(qtbot: QtBot, session: Session) -> Iterator[Controller]:
    controller = Controller(session, device="cpu")
    yield controller
    controller.close()


@pytest.fixture
def make_window(qtbot: QtBot) -> Iterator[Callable[[], MainWindow]]:
    """Windows that are shut at the end, whatever a test did with them."""
    made: list[MainWindow] = []

    def make() -> MainWindow:
        session = Session()
        window = MainWindow(session, Controller(session, device="cpu"))
        made.append(window)
        qtbot.addWidget(window)
        window.build()
        window.show()
        qtbot.waitExposed(window)
        window.box.start(make_box_scene)
        window.method_dock.fill_methods()
        window.checks_dock.fill_checks()
        return window

    yield make
    for window in made:
        window.shut_down()


@pytest.fixture
def window(make_window: MakeWindow, qtbot: QtBot, scan_file: Path, map_file: Path) -> MainWindow:
    """A window with a scan and a map."""
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_map(map_file)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=TIMEOUT_MS)
    return window


@pytest.fixture
def window_with_gradient(
    make_window: MakeWindow, qtbot: QtBot, scan_file: Path, model_file: Path
) -> MainWindow:
    """A window with a scan, a network and a gradient map of the one by the other."""
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=TIMEOUT_MS)
    window.controller.compute("gradient", {}, None)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=TIMEOUT_MS)
    return window


@pytest.fixture(scope="session")
def cohort_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Maps of nine heads by a small network and two methods, by `cohort`; one head could not be read."""
    from tests.cohorts.cohort_files import write_small_network, write_table
    from viewer.cohorts.run_cohort import cohort

    home = tmp_path_factory.mktemp("cohort")
    table = write_table(home / "data", 9)
    (table.parent / "05.nii.gz").write_bytes(b"no image")
    network = write_small_network(home)
    methods = ("gradient", "input-times-gradient")
    return cohort(table, network, methods, home / "maps", target="patient", workers=1).folder
