"""Rows of a long table, on disk as they come: a table that was cut off is gone on with, not begun again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from viewer.errors import ScanError
from viewer.scans.atomic_write import atomic_write
from viewer.scans.file_types import read_json_object


@dataclass(eq=False)
class Kept:
    """The rows so far.

    Parameters
    ----------
    path
        Where they are while the table grows.
    about
        What all of them depend on, as plain JSON; rows that belong to something else are not taken up.
    """

    path: Path
    about: Mapping[str, Any]
    rows: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            found = read_json_object(self.path)
        except ScanError:  # there is none yet, or it was damaged: the rows are computed again
            return
        rows = found.get("rows")
        if found.get("about") == dict(self.about) and isinstance(rows, dict):
            self.rows.update(rows)

    def add(self, name: str, row: Mapping[str, Any]) -> None:
        """Keep a row, on disk too. Raises OSError where the folder cannot be written to."""
        self.rows[name] = dict(row)
        text = json.dumps({"about": dict(self.about), "rows": self.rows}, ensure_ascii=False)
        with atomic_write(self.path) as file:
            file.write(text.encode())

    def done(self) -> None:
        """Remove the file: the table is whole."""
        self.path.unlink(missing_ok=True)
