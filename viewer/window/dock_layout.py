"""Where the panels stand: two on either side, others behind them, and how they share the height."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QTabBar

from viewer.window.dock_panel import DOCK_WIDTH

if TYPE_CHECKING:
    from viewer.window.main import MainWindow

LAYERS_HEIGHT = 430
MODEL_HEIGHT = 120
MAPS_HEIGHT = 150
LEFT_HEIGHTS = (270, 450)
RIGHT_HEIGHTS = (300, 420)


class DockLayout(QObject):
    """Puts a window's panels in their places, and makes room for those that need more than their share."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.painted.connect(self._name_tabs)
        for dock in window.docks:
            dock.dockLocationChanged.connect(self._name_tabs)

    def placement_steps(self) -> Iterator[None]:
        """Put them in their places, a few between two steps: each is dressed as it comes in."""
        window = self._window
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        for side, dock in (
            (left, window.model_dock),
            (left, window.method_dock),
            (right, window.maps_dock),
            (right, window.display_dock),
        ):
            window.addDockWidget(side, dock)
            yield
        window.tabifyDockWidget(window.model_dock, window.layer_dock)
        window.model_dock.raise_()
        window.tabifyDockWidget(window.method_dock, window.study_dock)
        window.study_dock.hide()
        yield
        window.tabifyDockWidget(window.maps_dock, window.clusters_dock)
        window.tabifyDockWidget(window.clusters_dock, window.compare_dock)
        window.maps_dock.raise_()
        yield
        window.tabifyDockWidget(window.display_dock, window.checks_dock)
        window.display_dock.raise_()
        window.setDockNestingEnabled(True)
        self._give_corners_to_the_sides()

    def _give_corners_to_the_sides(self) -> None:
        for corner, side in (
            (Qt.Corner.TopLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.TopRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
        ):
            self._window.setCorner(corner, side)

    def size_docks(self) -> None:
        """Give the panels their sizes, which a window that is seen heeds only once they are laid out."""
        window = self._window
        layout = window.layout()
        if layout is not None:
            layout.activate()
        self._resize_vertically(window.model_dock, window.method_dock, *LEFT_HEIGHTS)
        self._resize_vertically(window.maps_dock, window.display_dock, *RIGHT_HEIGHTS)
        sides = [dock for dock in (window.model_dock, window.maps_dock) if self._is_docked(dock)]
        if sides:
            window.resizeDocks(sides, [DOCK_WIDTH] * len(sides), Qt.Orientation.Horizontal)

    def reset(self) -> None:
        """Put every panel back to where it stands in a new window; a floating or closed one comes back."""
        window = self._window
        for dock in window.docks:
            dock.setFloating(False)
            window.removeDockWidget(dock)
        for _ in self.placement_steps():
            pass
        for dock in window.docks:
            dock.setVisible(dock is not window.study_dock)
        self.size_docks()
        self.raise_default_tabs()

    def raise_default_tabs(self) -> None:
        """Bring the panels of a new window in front of those that share their places; closed ones stay so."""
        window = self._window
        for dock in (window.model_dock, window.method_dock, window.maps_dock, window.display_dock):
            if not dock.isHidden():
                dock.raise_()

    def make_room_for_layers(self, seen: bool) -> None:
        """The layers take more room than the card: the tree, and the channels of a layer below it."""
        layers, method = self._window.layer_dock, self._window.method_dock
        shared = layers.height() + method.height()
        if seen and not layers.isFloating() and layers.height() < LAYERS_HEIGHT:
            self._resize_vertically(layers, method, LAYERS_HEIGHT, shared - LAYERS_HEIGHT)

    def make_room_for_study(self, seen: bool) -> None:
        """The study takes all the height that the card above it can do without."""
        card, study = self._window.model_dock, self._window.study_dock
        shared = card.height() + study.height()
        if seen and not study.isFloating() and study.height() < shared - MODEL_HEIGHT:
            self._resize_vertically(card, study, MODEL_HEIGHT, shared - MODEL_HEIGHT)

    def make_room_for_checks(self, seen: bool) -> None:
        """The checks take all the height that the list above them can do without."""
        maps, trust = self._window.maps_dock, self._window.checks_dock
        shared = maps.height() + trust.height()
        if seen and not trust.isFloating() and trust.height() < shared - MAPS_HEIGHT:
            self._resize_vertically(maps, trust, MAPS_HEIGHT, shared - MAPS_HEIGHT)

    def _resize_vertically(self, upper: QDockWidget, lower: QDockWidget, above: int, below: int) -> None:
        if self._is_docked(upper) and self._is_docked(lower):
            self._window.resizeDocks([upper, lower], [above, below], Qt.Orientation.Vertical)

    @staticmethod
    def _is_docked(dock: QDockWidget) -> bool:
        """Whether Qt can give the panel a size; it warns of one that floats or is closed."""
        return not (dock.isFloating() or dock.isHidden())

    def _name_tabs(self) -> None:
        """Name the tabs that Qt makes where panels share a place, for a screen reader."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        for tabs in self._window.findChildren(QTabBar, options=direct):
            tabs.setAccessibleName(self.tr("Panels"))
