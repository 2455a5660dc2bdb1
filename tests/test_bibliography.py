"""Every paper that is cited can be looked up, and the document lists what the program knows."""

from __future__ import annotations

import re

import pytest

from viewer.bibliography import _CITATION, REFERENCES, find_references
from viewer.checks.runner import list_checks
from viewer.methods.registry import list_methods
from viewer.models.architectures.registry import list_architectures
from viewer.resource_files import resource_path


def sources() -> dict[str, str]:
    """Return what cites: methods and their parameters, checks, and architectures."""
    cited = {f"check {check.name}": check.source for check in list_checks().values()}
    cited |= {f"architecture {entry.name}": entry.source for entry in list_architectures().values()}
    for name, method in list_methods().items():
        cited[f"method {name}"] = method.source
        cited |= {f"method {name}, {entry.name}": entry.source for entry in method.parameters()}
    return {name: text for name, text in cited.items() if text}


@pytest.mark.parametrize("name", sources())
def test_every_citation_is_a_paper_of_the_bibliography(name: str) -> None:
    text = sources()[name]
    known = {paper.key for paper in REFERENCES}
    assert set(_CITATION.findall(text)) <= known
    assert "arXiv" not in text
    if not re.fullmatch(r"method \S+, \w+", name):
        assert find_references(text)


def test_the_papers_are_sorted_and_named_once() -> None:
    keys = [paper.key for paper in REFERENCES]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"(doi:10\.\S+|arXiv:\d{4}\.\d{4,5}|)", paper.identifier) for paper in REFERENCES)


def test_the_document_lists_every_paper() -> None:
    text = resource_path("docs/BIBLIOGRAPHY.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert lines == [f"- **{paper.key}**: {paper}" for paper in REFERENCES]
