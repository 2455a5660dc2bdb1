"""Drawing with matplotlib, off the screen, and pictures that are moved into place when they are whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def pyplot() -> Any:
    """A matplotlib that opens no window.

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


def save(picture: Any, path: Path) -> None:
    """Write a figure as PNG, under a temporary name first."""
    from viewer.scans.atomic_write import atomic_write

    with atomic_write(path) as file:
        picture.savefig(file, format="png", dpi=200)
