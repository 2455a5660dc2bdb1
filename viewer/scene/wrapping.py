"""Line wrapping of texts, so that their end is not clipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

MAX_LINES = 4
LEFT_OUT = "..."


def wrap(
    text: str, max_width: float, measure: Callable[[str], float], max_lines: int = MAX_LINES
) -> tuple[str, ...]:
    """Break a text between its words into lines no wider than ``max_width``.

    A wider word is shortened in its middle. If there are more than ``max_lines`` lines, those after the first
    are replaced by ``...``, as a map's name begins with its method and ends with important remarks.

    Parameters
    ----------
    text
        The text.
    max_width
        Maximum line width, in the units of ``measure``.
    measure
        Returns the width of a text.
    max_lines
        Maximum number of lines, 2 or more.
    """
    lines: list[str] = []
    for word in text.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and measure(candidate) <= max_width:
            lines[-1] = candidate
        else:
            lines.append(shorten(word, max_width, measure))
    if len(lines) > max_lines:
        lines = [shorten(lines[0] + LEFT_OUT, max_width, measure), *lines[len(lines) - max_lines + 1 :]]
    return tuple(lines)


def wrap_into(text: str, max_widths: Sequence[float], measure: Callable[[str], float]) -> tuple[str, ...]:
    """Break a text between its words into one line per width; return () if it does not fit.

    Parameters
    ----------
    text
        The text.
    max_widths
        Maximum width of each line, in the units of ``measure``.
    measure
        Returns the width of a text.
    """
    lines: list[str] = []
    for word in text.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and measure(candidate) <= max_widths[len(lines) - 1]:
            lines[-1] = candidate
        elif len(lines) < len(max_widths) and measure(word) <= max_widths[len(lines)]:
            lines.append(word)
        else:
            return ()
    return tuple(lines) if len(lines) == len(max_widths) else ()


def shorten_into(text: str, max_widths: Sequence[float], measure: Callable[[str], float]) -> tuple[str, ...]:
    """Break a text into one line per width, omitting words in the middle; return () if it does not fit.

    The first line is the beginning, followed by ``...``; the others are the end.

    Parameters
    ----------
    text
        The text.
    max_widths
        Maximum width of each line, in the units of ``measure``.
    measure
        Returns the width of a text.
    """
    words = text.split()
    for rest_start in range(2, len(words)):
        last_lines = wrap_into(" ".join(words[rest_start:]), max_widths[1:], measure)
        first_line = next(
            (line for n in range(rest_start - 1, 0, -1)
             if measure(line := " ".join(words[:n]) + LEFT_OUT) <= max_widths[0]), "",
        )  # fmt: skip
        if first_line and last_lines:
            return (first_line, *last_lines)
    return ()


def shorten(text: str, max_width: float, measure: Callable[[str], float]) -> str:
    """Return a text shortened in its middle until it fits, or as short as possible."""
    if measure(text) <= max_width:
        return text
    for length in range(len(text) - 1, 1, -1):
        candidate = text[: (length + 1) // 2] + LEFT_OUT + text[len(text) - length // 2 :]
        if measure(candidate) <= max_width:
            return candidate
    return text[:1] + LEFT_OUT + text[-1:] if len(text) > 2 else text
