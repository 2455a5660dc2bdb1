"""An error is one line, whatever a damaged file made it of."""

from __future__ import annotations

import pytest

from viewer.errors import MAX_LENGTH, ViewerError


@pytest.mark.parametrize("odd", ["a\nb", "a\r\nb", "a\x1b[2Jb", "a\0b", "a\u2028b", "a\x85b"])
def test_an_error_is_one_line(odd):
    error = ViewerError(odd, odd, odd)
    assert len(str(error).splitlines()) == 1
    assert "\x1b" not in str(error)
    assert str(error).startswith("a")


def test_a_long_value_is_not_quoted_in_full():
    error = ViewerError("file.json", "x" * 100_000, "mend it")
    assert len(str(error)) < MAX_LENGTH + 100
    assert str(error).startswith("file.json: xxx")
    assert str(error).endswith("xxx; mend it")


def test_ordinary_letters_are_kept():
    assert str(ViewerError("Müller – 脳.nii", "is  odd", "no")) == "Müller – 脳.nii: is  odd; no"
