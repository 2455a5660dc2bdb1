"""Scans and maps that are series: each command can name the volume of either, and says how."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from viewer.scans.load import VolumeNotChosen, load_map, load_scan
from viewer.session.cli_export import figure_command, slices_command
from viewer.session.map_look import MapLook
from viewer.session.session import Session
from viewer.session.session_io import open_images, read_session, save_session

Run = Callable[..., Any]
SHAPE = (12, 14, 10)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def series(path: Path, seed: int) -> Path:
    data = np.random.default_rng(seed).random((*SHAPE, 3), dtype=np.float32)
    nib.save(nib.Nifti1Image(data, np.diag([3.0, 3.0, 3.0, 1.0])), path)
    return path


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    return series(tmp_path / "scans.nii.gz", 1)


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    return series(tmp_path / "maps.nii.gz", 2)


def single(series_file: Path, volume: int) -> Path:
    """One volume of a series as a file of its own, in another folder under the same name."""
    folder = series_file.parent / f"volume{volume}"
    folder.mkdir(exist_ok=True)
    image = nib.load(series_file)
    path = folder / series_file.name
    nib.save(nib.Nifti1Image(image.dataobj[..., volume], image.affine), path)
    return path


def test_a_volume_is_remembered_where_there_are_several(scans: Path) -> None:
    assert load_scan(scans, 2).volume == 2
    assert load_map(scans, 0).volume == 0
    assert load_scan(single(scans, 1)).volume is None
    assert load_scan(single(scans, 1), 0).volume is None


def test_volumes_of_one_file_have_names_of_their_own(run: Run, scans: Path, maps: Path) -> None:
    assert [load_map(maps, number).name for number in range(3)] == [
        "maps, volume 0", "maps, volume 1", "maps, volume 2"
    ]  # fmt: skip
    assert load_scan(scans, 2).name == "scans, volume 2"
    assert load_map(single(maps, 1)).name == "maps"
    together = load_scan(scans, channels=("T1", "T2", "FLAIR"))
    assert (together.name, [image.name for image in together.images.values()]) == ("scans", ["scans"] * 3)


def test_a_map_drawn_together_names_its_volume(run: Run, scans: Path, maps: Path, tmp_path: Path) -> None:
    alone, two = tmp_path / "alone.png", tmp_path / "two.png"
    given = ["--volume", 0, "--map", maps, "--map-volume", 0, "--size", "160x120"]
    assert "--also" in run("figure", scans, *given, "--also", maps, "percentile=99", "-o", two).err
    assert run("figure", scans, *given, "-o", alone).status == 0
    assert run("figure", scans, *given, "--also", maps, "volume=2", "percentile=90", "-o", two).status == 0
    assert alone.read_bytes() != two.read_bytes()
    assert run("figure", scans, *given, "--also", maps, "volume=x", "-o", two).status == 2
    session = Session()
    session.set_scan(load_scan(scans, 0))
    session.add_map(load_map(maps, 2))
    session.keep_map(0, True)
    session.set_look(0, replace(MapLook.from_view(session.view), opacity=0.4))
    session.add_map(load_map(maps, 0))
    words = shlex.split(figure_command(session, "again.png", (160, 120), 150))
    also = words[words.index("--also") :]
    assert also[1:3] == [str(maps), "volume=2"]
    assert "opacity=0.4" in also


def test_a_renamed_map_has_its_name_in_copied_commands(
    run: Run, scans: Path, maps: Path, tmp_path: Path
) -> None:
    session = Session()
    session.set_scan(load_scan(scans, 0))
    for number in range(2):
        session.add_map(load_map(maps, number))
        session.rename_map(number, f"-it's <{number}>")
    session.keep_map(0, True)
    picture = tmp_path / "copied.svg"
    words = shlex.split(figure_command(session, str(picture), (320, 240), 150))
    assert run(*words[1:]).status == 0
    drawn = unescape(picture.read_text())
    assert "-it's <1>" in drawn
    assert "-it's <0>" in drawn
    lines = shlex.split(slices_command(session, str(tmp_path / "copied_slices.svg"), 150))
    assert run(*lines[1:]).status == 0
    assert "-it's <1>" in unescape((tmp_path / "copied_slices.svg").read_text())
    assert run(*words[1:], "--map-name", "another").status == 2


def test_the_error_names_the_argument_and_on_the_command_line_the_option(
    run: Callable[..., Any], scans: Path
) -> None:
    with pytest.raises(VolumeNotChosen, match=r"holds 3 volumes; choose one with volume=N, 0 to 2") as told:
        load_scan(scans)
    with pytest.raises(VolumeNotChosen, match=r"holds 3 volumes; choose one with volume=N, 0 to 2") as of_map:
        load_map(scans)
    assert told.value.command_line.endswith("holds 3 volumes; choose one with --volume N, 0 to 2")
    assert of_map.value.command_line.endswith("holds 3 volumes; choose one with --map-volume N, 0 to 2")
    assert "choose one with --map-volume N, 0 to 2" in run("clusters", scans).err


@pytest.mark.parametrize("command", ["figure", "slices", "mesh"])
def test_pictures_of_series_are_those_of_their_volumes(
    run: Run, scans: Path, maps: Path, tmp_path: Path, command: str
) -> None:
    ending = ".obj" if command == "mesh" else ".png"
    size = () if command == "mesh" else ("--size", "96x80")
    one, other = tmp_path / f"one{ending}", tmp_path / f"other{ending}"
    advice = run(command, scans, "--volume", 1, "--map", maps, "-o", one)
    assert advice.status == 1
    assert "--map-volume N, 0 to 2" in advice.err
    answer = run(command, scans, "--volume", 1, "--map", maps, "--map-volume", 2, "-o", one, *size)
    assert answer.status == 0, answer.err
    assert run(command, single(scans, 1), "--map", single(maps, 2), "-o", other, *size).status == 0
    if command == "mesh":
        assert vertices(one) == vertices(other)
    else:
        assert described(one)["scan"]["volume"] == 1
        assert described(one)["maps"][0]["volume"] == 2
        assert described(one)["scan"]["hash"] == described(other)["scan"]["hash"]
        assert "volume" not in described(other)["scan"]


def vertices(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.startswith("v ")]


def described(path: Path) -> dict[str, Any]:
    """What a PNG says of itself: the JSON of its description."""
    text = path.read_bytes().decode("latin-1")
    found, _ = json.JSONDecoder().raw_decode(text[text.index('{"scan"') :])
    return dict(found)


def test_maps_are_compared_by_their_volumes_in_order(run: Run, maps: Path) -> None:
    assert "--map-volume" in run("compare", maps, maps).err
    output = run("compare", maps, maps, "--map-volume", 0, "--map-volume", 2, "--json")
    assert output.status == 0, output.err
    expected = run("compare", single(maps, 0), single(maps, 2), "--json")
    numbers = {"pearson", "dice", "auc", "voxels"}
    assert {name: json.loads(output.out)[name] for name in numbers} == {
        name: json.loads(expected.out)[name] for name in numbers
    }
    mixed = run("compare", single(maps, 0), maps, "--map-volume", 0, "--map-volume", 2, "--json")
    assert json.loads(mixed.out)["pearson"] == json.loads(output.out)["pearson"]


def test_a_volume_for_each_map_or_none(run: Run, maps: Path, scans: Path, tmp_path: Path) -> None:
    answer = run("compare", maps, maps, "--map-volume", 1)
    assert answer.status == 2
    assert "give it once per map" in answer.err
    line = ("figure", single(scans, 0), "--map", maps, "--map", maps, "-o", tmp_path / "a.png")
    assert run(*line, "--map-volume", 1).status == 2
    assert run(*line, "--map-volume", 1, "--map-volume", 0, "--size", "96x64").status == 0


def test_clusters_take_either_name_of_the_option(run: Run, maps: Path) -> None:
    one = run("clusters", maps, "--map-volume", 1, "--json")
    assert one.status == 0, one.err
    expected = json.loads(run("clusters", single(maps, 1), "--json").out)
    assert json.loads(one.out)["clusters"] == expected["clusters"]
    assert run("clusters", maps, "--volume", 1, "--json").out == one.out
    assert "--map-volume" in run("clusters", maps).err


def test_a_map_says_which_volume_it_explains(run: Run, model_file: Path, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.nii.gz"
    arguments = ("--model", model_file, "--method", "gradient", "--device", "cpu", "-o", out)
    assert run("explain", scans, "--volume", 2, *arguments).status == 0
    assert json.loads((tmp_path / "out.json").read_text())["scan"]["volume"] == 2
    assert load_map(out).provenance.scan["volume"] == 2
    checked = run(
        "check", scans, "--volume", 2, "--model", model_file, "--map", out, "--map-volume", 0,
        "--kinds", "conservation", "--device", "cpu",
    )  # fmt: skip
    assert checked.status == 0, checked.err
    assert run("explain", single(scans, 2), *arguments).status == 0
    assert "volume" not in json.loads((tmp_path / "out.json").read_text())["scan"]


def test_a_mask_of_several_volumes_is_refused_without_a_dead_end(
    run: Run, scans: Path, maps: Path, model_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.nii.gz"
    answer = run(
        "features", "--model", model_file, "--target", "0", "--mask", maps, "-o", out, "--device", "cpu"
    )
    assert answer.status == 1
    assert "holds 3 volumes; a single one is needed" in answer.err
    assert "--volume" not in answer.err


@pytest.mark.parametrize("ending", ["json", "zip"])
def test_a_session_keeps_the_volumes(scans: Path, maps: Path, tmp_path: Path, ending: str) -> None:
    session = Session()
    session.set_scan(load_scan(scans, 1))
    session.add_map(load_map(maps, 2))
    path = save_session(session, tmp_path / f"a.session.{ending}")
    scan, shown = open_images(read_session(path))
    assert scan is not None
    assert (scan.volume, scan.hash) == (1, session.scan.hash)
    assert [one.volume for one in shown] == [2]
    np.testing.assert_array_equal(shown[0].data, session.maps[0].map.data)


@pytest.mark.parametrize("volume", [-1, 1.5, True, "1"])
def test_a_session_with_an_odd_volume_names_the_entry(scans: Path, tmp_path: Path, volume: object) -> None:
    session = Session()
    session.set_scan(load_scan(scans, 1))
    path = save_session(session, tmp_path / "a.session.json")
    entries = json.loads(path.read_text())
    entries["scan"]["volume"] = volume
    path.write_text(json.dumps(entries))
    with pytest.raises(Exception, match="its entry 'scan' is invalid"):
        read_session(path)


def test_the_copied_command_names_both_volumes(run: Run, scans: Path, maps: Path, tmp_path: Path) -> None:
    session = Session()
    session.set_scan(load_scan(scans, 1))
    session.add_map(load_map(maps, 2))
    out = tmp_path / "a.png"
    for line in (figure_command(session, str(out), (96, 80), 72), slices_command(session, str(out), 72)):
        assert run(*shlex.split(line)[1:]).status == 0
        assert described(out)["scan"]["hash"] == session.scan.hash
        assert described(out)["maps"][0]["volume"] == 2
