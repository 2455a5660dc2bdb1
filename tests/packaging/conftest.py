"""The wheel, built once for all tests of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.packaging.outside_checkout import ROOT, call


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    call(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, ROOT, cwd=folder)
    (found,) = folder.glob("saliency_viewer-*.whl")
    return found
