"""The demonstration that the program opens with: a scan, a network, and a map that is there at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from viewer.scans.threshold import Kind, Threshold
from viewer.session.view import Sign, View
from viewer.shipped import shipped

SCAN = "simulated-lesions"
MODEL = "demo"
MAP = "demo/integrated-gradients.nii.gz"
SMOOTHING = 6.0
"""Of the map, in mm."""


def demo_files() -> tuple[str, str, Path | None]:
    """The scan's name, the model's name, and the path of the shipped map of the one by the other.

    The path is None where the program was installed without its demonstration.
    """
    path = shipped(MAP)
    return SCAN, MODEL, path if path.is_file() else None


def demo_view(view: View) -> View:
    """How the demonstration is shown first: bodies around the lesions, in the glass brain.

    Theme and sides stay as they are; the crosshair is in one of the lesions.
    """
    return replace(
        view,
        threshold=Threshold(Kind.PERCENTILE, 98.0),
        sign=Sign.POSITIVE,
        smoothing=SMOOTHING,
        glass=True,
        nested=True,
        crosshair=(46.0, -22.0, -14.0),
    )
