"""Display pipeline: from the session to the views; prepared in the background, then thresholded.

The box takes a prepared scan and a prepared map; the slices take the map's values on the scan's grid and
the threshold; the panel takes counts. All are computed here, so that they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.methods.feature_visualization import is_feature_image
from viewer.scene.colormaps import sign_colormaps
from viewer.session.session import Session
from viewer.session.view import Sign, View
from viewer.window.preload_libraries import SCIPY, preload
from viewer.window.slice_rendering import Overlay

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.scans.threshold import SortedValues
    from viewer.scene.preload_process import Preloader
    from viewer.scene.prepared_map import PreparedMap
    from viewer.scene.render_data import ScanRenderData
    from viewer.window.background_tasks import TaskRunner

ImageContent = tuple["Scan", "ScanRenderData", tuple[float, float]]
"""Image on the scan's grid, its render data for the walls of the box, and its display window."""

CACHE_SIZE = 3
OVERLAY_FIELDS = (
    "threshold", "sign", "smallest_cluster", "largest_clusters", "overlay", "opacity", "hues",
    "display_range", "outline", "by_value", "by_certainty",
)  # fmt: skip


@dataclass(frozen=True)
class DisplayCounts:
    """Counts of the shown part of a map: threshold as a value, voxels, and volume in ml.

    ``is_outside_scan``: the map lies outside the scan, so that nothing is shown. ``hidden_peak``: the largest
    |value| of the map if it is in a hidden cluster, else None. ``remark``: that the map has no values, or the
    same value everywhere, as the predicate of a sentence; otherwise empty.
    """

    cutoff: float
    voxels: int
    millilitres: float
    map_voxels: int
    is_outside_scan: bool = False
    hidden_peak: float | None = None
    remark: str = ""


