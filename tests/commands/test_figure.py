from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from viewer.commands import figure, view_options
from viewer.commands.parser import CommandParser
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.view import Theme, View

Run = Callable[..., Any]


def view(*words: str) -> View:
    parser = CommandParser("figure", "", "")
    figure.add_arguments(parser)
    return view_options.view_from(parser.parse(["scan", "--map", "map", "-o", "a.png", *words]))


def test_without_options_it_is_the_window_s_view() -> None:
    assert view() == View()


@pytest.mark.parametrize(
    ("words", "threshold"),
    [
        (["--threshold", "0.25"], Threshold(ThresholdKind.VALUE, 0.25)),
        (["--percentile", "97.5"], Threshold(ThresholdKind.PERCENTILE, 97.5)),
        (["--top", "20"], Threshold(ThresholdKind.TOP, 20)),
        (["--voxels", "500"], Threshold(ThresholdKind.VOXELS, 500)),
        (["--threshold", "0"], Threshold(ThresholdKind.VALUE, 0)),
    ],
)
def test_where_the_map_is_cut(words: list[str], threshold: Threshold) -> None:
    assert view(*words).threshold == threshold


def test_how_it_looks() -> None:
    found = view(
        "--min-cluster", "50", "--background", "light", "--walls", "-30,5,12.5", "--glass", "--nested",
        "--azimuth", "-120", "--elevation", "-10",
    )  # fmt: skip
    assert found.smallest_cluster == 50
    assert found.theme is Theme.LIGHT
    assert found.walls_at == (-30, 5, 12.5)
    assert found.glass
    assert found.nested
    assert (found.camera.azimuth, found.camera.elevation) == (-120, -10)
    assert view("--walls", "middle").walls_at is None


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--percentile", "101"], "argument --percentile: 101 is out of range; choose 0 to 100"),
        (["--top", "5", "--voxels", "9"], "argument --voxels: not allowed with argument --top"),
        (["--voxels", "1.5"], "argument --voxels: '1.5' is not a whole number"),
        (["--threshold", "nan"], "argument --threshold: 'nan' is not a number"),
        (["--mm", "85"], "argument --mm: '85' is not a size; give WIDTHxHEIGHT, such as 85x64"),
        (["--mm", "0x5"], "argument --mm: '0x5' is not a size in mm"),
        (["--range", "3,1"], "argument --range: '3,1' is not a range of |values|; give LOW,HIGH from 0 on"),
        (["--size", "1280"], "argument --size: '1280' is not a size; give WIDTHxHEIGHT, such as 1280x960"),
        (["--walls", "1,2"], "argument --walls: '1,2' is not a point; give X,Y,Z in mm, such as -30,5,12"),
        (["--walls", "inf,0,0"], "argument --walls: 'inf,0,0' is not a point in space"),
        (["--elevation", "91"], "argument --elevation: 91 is out of range; choose -90 to 90"),
        (["-o", "figure.jpg"], "figure.jpg: the name must end in .png or .svg or .pdf"),
    ],
)
def test_wrong_use_is_told_before_anything_is_read(run: Run, words: list[str], line: str) -> None:
    answer = run("figure", "no.nii", "--map", "no.nii", "-o", "a.png", *words)
    assert (answer.status, answer.out) == (2, "")
    assert line in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--walls", "--crosshair"])
def test_a_point_outside_of_the_scan_is_told_and_the_nearest_is_taken(
    run: Run, scan_file: Path, map_file: Path, tmp_path: Path, option: str
) -> None:
    words = ("figure", scan_file, "--map", map_file, "--size", "320x240")
    answer = run(*words, "-o", tmp_path / "a.png", option, "200,1,2")
    assert answer.status == 0
    message = f"the point 200,1,2 mm of {option} is outside the scan; the nearest point, 24,1,2, is used"
    assert message in answer.err
    inside = run(*words, "-o", tmp_path / "b.png", option, "24,1,2")
    assert "outside the scan" not in inside.err
    drawn = [plt.imread(tmp_path / name) for name in ("a.png", "b.png")]
    np.testing.assert_array_equal(*drawn)


