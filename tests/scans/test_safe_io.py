"""Nothing is allocated for what a header merely claims, and damage is told in one line."""

from __future__ import annotations

import gzip
import lzma
import os
import tracemalloc
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.load import count_volumes, load_scan
from viewer.scans.safe_io import MAX_RATIO, check_memory, max_decompressed_size, read_at


@pytest.fixture
def plain(tmp_path, noise):
    path = tmp_path / "scan.nii"
    nib.Nifti1Image(noise, np.eye(4)).to_filename(path)
    return path


def lying(content, *shape):
    header = nib.Nifti1Header(content[:348], check=False)
    header["dim"][0] = len(shape)
    header["dim"][1 : 1 + len(shape)] = shape
    return header.binaryblock + content[348:]


def one_line(path):
    with pytest.raises(ScanError) as error:
        load_scan(path)
    line = str(error.value)
    assert "\n" not in line
    assert path.name.split(".")[0] in line
    return line


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_huge_claim_takes_no_memory(plain, pack):
    plain.write_bytes(pack(lying(plain.read_bytes(), 30000, 30000, 30000)))
    tracemalloc.start()
    line = one_line(plain)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "claims 30000 × 30000 × 30000 voxels of 4 bytes" in line
    assert peak < 4 << 20


def test_a_claim_that_gzip_could_keep_takes_no_memory(plain):
    """Within 1032 times the packed size, so only unpacking tells; 600 MB are claimed here."""
    content = lying(plain.read_bytes(), 500, 600, 500)
    packed = gzip.compress(content + np.random.default_rng(0).bytes(600_000))
    plain.write_bytes(packed)
    assert len(packed) * MAX_RATIO > 500 * 600 * 500 * 4
    tracemalloc.start()
    line = one_line(plain)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "before its last voxel" in line
    assert peak < 16 << 20


def test_the_bound_on_gzip_holds():
    """Nothing packs better than zeros."""
    assert MAX_RATIO * len(gzip.compress(bytes(16 << 20))) > 16 << 20


@pytest.mark.parametrize("kept", [352, 353, 1000, -1])
def test_truncated_plain(plain, kept):
    plain.write_bytes(plain.read_bytes()[:kept])
    assert "too few" in one_line(plain)


@pytest.mark.parametrize("kept", [1, 2, 5, 17, 100, 300, 20000, -9, -8, -4, -1])
def test_truncated_gzip(plain, kept):
    content = gzip.compress(plain.read_bytes())
    plain.with_name("scan.nii.gz").write_bytes(content[:kept])
    one_line(plain.with_name("scan.nii.gz"))


@pytest.mark.parametrize(
    "after", [b"garbage after the end", bytes(100), b"\x1f", b"\x1f\x8b", b"\0\0garbage"]
)
@pytest.mark.parametrize("ending", [".nii.gz", ".mgz"])
def test_bytes_after_a_gzip_stream_are_no_damage(tmp_path, noise, after, ending):
    """As gunzip has it: "decompression OK, trailing garbage ignored"."""
    path = tmp_path / f"scan{ending}"
    nib.save(nib.Nifti1Image(noise, np.eye(4)) if "nii" in ending else nib.MGHImage(noise, np.eye(4)), path)
    path.write_bytes(path.read_bytes() + after)
    np.testing.assert_array_equal(load_scan(path).data, noise)


def test_members_of_gzip_are_read_one_after_the_other(plain, noise):
    content = plain.read_bytes()
    parts = [gzip.compress(content[place : place + 10_000]) for place in range(0, len(content), 10_000)]
    path = plain.with_name("scan.nii.gz")
    path.write_bytes(b"".join(parts))
    np.testing.assert_array_equal(load_scan(path).data, noise)
    path.write_bytes(b"".join(parts)[:-4])
    assert "damaged" in one_line(path)


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_only_regular_files_are_opened(tmp_path, kind):
    path = tmp_path / "scan.nii"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    assert f"is a {'named pipe' if kind == 'pipe' else 'device'}, not a regular file" in one_line(path)


@pytest.mark.parametrize("name", ["scan\0.nii", "scan" + "n" * 300 + ".nii", "scan/" * 2000 + "a.nii"])
def test_names_that_no_file_can_have(tmp_path, name):
    with pytest.raises(ScanError) as error:
        load_scan(tmp_path / name)
    assert len(str(error.value).splitlines()) == 1


