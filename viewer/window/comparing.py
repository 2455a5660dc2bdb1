"""A second map beside the current one: prepared, subtracted, cut to the same volume, told in numbers.

Everything that takes long is done off the window's thread, once for a pair of maps; what follows the
threshold is then looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.errors import ViewerError
from viewer.scene.colormaps import sign_colormaps
from viewer.scene.comparison import MapComparison, compare_maps
from viewer.session.session import Session
from viewer.session.view import ColorMap, ComparisonMode, Sign, View
from viewer.window.overlay import Overlay
from viewer.window.showing import CUT_BY, Showing

if TYPE_CHECKING:
    from viewer.checks.compare import Comparison
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.window.work import Background


def second_overlay(found: MapComparison, view: View, outline: bool) -> Overlay:
    """The second map over the slices; as an outline in the colours that the first has not."""
    hues = view.hues
    if outline:
        hues = ColorMap.ORANGE_BLUE if hues is ColorMap.GREEN_PURPLE else ColorMap.GREEN_PURPLE
    ranking = found.second.render_data.sorted_values[view.sign]
    cutoff = ranking.cutoff(found.matched_view(found.second, view).threshold)
    colours = sign_colormaps(hues)
    return Overlay(
        found.second.on_scan,
        ranking.isovalue(cutoff),
        ranking.largest,
        colours.positive if view.sign is not Sign.NEGATIVE else None,
        colours.negative if view.sign is not Sign.POSITIVE else None,
        view.opacity,
        cutoff,
        outline=outline or view.outline,
        by_value=view.by_value,
    )


class Comparing(QObject):
    """Follows which map stands beside the current one.

    Parameters
    ----------
    session, showing
        What is shown, and the current map, prepared.
    background
        Runs a function off the window's thread.
    """

    changed = Signal(object)
    """A `MapComparison`, or None."""

    overlay_changed = Signal(object)
    """The second map over the slices, an `Overlay`, or None."""

    told = Signal(object)
    """A `Comparison` that fits the threshold, or None."""

    refused = Signal(str)
    """Why two maps cannot be compared."""

    def __init__(
        self, session: Session, showing: Showing, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._showing = showing
        self._background = background
        self._wanted: object = None
        self._found: MapComparison | None = None
        self._sorted = False
        showing.map_changed.connect(lambda _: self._follow())
        session.subscribe(self._follow, "compared", "maps", "current")
        session.subscribe(self._tell, "contrast", *CUT_BY)

    @property
    def found(self) -> MapComparison | None:
        """The two maps, once they are prepared."""
        return self._found

    @property
    def second(self) -> Map | None:
        """The map that is asked for beside the current one."""
        layer = self._session.compared_layer
        return None if layer is None else layer.map

    def _follow(self) -> None:
        first, second = self._showing.prepared, self.second
        scan, over = self._session.scan, self._showing.scan_content
        found = self._found
        if found is not None and found.first is first and found.second.map is second:
            return
        self._wanted = None
        self._show(None)
        if first is None or second is None or scan is None or over is None:
            return
        wanted = self._wanted = object()
        prepared, beside, in_space, at = first, second, scan, over

        def work(progress: Progress) -> MapComparison | str:
            try:
                return compare_maps(prepared, beside, in_space, at)
            except ViewerError as error:
                return str(error)

        def done(result: MapComparison | str) -> None:
            if wanted is not self._wanted:
                return
            if isinstance(result, str):
                self.refused.emit(result)
            else:
                self._show(result)
                self._sort(result)

        self._background.run(work, self.tr("Comparing maps"), done)

    def _sort(self, found: MapComparison) -> None:
        """The first numbers sort both maps; those that follow are looked up."""
        view = self._session.view

        def done(numbers: Comparison) -> None:
            if found is self._found:
                self._sorted = True
                self._tell()

        self._background.run(lambda progress: found.metrics(view), self.tr("Comparing maps"), done)

    def _show(self, found: MapComparison | None) -> None:
        if found is None and self._found is None:
            return
        self._found, self._sorted = found, False
        self.changed.emit(found)
        self._tell()

    def _tell(self) -> None:
        view, found = self._session.view, self._found
        self.told.emit(found.metrics(view) if found is not None and self._sorted else None)
        outline = view.contrast is ComparisonMode.BESIDE
        shown = found is not None and view.overlay
        self.overlay_changed.emit(
            second_overlay(found, view, outline) if found is not None and shown else None
        )
