"""What making a figure again comes to: files, and numbers to hold against the paper's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Made:
    """The pictures that were written, the numbers, and what a reader should know of both.

    ``numbers`` are plain values, for JSON.
    """

    files: tuple[Path, ...]
    numbers: Mapping[str, Any]
    notes: tuple[str, ...] = ()
