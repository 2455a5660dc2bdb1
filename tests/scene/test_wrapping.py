"""Words are broken into lines that fit, and their end is kept."""

from __future__ import annotations

import pytest

from viewer.scene.wrapping import shorten, shorten_into, wrap, wrap_into


def test_lines_fit_and_hold_every_word_where_there_is_room() -> None:
    text = "Integrated gradients, patient (residual 28%)"
    lines = wrap(text, 16, len)
    assert all(len(line) <= 16 for line in lines)
    assert " ".join(lines) == text
    assert wrap(text, 100, len) == (text,)
    assert wrap("", 10, len) == ()


def test_of_too_many_lines_the_first_and_the_last_are_kept() -> None:
    lines = wrap("one two three four five six (residual 28%)", 10, len, max_lines=3)
    assert lines == ("one two...", "(residual", "28%)")


@pytest.mark.parametrize(("room", "shorter"), [(9, "sub...T1w"), (8, "sub...1w"), (20, "sub-0123_T1w")])
def test_a_word_that_is_too_wide_loses_its_middle(room: int, shorter: str) -> None:
    assert shorten("sub-0123_T1w", room, len) == shorter


def test_lines_of_different_widths() -> None:
    text = "one two three four"
    assert wrap_into(text, (7, 10), len) == ("one two", "three four")
    assert wrap_into(text, (3, 9, 4), len) == ("one", "two three", "four")
    assert wrap_into(text, (7, 9), len) == ()
    # There are as many lines as widths: with fewer, another width would be that of the last line.
    assert wrap_into(text, (18, 18), len) == ()
    assert shorten_into(text, (6, 10), len) == ("one...", "three four")
    assert shorten_into(text, (6, 6), len) == ("one...", "four")
    assert shorten_into(text, (5, 10), len) == ()