class DisplayPipeline(QObject):
    """Pipeline that keeps the views up to date with the session.

    Parameters
    ----------
    session
        Session that is followed.
    tasks
        Runs a function on a background thread and delivers its result.
    preloader
        Results of the preload process.
    """

    display_window_changed = Signal(float, float)
    scan_changed = Signal(object)
    map_changed = Signal(object)
    overlay_changed = Signal(object)
    counts_changed = Signal(object)
    image_changed = Signal(object)
    """Emitted with the image (as a scan) that is drawn in place of the scan; None for the scan itself."""
    feature_shown = Signal(bool)
    """Emitted with whether that image is a feature image, which has no threshold."""

    def __init__(
        self,
        session: Session,
        tasks: TaskRunner,
        parent: QObject | None = None,
        preloader: Preloader | None = None,
    ) -> None:
        super().__init__(parent)
        self._preloader = preloader
        self._session = session
        self._tasks = tasks
        self._scan: tuple[Scan, ScanRenderData] | None = None
        self._map_cache: list[PreparedMap] = []
        self._prepared_map: PreparedMap | None = None
        self._drawn_image: Map | str = ""
        self._grey_range: tuple[float, float] | None = None
        self._map_request: object = None
        self._image_request: object = None
        self._filter_request: object = None
        session.subscribe(self._prepare_scan, "scan")
        session.subscribe(self._update_map, "maps", "current", "smoothing")
        session.subscribe(self._on_image_changed, "image")
        session.subscribe(self._update_overlay, *OVERLAY_FIELDS)

    @property
    def scan_data(self) -> ScanRenderData | None:
        """Render data of the session's scan; None until it is prepared."""
        if self._scan is None or self._scan[0] is not self._session.scan:
            return None
        return self._scan[1]

    @property
    def prepared_map(self) -> PreparedMap | None:
        """The map that is drawn."""
        return self._prepared_map

    @property
    def sorted_values(self) -> SortedValues | None:
        """Sorted values of the drawn map, for the signs that are shown."""
        return (
            None
            if self._prepared_map is None
            else self._prepared_map.render_data.sorted_values[self._session.view.sign]
        )

    # The scan

    def _prepare_scan(self) -> None:
        scan = self._session.scan
        if scan is None:
            return
        self._map_cache.clear()
        self._drawn_image, self._grey_range = "", None
        self.image_changed.emit(None)
        self.feature_shown.emit(False)
        self._set_prepared_map(None)
        # The box is empty until the new scan is prepared: it must not show the old one under the new name.
        if self._scan is not None:
            self._scan = None
            self.scan_changed.emit(None)
        preloader = self._preloader

        def compute_range(progress: Progress) -> tuple[tuple[float, float], None]:
            from viewer.scans.display_range import display_range

            limits = None if preloader is None else preloader.display_range(scan)
            return limits or display_range(scan.data), None

        def make_scan_data(progress: Progress) -> ScanRenderData:
            content = None if preloader is None else preloader.scan_render_data(scan)
            if content is None:
                preload(*SCIPY)
                from viewer.scene.render_data import ScanRenderData

                content = ScanRenderData.from_scan(scan)
            # Needed by every map; computed here, so that the main thread does not wait for it.
            _ = scan.hash
            return content

        self._tasks.run(
            compute_range,
            self.tr("Computing display window"),
            lambda outcome: self._on_range(scan, outcome[0]),
        )
        self._tasks.run(
            make_scan_data, self.tr("Preparing the box"), lambda content: self._on_scan_ready(scan, content)
        )

    def _on_range(self, scan: Scan, limits: tuple[float, float]) -> None:
        if scan is self._session.scan:
            self._grey_range = limits
            if self._drawn_image == "":
                self.display_window_changed.emit(*limits)

    def _on_scan_ready(self, scan: Scan, scan_data: ScanRenderData) -> None:
        if scan is not self._session.scan:
            return
        self._scan = (scan, scan_data)
        self.scan_changed.emit(scan_data)
        self._update_map()

    # The map

    def _update_map(self) -> None:
        scan, content, layer = self._session.scan, self.scan_data, self._session.current_layer
        current = {id(entry.map) for entry in self._session.maps}
        self._map_cache = [entry for entry in self._map_cache if id(entry.map) in current]
        if scan is None or content is None or layer is None or not layer.visible:
            self._map_request = None
            self._restore_scan()
            self._set_prepared_map(None)
            return
        if is_feature_image(layer.map):
            self._show_image(layer.map, scan, content)
            return
        self._restore_scan()
        current_map, smoothing = layer.map, self._session.view.smoothing
        for entry in self._map_cache:
            if entry.map is current_map and entry.scan_data is content and entry.smoothing == smoothing:
                self._map_request = entry
                self._set_prepared_map(entry)
                return
        request, preloader = object(), self._preloader
        self._map_request = request

        def prepare(progress: Progress) -> PreparedMap:
            from viewer.scene.prepared_map import prepare_map

            prepared = None if preloader is None else preloader.prepared_map(current_map, content, smoothing)
            return prepared or prepare_map(current_map, scan, content, smoothing)

        self._tasks.run(
            prepare,
            self.tr("Preparing {}").format(current_map.name),
            lambda prepared: self._on_map_ready(request, prepared),
        )

    # Image in place of the scan: a feature image, or another image of the person

    def _show_image(self, feature_map: Map, scan: Scan, scan_data: ScanRenderData) -> None:
        self._set_prepared_map(None)
        if feature_map is self._drawn_image:
            return
        request = self._map_request = object()

        def make_image(progress: Progress) -> ImageContent:
            from viewer.scene.feature_image import image_range, image_render_data

            image, image_content = image_render_data(feature_map, scan, scan_data)
            return image, image_content, image_range(feature_map)

        def draw_image(outcome: ImageContent) -> None:
            if request is self._map_request and scan_data is self.scan_data:
                self._draw_image(feature_map, *outcome)

        self._tasks.run(make_image, self.tr("Preparing {}").format(feature_map.name), draw_image)

    @property
    def _other_image(self) -> str:
        """Name of the image that the view shows in place of the scan's first; empty for the first."""
        from viewer.scans.multichannel_scan import MultichannelScan, find_image

        scan, name = self._session.scan, self._session.view.image
        if not isinstance(scan, MultichannelScan) or find_image(scan, name) is None:
            return ""
        return "" if name.casefold() == scan.channels[0].casefold() else name

    def _on_image_changed(self) -> None:
        if not isinstance(self._drawn_image, str):
            return  # a feature image stays in front of the scan's images
        self._restore_scan()

    def _restore_scan(self) -> None:
        """Draw the image that the view selects, if another one is drawn."""
        name, content, scan = self._other_image, self.scan_data, self._session.scan
        self._image_request = object()
        if self._drawn_image == name or scan is None or content is None:
            return
        if not name:
            self._draw_scan(content)
            return
        request = self._image_request

        def make_image(progress: Progress) -> ImageContent:
            from viewer.scans.display_range import display_range
            from viewer.scans.multichannel_scan import image_on_scan

            image = image_on_scan(scan, name)
            return image, content.with_image(image), display_range(image.data)

        def draw_image(outcome: ImageContent) -> None:
            if request is self._image_request and content is self.scan_data:
                self._draw_image(name, *outcome)

        self._tasks.run(make_image, self.tr("Preparing {}").format(name), draw_image)

    def _draw_scan(self, scan_data: ScanRenderData) -> None:
        self._drawn_image = ""
        if self._grey_range is not None:
            self.display_window_changed.emit(*self._grey_range)
        self.image_changed.emit(None)
        self.feature_shown.emit(False)
        self.scan_changed.emit(scan_data)
        self._draw_map()

    def _draw_image(
        self, source: Map | str, image: Scan, image_data: ScanRenderData, limits: tuple[float, float]
    ) -> None:
        self._drawn_image = source
        self.display_window_changed.emit(*limits)
        self.image_changed.emit(image)
        self.feature_shown.emit(not isinstance(source, str))
        self.scan_changed.emit(image_data)
        self._draw_map()

    def _draw_map(self) -> None:
        """Draw the current map over a redrawn scan."""
        self.map_changed.emit(None if self._prepared_map is None else self._prepared_map.render_data)

    def _on_map_ready(self, request: object, prepared: PreparedMap) -> None:
        if request is not self._map_request or prepared.scan_data is not self.scan_data:
            return
        self._map_cache = [prepared, *self._map_cache][:CACHE_SIZE]
        self._set_prepared_map(prepared)

    def _set_prepared_map(self, prepared: PreparedMap | None) -> None:
        if prepared is None and self._prepared_map is None:
            return
        self._prepared_map = prepared
        self.map_changed.emit(None if prepared is None else prepared.render_data)
        self._update_overlay()

    # Threshold

    def _update_overlay(self) -> None:
        prepared, view = self._prepared_map, self._session.view
        self._filter_request = None
        if prepared is None:
            self.overlay_changed.emit(None)
            self.counts_changed.emit(None)
            return
        sorted_values = prepared.render_data.sorted_values[view.sign]
        cutoff = sorted_values.cutoff(view.threshold)
        grid = prepared.render_data.volume.grid
        voxels = sorted_values.count_above(cutoff)
        remark = prepared.render_data.no_values_reasons[view.sign] or prepared.render_data.constant_note
        counts = DisplayCounts(
            cutoff, voxels, voxels * grid.voxel_volume / 1000, sorted_values.count, prepared.is_outside_scan,
            remark=remark,
        )  # fmt: skip
        if not view.removes_clusters or not voxels:
            self._emit_overlay(prepared, prepared.values_on_scan, cutoff)
            self.counts_changed.emit(counts)
            return
        request = self._filter_request = object()
        scan = self._session.scan
        assert scan is not None

        def remove_clusters(progress: Progress) -> tuple[npt.NDArray[np.float32], int, float]:
            return remove_hidden_clusters(prepared, scan, cutoff, view)

        def show_overlay(outcome: tuple[npt.NDArray[np.float32], int, float]) -> None:
            if request is self._filter_request:
                values, remaining, largest = outcome
                self._emit_overlay(prepared, values, cutoff)
                volume = remaining * grid.voxel_volume / 1000
                hidden = sorted_values.largest if largest < sorted_values.largest else None
                total, outside = sorted_values.count, prepared.is_outside_scan
                self.counts_changed.emit(
                    DisplayCounts(cutoff, remaining, volume, total, outside, hidden, remark)
                )

        self._tasks.run(remove_clusters, self.tr("Counting clusters"), show_overlay)

    def _emit_overlay(self, prepared: PreparedMap, values: npt.NDArray[np.float32], cutoff: float) -> None:
        view = self._session.view
        if not view.overlay:
            self.overlay_changed.emit(None)
            return
        sorted_values = prepared.render_data.sorted_values[view.sign]
        low, high = view.display_range or (cutoff, sorted_values.largest)
        colormaps = sign_colormaps(view.hues)
        overlay = Overlay(
            values,
            sorted_values.isovalue(cutoff),
            high,
            colormaps.positive if view.sign is not Sign.NEGATIVE else None,
            colormaps.negative if view.sign is not Sign.POSITIVE else None,
            view.opacity,
            low,
            view.outline,
            view.by_value,
            prepared.opacity if view.by_certainty else None,
        )
        self.overlay_changed.emit(overlay)


def remove_hidden_clusters(
    prepared: PreparedMap, scan: Scan, cutoff: float, view: View
) -> tuple[npt.NDArray[np.float32], int, float]:
    """Remove the hidden clusters from a map.

    Return the remaining values on the scan's grid, the number of remaining voxels of the map, and the largest
    |value| of the shown signs.
    """
    import numpy as np

    from viewer.scene.prepared_map import resample_to_scan
    from viewer.scene.thresholding import filter_clusters

    volume = filter_clusters(prepared.render_data.volume, cutoff, view)
    values = volume.values
    magnitude = {Sign.BOTH: np.abs(values), Sign.POSITIVE: values, Sign.NEGATIVE: -values}[view.sign]
    count = int(np.count_nonzero(magnitude >= cutoff))
    return resample_to_scan(values, prepared.render_data, scan), count, float(magnitude.max(initial=0.0))
