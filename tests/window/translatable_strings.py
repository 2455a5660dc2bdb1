"""The strings of the window that are marked for translation, found in its source."""

from __future__ import annotations

import ast
import re
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


def method_strings() -> set[str]:
    """Return what methods declare and the method panel shows, but for titles, which are names."""
    from viewer.methods.registry import list_methods
    from viewer.window.parameter_form import parameter_label

    found = set()
    for method in list_methods().values():
        found |= {method.description, method.limitations, str(method.family), str(method.family).capitalize()}
        for one in method.parameters():
            found |= {
                parameter_label(one.name),
                one.help,
                one.unit,
                *(parameter_label(str(word)) for word in one.choices),
            }
    return found - {""}


def check_strings() -> set[str]:
    """Return what checks declare and the panel Trust shows."""
    from viewer.checks import method_agreement
    from viewer.checks.runner import list_checks

    found = {method_agreement.TITLE, method_agreement.QUESTION, method_agreement.LIMITS}
    for check in list_checks().values():
        found |= {check.title, check.question, check.limits}
    return found


def figure_strings() -> set[str]:
    """Return the titles of the sizes of figures."""
    from viewer.scene.figure_sizes import FIGURE_SIZES

    return {size.title for size in FIGURE_SIZES.values()}


def study_strings() -> set[str]:
    """Return what the settings of a study declare and its form shows."""
    from viewer.settings import settings_of
    from viewer.window.dock_panel import as_sentence
    from viewer.window.parameter_form import parameter_label
    from viewer.window.study_form import StudyPlan

    found = set()
    for entry in settings_of(StudyPlan):
        row = entry.row
        if row is not None:
            found |= {entry.group.removeprefix("the ").capitalize(), row.label or parameter_label(entry.name)}
            found |= {
                row.tooltip if row.label else as_sentence(entry.help),
                row.none_text,
                row.exclusive_label,
            }
            found |= set(row.choices.values())
    return found - {""}


class _Templates(ast.NodeVisitor):
    """Collects strings of several words; fields of f-strings are numbered.

    A field of `format_count` gives two templates, one with the plural and one of a single thing. Docstrings,
    and what a class declares, are left out.
    """

    def __init__(self, single_words: bool = False) -> None:
        self.found: set[str] = set()
        self.of_errors: set[str] = set()
        self._all = single_words
        self._in_error = False

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("field", "parameter"):
            return
        outside = self._in_error
        self._in_error = outside or name.endswith("Error")
        self.generic_visit(node)
        self._in_error = outside

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name != "__repr__":
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if "ClassVar" not in ast.dump(node.annotation):
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        forms = [("", 0)]
        for part in node.values:
            if isinstance(part, ast.Constant):
                forms = [(text + part.value, number) for text, number in forms]
                continue
            nouns = _counted_nouns(part.value)  # type: ignore[attr-defined]
            after = f" {nouns[1]}" if nouns else ""
            single = [(f"{text}1 {nouns[0]}", number) for text, number in forms if nouns]
            forms = [(f"{text}{{{number}}}{after}", number + 1) for text, number in forms] + single
            self.visit(part.value)  # type: ignore[attr-defined]
        for text, _ in forms:
            self._add(text)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._add(node.value)

    def _add(self, text: str) -> None:
        if self._all or SEVERAL_WORDS.search(text):
            (self.of_errors if self._in_error else self.found).add(text)


def _counted_nouns(node: ast.expr) -> tuple[str, str] | None:
    """Return singular and plural of the noun if an expression is a call of `format_count`."""
    names = ("format_count", "translate_count")
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names):
        return None
    words = [one.value for one in node.args[1:] if isinstance(one, ast.Constant)]
    if not words:
        return None
    one, many = (*words, f"{words[0]}s")[:2]
    return str(one), str(many)


def counted_nouns(path: Path) -> set[tuple[str, str]]:
    """Return singular and plural of all things that a module counts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (_counted_nouns(node) for node in ast.walk(tree) if isinstance(node, ast.expr))
    return {nouns for nouns in found if nouns is not None}


SEVERAL_WORDS = re.compile(r"[a-z]{2}[^a-z{}]* [^A-Z]*[a-z]{2}|\} [a-z]{2}|[a-z]{2} \{")


def sentence_templates(path: Path) -> set[str]:
    """Return the templates of a module's sentences and of its errors, with their fields numbered."""
    collector = _Templates()
    collector.visit(ast.parse(path.read_text(encoding="utf-8")))
    return collector.found | collector.of_errors


def error_templates(path: Path) -> set[str]:
    """Return the templates of the errors alone that a module raises."""
    collector = _Templates()
    collector.visit(ast.parse(path.read_text(encoding="utf-8")))
    return collector.of_errors


def templates_in(node: ast.expr) -> set[str]:
    """Return the templates in an expression, those of one word included, but for what stands in fields."""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        collector = _Templates(single_words=True)
        collector.visit(node)
        return {max(collector.found, key=len)} - {""} if collector.found else set()
    return set()
