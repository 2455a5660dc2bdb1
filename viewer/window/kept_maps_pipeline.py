"""Maps drawn together with the current one, prepared in the background for the box and the slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.scene.colormaps import sign_colormaps
from viewer.session.session import Session
from viewer.session.view import Sign, View
from viewer.window.display_pipeline import DisplayPipeline, remove_hidden_clusters
from viewer.window.slice_rendering import Overlay

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.scene.kept_maps import KeptMap
    from viewer.scene.prepared_map import PreparedMap
    from viewer.scene.render_data import ScanRenderData
    from viewer.session.map_look import MapLook
    from viewer.window.background_tasks import TaskRunner

VIEW_FIELDS = (
    "smoothing", "smallest_cluster", "largest_clusters", "overlay", "outline", "by_value", "compared",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class KeptMapDisplay:
    """A kept map for the box, and its overlay for the slices."""

    prepared: PreparedMap
    look: MapLook
    kept_map: KeptMap
    overlay: Overlay


class KeptMapsPipeline(QObject):
    """Pipeline that prepares the maps that the session keeps in the views.

    Parameters
    ----------
    session, display
        The session, and the prepared scan.
    tasks
        Runs a function on a background thread.
    """

    maps_changed = Signal(object)
    """Emitted with a tuple of `KeptMap`."""

    overlays_changed = Signal(object)
    """Emitted with a tuple of `Overlay`."""

    def __init__(
        self,
        session: Session,
        display: DisplayPipeline,
        tasks: TaskRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._display, self._tasks = session, display, tasks
        self._request: object = None
        self._displayed_maps: tuple[KeptMapDisplay, ...] = ()
        self._prepared_maps: dict[Map, PreparedMap] = {}
        display.scan_changed.connect(lambda _: self._on_scan_changed())
        session.subscribe(self._update, "maps", "current", *VIEW_FIELDS)

    @property
    def displayed_maps(self) -> tuple[KeptMapDisplay, ...]:
        """The kept maps that are drawn."""
        return self._displayed_maps

    def _on_scan_changed(self) -> None:
        # The box has dropped them together with its scan.
        self._displayed_maps = ()
        self._update()

    def _update(self) -> None:
        scan, content, view = self._session.scan, self._display.scan_data, self._session.view
        self._request = request = object()
        layers = self._session.kept_layers
        kept = [(layer.map, layer.look) for layer in layers if layer.look is not None]
        if scan is None or content is None or not kept:
            self._set_displayed_maps(())
            return
        reusable = {
            map_: prepared
            for map_, prepared in self._prepared_maps.items()
            if prepared.scan_data is content and prepared.smoothing == view.smoothing
        }

        def prepare_maps(progress: Progress) -> tuple[KeptMapDisplay, ...]:
            return tuple(
                prepare_kept_map(map_, look, scan, content, view, reusable.get(map_)) for map_, look in kept
            )

        def show_maps(displays: tuple[KeptMapDisplay, ...]) -> None:
            if request is self._request and content is self._display.scan_data:
                self._prepared_maps = {display.prepared.map: display.prepared for display in displays}
                self._set_displayed_maps(displays)

        self._tasks.run(prepare_maps, self.tr("Preparing maps"), show_maps)

    def _set_displayed_maps(self, displays: tuple[KeptMapDisplay, ...]) -> None:
        if not displays and not self._displayed_maps:
            return
        self._displayed_maps = displays
        self.maps_changed.emit(tuple(display.kept_map for display in displays))
        overlays = tuple(display.overlay for display in displays) if self._session.view.overlay else ()
        self.overlays_changed.emit(overlays)


def prepare_kept_map(
    map_: Map,
    look: MapLook,
    scan: Scan,
    scan_data: ScanRenderData,
    view: View,
    known_prepared: PreparedMap | None,
) -> KeptMapDisplay:
    """Prepare a map for the box and the slices with its own look. Meant for a background thread.

    ``known_prepared`` is the result of an earlier preparation of the map, if any.
    """
    from viewer.scene.kept_maps import KeptMap
    from viewer.scene.prepared_map import prepare_map

    prepared = known_prepared or prepare_map(map_, scan, scan_data, view.smoothing)
    kept_view = look.applied_to(view)
    sorted_values = prepared.render_data.sorted_values[kept_view.sign]
    cutoff = sorted_values.cutoff(kept_view.threshold)
    values = prepared.values_on_scan
    if kept_view.removes_clusters and sorted_values.count_above(cutoff):
        values, _, _ = remove_hidden_clusters(prepared, scan, cutoff, kept_view)
    colormaps = sign_colormaps(kept_view.hues)
    overlay = Overlay(
        values,
        sorted_values.isovalue(cutoff),
        sorted_values.largest,
        colormaps.positive if kept_view.sign is not Sign.NEGATIVE else None,
        colormaps.negative if kept_view.sign is not Sign.POSITIVE else None,
        kept_view.opacity,
        cutoff,
        kept_view.outline,
        kept_view.by_value,
    )
    return KeptMapDisplay(prepared, look, KeptMap(prepared.render_data, kept_view), overlay)
