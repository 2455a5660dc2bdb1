"""What every test may lean on: the folder of real files, the --slow switch, and quiet rendering."""

from __future__ import annotations

import math
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
# The networks of the tests are so small that several threads would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True, scope="session")
def data_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What windows keep for a crash lies with the tests, not with whoever runs them."""
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))


SLOWEST_FILES = ("test_floors.py",)

MANY_CASES = 4
"""Number of cases of a test from which on half of them run with --slow only."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests that take minutes, too")
    parser.addoption(
        "--fast", action="store_true", help="run only the files of fast_tests in pyproject.toml, without lint"
    )
    parser.addini("fast_tests", "the files and folders of tests that --fast runs", type="paths")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--fast") and config.getoption("--slow"):
        raise pytest.UsageError("--fast and --slow exclude each other; choose one")
    # How long a draw takes says how busy the machine is, and nothing of the code.
    settings.register_profile("viewer", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("viewer")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --fast, leave out the other files before they are imported."""
    if not config.getoption("--fast") or collection_path.is_dir():
        return None
    chosen = config.getini("fast_tests")
    return None if any(collection_path.is_relative_to(path) for path in chosen) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--fast"):
        lint = [item for item in items if "lint" in item.keywords]
        config.hook.pytest_deselected(items=lint)
        items[:] = [item for item in items if item not in lint]
    # The longest files first, so that no worker is left alone with one at the end.
    items.sort(key=lambda item: item.path.name not in SLOWEST_FILES)
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="takes minutes; run with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)
    leave_out_sampled(items)


def leave_out_sampled(items: list[pytest.Item]) -> None:
    """Skip cases of tests with many, in an order that mixes their parameters.

    Of a test marked ``sampled(n)`` one case of n runs, of any other with at least `MANY_CASES` every second.
    """
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for own in cases.values():
        marker = own[0].get_closest_marker("sampled")
        if marker is None and len(own) < MANY_CASES:
            continue
        share = marker.args[0] if marker else 2
        own.sort(key=lambda item: zlib.crc32(item.nodeid.encode()))
        for item in own[math.ceil(len(own) / share) :]:
            item.add_marker(pytest.mark.skip(reason=f"a case of {share} runs; run all with --slow"))


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network of random weights, with its card beside it."""
    from tests.cohorts.cohort_files import write_small_network

    return write_small_network(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real scans, maps and weights; the test is skipped where there is none."""
    named = os.environ.get("VIEWER_REAL_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "real"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; name the folder in VIEWER_REAL_DATA")
    return folder
