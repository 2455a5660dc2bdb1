"""What every test may lean on: the folder of real files, the --slow switch, and quiet rendering."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
# The networks of the tests are so small that several threads would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True, scope="session")
def data_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What windows keep for a crash lies with the tests, not with whoever runs them."""
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))


LONGEST = ("test_floors.py",)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests that take minutes, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # The longest files first, so that no worker is left alone with one at the end.
    items.sort(key=lambda item: item.path.name not in LONGEST)
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="takes minutes; run with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real scans, maps and weights; the test is skipped where there is none."""
    named = os.environ.get("VIEWER_REAL_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "real"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; name the folder in VIEWER_REAL_DATA")
    return folder
