"""Page of a public name of the package, generated from its numpydoc docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence

from viewer.guide.markdown import code_block, escape

_DASHES = re.compile("-{4,}")

LINE = 90
"""Maximum length of a signature on one line."""


def api_page(name: str) -> str:
    """Return the page of ``viewer.NAME`` in Markdown: signature, text, parameters, errors, examples."""
    import viewer

    documented = getattr(viewer, name)
    body, sections = split_docstring(inspect.cleandoc(documented.__doc__ or ""))
    first, _, rest = body.partition("\n\n")
    parts = [
        f"# viewer.{name}",
        escape(" ".join(first.split())),
        code_block(_signature(name, documented), "python"),
    ]
    parts += [_format_paragraph(part) for part in rest.split("\n\n") if part.strip()]
    for title, lines in sections:
        example = title == "Examples"
        text = code_block("\n".join(lines), "pycon") if example else _format_entries(lines)
        parts += [f"## {title}", text]
    parts.append("See also: [all names](index.md).")
    return "\n\n".join(parts) + "\n"


def _signature(name: str, documented: object) -> str:
    """Return the signature, with one parameter per line if it is long, and types without their modules."""
    signature = inspect.signature(documented)  # type: ignore[arg-type]  # a class or a function
    parts, starred = [], False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            parts.append("*")
        starred |= parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        stars = "*" * (
            (parameter.kind is parameter.VAR_POSITIONAL) + 2 * (parameter.kind is parameter.VAR_KEYWORD)
        )
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        parts.append(f"{stars}{parameter.name}{_format_annotation(': ', parameter.annotation)}{default}")
    head = f"{'class ' if inspect.isclass(documented) else ''}{name}("
    tail = ")" + _format_annotation(" -> ", signature.return_annotation)
    line = head + ", ".join(parts) + tail
    return line if len(line) <= LINE else head + "".join(f"\n    {part}," for part in parts) + "\n" + tail


def _format_annotation(prefix: str, annotation: object) -> str:
    if annotation is inspect.Signature.empty or annotation is None:
        return ""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return prefix + re.sub(r"\bviewer(\.\w+)+\.(?=\w)", "", text)


def split_docstring(text: str) -> tuple[str, list[tuple[str, list[str]]]]:
    """Return the text before the first section of a numpydoc docstring, and the lines of each section."""
    lines = text.splitlines()
    starts = [index - 1 for index, line in enumerate(lines) if index and _DASHES.fullmatch(line)]
    ends = [*starts[1:], len(lines)]
    sections = [
        (lines[start], _trim_lines(lines[start + 2 : end]))
        for start, end in zip(starts, ends[: len(starts)], strict=True)
    ]
    return "\n".join(lines[: starts[0]] if starts else lines).strip(), sections


def _trim_lines(lines: Sequence[str]) -> list[str]:
    return "\n".join(lines).strip("\n").splitlines()


def _format_paragraph(text: str) -> str:
    return code_block(inspect.cleandoc(text)) if text.startswith("    ") else escape(" ".join(text.split()))


def _format_entries(lines: Sequence[str]) -> str:
    """Return a section as a list; in it, entries start at the margin and their descriptions are indented."""
    entries: list[tuple[str, list[str]]] = []
    for line in lines:
        if line and not line.startswith(" "):
            entries.append((line, []))
        elif entries and line.strip():
            entries[-1][1].append(line.strip())
    return "\n".join(f"- {_format_entry_name(head)}" + _format_description(text) for head, text in entries)


def _format_entry_name(line: str) -> str:
    name, colon, kind = line.partition(" : ")
    return f"**{escape(name)}** ({escape(kind)})" if colon else f"**{escape(name)}**"


def _format_description(lines: Sequence[str]) -> str:
    return ": " + escape(" ".join(lines)) if lines else ""


def api_index(names: Sequence[str]) -> str:
    """Return the page that lists all public names."""
    return (
        "\n\n".join(
            (
                "# Python API",
                "Everything that the window and the command line do can also be done from Python. A name is "
                "imported when it is first used.",
                code_block(
                    'import viewer\n\nscan = viewer.load_scan("simulated-lesions")\n'
                    'model = viewer.load_model("demo")\n'
                    'found = viewer.explain(model, scan, "gradient", target="lesion")\n'
                    'viewer.figure(scan, found, "figure.png")',
                    "python",
                ),
                "\n".join(f"- [viewer.{name}]({name}.md)" for name in names),
            )
        )
        + "\n"
    )
