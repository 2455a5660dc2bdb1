"""The report of a result: what it says, where the letters lie, and that it loads nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import viewer
from tests.scans.dicom_series import ORIENTATIONS, write_series
from viewer.checks.base import CheckResult, Verdict
from viewer.errors import ScanError, ViewerError
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.scene.result_report.content import MAX_BODIES, ResultReport, result_report
from viewer.scene.result_report.html import report_html
from viewer.scene.result_report.identity import NO_IDENTITY, identity
from viewer.scene.result_report.pdf import write_pdf
from viewer.scene.result_report.report import collect_content
from viewer.scene.result_report.sheet import break_lines, text_width
from viewer.session.map_clusters import clusters
from viewer.session.view import Sign

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
    told = " ".join(said.unknowns)
    for words in (
        "uncertainty was not measured",
        "Deletion",
        "no atlas was given",
        "the network was not open",
    ):
        assert words in told
    assert said.checks_note == "No check of this map was run."
    assert [bar.text for bar in said.bars] == ["< 0.1 %", "> 99.9 %"]
    assert len(said.bodies) == MAX_BODIES
    assert "2 more are not listed" in said.bodies_note
    assert dict(said.trust_facts)["FUTURE-AI: traceability"].startswith("hashes of network and scan")
    assert dict(said.trust_facts)["CLIX-M: purpose"] == "not stated"
    assert ("Person", NO_IDENTITY) in said.identity
    result = CheckResult("deletion", "Deletion", shown.name, Verdict.FAILS, "-1 SD", "It fails.", "limits")
    said = report_of(scan, shown, (result,))
    assert "against it: Deletion" in said.checks_note
    assert "Deletion: -1 SD (fails)" in dict(said.trust_facts)["CLIX-M: correctness"]
    assert not any("Deletion" in line for line in said.unknowns)


def said_of(scan: Scan, shown: Map, view: viewer.View) -> ResultReport:
    """Return what `viewer.report` says, as it collects it."""
    return collect_content(scan, shown, view, None, None, None, (), "", Progress())


def test_bodies_are_told_as_they_were_cut() -> None:
    scan, shown = made_of()
    for changes, words in (
        ({}, "Connected voxels with |value| from 1;"),
        ({"sign": Sign.POSITIVE}, "Connected voxels with values from 1;"),
        ({"smoothing": 6.0}, "of the map smoothed by 6 mm"),
        ({"smallest_cluster": 8.0}, "of 8 mm³ or more"),
        ({"largest_clusters": 2}, "the 2 largest"),
    ):
        view = viewer.View(threshold=viewer.Threshold("value", 1.0), **changes)  # type: ignore[arg-type]
        assert words in said_of(scan, shown, view).bodies_note
    below = Map(-shown.data, GRID, "below", shown.provenance)
    view = viewer.View(threshold=viewer.Threshold("value", 2.0), sign=Sign.NEGATIVE)
    assert "values up to −2" in said_of(scan, below, view).bodies_note


def test_why_there_is_no_body_is_said_in_words() -> None:
    scan, shown = made_of()
    empty = Map(np.zeros(GRID.shape, np.float32), GRID, "empty", shown.provenance)
    assert said_of(scan, empty, viewer.View()).bodies_note == "No body: the map is zero everywhere."
    negative = viewer.View(sign=Sign.NEGATIVE)
    assert said_of(scan, shown, negative).bodies_note == "No body: the map has no values below zero."
    high = viewer.View(threshold=viewer.Threshold("value", 50.0))
    assert (
        said_of(scan, shown, high).bodies_note
        == "No body: there are no connected voxels with |value| from 50."
    )


def test_shares_have_one_decimal_as_in_the_table_of_clusters() -> None:
    scan, shown = made_of()
    view = viewer.View(threshold=viewer.Threshold("value", 1.0), largest_clusters=6)
    rows = clusters(shown, view.threshold, largest_clusters=6).rows
    listed = [body.cells[-1] for body in said_of(scan, shown, view).bodies]
    assert listed == [f"{100 * row.cluster.share:.1f} %" for row in rows]
    values = np.zeros(GRID.shape, np.float32)
    values[2:18, 2:18, 2:9] = 1.0
    values[5, 5, 15] = 1.0
    lone = Map(values, GRID, "lone", shown.provenance)
    assert [body.cells[-1] for body in said_of(scan, lone, view).bodies] == ["99.9 %", "< 0.1 %"]


def test_a_map_of_unknown_making_is_not_said_to_explain_a_network() -> None:
    scan, shown = made_of()
    unknown = Map(shown.data, GRID, "motor")
    said = said_of(scan, unknown, viewer.View())
    assert said.title == "A map over a scan"
    told = " ".join(said.unknowns)
    assert "Whether this map explains a network" in told
    assert "depends on" not in told
    assert "Explanation of a network" not in report_html(said)
    assert said_of(scan, shown, viewer.View()).title == "Explanation of a network's output"


def test_parameters_and_repairs_are_told(tmp_path: Path) -> None:
    scan, shown = made_of(parameters={"steps": 32, "baseline": "black"}, notes=("a note of the run",))
    repaired = Map(shown.data, GRID, "map", shown.provenance, notes=("3 voxels were not a number.",))
    made = dict(
        said_of(replace(scan, notes=("the header was mended",)), repaired, viewer.View()).provenance_facts
    )
    assert made["Parameters"] == "steps 32, baseline black"
    assert made["Notes"] == "3 voxels were not a number. A note of the run."
    assert made["Notes on the scan"] == "The header was mended."


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
