"""Which participants a filter selects."""

from __future__ import annotations

import pytest

from viewer.cohorts.participant_filter import select_participants
from viewer.cohorts.participants import Participant
from viewer.errors import ScanError

ROWS = tuple(
    Participant(name, {}, values={"group": group, "age": age, "span": span})
    for name, group, age, span in (
        ("1", "AD", "71", "60..70"),
        ("2", "CN", "60.5", "x"),
        ("3", "AD", "n/a", "y"),
        ("4", "MCI", "-3", "z"),
    )
)


@pytest.mark.parametrize(
    ("among", "names"),
    [
        (None, "1234"),
        ("group=AD", "13"),
        ("age=60.5", "2"),
        ("age=60..71", "12"),
        ("age=..60.5", "24"),
        ("age=-3..0", "4"),
        ("age=61..", "1"),
        # An entry that looks like a range is taken as it is written.
        ("span=60..70", "1"),
    ],
)
def test_a_filter_selects_values_and_ranges(among: str | None, names: str) -> None:
    assert "".join(row.participant_id for row in select_participants(ROWS, among)) == names


@pytest.mark.parametrize(
    ("among", "problem"),
    [
        ("sex=f", "give COLUMN=VALUE of group, age, span"),
        ("group", "does not name a group of participants"),
        ("group=XY", "selects no participant; group has AD, CN, MCI"),
        ("age=80..90", "selects no participant"),
        ("age=..", "selects no participant"),
    ],
)
def test_a_filter_that_selects_nobody_is_told(among: str, problem: str) -> None:
    with pytest.raises(ScanError) as raised:
        select_participants(ROWS, among)
    assert problem in str(raised.value)
