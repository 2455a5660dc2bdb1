"""What is left of a map when its small clusters are taken away, remembered for as long as it holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scene.content import MapContent
from viewer.scene.volume import Volume
from viewer.session.view import View

Shadows = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]


class Shown:
    """The volume bodies are cut from, and the shadows it throws, without clusters that are too small."""

    def __init__(self) -> None:
        self._of: tuple[MapContent, float, float] | None = None
        self._volume: Volume | None = None
        self._shadows: Shadows | None = None

    def volume(self, shown: MapContent, threshold: float, view: View) -> Volume:
        """The map's values, those of smaller clusters than ``view.smallest_cluster`` set to zero."""
        if view.smallest_cluster <= 0 or not np.isfinite(threshold):
            return shown.volume
        state = (shown, threshold, view.smallest_cluster)
        if self._of is None or self._volume is None or self._of != state:
            self._of = state
            self._volume = without_small(shown.volume, threshold, view.smallest_cluster)
            self._shadows = None
        return self._volume

    def shadows(self, shown: MapContent, threshold: float, view: View) -> Shadows:
        """The maximum projections of the same values."""
        volume = self.volume(shown, threshold, view)
        if volume is shown.volume:
            return shown.shadows
        if self._shadows is None:
            self._shadows = shown.recast(volume)
        return self._shadows


def without_small(volume: Volume, threshold: float, smallest: float) -> Volume:
    """A volume in which clusters of |value| ≥ ``threshold`` below ``smallest`` mm³ are zero.

    Positive and negative clusters are counted apart. Voxels belong together when they share a face, an
    edge or a corner.
    """
    from scipy import ndimage

    padded = volume.padded
    for sign in (1, -1):
        spans = volume.span(threshold, sign)
        if spans is None:
            continue
        labels, count = ndimage.label(volume.padded[spans] * sign >= threshold, np.ones((3, 3, 3)))
        sizes = np.bincount(labels.ravel()) * volume.grid.voxel_volume
        small = sizes < smallest
        small[0] = False
        if not small.any():
            continue
        if padded is volume.padded:
            padded = padded.copy()
        padded[spans][small[labels]] = 0.0
    if padded is volume.padded:
        return volume
    i, j, k = volume.grid.shape
    return Volume.of(padded[1 : i + 1, 1 : j + 1, 1 : k + 1], volume.grid)
