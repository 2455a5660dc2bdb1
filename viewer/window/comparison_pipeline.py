"""Comparison of a second map with the current one: preparation, difference, metrics.

Slow steps run on a background thread, once per pair of maps; metrics at other thresholds are then looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.errors import ViewerError
from viewer.scene.colormaps import sign_colormaps
from viewer.scene.comparison import MapComparison, compare_maps
from viewer.session.session import Session
from viewer.session.view import ColorMap, ComparisonMode, Sign, View
from viewer.window.display_pipeline import OVERLAY_FIELDS, DisplayPipeline
from viewer.window.slice_rendering import Overlay

if TYPE_CHECKING:
    from viewer.checks.map_comparison import Comparison
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.window.background_tasks import TaskRunner


def make_second_overlay(comparison: MapComparison, view: View, as_outline: bool) -> Overlay:
    """Return the overlay of the second map; an outline has the colours that the first map does not use."""
    hues = view.hues
    if as_outline:
        hues = ColorMap.ORANGE_BLUE if hues is ColorMap.GREEN_PURPLE else ColorMap.GREEN_PURPLE
    sorted_values = comparison.second.render_data.sorted_values[view.sign]
    cutoff = sorted_values.cutoff(comparison.matched_view(comparison.second, view).threshold)
    colormaps = sign_colormaps(hues)
    return Overlay(
        comparison.second.values_on_scan,
        sorted_values.isovalue(cutoff),
        sorted_values.largest,
        colormaps.positive if view.sign is not Sign.NEGATIVE else None,
        colormaps.negative if view.sign is not Sign.POSITIVE else None,
        view.opacity,
        cutoff,
        as_outline=as_outline or view.outline,
        opacity_by_value=view.by_value,
        certainty=comparison.second.opacity if view.by_certainty else None,
    )


class ComparisonPipeline(QObject):
    """Pipeline that follows the choice of the second map.

    Parameters
    ----------
    session, display
        The session, and the prepared current map.
    tasks
        Runs a function on a background thread.
    """

    changed = Signal(object)
    """Emitted with the `MapComparison`, or None."""

    overlay_changed = Signal(object)
    """Emitted with the `Overlay` of the second map over the slices, or None."""

    metrics_changed = Signal(object)
    """Emitted with the `Comparison` at the current threshold, or None."""

    failed = Signal(str)
    """Emitted with the reason why two maps cannot be compared."""

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
        self._request: object = None
        self._comparison: MapComparison | None = None
        self._metrics_ready = False
        display.map_changed.connect(lambda _: self._update())
        session.subscribe(self._update, "compared", "maps", "current")
        session.subscribe(self._emit_results, "contrast", *OVERLAY_FIELDS)

    @property
    def comparison(self) -> MapComparison | None:
        """The two maps, once they are prepared."""
        return self._comparison

    @property
    def second_map(self) -> Map | None:
        """The requested second map."""
        layer = self._session.compared_layer
        return None if layer is None else layer.map

    def _update(self) -> None:
        first, second = self._display.prepared_map, self.second_map
        scan, content = self._session.scan, self._display.scan_data
        comparison = self._comparison
        if comparison is not None and comparison.first is first and comparison.second.map is second:
            return
        self._request = None
        self._set_comparison(None)
        if first is None or second is None or scan is None or content is None:
            return
        request = self._request = object()
        first_map, second_map, current_scan, scan_content = first, second, scan, content

        def compare(progress: Progress) -> MapComparison | str:
            try:
                return compare_maps(first_map, second_map, current_scan, scan_content)
            except ViewerError as error:
                return str(error)

        def set_result(result: MapComparison | str) -> None:
            if request is not self._request:
                return
            if isinstance(result, str):
                self.failed.emit(result)
            else:
                self._set_comparison(result)
                self._compute_metrics(result)

        self._tasks.run(compare, self.tr("Comparing maps"), set_result)

    def _compute_metrics(self, comparison: MapComparison) -> None:
        """Compute the metrics. The first call sorts both maps; later calls look them up."""
        view = self._session.view

        def emit_metrics(metrics: Comparison) -> None:
            if comparison is self._comparison:
                self._metrics_ready = True
                self._emit_results()

        self._tasks.run(lambda progress: comparison.metrics(view), self.tr("Comparing maps"), emit_metrics)

    def _set_comparison(self, comparison: MapComparison | None) -> None:
        if comparison is None and self._comparison is None:
            return
        self._comparison, self._metrics_ready = comparison, False
        self.changed.emit(comparison)
        self._emit_results()

    def _emit_results(self) -> None:
        view, comparison = self._session.view, self._comparison
        self.metrics_changed.emit(
            comparison.metrics(view) if comparison is not None and self._metrics_ready else None
        )
        outline = view.contrast is ComparisonMode.BESIDE
        visible = comparison is not None and view.overlay
        self.overlay_changed.emit(
            make_second_overlay(comparison, view, outline) if comparison is not None and visible else None
        )
