"""Main window: construction of its widgets, presentation mode, drag and drop, saved layout.

The empty window is shown as soon as Qt can paint. Its widgets are imported and built afterwards, step by
step, so that the window stays responsive. `central_widget` and `dock_layout` define the layout,
`signal_connections` the connections between the widgets.

`menus`, `dock_layout` and `signal_connections` take the main window and import it only as a type: they use
nearly all of its parts and its own actions, and a separate list of parts would repeat this class.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QStyle, QWidget

from viewer.session.session import Session
from viewer.window import theme as themes
from viewer.window.theme import make_icon
from viewer.window.translation import (
    SETTING,
    Language,
    find_chosen_language,
    format_numbers,
    translate_caption,
    translate_sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from viewer.scene.box import BoxScene
    from viewer.window.controller import Controller

TITLE = "Saliency Viewer"
LAYOUT_VERSION = 4
"""Version of the set of panels."""

LAYOUT_WITHOUT_COHORT, LAYOUT_WITHOUT_PREPARATION = 3, 2
"""Versions of the layouts saved before the Cohort panel, and before the Prepare panel, existed."""


class MainWindow(QMainWindow):
    """Main window, empty until `build` has built its widgets.

    Parameters
    ----------
    session
        Session to show.
    controller
        Runs the tasks; it is closed with the window.
    settings
        Storage of the layout between runs; None saves nothing.
    """

    painted = Signal()
    """Emitted when the window is painted for the first time."""
    built = Signal()
    """Emitted when all widgets are built."""

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
        self._was_painted = False
        self._is_built = False
        self._is_presenting = False
        self._saved_state = QByteArray()
        self.setWindowIcon(make_icon("app", themes.ACCENT))
        self.setWindowTitle(TITLE)
        self.resize(self._initial_size())
        self._restore_setting("geometry", self.restoreGeometry)

    def sizeHint(self) -> QSize:
        """Return a size that suits a laptop."""
        return QSize(1280, 800)

    def _initial_size(self) -> QSize:
        style, metric = self.style(), QStyle.PixelMetric
        side = 2 * style.pixelMetric(metric.PM_MdiSubWindowFrameWidth)
        frame = (side, side + style.pixelMetric(metric.PM_TitleBarHeight))
        return fit_to_screen(self.sizeHint(), self.screen().availableGeometry().size(), frame)

    # Construction

    def build(self) -> None:
        """Build all widgets of the window."""
        for _ in self.build_steps():
            pass

    def build_steps(self) -> Iterator[None]:
        """Build the widgets like `build`, one part per step; repainting resumes after the last step."""
        self.setUpdatesEnabled(False)
        for step in (
            self._make_box,
            self._make_slices,
            self._make_panels,
            self._make_forms,
            self._make_clusters,
            self._make_layers,
            self._make_study,
            self._make_cohort,
            self._make_preparation,
            self._make_checks_dock,
            self._lay_out,
        ):
            step()
            yield
        for _ in self.dock_layout.placement_steps():
            yield
        # Added last to be last in the tab order, which is the order of addition.
        self.setStatusBar(self.status)
        for step in (self._connect, self.dock_layout.size_docks, self._restore_settings):
            step()
            yield
        self._update_title()
        self._is_built = True
        # A floating panel is a separate window, which the main window's setUpdatesEnabled does not affect.
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
        from viewer.window.kept_maps_pipeline import KeptMapsPipeline

        self.cluster_tooltip = ClusterTooltip(self.session, self.display, self.controller, self)
        self.clusters_dock = ClustersDock(self.session, self.display, self.controller)
        self.comparison_pipeline = ComparisonPipeline(self.session, self.display, self.controller, self)
        self.kept_maps_pipeline = KeptMapsPipeline(self.session, self.display, self.controller, self)
        self.compare_dock = CompareDock(self.session)

    def _make_layers(self) -> None:
        from viewer.window.feature_visualization import FeatureVisualizer
        from viewer.window.layer_dock import LayerDock

        self.layer_dock = LayerDock(self.session, self.controller)
        self.feature_visualizer = FeatureVisualizer(self.session, self.controller, self.layer_dock)

    def _make_study(self) -> None:
        from viewer.window.study_dock import StudyDock

        self.study_dock = StudyDock(self.session, self.controller)

    def _make_cohort(self) -> None:
        from viewer.window.cohort_dock import CohortDock

        self.cohort_dock = CohortDock(self.session, self.controller)

    def _make_preparation(self) -> None:
        from viewer.window.outline_display import OutlineDisplay
        from viewer.window.predicted_body import PredictedBodyFinder
        from viewer.window.preparation_dock import PreparationDock

        self.preparation_dock = PreparationDock(self.session, self.controller)
        self.outline_display = OutlineDisplay(self.session, self.controller, self)
        self.body_finder = PredictedBodyFinder(self.session, self.controller, self)

    def _make_checks_dock(self) -> None:
        from viewer.window.checks_dock import ChecksDock
        from viewer.window.clinical_exports import ClinicalExports
        from viewer.window.examples import Examples
        from viewer.window.exports import Exports
        from viewer.window.file_actions import FileActions
        from viewer.window.file_dialogs import FileDialogs
        from viewer.window.unsaved_work import UnsavedWork

        self.checks_dock = ChecksDock(self.session, self.controller, self.display)
        self.file_dialogs = FileDialogs(self, self.session, self._settings)
        self.file_actions = FileActions(self, self.controller, self.file_dialogs, self._settings)
        self.exports = Exports(self, self.controller, self.file_dialogs)
        self.clinical_exports = ClinicalExports(self, self.controller, self.file_dialogs)
        self.checks_dock.set_file_dialogs(self.file_dialogs)
        self.examples = Examples(
            self.controller, self.preparation_dock, self.study_dock, self.compare_dock, self
        )
        self.unsaved_work = UnsavedWork(self, self.controller, self.file_actions, self.study_dock)

    def _lay_out(self) -> None:
        from viewer.window.central_widget import CentralWidget
        from viewer.window.dock_layout import DockLayout

        self.central = CentralWidget(self.session, self.compare_area, self.slices, self.profiles, self.mosaic)
        self.setCentralWidget(self.central)
        self.dock_layout = DockLayout(self)

    def _connect(self) -> None:
        from viewer.window.menus import Menus
        from viewer.window.presentation import Presentation
        from viewer.window.saved_layouts import SavedLayouts
        from viewer.window.signal_connections import SignalConnections

        self.layouts = SavedLayouts(self, self._settings, self._read_layout, self._restore_saved_layout)
        self.menus = Menus(self)
        self.presentation = Presentation(self.session, self.display, self.box)
        self.signal_connections = SignalConnections(self)
        self.setAcceptDrops(True)
        self.session.subscribe(self._apply_theme, "theme")
        self.session.subscribe(self._update_title, "scan", "model")

    @property
    def is_built(self) -> bool:
        """Whether panels, menus and dialogs are built."""
        return self._is_built

    @property
    def docks(self) -> tuple[QDockWidget, ...]:
        """All panels: two on the left, two on the right, and those tabbed with them."""
        return (
            self.model_dock,
            self.method_dock,
            self.maps_dock,
            self.display_dock,
            self.layer_dock,
            self.preparation_dock,
            self.study_dock,
            self.cohort_dock,
            self.clusters_dock,
            self.compare_dock,
            self.checks_dock,
        )

    # Theme and title

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
        """Toggle presentation mode: the box in full screen, rotating. Restore the camera when leaving."""
        self._is_presenting = not self._is_presenting
        if self._is_presenting:
            self._saved_state = self.saveState()
        for widget in (self.menuBar(), self.status, self.central.lower_stack, *self.docks):
            widget.setVisible(not self._is_presenting)
        if self._is_presenting:
            self.presentation.start()
        else:
            self.presentation.stop()
        full = Qt.WindowState.WindowFullScreen
        if self._is_presenting:
            self.setWindowState(self.windowState() | full)
        else:
            self.setWindowState(self.windowState() & ~full)
            self.restoreState(self._saved_state)

    def cancel(self) -> None:
        """Leave presentation mode, or cancel the running tasks."""
        if self._is_presenting:
            self.toggle_presentation()
        else:
            self.controller.cancel()

    # Events

    def dragEnterEvent(self, event: QDragMoveEvent) -> None:
        """Accept files."""
        if event.mimeData().hasUrls():
            self._accept_as_copy(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Keep accepting the files as a copy."""
        self.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped files, each according to its type."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self._accept_as_copy(event)
            self.controller.open_any(paths)

    @staticmethod
    def _accept_as_copy(event: QDropEvent) -> None:
        event.acceptProposedAction()
        # Qt proposes a move between programs, after which the source program may delete the file.
        if event.possibleActions() & Qt.DropAction.CopyAction:
            event.setDropAction(Qt.DropAction.CopyAction)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the program's name until the widgets are built; emit `painted` the first time."""
        super().paintEvent(event)
        if not self._is_built:
            painter = QPainter(self)
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, TITLE)
            painter.end()
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work; then save the layout, stop the tasks and release the scenes."""
        if self._is_built and not self.controller.is_closed and not self.unsaved_work.may_close():
            event.ignore()
            return
        self._save_settings()
        self.hide()
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """Stop all tasks of this window and release its resources; safe to call again."""
        self.controller.close()
        if self._is_built:
            self.study_dock.shut_down()
            self.compare_area.close_scenes()

    def _save_settings(self) -> None:
        if self._settings is not None and self._is_built and not self._is_presenting:
            self._settings.setValue("geometry", self.saveGeometry())
            self._settings.setValue("state", self.saveState(LAYOUT_VERSION))
            self._settings.setValue("centre", self.central.saveState())
            self._settings.setValue("theme", str(self.session.view.theme))
            self._settings.setValue("convention", str(self.session.view.convention))

    def _restore_settings(self) -> None:
        self._restore_setting("state", self._restore_layout)
        self._restore_setting("centre", self.central.restoreState)
        self.dock_layout.raise_default_tabs()

    @property
    def language(self) -> Language:
        """Language chosen for the next start."""
        return find_chosen_language(self._settings)

    def set_language(self, language: Language) -> None:
        """Save the language for the next start."""
        if self._settings is not None:
            self._settings.setValue(SETTING, str(language))
        self.controller.message.emit(self.tr("The language changes when the program is started again."))

    def _restore_layout(self, state: QByteArray) -> None:
        """Restore a saved layout; panels missing from it become tabs in their default places."""
        if self.restoreState(state, LAYOUT_VERSION):
            return
        without_preparation = self.restoreState(state, LAYOUT_WITHOUT_PREPARATION)
        if without_preparation:
            self.tabifyDockWidget(self.method_dock, self.preparation_dock)
            self.preparation_dock.show()
        if without_preparation or self.restoreState(state, LAYOUT_WITHOUT_COHORT):
            self.tabifyDockWidget(self.study_dock, self.cohort_dock)
            self.cohort_dock.hide()

    def _read_layout(self) -> tuple[QByteArray, QByteArray]:
        return self.saveState(LAYOUT_VERSION), self.central.saveState()

    def _restore_saved_layout(self, state: QByteArray, centre: QByteArray) -> None:
        self._restore_layout(state)
        self.central.restoreState(centre)

    def reset_panels(self) -> None:
        """Restore the default layout of the panels, the box and the slices."""
        self.dock_layout.reset()
        self.central.reset_sizes()

    def _restore_setting(self, name: str, restore: Callable[[QByteArray], object]) -> None:
        value = None if self._settings is None else self._settings.value(name)
        if isinstance(value, QByteArray):
            restore(value)


def fit_to_screen(preferred_size: QSize, screen_size: QSize, frame_size: tuple[int, int]) -> QSize:
    """Return the wanted size, reduced to the space on the screen inside a frame (width, height)."""
    return preferred_size.boundedTo(screen_size - QSize(*frame_size))


def make_box_scene() -> BoxScene:
    """Create a box scene; the import is local because its libraries are loaded late."""
    from viewer.scene.box import BoxScene
    from viewer.scene.label_language import LabelLanguage

    return BoxScene(LabelLanguage(translate_caption, translate_sentence, format_numbers))
