"""The command that checks whether maps can be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def words(scan_file: Path, model_file: Path) -> list[object]:
    return ["check", scan_file, "--model", model_file, "--device", "cpu", "--quiet"]


def test_methods_are_checked_and_a_report_is_written(
    run: Callable, words: list[object], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    answer = run(
        *words, "--method", "lrp-epsilon", "--method", "gradient",
        "--kinds", "conservation,agreement,removal", "-o", path,
    )  # fmt: skip
    assert answer.status == 0, answer.err
    assert answer.err == ""
    lines = answer.out.splitlines()
    assert lines[-1] == str(path)
    kinds = ["conservation"] * 2 + ["removal"] * 2 + ["agreement"]
    assert [line.split()[0] for line in lines[1:-4]] == kinds
    assert lines[-4].startswith("fit: ")
    assert [line.partition(": ")[0] for line in lines[-3:-1]] == ["LRP-ε", "Gradient"]
    assert all("support" in line or "No verdict" in line for line in lines[-3:-1])
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "lrp" in page.lower()
    assert page.count("in the box") == 2


@pytest.mark.parametrize(
    ("methods", "named"), [(["gradient"], "1 map"), (["gradient", "lrp-epsilon"], "2 maps")]
)
def test_it_says_how_many_maps_it_checks(
    run: Callable, words: list[object], methods: list[str], named: str
) -> None:
    chosen = [word for method in methods for word in ("--method", method)]
    answer = run(*words[:-1], *chosen, "--kinds", "conservation")
    assert f"note: {named}, about " in answer.err


@pytest.mark.slow
def test_a_maps_file_is_made_again(
    run: Callable, words: list[object], scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "map.nii.gz"
    made = run(
        "explain", scan_file, "--model", model_file, "--method", "gradient", "--target", "patient", "-o", path
    )
    assert made.status == 0, made.err
    answer = run(*words, "--map", path, "--kinds", "contrast,repeatability", "--json")
    assert answer.status == 0, answer.err
    found = json.loads(answer.out)
    assert found["target"] == "patient"
    assert [one["check"] for one in found["results"]] == ["contrast", "repeatability"]
    assert all(one["verdict"] != "open" for one in found["results"])
    assert found["estimated seconds"] > 0
    again = json.loads(run(*words, "--map", path, "--kinds", "contrast,repeatability", "--json").out)
    assert [one["numbers"] for one in again["results"]] == [one["numbers"] for one in found["results"]]


def test_a_mask_is_held_against_the_map(
    run: Callable, words: list[object], map_file: Path, tmp_path: Path
) -> None:
    answer = run(
        *words, "--map", map_file, "--mask", map_file, "--kinds", "localisation,randomisation", "--json"
    )
    assert answer.status == 0, answer.err
    localisation, randomisation = json.loads(answer.out)["results"]
    assert localisation["verdict"] == "holds"
    # The warm ball and the cold one are equally strong, and the mask holds the warm one.
    assert localisation["numbers"]["pointing game"] == 0.5
    assert randomisation["verdict"] == "open"
    assert "does not say which network" in randomisation["sentence"]


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ([], 2, "--map"),
        (["--method", "gradeint"], 2, "did you mean gradient"),
        (["--method", "gradient", "--kinds", "deletions"], 2, "choose from conservation"),
        (["--method", "gradient", "-o", "report.pdf"], 2, ".html"),
        (["--method", "gradient", "--label", "3"], 2, "--mask"),
        (["--method", "gradient", "--target", "nobody"], 1, "no such class"),
        (["--map", "missing.nii.gz"], 1, "missing.nii.gz"),
        (["--method", "gradient", "--mask", "missing.nii.gz"], 1, "missing.nii.gz"),
    ],
    ids=["nothing", "method", "kind", "ending", "label", "target", "map", "mask"],
)
def test_what_is_wrong_is_said_on_one_line(
    run: Callable, words: list[object], more: list[str], status: int, said: str
) -> None:
    answer = run(*words, *more)
    assert answer.status == status
    assert said in answer.err
    assert len(answer.err.strip().splitlines()) == 1


def test_the_help_names_every_check() -> None:
    from viewer.checks.runner import check_names
    from viewer.commands.check import CHECK_NAMES

    assert tuple(CHECK_NAMES.split(", ")) == check_names()


@pytest.mark.slow
def test_the_lesions_of_the_demonstration_are_known(run: Callable) -> None:
    answer = run(
        "check", "simulated-lesions", "--model", "demo", "--method", "input-times-gradient",
        "--device", "cpu", "--kinds", "localisation", "--json", "--quiet",
    )  # fmt: skip
    assert answer.status == 0, answer.err
    (found,) = json.loads(answer.out)["results"]
    assert found["numbers"]["region"] == "The mask of the simulated lesions"
    assert found["sentence"].startswith("The mask of the simulated lesions contains ")
    assert found["verdict"] == "holds"
    assert found["numbers"]["pointing game"] == 1
