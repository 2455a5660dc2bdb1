"""Signal and slot connections between the widgets of the main window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from viewer.window.translation import translate_sentence

if TYPE_CHECKING:
    from viewer.scene.render_data import MapRenderData, ScanRenderData
    from viewer.window.background_tasks import TaskStatus
    from viewer.window.main import MainWindow

MESSAGE_MS = 8000


class SignalConnections(QObject):
    """Connections between all widgets of a window, so that no widget depends on the others."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._connect_display()
        self._connect_box()
        self._connect_comparison()
        self._connect_files()
        self._connect_panels()
        self._connect_preparation()
        self._connect_predicted_body()
        self._connect_controller()

    # Connections

    def _connect_display(self) -> None:
        """Connect the display pipeline to the views: scan, map, and voxel counts."""
        window, display = self._window, self._window.display
        for view in window.slices:
            display.display_window_changed.connect(view.set_display_window)
            for other in window.slices:
                view.display_window_requested.connect(other.set_display_window)
            display.overlay_changed.connect(view.set_overlay)
            display.image_changed.connect(view.set_image)
            window.kept_maps_pipeline.overlays_changed.connect(view.set_kept_overlays)
        window.kept_maps_pipeline.overlays_changed.connect(window.mosaic.set_kept_overlays)
        window.kept_maps_pipeline.maps_changed.connect(window.box.set_kept_maps)
        display.display_window_changed.connect(window.mosaic.set_display_window)
        display.overlay_changed.connect(window.mosaic.set_overlay)
        display.image_changed.connect(window.mosaic.set_image)
        display.feature_shown.connect(window.display_dock.set_feature_shown)
        display.scan_changed.connect(self._show_scan)
        display.map_changed.connect(self._show_map)
        display.counts_changed.connect(window.display_dock.set_counts)
        window.session.subscribe(self._update_sorted_values, "sign")

    def _connect_box(self) -> None:
        window = self._window
        window.box.set_labeler(window.cluster_tooltip.text_at)
        window.cluster_tooltip.ready.connect(window.box.update_hover_label)
        for box in window.compare_area.boxes:
            window.display_dock.threshold_dragged.connect(box.set_coarse)

    def _connect_comparison(self) -> None:
        """Connect the comparison with a second map: second box, overlay of the slices, and measures."""
        window, comparison_pipeline = self._window, self._window.comparison_pipeline
        comparison_pipeline.changed.connect(window.compare_area.set_comparison)
        comparison_pipeline.metrics_changed.connect(window.compare_dock.set_metrics)
        comparison_pipeline.failed.connect(window.compare_dock.show_failure)
        for view in window.slices:
            comparison_pipeline.overlay_changed.connect(view.set_second_overlay)
            window.compare_area.blend_changed.connect(view.set_blend)

    def _connect_files(self) -> None:
        """Connect the panels' Open and Save buttons to the file dialogs."""
        window, file_actions, exports = self._window, self._window.file_actions, self._window.exports
        window.model_dock.open_requested.connect(file_actions.open_model)
        window.model_dock.inputs.file_requested.connect(self._ask_image)
        window.model_dock.inputs.completed.connect(window.controller.open_images)
        window.model_dock.inputs.align_requested.connect(window.controller.align_images)
        window.model_dock.inputs.covariates_withdrawn.connect(window.controller.show_scan)
        window.maps_dock.open_requested.connect(file_actions.open_map)
        window.maps_dock.save_requested.connect(file_actions.save_map)
        window.clusters_dock.atlas_requested.connect(exports.open_atlas)
        window.clusters_dock.csv_requested.connect(exports.save_clusters)
        window.checks_dock.mask_requested.connect(self._ask_mask)
        window.method_dock.region_combo.file_requested.connect(self._ask_region_mask)

    def _connect_preparation(self) -> None:
        """Connect the preparation's panel to the file dialogs, and its outlines to the views."""
        window, dock, outlines = self._window, self._window.preparation_dock, self._window.outline_display
        dock.mask_requested.connect(lambda: dock.set_mask_file(window.file_actions.ask_mask()))
        dock.transform_requested.connect(lambda: dock.set_transform_file(window.file_actions.ask_transform()))
        dock.save_requested.connect(window.exports.save_preparation)
        for view in window.slices:
            outlines.changed.connect(view.set_outlines)
        outlines.changed.connect(window.mosaic.set_outlines)
        outlines.changed.connect(window.box.set_outlines)
        # A new scan clears the views.
        window.display.scan_changed.connect(lambda _: outlines.update())

    def _connect_predicted_body(self) -> None:
        """Connect the choice of the region to the finder of predicted bodies, and the finder to the views."""
        window, finder = self._window, self._window.body_finder
        window.method_dock.set_body_finder(finder)
        finder.outlines_changed.connect(window.outline_display.set_prediction)
        window.model_dock.output_chosen.connect(window.controller.choose_output)
        window.model_dock.network_chosen.connect(window.controller.open_model)
        window.model_dock.segmentation_requested.connect(window.controller.show_segmentation)

    def _connect_panels(self) -> None:
        """Connect panels to each other and to the layout."""
        window, dock_layout = self._window, self._window.dock_layout
        window.layer_dock.layer_chosen.connect(window.method_dock.choose_layer)
        window.method_dock.target_changed.connect(window.layer_dock.ranking.set_target)
        window.layer_dock.visibilityChanged.connect(dock_layout.enlarge_layers)
        window.study_dock.visibilityChanged.connect(dock_layout.enlarge_study)
        window.cohort_dock.visibilityChanged.connect(dock_layout.enlarge_cohort)
        window.cohort_dock.height_requested.connect(lambda: dock_layout.enlarge_cohort(True))
        window.preparation_dock.visibilityChanged.connect(dock_layout.enlarge_preparation)
        window.checks_dock.visibilityChanged.connect(dock_layout.enlarge_checks)

    def _connect_controller(self) -> None:
        """Connect requests to the controller, and its progress to the widgets that show it."""
        window, controller, method = self._window, self._window.controller, self._window.method_dock
        method.compute_requested.connect(controller.compute)
        method.cancel_requested.connect(lambda: controller.cancel_computing())
        method.compute_queue.remove_requested.connect(controller.cancel_computing)
        controller.queue_changed.connect(method.compute_queue.set_jobs)
        controller.computing_changed.connect(method.set_computing)
        controller.loading_changed.connect(window.model_dock.show_loading)
        controller.steadiness.status_changed.connect(window.model_dock.fit_strip.set_status)
        window.model_dock.fit_strip.prepare_requested.connect(window.preparation_dock.prepare)
        controller.loading_changed.connect(method.show_loading)
        controller.task_changed.connect(self._show_task)
        controller.device_changed.connect(window.status.set_device)
        controller.message.connect(self._show_message)
        controller.failed.connect(window.box.show_failure)
        window.status.cancel_requested.connect(controller.cancel)

    # Slots that update several widgets

    def _show_scan(self, scan_data: ScanRenderData | None) -> None:
        self._window.box.set_scan(scan_data)
        self._window.compare_area.set_scan(scan_data)
        if scan_data is not None:
            self._window.central.set_bounds(scan_data.frame.low, scan_data.frame.high)

    def _show_map(self, map_data: MapRenderData | None) -> None:
        self._window.box.set_map(map_data)
        for profile in self._window.profiles:
            profile.set_prepared(self._window.display.prepared_map)
        self._update_sorted_values()

    def _update_sorted_values(self) -> None:
        self._window.display_dock.set_sorted_values(self._window.display.sorted_values)

    def _show_task(self, task: TaskStatus | None) -> None:
        self._window.status.show_task(task)
        self._window.box.set_reading(task is not None)
        self._window.box.set_busy(
            any(not running_task.is_long for running_task in self._window.controller.tasks)
        )

    def _show_message(self, text: str) -> None:
        self._window.status.showMessage(translate_sentence(text), MESSAGE_MS)

    def _ask_image(self, channel: str) -> None:
        inputs, file_actions = self._window.model_dock.inputs, self._window.file_actions
        path = file_actions.ask_image(channel)
        if path is not None and channel:
            inputs.set_image(channel, path)
        elif path is not None:
            self._window.controller.open_channels(path, inputs.channels)

    def _ask_mask(self) -> None:
        self._window.checks_dock.set_mask(self._window.file_actions.ask_mask())

    def _ask_region_mask(self) -> None:
        self._window.method_dock.region_combo.set_mask(self._window.file_actions.ask_mask())
