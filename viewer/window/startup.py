"""Files to open and times to measure at the start of the window. No Qt: used before Qt is imported."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class StartupFiles:
    """Files to open at the start, given by path or by the name of a built-in one."""

    scan: str | Path | None = None
    model: str | Path | None = None
    maps: tuple[str | Path, ...] = ()
    session: str | Path | None = None
    images: tuple[tuple[str, str], ...] = ()
    """Images of one person by channel, instead of a scan."""

    channels: tuple[str, ...] = ()
    """Channel names of the volumes in the scan's file."""

    covariates: tuple[tuple[str, float], ...] = ()
    align: bool = False
    """Whether the images are aligned to the first one."""

    cohort: str | Path | None = None
    """Folder of a cohort."""

    @property
    def is_empty(self) -> bool:
        """Whether no file is given; the window then opens the demonstration."""
        return self == NO_FILES


NO_FILES = StartupFiles()


@dataclass
class StartupTimer:
    """Times of the first occurrences of events, in seconds since ``start``, a value of `time.monotonic`."""

    start: float = field(default_factory=time.monotonic)
    times: dict[str, float] = field(default_factory=dict)

    def record(self, name: str) -> None:
        """Record the first occurrence of an event."""
        self.times.setdefault(name, time.monotonic() - self.start)
