"""Label of the cluster at a point of the box: its number in the cluster table, size and region.

Clusters are measured on a background thread, on the first request after the threshold has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.session.session import Session
from viewer.session.view import Sign
from viewer.window.translation import fill

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.progress import Progress
    from viewer.scans.clusters import Cluster
    from viewer.scans.grid import Grid
    from viewer.window.background_tasks import TaskRunner
    from viewer.window.display_pipeline import DisplayPipeline

Point = tuple[float, float, float]

MAX_LABELS = 65_535


@dataclass(frozen=True, eq=False)
class LabeledClusters:
    """Clusters, the largest share first, and the label of every voxel, from 1; 0 is background."""

    clusters: tuple[Cluster, ...]
    labels: npt.NDArray[np.uint16]
    grid: Grid

    def label_at(self, point: Point) -> int:
        """Return the label of the cluster at or next to a point in mm; 0 if there is none."""
        import numpy as np

        voxel = self.grid.to_voxel(point)
        base = np.floor(voxel).astype(int)
        corners = base + np.array(list(np.ndindex(2, 2, 2)))
        is_inside = ((corners >= 0) & (corners < np.array(self.grid.shape))).all(axis=1)
        nearest = corners[is_inside][np.argsort(np.linalg.norm(corners[is_inside] - voxel, axis=1))]
        labels = self.labels[tuple(nearest.T)]
        return int(labels[labels > 0][0]) if (labels > 0).any() else 0


def label_clusters(
    values: npt.NDArray[np.float32],
    grid: Grid,
    threshold: float,
    sign: Sign,
    min_volume: float,
    max_clusters: int = 0,
) -> LabeledClusters:
    """Label the clusters of a map; slow, for a background thread."""
    import numpy as np

    from viewer.scans.clusters import clusters_with_voxels

    clusters = clusters_with_voxels(values, grid, threshold, sign.number, min_volume, max_clusters)[
        :MAX_LABELS
    ]
    numbers = np.zeros(values.size, dtype=np.uint16)
    for label, (_, mask) in enumerate(clusters, start=1):
        numbers[mask] = label
    return LabeledClusters(tuple(cluster for cluster, _ in clusters), numbers.reshape(values.shape), grid)


class ClusterTooltip(QObject):
    """Names of the clusters shown in the box.

    Parameters
    ----------
    session, display
        The content shown, and its threshold.
    tasks
        Runs a function on a background thread.
    """

    ready = Signal()
    """Emitted when the clusters are measured, so that `text_at` returns their labels."""

    def __init__(
        self,
        session: Session,
        display: DisplayPipeline,
        tasks: TaskRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._display = display
        self._tasks = tasks
        self._labeled_clusters: LabeledClusters | None = None
        self._request: object = None
        display.map_changed.connect(lambda _: self._clear())
        session.subscribe(self._clear, "threshold", "sign", "smallest_cluster", "largest_clusters")

    def _clear(self) -> None:
        self._labeled_clusters = self._request = None

    def text_at(self, point: Point) -> str:
        """Return the label, such as ``Cluster 2 · 1,240 mm³ · Hippocampus``; empty until it is known."""
        if self._labeled_clusters is None:
            self._label_clusters()
            return ""
        label = self._labeled_clusters.label_at(point)
        if not label:
            return ""
        parts = [
            self.tr("Cluster {}").format(label),
            fill(self.tr("{:,.0f} mm³"), self._labeled_clusters.clusters[label - 1].volume),
        ]
        if self._session.atlas is not None:
            from viewer.scans.atlas import region_at

            region = region_at(self._session.atlas, self._labeled_clusters.clusters[label - 1].peak_mm)
            parts += [region] if region else []
        return " · ".join(parts)

    def _label_clusters(self) -> None:
        prepared, view = self._display.prepared_map, self._session.view
        if prepared is None or self._request is not None:
            return
        request = self._request = object()
        volume = prepared.render_data.volume
        threshold = prepared.render_data.sorted_values[view.sign].cutoff(view.threshold)

        def compute_labels(progress: Progress) -> LabeledClusters:
            return label_clusters(
                volume.values, volume.grid, threshold, view.sign, view.smallest_cluster, view.largest_clusters
            )

        def set_labels(labels: LabeledClusters) -> None:
            if request is self._request:
                self._labeled_clusters = labels
                self.ready.emit()

        self._tasks.run(compute_labels, self.tr("Naming clusters"), set_labels)
