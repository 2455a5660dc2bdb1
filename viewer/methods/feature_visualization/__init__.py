"""Feature visualization: the input that maximally activates a channel, a layer, a class or a direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.scans.map import Map

METHOD = "feature-visualization"
"""Name of the method in the provenance of such an image."""


def is_feature_image(map_: Map) -> bool:
    """Return whether a map is a feature visualization, which is shown without a threshold."""
    return map_.provenance.method == METHOD
