from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.commands import demo
from viewer.methods.explain import explain
from viewer.models.loading import load_model
from viewer.scans.load import load_map, load_scan
from viewer.session.demo import demo_files

Run = Callable[..., Any]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, scan_file: Path, model_file: Path, map_file: Path) -> None:
    """A demonstration that is drawn in a moment."""
    files = (str(scan_file), str(model_file), map_file)
    monkeypatch.setattr("viewer.session.demo.demo_files", lambda: files)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_figure_is_written_and_its_path_printed(run: Run, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"demo.{ending}"
    answer = run("demo", "--figure", path, "--size", "200x150", "--quiet")
    assert (answer.status, answer.out, answer.err) == (0, f"{path}\n", "")
    first = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending]
    assert path.read_bytes().startswith(first)


@pytest.mark.usefixtures("small")
def test_without_a_screen_the_figure_is_written_where_one_stands(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "has_display", lambda: False)
    monkeypatch.chdir(tmp_path)
    answer = run("demo", "--size", "200x150")
    assert (answer.status, answer.out) == (0, "saliency-viewer-demo.png\n")
    assert "there is no display" in answer.err
    assert (tmp_path / "saliency-viewer-demo.png").is_file()


@pytest.mark.slow
def test_a_map_that_is_not_shipped_is_computed(
    run: Run, tmp_path: Path, scan_file: Path, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = (str(scan_file), str(model_file), None)
    monkeypatch.setattr("viewer.session.demo.demo_files", lambda: files)
    path = tmp_path / "demo.png"
    answer = run("demo", "--figure", path, "--size", "200x150", "--quiet")
    assert (answer.status, answer.out) == (0, f"{path}\n")


def test_what_is_shipped_is_a_map_of_the_network_by_the_scan() -> None:
    scan_name, model_name, path = demo_files()
    assert path is not None
    scan, found = load_scan(scan_name), load_map(path)
    assert found.grid is not None
    assert scan.grid.contains(found.grid.centre)
    assert found.provenance.scan["hash"] == scan.hash
    assert found.provenance.model["hash"] == load_model(model_name).hash
    assert found.residual is not None
    assert found.residual.relative < 0.01


@pytest.mark.slow
def test_what_is_shipped_can_be_made_again() -> None:
    scan_name, model_name, path = demo_files()
    assert path is not None
    shipped = load_map(path)
    provenance = shipped.provenance
    parameters = dict(provenance.parameters)
    again = explain(
        load_model(model_name),
        load_scan(scan_name),
        provenance.method,
        target=provenance.target,
        device="cpu",
        grid="model",
        **parameters,
    )
    assert shipped.grid is not None
    assert again.grid is not None
    assert shipped.grid.same_as(again.grid)
    scale = float(np.abs(shipped.data).max())
    np.testing.assert_allclose(again.data, shipped.data, rtol=1e-3, atol=1e-4 * scale)


@pytest.mark.parametrize("name", ["demo.jpg", "demo", "nowhere/demo.png"])
def test_a_name_that_cannot_be_written_is_told(run: Run, name: str) -> None:
    answer = run("demo", "--figure", name)
    assert answer.status == 2
    assert answer.err.startswith(f"saliency-viewer demo: {name}: ")
    assert answer.err.count("\n") == 1
