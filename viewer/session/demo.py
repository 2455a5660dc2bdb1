"""The demonstration shown at start: a built-in scan, a network and a precomputed map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.methods.feature_visualization import METHOD as FEATURE
from viewer.resource_files import resource_path
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.view import DEFAULT_LARGEST_CLUSTERS, Sign, View

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.session.session import Session

SCAN = "simulated-lesions"
MODEL = "demo"
MAP = "demo/integrated-gradients.nii.gz"
COMPARED = "demo/lrp-epsilon.nii.gz"
"""Map of another method of the same family, for the comparison of two maps."""

SMOOTHING_MM = 6.0
"""Smoothing of the map, in mm."""


def demo_files() -> tuple[str, str, Path | None]:
    """Return the scan's name, the model's name, and the path of the precomputed map.

    The path is None if the program was installed without its demonstration.
    """
    path = resource_path(MAP)
    return SCAN, MODEL, path if path.is_file() else None


def comparison_map() -> Path | None:
    """Return the path of the precomputed map that is compared with the demonstration's; None if missing."""
    path = resource_path(COMPARED)
    return path if path.is_file() else None


def demo_view(view: View) -> View:
    """Return the demonstration's initial view: bodies around the lesions inside the glass brain.

    Theme and convention are kept; the crosshair is in one of the lesions.
    """
    return replace(
        view,
        threshold=Threshold(ThresholdKind.PERCENTILE, 98.0),
        sign=Sign.POSITIVE,
        largest_clusters=0,
        smoothing=SMOOTHING_MM,
        glass=True,
        nested=True,
        crosshair=(46.0, -22.0, -14.0),
    )


LAYER_METHODS = ("activation", FEATURE)
"""Methods, in the provenance, of images that show a layer's content, not an attribution."""

THRESHOLD_FIELDS = ("threshold", "sign", "smoothing", "largest_clusters")
"""Fields of the demonstration's view that apply only to its own map."""


def restrict_demo_view(
    session: Session, initial_view: View, map_path: Path | None, on_change: Callable[[], None] = lambda: None
) -> None:
    """Apply the demonstration's threshold, sign, smoothing and number of clusters only to its map.

    When another scan or map is shown, those that the user has not changed are set to the defaults, and back
    when the map is shown again. Activations and feature visualizations change nothing.

    Parameters
    ----------
    session
        Session that shows the demonstration.
    initial_view
        The demonstration's view.
    map_path
        File of its map.
    on_change
        Called after a change.
    """
    default = replace(
        initial_view,
        **{name: getattr(View(largest_clusters=DEFAULT_LARGEST_CLUSTERS), name) for name in THRESHOLD_FIELDS},
    )
    applied, last_scan = initial_view, session.scan
    demo_map: Map | None = None

    def update_view() -> None:
        nonlocal applied, last_scan, demo_map
        scan, layer = session.scan, session.current_layer
        scan_changed, last_scan = scan is not last_scan, scan
        maps = [item.map for item in session.maps]
        demo_map = demo_map or next((item for item in maps if item.path == map_path), None)
        if scan_changed and demo_map is not None and not any(item is demo_map for item in maps):
            # A session was opened: it is shown as it was saved.
            unsubscribe()
            return
        is_demo_scan = scan is None or str(scan.path) == SCAN
        if is_demo_scan and layer is not None and layer.map.provenance.method in LAYER_METHODS:
            return
        is_demo = is_demo_scan and (layer is None or layer.map.path == map_path)
        previous, applied = applied, initial_view if is_demo else default
        unchanged = [
            name for name in THRESHOLD_FIELDS if getattr(session.view, name) == getattr(previous, name)
        ]
        if applied is previous or not unchanged:
            return
        session.end_gesture()
        session.change(**{name: getattr(applied, name) for name in unchanged})
        session.end_gesture()
        on_change()

    unsubscribe = session.subscribe(update_view, "scan", "maps", "current")
