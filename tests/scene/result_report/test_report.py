"""The report of a result: what it says, where the letters lie, and that it loads nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import viewer
from tests.scans.dicom_series import ORIENTATIONS, write_series
from viewer.checks.base import CheckResult, Verdict
from viewer.errors import ScanError, ViewerError
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.scene.result_report.content import MOST_BODIES, ResultReport, result_report
from viewer.scene.result_report.html import report_html
from viewer.scene.result_report.identity import NO_IDENTITY, identity
from viewer.scene.result_report.pdf import write_pdf
from viewer.scene.result_report.sheet import break_lines, text_width
from viewer.session.map_clusters import clusters

GRID = viewer.Grid((20, 20, 20), np.diag([2.0, 2.0, 2.0, 1.0]))


def made_of(**changes: object) -> tuple[Scan, Map]:
    rng = np.random.default_rng(2)
    scan = Scan(rng.uniform(size=GRID.shape).astype(np.float32), GRID, "scan <b>")
    values = np.zeros(GRID.shape, np.float32)
    for n in range(8):
        values[2 * n : 2 * n + 1, 3:5, 3:5] = 1.0 + n
    entries = {
        "method": "gradient", "title": "Gradient", "target": "ill",
        "model": {"name": "net", "hash": "cd" * 32}, "scan": {"name": scan.name, "hash": scan.hash},
        "prediction": {
            "kind": "classification", "classes": ["well", "ill"], "logits": [-9.0, 9.0],
            "probabilities": [1e-8, 0.99999999], "output": "softmax",
        },
    }  # fmt: skip
    return scan, Map(values, GRID, "Gradient, ill", Provenance(**(entries | changes)))  # type: ignore[arg-type]


def report_of(scan: Scan, shown: Map, checks: tuple[CheckResult, ...] = ()) -> ResultReport:
    from viewer.scene.web_page.facts import prediction_of

    table = clusters(shown, 0.5)
    return result_report(
        scan, shown, identity(scan), prediction_of(shown), None, table.rows, table.threshold, checks, ""
    )


def test_what_is_not_known_is_said() -> None:
    scan, shown = made_of()
    said = report_of(scan, shown)
    told = " ".join(said.unknown)
    for words in (
        "uncertainty was not measured",
        "Deletion",
        "no atlas was given",
        "the network was not open",
    ):
        assert words in told
    assert said.checks_note == "No check of this map was run."
    assert [bar.text for bar in said.bars] == ["< 0.1 %", "> 99.9 %"]
    assert len(said.bodies) == MOST_BODIES
    assert "2 more are not listed" in said.bodies_note
    assert dict(said.facts)["FUTURE-AI: traceability"].startswith("hashes of network and scan")
    assert dict(said.facts)["CLIX-M: purpose"] == "not stated"
    assert ("Person", NO_IDENTITY) in said.identity
    result = CheckResult("deletion", "Deletion", shown.name, Verdict.FAILS, "-1 SD", "It fails.", "limits")
    said = report_of(scan, shown, (result,))
    assert "against it: Deletion" in said.checks_note
    assert "Deletion: -1 SD (fails)" in dict(said.facts)["CLIX-M: correctness"]
    assert not any("Deletion" in line for line in said.unknown)


def test_the_page_loads_nothing_and_escapes_every_text() -> None:
    scan, shown = made_of(target="<script>alert(1)</script>")
    text = report_html(report_of(scan, shown))
    assert "<script" not in text
    assert "scan &lt;b&gt;" in text
    assert "default-src 'none'" in text
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert text.count("Research only. Not for diagnosis.") == 2


def test_an_embedded_page_may_run_its_script_alone() -> None:
    scan, shown = made_of()
    from viewer.scene.web_page.page import make_page

    page = make_page(scan, (shown,), viewer.View())
    text = report_html(report_of(scan, shown), page)
    (allowed,) = re.findall(r"script-src ('sha256-[^']+')", page[:4096])
    head = text[: text.index("<title>")]
    assert f"script-src {allowed}" in head
    assert "unsafe" not in head
    assert 'sandbox="allow-scripts"' in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_the_pdf_is_one_page_whose_letters_can_be_found(tmp_path: Path) -> None:
    scan, shown = made_of()
    path = tmp_path / "report.pdf"
    with path.open("wb") as file:
        write_pdf(report_of(scan, shown), file)
    assert len(re.findall(rb"/Type /Page\b", path.read_bytes())) == 1
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    for words in (
        "Research only. Not for diagnosis.",
        "What is not known",
        "> 99.9 %",
        "FUTURE-AI: robustness",
    ):
        assert words in text


def test_lines_fit_and_keep_every_letter() -> None:
    text = "a saliency map of " + "W" * 80 + " and more words than one line holds"
    lines = break_lines(text, 40.0, 8.0)
    assert all(text_width(line, 8.0) <= 40.0 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_the_identity_is_the_header_s_or_the_pseudonym(tmp_path: Path) -> None:
    values = np.arange(5 * 6 * 7, dtype=np.uint16).reshape(5, 6, 7)
    scan = viewer.load_scan(write_series(tmp_path / "series", values, ORIENTATIONS["LAS"]))
    told = dict(identity(scan))
    assert (told["Name"], told["ID"], told["Born"]) == ("Müller, Jürgen", "PAT-4711", "1951-02-03")
    assert identity(scan, "sub-01") == (("Pseudonym", "sub-01"),)


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    scan, shown = made_of()
    with pytest.raises(ViewerError, match=r"end the name in \.html or \.pdf"):
        viewer.report(scan, shown, tmp_path / "report.doc")
    with pytest.raises(ViewerError, match="cannot hold the interactive page"):
        viewer.report(scan, shown, tmp_path / "report.pdf", interactive=True)
    _, other = made_of(scan={"name": "other", "hash": "0" * 64})
    with pytest.raises(ScanError, match="is of other"):
        viewer.report(scan, other, tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_large_page_is_told(tmp_path: Path) -> None:
    from viewer.scene.web_page.page import size_note

    path = tmp_path / "page.html"
    path.write_bytes(b"x" * 100)
    assert size_note(path) == ""
    path.write_bytes(b"x" * 12_400_000)
    assert "12.4 MB" in size_note(path)
