"""What connects the parts of a window: which of them hears what another one says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from viewer.scene.render_data import MapRenderData, ScanRenderData
    from viewer.window.main import MainWindow
    from viewer.window.work import Doing

SAID_MS = 8000


class Wiring(QObject):
    """Connects everything that is in a window, so that no part has to know the others."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._connect_shown()
        self._connect_box()
        self._connect_compared()
        self._connect_files()
        self._connect_panels()
        self._connect_desk()

    # Who hears what

    def _connect_shown(self) -> None:
        """What is drawn: the scan, the map over it, and how much of it is left."""
        window, showing = self._window, self._window.showing
        for view in window.slices:
            showing.range_changed.connect(view.set_range)
            for other in window.slices:
                view.range_asked.connect(other.set_range)
            showing.overlay_changed.connect(view.set_overlay)
            showing.image_changed.connect(view.set_image)
        showing.range_changed.connect(window.mosaic.set_range)
        showing.overlay_changed.connect(window.mosaic.set_overlay)
        showing.image_changed.connect(window.mosaic.set_image)
        showing.image_changed.connect(window.show_dock.set_image)
        showing.scan_changed.connect(self._show_scan)
        showing.map_changed.connect(self._show_map)
        showing.counts_changed.connect(window.show_dock.set_counts)
        window.session.subscribe(self._rank, "sign")

    def _connect_box(self) -> None:
        window = self._window
        window.box.set_naming(window.naming.name)
        window.naming.ready.connect(window.box.look)
        for box in window.area.boxes:
            window.show_dock.dragging.connect(box.set_coarse)

    def _connect_compared(self) -> None:
        """A second map: beside the box, over the slices, and in numbers."""
        window, comparing = self._window, self._window.comparing
        comparing.changed.connect(window.area.set_compared)
        comparing.told.connect(window.compare_dock.set_numbers)
        comparing.refused.connect(window.compare_dock.refuse)
        for view in window.slices:
            comparing.overlay_changed.connect(view.set_second)
            window.area.shared.connect(view.set_share)

    def _connect_files(self) -> None:
        """What a panel offers to open or to save is asked about in a dialog."""
        window, asking, exports = self._window, self._window.asking, self._window.exports
        window.model_dock.open_asked.connect(asking.open_model)
        window.maps_dock.open_asked.connect(asking.open_map)
        window.maps_dock.save_asked.connect(asking.save_map)
        window.clusters_dock.atlas_asked.connect(exports.open_atlas)
        window.clusters_dock.csv_asked.connect(exports.save_clusters)
        window.trust_dock.mask_asked.connect(self._ask_truth)
        window.method_dock.region.file_asked.connect(self._ask_region)

    def _connect_panels(self) -> None:
        """What one panel does for another."""
        window, docking = self._window, self._window.docking
        window.layer_dock.layer_chosen.connect(window.method_dock.choose_layer)
        window.layer_dock.visibilityChanged.connect(docking.make_room_for_layers)
        window.study_dock.visibilityChanged.connect(docking.make_room_for_study)
        window.trust_dock.visibilityChanged.connect(docking.make_room_for_trust)

    def _connect_desk(self) -> None:
        """What is asked to be done, and how far it is."""
        window, desk, method = self._window, self._window.desk, self._window.method_dock
        method.compute_asked.connect(desk.compute)
        method.cancel_asked.connect(lambda: desk.cancel_computing())
        method.queue.dropped.connect(desk.cancel_computing)
        desk.queue_changed.connect(method.queue.show_waiting)
        desk.computing_changed.connect(method.set_computing)
        desk.loading_changed.connect(window.model_dock.show_loading)
        desk.loading_changed.connect(method.show_loading)
        desk.doing_changed.connect(self._show_doing)
        desk.device_found.connect(window.status.set_device)
        desk.said.connect(self._say)
        window.status.cancel_asked.connect(desk.cancel)

    # What is passed on to more than one part, or in other words

    def _show_scan(self, content: ScanRenderData | None) -> None:
        self._window.box.set_scan(content)
        if content is not None:
            self._window.centre.set_fitted(content.frame.low, content.frame.high)

    def _show_map(self, content: MapRenderData | None) -> None:
        self._window.box.set_map(content)
        for profile in self._window.profiles:
            profile.set_prepared(self._window.showing.prepared)
        self._rank()

    def _rank(self) -> None:
        self._window.show_dock.set_ranking(self._window.showing.ranking)

    def _show_doing(self, doing: Doing | None) -> None:
        self._window.status.show_doing(doing)
        self._window.box.set_waiting(any(not one.long for one in self._window.desk.doing))

    def _say(self, words: str) -> None:
        self._window.status.showMessage(words, SAID_MS)

    def _ask_truth(self) -> None:
        self._window.trust_dock.set_mask(self._window.asking.ask_mask())

    def _ask_region(self) -> None:
        self._window.method_dock.region.set_mask(self._window.asking.ask_mask())
