"""The strings of the window that are marked for translation, found in its source."""

from __future__ import annotations

import ast
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]


class _Strings(ast.NodeVisitor):
    """Collects (context, string) of every ``.tr("…")`` and ``translate("…", "…")``."""

    def __init__(self) -> None:
        self.found: set[tuple[str, str]] = set()
        self._classes: list[str] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        words = [one.value for one in node.args if isinstance(one, ast.Constant)]
        strings = [word for word in words if isinstance(word, str)]
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "tr" and len(strings) == 1:
            self.found.add((self._classes[-1] if self._classes else "", strings[0]))
        elif name in ("translate", "QT_TRANSLATE_NOOP") and len(strings) == 2:
            self.found.add((strings[0], strings[1]))


def window_strings() -> set[tuple[str, str]]:
    """Return the strings of ``viewer/window``, each with its context."""
    collector = _Strings()
    for path in sorted((ROOT / "viewer/window").glob("*.py")):
        collector.visit(ast.parse(path.read_text(encoding="utf-8")))
    return collector.found


def translations(path: Path) -> dict[tuple[str, str], str]:
    """Return the finished translations of a ``.ts`` file by context and string."""
    found = {}
    for context in ElementTree.parse(path).iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.get("type") is None:
                found[name, message.findtext("source", "")] = translation.text or ""
    return found