def test_the_figure_is_drawn(run: Run, scan_file: Path, map_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    words = ("figure", scan_file, "--map", map_file, "-o", path, "--percentile", 60, "--size", "320x240")
    answer = run(*words)
    assert answer.status == 0, answer.err
    assert answer.out == f"{path}\n"
    from skimage.io import imread

    picture = imread(path)[..., :3].astype(int)
    assert picture.shape == (240, 320, 3)
    # Warm and cold bodies: orange is red before blue, blue the other way round.
    warmth = picture[..., 0] - picture[..., 2]
    assert (warmth > 40).sum() > 100
    assert (warmth < -40).sum() > 100


@pytest.mark.parametrize("command", ["figure", "slices"])
def test_a_size_in_millimetres(
    run: Run, scan_file: Path, map_file: Path, tmp_path: Path, command: str
) -> None:
    from PIL import Image

    path = tmp_path / "printed.png"
    answer = run(command, scan_file, "--map", map_file, "-o", path, "--mm", "85x42.5", "--dpi", 120)
    assert answer.status == 0, answer.err
    image = Image.open(path)
    assert image.size == (402, 201)
    printed = [pixels / dpi * 25.4 for pixels, dpi in zip(image.size, image.info["dpi"], strict=True)]
    assert printed == pytest.approx([85, 42.5], abs=25.4 / 120)


def test_a_map_without_bodies_is_told(run: Run, scan_file: Path, map_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    words = ("figure", scan_file, "--map", map_file, "-o", path, "--threshold", 5, "--size", "64x64")
    answer = run(*words)
    assert answer.status == 0
    assert "note: map: nothing reaches 5; its largest |value| is " in answer.err


def test_without_a_map_the_scan_is_drawn_alone(run: Run, scan_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    answer = run("figure", scan_file, "-o", path, "--size", "64x64")
    assert (answer.status, answer.out) == (0, f"{path}\n"), answer.err


def test_two_maps_are_compared(run: Run, scan_file: Path, map_file: Path, tmp_path: Path) -> None:
    from skimage.io import imread

    words = (
        "figure",
        scan_file,
        "--map",
        map_file,
        "--map",
        map_file,
        "--size",
        "240x80",
        "--percentile",
        60,
    )
    pictures = {}
    for name, more in (
        ("same", ()),
        ("beside", ("--compare", "beside")),
        ("first", ("--compare", "fade", "--fade", 0)),
        ("second", ("--compare", "fade", "--fade", 1)),
        ("half", ("--compare", "fade")),
    ):
        path = tmp_path / f"{name}.png"
        answer = run(*words, *more, "-o", path)
        assert answer.status == 0, answer.err
        pictures[name] = imread(path)[..., :3].astype(int)
    # Three boxes, the last of which shows nothing: a map has no difference from itself.
    warmth = np.abs(pictures["beside"][..., 0] - pictures["beside"][..., 2]) > 40
    assert warmth[:, :80].sum() > 50
    assert warmth[:, 80:160].sum() > 50
    assert warmth[:, 160:].sum() < 10
    # One box, whatever of two equal maps is seen of each.
    assert np.abs(pictures["half"] - pictures["first"]).max() <= 1
    assert np.abs(pictures["second"] - pictures["first"]).max() <= 1
    assert np.abs(pictures["same"] - pictures["first"]).mean() > 1


def test_only_two_maps_can_be_compared(run: Run, tmp_path: Path) -> None:
    answer = run("figure", "no.nii", "--map", "no.nii", "--compare", "beside", "-o", tmp_path / "a.png")
    assert answer.status == 2
    assert "--compare: needs two maps, and 1 are given" in answer.err


@pytest.mark.parametrize(
    ("command", "ending"), [("figure", "png"), ("slices", "png"), ("movie", "gif"), ("mesh", "obj")]
)
def test_a_map_that_lies_nowhere_in_the_scan_is_told(
    run: Run, scan_file: Path, map_file: Path, tmp_path: Path, command: str, ending: str
) -> None:
    import nibabel

    image = nibabel.load(map_file)
    affine = image.affine.copy()
    affine[:3, 3] += 1000
    away = tmp_path / "away.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), affine), away)
    small = ["--size", "64x64"] if command != "mesh" else []
    short = ["--seconds", "0.1"] if command == "movie" else []
    answer = run(
        command,
        scan_file,
        "--map",
        away,
        "-o",
        tmp_path / f"out.{ending}",
        "--threshold",
        0.2,
        *small,
        *short,
    )
    assert answer.status == 0, answer.err
    assert "away: no part of this map lies inside " in answer.err
    assert answer.err.count("no part of this map") == 1


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("figure", ("--size", "200x160", "-o", "out.png")),
        ("slices", ("--size", "200x160", "-o", "out.png")),
        ("movie", ("--seconds", "0.1", "--size", "120x90", "-o", "out.gif")),
        ("mesh", ("-o", "out.stl")),
        ("clusters", ()),
    ],
)
def test_more_voxels_than_asked_for_are_told(
    run: Callable, scan_file: Path, map_file: Path, tmp_path: Path, command: str, more: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    tied = load_map(map_file)
    values = np.zeros(tied.grid.shape, np.float32)
    values[6:9, 8:10, 6:8] = 1.0
    Map(values, tied.grid, "tied", stored=tied.stored).save(tmp_path / "tied.nii.gz")
    files = ("tied.nii.gz",) if command == "clusters" else (scan_file, "--map", "tied.nii.gz")
    message = "tied: 12 voxels are shown instead of 5"
    assert message in run(command, *files, "--voxels", "5", *more).err
    assert "voxels are shown" not in run(command, *files, "--voxels", "12", *more).err
