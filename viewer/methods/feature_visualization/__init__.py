"""Feature visualization: the input that excites a channel, a layer, a class or a direction the most."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.scans.map import Map

METHOD = "feature-visualization"
"""What the provenance of such an image names as its method."""


def is_feature_image(shown: Map) -> bool:
    """Return whether a map is such an image: intensities of an input, which no threshold cuts."""
    return shown.provenance.method == METHOD
