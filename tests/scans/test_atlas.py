"""Regions looked up in millimetres, on every kind of grid, and names from every kind of file."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.atlas import LabelAtlas, ProbabilityAtlas, RegionShare, load_atlas, region_at
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
    assert atlas.region_shares(points) == (RegionShare("Right side", 0.5), RegionShare("Left side", 0.25))
    assert atlas.region_shares(points, [8, 1, 0, 1]) == (
        RegionShare("Left side", pytest.approx(0.8)),
        RegionShare("Right side", pytest.approx(0.1)),
    )


def test_probabilities_in_per_cent_on_every_grid(placement, write):
    grid = Grid(SHAPE, placement)
    labels = sided(grid)
    series = np.stack([(labels == 1) * 70 + (labels == 2) * 20, (labels == 2) * 80], -1).astype(np.uint8)
    path = write(series, placement, "probabilities.nii.gz")
    path.with_name("probabilities.json").write_text(json.dumps(["left", "right"]))
    atlas = load_atlas(path)
    assert isinstance(atlas, ProbabilityAtlas)
    right = atlas.region_shares(np.add(grid.centre, [5, 0, 0]))
    assert right == (RegionShare("right", pytest.approx(0.8)), RegionShare("left", pytest.approx(0.2)))
    both = atlas.region_shares(grid.centre + np.array([[-5, 0, 0], [5, 0, 0]]))
    assert both == (RegionShare("left", pytest.approx(0.45)), RegionShare("right", pytest.approx(0.4)))
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


GENUINE = {
    "fsl.lut": "2 0.47060 0.07059 0.52550 7Networks_LH_Vis_1\n10 0.5 0.1 0.3 Region B\n1035 0 0 1 Region C\n",
    "wb_command.txt": "7Networks_LH_Vis_1\n2 120 18 131 255\nRegion B\n10 120 18 132 255\n"
    "Region C\n1035 1 2 3 255\n",
    "freesurfer8.txt": "#No. Label Name:    R   G   B   A\n0  Unknown  0 0 0 0\n"
    "2  7Networks_LH_Vis_1  0 80 0 0 2\n10  Region-B  60 58 210 0 3\n1035  Region-C  1 2 3 0\n",
    "spaces.txt": "2  7Networks_LH_Vis_1  0 80 0 0\n10  Region B  60 58 210 0\n"
    "1035  Region C  1 2 3 0  # comment\n",
    "schaefer.txt": "2\t7Networks_LH_Vis_1\t120\t18\t131\t0\n10\tRegion B\t120\t18\t132\t0\n"
    "1035\tRegion C\t1\t2\t3\t0\n",
    "roi_id.csv": "ROI_id,region_name,hemi\n2,7Networks_LH_Vis_1,L\n10,Region B,R\n1035,Region C,L\n",
    "schaefer.csv": "ROI Label,ROI Name,R,A,S\n2,7Networks_LH_Vis_1,-31,-50,-10\n10,Region B,1,2,3\n"
    "1035,Region C,1,2,3\n",
    "cat12.csv": "ROIid;ROIabbr;ROIname;ROIbaseid\n2;lA;7Networks_LH_Vis_1;1\n10;rB;Region B;1\n"
    "1035;C;Region C;2\n",
    "dkt.csv": "Label,Region\n2,7Networks_LH_Vis_1\n10,Region B\n1035,Region C\n",
    "bids.tsv": "index\tname\tabbreviation\tcolor\tmapping\n2\t7Networks_LH_Vis_1\tA\t#ff0000\t1\n"
    "10\tRegion B\tB\t#00ff00\t2\n1035\tRegion C\tn/a\t#0000ff\t3\n5\tn/a\tn/a\tn/a\t1\n",
    "pandas.csv": ",index,name\n0,2,7Networks_LH_Vis_1\n1,10,Region B\n2,1035,Region C\n",
    "floats.csv": "index,name\n2.0,7Networks_LH_Vis_1\n10.0,Region B\n1035.0,Region C\n",
    "headless.csv": "2,7Networks_LH_Vis_1\n10,Region B\n1035,Region C\n",
    "commas.csv": 'id,name\n2,7Networks_LH_Vis_1\n10,"Region B"\n1035,Region C\n',
    "commas.txt": "2 7Networks_LH_Vis_1\n10 Region B\n1035 Region C\n7 Gyrus, left\n",
    "itk.label": '################\n# ITK-SnAP\n    0     0    0    0        0  0  0    "Clear Label"\n'
    '    2   255    0    0        1  1  1    "7Networks_LH_Vis_1"\n   10 0 255 0 1 1 1 "Region B"\n'
    ' 1035 0 255 0 1 1 1 "Region C"\n',
    "slicer.txt": "# Color table file\n0 Background 0 0 0 0\n2 7Networks_LH_Vis_1 1 2 3 255\n"
    "10 Region_B 1 2 3 255\n1035 Region_C 1 2 3 255\n",
    "aal.txt": "7Networks_LH_Vis_1 2\nRegion_B 10\nRegion_C 1035\n",
    "aal3.nii.txt": "2 7Networks_LH_Vis_1 2001\n10 Region_B 2002\n1035 Region_C 9100\n",
    "header.txt": "index name\n2 7Networks_LH_Vis_1\n10 Region B\n1035 Region C\n",
    "fsl.xml": '<?xml version="1.0" encoding="ISO-8859-1"?><atlas version="1.0"><header><name>X</name>'
    '<type>Label</type></header><data><label index="2" x="1" y="2" z="3">7Networks_LH_Vis_1</label>'
    '<label index="10">Region B</label><label index="1035">Region C</label></data></atlas>',
    "spm.xml": '<?xml version="1.0" encoding="x-unknown"?><atlas version="2.0"><header><name>N</name>'
    "<type>Label</type></header><data><!-- --><label><index>2</index><short_name>V</short_name>"
    "<name>7Networks_LH_Vis_1</name></label><label><index>10</index><name>Region B</name></label>"
    "<label><index>1035</index><name>Region C</name></label></data></atlas>",
    "named.json": '{"2": "7Networks_LH_Vis_1", "10": "Region B", "1035": "Region C"}',
    "reversed.json": '{"7Networks_LH_Vis_1": 2, "Region B": 10, "Region C": 1035}',
    "nested.json": '{"LabelMap": {"2": "7Networks_LH_Vis_1", "10": "Region B", "1035": "Region C"}}',
    "objects.json": '[{"index": 2, "name": "7Networks_LH_Vis_1"}, {"index": 10, "name": "Region B"}, '
    '{"index": 1035, "name": "Region C"}]',
    "ids.json": '{"labels": [{"id": 2, "name": "7Networks_LH_Vis_1"}, {"id": 10, "name": "Region B"}, '
    '{"id": 1035, "name": "Region C"}]}',
    "niivue.json": '{"R": [0], "I": [0.0, 2.0, 10.0, 1035.0], '
    '"labels": ["", "7Networks_LH_Vis_1", "Region B", "Region C"]}',
}
"""Rows as the programs write them."""


@pytest.mark.parametrize("name", GENUINE)
def test_names_in_every_dialect(tmp_path, name):
    path = tmp_path / name
    path.write_text(GENUINE[name])
    names = read_names(path)
    names_read = [
        names.name_for_value(value).replace("_B", " B").replace("_C", " C").replace("-", " ")
        for value in (2, 10, 1035)
    ]
    assert names_read == ["7Networks_LH_Vis_1", "Region B", "Region C"]
    assert names.name_for_value(5) == "region 5"
    assert names.notes == ()


@pytest.mark.parametrize(
    ("encoding", "notes"),
    [("utf-8", 0), ("utf-8-sig", 0), ("utf-16", 0), ("latin-1", 1), ("cp1252", 1)],
)
def test_names_in_every_encoding(tmp_path, encoding, notes):
    path = tmp_path / "names.tsv"
    path.write_bytes(
        "index\tname\n2\tLóbulo – A\n".replace("–" if encoding == "latin-1" else "", "").encode(encoding)
    )
    names = read_names(path)
    assert names.name_for_value(2).startswith("Lóbulo")
    assert len(names.notes) == notes
    assert all("Latin-1" in note for note in names.notes)


UNKNOWN = {
    "header.csv": ("colour,shade\n1,red\n2,blue\n", "the columns colour, shade"),
    "only.txt": ("Precentral\nInsula\nThalamus\n", "no numbers assign the names to values"),
    "two.csv": ("2,A,L\n10,B,R\n", "no region names"),
    "rgb.txt": ("2 0.5 0.1 0.2\n10 0.5 0.1 0.3\n", "no region names"),
    "trailing.txt": ("2 Area 0.5 0.1\n10 Region 0.5 0.1\n", "no region names"),
    "cut.txt": ("4 Area 1 120 18 134 0\n7 Area 2 103 255 255 0\n", "no region names"),
    "binary.lut": (bytes(range(256)) * 3, "not a text file"),
    "sidecar.json": ('{"RepetitionTime": 2.5, "EchoTime": 0.03}', "no region names"),
    "field.csv": ('index,name\n2,"' + "a" * 200_000 + '"\n', "characters long"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_dialect_that_is_not_known_is_refused(tmp_path, name):
    content, problem = UNKNOWN[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ScanError, match=problem) as error:
        read_names(path)
    assert "\n" not in str(error.value)


def test_one_name_on_both_sides_is_told_apart(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("ROI_id,region_name,hemi\n2,Insula,L\n3,Insula,R\n")
    assert read_names(path).names_by_number == {2: "Insula L", 3: "Insula R"}


def test_a_number_with_two_names_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("index,name\n2,Insula\n2,Thalamus\n")
    names = read_names(path)
    assert names.names_by_number == {2: "Insula"}
    assert names.notes == ("a.csv names the number 2 twice; the first name is used.",)


def test_names_of_aal3_are_found_beside_it(write):
    path = write(np.full((4, 4, 4), 3, np.int16), np.eye(4), "AAL3v1.nii.gz")
    path.with_name("AAL3v1.nii.txt").write_text("3 Frontal_Sup_2_L 2101\n")
    atlas = load_atlas(path)
    assert atlas.regions == ("Frontal_Sup_2_L",)
    assert atlas.names_path == path.with_name("AAL3v1.nii.txt")


@pytest.mark.parametrize(
    "line", ["1 a" + " " * 19_000 + "x", "a" * 19_000 + " x", "1 " * 9_000, "1," * 9_000, '1 "' * 6_000]
)
def test_reading_names_takes_time_linear_in_their_length(tmp_path, line):
    path = tmp_path / "names.txt"
    path.write_text(f"{line}\n" * 100)
    began = time.process_time()
    with contextlib.suppress(ScanError):
        read_names(path)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", FILES)
def test_names_of_every_kind(tmp_path, name):
    path = tmp_path / name
    path.write_text(FILES[name])
    names = read_names(path)
    assert names.name_for_value(4).replace("_", " ") == "Left hippocampus"
    assert names.name_for_value(7) == "Amygdala"
    assert names.name_for_value(5) == "region 5"


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
    assert (names.name_for_value(1), names.name_for_value(2)) == ("Frontal Pole", "Insular & Cortex")
    assert (names.name_for_volume(0, 2), names.name_for_volume(1, 2)) == ("Frontal Pole", "Insular & Cortex")


def test_names_that_count_volumes_from_one(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("index\tname\n1\tfirst\n2\tsecond\n")
    assert read_names(path).name_for_volume(1, 2) == "second"
    path.write_text("index\tname\n0\tbackground\n1\tfirst\n2\tsecond\n")
    assert read_names(path).name_for_volume(1, 2) == "second"
    path.write_text("index\tname\n0\tfirst\n1\tsecond\n")
    assert read_names(path).name_for_volume(1, 2) == "second"


LAUGHS = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><atlas>&y;</atlas>'


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("laughs.xml", LAUGHS, "declares a document type"),
        ("file.xml", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "declares a document type"),
        ("cut.xml", "<atlas><data><label", "is not valid XML"),
        ("deep.json", "[" * 100_000, "is not valid JSON"),
        ("numbers.json", '{"labels": [1, 2]}', "not a list of names"),
        ("empty.tsv", "index\tname\n", "has no region names"),
        ("huge.txt", "9" * 10_000 + " name\n", "has no region names"),
        ("prose.txt", "nothing here\n", "has no region names"),
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
        (np.full((4, 4, 4), 0.5, np.float32), "not labels"),
        (np.full((4, 4, 4), -1, np.int16), "not labels"),
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
    with pytest.raises(ScanError, match="no label in the file of region names"):
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


def test_a_scan_of_whole_numbers_is_no_atlas(tmp_path):
    """Grey values change from voxel to voxel; labels are alike beside one another."""
    draw = np.random.default_rng(0)
    scan = (100 + 40 * draw.random((20, 20, 20))).astype(np.int16)
    nib.save(nib.Nifti1Image(scan, np.eye(4)), tmp_path / "t1.nii.gz")
    with pytest.raises(
        ScanError, match=r"looks like a scan, not an atlas: only \d% of neighbouring voxels are equal"
    ):
        load_atlas(tmp_path / "t1.nii.gz")
    # With a file of names somebody has said that they are labels.
    names = tmp_path / "names.tsv"
    names.write_text("index\tname\n" + "".join(f"{number}\tpart {number}\n" for number in range(100, 141)))
    assert "part 120" in load_atlas(tmp_path / "t1.nii.gz", names).regions
    # Small regions without names are still an atlas.
    blocks = np.kron(np.arange(1, 126).reshape(5, 5, 5), np.ones((3, 3, 3))).astype(np.int16)
    nib.save(nib.Nifti1Image(blocks, np.eye(4)), tmp_path / "blocks.nii.gz")
    assert len(load_atlas(tmp_path / "blocks.nii.gz").regions) == 125


FSL = (
    "<atlas><header><name>A</name>{}</header><data>"
    '<label index="{}">First</label><label index="{}">Second</label></data></atlas>'
)


@pytest.mark.parametrize(
    ("kind", "first", "expected"),
    [
        # As fslpy (fsl.data.atlases.AtlasDescription) has it.
        ("<type>Label</type>", 0, ("Second", "region 2")),
        ("<type>Label</type>", 1, ("First", "Second")),
        ("<type>Probabilistic</type>", 0, ("First", "Second")),
        ("<type>Probabalistic</type>", 0, ("First", "Second")),
        ("<type>Statistic</type>", 0, ("First", "Second")),
        ("", 1, ("First", "Second")),
    ],
)
def test_fsl_indices_are_values_of_label_atlases_and_one_less_of_others(write, kind, first, expected):
    path = write(np.arange(1, 9).reshape(2, 2, 2).clip(max=2).astype(np.int16), np.eye(4), "a.nii.gz")
    path.with_name("a.xml").write_text(FSL.format(kind, first, first + 1))
    atlas = load_atlas(path)
    assert atlas.regions == expected
    assert any("<type>" in note for note in atlas.notes) == (not kind)


@pytest.mark.parametrize("kind", ["", "<type>Parcellation</type>"])
def test_fsl_indices_from_zero_without_a_known_type_are_refused(write, kind):
    """They may be values or volumes; the names of one reading are the neighbours' in the other."""
    path = write(np.arange(1, 9).reshape(2, 2, 2).clip(max=2).astype(np.int16), np.eye(4), "a.nii.gz")
    path.with_name("a.xml").write_text(FSL.format(kind, 0, 1))
    with pytest.raises(ScanError, match=r"a\.xml: does not say in <type>.*add <type>Label</type>"):
        load_atlas(path)
    # Of a series both readings are one: FSL's index is the volume.
    series = write(np.ones((2, 2, 2, 2), np.uint8), np.eye(4), "series.nii.gz")
    assert load_atlas(series, path.with_name("a.xml")).regions == ("First", "Second")


