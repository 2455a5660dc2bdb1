"""The command that writes a page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.cli import main


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a scan, a map and an atlas of two halves."""
    rng = np.random.default_rng(0)
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = -46.0
    scan = rng.uniform(0, 20, (24, 24, 24)).astype(np.float32)
    scan[4:20, 4:20, 4:20] += 200
    values = np.zeros_like(scan)
    values[14:17, 12:15, 12:15] = 5.0
    values[6:8, 12:14, 12:14] = 3.0
    halves = np.ones(scan.shape, np.int16)
    halves[12:] = 2
    for name, data in (("scan", scan), ("map", values), ("atlas", halves)):
        nib.save(nib.Nifti1Image(data, affine), tmp_path / f"{name}.nii.gz")
    (tmp_path / "atlas.tsv").write_text("index\tname\n1\tleft half\n2\tright half\n")
    return tmp_path


def test_a_page_with_regions(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = files / "result.html"
    line = ["page", str(files / "scan.nii.gz"), "--map", str(files / "map.nii.gz"), "--threshold", "1"]
    line += ["--atlas", str(files / "atlas.nii.gz"), "--background", "light", "--convention", "radiological"]
    assert main([*line, "--quiet", "-o", str(page)]) == 0
    assert capsys.readouterr().out.strip() == str(page)
    found = re.search(r'id="content">(.*?)</script>', page.read_text(), re.DOTALL)
    assert found is not None
    told = json.loads(found[1])
    assert (told["view"]["theme"], told["view"]["convention"]) == ("light", "radiological")
    level = told["maps"][0]["levels"][told["maps"][0]["start"]]
    assert [one["voxels"] for one in level["clusters"]] == [27, 8]
    assert [one["region"].rstrip(" ?") for one in level["clusters"]] == ["right half", "left half"]
    assert level["clusters"][0]["at"] == [14.0, 6.0, 6.0]


def test_what_cannot_be_written_is_refused(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan = str(files / "scan.nii.gz")
    assert main(["page", scan, "-o", str(files / "result.png")]) != 0
    assert ".html" in capsys.readouterr().err
    assert main(["page", scan, "--labels", "x.tsv", "-o", str(files / "a.html")]) == 2
    assert "--atlas" in capsys.readouterr().err
    assert not (files / "a.html").exists()
