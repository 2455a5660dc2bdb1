"""An A4 sheet: wrapped texts, lines and pictures, placed in mm; text stays text in the PDF."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

from viewer.scene.image_export import MATPLOTLIB_SETTINGS

WIDTH, HEIGHT = 210.0, 297.0
MARGIN = 13.0
MM_PER_POINT = 25.4 / 72
LEADING = 1.3
"""Line spacing, in font sizes."""


class Sheet:
    """One A4 page; positions are in mm from the upper left corner."""

    def __init__(self) -> None:
        from matplotlib.figure import Figure

        self._figure = Figure(figsize=(WIDTH / 25.4, HEIGHT / 25.4), facecolor="white")
        self._axes: Any = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(HEIGHT, 0)
        self._axes.axis("off")

    def text(
        self, x: float, y: float, width: float, text: str, size: float = 7.5, colour: str = "#1b1f24",
        bold: bool = False, align: str = "left", max_lines: int = 0,
    ) -> float:  # fmt: skip
        """Write a text within ``width``, its upper edge at ``y``; return the y of the next line.

        ``max_lines`` is the maximum number of lines, 0 for any; the last one ends in "…" if more are needed.
        """
        height = size * MM_PER_POINT
        lines = break_lines(text, width, size, bold)
        if max_lines and len(lines) > max_lines:
            lines = [*lines[: max_lines - 1], lines[max_lines - 1].rstrip(" .,;") + " …"]
        anchor_x = {"left": x, "right": x + width}[align]
        for line in lines:
            self._axes.text(
                anchor_x, y + 0.78 * height, line, fontsize=size, color=colour, ha=align, va="baseline",
                fontweight="bold" if bold else "normal", parse_math=False,
            )  # fmt: skip
            y += LEADING * height
        return y

    def line(
        self, y: float, x: float = MARGIN, x_end: float = WIDTH - MARGIN, line_width: float = 0.4
    ) -> None:
        """Draw a horizontal line."""
        self._axes.plot((x, x_end), (y, y), color="#8a94a3", lw=line_width, solid_capstyle="butt")

    def rectangle(
        self, x: float, y: float, width: float, height: float, colour: str, edge_colour: str = ""
    ) -> None:
        """Draw a filled rectangle, or one with only an edge."""
        from matplotlib.patches import Rectangle

        self._axes.add_patch(
            Rectangle(
                (x, y), width, height, facecolor=colour or "none", edgecolor=edge_colour or "none", lw=1.1
            )
        )

    def picture(self, x: float, y: float, width: float, png: bytes, max_height: float) -> float:
        """Draw a picture ``width`` mm wide, but at most ``max_height`` mm high; return its lower edge."""
        import numpy as np
        from PIL import Image

        with Image.open(io.BytesIO(png)) as image:
            pixels = np.asarray(image.convert("RGB"))
        height = width * pixels.shape[0] / pixels.shape[1]
        if height > max_height:
            width, height = width * max_height / height, max_height
        self._axes.imshow(pixels, extent=(x, x + width, y + height, y), aspect="auto", interpolation="none")
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(HEIGHT, 0)
        return float(y + height)

    def save(self, file: Any, title: str, subject: str, program: str) -> None:
        """Write the sheet as PDF."""
        import matplotlib as mpl

        with mpl.rc_context(MATPLOTLIB_SETTINGS):
            metadata = {"Title": title, "Subject": subject, "Creator": program, "CreationDate": None}
            self._figure.savefig(file, format="pdf", dpi=300, metadata=metadata)


def break_lines(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Break a text into lines of at most ``width`` mm; a longer word is broken between letters."""
    lines: list[str] = []
    for word in text.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(candidate, size, bold) <= width:
            lines[-1] = candidate
            continue
        while text_width(word, size, bold) > width and len(word) > 1:
            fitting = next(
                n for n in range(len(word) - 1, 0, -1) if n == 1 or text_width(word[:n], size, bold) <= width
            )
            lines.append(word[:fitting])
            word = word[fitting:]
        lines.append(word)
    return lines or [""]


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text in mm."""
    return sum(_letter_width(character, bold) for character in text) * size * MM_PER_POINT


@lru_cache(maxsize=4096)
def _letter_width(character: str, bold: bool) -> float:
    """Return the width of a letter in font sizes; kerning, about 1 % of a line, is ignored."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=100, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(character, font, ismath=False)[0]) / 100
