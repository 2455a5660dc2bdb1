"""DICOM series: placed by their positions alone, complete or refused, and nothing believed of their sizes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.describe import describe
from viewer.scans.file_types import FileType, ImageFormat, detect_file_type, detect_image_format
from viewer.scans.load import VolumeNotChosen, count_volumes, load_scan

pydicom = pytest.importorskip("pydicom")

ROWS, COLUMNS, SLICES = 14, 11, 9
SPACING = (1.5, 2.0)
STEP = 3.0
CORNER = (-20.0, 30.0, -12.0)
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
MARKED = (3, 8, 6)
"""Column, row and slice of the brightest voxel."""


def turned(degrees: float) -> tuple[float, ...]:
    """The axial plane turned about two of the patient's axes."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return (*turn[:, 0], *turn[:, 1])


def slice_of(n: int, orientation: tuple[float, ...] = AXIAL, **changes: Any) -> Any:
    """One classic slice as a data set; values fall with the distance from the marked voxel."""
    made = pydicom.Dataset()
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = pydicom.uid.MRImageStorage
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    made.SeriesInstanceUID, made.SeriesDescription, made.SeriesNumber = "1.2.3", "T1 sagittal", 4
    made.InstanceNumber = n + 1
    made.Rows, made.Columns, made.SamplesPerPixel = ROWS, COLUMNS, 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
    made.PixelSpacing = list(SPACING)
    across, down = np.array(orientation[:3]), np.array(orientation[3:])
    made.ImageOrientationPatient = list(map(float, orientation))
    made.ImagePositionPatient = list(np.array(CORNER) + n * STEP * np.cross(across, down))
    columns, rows = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
    away = np.abs(columns - MARKED[0]) + np.abs(rows - MARKED[1]) + np.abs(n - MARKED[2])
    made.PixelData = (1000 - 30 * away).astype("<u2").tobytes()
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def saved(folder: Path, slices: list[Any], names: Callable[[int], str] = "IM{:04d}".format) -> Path:
    folder.mkdir(exist_ok=True)
    for n, made in enumerate(slices):
        made.save_as(folder / names(n), enforce_file_format=True)
    return folder


def marked_in_mm(orientation: tuple[float, ...] = AXIAL) -> np.ndarray:
    """Where DICOM's equation (PS3.3 C.7.6.2.1.1) puts the marked voxel, in RAS+."""
    across, down = np.array(orientation[:3]), np.array(orientation[3:])
    column, row, n = MARKED
    patient = (
        np.array(CORNER)
        + across * SPACING[1] * column
        + down * SPACING[0] * row
        + np.cross(across, down) * STEP * n
    )
    return patient * [-1, -1, 1]


@pytest.mark.parametrize(
    "orientation",
    [AXIAL, (0, 1, 0, 0, 0, -1), (1, 0, 0, 0, 0, -1), (-1, 0, 0, 0, 1, 0), turned(17.0)],
    ids=["axial", "sagittal", "coronal", "mirrored", "oblique"],
)
def test_the_brightest_voxel_lies_where_the_standard_puts_it(tmp_path, orientation):
    order = np.random.default_rng(3).permutation(SLICES)
    slices = [slice_of(int(n), orientation, InstanceNumber=int(k) + 1) for k, n in enumerate(order)]
    scan = load_scan(saved(tmp_path / "series", slices))
    peak = np.unravel_index(scan.data.argmax(), scan.data.shape)
    assert scan.data.max() == 1000
    assert scan.grid.to_world(peak) == pytest.approx(marked_in_mm(orientation), abs=1e-4)
    assert sorted(np.round(scan.grid.spacing, 6)) == sorted((*SPACING, STEP))
    assert scan.notes == ()
    assert scan.name == "series"


def test_one_file_brings_its_series_and_leaves_others_out(tmp_path):
    folder = saved(tmp_path / "both", [slice_of(n) for n in range(SLICES)])
    others = [slice_of(n, SeriesInstanceUID="9.9", SeriesDescription="Scout") for n in range(3)]
    saved(folder, others, "scout{}".format)
    (folder / "notes.txt").write_text("not an image " * 30)
    with pytest.raises(
        ScanError, match=r"2 series: “T1 sagittal” \(9 files, such as IM0000\), “Scout”.*one file"
    ):
        load_scan(folder)
    assert sorted(load_scan(folder / "IM0004").data.shape) == sorted((COLUMNS, ROWS, SLICES))
    assert sorted(load_scan(folder / "scout1").data.shape) == sorted((COLUMNS, ROWS, 3))


