"""How finely the box is drawn while it moves: at half its resolution where the machine is too slow."""

from __future__ import annotations

SLOW_MS = 16.0
FAST_MS = 4.0
WEIGHT = 0.14
HALF = 0.5


class Pace:
    """Follows how long pictures take. `scale` is 1, or `HALF` once they are slow on the average.

    ``slow`` are the milliseconds from which a picture is slow. It goes back to 1 only where four times as
    many pixels would still be fast, so that it does not swing.
    """

    def __init__(self, slow: float = SLOW_MS) -> None:
        self._slow, self._fast = slow, slow * FAST_MS / SLOW_MS
        self.scale = 1.0
        self._mean: float | None = None

    def note(self, milliseconds: float) -> None:
        """Take the time that one picture took at the present scale."""
        before = milliseconds if self._mean is None else self._mean
        self._mean = before + WEIGHT * (milliseconds - before)
        if self.scale == 1.0 and self._mean > self._slow:
            self.scale, self._mean = HALF, None
        elif self.scale == HALF and self._mean < self._fast:
            self.scale, self._mean = 1.0, None
