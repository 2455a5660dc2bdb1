"""Which body of the box lies at a point: its number in the table of clusters, its size, its region.

The bodies are measured off the window's thread, when one is first asked for after the cut has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.session.session import Session
from viewer.session.view import Sign

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.progress import Progress
    from viewer.scans.clusters import Cluster
    from viewer.scans.grid import Grid
    from viewer.window.showing import Showing
    from viewer.window.work import Background

Point = tuple[float, float, float]

MOST = 65_535


@dataclass(frozen=True, eq=False)
class Bodies:
    """Clusters, the largest share first, and for every voxel the number of its own, from 1; 0 is none."""

    clusters: tuple[Cluster, ...]
    numbers: npt.NDArray[np.uint16]
    grid: Grid

    def at(self, point: Point) -> int:
        """The number of the body at or right beside a point in mm; 0 where there is none."""
        import numpy as np

        place = self.grid.to_voxel(point)
        base = np.floor(place).astype(int)
        corners = base + np.array(list(np.ndindex(2, 2, 2)))
        inside = ((corners >= 0) & (corners < np.array(self.grid.shape))).all(axis=1)
        near = corners[inside][np.argsort(np.linalg.norm(corners[inside] - place, axis=1))]
        found = self.numbers[tuple(near.T)]
        return int(found[found > 0][0]) if (found > 0).any() else 0


def measured(
    values: npt.NDArray[np.float32], grid: Grid, threshold: float, sign: Sign, smallest: float, most: int = 0
) -> Bodies:
    """Number the bodies of a map. Meant for a background thread."""
    import numpy as np

    from viewer.scans.clusters import clusters_with_voxels

    found = clusters_with_voxels(values, grid, threshold, sign.number, smallest, most)[:MOST]
    numbers = np.zeros(values.size, dtype=np.uint16)
    for number, (_, where) in enumerate(found, start=1):
        numbers[where] = number
    return Bodies(tuple(cluster for cluster, _ in found), numbers.reshape(values.shape), grid)


class Naming(QObject):
    """Names the bodies of what the box shows.

    Parameters
    ----------
    session, showing
        What is shown, and where it is cut.
    background
        Runs a function off the window's thread.
    """

    ready = Signal()
    """Names that were asked for in vain are known now."""

    def __init__(
        self, session: Session, showing: Showing, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._showing = showing
        self._background = background
        self._bodies: Bodies | None = None
        self._wanted: object = None
        showing.map_changed.connect(lambda _: self._forget())
        session.subscribe(self._forget, "threshold", "sign", "smallest_cluster", "largest_clusters")

    def _forget(self) -> None:
        self._bodies = self._wanted = None

    def name(self, point: Point) -> str:
        """Such as ``Cluster 2 · 1,240 mm³ · Hippocampus``; nothing while it is not known yet."""
        if self._bodies is None:
            self._measure()
            return ""
        number = self._bodies.at(point)
        if not number:
            return ""
        parts = [
            self.tr("Cluster {}").format(number),
            self.tr("{:,.0f} mm³").format(self._bodies.clusters[number - 1].volume),
        ]
        if self._session.atlas is not None:
            from viewer.scans.atlas import region_at

            region = region_at(self._session.atlas, self._bodies.clusters[number - 1].peak_mm)
            parts += [region] if region else []
        return " · ".join(parts)

    def _measure(self) -> None:
        shown, view = self._showing.prepared, self._session.view
        if shown is None or self._wanted is not None:
            return
        wanted = self._wanted = object()
        volume = shown.render_data.volume
        threshold = shown.render_data.sorted_values[view.sign].cutoff(view.threshold)

        def work(progress: Progress) -> Bodies:
            return measured(
                volume.values, volume.grid, threshold, view.sign, view.smallest_cluster, view.largest_clusters
            )

        def done(found: Bodies) -> None:
            if wanted is self._wanted:
                self._bodies = found
                self.ready.emit()

        self._background.run(work, self.tr("Naming clusters"), done)
