"""``train generators``: short trainings to the end, simulated and from a table, and wrong use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from viewer.cli import main
from viewer.models.training.brain_simulator import BrainSimulator
from viewer.models.training.generator_files import load_pair


@pytest.fixture
def one_brain(monkeypatch: pytest.MonkeyPatch) -> None:
    """One simulated brain, shown again and again: simulating many takes its time."""
    import numpy as np

    def brains(simulator: BrainSimulator, count: int, *_: object) -> list[Any]:
        return [simulator.simulate_brain(np.random.default_rng(1))] * min(count, 2)

    monkeypatch.setattr("viewer.models.training.generator_curriculum.simulate_brains", brains)


def run_command(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main([str(word) for word in words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.usefixtures("one_brain")
@pytest.mark.slow
def test_simulated_brains_end_in_a_file_and_its_numbers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, _ = run_command(
        capsys, "train", "generators", "--model", "demo", "--steps", 2, "-o", tmp_path, "--json", "--quiet"
    )
    assert status == 0
    report = json.loads(out)
    path = tmp_path / "demo.generators.safetensors"
    assert report["generators"] == str(path)
    assert report["steps"] == 2
    assert 0 <= report["kept"] <= report["scans"] == 2
    _, card = load_pair(path)
    assert card.network == "demo"
    assert "simulated" in card.description


def test_a_name_that_is_none_and_a_network_for_other_scans_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, model_file: Path
) -> None:
    status, _, err = run_command(
        capsys, "train", "generators", "--model", "demo", "-o", tmp_path, "--name", "a/b", "--quiet"
    )
    assert status == 2
    assert "use letters, digits" in err
    status, _, err = run_command(
        capsys, "train", "generators", "--model", model_file, "-o", tmp_path, "--quiet"
    )
    assert status == 1
    assert err.count("\n") == 1
    assert "give a table of scans" in err


def test_scans_of_a_table_train_a_pair(
    run: Callable[..., Any], scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    lines = [f"{scan_file.name}\tsub-{number}\t0" for number in range(3)]
    table = scan_file.parent / "study.tsv"
    table.write_text("\n".join(["scan\tsubject\ty", *lines]) + "\n")
    answer = run(
        "train",
        "generators",
        table,
        "--model",
        model_file,
        "--steps",
        2,
        "-o",
        tmp_path / "made",
        "--json",
        "--quiet",
    )
    assert answer.status == 0, answer.err
    report = json.loads(answer.out)
    assert report["scans"] == 1
    found = run(
        "explain",
        scan_file,
        "--model",
        model_file,
        "--method",
        "generated-difference",
        "--set",
        f"generators={report['generators']}",
        "-o",
        tmp_path / "map.nii.gz",
        "--device",
        "cpu",
        "--quiet",
    )
    assert found.status == 0, found.err
