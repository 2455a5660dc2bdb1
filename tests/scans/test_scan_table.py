"""Tables of scans: what is read, and one line that names the row for what cannot be."""

from __future__ import annotations

import time

import pytest

from viewer.errors import ScanError
from viewer.scans.scan_table import read_table


@pytest.fixture
def write(tmp_path):
    for name in ("a.nii", "b.nii"):
        (tmp_path / name).touch()

    def writer(text: str, name: str = "t.tsv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return writer


def test_a_table(write, tmp_path):
    path = write("scan\tsubject\ty\tage\na.nii\tsub-01\t0.5\t31\n\nb.nii\tsub-02\t1e1\t-2.5\n")
    table = read_table(path)
    assert [row.scan_path for row in table.rows] == [tmp_path / "a.nii", tmp_path / "b.nii"]
    assert [row.line for row in table.rows] == [2, 4]
    assert table.subjects == ("sub-01", "sub-02")
    assert table.numeric_y() == [0.5, 10.0]
    assert table.covariates == ("age",)
    assert table.rows[1].covariates == {"age": -2.5}


def test_columns_in_any_order_with_commas_volumes_and_bids_names(write):
    path = write("y,volume,participant_id,scan\nrest,3,s1,a.nii\nactive,n/a,s1,b.nii\n", "t.csv")
    table = read_table(path)
    assert [row.volume for row in table.rows] == [3, None]
    assert table.y == ("rest", "active")
    assert table.subjects == ("s1", "s1")
    assert table.covariates == ()


def test_absolute_paths_and_a_byte_order_mark(write, tmp_path):
    path = write(f"\ufeffscan\tsubject\ty\n{tmp_path / 'b.nii'}\ts\t1\n")
    assert read_table(path).rows[0].scan_path == tmp_path / "b.nii"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("scan\tsubject\ty\n", "has no rows"),
        ("scan\ty\na.nii\t1\n", "has no column 'subject'; it needs scan, subject, y"),
        ("scan\tsubject\ty\ty\na.nii\ts\t1\t1\n", "has two columns 'y'"),
        ("scan\tsubject\ty\na.nii\ts\t1\nb.nii\ts\n", "line 3: has 2 columns where the first line names 3"),
        ("scan\tsubject\ty\na.nii\ts\tn/a\n", "line 2: y is missing"),
        ("scan\tsubject\ty\na.nii\t\t1\n", "line 2: subject is missing"),
        ("scan\tsubject\ty\na.nii\ts\t1\nc.nii\ts\t2\n", "line 3: scan not found: .*c.nii"),
        ("scan\tsubject\ty\tage\na.nii\ts\t1\told\n", "line 2: age is 'old', which is not a number"),
        ("scan\tsubject\ty\tvolume\na.nii\ts\t1\t-1\n", "line 2: volume is '-1'"),
    ],
)
def test_what_is_wrong_is_named(write, text, says):
    with pytest.raises(ScanError, match=says) as caught:
        read_table(write(text))
    assert "t.tsv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("word", ["fast", "nan", "inf"])
def test_numbers_must_be_numbers(write, word):
    text = f"scan\tsubject\ty\na.nii\ts\t1\nb.nii\ts\t{word}\n"
    with pytest.raises(ScanError, match="line 3: y is"):
        read_table(write(text)).numeric_y()


def test_many_columns_are_read_in_linear_time(tmp_path):
    path = tmp_path / "wide.tsv"
    path.write_text("\t".join(["scan", "subject", "y", *map(str, range(60_000)), "59999"]) + "\n")
    began = time.process_time()
    with pytest.raises(ScanError, match="has two columns '59999'"):
        read_table(path)
    assert time.process_time() - began < 2


def test_values_that_no_row_can_have(tmp_path):
    path = tmp_path / "odd.tsv"
    for volume, scan, problem in (
        ("9" * 5000, "a.nii", "volume is"),
        ("0", "~no-such-user-here/a.nii", "a user who does not exist"),
        ("0", "n" * 300, "scan not found"),
    ):
        path.write_text(f"scan\tsubject\ty\tvolume\n{scan}\ta\t1\t{volume}\n")
        with pytest.raises(ScanError, match=problem) as error:
            read_table(path)
        assert len(str(error.value)) < 3000


def test_files_that_are_no_tables(tmp_path):
    with pytest.raises(ScanError, match="there is no such file"):
        read_table(tmp_path / "none.tsv")
    (tmp_path / "bytes.tsv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ScanError, match="is not a text file"):
        read_table(tmp_path / "bytes.tsv")
