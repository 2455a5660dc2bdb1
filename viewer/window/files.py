"""What the window is asked to open. No Qt in here: it is made before Qt is imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Files:
    """Files, or names of built-in ones."""

    scan: str | Path | None = None
    model: str | Path | None = None
    maps: tuple[str | Path, ...] = ()
    session: str | Path | None = None

    @property
    def none(self) -> bool:
        """Whether nothing is named: then the window opens on the demonstration."""
        return self == NOTHING


NOTHING = Files()
