"""Build the guide with Sphinx as a web site that needs no server; every warning is an error."""

from __future__ import annotations

import importlib.util
import posixpath
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from viewer.errors import ViewerError
from viewer.guide.contents import RESULTS, START, GuideSection, guide_sections, read_results
from viewer.guide.markdown import keep_pictures, resolve

PACKAGES = ("sphinx", "myst_parser", "furo")

CONFIGURATION = """
project = "Saliency Viewer"
author = "The Saliency Viewer developers"
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Saliency Viewer"
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["guide.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#b85309", "color-brand-content": "#b85309"},
    "dark_css_variables": {"color-brand-primary": "#f5821f", "color-brand-content": "#f5821f"},
}
"""
"""Sphinx configuration; pages load nothing from the web, as the theme uses the system's fonts."""

STYLE = """
article h2 { font-size: 1.5em; margin-top: 1.6em; }
article h3 { font-size: 1.2em; }
article pre { white-space: pre-wrap; overflow-wrap: anywhere; }
article img { border-radius: 4px; }
"""


def export_pages(
    sections: tuple[GuideSection, ...], folder: Path, picture_exists: Callable[[str], bool]
) -> None:
    """Write all pages to a folder, the start page with the tables of contents.

    Parameters
    ----------
    sections
        The pages.
    folder
        Output folder.
    picture_exists
        Function that returns whether there is a picture of that name; others are left out.
    """
    for section in sections:
        for page in section.pages:
            name = page.name
            text = keep_pictures(page.read(), partial(_is_picture_of_page, name, picture_exists))
            if name == START:
                text = f"{text.rstrip()}\n\n{_tables_of_contents(sections)}"
            path = folder / f"{name}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _is_picture_of_page(page: str, picture_exists: Callable[[str], bool], target: str) -> bool:
    return picture_exists(resolve(page, target))


def _tables_of_contents(sections: tuple[GuideSection, ...]) -> str:
    blocks = []
    for section in sections:
        names = "\n".join(f"{page.title} <{page.name}>" for page in section.pages if page.name != START)
        blocks.append(f"```{{toctree}}\n:hidden:\n:caption: {section.title}\n\n{names}\n```\n")
    return "\n".join(blocks)


def build_site(output: Path, work_folder: Path, pictures: Mapping[str, Path]) -> Path:
    """Build the guide; return the path of its first page.

    Parameters
    ----------
    output
        Folder of the site. It must be empty or contain an earlier build, which is replaced.
    work_folder
        Folder for intermediate files.
    pictures
        Files by name, including the results of the checks (`RESULTS`).

    Raises
    ------
    ViewerError
        Sphinx is not installed, the folder contains something else, or the build has a warning.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ViewerError("guide", f"{', '.join(missing)} missing", 'pip install "saliency-viewer[docs]"')
    if output.exists() and any(output.iterdir()) and not (output / ".buildinfo").is_file():
        raise ViewerError(str(output), "contains something other than a built guide", "name another folder")
    source = work_folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    results = pictures.get(RESULTS)
    picture_files = {f"pictures/{name}": path for name, path in pictures.items() if name != RESULTS}
    sections = guide_sections(read_results(None if results is None else results.parent))
    export_pages(sections, source, lambda name: posixpath.normpath(name) in picture_files)
    for name, path in picture_files.items():
        (source / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(path, source / name)
    (source / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    (source / "static").mkdir()
    (source / "static/guide.css").write_text(STYLE, encoding="utf-8")
    html = work_folder / "html"
    shutil.rmtree(html, ignore_errors=True)
    _run_sphinx(source, html, work_folder / "doctrees")
    if results is not None:
        shutil.copyfile(results, html / RESULTS)
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(html, output)
    return output / "index.html"


def _run_sphinx(source: Path, output: Path, doctrees: Path) -> None:
    from sphinx.cmd.build import main

    arguments = ["-W", "--keep-going", "-n", "-q", "-b", "html", "-d", doctrees, source, output]
    if main([str(word) for word in arguments]):
        raise ViewerError("guide", "the build has warnings", "they are printed above; correct the pages")
