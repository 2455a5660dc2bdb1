"""The structure of the package: one meaning for each class name, and no circles of imports."""

from __future__ import annotations

import ast
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]

ALLOWED = {
    # A property or method for convenience, whose module needs the class's type alone.
    ("viewer.scans.foreground", "viewer.scans.scan"),
    ("viewer.scans.save", "viewer.scans.map"),
    # A notebook asks an object itself for its picture.
    ("viewer.scans.map", "viewer.scene.notebook"),
    ("viewer.scans.scan", "viewer.scene.notebook"),
    # The window mediates between its parts, which are given the window.
    ("viewer.window.palette_entries", "viewer.window.main"),
    ("viewer.window.dock_layout", "viewer.window.main"),
    ("viewer.window.menus", "viewer.window.main"),
    ("viewer.window.signal_connections", "viewer.window.main"),
}
"""Imports that may close a circle, by TYPE_CHECKING or within a function, and why."""


def modules() -> dict[str, ast.Module]:
    trees = {}
    for path in sorted((ROOT / "viewer").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        trees[name] = ast.parse(path.read_text())
    return trees


def imports(tree: ast.Module, known: dict[str, ast.Module]) -> set[str]:
    """Return the modules that one imports, within functions and for types alone, too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in known else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & set(known)


def test_no_modules_import_each_other_in_a_circle() -> None:
    trees = modules()
    graph = {name: imports(tree, trees) - {name} for name, tree in trees.items()}
    for importer, imported in ALLOWED:
        assert imported in graph[importer], f"{importer} does not import {imported} any more: take it out"
        graph[importer].discard(imported)
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssertionError(f"circle of imports: {' <- '.join(error.args[1])}") from None


def test_no_class_name_stands_for_two_things() -> None:
    homes = defaultdict(list)
    for name, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(name)
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}
