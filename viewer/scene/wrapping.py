"""Line wrapping of texts, so that their end is not clipped."""

from __future__ import annotations

from collections.abc import Callable

MOST_LINES = 4
LEFT_OUT = "..."


def wrap(text: str, room: float, width: Callable[[str], float], most: int = MOST_LINES) -> tuple[str, ...]:
    """Break a text between its words into lines no wider than ``room``.

    A word that is wider loses letters in its middle. Where there are more than ``most`` lines, those after
    the first give way to ``...``: a map's name begins with its method and ends with what must be known of it.

    Parameters
    ----------
    text
        The text.
    room
        Maximum line width, in the units of ``width``.
    width
        Measures a text.
    most
        Maximum number of lines, 2 or more.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(shorten(word, room, width))
    if len(lines) > most:
        lines = [shorten(lines[0] + LEFT_OUT, room, width), *lines[len(lines) - most + 1 :]]
    return tuple(lines)


def shorten(text: str, room: float, width: Callable[[str], float]) -> str:
    """Return a text shortened in its middle until it fits, or as short as possible."""
    if width(text) <= room:
        return text
    for kept in range(len(text) - 1, 1, -1):
        shorter = text[: (kept + 1) // 2] + LEFT_OUT + text[len(text) - kept // 2 :]
        if width(shorter) <= room:
            return shorter
    return text[:1] + LEFT_OUT + text[-1:] if len(text) > 2 else text