def test_every_slice_is_scaled_by_its_own_numbers(tmp_path):
    slices = [slice_of(n, RescaleSlope=str(n + 1), RescaleIntercept="-5") for n in range(SLICES)]
    scan = load_scan(saved(tmp_path / "series", slices))
    assert scan.data.max() == max((1000 - 30 * abs(n - MARKED[2])) * (n + 1) - 5 for n in range(SLICES))


def test_a_missing_slice_is_an_error_that_counts_it(tmp_path):
    folder = saved(tmp_path / "series", [slice_of(n) for n in range(SLICES) if n not in (3, 4)])
    with pytest.raises(ScanError, match="2 slices are missing"):
        load_scan(folder)


def test_uneven_distances_are_told_or_refused(tmp_path):
    def moved(by: float) -> list[Any]:
        found = [slice_of(n) for n in range(SLICES)]
        found[4].ImagePositionPatient = [CORNER[0], CORNER[1], CORNER[2] + 4 * STEP + by]
        return found

    assert "mm apart" in load_scan(saved(tmp_path / "little", moved(0.1))).notes[0]
    with pytest.raises(ScanError, match="mm apart"):
        load_scan(saved(tmp_path / "much", moved(1.2)))


def test_slices_at_the_same_places_are_volumes(tmp_path):
    slices = [
        slice_of(n, TemporalPositionIdentifier=t + 1, RescaleIntercept=str(100 * t))
        for n in range(SLICES)
        for t in (1, 0)
    ]
    folder = saved(tmp_path / "series", slices)
    assert count_volumes(folder) == 2
    with pytest.raises(VolumeNotChosen):
        load_scan(folder)
    assert [load_scan(folder, n).data.max() for n in (0, 1)] == [1000, 1100]


def test_a_localizer_is_refused(tmp_path):
    planes = [slice_of(0), slice_of(1, (0, 1, 0, 0, 0, -1)), slice_of(2, (1, 0, 0, 0, 0, -1))]
    with pytest.raises(ScanError, match="different orientations"):
        load_scan(saved(tmp_path / "series", planes))


def enhanced() -> Any:
    """All slices in one file, in falling order, as an enhanced image."""
    frames = [slice_of(n) for n in reversed(range(SLICES))]
    made = slice_of(0)
    del made.ImagePositionPatient, made.ImageOrientationPatient, made.PixelSpacing
    made.NumberOfFrames = SLICES
    shared, measures, orientation = (pydicom.Dataset() for _ in range(3))
    measures.PixelSpacing, orientation.ImageOrientationPatient = list(SPACING), list(AXIAL)
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    made.SharedFunctionalGroupsSequence = [shared]
    groups = []
    for frame in frames:
        group, place = pydicom.Dataset(), pydicom.Dataset()
        place.ImagePositionPatient = frame.ImagePositionPatient
        group.PlanePositionSequence = [place]
        groups.append(group)
    made.PerFrameFunctionalGroupsSequence = groups
    made.PixelData = b"".join(frame.PixelData for frame in frames)
    return made


def test_an_enhanced_file_is_the_same_scan(tmp_path):
    made = enhanced()
    made.save_as(tmp_path / "all.dcm", enforce_file_format=True)
    scan = load_scan(tmp_path / "all.dcm")
    same = load_scan(saved(tmp_path / "series", [slice_of(n) for n in range(SLICES)]))
    assert np.array_equal(scan.data, same.data)
    assert scan.grid.affine == pytest.approx(same.grid.affine)
    assert scan.name == "all"


def test_run_length_packed_pixels_are_unpacked(tmp_path):
    slices = [slice_of(n) for n in range(SLICES)]
    for made in slices:
        made.compress(pydicom.uid.RLELossless)
    scan = load_scan(saved(tmp_path / "series", slices))
    assert scan.data.max() == 1000


