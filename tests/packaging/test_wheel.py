"""The wheel: built from the tree, installed into an environment of its own, it shows its demonstration."""

from __future__ import annotations

import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.packaging.outside_checkout import ROOT, call


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the wheel in it; the packages it needs are lent by the tests' own."""
    folder = tmp_path_factory.mktemp("environment")
    call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin/python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    call(*pip, "install", "--no-deps", "--no-index", "--no-compile", wheel, cwd=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_holds_the_program_and_what_is_shipped_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        # A guide that was built in the checkout comes along, with its pictures.
        own = [entry for entry in archive.infolist() if "/docs/html/" not in entry.filename]
        sizes = sum(entry.compress_size for entry in own)
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"viewer"}
    shipped = {
        str(path.relative_to(ROOT / "resources"))
        for folder in ("demo", "models")
        for path in (ROOT / "resources" / folder).rglob("*")
        if path.is_file()
    }
    assert shipped
    assert {f"viewer/resources/{name}" for name in shipped} <= names
    assert not [
        name for name in names if name.startswith("viewer/resources/pictures") or "__pycache__" in name
    ]
    pages = (ROOT / "resources/docs/guide").rglob("*.md")
    shipped_pages = {f"viewer/resources/{path.relative_to(ROOT / 'resources')}" for path in pages}
    assert len(shipped_pages) > 20
    docs = {name for name in names if "/docs/" in name and "/docs/html/" not in name}
    assert docs == shipped_pages
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert sizes < 6_500_000


def test_the_installed_program_is_the_wheel_s(environment: Path, tmp_path: Path) -> None:
    output = call(environment / "bin/python", "-c", "import viewer; print(viewer.__file__)", cwd=tmp_path)
    assert Path(output.strip()).is_relative_to(environment)
    assert "demo" in call(environment / "bin/saliency-viewer", "info", "--models", cwd=tmp_path)
    page = call(environment / "bin/saliency-viewer", "guide", "methods/deeplift", cwd=tmp_path)
    assert page.startswith("# DeepLIFT")


@pytest.mark.slow
def test_the_installed_program_draws_its_demonstration_from_any_folder(
    environment: Path, tmp_path: Path
) -> None:
    from PIL import Image

    output = call(
        environment / "bin/saliency-viewer", "demo", "--figure", "out.png", "--size", "640x480", cwd=tmp_path
    )
    assert Path(output.strip()).name == "out.png"
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.size == (640, 480)
        pixels = np.asarray(picture.convert("RGB"), dtype=float)
    red, green, blue = np.moveaxis(pixels, -1, 0)
    orange = (red > 120) & (red > 1.5 * green) & (green > 1.5 * blue)
    grey = (np.abs(red - green) < 12) & (np.abs(green - blue) < 12) & (red > 120)
    # The bodies, and the brain on the walls.
    assert orange.mean() > 0.002
    assert grey.mean() > 0.05
