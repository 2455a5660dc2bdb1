"""Commands that lay a map over a scan say where its sidecar names another scan or another network."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

Run = Callable[..., object]


@pytest.fixture
def other_file(scan_file: Path, tmp_path: Path) -> Path:
    """A scan at the same place with other voxels."""
    image = nib.load(scan_file)
    data = np.asarray(image.dataobj)
    path = tmp_path / "sub-02_T1w.nii.gz"
    nib.save(nib.Nifti1Image((data * 0.5).astype(np.float32), image.affine, image.header), path)
    return path


@pytest.fixture
def found_file(run: Run, scan_file: Path, model_file: Path, tmp_path: Path) -> Path:
    """A map of the scan by the network, with its sidecar."""
    path = tmp_path / "found.nii.gz"
    answer = run("explain", scan_file, "--model", model_file, "--method", "gradient", "-o", path)
    assert answer.status == 0, answer.err
    return path


COMMANDS = {
    "figure": ("--size", "200x160", "-o", "out.png"),
    "slices": ("-o", "out.png"),
    "mesh": ("-o", "out.stl"),
    "movie": ("--seconds", "0.2", "--size", "120x90", "-o", "out.gif"),
}
NOTE = ": this map is of sub-01_T1w, not of sub-02_T1w"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_map_of_another_scan_is_told(
    run: Run, command: str, scan_file: Path, other_file: Path, found_file: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    answer = run(command, other_file, "--map", found_file, *COMMANDS[command])
    assert answer.status == 0, answer.err
    assert NOTE in answer.err
    assert "this map" not in run(command, scan_file, "--map", found_file, *COMMANDS[command]).err


@pytest.mark.slow
def test_check_tells_another_scan_and_keeps_its_map_out_of_the_agreement(
    run: Run, scan_file: Path, other_file: Path, found_file: Path, model_file: Path
) -> None:
    words = ("check", "--model", model_file, "--map", found_file, "--method", "gradient")
    words = (*words, "--kinds", "agreement", "--json")
    answer = run(*words[:1], other_file, *words[1:])
    assert NOTE in answer.err
    (agreement,) = json.loads(answer.out)["results"]
    assert agreement["headline"] == "not run"
    assert "(the map was made from another scan)" in agreement["sentence"]
    (agreement,) = json.loads(run(*words[:1], scan_file, *words[1:]).out)["results"]
    assert agreement["numbers"]["maps"] == agreement["numbers"]["maps"]
    assert "Left out" not in agreement["sentence"]


def test_a_figure_of_another_scan_says_so_in_its_metadata(
    run: Run, other_file: Path, found_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "figure.svg"
    assert run("figure", other_file, "--map", found_file, "--size", "200x160", "-o", out).status == 0
    text = out.read_text()
    assert "(of sub-01_T1w) on sub-02_T1w" in text
    assert text.count("(of sub-01_T1w)") >= 2  # in the legend, too


def test_slices_of_another_scan_say_so_in_the_picture(
    run: Run, other_file: Path, found_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "slices.svg"
    assert run("slices", other_file, "--map", found_file, "-o", out).status == 0
    assert "This map is of sub-01_T1w, not of sub-02_T1w." in out.read_text()


def test_compare_tells_two_maps_of_two_scans(
    run: Run, scan_file: Path, other_file: Path, found_file: Path, model_file: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second.nii.gz"
    words = ("--model", model_file, "--method", "gradient", "-o", second)
    assert run("explain", other_file, *words).status == 0
    assert "of two scans, sub-01_T1w and sub-02_T1w" in run("compare", found_file, second).err
    assert "two scans" not in run("compare", found_file, found_file).err


@pytest.fixture
def networks_files(found_file: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The map, and one that differs in the network that its sidecar names and has a large residual."""
    second = tmp_path / "second.nii.gz"
    shutil.copy(found_file, second)
    made = json.loads(found_file.with_name("found.json").read_text())
    made["model"] |= {"name": "ADnet", "hash": "b" * 64}
    made["residual"] = {"kind": "completeness", "expected": 2.0, "found": 1.0}
    made["title"] = "Second"
    second.with_name("second.json").write_text(json.dumps(made))
    return found_file, second


NETWORKS = "the maps are made by two networks, small and ADnet"


def test_two_networks_are_told_by_compare(run: Run, networks_files: tuple[Path, Path]) -> None:
    answer = run("compare", *networks_files)
    assert NETWORKS in answer.err
    assert "Second: residual 50%" in answer.err
    notes = json.loads(run("compare", *networks_files, "--json").out)["notes"]
    assert NETWORKS in notes
    assert "notes" not in json.loads(run("compare", networks_files[0], networks_files[0], "--json").out)


def test_two_targets_are_told_by_compare(run: Run, scan_file: Path, model_file: Path, tmp_path: Path) -> None:
    files = []
    for target in ("0", "1"):
        files.append(tmp_path / f"target{target}.nii.gz")
        words = ("--model", model_file, "--method", "gradient", "--target", target, "-o", files[-1])
        assert run("explain", scan_file, *words).status == 0
    names = [json.loads(file.with_name(f"{file.name[:7]}.json").read_text())["target"] for file in files]
    note = f"the maps explain two targets, {names[0]} and {names[1]}"
    assert names[0] != names[1]
    assert note in run("compare", *files).err
    assert json.loads(run("compare", *files, "--json").out)["notes"] == [note]
    assert "targets" not in run("compare", files[0], files[0]).err


@pytest.mark.parametrize("compare", [(), ("--compare", "beside")])
def test_two_networks_are_told_by_figure(
    run: Run, scan_file: Path, networks_files: tuple[Path, Path], compare: tuple[str, ...], tmp_path: Path
) -> None:
    out = tmp_path / "figure.svg"
    maps = [word for file in networks_files for word in ("--map", file)]
    answer = run("figure", scan_file, *maps, *compare, "--size", "900x300", "-o", out)
    assert answer.status == 0, answer.err
    assert NETWORKS in answer.err
    text = html.unescape(out.read_text())
    assert NETWORKS in text
    words = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", text))
    assert "(by small)" in words
    assert "(by ADnet, residual 50%)" in words


def test_a_large_residual_is_told_by_slices_and_clusters(
    run: Run, scan_file: Path, networks_files: tuple[Path, Path], tmp_path: Path
) -> None:
    _, second = networks_files
    out = tmp_path / "slices.svg"
    answer = run("slices", scan_file, "--map", second, "--size", "320x160", "-o", out)
    assert "Second: residual 50%" in answer.err
    words = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", html.unescape(out.read_text())))
    assert "Second (residual 50%)" in words
    assert "Second: residual 50%" in run("clusters", second).err
    assert any("residual 50%" in note for note in json.loads(run("clusters", second, "--json").out)["notes"])
