"""The main window: the order in which its parts are built, and what it does as a whole.

Its frame is on the screen as soon as Qt can paint. What is in it is imported and built afterwards, part by
part, so that the window answers in between. Where the parts stand is said in `central_widget` and
`dock_layout`, which of them hears which in `signal_connections`.

`menus`, `dock_layout` and `signal_connections` take the whole window and import it for its type alone: they
touch nearly all of its parts and its own actions, and a separate list of parts would repeat this class.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QStyle, QWidget

from viewer.session.session import Session
from viewer.window import theme as themes
from viewer.window.theme import icon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from viewer.scene.box import BoxScene
    from viewer.window.controller import Controller

TITLE = "Saliency Viewer"
LAYOUT_VERSION = 2
"""Which panels there are: a layout that was kept with others is not taken up again."""


class MainWindow(QMainWindow):
    """Everything a person sees: at first a frame, until `build` has built what is in it.

    Parameters
    ----------
    session
        What is shown.
    controller
        Who does what is asked for; it ends with the window.
    settings
        Where the layout is kept between runs; None keeps nothing.
    """

    painted = Signal()
    """The window is on the screen for the first time."""
    built = Signal()
    """Everything is in it."""

    def __init__(
        self,
        session: Session,
        controller: Controller,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.controller = controller
        controller.setParent(self)
        self._settings = settings
        self._painted = False
        self._is_built = False
        self._presenting = False
        self._saved_state = QByteArray()
        self.setWindowIcon(icon("app", themes.ACCENT))
        self.setWindowTitle(TITLE)
        self.resize(self._first_size())
        self._restore_setting("geometry", self.restoreGeometry)

    def sizeHint(self) -> QSize:
        """A window for a laptop."""
        return QSize(1280, 800)

    def _first_size(self) -> QSize:
        style, metric = self.style(), QStyle.PixelMetric
        side = 2 * style.pixelMetric(metric.PM_MdiSubWindowFrameWidth)
        frame = (side, side + style.pixelMetric(metric.PM_TitleBarHeight))
        return fit_to_screen(self.sizeHint(), self.screen().availableGeometry().size(), frame)

    # What is in it

    def build(self) -> None:
        """Build everything in the frame."""
        for _ in self.build_steps():
            pass

    def build_steps(self) -> Iterator[None]:
        """The same, a part between two steps; nothing new is seen before the last one."""
        self.setUpdatesEnabled(False)
        for part in (
            self._make_box,
            self._make_slices,
            self._make_panels,
            self._make_forms,
            self._make_clusters,
            self._make_layers,
            self._make_study,
            self._make_trust,
            self._lay_out,
        ):
            part()
            yield
        for _ in self.dock_layout.placement_steps():
            yield
        # The last that Tab comes to: the chain has the order in which widgets are put into the window.
        self.setStatusBar(self.status)
        for part in (self._connect, self.dock_layout.size_docks, self._restore_settings):
            part()
            yield
        self._update_title()
        self._is_built = True
        # A panel that floats is a window: switching updates on again does not reach it from here.
        for widget in (self, *self.docks):
            widget.setUpdatesEnabled(True)
        self.built.emit()

    def _make_box(self) -> None:
        from viewer.window.box_view import BoxView
        from viewer.window.compare_area import CompareArea
        from viewer.window.display_pipeline import DisplayPipeline

        self.display = DisplayPipeline(self.session, self.controller, self, self.controller.preloader)
        self.box = BoxView(self.session)
        self.compare_area = CompareArea(self.session, self.box, make_box_scene)

    def _make_slices(self) -> None:
        from viewer.scene.slice_plane import Orientation
        from viewer.window.mosaic import MosaicView
        from viewer.window.profile import ProfileView
        from viewer.window.slice_view import SliceView

        self.slices = tuple(SliceView(self.session, orientation) for orientation in Orientation)
        self.profiles = tuple(ProfileView(self.session, orientation) for orientation in Orientation)
        self.mosaic = MosaicView(self.session)

    def _make_panels(self) -> None:
        from viewer.window.maps_dock import MapsDock
        from viewer.window.model_dock import ModelDock
        from viewer.window.status_bar import StatusBar

        self.model_dock = ModelDock(self.session)
        self.maps_dock = MapsDock(self.session)
        self.status = StatusBar(self.session)

    def _make_forms(self) -> None:
        from viewer.window.display_dock import DisplayDock
        from viewer.window.method_dock import MethodDock

        self.method_dock = MethodDock(self.session)
        self.display_dock = DisplayDock(self.session)

    def _make_clusters(self) -> None:
        from viewer.window.cluster_tooltip import ClusterTooltip
        from viewer.window.clusters_dock import ClustersDock
        from viewer.window.compare_dock import CompareDock
        from viewer.window.comparison_pipeline import ComparisonPipeline

        self.cluster_tooltip = ClusterTooltip(self.session, self.display, self.controller, self)
        self.clusters_dock = ClustersDock(self.session, self.display, self.controller)
        self.comparison_pipeline = ComparisonPipeline(self.session, self.display, self.controller, self)
        self.compare_dock = CompareDock(self.session)

    def _make_layers(self) -> None:
        from viewer.window.feature_visualization import FeatureVisualizer
        from viewer.window.layer_dock import LayerDock

        self.layer_dock = LayerDock(self.session, self.controller)
        self.features = FeatureVisualizer(self.session, self.controller, self.layer_dock)

    def _make_study(self) -> None:
        from viewer.window.study_dock import StudyDock

        self.study_dock = StudyDock(self.session, self.controller)

    def _make_trust(self) -> None:
        from viewer.window.checks_dock import ChecksDock
        from viewer.window.exports import Exports
        from viewer.window.file_actions import FileActions
        from viewer.window.file_dialogs import FileDialogs
        from viewer.window.unsaved_work import UnsavedWork

        self.checks_dock = ChecksDock(self.session, self.controller, self.display)
        self.file_dialogs = FileDialogs(self, self.session, self._settings)
        self.file_actions = FileActions(self, self.controller, self.file_dialogs, self._settings)
        self.exports = Exports(self, self.controller, self.file_dialogs)
        self.checks_dock.set_file_dialogs(self.file_dialogs)
        self.unsaved = UnsavedWork(self, self.controller, self.file_actions, self.study_dock)

    def _lay_out(self) -> None:
        from viewer.window.central_widget import CentralWidget
        from viewer.window.dock_layout import DockLayout

        self.central = CentralWidget(self.session, self.compare_area, self.slices, self.profiles, self.mosaic)
        self.setCentralWidget(self.central)
        self.dock_layout = DockLayout(self)

    def _connect(self) -> None:
        from viewer.window.menus import Menus
        from viewer.window.presentation import Presentation
        from viewer.window.signal_connections import SignalConnections

        self.menus = Menus(self)
        self.presentation = Presentation(self.session, self.display, self.box)
        self.signal_connections = SignalConnections(self)
        self.setAcceptDrops(True)
        self.session.subscribe(self._apply_theme, "theme")
        self.session.subscribe(self._update_title, "scan", "model")

    @property
    def is_built(self) -> bool:
        """Return whether panels, menus and dialogs are there."""
        return self._is_built

    @property
    def docks(self) -> tuple[QDockWidget, ...]:
        """The panels: two on the left, two on the right, and those that share the place of another."""
        return (
            self.model_dock,
            self.method_dock,
            self.maps_dock,
            self.display_dock,
            self.layer_dock,
            self.study_dock,
            self.clusters_dock,
            self.compare_dock,
            self.checks_dock,
        )

    # What it says of itself

    def _apply_theme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            themes.apply_theme(app, self.session.view.theme)

    def _update_title(self) -> None:
        scan, model = self.session.scan, self.session.model
        names = [part for part in (scan and scan.name, model and model.card.name) if part]
        self.setWindowTitle(" · ".join([*names, TITLE]))

    # Presentation mode

    def toggle_presentation(self) -> None:
        """Show only the box, over the whole screen, turning slowly; and back, with the camera as it was."""
        self._presenting = not self._presenting
        if self._presenting:
            self._saved_state = self.saveState()
        for widget in (self.menuBar(), self.status, self.central.below, *self.docks):
            widget.setVisible(not self._presenting)
        if self._presenting:
            self.presentation.start()
        else:
            self.presentation.stop()
        full = Qt.WindowState.WindowFullScreen
        if self._presenting:
            self.setWindowState(self.windowState() | full)
        else:
            self.setWindowState(self.windowState() & ~full)
            self.restoreState(self._saved_state)

    def cancel(self) -> None:
        """Stop what is being computed, or the presentation."""
        if self._presenting:
            self.toggle_presentation()
        else:
            self.controller.cancel()

    # Events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are welcome."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped, each file as what it is."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.controller.open_any(paths)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The program's name while there is nothing else, and once the word that the window can be seen."""
        super().paintEvent(event)
        if not self._is_built:
            painter = QPainter(self)
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, TITLE)
            painter.end()
        if not self._painted:
            self._painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the work, give the scene back, keep the layout; not before unsaved work was asked about."""
        if self._is_built and not self.controller.closed and not self.unsaved.may_close():
            event.ignore()
            return
        self._save_settings()
        self.hide()
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """Stop everything that works for this window; safe to call again."""
        self.controller.close()
        if self._is_built:
            self.study_dock.shut_down()
            self.compare_area.close_scenes()

    def _save_settings(self) -> None:
        if self._settings is not None and self._is_built and not self._presenting:
            self._settings.setValue("geometry", self.saveGeometry())
            self._settings.setValue("state", self.saveState(LAYOUT_VERSION))
            self._settings.setValue("centre", self.central.saveState())
            self._settings.setValue("theme", str(self.session.view.theme))
            self._settings.setValue("convention", str(self.session.view.convention))

    def _restore_settings(self) -> None:
        self._restore_setting("state", lambda kept: self.restoreState(kept, LAYOUT_VERSION))
        self._restore_setting("centre", self.central.restoreState)
        self.dock_layout.raise_default_tabs()

    def reset_panels(self) -> None:
        """Put the panels, the box and the slices back to where they stand in a new window."""
        self.dock_layout.reset()
        self.central.reset_sizes()

    def _restore_setting(self, name: str, restore: Callable[[QByteArray], object]) -> None:
        kept = None if self._settings is None else self._settings.value(name)
        if isinstance(kept, QByteArray):
            restore(kept)


def fit_to_screen(wanted: QSize, room: QSize, frame: tuple[int, int]) -> QSize:
    """Return the wanted size, or as much of it as the screen has room for inside a frame (width, height)."""
    return wanted.boundedTo(room - QSize(*frame))


def make_box_scene() -> BoxScene:
    """A scene of its own; by then its libraries are there."""
    from viewer.scene.box import BoxScene

    return BoxScene()
