"""Time stamps of a starting window. No Qt in here: it is made before Qt is imported."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Probe:
    """When things first happened, in seconds since ``began``, a moment of `time.monotonic`."""

    began: float = field(default_factory=time.monotonic)
    marks: dict[str, float] = field(default_factory=dict)

    def mark(self, name: str) -> None:
        """Note the first time that something happens."""
        self.marks.setdefault(name, time.monotonic() - self.began)
