"""Feature visualization in the window: begun by a double click on a channel, seen as it grows, gone on with.

What is excited is the one unit in the middle of the layer: its image is one pattern, where a mean over space
makes patterns that fill the box. The image is in the list of maps from its first moments, in the box and the
slices over the scan. Stopping keeps what there is; another double click on the channel goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QListWidgetItem

from viewer.errors import Cancelled
from viewer.session.session import Session

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
    """Makes the images that channels look for, one after the other.

    Parameters
    ----------
    session
        Whose network is asked, beside whose scan, and into whose list the images go.
    controller
        Does it in the background.
    layers
        Where a channel is double-clicked.
    recipe
        A preset's name, or a recipe.
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
        """Make the image of a channel, or go on with it where it was stopped."""
        model, scan = self._session.model, self._session.scan
        if model is None:
            return
        key = (model.hash, layer, channel)
        if key in self._running:
            return
        self._running.add(key)
        kept: list[Map] = []

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
            found = self._runs[key]
            try:
                return found.run(progress)
            except Cancelled:
                if found.begun:
                    kept.append(found.image())
                raise

        def shown(growing: Map) -> None:
            # While the window still prepares the one before, another would only be put into its place unseen.
            busy = any(not doing.long for doing in self._controller.tasks)
            if self._session.model is model and not busy:
                self._show_image(key, growing)

        def done(found: Feature) -> None:
            if self._session.model is not model:
                return
            self._show_image(key, found.map)
            self._controller.message.emit(self._result_text(found))

        def ended() -> None:
            self._running.discard(key)
            if kept and self._session.model is model:
                self._show_image(key, kept[0])

        title = self.tr("Visualising channel {} of {}").format(channel, layer)
        self._controller.run_long(work, title, done, ended, shown, warn_if_lost=True)

    def start_selected(self) -> None:
        """Make the image of the channel that is chosen in the panel, or show where to choose one."""
        layers = self._layers
        layers.show()
        layers.raise_()
        item = layers.channels.currentItem()
        if item is not None and layers.channels.isVisible():
            self._on_double_click(item)
        else:
            layers.tree.setFocus()
            self._controller.message.emit(self.tr("Select a layer and double-click one of its channels."))

    def _on_double_click(self, item: QListWidgetItem) -> None:
        if self._layers.layer:
            self.start(self._layers.layer, self._layers.channels.row(item))

    def _clear(self) -> None:
        """Another network or scan: what was begun belongs to the one before."""
        self._runs.clear()
        self._shown.clear()

    def _show_image(self, key: Key, new: Map) -> None:
        """Into the list of maps, in the place of the image that was shown before it."""
        before = self._shown.get(key)
        self._shown[key] = new
        if before is not None and any(entry.map is before for entry in self._session.maps):
            self._session.replace_map(before, new)
        else:
            self._session.add_map(new)

    def _move_crosshair(self) -> None:
        """Look where an image is while it is shown, and back to where a person looked before.

        The unit is the one in the middle of its layer: there its image is.
        """
        session = self._session
        layer = session.current_layer
        grid = None
        if layer is not None and any(layer.map is one for one in self._shown.values()):
            grid = layer.map.grid
        if self._moved_crosshair is None and grid is not None:
            x, y, z = (float(value) for value in grid.centre)
            self._moved_crosshair = session.view.crosshair, (x, y, z)
            session.change(crosshair=(x, y, z))
            self._controller.message.emit(
                self.tr("The crosshair is in the middle of the image while it is shown.")
            )
        elif self._moved_crosshair is not None and grid is None:
            before, moved = self._moved_crosshair
            self._moved_crosshair = None
            if session.view.crosshair == moved:
                session.change(crosshair=before)

    def _result_text(self, found: Feature) -> str:
        most = found.largest
        words = self.tr("{}: activation {:.3g}").format(found.map.name, found.achieved.f)
        if most is not None:
            words += self.tr("; at most {:.3g} in {}").format(most.f, most.name)
        return words
