"""The guide's pages: one for every method, check and public name; links lead somewhere, commands parse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import viewer
from tests.guide.case_steps import ending_files, read_steps
from viewer.cli import find_command, main, make_parser
from viewer.errors import ViewerError
from viewer.guide.contents import CASES, GuidePage, find_page, guide_pages, sources_folder
from viewer.guide.example_scans import (
    CHECK_COMMAND,
    EXAMPLE_SCANS,
    PATTERNS,
    SLOW,
    example_commands,
    example_scans,
)
from viewer.guide.lesion_scores import parse_lesion_table, read_lesion_table
from viewer.guide.markdown import anchors, commands, escape, keep_pictures, links, pictures, prose, resolve
from viewer.guide.method_page import command_line
from viewer.guide.pictures import NOT_IN_PICTURES, case_jobs, method_jobs, program_pictures
from viewer.methods.registry import find_method, list_methods

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "resources/docs/COHORTS.md")


@pytest.fixture(scope="module")
def pages() -> dict[str, GuidePage]:
    return guide_pages()


@pytest.fixture(scope="module")
def texts(pages: dict[str, GuidePage]) -> dict[str, str]:
    """The text of every page; of the API some, as most import large libraries (the slow test has all)."""
    return {name: page.read() for name, page in pages.items() if not is_large(name)}


def is_large(page: str) -> bool:
    return page.startswith("api/") and page not in ("api/index", "api/Threshold", "api/View")


def test_every_method_check_and_public_name_has_a_page(pages: dict[str, GuidePage]) -> None:
    from viewer.checks.runner import check_names

    wanted = {f"methods/{name}" for name in list_methods()} | {f"checks/{name}" for name in check_names()}
    wanted |= {f"api/{name}" for name in viewer.__all__ if name != "__version__"}
    assert wanted <= set(pages)
    written = {str(path.relative_to(sources_folder()).with_suffix("")) for path in written_files()}
    assert written <= set(pages)


def written_files() -> Iterator[Path]:
    return sources_folder().rglob("*.md")


@pytest.mark.parametrize("name", list_methods())
def test_the_page_of_a_method_says_what_it_declares(name: str, texts: dict[str, str]) -> None:
    method, text = find_method(name), texts[f"methods/{name}"]
    plain = re.sub(r"\\(.)", r"\1", text)
    assert method.not_for
    for part in (method.title, method.description, method.limitations, method.not_for, method.source):
        assert part in plain
    for entry in method.parameters():
        assert f"| `{entry.name}` |" in text
    equation = re.search(r"^## Equation\n\n```text\n(.+)\n```$", text, re.MULTILINE)
    assert equation is not None
    assert " ".join((method.__doc__ or "").split()).startswith(equation[1])
    row = read_lesion_table().rows.get(name)
    assert (row is not None and f"| {row.cells['overlap']} | {row.cells['AUC']} |" in text) or (
        row is None and "was not measured" in text
    )


def test_the_page_of_a_check_says_how_to_read_it(texts: dict[str, str]) -> None:
    from viewer.checks.runner import list_checks

    for name, check in list_checks().items():
        plain = re.sub(r"\\(.)", r"\1", texts[f"checks/{name}"])
        assert check.reading
        for part in (check.question, check.reading, check.limits, check.source):
            assert part in plain, name


def test_every_link_leads_to_a_page_and_a_heading(pages: dict[str, GuidePage], texts: dict[str, str]) -> None:
    followed = 0
    for name, text in texts.items():
        for link in links(text):
            if link.startswith("https://"):
                continue
            assert link.partition("#")[0].endswith(".md"), f"{name}: {link}"
            target = resolve(name, link).removesuffix(".md") or name
            assert target in pages, f"{name}: {link}"
            anchor = link.partition("#")[2]
            assert not anchor or anchor in anchors(texts[target]), f"{name}: {link}"
            followed += 1
    assert followed > 200


def test_every_page_can_be_reached_from_the_first(pages: dict[str, GuidePage], texts: dict[str, str]) -> None:
    reached, waiting = set(), ["index"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [
                resolve(name, link).removesuffix(".md") or name for link in links(texts.get(name, ""))
            ]
    assert reached == set(pages)


def test_every_picture_is_made_by_a_job(texts: dict[str, str]) -> None:
    made = {name for job in (*case_jobs(), *method_jobs()) for name in job.files.values()}
    made |= set(program_pictures())
    shown = {resolve(name, path) for name, text in texts.items() for path in pictures(text)}
    assert shown
    assert {path.removeprefix("pictures/") for path in shown} <= made


def all_commands() -> list[tuple[str, list[str]]]:
    pages = {name: page for name, page in guide_pages().items() if not is_large(name)}
    found = [(name, words) for name, page in pages.items() for words in commands(page.read())]
    found += [(path.name, words) for path in DOCUMENTS for words in commands(path.read_text())]
    return found


def test_every_command_of_the_guide_and_the_readme_parses(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib import import_module

    given = all_commands()
    assert len(given) > 100
    for page, words in given:
        assert "--help" not in words, page
        prog, command, rest = find_command(list(words))
        try:
            make_parser(import_module(f"viewer.commands.{command}"), prog).parse(rest)
        except SystemExit:
            pytest.fail(f"{page}: {' '.join(words)}\n{capsys.readouterr().err}")


def test_a_wrong_command_would_be_found() -> None:
    text = "```sh\nsaliency-viewer explain scan.nii.gz --modell demo  # a comment\n```\n"
    (words,) = commands(text)
    assert words == ["explain", "scan.nii.gz", "--modell", "demo"]
    prog, _, rest = find_command(words)
    with pytest.raises(SystemExit):
        make_parser(__import__("viewer.commands.explain", fromlist=["run"]), prog).parse(rest)


def test_the_cases_run_on_data_that_come_with_the_program() -> None:
    from viewer.resource_files import BUILTIN_SCANS

    for name in CASES:
        text = guide_pages()[name].read()
        written: set[str] = set()
        for words in commands(text):
            paths = {word for word in words[1:] if re.search(r"\.(nii\.gz|csv|html|png)$", word)}
            outputs = {words[i + 1] for i, word in enumerate(words) if word in ("-o", "--csv")}
            assert paths - outputs <= written, f"{name}: {words}"
            assert not outputs & written, f"{name}: {words}"
            written |= outputs
            assert words[0] in ("methods", "compare", "clusters", "info") or words[1] in BUILTIN_SCANS, words
        assert "**simulated**" in text


@pytest.mark.parametrize("name", CASES)
def test_every_step_of_a_case_is_understood(name: str) -> None:
    text = guide_pages()[name].read()
    steps = read_steps(text)
    assert len(steps) > 10
    assert steps[0].text == "Choose *File > Examples > Demonstration: simulated lesions*."
    saved = {word for step in steps if step.kind == "save" for word in step.words}
    assert saved == {file for file in ending_files(text) if not file.endswith(".json")}


def test_a_step_in_other_words_is_not() -> None:
    for text in ("1. Do something with *Compute*.\n", "1. Press *Compute*. And see\n"):
        with pytest.raises(ValueError, match="not"):
            read_steps(text)


def test_methods_are_shown_on_the_same_scans_as_far_as_they_can_be() -> None:
    shown = {name: example_scans(method) for name, method in list_methods().items()}
    assert [name for name, scans in shown.items() if not scans] == [
        "attention",
        "attention-rollout",
        "gradient-attention",
    ]
    assert {name for name, scans in shown.items() if len(scans) == 1} == SLOW
    assert sum(scans == EXAMPLE_SCANS for scans in shown.values()) > 20
    pattern = example_commands(find_method("pattern-net"), EXAMPLE_SCANS[0])[0]
    assert f"patterns={PATTERNS}" in pattern


def test_long_commands_are_typed_in_several_lines() -> None:
    for words in (CHECK_COMMAND, ("guide",), ("explain", "a b", "--at", "-1,2,3", *["--set", "x=1"] * 12)):
        line = command_line(words)
        assert commands(f"```sh\n{line}\n```\n") == [list(words)]
        assert max(map(len, line.splitlines())) <= 90


def test_the_lesion_table_gives_places_to_methods_alone() -> None:
    text = "| method | overlap |\n| --- | --- |\n| a | 0.9 |\n| (brightness) | 0.5 |\n| b | 0.1 |\n"
    found = parse_lesion_table(text)
    assert {name: row.rank for name, row in found.rows.items()} == {"a": 1, "(brightness)": 0, "b": 2}
    assert found.method_count == 2
    with pytest.raises(ValueError, match="no table"):
        parse_lesion_table("nothing")
    overlaps = [float(row.cells["overlap"]) for row in read_lesion_table().rows.values()]
    assert overlaps == sorted(overlaps, reverse=True)
    methods = {name for name in read_lesion_table().rows if not name.startswith("(")}
    assert methods <= set(list_methods())


def test_pictures_that_are_not_there_are_left_out() -> None:
    text = "A\n\n![one](x.png)\n\nB ![two](y.png) C\n"
    assert keep_pictures(text, lambda path: path == "x.png") == "A\n\n![one](x.png)\n\nB two C\n"
    assert keep_pictures(text, lambda path: False) == "A\n\nB two C\n"
    assert keep_pictures(text, lambda path: True) == text


@pytest.mark.parametrize(
    "text", ["a_b * c", "x < y | z", "[1, 2]", "# no heading", "\\frac", "`a_b` and c_d"]
)
def test_escaped_text_is_shown_unchanged(text: str) -> None:
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark").enable("table").render(escape(text))
    shown = re.sub(r"<[^>]+>", "", html).strip()
    assert shown.replace("&lt;", "<") == text.replace("`", "")


def test_the_parts_that_no_picture_depends_on_are_packages() -> None:
    assert all((Path(viewer.__file__).parent / name / "__init__.py").is_file() for name in NOT_IN_PICTURES)


def test_the_command_lists_and_prints_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guide"]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {name} " in listed for name in ("index", "methods/gradient", "checks/deletion"))
    assert main(["guide", "checks/deletion"]) == 0
    assert capsys.readouterr().out == guide_pages()["checks/deletion"].read()
    assert main(["guide", "methods/gradeint"]) == 1
    assert "no such page" in capsys.readouterr().err
    assert main(["guide", "index", "--build", "somewhere"]) == 2
    with pytest.raises(ViewerError):
        find_page("nothing")


def test_prose_is_short() -> None:
    for path in written_files():
        if path.stem not in ("faq", "glossary"):
            lines = prose(path.read_text()).splitlines()
            # Rows of a table are looked up, not read.
            text = " ".join(line for line in lines if not line.startswith("|"))
            assert len(text.split()) < 700, path.name
