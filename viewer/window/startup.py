"""What the window opens on, and when things happen while it starts. No Qt: used before Qt is imported."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class StartupFiles:
    """Files, or names of built-in ones."""

    scan: str | Path | None = None
    model: str | Path | None = None
    maps: tuple[str | Path, ...] = ()
    session: str | Path | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named: then the window opens on the demonstration."""
        return self == NO_FILES


NO_FILES = StartupFiles()


@dataclass
class StartupTimer:
    """When things first happened, in seconds since ``began``, a moment of `time.monotonic`."""

    start: float = field(default_factory=time.monotonic)
    times: dict[str, float] = field(default_factory=dict)

    def record(self, name: str) -> None:
        """Note the first time that something happens."""
        self.times.setdefault(name, time.monotonic() - self.start)
