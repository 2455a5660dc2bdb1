"""Comparison of two maps over one scan: difference, thresholds of equal volume, similarity metrics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.view import Sign, View

if TYPE_CHECKING:
    from viewer.checks.map_comparison import Comparison, MapPair
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.scene.prepared_map import PreparedMap
    from viewer.scene.render_data import MapRenderData, ScanRenderData


@dataclass(frozen=True, eq=False)
class FigurePanel:
    """Panel of a figure: a map, or none, and its view."""

    map: MapRenderData | None
    view: View


@dataclass(frozen=True, eq=False)
class MapComparison:
    """Two maps over one scan and their difference.

    Before subtraction, each map is divided by the sum of its |values|, because the values of different
    methods are not on a common scale. ``names`` are the names of the two maps in a side-by-side view; they
    include the network if the maps are of two networks.
    """

    first: PreparedMap
    second: PreparedMap
    difference: PreparedMap
    map_pair: MapPair
    names: tuple[str, str]

    def suprathreshold_volume(self, view: View) -> float:
        """Return the volume of the first map that reaches its threshold, in mm³."""
        sorted_values = self.first.render_data.sorted_values[view.sign]
        voxels = sorted_values.count_above(sorted_values.cutoff(view.threshold))
        return voxels * self.first.render_data.volume.grid.voxel_volume

    def matched_view(self, prepared_map: PreparedMap, view: View) -> View:
        """Return the view in which a map shows the same volume as the first one."""
        voxels = round(self.suprathreshold_volume(view) / prepared_map.render_data.volume.grid.voxel_volume)
        threshold = (
            Threshold(ThresholdKind.VOXELS, voxels)
            if voxels
            else Threshold(ThresholdKind.VALUE, float("inf"))
        )
        return replace(view, threshold=threshold, display_range=None)

    def difference_view(self, view: View) -> View:
        """Return the view of the difference: the same volume, over both signs."""
        return replace(self.matched_view(self.difference, view), sign=Sign.BOTH)

    def panels(self, view: View) -> tuple[FigurePanel, FigurePanel, FigurePanel]:
        """Return the first map, the second and their difference, each with its view."""
        first, second = self.names
        return (
            FigurePanel(replace(self.first.render_data, name=first), view),
            FigurePanel(replace(self.second.render_data, name=second), self.matched_view(self.second, view)),
            FigurePanel(self.difference.render_data, self.difference_view(view)),
        )

    def metrics(self, view: View) -> Comparison:
        """Compute similarity metrics; in each map, as many voxels are selected as in the first."""
        sorted_values = self.first.render_data.sorted_values[view.sign]
        return self.map_pair.compare(sorted_values.count_above(sorted_values.cutoff(view.threshold)))


def compare_maps(first: PreparedMap, second: Map, scan: Scan, scan_data: ScanRenderData) -> MapComparison:
    """Prepare a second map and the difference. Meant for a background thread.

    Raises
    ------
    ViewerError
        One of the maps is zero everywhere, or they do not overlap in space.
    """
    import numpy as np

    from viewer.checks.map_comparison import MapPair, resample_to_first
    from viewer.scans.map import Map
    from viewer.scans.origin import add_origin_to_name
    from viewer.scene.prepared_map import prepare_map

    prepared_second = prepare_map(second, scan, scan_data, first.smoothing)
    first_smoothed, second_smoothed = (
        Map(entry.render_data.volume.values, entry.render_data.volume.grid, entry.map.name)
        for entry in (first, prepared_second)
    )
    first_values, second_values = resample_to_first(first_smoothed, second_smoothed)
    pair = MapPair(first_values, second_values)
    normalised = [
        values / np.float32(np.abs(values).sum(dtype=np.float64)) for values in (first_values, second_values)
    ]
    name = f"{first.map.name} - {second.name}"
    difference = Map(normalised[0] - normalised[1], first_smoothed.grid, name)
    maps = first.map, second
    names = add_origin_to_name(first.map, scan, maps).name, add_origin_to_name(second, scan, maps).name
    return MapComparison(first, prepared_second, prepare_map(difference, scan, scan_data, 0.0), pair, names)
