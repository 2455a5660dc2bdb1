"""Two maps over one scan: prepared, subtracted, cut to the same volume, told in numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.view import Sign, View

if TYPE_CHECKING:
    from viewer.checks.compare import Comparison, Pair
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.scene.content import MapContent, ScanContent
    from viewer.scene.prepared import Prepared


@dataclass(frozen=True, eq=False)
class Panel:
    """One box of a picture: the map in it, or none, and the view it is drawn in."""

    map: MapContent | None
    view: View


@dataclass(frozen=True, eq=False)
class Compared:
    """Two maps over one scan and their difference.

    The difference is that of the shares of relevance: each map is divided by the sum of its |values|, so
    that two methods whose numbers have nothing in common can still be subtracted. ``names`` are those of the
    two maps as they are drawn beside each other: of two networks, each names its own.
    """

    first: Prepared
    second: Prepared
    difference: Prepared
    pair: Pair
    names: tuple[str, str]

    def volume(self, view: View) -> float:
        """mm³ of the first map that reach its threshold."""
        ranking = self.first.content.rankings[view.sign]
        voxels = ranking.count_above(ranking.cutoff(view.threshold))
        return voxels * self.first.content.volume.grid.voxel_volume

    def cut(self, shown: Prepared, view: View) -> View:
        """The view in which as many mm³ of a map are shown as of the first one."""
        voxels = round(self.volume(view) / shown.content.volume.grid.voxel_volume)
        threshold = (
            Threshold(ThresholdKind.VOXELS, voxels)
            if voxels
            else Threshold(ThresholdKind.VALUE, float("inf"))
        )
        return replace(view, threshold=threshold, display_range=None)

    def cut_difference(self, view: View) -> View:
        """The view of the difference: as many mm³, wherever one of the maps has more than the other."""
        return replace(self.cut(self.difference, view), sign=Sign.BOTH)

    def panels(self, view: View) -> tuple[Panel, Panel, Panel]:
        """The first map, the second and their difference, each with the view it is drawn in."""
        first, second = self.names
        return (
            Panel(replace(self.first.content, name=first), view),
            Panel(replace(self.second.content, name=second), self.cut(self.second, view)),
            Panel(self.difference.content, self.cut_difference(view)),
        )

    def numbers(self, view: View) -> Comparison:
        """How alike the maps are, with as many voxels of each as the threshold leaves of the first."""
        ranking = self.first.content.rankings[view.sign]
        return self.pair.at(ranking.count_above(ranking.cutoff(view.threshold)))


def compared(first: Prepared, second: Map, scan: Scan, over: ScanContent) -> Compared:
    """Prepare a second map, and the difference. Meant for a background thread.

    Raises
    ------
    ViewerError
        One of the maps is zero everywhere, or they do not lie at the same place.
    """
    import numpy as np

    from viewer.checks.compare import Pair, on_one_grid
    from viewer.scans.map import Map
    from viewer.scans.origin import with_origin_in_name
    from viewer.scene.prepared import prepare_map

    beside = prepare_map(second, scan, over, first.smoothing)
    smooth_first, smooth_second = (
        Map(entry.content.volume.inside, entry.content.volume.grid, entry.map.name)
        for entry in (first, beside)
    )
    a, b = on_one_grid(smooth_first, smooth_second)
    pair = Pair(a, b)
    shares = [values / np.float32(np.abs(values).sum(dtype=np.float64)) for values in (a, b)]
    name = f"{first.map.name} - {second.name}"
    difference = Map(shares[0] - shares[1], smooth_first.grid, name)
    maps = first.map, second
    names = with_origin_in_name(first.map, scan, maps).name, with_origin_in_name(second, scan, maps).name
    return Compared(first, beside, prepare_map(difference, scan, over, 0.0), pair, names)
