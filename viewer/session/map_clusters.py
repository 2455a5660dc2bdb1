"""Clusters of a map with their atlas regions: smoothing, threshold, measures and labels in one call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.enums import enum_member
from viewer.errors import ScanError
from viewer.preparation.transform_files import find_template_transform
from viewer.progress import Progress
from viewer.scans.atlas_space import atlas_for_image, atlas_warning
from viewer.scans.atomic_write import atomic_write
from viewer.scans.cluster_table import ClusterRow, cluster_table, to_csv, to_json
from viewer.scans.constant_map import describe_constant, describe_no_values
from viewer.scans.origin import origin_notes
from viewer.scans.region_side import side_warnings
from viewer.scans.smoothing import gaussian_smooth
from viewer.scans.threshold import SortedValues, Threshold
from viewer.session.threshold_notes import tie_notes
from viewer.session.view import Sign

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.scans.atlas import Atlas
    from viewer.scans.map import Map
    from viewer.scans.template_transform import TemplateTransform


@dataclass(frozen=True)
class ClusterTable:
    """The clusters of a map, those with the largest share of the relevance first.

    Parameters
    ----------
    rows
        One row per cluster: its number from 1, its measures in voxels and mm, and its regions.
    threshold
        The |value| of the threshold, in the map's units; infinite if there are no values.
    notes
        Remarks: a map of another scan, a large residual, doubts about the atlas, ties.
    explanation
        Why there are no clusters; empty if there are some.
    """

    rows: tuple[ClusterRow, ...]
    threshold: float
    notes: tuple[str, ...] = ()
    explanation: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        summary = f"{len(self)} cluster{'s' * (len(self) != 1)}, threshold {self.threshold:.4g}"
        return f"<ClusterTable: {self.explanation or summary}>"

    def __iter__(self) -> Iterator[ClusterRow]:
        return iter(self.rows)

    def as_json(self) -> dict[str, Any]:
        """Return plain values: the threshold, the clusters, and the notes, if any."""
        entries = {"threshold": self.threshold, "clusters": to_json(self.rows)}
        return entries | ({"notes": list(self.notes)} if self.notes else {})

    def save(self, path: str | Path) -> Path:
        """Write the table as CSV, atomically; return the path. Raises OSError."""
        path = Path(path)
        with atomic_write(path) as file:
            file.write(to_csv(self.rows).encode())
        return path


def clusters(
    map: Map,  # noqa: A002  the word for it
    threshold: Threshold | float | None = None,
    *,
    sign: str = "both",
    min_cluster: float = 0.0,
    largest_clusters: int = 0,
    smooth: float = 0.0,
    atlas: Atlas | None = None,
    transform: TemplateTransform | npt.NDArray[np.float64] | str | Path | None = None,
    progress: Progress | None = None,
) -> ClusterTable:
    """Measure the clusters of a map: connected voxels of one sign whose |value| reaches a threshold.

    Voxels are connected if they share a face, an edge or a corner (26 neighbours).

    Parameters
    ----------
    map : Map
        The map, on a grid in mm.
    threshold : Threshold or float, optional
        A rule, or a |value| in the map's units. The default is ``Threshold("percentile", 99)``.
    sign : str
        ``"both"``, ``"positive"`` or ``"negative"``: signs of the values to include.
    min_cluster : float
        Minimum volume of a cluster, in mm³.
    largest_clusters : int
        Maximum number of clusters, those with the most relevance; 0 keeps all.
    smooth : float
        Full width at half maximum, in mm, of a Gaussian applied to the map before thresholding.
    atlas : Atlas, optional
        Atlas for the regions, in mm. If it is not known to be in the map's space, its names end in a question
        mark and the notes say why.
    transform : TemplateTransform, numpy.ndarray, str or Path, optional
        For a map in a scanner's space and an atlas in the MNI152 template's: the 4 by 4 matrix from the map's
        mm to the template's (RAS+), or its file as written by `viewer.prepare`. The default is the one in
        the map's provenance, if its scan was prepared.
    progress : Progress, optional
        Called after every cluster; may cancel.

    Returns
    -------
    ClusterTable
        Volumes are in mm³, positions in mm to the right, anterior and superior (RAS+), values in the map's
        units, shares of the map's summed |value| from 0 to 1.

    Raises
    ------
    ScanError
        The map has no grid, or the transform's file cannot be read.
    ValueError
        Unknown sign.
    Cancelled
        Cancelled by ``progress``.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> values = np.zeros((8, 8, 8))
    >>> values[2:4, 2:4, 2:4] = 1.0
    >>> values[6, 6, 6] = -2.0
    >>> found = viewer.Map(values, viewer.Grid((8, 8, 8), np.diag([2, 2, 2, 1])), "two bodies")
    >>> table = viewer.clusters(found, 0.5)
    >>> [(row.cluster.sign, row.cluster.voxels, row.cluster.volume) for row in table]
    [(1, 8, 64.0), (-1, 1, 8.0)]
    >>> len(viewer.clusters(found, 0.5, sign="negative"))
    1
    """
    if map.grid is None:
        raise ScanError(map.name, "is a map of a bare tensor, which has no spatial coordinates")
    sign_member = enum_member(Sign, sign, "sign")
    rule = Threshold() if threshold is None else threshold
    notes = list(origin_notes(map, None))
    if atlas is not None:
        template_transform = None if transform is None else find_template_transform(transform, map)
        atlas = atlas_for_image(atlas, map, template_transform)
        notes += [atlas_warning(atlas)] if atlas_warning(atlas) else []
    values = gaussian_smooth(map.data, map.grid, smooth)
    ranking = SortedValues(values, sign_member.number)
    if isinstance(rule, Threshold):
        cutoff = ranking.cutoff(rule)
        notes += [f"{map.name}: {line}" for line in tie_notes(ranking, rule)]
    else:
        cutoff = float(rule)
    rows = cluster_table(
        values,
        map.grid,
        cutoff,
        sign_member.number,
        min_cluster,
        atlas,
        progress,
        max_clusters=largest_clusters,
    )
    notes += side_warnings(rows)
    highest = max((abs(row.cluster.peak) for row in rows), default=0.0)
    if rows and highest < ranking.largest:
        notes.append(
            f"{map.name}: the largest |value|, {ranking.largest:.4g}, is in a cluster that was removed"
        )
    constant = "" if smooth else describe_constant(map.data)
    notes += [f"{map.name}: {constant}"] if rows and constant else []
    absent = "" if ranking.count else describe_no_values(map.data, sign_member.number, values)
    explanation = "" if rows else _explain_empty(ranking, cutoff, absent, min_cluster)
    return ClusterTable(tuple(rows), cutoff, tuple(notes), explanation)


def _explain_empty(
    sorted_values: SortedValues, cutoff: float, no_values_reason: str, min_cluster: float
) -> str:
    """Return why there are no clusters; ``no_values_reason`` is why there are no values, or empty."""
    if no_values_reason:
        return f"the map {no_values_reason}"
    if cutoff <= sorted_values.largest:
        return f"every body from {cutoff:.4g} on is smaller than {min_cluster:g} mm³"
    return f"nothing reaches {cutoff:.4g}"
