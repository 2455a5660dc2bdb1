"""The list of maps of a session: which is current, which are drawn, and where each is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.checks.base import CheckResult
    from viewer.scans.map import Map
    from viewer.session.map_look import MapLook


@dataclass(frozen=True, eq=False)
class MapLayer:
    """One map in the list, and whether it is drawn when it is current.

    ``hidden_for_scan`` is whether the map was hidden automatically because another scan is shown. ``file``
    is its file, if known; ``archived`` is whether a session archive contains it. ``look`` is its appearance
    while another map is the current one; None if it is not drawn then. ``check_results`` are the results of
    its checks; ``saved_check_results`` are those in a saved session or report.
    """

    map: Map
    visible: bool = True
    hidden_for_scan: bool = False
    file: Path | None = None
    archived: bool = False
    look: MapLook | None = None
    check_results: tuple[CheckResult, ...] = ()
    saved_check_results: tuple[CheckResult, ...] = ()

    @property
    def volume(self) -> int | None:
        """Index of the map's volume in its file, from 0; None if the file has only one."""
        # A newly written file has one volume, whatever the map was read from.
        return self.map.volume if self.file == self.map.path else None

    @property
    def is_unsaved(self) -> bool:
        """Whether the map, or a result of its checks, is only in memory."""
        map_unsaved = self.map.finished and self.file is None and not self.archived
        return map_unsaved or self.has_unsaved_checks

    @property
    def has_unsaved_checks(self) -> bool:
        """Whether a result of the map's checks is only in memory."""
        return any(result not in self.saved_check_results for result in self.check_results)


@dataclass(frozen=True, eq=False)
class LayerList:
    """The list of maps and the current one, which change together."""

    maps: tuple[MapLayer, ...] = ()
    current: int | None = None

    def insert(self, index: int, layer: MapLayer) -> LayerList:
        """Return the list with a map inserted at an index as the current one."""
        return LayerList((*self.maps[:index], layer, *self.maps[index:]), index)

    def remove(self, index: int) -> LayerList:
        """Return the list without a map; the one that takes its place, or the last, is the current one."""
        maps, current = self.maps[:index] + self.maps[index + 1 :], self.current
        if current is not None:
            current = min(current - (current > index), len(maps) - 1)
        return LayerList(maps, current if maps else None)

    def replace(self, index: int, layer: MapLayer) -> LayerList:
        """Return the list with another layer at an index."""
        return LayerList((*self.maps[:index], layer, *self.maps[index + 1 :]), self.current)

    def update(self, change: Callable[[MapLayer], MapLayer]) -> LayerList:
        """Return the list with a function applied to all layers."""
        return LayerList(tuple(map(change, self.maps)), self.current)
