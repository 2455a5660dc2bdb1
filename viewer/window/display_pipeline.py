"""Display pipeline: from the session to the views; prepared in the background, then thresholded.

The box takes a prepared scan and a prepared map; the slices take the map's values on the scan's grid and
the value they are cut at; the panel takes counts. All of them come from here, so that they agree.
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

CACHE_SIZE = 3
OVERLAY_FIELDS = (
    "threshold", "sign", "smallest_cluster", "largest_clusters", "overlay", "opacity", "hues",
    "display_range", "outline", "by_value",
)  # fmt: skip


@dataclass(frozen=True)
class DisplayCounts:
    """Counts of the shown part of a map: threshold as a value, voxels, and volume in ml.

    Of a map that lies ``outside`` the scan nothing is. ``hidden_peak`` is the map's largest |value|, where it
    lies in a cluster that is left out.
    """

    value: float
    voxels: int
    millilitres: float
    total: int
    outside: bool = False
    hidden_peak: float | None = None


class DisplayPipeline(QObject):
    """Pipeline that keeps the views up to date with the session.

    Parameters
    ----------
    session
        Session that is followed.
    background
        Runs a function on a background thread and delivers its result.
    preloader
        Results of the preload process.
    """

    range_changed = Signal(float, float)
    scan_changed = Signal(object)
    map_changed = Signal(object)
    overlay_changed = Signal(object)
    counts_changed = Signal(object)
    image_changed = Signal(object)
    """The image, as a scan, that is drawn in the scan's place; None for the scan itself."""

    def __init__(
        self,
        session: Session,
        background: TaskRunner,
        parent: QObject | None = None,
        preloader: Preloader | None = None,
    ) -> None:
        super().__init__(parent)
        self._preloader = preloader
        self._session = session
        self._background = background
        self._scan: tuple[Scan, ScanRenderData] | None = None
        self._cache: list[PreparedMap] = []
        self._prepared: PreparedMap | None = None
        self._image: Map | None = None
        self._grey_range: tuple[float, float] | None = None
        self._request: object = None
        self._filter_request: object = None
        session.subscribe(self._new_scan, "scan")
        session.subscribe(self._new_map, "maps", "current", "smoothing")
        session.subscribe(self._update_overlay, *OVERLAY_FIELDS)

    @property
    def scan_content(self) -> ScanRenderData | None:
        """Render data of the session's scan; None until it is prepared."""
        if self._scan is None or self._scan[0] is not self._session.scan:
            return None
        return self._scan[1]

    @property
    def prepared(self) -> PreparedMap | None:
        """The map that is drawn."""
        return self._prepared

    @property
    def sorted_values(self) -> SortedValues | None:
        """Sorted values of the drawn map, for the signs that are shown."""
        return (
            None
            if self._prepared is None
            else self._prepared.render_data.sorted_values[self._session.view.sign]
        )

    # The scan

    def _new_scan(self) -> None:
        scan = self._session.scan
        if scan is None:
            return
        self._cache.clear()
        self._image, self._grey_range = None, None
        self.image_changed.emit(None)
        self._set_prepared(None)
        # Until the new one is prepared nothing is in the box: the old brain would stand under the new name.
        if self._scan is not None:
            self._scan = None
            self.scan_changed.emit(None)
        preloader = self._preloader

        def work(progress: Progress) -> tuple[tuple[float, float], None]:
            from viewer.scene.slice_colormapping import intensity_window

            found = None if preloader is None else preloader.brightness(scan)
            return found or intensity_window(scan.data), None

        def prepare(progress: Progress) -> ScanRenderData:
            found = None if preloader is None else preloader.content(scan)
            if found is None:
                preload(*SCIPY)
                from viewer.scene.render_data import ScanRenderData

                found = ScanRenderData.from_scan(scan)
            # Asked for by every map, and known from now on: the window's thread does not wait for it.
            _ = scan.hash
            return found

        self._background.run(
            work, self.tr("Reading brightness"), lambda found: self._on_range(scan, found[0])
        )
        self._background.run(
            prepare, self.tr("Preparing the box"), lambda content: self._on_scan_ready(scan, content)
        )

    def _on_range(self, scan: Scan, found: tuple[float, float]) -> None:
        if scan is self._session.scan:
            self._grey_range = found
            if self._image is None:
                self.range_changed.emit(*found)

    def _on_scan_ready(self, scan: Scan, content: ScanRenderData) -> None:
        if scan is not self._session.scan:
            return
        self._scan = (scan, content)
        self.scan_changed.emit(content)
        self._new_map()

    # The map

    def _new_map(self) -> None:
        scan, over, layer = self._session.scan, self.scan_content, self._session.current_layer
        current = {id(entry.map) for entry in self._session.maps}
        self._cache = [entry for entry in self._cache if id(entry.map) in current]
        if scan is None or over is None or layer is None or not layer.visible:
            self._request = None
            self._restore_scan()
            self._set_prepared(None)
            return
        if is_feature_image(layer.map):
            self._show_image(layer.map, scan, over)
            return
        self._restore_scan()
        shown, smoothing = layer.map, self._session.view.smoothing
        for entry in self._cache:
            if entry.map is shown and entry.scan_data is over and entry.smoothing == smoothing:
                self._request = entry
                self._set_prepared(entry)
                return
        wanted, preloader = object(), self._preloader
        self._request = wanted

        def work(progress: Progress) -> PreparedMap:
            from viewer.scene.prepared_map import prepare_map

            found = None if preloader is None else preloader.prepared(shown, over, smoothing)
            return found or prepare_map(shown, scan, over, smoothing)

        self._background.run(
            work, self.tr("Preparing {}").format(shown.name), lambda found: self._on_map_ready(wanted, found)
        )

    # An image in the scan's place

    def _show_image(self, shown: Map, scan: Scan, over: ScanRenderData) -> None:
        self._set_prepared(None)
        if shown is self._image:
            return
        wanted = self._request = object()

        def work(progress: Progress) -> tuple[Scan, ScanRenderData, tuple[float, float]]:
            from viewer.scene.feature_image import image_range, image_render_data

            image, content = image_render_data(shown, scan, over)
            return image, content, image_range(shown)

        def ready(found: tuple[Scan, ScanRenderData, tuple[float, float]]) -> None:
            if wanted is self._request and over is self.scan_content:
                self._image = shown
                image, content, brightness = found
                self.range_changed.emit(*brightness)
                self.image_changed.emit(image)
                self.scan_changed.emit(content)
                self.map_changed.emit(None)

        self._background.run(work, self.tr("Preparing {}").format(shown.name), ready)

    def _restore_scan(self) -> None:
        if self._image is None:
            return
        self._image = None
        if self._grey_range is not None:
            self.range_changed.emit(*self._grey_range)
        self.image_changed.emit(None)
        if self.scan_content is not None:
            self.scan_changed.emit(self.scan_content)

    def _on_map_ready(self, wanted: object, found: PreparedMap) -> None:
        if wanted is not self._request or found.scan_data is not self.scan_content:
            return
        self._cache = [found, *self._cache][:CACHE_SIZE]
        self._set_prepared(found)

    def _set_prepared(self, entry: PreparedMap | None) -> None:
        if entry is None and self._prepared is None:
            return
        self._prepared = entry
        self.map_changed.emit(None if entry is None else entry.render_data)
        self._update_overlay()

    # The cut

    def _update_overlay(self) -> None:
        shown, view = self._prepared, self._session.view
        self._filter_request = None
        if shown is None:
            self.overlay_changed.emit(None)
            self.counts_changed.emit(None)
            return
        ranking = shown.render_data.sorted_values[view.sign]
        value = ranking.cutoff(view.threshold)
        grid = shown.render_data.volume.grid
        voxels = ranking.count_above(value)
        counts = DisplayCounts(value, voxels, voxels * grid.voxel_volume / 1000, ranking.count, shown.outside)
        if not view.removes_clusters or not voxels:
            self._emit_overlay(shown, shown.on_scan, value)
            self.counts_changed.emit(counts)
            return
        wanted = self._filter_request = object()
        scan = self._session.scan
        assert scan is not None

        def work(progress: Progress) -> tuple[npt.NDArray[np.float32], int, float]:
            return without_small_clusters(shown, scan, value, view)

        def done(found: tuple[npt.NDArray[np.float32], int, float]) -> None:
            if wanted is self._filter_request:
                values, left, largest = found
                self._emit_overlay(shown, values, value)
                volume = left * grid.voxel_volume / 1000
                hidden = ranking.largest if largest < ranking.largest else None
                self.counts_changed.emit(
                    DisplayCounts(value, left, volume, ranking.count, shown.outside, hidden)
                )

        self._background.run(work, self.tr("Counting clusters"), done)

    def _emit_overlay(self, shown: PreparedMap, values: npt.NDArray[np.float32], value: float) -> None:
        view = self._session.view
        if not view.overlay:
            self.overlay_changed.emit(None)
            return
        ranking = shown.render_data.sorted_values[view.sign]
        low, high = view.display_range or (value, ranking.largest)
        hues = sign_colormaps(view.hues)
        overlay = Overlay(
            values,
            ranking.isovalue(value),
            high,
            hues.positive if view.sign is not Sign.NEGATIVE else None,
            hues.negative if view.sign is not Sign.POSITIVE else None,
            view.opacity,
            low,
            view.outline,
            view.by_value,
        )
        self.overlay_changed.emit(overlay)


def without_small_clusters(
    shown: PreparedMap, scan: Scan, value: float, view: View
) -> tuple[npt.NDArray[np.float32], int, float]:
    """Return the values on the scan's grid without clusters that are left out.

    Besides, how many voxels of the map are left, and the largest |value| of the signs that are shown.
    """
    import numpy as np

    from viewer.scene.prepared_map import resample_to_scan
    from viewer.scene.thresholding import filter_clusters

    volume = filter_clusters(shown.render_data.volume, value, view)
    inside = volume.values
    size = {Sign.BOTH: np.abs(inside), Sign.POSITIVE: inside, Sign.NEGATIVE: -inside}[view.sign]
    left = int(np.count_nonzero(size >= value))
    return resample_to_scan(inside, shown.render_data, scan), left, float(size.max(initial=0.0))
