"""Every command and program of the written pages runs; the site's test runs the commands of the cases."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cohorts.cohort_files import write_small_network, write_table
from viewer.cli import main
from viewer.guide.contents import CASES, guide_pages, sources_folder
from viewer.guide.markdown import commands

PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def written_pages() -> list[str]:
    """Return the names of the written pages whose commands no other test runs."""
    names = {
        str(path.relative_to(sources_folder()).with_suffix("")) for path in sources_folder().rglob("*.md")
    }
    return sorted(names - set(CASES))


def write_cohort(folder: Path) -> Path:
    """Write ``participants.tsv`` of small simulated heads into a folder, and a network of their diagnoses."""
    table = write_table(folder / "heads", 9)
    words = table.read_text().replace("group", "diagnosis").replace("patient", "AD").replace("control", "CN")
    words = re.sub(r"\t(\d\d\.nii\.gz)", r"\theads/\1", words)
    (folder / "participants.tsv").write_text(words)
    network = write_small_network(folder)
    card = network.with_suffix(".card.json")
    card.write_text(json.dumps(json.loads(card.read_text()) | {"classes": ["CN", "AD"]}))
    return network


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_commands_of_the_written_pages_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    network = write_cohort(tmp_path)
    for name, method in (("map", "gradient"), ("gradient", "gradient"), ("lrp", "lrp-epsilon")):
        words = ["explain", "simulated-lesions", "--model", "demo", "--method", method, "--grid", "model"]
        assert main([*words, "-o", f"{name}.nii.gz", "--quiet"]) == 0
    ran = 0
    for page in written_pages():
        for given in commands(guide_pages()[page].read()):
            words = [str(network) if word == "network.pt2" else word for word in given]
            assert main([*words, "--quiet"]) == 0, f"{page}: {' '.join(given)}\n{capsys.readouterr().err}"
            ran += 1
    assert ran > 15


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_programs_of_the_cases_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for program in PYTHON.findall(guide_pages()[name].read()):
        exec(compile(program, name, "exec"), {})
    assert not list(tmp_path.iterdir())
