"""Resumable records: one JSON object per line, appended as soon as it is computed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from viewer.errors import ViewerError
from viewer.files import exists
from viewer.json_lines import append_json_lines, line_error, no_records_error, read_json_lines


class RecordsFile:
    """Records by their ``key``; the first line of the file says what all of them depend on.

    Several runs may write to one file.

    Parameters
    ----------
    path
        The file, created immediately if it does not exist; None keeps the records only in memory.
    dependencies
        What the records depend on, as plain JSON.
    is_valid
        Function that validates a record, given its key and the record; by default, all are valid.

    Raises
    ------
    ViewerError
        The file belongs to other settings, is not such a file, is damaged, or cannot be read or written.
    """

    def __init__(
        self,
        path: Path | None,
        dependencies: Mapping[str, Any],
        is_valid: Callable[[str, Mapping[str, Any]], bool] = lambda key, record: True,
    ) -> None:
        self._path = path
        self._header = {"about": json.loads(json.dumps(dependencies))}
        self._is_valid = is_valid
        self.records: dict[str, dict[str, Any]] = {}
        if path is None:
            return
        if exists(path):
            self._read(path)
        append_json_lines(path, (), self._header)  # checks early that the file can be written

    def __contains__(self, key: str) -> bool:
        return key in self.records

    def add(self, key: str, record: Mapping[str, Any]) -> None:
        """Add a record, also to the file. Raises ViewerError if it cannot be written."""
        entry = {"key": key, **record}
        if self._path is not None:
            append_json_lines(self._path, (entry,), self._header)
        self.records[key] = entry

    def _read(self, path: Path) -> None:
        lines = read_json_lines(path)
        if not lines and path.stat().st_size == 0:
            return
        if not lines or "about" not in lines[0]:
            raise no_records_error(path)
        if lines[0] != self._header:
            raise ViewerError(path, "belongs to other settings", "choose another file or folder")
        for line_number, entry in enumerate(lines[1:], 2):
            key = entry.get("key")
            if not isinstance(key, str) or not self._is_valid(key, entry):
                raise line_error(path, line_number, "is not a record")
            self.records[key] = entry
