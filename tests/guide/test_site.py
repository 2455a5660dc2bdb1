"""The guide as a site: built without a warning, complete, and loading nothing from anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from viewer.errors import ViewerError
from viewer.guide import pictures
from viewer.guide.contents import CASES, RESULTS, GuidePage, GuideSection, guide_pages, read_results
from viewer.guide.example_scans import CHECK_COMMAND
from viewer.guide.markdown import commands, escape
from viewer.guide.markdown import pictures as pictures_of
from viewer.guide.pictures import CommandRunner, PictureJob, make_pictures
from viewer.guide.site import build_site

LOADED = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=\"([^\"]*)\"")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_site_is_built_without_a_warning_and_the_worked_cases_run(tmp_path: Path) -> None:
    from viewer.cli import main

    output, work = tmp_path / "site", tmp_path / "work"
    words = ["guide", "--build", output, "--work", work, "--pictures", "cases", "--quiet"]
    assert main([str(word) for word in words]) == 0
    pages = guide_pages()
    assert all((output / f"{name}.html").is_file() for name in pages)
    assert "Parameters" in pages["api/explain"].read()
    for name in CASES:
        text, folder = pages[name].read(), work / name.rpartition("/")[2]
        written = [words[words.index("-o") + 1] for words in commands(text) if "-o" in words]
        assert written
        assert all((folder / file).stat().st_size > 1000 for file in written)
        html = (output / f"{name}.html").read_text()
        assert all(f"_images/{path.rpartition('/')[2]}" in html for path in pictures_of(text))
    for path in output.rglob("*.html"):
        assert not [target for target in LOADED.findall(path.read_text()) if "//" in target], path


@pytest.mark.slow
def test_pages_of_checks_quote_what_the_command_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from viewer.cli import main

    words = list(CHECK_COMMAND)
    words[words.index("--json") :] = ["--kinds", "conservation", "--json", "--quiet"]
    assert main(words) == 0
    (tmp_path / RESULTS).write_text(capsys.readouterr().out)
    results = read_results(tmp_path)
    assert {one["check"] for one in results} == {"conservation"}
    text = guide_pages(results)["checks/conservation"].read()
    assert all(escape(str(one["sentence"])) in text for one in results)
    assert read_results(tmp_path / "nothing") == ()


def test_a_page_that_does_not_exist_fails_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sections(_: object) -> tuple[GuideSection, ...]:
        return (GuideSection("Start", (GuidePage("index", "A", lambda: "# A\n\n[b](b.md)\n"),)),)

    monkeypatch.setattr("viewer.guide.site.guide_sections", sections)
    with pytest.raises(ViewerError, match="warnings"):
        build_site(tmp_path / "site", tmp_path / "work", {})
    assert not (tmp_path / "site").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ViewerError, match="other than a built guide"):
        build_site(tmp_path, tmp_path / "work", {})
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


class Recorder(CommandRunner):
    """Writes files instead of running commands."""

    ran: list[str]

    def run(self, words: object, folder: str) -> str:
        self.ran.append(str(words))
        (self.work_folder / folder).mkdir(exist_ok=True)
        (self.work_folder / folder / "a.png").write_bytes(b"picture")
        return "printed"


def test_pictures_are_made_again_only_where_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Recorder.ran = []
    monkeypatch.setattr(pictures, "CommandRunner", Recorder)
    job = PictureJob("case", "case", (("info", "demo"),), {"a.png": "case-a.png"}, "said.txt")
    for count, one in ((1, job), (1, job), (2, PictureJob("case", "case", (("info", "x"),), job.files))):
        folder = make_pictures([one], tmp_path)
        assert len(Recorder.ran) == count
        assert (folder / "case-a.png").read_bytes() == b"picture"
    assert (folder / "said.txt").read_text() == "printed"
    monkeypatch.setattr(pictures, "program_hash", lambda: "another version")
    make_pictures([one], tmp_path)
    assert len(Recorder.ran) == 3
    with pytest.raises(ViewerError, match=r"do not write b\.png"):
        make_pictures([PictureJob("case", "case", (), {"b.png": "case-b.png"})], tmp_path)


def test_a_command_that_fails_ends_the_build(tmp_path: Path) -> None:
    runner = CommandRunner(tmp_path)
    assert "simulated" in runner.run(("info", "demo"), "case")
    with pytest.raises(ViewerError, match=r'info nothing\.nii" failed with status 1'):
        runner.run(("info", "nothing.nii"), "case")
    runner.close()
