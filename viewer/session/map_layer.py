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

    ``hidden_for_scan`` is a map that was hidden because another scan is shown, by nobody's wish.
    ``file`` is where it lies, as far as is known; ``archived`` says that a session's archive carries it.
    ``look`` is how it is drawn while another map is the current one; None does not draw it then.
    ``check_results`` is what checks found of it; a saved session or report holds ``saved_check_results``.
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
        """Which volume of its file the map is, counted from 0; None where the file holds one alone."""
        # A map that was written anew holds one volume, whatever it was read from.
        return self.map.volume if self.file == self.map.path else None

    @property
    def unsaved(self) -> bool:
        """Whether the map, or what checks found of it, is nowhere but in memory."""
        lost = self.map.finished and self.file is None and not self.archived
        return lost or self.has_unsaved_checks

    @property
    def has_unsaved_checks(self) -> bool:
        """Whether something that checks found of the map is nowhere but in memory."""
        return any(result not in self.saved_check_results for result in self.check_results)


@dataclass(frozen=True, eq=False)
class LayerList:
    """The list of maps and the current one, which change together."""

    maps: tuple[MapLayer, ...] = ()
    current: int | None = None

    def insert(self, index: int, layer: MapLayer) -> LayerList:
        """Return the list with a map at a place, which is the current one."""
        return LayerList((*self.maps[:index], layer, *self.maps[index:]), index)

    def remove(self, index: int) -> LayerList:
        """Return the list without a map; the one that takes its place, or the last, is the current one."""
        maps, current = self.maps[:index] + self.maps[index + 1 :], self.current
        if current is not None:
            current = min(current - (current > index), len(maps) - 1)
        return LayerList(maps, current if maps else None)

    def replace(self, index: int, layer: MapLayer) -> LayerList:
        """Return the list with another layer at a place."""
        return LayerList((*self.maps[:index], layer, *self.maps[index + 1 :]), self.current)

    def update(self, change: Callable[[MapLayer], MapLayer]) -> LayerList:
        """Return the list with a function applied to all layers."""
        return LayerList(tuple(map(change, self.maps)), self.current)
