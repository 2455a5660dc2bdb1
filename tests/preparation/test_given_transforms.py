"""Transforms that are given: of another scan, to another template, of more freedom than the network bears."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import viewer
from viewer.errors import ScanError, ViewerError
from viewer.models.card_requirements import card_requirements
from viewer.preparation import steps
from viewer.preparation.pipeline import prepare
from viewer.preparation.requirements import Requirements
from viewer.preparation.transform_files import find_template_transform
from viewer.scans.load import load_scan
from viewer.scans.scan import Scan


@pytest.fixture(scope="module")
def scan() -> Scan:
    return load_scan("mni152")


def write_transform(path: Path, matrix: object, **more: object) -> Path:
    path.write_text(json.dumps({"affine": np.asarray(matrix).tolist(), **more}))
    return path


def test_a_transform_of_another_scan_is_told(tmp_path: Path, scan: Scan) -> None:
    for source, told in (
        ({"name": "sub-07", "hash": "0" * 64}, True),
        ({"name": "x", "hash": scan.hash}, False),
    ):
        path = write_transform(tmp_path / "t.json", np.eye(4), **{"from": source, "to": "mni152"})
        made = prepare(scan, Requirements("affine"), transform=path)
        says = "the transform t.json was found for another scan (sub-07)"
        assert (says in made.problems) is told
        assert (says in find_template_transform(path, scan).problems) is told


def test_a_transform_to_another_template_is_refused(tmp_path: Path, scan: Scan) -> None:
    path = write_transform(tmp_path / "t.json", np.eye(4), to="colin27")
    with pytest.raises(ScanError, match="is a transform to colin27"):
        prepare(scan, Requirements("affine"), transform=path)
    with pytest.raises(ScanError, match="is a transform to colin27"):
        find_template_transform(path, scan)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("space", "scales", "says"),
    [
        ("rigid", (1.1, 1.1, 1.1), "the transform also scales (10 %), but the network needs rigid"),
        (
            "similarity",
            (1.1, 1.0, 1.0),
            "the transform scales unevenly (10 %), but the network needs similarity",
        ),
        ("rigid", (1.0, 1.0, 1.0), ""),
        ("similarity", (1.1, 1.1, 1.1), ""),
        ("affine", (1.1, 1.0, 1.0), ""),
    ],
)
def test_a_transform_of_more_freedom_than_is_asked_for_is_told(
    tmp_path: Path, scan: Scan, space: str, scales: tuple[float, ...], says: str
) -> None:
    path = write_transform(tmp_path / "t.json", np.diag([*scales, 1.0]))
    problems = prepare(scan, Requirements(space), transform=path).problems
    assert [line for line in problems if "network needs" in line] == ([says] if says else [])


def test_a_scan_is_prepared_as_the_card_of_a_model_asks(scan: Scan) -> None:
    model = viewer.load_model("demo")
    made = prepare(scan, model, mask="mni152", transform=np.eye(4))
    assert made.requirements == card_requirements(model.card) == model.requirements
    assert made.requirements.registers
    with pytest.raises(TypeError, match="Requirements or a Model"):
        prepare(scan, "demo")  # type: ignore[arg-type]


def test_the_choices_of_a_card_s_entry_do_not_begin_with_an_empty_one() -> None:
    from viewer.models.json_reader import JsonReader

    with pytest.raises(ViewerError, match=r"it must be one of native, rigid$"):
        JsonReader({"space": "mni"}, "card").choice("space", ("", "native", "rigid"), "")


def test_a_missing_package_is_told_before_the_brain_is_extracted(
    scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def extract(*_: object) -> None:
        raise AssertionError("the brain was extracted")

    monkeypatch.setattr(steps, "extract_brain", extract)
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(ViewerError, match="lacks the package SimpleITK"):
        prepare(scan, Requirements("affine", skull="removed"))


def test_a_broken_package_is_told_in_one_line(
    tmp_path: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "SimpleITK.py").write_text("raise ImportError('libitk.so: undefined symbol\\nmore')")
    monkeypatch.delitem(sys.modules, "SimpleITK", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ViewerError, match="cannot use the package SimpleITK") as told:
        prepare(scan, Requirements("affine"))
    assert "libitk.so: undefined symbol" in str(told.value)
    assert "\n" not in str(told.value)
