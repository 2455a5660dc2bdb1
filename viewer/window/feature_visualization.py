"""Feature visualization in the window: a double-click on a channel starts or continues it.

The objective is the single unit in the middle of the layer: its image is one pattern, whereas the mean over
space results in patterns that fill the volume. The image is added to the list of maps at the start, and is
updated during the optimisation. When stopped, the image is kept; another double-click continues from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QListWidgetItem

from viewer.errors import Cancelled
from viewer.session.session import Session
from viewer.window.translation import fill

if TYPE_CHECKING:
    from viewer.methods.feature_visualization.recipe import VisualizationRecipe
    from viewer.methods.feature_visualization.result import Feature
    from viewer.methods.feature_visualization.visualization import Visualization
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.window.controller import Controller
    from viewer.window.layer_dock import LayerDock

Key = tuple[str, str, int]
Point = tuple[float, float, float]


class FeatureVisualizer(QObject):
    """Handler that computes the feature visualizations of channels.

    Parameters
    ----------
    session
        Session with the network and the scan; receives the images as maps.
    controller
        Runs the optimisation in the background.
    layer_dock
        Layer panel, in which a channel is double-clicked.
    recipe
        Name of a preset, or a recipe.
    """

    def __init__(
        self,
        session: Session,
        controller: Controller,
        layer_dock: LayerDock,
        recipe: str | VisualizationRecipe = "default",
    ) -> None:
        super().__init__(layer_dock)
        self.recipe = recipe
        self._session = session
        self._controller = controller
        self._layer_dock = layer_dock
        self._visualizations: dict[Key, Visualization] = {}
        self._images: dict[Key, Map] = {}
        self._running_keys: set[Key] = set()
        layer_dock.channel_list.itemDoubleClicked.connect(self._on_double_click)
        self._crosshair_move: tuple[Point | None, Point] | None = None
        session.subscribe(self._clear, "model", "scan")
        session.subscribe(self._move_crosshair, "current")

    def start(self, layer: str, channel: int) -> None:
        """Start the visualization of a channel, or continue a stopped one."""
        model, scan = self._session.model, self._session.scan
        if model is None:
            return
        key = (model.hash, layer, channel)
        if key in self._running_keys:
            return
        self._running_keys.add(key)
        stopped_images: list[Map] = []

        def run_visualization(progress: Progress) -> Feature:
            from viewer.methods.feature_visualization.visualization import Visualization

            if key not in self._visualizations:
                scans = () if scan is None else (scan,)
                self._visualizations[key] = Visualization(
                    model,
                    layer,
                    channel,
                    scans=scans,
                    device=self._controller.device,
                    unit=True,
                    recipe=self.recipe,
                )
            visualization = self._visualizations[key]
            try:
                return visualization.run(progress)
            except Cancelled:
                if visualization.has_started:
                    stopped_images.append(visualization.image())
                raise

        def show_partial(partial_map: Map) -> None:
            # Skip this one while the previous one is prepared for display: it would be replaced unseen.
            is_busy = any(not task.is_long for task in self._controller.tasks)
            if self._session.model is model and not is_busy:
                self._show_image(key, partial_map)

        def show_result(feature: Feature) -> None:
            if self._session.model is not model:
                return
            self._show_image(key, feature.map)
            self._controller.message.emit(self._result_text(feature))

        def on_end() -> None:
            self._running_keys.discard(key)
            if stopped_images and self._session.model is model:
                self._show_image(key, stopped_images[0])

        title = self.tr("Visualising channel {} of {}").format(channel, layer)
        self._controller.run_long(
            run_visualization, title, show_result, on_end, show_partial, warn_if_lost=True
        )

    def start_selected(self) -> None:
        """Show the layer panel, and start the visualization of the selected channel, if there is one."""
        layers = self._layer_dock
        layers.show()
        layers.raise_()
        item = layers.channel_list.currentItem()
        if item is not None and layers.channel_list.isVisible() and layers.shows_channels:
            self._on_double_click(item)
        else:
            layers.tree.setFocus()
            self._controller.message.emit(self.tr("Select a layer and double-click one of its channels."))

    def _on_double_click(self, item: QListWidgetItem) -> None:
        if self._layer_dock.layer and self._layer_dock.shows_channels:
            self.start(
                self._layer_dock.layer, self._layer_dock.channel_at(self._layer_dock.channel_list.row(item))
            )

    def _clear(self) -> None:
        """Discard all runs: they belong to the previous network or scan."""
        self._visualizations.clear()
        self._images.clear()

    def _show_image(self, key: Key, image: Map) -> None:
        """Add an image to the list of maps, or replace the previous image of the channel."""
        previous = self._images.get(key)
        self._images[key] = image
        if previous is not None and any(entry.map is previous for entry in self._session.maps):
            self._session.replace_map(previous, image)
        else:
            self._session.add_map(image)

    def _move_crosshair(self) -> None:
        """Move the crosshair to the centre while an image is shown, then back to where it was.

        The unit is in the middle of its layer, and so is its image.
        """
        session = self._session
        layer = session.current_layer
        grid = None
        if layer is not None and any(layer.map is image for image in self._images.values()):
            grid = layer.map.grid
        if self._crosshair_move is None and grid is not None:
            x, y, z = (float(value) for value in grid.centre)
            self._crosshair_move = session.view.crosshair, (x, y, z)
            session.change(crosshair=(x, y, z))
            self._controller.message.emit(
                self.tr("The crosshair is in the middle of the image while it is shown.")
            )
        elif self._crosshair_move is not None and grid is None:
            previous, moved_to = self._crosshair_move
            self._crosshair_move = None
            if session.view.crosshair == moved_to:
                session.change(crosshair=previous)

    def _result_text(self, feature: Feature) -> str:
        largest = feature.largest_scan_activation
        text = fill(self.tr("{}: activation {:.3g}"), feature.map.name, feature.image_activation.f)
        if largest is not None:
            text += fill(self.tr("; at most {:.3g} in {}"), largest.f, largest.name)
        return text
