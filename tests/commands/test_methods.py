from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from viewer.methods.registry import list_methods


def test_the_list_is_made_from_the_declarations(run: Callable[..., Any]) -> None:
    answer = run("methods", "--json")
    entries = {entry["name"]: entry for entry in json.loads(answer.out)}
    assert list(entries) == list(list_methods())
    for name, method in list_methods().items():
        entry = entries[name]
        assert (entry["title"], entry["family"]) == (method.title, method.family)
        assert set(entry["needs"]) == method.requirements
        for shown, declared in zip(entry["parameters"], method.parameters(), strict=True):
            assert shown["name"] == declared.name
            assert shown["default"] == declared.default
            assert shown["limits"] == list(declared.limits)
            assert shown["choices"] == list(declared.choices)
            assert (shown["help"], shown["unit"], shown["source"]) == (
                declared.help,
                declared.unit,
                declared.source,
            )


def test_people_read_the_same(run: Callable[..., Any]) -> None:
    shown = run("methods").out
    for name, method in list_methods().items():
        assert f"\n{name}: {method.title}\n" in f"\n{shown}"
        for parameter in method.parameters():
            assert f"  --set {parameter.name}={parameter.default}\n" in shown
    assert max(len(line) for line in shown.splitlines() if not line.startswith("  ")) <= 100


def test_some_can_be_picked(run: Callable[..., Any]) -> None:
    entries = json.loads(run("methods", "integrated-gradients", "gradient", "--json").out)
    assert [entry["name"] for entry in entries] == ["integrated-gradients", "gradient"]
