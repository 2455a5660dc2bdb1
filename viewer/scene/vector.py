"""Figures whose letters stay text: SVG and PDF, with the drawn picture inside as pixels."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scene.letters import Letter
from viewer.scene.palette import Colour

Pixels = npt.NDArray[np.uint8]

SETTINGS: Any = {
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "svg.hashsalt": "saliency-viewer",
}
"""Of matplotlib: letters stay letters, and the same figure is the same file."""

_CAP_HEIGHT = 0.729
"""Height of a capital letter over the size of its font: DejaVu Sans', which matplotlib brings."""


def encoded(
    form: str,
    pixels: Pixels,
    letters: Sequence[Letter],
    colour: Colour,
    dpi: float,
    words: Mapping[str, str],
) -> bytes:
    """A file of the form "svg" or "pdf", of the picture's size at ``dpi``.

    Parameters
    ----------
    form
        Of the file.
    pixels
        uint8, shape (h, w, 3), or (h, w, 4) with an opacity that the colours are not multiplied by.
    letters, colour
        What is written over them.
    dpi
        Pixels per inch.
    words
        What the file says of itself, as `metadata` takes them.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    height, width = pixels.shape[:2]
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(width / dpi, height / dpi), dpi=dpi, facecolor="none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        axes.imshow(pixels, extent=(0, width, height, 0), aspect="auto", interpolation="none")
        for letter in letters:
            axes.text(
                letter.x,
                letter.y + letter.height / 2,
                letter.text,
                color=colour,
                ha="center",
                va="baseline",
                fontsize=letter.height / _CAP_HEIGHT * 72 / dpi,
                fontweight="bold",
                parse_math=False,
            )
        file = io.BytesIO()
        figure.savefig(file, format=form, dpi=dpi, facecolor="none", metadata=metadata(form, words))
    return file.getvalue()


def metadata(form: str, words: Mapping[str, str]) -> dict[str, Any]:
    """Title, Software, Description and Disclaimer under the keys that "png", "svg" or "pdf" has."""
    if form == "png":
        return dict(words)
    if form == "svg":
        return {
            "Title": words["Title"],
            "Creator": words["Software"],
            "Description": words["Description"],
            "Rights": words["Disclaimer"],
            "Date": None,
        }
    return {
        "Title": words["Title"],
        "Creator": words["Software"],
        "Subject": words["Description"],
        "Keywords": words["Disclaimer"],
        "CreationDate": None,
    }
