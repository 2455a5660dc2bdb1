"""Write and read the Markdown of the guide: escaped text, tables, links, pictures, anchors and commands."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Sequence

_CODE = re.compile(r"(``.+?``|`[^`\n]+`)")
_SPECIAL = re.compile(r"([\\*_<>\[\]|#])")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_LINK = re.compile(r"(?<!!)\[(?:!\[[^\]]*\]\([^)]*\)|[^\]])*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)

PROGRAM = "saliency-viewer"


def escape(text: str) -> str:
    """Return plain text as Markdown that shows it unchanged; what is between backticks stays code."""
    parts = _CODE.split(text)
    return "".join(part if index % 2 else _SPECIAL.sub(r"\\\1", part) for index, part in enumerate(parts))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already; ends of lines in them become spaces."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(" ".join(cell.split()) for cell in line) + " |" for line in lines)


def code_block(text: str, language: str = "text") -> str:
    """Return text as a block of code."""
    return f"```{language}\n{text.strip()}\n```"


def prose(text: str) -> str:
    """Return Markdown without its blocks of code."""
    return _BLOCK.sub("", text)


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub and MyST make it."""
    plain = heading.replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """Return the anchors of all headings of a page."""
    return set(map(slug, headings(text)))


def headings(text: str) -> list[str]:
    """Return all headings of a page, in order."""
    return [heading.strip() for heading in _HEADING.findall(prose(text))]


def first_heading(text: str) -> str:
    """Return a page's title.

    Raises
    ------
    ValueError
        The page has none.
    """
    found = _HEADING.search(prose(text))
    if found is None:
        raise ValueError("the page has no heading")
    return found[1].strip()


def links(text: str) -> list[str]:
    """Return the targets of all links, in order; pictures are not among them."""
    return _LINK.findall(prose(text))


def pictures(text: str) -> list[str]:
    """Return the targets of all pictures, in order."""
    return [target for _, target in _PICTURE.findall(prose(text))]


def resolve(page: str, target: str) -> str:
    """Return what a relative link of a page leads to, from the guide's root; "" within the page itself."""
    path = target.partition("#")[0]
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else ""


def keep_pictures(text: str, exists: Callable[[str], bool]) -> str:
    """Leave out pictures whose target does not exist; within a line their text stands for them."""

    def replace(found: re.Match[str]) -> str:
        return found[0] if exists(found[2]) else found[1]

    lines = []
    for line in text.split("\n"):
        alone = _PICTURE.fullmatch(line.strip())
        if alone is None:
            lines.append(_PICTURE.sub(replace, line))
        elif exists(alone[2]):
            lines.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def commands(text: str) -> list[list[str]]:
    """Return the words of every command of this program in a page's blocks of shell code, in order."""
    found = []
    for language, block in _BLOCK.findall(text):
        if language == "sh":
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == [PROGRAM]:
                    found.append(words[1:])
    return found
