"""``reproduce``: its list, its files, its errors; what the figures show is tested beside each of them."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from viewer.commands import reproduce
from viewer.commands.options import add_general_options
from viewer.commands.parser import CommandParser, UsageError
from viewer.commands.reproduce_figures.figure_output import FigureResult


def call(*words: object) -> int:
    parser = CommandParser("reproduce", "", "")
    reproduce.add_arguments(parser)
    add_general_options(parser)
    return reproduce.run(parser.parse([str(word) for word in words]))


@pytest.fixture
def drawn(monkeypatch):
    """A figure that is made at once."""

    def make(folder, seed, progress):
        (folder / "a.png").touch()
        numbers = {
            "seed": seed,
            "error": float("inf"),
            "peak, mm": [-1.93, 83.516, None],
            "brain 1": {"truth": "lesion", "gradient": {"in the lesion": 0.0841585}},
        }
        return FigureResult((folder / "a.png",), numbers, ("Simulated.",))

    module = import_module("viewer.commands.reproduce_figures.figure_output")
    monkeypatch.setattr(module, "make", make, raising=False)
    home = "viewer.commands.reproduce_figures.figure_output:make"
    monkeypatch.setattr(reproduce, "FIGURES", {"test-1": (home, "A test")})


def test_every_figure_has_its_function(capsys):
    assert call("--list", "--json") == 0
    names = json.loads(capsys.readouterr().out)
    assert {"morch-1", "morch-2", "morch-3", "morch-4"} <= set(names)
    for home, _ in reproduce.FIGURES.values():
        module, _, function = home.partition(":")
        assert callable(getattr(import_module(module), function))


def test_a_figure_and_its_numbers(drawn, tmp_path, capsys):
    folder = tmp_path / "figures"
    assert call("test-1", "-o", folder, "--seed", 3) == 0
    answer = capsys.readouterr()
    assert str(folder / "a.png") in answer.out
    assert "note: Simulated." in answer.err
    numbers = json.loads((folder / "test-1.json").read_text())
    assert numbers["figure"] == "test-1"
    assert numbers["notes"] == ["Simulated."]
    assert numbers["seed"] == 3
    assert numbers["error"] is None
    rows = [line.rsplit("  ", 1) for line in answer.out.splitlines()]
    assert [[name.strip(), *value] for name, *value in rows[1:-2]] == [
        ["seed", "3"],
        ["error", "inf"],
        ["peak, mm", "-1.93, 83.52, n/a"],
        ["brain 1: truth", "lesion"],
        ["brain 1: gradient: in the lesion", "0.08416"],
    ]
    assert call("test-1", "-o", folder, "--json", "--quiet") == 0
    assert json.loads(capsys.readouterr().out)["seed"] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "give a FIGURE"),
        (["morch-9", "-o", "x"], "no figure 'morch-9'; choose from morch-1"),
        (["morch-1"], "give the output folder"),
        (["morch-1", "-o", __file__], "is not a folder"),
        (["morch-2", "--accuracy", "exact", "-o", "x"], "for morch-1 and morch-3, not for morch-2"),
    ],
)
def test_wrong_use(words, says):
    with pytest.raises(UsageError, match=says):
        call(*words)


@pytest.mark.parametrize("words", [(), ("--accuracy", "second-order-cross")])
def test_an_accuracy_is_handed_on_and_the_papers_is_left_to_the_figure(drawn, monkeypatch, tmp_path, words):
    given = []

    def make(folder, seed, progress, **chosen):
        given.append(chosen)
        return FigureResult((), {})

    module = import_module("viewer.commands.reproduce_figures.figure_output")
    monkeypatch.setattr(module, "make", make)
    monkeypatch.setattr(reproduce, "WITH_ACCURACY", ("test-1",))
    assert call("test-1", "-o", tmp_path, *words) == 0
    assert given == [{"accuracy": "second-order-cross"} if words else {}]
