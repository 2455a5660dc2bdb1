"""The documents for developers: what they name is there, and their links lead somewhere."""

from __future__ import annotations

import ast
import json
import re
import token
import tokenize
import tomllib
from functools import cache
from pathlib import Path

import pytest

from viewer import plugins

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "resources/docs"
PAGES = [ROOT / "README.md", ROOT / "viewer/README.md", *sorted(DOCUMENTS.glob("*.md"))]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"(viewer|tests|resources|\.ci)/[\w./*-]*")
DOTTED = re.compile(r"viewer(\.\w+)+")
NAME = re.compile(r"[A-Za-z_]\w*(\.(?!md)\w+)*(\(\))?")


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return BLOCK.sub("", page.read_text())


def code_words(page: Path) -> list[str]:
    return CODE.findall(prose(page))


@cache
def names_in_code() -> frozenset[str]:
    """Return every name in the source, and strings that are one word; prose does not count."""
    found = set()
    for folder in ("viewer", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            with path.open("rb") as file:
                tokens = [t for t in tokenize.tokenize(file.readline) if t.type in (token.NAME, token.STRING)]
            found |= {t.string.strip("\"'") for t in tokens}
    return frozenset(found)


def defined_in(path: Path) -> set[str]:
    """Return what a module defines at its top."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.name}")
def test_files_that_are_named_are_there(page: Path) -> None:
    for word in code_words(page):
        if PATH.fullmatch(word):
            assert list(ROOT.glob(word.rstrip("/"))), word
        if DOTTED.fullmatch(word):
            module = ROOT / word.replace(".", "/")
            assert module.is_dir() or module.with_suffix(".py").is_file(), word


@pytest.mark.parametrize(
    "page", [DOCUMENTS / "ARCHITECTURE.md", DOCUMENTS / "CONTRIBUTING.md"], ids=lambda p: p.name
)
def test_classes_and_functions_that_are_named_are_in_the_code(page: Path) -> None:
    checked = 0
    for word in code_words(page):
        if NAME.fullmatch(word) and (word.endswith("()") or re.search("[A-Z]", word)):
            checked += 1
            assert set(word.removesuffix("()").split(".")) <= names_in_code(), word
    assert checked > 10


def test_types_of_the_table_are_defined_in_the_modules_beside_them() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \|.*\| `(viewer/[\w/]+\.py)` \|$", prose(DOCUMENTS / "ARCHITECTURE.md"), re.MULTILINE
    )
    assert len(rows) > 10
    for name, module in rows:
        assert name in defined_in(ROOT / module), f"{name}: {module}"


def test_names_before_a_module_are_defined_in_it() -> None:
    text = "".join(map(prose, PAGES))
    found = re.findall(r"`(\w+)(?:\(\))?` (?:\(|in )`(viewer/[\w/]+\.py)`", text)
    assert len(found) > 5
    for name, module in found:
        assert name in defined_in(ROOT / module), f"{name}: {module}"


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.name}")
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_entry_point_groups_are_those_of_the_program() -> None:
    groups = {plugins.METHODS, plugins.ARCHITECTURES, plugins.CHECKS}
    for page in ("CONTRIBUTING.md", "ARCHITECTURE.md"):
        assert set(re.findall(r"saliency_viewer\.\w+", (DOCUMENTS / page).read_text())) == groups


def test_every_package_is_in_the_table_of_layers_in_the_order_of_the_contracts() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    layers = tools["importlinter"]["contracts"][0]["layers"]
    page = prose(DOCUMENTS / "ARCHITECTURE.md")
    rows = re.findall(r"^\| \d+ \| (.*?) \|", page, re.MULTILINE)
    assert len(rows) == len(layers)
    for row, layer in zip(rows, layers, strict=True):
        named = set(re.findall(r"`viewer/(\w+)", row))
        assert named <= set(layer.split(" : "))
        assert "and the other modules" in row or named == set(layer.split(" : "))


def test_the_changelog_has_the_version_and_known_sections() -> None:
    text = (DOCUMENTS / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", text, re.MULTILINE)
    assert versions[0] == ("Unreleased", "")
    assert versions[1][0] == PROJECT["version"]
    assert all(date for _, date in versions[1:])
    assert len(versions) == len(re.findall("^## ", text, re.MULTILINE))
    known = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall("^### (.*)$", text, re.MULTILINE)) <= known


def read_citation() -> dict[str, object]:
    """Read the part of YAML that the file uses: texts, and lists of texts and of single entries."""
    entries: dict[str, object] = {}
    for line in (DOCUMENTS / "CITATION.cff").read_text().splitlines():
        if match := re.fullmatch(r"([a-z-]+):(?: (.+))?", line):
            key, value = match.groups()
            assert key not in entries
            entries[key] = [] if value is None else plain(value)
        else:
            match = re.fullmatch(r"  - (?:(\w+): )?(.+)", line)
            assert match, line
            items = entries[key]
            assert isinstance(items, list)
            items.append({match[1]: plain(match[2])} if match[1] else plain(match[2]))
    return entries


def plain(text: str) -> str:
    """Return a text that YAML reads as it stands."""
    if text.startswith('"'):
        return str(json.loads(text))
    assert text[0] not in "!&*?|>%@`'{}[],#-:"
    assert ": " not in text
    assert " #" not in text
    return text


def test_the_citation_file_is_of_version_1_2_0_of_its_format() -> None:
    entries = read_citation()
    # Required by the schema: authors, cff-version, message and title.
    assert entries["cff-version"] == "1.2.0"
    assert entries["message"]
    assert entries["title"] == "Saliency Viewer"
    assert entries["authors"] == [{"name": "The Saliency Viewer developers"}]
    assert entries["version"] == PROJECT["version"]
    assert entries["license"] == PROJECT["license"]
    changelog = (DOCUMENTS / "CHANGELOG.md").read_text()
    assert f"## [{entries['version']}] - {entries['date-released']}" in changelog
    known = {
        "abstract",
        "authors",
        "cff-version",
        "date-released",
        "keywords",
        "license",
        "message",
        "title",
        "type",
        "version",
    }
    assert set(entries) <= known
    assert entries["type"] in ("software", "dataset")
