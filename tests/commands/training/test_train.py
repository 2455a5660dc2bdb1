"""``train lesions``, ``age`` and ``digits``: what is asked for is what is trained, written and told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from viewer.models.loading import load_model
from viewer.models.training import age, digits, lesions
from viewer.models.training.age import AgeScore, AgeTrainingOptions
from viewer.models.training.lesions import LesionScore, LesionTrainingOptions
from viewer.models.training.optimization import TrainedClassifier
from viewer.models.training.simulated_ageing import AGE_GRID


@pytest.fixture
def courses(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was to be trained; the networks are fresh ones."""
    from viewer.models.architectures.registry import find_architecture

    trained_courses: list[object] = []

    def lesion(course: LesionTrainingOptions, progress: object) -> TrainedClassifier[LesionScore]:
        trained_courses.append(course)
        network = find_architecture(lesions.ARCHITECTURES[course.dimensions], "test").build({}, "test")
        return TrainedClassifier(network, LesionScore(4, 3, 4, 4), 5, 1.0, 2)

    def people(course: AgeTrainingOptions, progress: object) -> TrainedClassifier[AgeScore]:
        trained_courses.append(course)
        network = find_architecture(age.ARCHITECTURE, "test").build({"shape": AGE_GRID.shape}, "test")
        return TrainedClassifier(network, AgeScore((1, 2, 3), (4, 4, 4)), 5, 1.0, 2)

    monkeypatch.setattr(lesions, "train_lesions", lesion)
    monkeypatch.setattr(age, "train_age", people)
    return trained_courses


@pytest.mark.parametrize(
    ("options", "name", "dimensions", "forms"),
    [
        ((), "lesions-both", 3, ["gaussian", "square"]),
        (("--kind", "square"), "lesions-square", 3, ["square"]),
        (("--kind", "gaussian", "--dimensions", "2"), "lesions-gaussian-2d", 2, ["gaussian"]),
        (("--dimensions", "2", "--name", "mine"), "mine", 2, ["gaussian", "square"]),
    ],
)
def test_lesions_in_two_and_three_dimensions(
    run, tmp_path: Path, courses: list, options: tuple[str, ...], name: str, dimensions: int, forms: list[str]
) -> None:
    answer = run("train", "lesions", *options, "--seed", "3", "-o", tmp_path)
    assert answer.status == 0
    assert answer.out.strip() == str(tmp_path / f"{name}.safetensors")
    (course,) = courses
    assert (course.dimensions, course.seed, list(map(str, course.shapes))) == (dimensions, 3, forms)
    card = load_model(tmp_path / f"{name}.safetensors").card
    assert card.architecture == f"eitel-{dimensions}d"
    words = card.source.split()
    again = run(*words[1:], "-o", tmp_path / "again")
    assert again.status == 0
    assert courses[1] == course


def test_age(run, tmp_path: Path, courses: list) -> None:
    answer = run("train", "age", "--json", "--seed", "7", "-o", tmp_path)
    assert answer.status == 0
    report = json.loads(answer.out)
    assert report["accuracy"] == 0.5
    assert report["right"]["70 years and more"] == [3, 4]
    assert courses[0].seed == 7
    assert load_model(report["model"]).card.arguments["shape"] == list(AGE_GRID.shape)


@pytest.mark.slow
def test_digits(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = digits.DigitTrainingOptions
    monkeypatch.setattr(digits, "DigitTrainingOptions", lambda layers, seed: course(layers, seed, epochs=1))
    answer = run("train", "digits", "--layers", "convolutional", "--json", "-o", tmp_path)
    assert answer.status == 0
    report = json.loads(answer.out)
    assert report["right"][1] == 500
    assert report["accuracy"] > 0.5
    assert Path(report["model"]).name == "digits-convolutional.safetensors"


@pytest.mark.parametrize("network", ["lesions", "age", "digits"])
def test_wrong_use_is_one_line_before_anything_is_computed(run, tmp_path: Path, network: str) -> None:
    wrong = run("train", network, "--name", "a/b", "-o", tmp_path)
    assert wrong.status == 2
    assert "--name a/b" in wrong.err
    (tmp_path / "file").write_text("")
    taken = run("train", network, "-o", tmp_path / "file")
    assert taken.status == 2
    assert "is not a folder" in taken.err


def test_the_help_names_all_networks(run) -> None:
    output = run("train", "--help")
    assert output.status == 0
    for network in ("lesions", "age", "digits", "morch"):
        assert network in output.out


def test_a_network_with_options_of_its_own_stands_first(run, tmp_path: Path) -> None:
    answer = run("train", "-o", tmp_path, "age")
    assert answer.status == 2
    assert "directly after 'train'" in answer.err
    unknown = run("train", "ages", "-o", tmp_path)
    assert unknown.status == 2
    assert "'age'" in unknown.err


def test_the_networks_that_are_named_have_a_module() -> None:
    from viewer.cli import SUBCOMMANDS
    from viewer.commands.train import OTHER_NETWORKS

    assert set(OTHER_NETWORKS) <= {network for command, network in SUBCOMMANDS if command == "train"}
