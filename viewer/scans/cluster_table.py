"""Cluster table of a map: one row per cluster, with its atlas regions, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viewer.number_format import format_share
from viewer.scans.clusters import Cluster, clusters_with_voxels

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.progress import Progress
    from viewer.scans.atlas import Atlas, RegionShare
    from viewer.scans.grid import Grid

COLUMNS = (
    "cluster", "sign", "voxels", "volume_mm3", "peak", "peak_x_mm", "peak_y_mm", "peak_z_mm",
    "mean", "centre_x_mm", "centre_y_mm", "centre_z_mm", "share", "region", "regions",
)  # fmt: skip
"""Columns of the CSV. Coordinates are in mm, RAS+."""


@dataclass(frozen=True)
class ClusterRow:
    """One cluster: its number in the table (from 1), its measures and its atlas regions.

    ``region`` is the region of the peak, empty if the peak is in none or no atlas is given; ``regions`` are
    the shares of the cluster's voxels in each region, the largest first.
    """

    number: int
    cluster: Cluster
    region: str = ""
    regions: tuple[RegionShare, ...] = ()


def cluster_table(
    values: npt.NDArray[np.float32],
    grid: Grid,
    threshold: float,
    sign: int = 0,
    min_volume: float = 0.0,
    atlas: Atlas | None = None,
    progress: Progress | None = None,
    max_with_regions: int | None = None,
    max_clusters: int = 0,
) -> list[ClusterRow]:
    """Return the table of the clusters of values on a grid, such as those of a map smoothed for display.

    ``max_clusters`` is the maximum number of clusters, those of the largest shares; 0 returns all.
    ``max_with_regions`` is the number of leading clusters whose regions are looked up; None for all. The
    other parameters are those of `viewer.scans.clusters.clusters`.
    """
    import numpy as np

    if atlas is None:
        from viewer.scans.clusters import clusters

        all_clusters = clusters(values, grid, threshold, sign, min_volume, max_clusters)
        return [ClusterRow(number, cluster) for number, cluster in enumerate(all_clusters, start=1)]
    from viewer.scans.atlas import region_at

    located = clusters_with_voxels(values, grid, threshold, sign, min_volume, max_clusters)
    rows = []
    for number, (cluster, voxels) in enumerate(located, start=1):
        if max_with_regions is not None and number > max_with_regions:
            rows.append(ClusterRow(number, cluster))
            continue
        if progress is not None:
            progress.step(number, len(located), "Looking up regions")
        points = grid.to_world(np.stack(np.unravel_index(voxels, grid.shape), axis=-1))
        rows.append(
            ClusterRow(number, cluster, region_at(atlas, cluster.peak_mm), atlas.region_shares(points))
        )
    return rows


def to_json(rows: Sequence[ClusterRow]) -> list[dict[str, Any]]:
    """Return plain values for JSON: one dictionary per row."""
    return [
        {
            "cluster": row.number,
            "sign": row.cluster.sign,
            "voxels": row.cluster.voxels,
            "volume_mm3": row.cluster.volume,
            "peak": row.cluster.peak,
            "peak_mm": list(row.cluster.peak_mm),
            "mean": row.cluster.mean,
            "centre_mm": list(row.cluster.centre_mm),
            "share": row.cluster.share,
            "region": row.region,
            "regions": [{"name": share.region, "share": share.share} for share in row.regions],
        }
        for row in rows
    ]


def to_csv(rows: Sequence[ClusterRow]) -> str:
    """Return the table as CSV (RFC 4180) with `COLUMNS` as its header."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in rows:
        cluster = row.cluster
        writer.writerow(
            [
                row.number,
                cluster.sign,
                cluster.voxels,
                f"{cluster.volume:.6g}",
                f"{cluster.peak:.7g}",
                *(f"{value:z.3f}" for value in cluster.peak_mm),
                f"{cluster.mean:.7g}",
                *(f"{value:z.3f}" for value in cluster.centre_mm),
                f"{cluster.share:.6g}",
                row.region,
                format_regions(row.regions),
            ]
        )
    return buffer.getvalue()


def format_regions(shares: Sequence[RegionShare]) -> str:
    """Return regions with their shares as text, such as ``Hippocampus_L 62 %; Amygdala_L 20 %``."""
    return "; ".join(f"{share.region} {format_share(share.share, 0)}" for share in shares)