def test_a_value_in_an_xml_is_the_value_if_every_label_has_one(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text('<atlas><label index="0" value="5">A</label><label index="1" value="7">B</label></atlas>')
    assert read_names(path).names_by_number == {5: "A", 7: "B"}
    assert read_names(path).name_for_value(7) == "B"
    path.write_text(
        "<atlas><header><type>Probabilistic</type></header>"
        '<label index="0" value="1">A</label><label index="1">B</label></atlas>'
    )
    assert (read_names(path).name_for_value(1), read_names(path).name_for_value(2)) == ("A", "B")


def test_labels_without_a_name_are_counted(write):
    values = np.arange(1, 28).reshape(3, 3, 3).clip(max=3).astype(np.int16)
    path = write(values, np.eye(4), "a.nii.gz")
    names = path.with_name("a.tsv")
    names.write_text("index\tname\n0\tBackground\n1\tregion 1\n")
    assert load_atlas(path).notes == ("2 of 3 labels have no name in a.tsv: 2, 3.",)
    names.write_text("index\tname\n1\tA\n2\tB\n4\tD\n")
    assert load_atlas(path).notes == (
        "1 of 3 labels has no name in a.tsv: 3, and 1 of its names has no voxel.",
    )
    # Tables of all of FreeSurfer's labels serve every segmentation.
    names.write_text("index\tname\n1\tA\n2\tB\n3\tC\n4\tD\n")
    assert load_atlas(path).notes == ()
    names.unlink()
    assert load_atlas(path).notes == ()


def test_volumes_without_a_name_are_counted(write):
    path = write(np.ones((2, 2, 2, 3), np.uint8), np.eye(4), "a.nii.gz")
    path.with_name("a.json").write_text('["A", "B"]')
    atlas = load_atlas(path)
    assert atlas.regions == ("A", "B", "region 3")
    assert atlas.notes == ("1 of 3 volumes has no name in a.json: 2.",)


BAD = {
    "fraction.tsv": ("index\tname\n1\tA\n1.5\tB\n3\tC\n", ", line 3: has the index '1.5'"),
    "first.tsv": ("index\tname\n1.5\tA\n2\tB\n", ", line 2: has the index '1.5'"),
    "single.tsv": ("index\tname\n-1\tA\n", ", line 2: has the index '-1'"),
    "comments.tsv": ("# a\n# b\n\nindex\tname\n1\tA\n-1\tB\n2\tC\n", ", line 6: has the index '-1'"),
    "word.csv": ("index,name\n1,A\ntwo,B\n3,C\n", ", line 3: has the index 'two'"),
    # Another column of whole numbers is not taken in its place.
    "other.csv": ("index,name,intensity\n1,A,7\n1.5,B,8\n3,C,9\n", ", line 3: has the index '1.5'"),
    "headless.csv": ("1.5,A\n2,B\n", ", line 1: has the index '1.5'"),
    "lut.txt": ("1 A 1 2 3 0\n-1 B 1 2 3 0\n", ", line 2: has the index '-1'"),
    "plain.txt": ("1 A\n2.5 B\n", ", line 2: has the index '2.5'"),
    "last.txt": ("Precentral 1\nInsula -1\n", ", line 2: has the index '-1'"),
    "keys.json": ('{"1.5": "A", "2": "B"}', ": has the index '1.5'"),
    "values.json": ('{"A": -1, "B": 2}', ": has the index '-1'"),
    "objects.json": ('[{"index": 1, "name": "A"}, {"index": -1, "name": "B"}]', ": has the index '-1'"),
    "niivue.json": ('{"I": [1, 1.5], "labels": ["A", "B"]}', ": has the index '1.5'"),
    "fsl.xml": ('<atlas>\n<label index="1">A</label>\n<label index="-1">B</label></atlas>', ", line 3: has"),
    "spm.xml": ("<a><label><index>1.5</index><name>A</name></label></a>", ", line 1: has the index '1.5'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_index_is_told_with_its_line(tmp_path, name):
    content, expected = BAD[name]
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(ScanError, match="an index is a whole number from 0 on") as error:
        read_names(path)
    assert f"{path}{expected}" in str(error.value)


def test_measurements_called_value_are_not_taken_for_bad_indices(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("value,id,name\n0.5,1,A\n0.25,2,B\n3,3,C\n")
    assert read_names(path).names_by_number == {1: "A", 2: "B", 3: "C"}
