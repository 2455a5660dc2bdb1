"""Line wrapping of texts, so that their end is not clipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

MAX_LINES = 4
LEFT_OUT = "..."


def wrap(text: str, room: float, width: Callable[[str], float], most: int = MAX_LINES) -> tuple[str, ...]:
    """Break a text between its words into lines no wider than ``room``.

    A wider word is shortened in its middle. If there are more than ``most`` lines, those after the first are
    replaced by ``...``, as a map's name begins with its method and ends with important remarks.

    Parameters
    ----------
    text
        The text.
    room
        Maximum line width, in the units of ``width``.
    width
        Returns the width of a text.
    most
        Maximum number of lines, 2 or more.
    """
    lines: list[str] = []
    for word in text.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and width(candidate) <= room:
            lines[-1] = candidate
        else:
            lines.append(shorten(word, room, width))
    if len(lines) > most:
        lines = [shorten(lines[0] + LEFT_OUT, room, width), *lines[len(lines) - most + 1 :]]
    return tuple(lines)


def wrap_into(text: str, rooms: Sequence[float], width: Callable[[str], float]) -> tuple[str, ...]:
    """Break a text between its words into one line per width; return () if it does not fit.

    Parameters
    ----------
    text
        The text.
    rooms
        Maximum width of each line, in the units of ``width``.
    width
        Returns the width of a text.
    """
    lines: list[str] = []
    for word in text.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and width(candidate) <= rooms[len(lines) - 1]:
            lines[-1] = candidate
        elif len(lines) < len(rooms) and width(word) <= rooms[len(lines)]:
            lines.append(word)
        else:
            return ()
    return tuple(lines) if len(lines) == len(rooms) else ()


def shorten_into(text: str, rooms: Sequence[float], width: Callable[[str], float]) -> tuple[str, ...]:
    """Break a text into one line per width, omitting words in the middle; return () if it does not fit.

    The first line is the beginning, followed by ``...``; the others are the end.

    Parameters
    ----------
    text
        The text.
    rooms
        Maximum width of each line, in the units of ``width``.
    width
        Returns the width of a text.
    """
    words = text.split()
    for rest_start in range(2, len(words)):
        last_lines = wrap_into(" ".join(words[rest_start:]), rooms[1:], width)
        first_line = next(
            (line for n in range(rest_start - 1, 0, -1)
             if width(line := " ".join(words[:n]) + LEFT_OUT) <= rooms[0]), "",
        )  # fmt: skip
        if first_line and last_lines:
            return (first_line, *last_lines)
    return ()


def shorten(text: str, room: float, width: Callable[[str], float]) -> str:
    """Return a text shortened in its middle until it fits, or as short as possible."""
    if width(text) <= room:
        return text
    for length in range(len(text) - 1, 1, -1):
        candidate = text[: (length + 1) // 2] + LEFT_OUT + text[len(text) - length // 2 :]
        if width(candidate) <= room:
            return candidate
    return text[:1] + LEFT_OUT + text[-1:] if len(text) > 2 else text
