"""Regions looked up in millimetres, on every kind of grid, and names from every kind of file."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.atlas import LabelAtlas, Part, ProbabilityAtlas, load_atlas, region_at
from viewer.scans.atlas_names import read_names
from viewer.scans.grid import Grid
from viewer.scans.resample import resample

SHAPE = (22, 24, 18)


def sided(grid: Grid) -> np.ndarray:
    """1 where mm say left and 2 where they say right of the middle, 3 at the top; 0 near the border."""
    points = grid.to_world(np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), -1)) - grid.centre
    labels = np.where(points[..., 0] < 0, 1, 2)
    labels[points[..., 2] > 4] = 3
    border = np.zeros(SHAPE, dtype=bool)
    border[1:-1, 1:-1, 1:-1] = True
    return np.where(border, labels, 0)


@pytest.fixture
def sides(placement, write) -> tuple[Path, Grid]:
    grid = Grid(SHAPE, placement)
    path = write(sided(grid).astype(np.int16), placement, "sides.nii.gz")
    path.with_name("sides.tsv").write_text("index\tname\n1\tLeft side\n2\tRight side\n3\tTop\n")
    return path, grid


def test_left_is_left_on_every_grid(sides):
    path, grid = sides
    atlas = load_atlas(path)
    assert set(atlas.regions) == {"Left side", "Right side", "Top"}
    assert region_at(atlas, np.add(grid.centre, [-5, 0, 0])) == "Left side"
    assert region_at(atlas, np.add(grid.centre, [5, 0, 0])) == "Right side"
    assert region_at(atlas, np.add(grid.centre, [0, 0, 6])) == "Top"
    assert region_at(atlas, np.add(grid.centre, [900, 0, 0])) == ""


def test_shares_are_counted_by_weight(sides):
    path, grid = sides
    atlas = load_atlas(path)
    points = grid.centre + np.array([[-5, 0, 0], [5, 0, 0], [5, 1, 0], [900, 0, 0]])
    assert atlas.parts(points) == (Part("Right side", 0.5), Part("Left side", 0.25))
    assert atlas.parts(points, [8, 1, 0, 1]) == (
        Part("Left side", pytest.approx(0.8)),
        Part("Right side", pytest.approx(0.1)),
    )


def test_probabilities_in_per_cent_on_every_grid(placement, write):
    grid = Grid(SHAPE, placement)
    labels = sided(grid)
    series = np.stack([(labels == 1) * 70 + (labels == 2) * 20, (labels == 2) * 80], -1).astype(np.uint8)
    path = write(series, placement, "probabilities.nii.gz")
    path.with_name("probabilities.json").write_text(json.dumps(["left", "right"]))
    atlas = load_atlas(path)
    assert isinstance(atlas, ProbabilityAtlas)
    right = atlas.parts(np.add(grid.centre, [5, 0, 0]))
    assert right == (Part("right", pytest.approx(0.8)), Part("left", pytest.approx(0.2)))
    both = atlas.parts(grid.centre + np.array([[-5, 0, 0], [5, 0, 0]]))
    assert both == (Part("left", pytest.approx(0.45)), Part("right", pytest.approx(0.4)))
    assert region_at(atlas, np.add(grid.centre, [0, 0, 900])) == ""


FILES = {
    "bids.tsv": "index\tname\tabbreviation\n4\tLeft hippocampus\tHIP\n7\tAmygdala\tAMY\n",
    "swapped.csv": 'label,name\n4,"Left hippocampus"\n7,Amygdala\n',
    "named.json": '{"4": "Left hippocampus", "7": "Amygdala"}',
    "niivue.json": '{"R": [0, 1], "I": [4, 7], "labels": ["Left hippocampus", "Amygdala"]}',
    "list.json": '{"labels": ["Air", "", "", "", "Left hippocampus", "", "", "Amygdala"]}',
    "FreeSurferColorLUT.txt": "#No. Label Name:   R   G   B   A\n\n"
    "4   Left hippocampus  120 18 134 0\n7   Amygdala  103 255 255 0\n",
    "snap.label": '# ITK-SnAP\n4  120 18 134  1  1  1  "Left hippocampus"\n7 1 2 3 1 1 1 "Amygdala"\n',
    "plain.txt": "4 Left hippocampus\n7: Amygdala\n",
    "aal.txt": "HIL\tLeft_hippocampus\t4\nAML\tAmygdala\t7\n",
    "mricron.lut": "4 Left hippocampus 4101\n7 Amygdala 4201\n",
    "labels.xml": "<atlas><header><type>Label</type></header><data>"
    '<label index="4" x="1" y="2" z="3">Left hippocampus</label><label index="7">Amygdala</label>'
    "</data></atlas>",
}


@pytest.mark.parametrize("name", FILES)
def test_names_of_every_kind(tmp_path, name):
    path = tmp_path / name
    path.write_text(FILES[name])
    names = read_names(path)
    assert names.of_value(4).replace("_", " ") == "Left hippocampus"
    assert names.of_value(7) == "Amygdala"
    assert names.of_value(5) == "region 5"


def test_numbers_of_fsl_s_probabilistic_atlases_count_volumes(tmp_path):
    path = tmp_path / "HarvardOxford.xml"
    path.write_text(
        '<?xml version="1.0" encoding="ISO-8859-1"?><atlas version="1.0"><header><name>A</name>'
        "<type>Probabilistic</type></header><data>"
        '<label index="0" x="1" y="2" z="3">Frontal Pole</label><label index="1">Insular &amp; Cortex</label>'
        "</data></atlas>"
    )
    names = read_names(path)
    # The summary image has 0 where there is nothing, so volume 0 is its value 1.
    assert (names.of_value(1), names.of_value(2)) == ("Frontal Pole", "Insular & Cortex")
    assert (names.of_volume(0, 2), names.of_volume(1, 2)) == ("Frontal Pole", "Insular & Cortex")


def test_names_that_count_volumes_from_one(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("index\tname\n1\tfirst\n2\tsecond\n")
    assert read_names(path).of_volume(1, 2) == "second"
    path.write_text("index\tname\n0\tbackground\n1\tfirst\n2\tsecond\n")
    assert read_names(path).of_volume(1, 2) == "second"
    path.write_text("index\tname\n0\tfirst\n1\tsecond\n")
    assert read_names(path).of_volume(1, 2) == "second"


LAUGHS = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><atlas>&y;</atlas>'


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("laughs.xml", LAUGHS, "declares a document type"),
        ("file.xml", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "declares a document type"),
        ("cut.xml", "<atlas><data><label", "is no valid XML"),
        ("deep.json", "[" * 100_000, "is no valid JSON"),
        ("numbers.json", '{"labels": [1, 2]}', "no list of names"),
        ("empty.tsv", "index\tname\n", "has no names of regions"),
        ("huge.txt", "9" * 10_000 + " name\n", "has no names of regions"),
        ("prose.txt", "nothing here\n", "has no names of regions"),
    ],
)
def test_files_that_name_nothing_are_told(tmp_path, name, content, problem):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(ScanError, match=problem):
        read_names(path)


def test_too_large_a_file_of_names_is_not_read(tmp_path):
    path = tmp_path / "large.tsv"
    with path.open("wb") as file:
        file.truncate(17 << 20)
    with pytest.raises(ScanError, match="too large"):
        read_names(path)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (np.full((4, 4, 4), 0.5, np.float32), "no labels"),
        (np.full((4, 4, 4), -1, np.int16), "no labels"),
        (np.zeros((4, 4, 4), np.int16), "zero everywhere"),
        (np.full((4, 4, 4), 1 << 25, np.int32), "cannot be told apart"),
        (np.full((4, 4, 4, 2), 300, np.int16), "probabilities are"),
        (np.full((4, 4, 4, 2), -1, np.int16), "below 0"),
    ],
)
def test_what_is_no_atlas_is_told(write, values, problem):
    with pytest.raises(ScanError, match=problem):
        load_atlas(write(values, np.eye(4), "no.nii.gz"))


def test_names_of_another_atlas_are_told(write, tmp_path):
    path = write(np.full((4, 4, 4), 3, np.int16), np.eye(4))
    other = tmp_path / "other.tsv"
    other.write_text("index\tname\n900\tElsewhere\n")
    with pytest.raises(ScanError, match="no label that the names are given for"):
        load_atlas(path, other)


KNOWN = {
    (-28, -20, -14): "Hippocampus_L",
    (28, -20, -14): "Hippocampus_R",
    (-24, -2, -18): "Amygdala_L",
    (12, -18, 8): "Thalamus_R",
}


def test_known_places_of_a_real_atlas(real_data, tmp_path):
    atlas = load_atlas(real_data / "atlas" / "aal.nii.gz")
    assert len(atlas.regions) == 116
    assert {point: region_at(atlas, point) for point in KNOWN} == KNOWN
    # The same atlas on a flipped and on a turned grid: the places stay in their regions.
    assert isinstance(atlas, LabelAtlas)
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    for matrix in (np.diag([-2.0, 2, 2]), turn @ np.diag([-1.5, 1.5, 1.5])):
        affine = np.eye(4)
        affine[:3, :3] = matrix
        affine[:3, 3] = -matrix @ [64, 64, 60]
        grid = Grid((128, 128, 120), affine)
        labels = resample(atlas.labels, atlas.grid, grid, order=0).astype(np.int16)
        path = tmp_path / "copy.nii.gz"
        nib.save(nib.Nifti1Image(labels, affine), path)
        copy = load_atlas(path, real_data / "atlas" / "aal.json")
        assert {point: region_at(copy, point) for point in KNOWN} == KNOWN