def test_damage_is_found_by_the_checksum(plain):
    content = bytearray(gzip.compress(plain.read_bytes(), 0))
    content[5000] ^= 1
    plain.with_name("scan.nii.gz").write_bytes(content)
    assert "damaged" in one_line(plain.with_name("scan.nii.gz"))


@pytest.mark.parametrize("kept", [100, 347])
def test_truncated_in_the_header(plain, kept):
    plain.write_bytes(plain.read_bytes()[:kept])
    assert "expected NIfTI" in one_line(plain)


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan.mgz", "scan.img", "scan.HEAD", "scan.mnc"])
def test_text(tmp_path, name):
    (tmp_path / name).write_text("subject,age\n1,70\n" * 50)
    line = one_line(tmp_path / name)
    if ".nii" in name:
        assert "is a text file, not an image; expected NIfTI" in line


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan.mgz", "scan.PAR", "scan"])
def test_empty(tmp_path, name):
    (tmp_path / name).touch()
    assert "is empty" in one_line(tmp_path / name)


def test_missing_and_folders(tmp_path):
    assert "there is no such file" in one_line(tmp_path / "scan.nii.gz")
    (tmp_path / "dicom").mkdir()
    pytest.importorskip("pydicom")
    assert "is a folder without DICOM images" in one_line(tmp_path / "dicom")
    with pytest.raises(ScanError, match="no such file"):
        count_volumes(tmp_path / "scan.nii.gz")


def test_a_truncated_series_of_afni(tmp_path):
    folder = Path(nib.__file__).parent / "tests" / "data"
    head = (folder / "example4d+orig.HEAD").read_bytes()
    (tmp_path / "a+orig.HEAD").write_bytes(head)
    packed = (folder / "example4d+orig.BRIK.gz").read_bytes()
    (tmp_path / "a+orig.BRIK.gz").write_bytes(packed[: len(packed) // 2])
    assert "damaged" in one_line(tmp_path / "a+orig.HEAD")
    (tmp_path / "a+orig.BRIK.gz").write_bytes(gzip.compress(gzip.decompress(packed)[:-10]))
    assert "ends 10 bytes before its last voxel" in one_line(tmp_path / "a+orig.HEAD")


def test_a_localizer_of_philips_is_called_one(tmp_path):
    folder = Path(nib.__file__).parent / "tests" / "data"
    (tmp_path / "NA.PAR").write_bytes((folder / "NA.PAR").read_bytes())
    (tmp_path / "NA.REC").write_bytes(bytes(1 << 22))
    assert "slices of different orientations; it is a localizer" in one_line(tmp_path / "NA.PAR")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("scan.nrrd", b"NRRD0004\ntype: float\n", "is NRRD; save it as NIfTI"),
        ("scan.mha", b"ObjectType = Image\nNDims = 3\n", "is a MetaImage; save it as NIfTI"),
        ("scan.mhd", b"NDims = 3\nDimSize = 3 3 3\n", "is a MetaImage; save it as NIfTI"),
        ("scan.gipl", bytes(252) + b"\xef\xff\xe9\xb0" + bytes(300), "is GIPL; save it as NIfTI"),
        ("scan.nii.xz", lzma.compress(bytes(1000)), "is compressed with xz; decompress it first"),
    ],
)
def test_other_formats_are_refused_with_a_remedy(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    assert expected in one_line(tmp_path / name)


def test_a_truncated_minc(tmp_path):
    content = (Path(nib.__file__).parent / "tests" / "data" / "minc1_1_scale.mnc").read_bytes()
    (tmp_path / "scan.mnc").write_bytes(content[: len(content) // 2])
    assert "MINC" in one_line(tmp_path / "scan.mnc")


def test_more_than_the_machine_has(tmp_path):
    check_memory(tmp_path, 1 << 20)
    with pytest.raises(ScanError, match="needs 1000000 GB of memory, and this machine has"):
        check_memory(tmp_path, 10**15)


def test_read_at(tmp_path):
    content = bytes(range(256)) * 20000
    for name, packed in (("a", content), ("b", gzip.compress(content))):
        (tmp_path / name).write_bytes(packed)
        assert read_at(tmp_path / name, 1_500_001, 2_000_003) == content[1_500_001:3_500_004]
        assert max_decompressed_size(tmp_path / name) >= len(content)
        with pytest.raises(ScanError, match="ends 10 bytes before"):
            read_at(tmp_path / name, len(content) - 20, 30)
