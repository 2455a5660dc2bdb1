"""Named sizes of figures for slides, printed pages and posters."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.errors import ViewerError

MIN_POINTS = 6.0
"""Smallest font size of a figure in points, still legible in print."""
DEFAULT_DPI = 150.0
MM_PER_INCH = 25.4


@dataclass(frozen=True)
class FigureSize:
    """Size of a figure.

    Parameters
    ----------
    name, title
        Name on the command line, and in the window.
    pixels
        Width and height.
    dpi
        Pixels per inch.
    """

    name: str
    title: str
    pixels: tuple[int, int]
    dpi: float


def _printed_size(name: str, title: str, width: float, height: float, dpi: float) -> FigureSize:
    """Return a size given in mm."""
    pixels = round(width / MM_PER_INCH * dpi), round(height / MM_PER_INCH * dpi)
    return FigureSize(name, title, pixels, dpi)


FIGURE_SIZES = {
    size.name: size
    for size in (
        # 13.33 by 7.5 inches, the slide size of PowerPoint and Impress.
        FigureSize("slide", "Slide, 16:9", (2560, 1440), 192.0),
        # One column of a two-column A4 page, as in journals.
        _printed_size("column", "A4 column, 85 mm", 85.0, 64.0, 300.0),
        _printed_size("page", "A4 text width, 170 mm", 170.0, 106.0, 300.0),
        FigureSize("square", "Square", (2000, 2000), 300.0),
    )
}
"""Sizes by name."""


def find_figure_size(name: str) -> FigureSize:
    """Return a size by its name.

    Raises
    ------
    ViewerError
        There is no such size.
    """
    if name not in FIGURE_SIZES:
        raise ViewerError(name, "is not a figure size", f"choose one of {', '.join(FIGURE_SIZES)}")
    return FIGURE_SIZES[name]
