"""DICOM out: read back by pydicom and highdicom with the values, places and identifiers that went in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

import viewer
from tests.scans.dicom_series import CLASSIC_MR, ORIENTATIONS, oblique, write_series
from viewer.errors import ScanError, ViewerError
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.scene.dicom_export.secondary_capture import WARNING_COLOUR

pydicom = pytest.importorskip("pydicom")
highdicom = pytest.importorskip("highdicom")

ROWS, COLUMNS, SLICES = 14, 11, 9
VIEW = viewer.View(threshold=viewer.Threshold("value", 0.2))
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
IDENTITY = ("Müller", "Jürgen", "PAT-4711", "19510203", "Brown", "A-1", "20250501")


def series(folder: Path, orientation: tuple[float, ...] = oblique(), **changes: Any) -> Scan:
    values = np.random.default_rng(5).integers(0, 1000, (SLICES, ROWS, COLUMNS)).astype(np.uint16)
    return viewer.load_scan(write_series(folder / "series", values, orientation, **changes))


def two_bodies(scan: Scan, provenance: Provenance | None = None) -> Map:
    values = np.random.default_rng(7).uniform(-0.1, 0.1, scan.grid.shape).astype(np.float32)
    values[2:5, 3:6, 2:4] = 0.5
    values[7:9, 6:8, 5:7] = -0.3
    values[3, 4, 2] = 1.0
    return Map(values, scan.grid, "two bodies", provenance or Provenance())


def export(scan: Scan, shown: Map, folder: Path, **named: Any) -> dict[str, Path]:
    return dict(viewer.save_dicom(scan, shown, folder, VIEW, pictures=False, **named).files)


@pytest.mark.parametrize(
    ("orientation", "tilt"),
    [
        *((one, (0.0, 0.0, 0.0)) for one in (*ORIENTATIONS.values(), oblique())),
        (oblique(), (0.0, 0.4, 0.3)),
    ],
    ids=[*ORIENTATIONS, "oblique", "tilted gantry"],
)
def test_every_value_comes_back_at_its_place(
    tmp_path: Path, orientation: tuple[float, ...], tilt: tuple[float, float, float]
) -> None:
    scan = series(tmp_path, orientation, tilt=tilt)
    shown = two_bodies(scan)
    files = export(scan, shown, tmp_path / "out")
    back = pydicom.dcmread(files["map"])
    frames = np.frombuffer(back.FloatPixelData, "<f4").reshape(SLICES, ROWS, COLUMNS)
    shared = back.SharedFunctionalGroupsSequence[0]
    across = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
    spacing = np.array(shared.PixelMeasuresSequence[0].PixelSpacing, dtype=float)
    for frame, group in zip(frames, back.PerFrameFunctionalGroupsSequence, strict=True):
        corner = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        row, column = np.unravel_index(np.abs(frame).argmax(), frame.shape)
        # PS3.3 C.7.6.2.1.1
        point = corner + across[:3] * spacing[1] * column + across[3:] * spacing[0] * row
        voxel = scan.grid.to_voxel(point * [-1, -1, 1])
        assert voxel == pytest.approx(np.round(voxel), abs=1e-5)
        assert shown.data[tuple(np.round(voxel).astype(int))] == frame[row, column]
        source = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        named = pydicom.dcmread(scan.path / f"IM{int(source.rpartition('.')[2]):04d}")
        assert list(map(float, named.ImagePositionPatient)) == pytest.approx(corner, abs=1e-9)
    again = viewer.load_map(files["map"])
    assert again.grid is not None
    assert again.grid.same_as(scan.grid, 1e-6)
    assert np.array_equal(again.data, shown.data)


def test_the_bodies_come_back_by_name(tmp_path: Path) -> None:
    scan = series(tmp_path)
    shown = two_bodies(scan)
    files = export(scan, shown, tmp_path / "out")
    back = highdicom.seg.segread(files["bodies"])
    assert [back.get_segment_description(n).segment_label for n in back.segment_numbers] == [
        "1 positive: no region",
        "2 negative: no region",
    ]
    expected = {1: ndimage.label(shown.data >= 0.2)[0], 2: ndimage.label(shown.data <= -0.2)[0]}
    frames = back.get_volume(combine_segments=True)
    # Where highdicom puts each of its voxels, in this scan's grid
    voxels = np.argwhere(frames.array)
    points = (voxels @ frames.affine[:3, :3].T + frames.affine[:3, 3]) * [-1, -1, 1]
    own = np.round(scan.grid.to_voxel(points)).astype(int)
    for number, body in expected.items():
        chosen = frames.array[tuple(voxels.T)] == number
        assert {tuple(one) for one in own[chosen]} == {tuple(one) for one in np.argwhere(body)}
    colours = [item.RecommendedDisplayCIELabValue for item in back.SegmentSequence]
    assert colours[0] != colours[1]


def test_the_objects_belong_to_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.scene.dicom_export.save_dicom.FIGURE_SIZE", (320, 240))
    scan = series(tmp_path)
    made = Provenance(
        method="lrp-epsilon", title="LRP", target="patient", model={"name": "net", "hash": "ab" * 32},
        scan={"name": scan.name, "hash": scan.hash, "path": "/home/someone/secret.nii"},
        parameters={"epsilon": 0.25, "baseline": "/home/someone/secret.nii"},
    )  # fmt: skip
    found = viewer.save_dicom(scan, two_bodies(scan, made), tmp_path / "out", VIEW)
    assert set(found.files) | {"box"} == {"map", "bodies", "box", "slices"}
    uids = set()
    for path in found.files.values():
        back = pydicom.dcmread(path)
        assert back.StudyInstanceUID == CLASSIC_MR["StudyInstanceUID"]
        assert (str(back.PatientName), back.PatientID) == ("Müller^Jürgen", "PAT-4711")
        assert "PatientIdentityRemoved" not in back
        assert b"secret" not in path.read_bytes()
        assert len(back.SourceImageSequence) == SLICES
        uids |= {back.SeriesInstanceUID, back.SOPInstanceUID}
    assert CLASSIC_MR["SeriesInstanceUID"] not in uids
    back = pydicom.dcmread(found.files["slices"])
    assert back.PhotometricInterpretation == "RGB"
    warned = (back.pixel_array == WARNING_COLOUR).all(axis=-1)
    assert warned.sum() > 1000
    assert np.argwhere(warned)[:, 0].min() > 0.5 * back.Rows
    back = pydicom.dcmread(found.files["map"])
    assert back.FrameOfReferenceUID == CLASSIC_MR["FrameOfReferenceUID"]
    assert back.ContentQualification == "RESEARCH"
    told = back.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].DerivationDescription
    for words in (
        "LRP (lrp-epsilon)",
        "patient",
        "net, SHA-256 abababab",
        "epsilon 0.25",
        "not for diagnosis",
    ):
        assert words in told
    mapping = back.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    assert mapping.QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodeMeaning == "Saliency"
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1, 0)


def test_a_pseudonym_leaves_nothing_of_the_person(tmp_path: Path) -> None:
    scan = series(tmp_path, PatientComments="Jürgen", InstitutionName="Hospital of Brown")
    found = viewer.save_dicom(
        scan, two_bodies(scan), tmp_path / "out", VIEW, pseudonym="sub-01", pictures=False
    )
    studies = set()
    for path in found.files.values():
        back = pydicom.dcmread(path)
        told = str(back)
        for word in (*IDENTITY, "Hospital", CLASSIC_MR["StudyInstanceUID"]):
            assert str(word) not in told
        assert (str(back.PatientName), back.PatientID) == ("sub-01^", "sub-01")
        assert back.PatientIdentityRemoved == "YES"
        studies.add(back.StudyInstanceUID)
    assert len(studies) == 1
    again = export(scan, two_bodies(scan), tmp_path / "again", pseudonym="sub-01")
    assert pydicom.dcmread(again["map"]).StudyInstanceUID in studies


def test_a_map_on_another_grid_is_not_resampled(tmp_path: Path) -> None:
    scan = series(tmp_path)
    affine = scan.affine @ np.diag([2.0, 2.0, 1.0, 1.0])
    affine[:3, 1] += 0.3 * affine[:3, 0]  # sheared: only two of its axes are at right angles
    grid = Grid((5, 6, 9), affine)
    values = np.random.default_rng(1).normal(size=grid.shape).astype(np.float32)
    files = export(scan, Map(values, grid, "coarse"), tmp_path / "out")
    back = highdicom.pm.sop.pmread(files["map"])
    (derived,) = back.SharedFunctionalGroupsSequence[0].DerivationImageSequence
    assert len(derived.SourceImageSequence) == SLICES
    frames = np.frombuffer(back.FloatPixelData, "<f4").reshape(back.NumberOfFrames, back.Rows, back.Columns)
    orientation = back.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0].ImageOrientationPatient
    spacing = back.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing
    for frame, group in zip(frames, back.PerFrameFunctionalGroupsSequence, strict=True):
        corner = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        for row, column in ((0, 0), (back.Rows - 1, back.Columns - 1)):
            point = corner + np.array(orientation[:3]) * spacing[1] * column
            point = (point + np.array(orientation[3:]) * spacing[0] * row) * [-1, -1, 1]
            voxel = grid.to_voxel(point)
            assert voxel == pytest.approx(np.round(voxel), abs=1e-4)
            assert values[tuple(np.round(voxel).astype(int))] == frame[row, column]
    sheared = affine.copy()
    sheared[:3, 2] += 0.4 * affine[:3, 0] + 0.4 * affine[:3, 1]
    with pytest.raises(ScanError, match="sheared along every axis"):
        export(scan, Map(values, Grid(grid.shape, sheared), "askew"), tmp_path / "askew")


def test_what_cannot_be_written_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = series(tmp_path)
    shown, out = two_bodies(scan), tmp_path / "out"
    with pytest.raises(ScanError, match="plain was not read from a file"):
        export(Scan(scan.data, scan.grid, "plain"), shown, out)
    other = Provenance(method="gradient", scan={"name": "other", "hash": "0" * 64})
    with pytest.raises(ScanError, match="is of other, not of series"):
        export(scan, replace(shown, provenance=other), out)
    with pytest.raises(ScanError, match="pseudonym"):
        export(scan, shown, out, pseudonym="a\\b")
    lost = series(tmp_path / "lost", FrameOfReferenceUID=None)
    with pytest.raises(ScanError, match="does not identify its frame of reference"):
        export(lost, two_bodies(lost), out)
    odd = series(tmp_path / "odd", PatientSex="unknown")
    with pytest.raises(ScanError, match="cannot be referred to in DICOM"):
        export(odd, two_bodies(odd), out)
    assert not out.exists()
    out.mkdir()
    (out / "segmentation.dcm").write_text("mine")
    with pytest.raises(ScanError, match="exists already"):
        export(scan, shown, out)
    assert [path.name for path in out.iterdir()] == ["segmentation.dcm"]
    monkeypatch.setitem(sys.modules, "highdicom.pm", None)
    with pytest.raises(ViewerError, match=r"lacks the package highdicom.*saliency-viewer\[dicom\]"):
        export(scan, shown, tmp_path / "new")
    for path in Path(str(scan.path)).iterdir():
        path.unlink()
    with pytest.raises(ScanError, match="folder without DICOM"):
        export(scan, shown, tmp_path / "new")


def test_an_error_of_the_program_itself_is_not_blamed_on_the_series(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = series(tmp_path)
    shown = two_bodies(scan)

    def lookup(*given: object) -> object:
        return {}["bodies"]

    def call(*given: object) -> object:
        return highdicom.pm.ParametricMap(no_such_argument=1)

    for fault, kind in ((lookup, KeyError), (call, TypeError)):
        with monkeypatch.context() as patch:
            patch.setattr("viewer.scene.dicom_export.save_dicom._make_segmentation", fault)
            with pytest.raises(kind):
                export(scan, shown, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_body_is_a_note(tmp_path: Path) -> None:
    scan = series(tmp_path)
    view = replace(VIEW, threshold=viewer.Threshold("value", 9.0))
    found = viewer.save_dicom(scan, two_bodies(scan), tmp_path / "out", view, pictures=False)
    assert set(found.files) == {"map"}
    assert "no body reaches the threshold" in found.notes[0]


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy (Debian: dicom3tools) is not installed"
)
@pytest.mark.parametrize("pseudonym", ["", "sub-01"])
def test_dciodvfy_finds_no_error(tmp_path: Path, pseudonym: str) -> None:
    scan = series(tmp_path)
    found = viewer.save_dicom(scan, two_bodies(scan), tmp_path / "out", VIEW, pseudonym=pseudonym)
    files = list(found.files.values())
    coarse = Grid((5, 6, 9), scan.affine @ np.diag([2.0, 2.0, 1.0, 1.0]))
    elsewhere = Map(np.ones(coarse.shape, np.float32), coarse, "coarse")
    files += export(scan, elsewhere, tmp_path / "coarse", pseudonym=pseudonym).values()
    for path in files:
        said = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
        assert [line for line in said.stderr.splitlines() if line.startswith("Error")] == []
        assert said.returncode == 0
