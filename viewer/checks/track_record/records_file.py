"""Resumable records: one JSON object a line, appended as soon as it is computed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.errors import ViewerError


class RecordsFile:
    """Records by their ``key``; the first line of the file says what all of them depend on.

    Parameters
    ----------
    path
        The file; None keeps the records in memory alone.
    about
        What the records depend on, as plain JSON.

    Raises
    ------
    ViewerError
        The file belongs to other settings, is no such file, or cannot be read.
    """

    def __init__(self, path: Path | None, about: Mapping[str, Any]) -> None:
        self._path = path
        self._about = json.loads(json.dumps(about))
        self.records: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            self._read(path)

    def __contains__(self, key: str) -> bool:
        return key in self.records

    def add(self, key: str, record: Mapping[str, Any]) -> None:
        """Keep a record, in the file too. Raises ViewerError where it cannot be written."""
        entry = {"key": key, **record}
        if self._path is not None:
            new = not self._path.exists()
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    if new:
                        file.write(json.dumps({"about": self._about}) + "\n")
                    file.write(json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n")
            except OSError as error:
                raise ViewerError(self._path, f"cannot be written ({error.strerror})") from error
        self.records[key] = entry

    def _read(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ViewerError(path, "cannot be read") from error
        lines = text.split("\n")
        head = _parse(lines[0])
        if head is None or "about" not in head:
            raise ViewerError(path, "holds no records", "choose another file")
        if head["about"] != self._about:
            raise ViewerError(path, "belongs to other settings", "choose another file or folder")
        if lines[-1]:
            # A run that was killed left a line unfinished: it is computed again.
            path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
        for line in lines[1:-1]:
            entry = _parse(line)
            if entry is None or not isinstance(entry.get("key"), str):
                raise ViewerError(path, "has a damaged line", "choose another file")
            self.records[entry["key"]] = entry


def _parse(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
