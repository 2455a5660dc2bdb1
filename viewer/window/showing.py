"""From the session to what is drawn: contents are prepared in the background, cut when they are there.

The box takes a prepared scan and a prepared map; the slices take the map's values on the scan's grid and
the value they are cut at; the panel takes counts. All of them come from here, so that they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.methods.features import is_feature
from viewer.scene.colormaps import sign_colormaps
from viewer.session.session import Session
from viewer.session.view import Sign, View
from viewer.window.libraries import PREPARING, open_early
from viewer.window.overlay import Overlay

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
    from viewer.window.work import Background

KEPT = 3
CUT_BY = (
    "threshold", "sign", "smallest_cluster", "largest_clusters", "overlay", "opacity", "hues",
    "display_range", "outline", "by_value",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """How much of a map is shown: its threshold as a value, voxels, and their volume in ml.

    Of a map that lies ``outside`` the scan nothing is.
    """

    value: float
    voxels: int
    millilitres: float
    of: int
    outside: bool = False


class Showing(QObject):
    """Keeps what is drawn in step with the session.

    Parameters
    ----------
    session
        Followed.
    background
        Runs a function off the window's thread and brings its result back.
    ahead
        What was prepared while the program started.
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
        background: Background,
        parent: QObject | None = None,
        ahead: Preloader | None = None,
    ) -> None:
        super().__init__(parent)
        self._ahead = ahead
        self._session = session
        self._background = background
        self._scan: tuple[Scan, ScanRenderData] | None = None
        self._kept: list[PreparedMap] = []
        self._shown: PreparedMap | None = None
        self._image: Map | None = None
        self._grey_range: tuple[float, float] | None = None
        self._wanted: object = None
        self._filter_wanted: object = None
        session.subscribe(self._new_scan, "scan")
        session.subscribe(self._new_map, "maps", "current", "smoothing")
        session.subscribe(self._cut, *CUT_BY)

    @property
    def scan_content(self) -> ScanRenderData | None:
        """The session's scan, prepared; None until it is."""
        if self._scan is None or self._scan[0] is not self._session.scan:
            return None
        return self._scan[1]

    @property
    def prepared(self) -> PreparedMap | None:
        """The map that is drawn."""
        return self._shown

    @property
    def ranking(self) -> SortedValues | None:
        """The drawn map's values in order, for the signs that are shown."""
        return None if self._shown is None else self._shown.render_data.sorted_values[self._session.view.sign]

    # The scan

    def _new_scan(self) -> None:
        scan = self._session.scan
        if scan is None:
            return
        self._kept.clear()
        self._image, self._grey_range = None, None
        self.image_changed.emit(None)
        self._show(None)
        # Until the new one is prepared nothing is in the box: the old brain would stand under the new name.
        if self._scan is not None:
            self._scan = None
            self.scan_changed.emit(None)
        ahead = self._ahead

        def work(progress: Progress) -> tuple[tuple[float, float], None]:
            from viewer.scene.slice_colormapping import intensity_window

            found = None if ahead is None else ahead.brightness(scan)
            return found or intensity_window(scan.data), None

        def prepare(progress: Progress) -> ScanRenderData:
            found = None if ahead is None else ahead.content(scan)
            if found is None:
                open_early(*PREPARING)
                from viewer.scene.render_data import ScanRenderData

                found = ScanRenderData.from_scan(scan)
            # Asked for by every map, and known from now on: the window's thread does not wait for it.
            _ = scan.hash
            return found

        self._background.run(work, self.tr("Reading brightness"), lambda found: self._ranged(scan, found[0]))
        self._background.run(
            prepare, self.tr("Preparing the box"), lambda content: self._scan_ready(scan, content)
        )

    def _ranged(self, scan: Scan, found: tuple[float, float]) -> None:
        if scan is self._session.scan:
            self._grey_range = found
            if self._image is None:
                self.range_changed.emit(*found)

    def _scan_ready(self, scan: Scan, content: ScanRenderData) -> None:
        if scan is not self._session.scan:
            return
        self._scan = (scan, content)
        self.scan_changed.emit(content)
        self._new_map()

    # The map

    def _new_map(self) -> None:
        scan, over, layer = self._session.scan, self.scan_content, self._session.current_layer
        current = {id(entry.map) for entry in self._session.maps}
        self._kept = [entry for entry in self._kept if id(entry.map) in current]
        if scan is None or over is None or layer is None or not layer.visible:
            self._wanted = None
            self._show_scan_again()
            self._show(None)
            return
        if is_feature(layer.map):
            self._show_image(layer.map, scan, over)
            return
        self._show_scan_again()
        shown, smoothing = layer.map, self._session.view.smoothing
        for entry in self._kept:
            if entry.map is shown and entry.scan_data is over and entry.smoothing == smoothing:
                self._wanted = entry
                self._show(entry)
                return
        wanted, ahead = object(), self._ahead
        self._wanted = wanted

        def work(progress: Progress) -> PreparedMap:
            from viewer.scene.prepared_map import prepare_map

            found = None if ahead is None else ahead.prepared(shown, over, smoothing)
            return found or prepare_map(shown, scan, over, smoothing)

        self._background.run(
            work, self.tr("Preparing {}").format(shown.name), lambda found: self._map_ready(wanted, found)
        )

    # An image in the scan's place

    def _show_image(self, shown: Map, scan: Scan, over: ScanRenderData) -> None:
        self._show(None)
        if shown is self._image:
            return
        wanted = self._wanted = object()

        def work(progress: Progress) -> tuple[Scan, ScanRenderData, tuple[float, float]]:
            from viewer.scene.feature_image import image_range, image_render_data

            image, content = image_render_data(shown, scan, over)
            return image, content, image_range(shown)

        def ready(found: tuple[Scan, ScanRenderData, tuple[float, float]]) -> None:
            if wanted is self._wanted and over is self.scan_content:
                self._image = shown
                image, content, brightness = found
                self.range_changed.emit(*brightness)
                self.image_changed.emit(image)
                self.scan_changed.emit(content)
                self.map_changed.emit(None)

        self._background.run(work, self.tr("Preparing {}").format(shown.name), ready)

    def _show_scan_again(self) -> None:
        if self._image is None:
            return
        self._image = None
        if self._grey_range is not None:
            self.range_changed.emit(*self._grey_range)
        self.image_changed.emit(None)
        if self.scan_content is not None:
            self.scan_changed.emit(self.scan_content)

    def _map_ready(self, wanted: object, found: PreparedMap) -> None:
        if wanted is not self._wanted or found.scan_data is not self.scan_content:
            return
        self._kept = [found, *self._kept][:KEPT]
        self._show(found)

    def _show(self, entry: PreparedMap | None) -> None:
        if entry is None and self._shown is None:
            return
        self._shown = entry
        self.map_changed.emit(None if entry is None else entry.render_data)
        self._cut()

    # The cut

    def _cut(self) -> None:
        shown, view = self._shown, self._session.view
        self._filter_wanted = None
        if shown is None:
            self.overlay_changed.emit(None)
            self.counts_changed.emit(None)
            return
        ranking = shown.render_data.sorted_values[view.sign]
        value = ranking.cutoff(view.threshold)
        grid = shown.render_data.volume.grid
        voxels = ranking.count_above(value)
        counts = Counts(value, voxels, voxels * grid.voxel_volume / 1000, ranking.count, shown.outside)
        if not view.removes_clusters or not voxels:
            self._overlay(shown, shown.on_scan, value)
            self.counts_changed.emit(counts)
            return
        wanted = self._filter_wanted = object()
        scan = self._session.scan
        assert scan is not None

        def work(progress: Progress) -> tuple[npt.NDArray[np.float32], int]:
            return without_small_clusters(shown, scan, value, view)

        def done(found: tuple[npt.NDArray[np.float32], int]) -> None:
            if wanted is self._filter_wanted:
                values, left = found
                self._overlay(shown, values, value)
                volume = left * grid.voxel_volume / 1000
                self.counts_changed.emit(Counts(value, left, volume, ranking.count, shown.outside))

        self._background.run(work, self.tr("Counting clusters"), done)

    def _overlay(self, shown: PreparedMap, values: npt.NDArray[np.float32], value: float) -> None:
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
) -> tuple[npt.NDArray[np.float32], int]:
    """The values on the scan's grid without small clusters, and how many voxels of the map are left."""
    import numpy as np

    from viewer.scene.prepared_map import resample_to_scan
    from viewer.scene.thresholding import filter_clusters

    volume = filter_clusters(shown.render_data.volume, value, view)
    inside = volume.values
    size = {Sign.BOTH: np.abs(inside), Sign.POSITIVE: inside, Sign.NEGATIVE: -inside}[view.sign]
    left = int(np.count_nonzero(size >= value))
    return resample_to_scan(inside, shown.render_data, scan), left
