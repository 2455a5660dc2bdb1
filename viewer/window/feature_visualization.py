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
    layers
        Layer panel, in which a channel is double-clicked.
    recipe
        Name of a preset, or a recipe.
    """

    def __init__(
        self,
        session: Session,
        controller: Controller,
        layers: LayerDock,
        recipe: str | VisualizationRecipe = "default",
    ) -> None:
        super().__init__(layers)
        self.recipe = recipe
        self._session = session
        self._controller = controller
        self._layers = layers
        self._runs: dict[Key, Visualization] = {}
        self._shown: dict[Key, Map] = {}
        self._running: set[Key] = set()
        layers.channels.itemDoubleClicked.connect(self._on_double_click)
        self._moved_crosshair: tuple[Point | None, Point] | None = None
        session.subscribe(self._clear, "model", "scan")
        session.subscribe(self._move_crosshair, "current")

    def start(self, layer: str, channel: int) -> None:
        """Start the visualization of a channel, or continue a stopped one."""
        model, scan = self._session.model, self._session.scan
        if model is None:
            return
        key = (model.hash, layer, channel)
        if key in self._running:
            return
        self._running.add(key)
        stopped_images: list[Map] = []

        def work(progress: Progress) -> Feature:
            from viewer.methods.feature_visualization.visualization import Visualization

            if key not in self._runs:
                scans = () if scan is None else (scan,)
                self._runs[key] = Visualization(
                    model,
                    layer,
                    channel,
                    scans=scans,
                    device=self._controller.device,
                    unit=True,
                    recipe=self.recipe,
                )
            visualization = self._runs[key]
            try:
                return visualization.run(progress)
            except Cancelled:
                if visualization.begun:
                    stopped_images.append(visualization.image())
                raise

        def show_partial(partial_map: Map) -> None:
            # Skip this one while the previous one is prepared for display: it would be replaced unseen.
            is_busy = any(not task.long for task in self._controller.tasks)
            if self._session.model is model and not is_busy:
                self._show_image(key, partial_map)

        def done(feature: Feature) -> None:
            if self._session.model is not model:
                return
            self._show_image(key, feature.map)
            self._controller.message.emit(self._result_text(feature))

        def ended() -> None:
            self._running.discard(key)
            if stopped_images and self._session.model is model:
                self._show_image(key, stopped_images[0])

        title = self.tr("Visualising channel {} of {}").format(channel, layer)
        self._controller.run_long(work, title, done, ended, show_partial, warn_if_lost=True)

    def start_selected(self) -> None:
        """Show the layer panel, and start the visualization of the selected channel, if there is one."""
        layers = self._layers
        layers.show()
        layers.raise_()
        item = layers.channels.currentItem()
        if item is not None and layers.channels.isVisible() and layers.shows_channels:
            self._on_double_click(item)
        else:
            layers.tree.setFocus()
            self._controller.message.emit(self.tr("Select a layer and double-click one of its channels."))

    def _on_double_click(self, item: QListWidgetItem) -> None:
        if self._layers.layer and self._layers.shows_channels:
            self.start(self._layers.layer, self._layers.channel_of(self._layers.channels.row(item)))

    def _clear(self) -> None:
        """Discard all runs: they belong to the previous network or scan."""
        self._runs.clear()
        self._shown.clear()

    def _show_image(self, key: Key, image: Map) -> None:
        """Add an image to the list of maps, or replace the previous image of the channel."""
        previous = self._shown.get(key)
        self._shown[key] = image
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
        if layer is not None and any(layer.map is image for image in self._shown.values()):
            grid = layer.map.grid
        if self._moved_crosshair is None and grid is not None:
            x, y, z = (float(value) for value in grid.centre)
            self._moved_crosshair = session.view.crosshair, (x, y, z)
            session.change(crosshair=(x, y, z))
            self._controller.message.emit(
                self.tr("The crosshair is in the middle of the image while it is shown.")
            )
        elif self._moved_crosshair is not None and grid is None:
            previous, moved_to = self._moved_crosshair
            self._moved_crosshair = None
            if session.view.crosshair == moved_to:
                session.change(crosshair=previous)

    def _result_text(self, feature: Feature) -> str:
        largest = feature.largest
        text = fill(self.tr("{}: activation {:.3g}"), feature.map.name, feature.achieved.f)
        if largest is not None:
            text += fill(self.tr("; at most {:.3g} in {}"), largest.f, largest.name)
        return text
