"""Parsing of the indices and names in atlas label files, in time linear in the length of the text."""

from __future__ import annotations

from pathlib import Path

from viewer.errors import ScanError

MAX_NAME_LENGTH = 300
MAX_DIGITS = 10


def parse_index(text: str) -> int | None:
    """Parse a whole number from 0 on, written as ``2`` or ``2.0``; None if the text is not one."""
    digits, point, fraction = text.strip().partition(".")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > MAX_DIGITS:
        return None
    if point and fraction.strip("0"):
        return None
    return int(digits)


def is_decimal(text: str) -> bool:
    """Return whether a text is a decimal number, such as a colour value or a coordinate."""
    text = text.strip()
    if not text or len(text) > 40 or not all(letter in "+-.0123456789eE" for letter in text):
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def index_error(path: Path, value: object, line: int | None = None, column: str = "index") -> ScanError:
    """Return the error for an index that is not a whole number from 0 on, with its line if known."""
    subject = path if line is None else f"{path}, line {line}"
    return ScanError(
        subject, f"has the {column} {clean_name(str(value))[:40]!r}", "an index is a whole number from 0 on"
    )


def clean_name(name: str) -> str:
    """Return a name as one line of printable characters; other characters become spaces."""
    return " ".join("".join(character if character.isprintable() else " " for character in name).split())[
        :MAX_NAME_LENGTH
    ]
