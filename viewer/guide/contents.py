"""Contents of the user guide: its written and generated pages, in the order of the table of contents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from viewer.errors import ViewerError
from viewer.guide.markdown import first_heading
from viewer.resource_files import resource_path

START = "index"
CASES = ("cases/clinician", "cases/researcher", "cases/presenter")
PANELS = (
    *("box", "slices", "model", "layers", "method", "preparation", "study", "cohort"),
    *("maps", "clusters", "compare", "show", "trust"),
)
"""Parts of the window that have a page; the page of a panel has the panel's name."""

RESULTS = "checks.json"
"""File of a built guide with the results of the checks on the demonstration."""


@dataclass(frozen=True)
class GuidePage:
    """A page of the guide.

    Parameters
    ----------
    name
        Path in the guide, without a suffix.
    title
        Title in lists.
    read
        Function that returns the page as Markdown.
    """

    name: str
    title: str
    read: Callable[[], str]


@dataclass(frozen=True)
class GuideSection:
    """Pages under one title in the table of contents."""

    title: str
    pages: tuple[GuidePage, ...]


def sources_folder() -> Path:
    """Return the folder of the written pages."""
    return resource_path("docs/guide")


def built_folder() -> Path | None:
    """Return the folder of the built guide; None if it was not built."""
    folder = resource_path("docs/html")
    return folder if (folder / "index.html").is_file() else None


def read_results(folder: Path | None) -> Sequence[Mapping[str, Any]]:
    """Return the results of the checks that were computed for a built guide; empty without a built guide.

    The file is the output of ``check --json``.
    """
    path = None if folder is None else folder / RESULTS
    if path is None or not path.is_file():
        return ()
    results: Sequence[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return results


def guide_sections(results: Sequence[Mapping[str, Any]] = ()) -> tuple[GuideSection, ...]:
    """Return all pages, including those of installed plug-ins.

    Parameters
    ----------
    results
        Results of the checks on the demonstration, for their pages.
    """
    return (
        GuideSection("Start", tuple(map(_written_page, (START, *CASES, "scan")))),
        GuideSection("The window", tuple(_written_page(f"panels/{name}") for name in PANELS)),
        GuideSection("Methods", _method_pages()),
        GuideSection("Checks", _check_pages(results)),
        GuideSection("Reference", (*map(_written_page, ("faq", "glossary")), *_api_pages())),
    )


def guide_pages(results: Sequence[Mapping[str, Any]] = ()) -> dict[str, GuidePage]:
    """Return all pages by name."""
    return {page.name: page for section in guide_sections(results) for page in section.pages}


def find_page(name: str) -> GuidePage:
    """Return a page by its name.

    Raises
    ------
    ViewerError
        There is no such page.
    """
    pages = guide_pages(read_results(built_folder()))
    if name not in pages:
        raise ViewerError(name, "no such page of the guide", '"saliency-viewer guide" lists them')
    return pages[name]


def _written_page(name: str) -> GuidePage:
    path = sources_folder() / f"{name}.md"
    read_text = partial(path.read_text, encoding="utf-8")
    return GuidePage(name, first_heading(read_text()), read_text)


def _method_pages() -> tuple[GuidePage, ...]:
    from viewer.guide.lesion_scores import read_lesion_table
    from viewer.guide.method_page import gallery_page, method_page, methods_index
    from viewer.guide.track_record_page import TITLE, track_record_page
    from viewer.methods.registry import list_methods

    methods, scores = list_methods(), read_lesion_table()
    return (
        GuidePage("methods/index", "Methods", partial(methods_index, methods.values())),
        GuidePage("gallery", "Gallery", partial(gallery_page, methods.values())),
        _written_page("lesion-table"),
        _written_page("track-record"),
        GuidePage("track-record-table", TITLE, track_record_page),
        *(
            GuidePage(f"methods/{name}", method.title, partial(method_page, method, scores))
            for name, method in methods.items()
        ),
    )


def _check_pages(results: Sequence[Mapping[str, Any]]) -> tuple[GuidePage, ...]:
    from viewer.checks.runner import list_checks
    from viewer.guide.check_page import agreement_entry, check_entry, check_page, checks_index

    entries = (*map(check_entry, list_checks().values()), agreement_entry())
    return (
        GuidePage("checks/index", "Checks", partial(checks_index, entries)),
        *(
            GuidePage(
                f"checks/{entry.name}",
                entry.title,
                partial(check_page, entry, [result for result in results if result["check"] == entry.name]),
            )
            for entry in entries
        ),
    )


def _api_pages() -> tuple[GuidePage, ...]:
    import viewer
    from viewer.guide.api_page import api_index, api_page

    names = [name for name in viewer.__all__ if name != "__version__"]
    return (
        GuidePage("api/index", "Python API", partial(api_index, names)),
        *(GuidePage(f"api/{name}", f"viewer.{name}", partial(api_page, name)) for name in names),
    )
