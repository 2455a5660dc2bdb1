"""The demonstration that the program opens with: a scan, a network, and a map that is there at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.scans.threshold import Kind, Threshold
from viewer.session.view import FEW, Sign, View
from viewer.shipped import shipped

if TYPE_CHECKING:
    from viewer.session.session import Session

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
        largest_clusters=0,
        smoothing=SMOOTHING,
        glass=True,
        nested=True,
        crosshair=(46.0, -22.0, -14.0),
    )


CUT = ("threshold", "sign", "smoothing", "largest_clusters")
"""What of the demonstration's view belongs to its own map."""


def end_demo_view(session: Session, wanted: View, shown: Path | None) -> None:
    """Give up the demonstration's threshold, sign and smoothing with its map.

    They suit that map alone. As soon as another scan or another map is shown, those that a person has not
    changed go back to what is usual, once.

    Parameters
    ----------
    session
        Which shows the demonstration.
    wanted
        The demonstration's view.
    shown
        Its map's file.
    """

    def left() -> None:
        scan, layer = session.scan, session.layer
        own_scan = scan is None or str(scan.path) == SCAN
        if own_scan and (layer is None or layer.map.path == shown):
            return
        stop()
        usual, view = View(largest_clusters=FEW), session.view
        same = [name for name in CUT if getattr(view, name) == getattr(wanted, name)]
        session.settle()
        session.change(**{name: getattr(usual, name) for name in same})
        session.settle()

    stop = session.subscribe(left, "scan", "maps", "current")
