"""Layout of the panels: two on each side, the others tabbed behind them, and their heights."""

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
PREDICTION_HEIGHT = 225
"""Height of the model card above the preparation: enough for the fit and the prediction."""
MAPS_HEIGHT = 150
LEFT_HEIGHTS = (270, 450)
RIGHT_HEIGHTS = (300, 420)


class DockLayout(QObject):
    """Layout of a window's docks, with space for those that need more."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.painted.connect(self._name_tabs)
        for dock in window.docks:
            dock.dockLocationChanged.connect(self._name_tabs)

    def placement_steps(self) -> Iterator[None]:
        """Place the docks, a few per step; each is styled as it is added."""
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
        window.tabifyDockWidget(window.method_dock, window.preparation_dock)
        window.tabifyDockWidget(window.preparation_dock, window.study_dock)
        window.tabifyDockWidget(window.study_dock, window.cohort_dock)
        window.method_dock.raise_()
        window.study_dock.hide()
        window.cohort_dock.hide()
        yield
        window.tabifyDockWidget(window.maps_dock, window.clusters_dock)
        window.tabifyDockWidget(window.clusters_dock, window.compare_dock)
        window.maps_dock.raise_()
        yield
        window.tabifyDockWidget(window.display_dock, window.checks_dock)
        window.display_dock.raise_()
        window.setDockNestingEnabled(True)
        self._assign_corners()

    def _assign_corners(self) -> None:
        for corner, side in (
            (Qt.Corner.TopLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.TopRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
        ):
            self._window.setCorner(corner, side)

    def size_docks(self) -> None:
        """Set the sizes of the docks; a visible window applies them only after its layout."""
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
        """Reset every dock to its default position; a floating or closed one is docked again."""
        window = self._window
        for dock in window.docks:
            dock.setFloating(False)
            window.removeDockWidget(dock)
        for _ in self.placement_steps():
            pass
        for dock in window.docks:
            dock.setVisible(dock not in (window.study_dock, window.cohort_dock))
        self.size_docks()
        self.raise_default_tabs()

    def raise_default_tabs(self) -> None:
        """Raise the default docks in their tab groups; closed ones stay closed."""
        window = self._window
        for dock in (window.model_dock, window.method_dock, window.maps_dock, window.display_dock):
            if not dock.isHidden():
                dock.raise_()

    def enlarge_layers(self, visible: bool) -> None:
        """Enlarge the layers dock at the expense of the model card."""
        layers, method = self._window.layer_dock, self._window.method_dock
        shared = layers.height() + method.height()
        if visible and not layers.isFloating() and layers.height() < LAYERS_HEIGHT:
            self._resize_vertically(layers, method, LAYERS_HEIGHT, shared - LAYERS_HEIGHT)

    def enlarge_study(self, visible: bool) -> None:
        """Give the study dock all the height that the dock above it can spare."""
        self._enlarge_dock(self._window.study_dock, visible)

    def enlarge_cohort(self, visible: bool) -> None:
        """Give the cohort dock all the height that the dock above it can spare."""
        self._enlarge_dock(self._window.cohort_dock, visible)

    def _enlarge_dock(self, dock: QDockWidget, visible: bool) -> None:
        card = self._window.model_dock
        shared = card.height() + dock.height()
        if visible and not dock.isFloating() and dock.height() < shared - MODEL_HEIGHT:
            self._resize_vertically(card, dock, MODEL_HEIGHT, shared - MODEL_HEIGHT)

    def enlarge_preparation(self, visible: bool) -> None:
        """Give the preparation dock the height that the prediction above it can spare."""
        card, preparation = self._window.model_dock, self._window.preparation_dock
        shared = card.height() + preparation.height()
        height = shared - PREDICTION_HEIGHT
        if visible and not preparation.isFloating() and preparation.height() < height:
            self._resize_vertically(card, preparation, PREDICTION_HEIGHT, height)

    def enlarge_checks(self, visible: bool) -> None:
        """Give the checks dock all the height that the list above it can spare."""
        maps, checks = self._window.maps_dock, self._window.checks_dock
        shared = maps.height() + checks.height()
        if visible and not checks.isFloating() and checks.height() < shared - MAPS_HEIGHT:
            self._resize_vertically(maps, checks, MAPS_HEIGHT, shared - MAPS_HEIGHT)

    def _resize_vertically(
        self, upper: QDockWidget, lower: QDockWidget, upper_height: int, lower_height: int
    ) -> None:
        if self._is_docked(upper) and self._is_docked(lower):
            self._window.resizeDocks([upper, lower], [upper_height, lower_height], Qt.Orientation.Vertical)

    @staticmethod
    def _is_docked(dock: QDockWidget) -> bool:
        """Return whether Qt can resize the dock; it warns for a floating or closed one."""
        return not (dock.isFloating() or dock.isHidden())

    def _name_tabs(self) -> None:
        """Set accessible names on the tabs of grouped docks."""
        find_options = Qt.FindChildOption.FindDirectChildrenOnly
        for tabs in self._window.findChildren(QTabBar, options=find_options):
            tabs.setAccessibleName(self.tr("Panels"))
