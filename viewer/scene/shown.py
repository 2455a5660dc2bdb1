"""What is left of a map when its small clusters are taken away, remembered for as long as it holds."""

from __future__ import annotations

import numpy as np

from viewer.scans.clusters import remove_small_clusters
from viewer.scene.content import MapContent, Shadows
from viewer.scene.volume import Volume
from viewer.session.view import Sign, View


class Shown:
    """The values bodies are cut from and the shadows they throw, without clusters that are too small."""

    def __init__(self) -> None:
        self._of: tuple[Volume, float, float, int, Sign] | None = None
        self._volume: Volume | None = None
        self._shadows: Shadows | None = None

    def volume(self, shown: MapContent, threshold: float, view: View, coarse: bool) -> Volume:
        """The map's values, or their means at half the resolution, small clusters zero."""
        values = shown.coarse if coarse and shown.coarse is not None else shown.volume
        if not view.removes_clusters or not np.isfinite(threshold):
            return values
        state = (values, threshold, view.smallest_cluster, view.largest_clusters, view.sign)
        if self._volume is None or self._of != state:
            self._of = state
            self._volume = without_small(values, threshold, view)
            self._shadows = None
        return self._volume

    def shadows(self, shown: MapContent, threshold: float, view: View, coarse: bool) -> Shadows:
        """The maximum projections of the same values; those of the whole map are never coarse."""
        volume = self.volume(shown, threshold, view, coarse)
        if volume is shown.volume or volume is shown.coarse:
            return shown.shadows
        if self._shadows is None:
            self._shadows = shown.recast(volume)
        return self._shadows


def without_small(volume: Volume, threshold: float, view: View) -> Volume:
    """Return a volume without the clusters of |value| ≥ ``threshold`` that a view leaves out.

    They are removed as `viewer.scans.clusters.remove_small_clusters` says; only the span that holds all
    clusters is looked at.
    """
    found = [span for sign in (1, -1) if (span := volume.span(threshold, sign)) is not None]
    if not found:
        return volume
    spans = tuple(
        slice(min(part.start for part in parts), max(part.stop for part in parts))
        for parts in zip(*found, strict=True)
    )
    crop = volume.padded[spans]
    left = remove_small_clusters(
        crop, volume.grid.voxel_volume, threshold, view.smallest_cluster, view.sign.number,
        view.largest_clusters,
    )  # fmt: skip
    if left is crop:
        return volume
    padded = volume.padded.copy()
    padded[spans] = left
    return Volume.framed(padded, volume.grid)