def test_a_packing_without_a_decoder_is_one_clear_line(tmp_path):
    slices = [slice_of(n) for n in range(SLICES)]
    for made in slices:
        made.file_meta.TransferSyntaxUID = pydicom.uid.HTJ2KLossless
        made.PixelData = pydicom.encaps.encapsulate([bytes(200)])
        made["PixelData"].VR = "OB"
    with pytest.raises(ScanError, match=r"compressed as .*no decoder") as error:
        load_scan(saved(tmp_path / "series", slices))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Rows": 65535, "Columns": 65535}, "too few"),
        ({"Columns": COLUMNS + 1}, "too few|pixels"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "colour"),
        ({"BitsAllocated": 1}, "integers of 1 bits.*expected 8, 16 or 32 bits"),
        ({"ImagePositionPatient": None}, "the geometry of its slice"),
        ({"PixelSpacing": [0.0, 0.0]}, "damaged|place"),
        ({"ImageOrientationPatient": [1.0, 0, 0, 1.0, 0, 0]}, "not orthonormal"),
        ({"NumberOfFrames": 2_000_000_000}, "frames"),
    ],
    ids=["huge", "wider", "colour", "bits", "no position", "no size", "one direction", "frames"],
)
def test_headers_are_not_believed(tmp_path, changes, words):
    slices = [slice_of(n, **changes) for n in range(SLICES)]
    with pytest.raises(ScanError, match=words) as error:
        load_scan(saved(tmp_path / "series", slices))
    assert "\n" not in str(error.value)


def test_damaged_files_are_told_by_name(tmp_path):
    folder = saved(tmp_path / "series", [slice_of(n) for n in range(SLICES)])
    whole = (folder / "IM0003").read_bytes()
    (folder / "IM0003").write_bytes(whole[: len(whole) - 40])
    with pytest.raises(ScanError, match="IM0003"):
        load_scan(folder)
    (folder / "IM0003").write_bytes(whole[:140] + bytes(range(256)) * 4)
    with pytest.raises(ScanError, match=r"IM0003|missing"):
        load_scan(folder)


def deflated(**changes: Any) -> Any:
    made = slice_of(0, **changes)
    made.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    return made


def broken(file: Path, made: Any) -> None:
    """A file whose header ends within the element after its series' number."""
    made.save_as(file, enforce_file_format=True)
    content = file.read_bytes()
    place = content.index(b"\x20\0\x0e\0UI")
    file.write_bytes(content[: place + 40] + b"\x20\0\x10\0XX\xff\xff\xff\xff")


@pytest.mark.parametrize("neighbour", ["deflated", "of another series", "nonsense"])
def test_a_damaged_neighbour_does_not_block_a_named_file(tmp_path, neighbour):
    folder = saved(tmp_path / "series", [slice_of(n) for n in range(SLICES)])
    other = folder / "other.dcm"
    if neighbour == "deflated":
        deflated().save_as(other, enforce_file_format=True)
    elif neighbour == "of another series":
        broken(other, slice_of(0, SeriesInstanceUID="9.9"))
    else:
        other.write_bytes(bytes(128) + b"DICM" + bytes(range(256)) * 4)
    scan = load_scan(folder / "IM0004")
    assert scan.data.max() == 1000
    if neighbour != "nonsense":
        assert len(scan.notes) == 1, scan.notes
        assert scan.notes[0].startswith("other.dcm beside it ")
        assert scan.notes[0].endswith("and was ignored.")


def test_a_damaged_file_of_another_series_does_not_block_a_folder(tmp_path):
    folder = saved(tmp_path / "series", [slice_of(n) for n in range(SLICES)])
    broken(folder / "other.dcm", slice_of(0, SeriesInstanceUID="9.9"))
    assert "ignored" in load_scan(folder).notes[0]
    deflated().save_as(folder / "other.dcm", enforce_file_format=True)
    with pytest.raises(ScanError, match=r"other\.dcm: is deflated DICOM"):
        load_scan(folder)  # its series cannot be told: it may be a slice of this one


def test_a_damaged_slice_of_the_series_blocks_a_named_file(tmp_path):
    folder = saved(tmp_path / "series", [slice_of(n) for n in range(SLICES)])
    broken(folder / "IM0003", slice_of(3))
    with pytest.raises(ScanError, match="IM0003: is a DICOM image without a size"):
        load_scan(folder / "IM0004")


@pytest.mark.parametrize("copied", [[3], list(range(SLICES))])
def test_copies_are_passed_over_and_told(tmp_path, copied):
    folder = saved(tmp_path / "series", [slice_of(n) for n in range(SLICES)])
    for n in copied:
        (folder / f"IM{n:04d} (1)").write_bytes((folder / f"IM{n:04d}").read_bytes())
    for path in (folder, folder / f"IM{copied[0]:04d} (1)"):
        scan = load_scan(path)
        assert sorted(scan.data.shape) == sorted((COLUMNS, ROWS, SLICES))
        assert len(scan.notes) == 1
        assert "ignored" in scan.notes[0]
        assert "holds the same image as" in scan.notes[0]


