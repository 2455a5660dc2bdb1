"""Selection of participants by a column: those with one value, or with numbers in a range."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from viewer.cohorts.participants import Participant
from viewer.errors import ScanError
from viewer.scans.scan_table import is_missing

_RANGE = re.compile(r"(?P<low>[^.].*?|)\.\.(?P<high>[^.].*|)")


def select_participants(rows: Sequence[Participant], filter_text: str | None) -> tuple[Participant, ...]:
    """Return the participants that a filter selects, in their order; all without a filter.

    Parameters
    ----------
    rows
        Participants.
    filter_text
        ``COLUMN=VALUE``, or ``COLUMN=LOW..HIGH`` for numbers from LOW to HIGH, either of which may be left
        out. Participants without a number are in no range.

    Raises
    ------
    ScanError
        There is no such column, or no participant is selected.
    """
    if filter_text is None:
        return tuple(rows)
    column, equals, value = filter_text.partition("=")
    columns = rows[0].values if rows else {}
    if not equals or column not in columns:
        names = ", ".join(columns) or "none"
        raise ScanError(filter_text, "does not name a group of participants", f"give COLUMN=VALUE of {names}")
    limits = _parse_range(value)
    # An entry that looks like a range is matched literally.
    if limits is None or any(row.values[column] == value for row in rows):
        selected = tuple(row for row in rows if row.values[column] == value)
    else:
        low, high = limits
        selected = tuple(row for row in rows if low <= numeric_value(row, column) <= high)
    if not selected:
        values = sorted({row.values[column] for row in rows})
        values_text = ", ".join(values[:8]) + (", …" if len(values) > 8 else "")
        raise ScanError(filter_text, "selects no participant", f"{column} has {values_text}")
    return selected


def numeric_value(row: Participant, column: str) -> float:
    """Return a participant's number in a column; NaN if it is missing or not a number."""
    text = row.values.get(column, "")
    try:
        return math.nan if is_missing(text) else float(text)
    except ValueError:
        return math.nan


def _parse_range(value: str) -> tuple[float, float] | None:
    """Return the limits of a range; None if the text is not a range."""
    match = _RANGE.fullmatch(value)
    if match is None or value == "..":
        return None
    try:
        low = float(match["low"]) if match["low"] else -math.inf
        high = float(match["high"]) if match["high"] else math.inf
    except ValueError:
        return None
    return (low, high)
