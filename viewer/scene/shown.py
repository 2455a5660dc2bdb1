"""What is left of a map when its small clusters are taken away, remembered for as long as it holds."""

from __future__ import annotations

import numpy as np

from viewer.scene.content import MapContent, Shadows
from viewer.scene.volume import Volume


class Shown:
    """The values bodies are cut from and the shadows they throw, without clusters that are too small."""

    def __init__(self) -> None:
        self._of: tuple[Volume, float, float] | None = None
        self._volume: Volume | None = None
        self._shadows: Shadows | None = None

    def volume(self, shown: MapContent, threshold: float, smallest: float, coarse: bool) -> Volume:
        """The map's values, or their means at half the resolution, clusters below ``smallest`` mm³ zero."""
        values = shown.coarse if coarse and shown.coarse is not None else shown.volume
        if smallest <= 0 or not np.isfinite(threshold):
            return values
        state = (values, threshold, smallest)
        if self._volume is None or self._of != state:
            self._of = state
            self._volume = without_small(values, threshold, smallest)
            self._shadows = None
        return self._volume

    def shadows(self, shown: MapContent, threshold: float, smallest: float, coarse: bool) -> Shadows:
        """The maximum projections of the same values; those of the whole map are never coarse."""
        volume = self.volume(shown, threshold, smallest, coarse)
        if volume is shown.volume or volume is shown.coarse:
            return shown.shadows
        if self._shadows is None:
            self._shadows = shown.recast(volume)
        return self._shadows


def without_small(volume: Volume, threshold: float, smallest: float) -> Volume:
    """A volume in which the clusters of |value| ≥ ``threshold`` below ``smallest`` mm³ are zero.

    Clusters are those of `viewer.scans.clusters`: 26 neighbours, the signs apart. Only the span that
    holds them is labelled. Voxels beside a small cluster and no other go with it: lying just below the
    threshold, they would throw a ring of shadow.
    """
    from scipy import ndimage

    padded = volume.padded
    level = np.float32(threshold)
    for sign in (1, -1):
        spans = volume.span(threshold, sign)
        if spans is None:
            continue
        crop = volume.padded[spans]
        labels, _ = ndimage.label(crop >= level if sign > 0 else crop <= -level, np.ones((3, 3, 3)))
        small = np.bincount(labels.reshape(-1)) * volume.grid.voxel_volume < smallest * (1 - 1e-9)
        small[0] = False
        if not small.any():
            continue
        if padded is volume.padded:
            padded = padded.copy()
        large = ~small
        large[0] = False
        beside = ndimage.maximum_filter(small[labels], 3) & ~ndimage.maximum_filter(large[labels], 3)
        padded[spans][small[labels] | (beside & (np.abs(crop) < level))] = 0.0
    return volume if padded is volume.padded else Volume.framed(padded, volume.grid)