def test_two_distances_are_not_called_missing_slices(tmp_path):
    places = [n * 1.25 for n in range(6)] + [6.25 + n * 2.5 for n in range(1, 7)]
    slices = [slice_of(n, ImagePositionPatient=[*CORNER[:2], place]) for n, place in enumerate(places)]
    with pytest.raises(ScanError, match=r"slices 1\.25 to 2\.5 mm apart; only evenly spaced"):
        load_scan(saved(tmp_path / "series", slices))


def test_a_mosaic_is_called_one(tmp_path):
    made = slice_of(0, ImageType=["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"])
    with pytest.raises(ScanError, match=r"Siemens mosaic.*dcm2niix"):
        load_scan(saved(tmp_path / "series", [made]) / "IM0000")


def test_files_without_a_preamble_are_read(tmp_path):
    slices = [slice_of(n) for n in range(SLICES)]
    wanted = load_scan(saved(tmp_path / "whole", slices))
    (tmp_path / "bare").mkdir()
    for n, made in enumerate(slices):
        bare = pydicom.Dataset(made)
        bare.save_as(tmp_path / "bare" / f"IM{n}.dcm", implicit_vr=n % 2 == 0, little_endian=True)
        assert detect_file_type(tmp_path / "bare" / f"IM{n}.dcm") is FileType.SCAN
    for path in (tmp_path / "bare", tmp_path / "bare" / "IM3.dcm"):
        np.testing.assert_array_equal(load_scan(path).data, wanted.data)


def test_dicom_packed_with_gzip_is_told(tmp_path):
    folder = saved(tmp_path / "series", [slice_of(0)])
    path = tmp_path / "IM.gz"
    path.write_bytes(gzip.compress((folder / "IM0000").read_bytes()))
    with pytest.raises(ScanError, match="is DICOM compressed with gzip; decompress it"):
        load_scan(path)


@pytest.mark.parametrize(
    "name", ["NumberOfFrames", "InstanceNumber", "PixelSpacing", "RescaleSlope", "EchoTime"]
)
def test_numbers_that_are_none_are_one_line(tmp_path, name):
    folder = saved(tmp_path / "series", [slice_of(n, **{name: "1"}) for n in range(2)])
    for file in folder.iterdir():
        made = pydicom.dcmread(file)
        made[name] = pydicom.dataelem.RawDataElement(
            pydicom.tag.Tag(pydicom.datadict.tag_for_keyword(name)),
            pydicom.datadict.dictionary_VR(name), 2, b"1A", 0, False, True,
        )  # fmt: skip
        made.save_as(file)
    for path in (folder, folder / "IM0000"):
        with pytest.raises(ScanError, match="IM0000"):
            load_scan(path)


def test_what_pydicom_warns_of_is_a_note(tmp_path, recwarn):
    folder = saved(tmp_path / "series", [slice_of(n) for n in range(SLICES)])
    content = (folder / "IM0003").read_bytes()
    assert content.count(b"1.2.3\0") == 1
    (folder / "IM0003").write_bytes(content.replace(b"T1 sagittal ", b"T1 \xe4\xfcgittal "))
    scan = load_scan(folder)
    assert not recwarn.list
    assert all(note.startswith("pydicom notes: ") for note in scan.notes)


def test_a_deflated_file_is_not_unpacked(tmp_path):
    slices = [slice_of(n) for n in range(SLICES)]
    for made in slices:
        made.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    with pytest.raises(ScanError, match="deflated"):
        load_scan(saved(tmp_path / "series", slices))


def test_a_folder_is_a_scan_and_described_as_one(tmp_path):
    folder = saved(tmp_path / "series", [slice_of(n) for n in range(SLICES)])
    assert detect_file_type(folder) is FileType.SCAN
    assert detect_file_type(folder / "IM0000") is FileType.SCAN
    assert detect_image_format(folder / "IM0000") is ImageFormat.DICOM
    assert describe(load_scan(folder))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ScanError, match="without DICOM images"):
        load_scan(tmp_path / "empty")


def test_without_pydicom_the_line_says_what_to_install(tmp_path, monkeypatch):
    folder = saved(tmp_path / "series", [slice_of(0)])
    monkeypatch.setitem(__import__("sys").modules, "pydicom", None)
    with pytest.raises(ScanError, match=r"pip install saliency-viewer\[dicom\]"):
        load_scan(folder)
