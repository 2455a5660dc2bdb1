"""Files and numbers of a reproduced figure, and off-screen drawing with matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class FigureResult:
    """Paths of the written pictures, numbers as plain values for JSON, and notes on both."""

    files: tuple[Path, ...]
    numbers: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def load_pyplot() -> Any:
    """Return matplotlib's pyplot with a backend that opens no window.

    Raises
    ------
    ViewerError
        matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        from viewer.errors import ViewerError

        raise ViewerError(
            "matplotlib", "is not installed, and is needed to draw this figure", "pip install matplotlib"
        ) from error
    mpl.use("Agg")
    from matplotlib import pyplot as plots

    return plots


def label_sides(ax: Any, side_letters: tuple[str, str] = ("L", "R"), font_size: float = 8) -> None:
    """Label the left and the right side of a slice, with outlined letters that are legible on tissue."""
    from matplotlib.patheffects import withStroke

    for end, x in zip(side_letters, (0.04, 0.96), strict=True):
        text = ax.text(x, 0.5, end, color="white", transform=ax.transAxes, fontsize=font_size)
        text.set(va="center", ha="center", path_effects=[withStroke(linewidth=2, foreground="black")])


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure as PNG, under a temporary name first."""
    from viewer.scans.atomic_write import atomic_write

    with atomic_write(path) as file:
        figure.savefig(file, format="png", dpi=200)
