"""Cohorts: maps as `explain` computes them, continued runs, failures, and processes that die."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import viewer
from viewer.cohorts.map_maker import MapMaker
from viewer.cohorts.run_cohort import cohort
from viewer.errors import MethodError, ScanError
from viewer.methods.registry import find_method

Table = Callable[..., Path]
METHODS = ("gradient", "lrp-epsilon")


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of every file of a folder, by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_scan_has_the_maps_that_explain_computes(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    path = table(2)
    result = cohort(path, model_file, METHODS, tmp_path / "maps", target="patient", workers=1)
    assert (result.computed, result.kept, result.failures) == (4, 0, ())
    model = viewer.load_model(model_file)
    scan = viewer.load_scan(path.parent / "02.nii.gz")
    expected = viewer.explain(model, scan, "lrp-epsilon", target="patient", grid="template")
    written = tmp_path / "maps" / "sub-02" / "anat" / "sub-02_desc-smallLrpEpsilon_relevance.nii.gz"
    found = viewer.load_map(written)
    np.testing.assert_allclose(found.data, expected.data, rtol=1e-5, atol=1e-9)
    assert found.grid is not None
    assert expected.grid is not None
    assert found.grid.same_as(expected.grid)
    description = json.loads((tmp_path / "maps" / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative"
    rows = (tmp_path / "maps" / "predictions.tsv").read_text().splitlines()
    assert [row.split("\t")[:4] for row in rows[1:3]] == [
        ["sub-01", "n/a", "small", "control"],
        ["sub-01", "n/a", "small", "patient"],
    ]
    assert float(rows[2].split("\t")[5]) == pytest.approx(1 - float(rows[1].split("\t")[5]))


@pytest.mark.slow
def test_maps_that_are_there_are_kept_and_those_of_another_scan_made_again(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    path, out = table(2), tmp_path / "maps"
    cohort(path, model_file, METHODS, out, target="patient", workers=1)
    before = contents(out)
    result = cohort(path, model_file, METHODS, out, target="patient", workers=1)
    assert (result.computed, result.kept) == (0, 4)
    assert contents(out) == before
    (path.parent / "01.nii.gz").write_bytes((path.parent / "02.nii.gz").read_bytes())
    result = cohort(path, model_file, METHODS, out, target="patient", workers=1)
    assert (result.computed, result.kept) == (2, 2)


@pytest.mark.slow
def test_a_folder_of_other_settings_or_other_files_is_refused(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    path, out = table(1), tmp_path / "maps"
    cohort(path, model_file, "gradient", out, target="patient", workers=1)
    with pytest.raises(ScanError, match=r"holds maps of other settings \(target patient\)"):
        cohort(path, model_file, "gradient", out, target="control", workers=1)
    with pytest.raises(ScanError, match="holds other files"):
        cohort(path, model_file, "gradient", path.parent, target="patient", workers=1)


@pytest.mark.slow
def test_a_folder_made_with_another_card_is_refused(table: Table, model_file: Path, tmp_path: Path) -> None:
    path, out, card = table(1), tmp_path / "maps", tmp_path / "other.json"
    cohort(path, model_file, "gradient", out, target="patient", workers=1)
    before = contents(out)
    entries = json.loads(model_file.with_suffix(".card.json").read_text())
    entries["input"]["intensity"] = {"scaling": "z-score"}
    card.write_text(json.dumps(entries))
    with pytest.raises(ScanError, match="holds maps of small with another card; name another folder"):
        cohort(path, model_file, "gradient", out, cards={str(model_file): card}, target="patient", workers=1)
    assert contents(out) == before
    # The same card from another file is no other card.
    card.write_text(model_file.with_suffix(".card.json").read_text())
    again = cohort(
        path, model_file, "gradient", out, cards={str(model_file): card}, target="patient", workers=1
    )
    assert (again.computed, again.kept) == (0, 1)


@pytest.mark.slow
def test_a_second_network_leaves_what_is_told_of_the_first(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    path, out = table(2), tmp_path / "maps"
    other = tmp_path / "other.safetensors"
    other.write_bytes(model_file.read_bytes())
    other.with_suffix(".card.json").write_bytes(model_file.with_suffix(".card.json").read_bytes())
    (path.parent / "02.nii.gz").write_bytes(b"no image")
    cohort(path, model_file, "gradient", out, target="patient", workers=1)
    cohort(path, other, "gradient", out, target="patient", workers=1)
    rows = [line.split("\t") for line in (out / "predictions.tsv").read_text().splitlines()]
    assert [row[2] for row in rows] == ["model", "small", "small", "other", "other"]
    failed = [line.split("\t")[:2] for line in (out / "failures.tsv").read_text().splitlines()[1:]]
    assert sorted(failed) == [["sub-02", "otherGradient"], ["sub-02", "smallGradient"]]
    again = cohort(path, other, "gradient", out, target="patient", workers=1)
    assert (again.computed, again.kept) == (0, 1)
    assert len((out / "failures.tsv").read_text().splitlines()) == 3


def test_a_target_is_needed_where_maps_of_classes_would_be_mixed(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(MethodError, match="maps of different classes would be mixed"):
        cohort(table(1), model_file, "gradient", tmp_path / "maps", workers=1)
    assert not (tmp_path / "maps").exists()


@pytest.mark.parametrize(
    ("target", "problem"),
    [("tumour", "small has control, patient"), ({"other": "patient"}, "target of other: no such network")],
)
def test_a_target_that_no_network_has_is_told_before_anything_is_computed(
    table: Table, model_file: Path, tmp_path: Path, target: object, problem: str
) -> None:
    with pytest.raises(MethodError, match=problem):
        cohort(table(1), model_file, "gradient", tmp_path / "maps", target=target, workers=1)
    assert not (tmp_path / "maps").exists()


@pytest.mark.slow
def test_a_scan_that_cannot_be_read_is_told_in_a_table_and_stops_nothing(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    path = table(3)
    (path.parent / "02.nii.gz").write_bytes(b"no image")
    result = cohort(path, model_file, METHODS, tmp_path / "maps", target="patient", workers=1)
    assert (result.computed, len(result.failures)) == (4, 2)
    rows = (tmp_path / "maps" / "failures.tsv").read_text().splitlines()
    assert rows[0] == "participant\tdesc_id\terror"
    assert [row.split("\t")[:2] for row in rows[1:]] == [
        ["sub-02", "smallGradient"],
        ["sub-02", "smallLrpEpsilon"],
    ]
    assert "02.nii.gz" in rows[1]


def command(path: Path, model: Path, out: Path, *more: str) -> list[str]:
    """Return the command line of a cohort."""
    methods = [word for name in METHODS for word in ("--method", name)]
    return [
        sys.executable, "-m", "viewer", "cohort", str(path), "--model", str(model), *methods,
        "--target", "patient", "-o", str(out), "--quiet", *more,
    ]  # fmt: skip


def wait_for_maps(out: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until there are some maps, and the process still runs."""
    while len(list(out.rglob("*_relevance.nii.gz"))) < count:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_run_that_is_killed_twice_ends_with_the_bytes_of_one_that_was_not(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    path, out = table(7), tmp_path / "killed"
    for count in (2, 6):
        process = subprocess.Popen(command(path, model_file, out, "--workers", "1"), start_new_session=True)
        wait_for_maps(out, count, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert len(list(out.rglob("*_relevance.nii.gz"))) < 14
    subprocess.run(command(path, model_file, out, "--workers", "2"), check=True)
    whole = tmp_path / "whole"
    cohort(path, model_file, METHODS, whole, target="patient", workers=1)
    assert contents(out) == contents(whole)


@pytest.mark.slow
def test_a_scan_whose_process_dies_is_tried_again_and_then_reported(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    path, out = table(4), tmp_path / "maps"
    process = subprocess.Popen(command(path, model_file, out, "--workers", "1"))
    wait_for_maps(out, 1, process)
    workers = subprocess.run(
        ["pgrep", "-P", str(process.pid), "-f", "spawn_main"], capture_output=True, text=True, check=True
    )
    os.kill(int(workers.stdout.split()[0]), signal.SIGKILL)
    assert process.wait() == 0
    assert len(list(out.rglob("*_relevance.nii.gz"))) == 8


@pytest.mark.slow
def test_cancelling_ends_the_processes_and_keeps_complete_maps(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    path, out = table(8), tmp_path / "maps"
    progress = viewer.Progress(cancelled=lambda: len(list(out.rglob("*_relevance.nii.gz"))) > 1)
    with pytest.raises(viewer.errors.Cancelled):
        cohort(path, model_file, METHODS, out, target="patient", workers=1, progress=progress)
    written = list(out.rglob("*_relevance.nii.gz"))
    assert 1 < len(written) < 16
    assert all(viewer.load_map(one).provenance.method for one in written)
    assert not list(out.rglob("*.part"))


@pytest.mark.slow
def test_images_of_a_dataset_are_found_and_missing_ones_told(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    scan = table(1).parent / "01.nii.gz"
    dataset = tmp_path / "dataset"
    for name in ("01", "02"):
        (dataset / f"sub-{name}" / "anat").mkdir(parents=True)
    (dataset / "sub-01" / "anat" / "sub-01_T1w.nii.gz").write_bytes(scan.read_bytes())
    result = cohort(dataset, model_file, METHODS, tmp_path / "maps", target="patient", workers=1)
    assert result.computed == 2
    assert [(one.participant, "sub-02: holds no images" in one.error) for one in result.failures] == [
        ("sub-02", True),
        ("sub-02", True),
    ]


def test_missing_scans_of_a_table_are_failures_and_do_not_stop_the_others(
    table: Table, model_file: Path, tmp_path: Path
) -> None:
    path = table(3)
    lines = path.read_text().splitlines()
    column = lines[0].split("\t").index("scan")
    (path.parent / lines[2].split("\t")[column]).unlink()
    cells = lines[3].split("\t")
    cells[column] = "n/a"
    path.write_text("\n".join([*lines[:3], "\t".join(cells)]) + "\n")
    result = cohort(path, model_file, "gradient", tmp_path / "maps", target="patient", workers=1)
    assert result.computed == 1
    told = {one.participant: one.error for one in result.failures}
    assert len(told) == 2
    first, second = told.values()
    assert "no such file" in first
    assert "line 4: names no scan" in second


def test_networks_are_loaded_once_for_all_scans(
    table: Table, model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from viewer.cohorts.derivatives import Derivatives
    from viewer.cohorts.participants import read_participants
    from viewer.cohorts.plan import CohortPlan, label_models
    from viewer.methods.registry import find_method
    from viewer.models import loading

    loaded = []
    true_loading = loading.load_model
    monkeypatch.setattr(loading, "load_model", lambda *a, **k: loaded.append(a) or true_loading(*a, **k))
    plan = CohortPlan(label_models([str(model_file)], [None]), (find_method("gradient")(),), "patient")
    maker = MapMaker(plan, Derivatives(tmp_path / "maps"))
    for row in read_participants(table(3)).rows:
        assert [one.error for one in maker.make_maps(row)] == [""]
    assert len(loaded) == 1


@pytest.mark.slow
def test_reference_scans_are_prepared_once_for_all_processes(tmp_path: Path) -> None:
    """The seconds that a step took are those of one process in the maps of all."""
    from tests.methods.test_prepared_references import AFFINE, SHAPE, save_stripped

    healthy = tmp_path / "healthy"
    healthy.mkdir()
    for number in range(3):
        save_stripped(healthy / f"{number}.nii.gz", number, 7)
    table = tmp_path / "participants.tsv"
    names = [f"person{number}" for number in range(4)]
    for number, name in enumerate(names):
        save_stripped(tmp_path / f"{name}.nii.gz", 10 + number, 7)
    table.write_text("participant_id\tscan\n" + "".join(f"sub-{one}\t{one}.nii.gz\n" for one in names))
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten()).eval()
    program = torch.export.export(network, (torch.zeros(1, 1, *SHAPE),))
    torch.export.save(program, tmp_path / "net.pt2")
    spec: dict[str, object] = {
        "placement": "affine",
        "shape": SHAPE,
        "affine": AFFINE.tolist(),
        "skull": "removed",
    }
    spec["intensity"] = {"scaling": "none"}
    card = {"name": "net", "classes": ["a", "b"], "input": spec}
    (tmp_path / "net.card.json").write_text(json.dumps(card))
    method = find_method("deeplift").from_parameters({"baseline": healthy})
    result = cohort(
        table, tmp_path / "net.pt2", method, tmp_path / "maps", target="a", prepare="card", workers=2
    )
    assert (result.computed, result.failures) == (4, ())
    sidecars = sorted((tmp_path / "maps").glob("sub-*/**/*_relevance.json"))
    made = [json.loads(one.read_text())["references"]["scans"] for one in sidecars]
    assert len(made) == 4
    assert all(one == made[0] for one in made)
    assert all(step["seconds"] > 0 for scan in made[0] for step in scan["preparation"]["steps"][:1])
