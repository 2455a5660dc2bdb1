"""What the window says of an error: a sentence with the file's name, where the command line has one line."""

from __future__ import annotations

import pytest

from viewer.errors import ScanError


@pytest.mark.parametrize(
    ("subject", "problem", "remedy", "expected"),
    [
        ("/a/b/notes.txt", "is a text file, not an image", "", '"notes.txt" is a text file, not an image.'),
        (r"C:\scans\x.nii", "is empty", "", '"x.nii" is empty.'),
        ("/x.nii.gz", "file not found", "", '"x.nii.gz": file not found.'),
        ("/a/m.nii", "is empty", "is it a mask?", '"m.nii" is empty. Is it a mask?'),
        ("/a/t.tsv, line 6", "has no y", "", "t.tsv, line 6 has no y."),
        ("/a/net.pt", "no card found", "describe it", '"net.pt": no card found. Describe it.'),
        ("demo", "cannot be explained", "open a scan", "demo cannot be explained. Open a scan."),
    ],
)
def test_a_sentence(subject: str, problem: str, remedy: str, expected: str) -> None:
    error = ScanError(subject, problem, remedy)
    assert error.sentence() == expected
    assert str(error) == f"{subject}: {problem}" + (f"; {remedy}" if remedy else "")
