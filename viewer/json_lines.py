"""JSON lines: results are appended as soon as they are available, so that an interrupted run can continue."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from viewer.errors import ViewerError
from viewer.files import read_regular

MAX_BYTES = 1 << 28
"""Largest file in bytes; the track record of all methods has half a million."""

BLOCK = 1 << 16


def read_json_lines(path: Path, *, require_finite: bool = True) -> list[dict[str, Any]]:
    """Return the objects in the lines of a file; an incomplete last line is ignored.

    Unless ``require_finite`` is False, non-finite numbers count as damage.

    Raises
    ------
    ViewerError
        It is not a regular file, is too large, or a line is not a JSON object with finite numbers.
    """
    *lines, _ = read_regular(path, MAX_BYTES, ViewerError, "records").split(b"\n")
    entries = []
    for line_number, line in enumerate(lines, 1):
        entry = _parse(line, require_finite)
        if entry is None:
            # Whoever names a file of another kind should not be told to remove its lines.
            raise line_error(path, line_number) if line_number > 1 else no_records_error(path)
        entries.append(entry)
    return entries


def append_json_lines(
    path: Path,
    entries: Sequence[Mapping[str, Any]],
    header: Mapping[str, Any] | None = None,
    *,
    require_finite: bool = True,
) -> None:
    """Append objects, one per line, under a lock against other processes.

    An incomplete last line, left by a killed run, is removed first.

    Parameters
    ----------
    path
        The file; created if it does not exist.
    entries
        The objects.
    header
        First line of an empty file.
    require_finite
        Whether a non-finite number is an error.

    Raises
    ------
    ViewerError
        The file cannot be written.
    """
    try:
        with path.open("a+b") as file:
            _lock(file)
            _truncate_incomplete_line(file)
            first = [header] if header is not None and not file.tell() else []
            lines = (json.dumps(entry, allow_nan=not require_finite) for entry in (*first, *entries))
            file.write("".join(f"{line}\n" for line in lines).encode())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ViewerError(path, f"cannot be written ({reason})") from error


def line_error(path: Path, number: int, problem: str = "is damaged") -> ViewerError:
    """Return the error about a line, counted from 1."""
    return ViewerError(f"{path}, line {number}", problem, "remove it, and it is computed again")


def no_records_error(path: Path) -> ViewerError:
    """Return the error about a file of another kind."""
    return ViewerError(path, "holds no records", "choose another file")


def _parse(line: bytes, require_finite: bool) -> dict[str, Any] | None:
    """Return the object of a line; None if it holds none, or a number that is not finite."""
    try:
        entry = json.loads(line.decode("utf-8"))
        json.dumps(entry, allow_nan=not require_finite)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _lock(file: BinaryIO) -> None:
    """Wait for and take the lock of the file; the system releases it when the file is closed."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock; lines of simultaneous runs may mix there
        return
    fcntl.flock(file, fcntl.LOCK_EX)


def _truncate_incomplete_line(file: BinaryIO) -> None:
    """Truncate the file after its last line break, and seek to the end."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - BLOCK)
        file.seek(start)
        position = file.read(end - start).rfind(b"\n")
        if position >= 0:
            end = start + position + 1
            break
        end = start
    file.truncate(end)
    file.seek(end)
