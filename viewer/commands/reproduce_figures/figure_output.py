"""Files and numbers of a reproduced figure, and off-screen drawing with matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class FigureResult:
    """The pictures that were written, the numbers, and what a reader should know of both.

    ``numbers`` are plain values, for JSON.
    """

    files: tuple[Path, ...]
    numbers: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def load_pyplot() -> Any:
    """Return matplotlib's pyplot with a backend that opens no window.

    Raises
    ------
    ViewerError
        It is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        from viewer.errors import ViewerError

        raise ViewerError(
            "matplotlib", "is not installed, and draws this figure", "pip install matplotlib"
        ) from error
    mpl.use("Agg")
    from matplotlib import pyplot as plots

    return plots


def save_figure(picture: Any, path: Path) -> None:
    """Write a figure as PNG, under a temporary name first."""
    from viewer.scans.atomic_write import atomic_write

    with atomic_write(path) as file:
        picture.savefig(file, format="png", dpi=200)
