"""The main window: the order in which its parts are built, and what it does as a whole.

Its frame is on the screen as soon as Qt can paint. What is in it is imported and built afterwards, part by
part, so that the window answers in between. Where the parts stand is said in `centre` and `docking`, which of
them hears which in `wiring`.
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
from viewer.window.icons import icon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from viewer.scene.box import BoxScene
    from viewer.window.desk import Desk

TITLE = "Saliency Viewer"
LAYOUT = 2
"""Which panels there are: a layout that was kept with others is not taken up again."""


class MainWindow(QMainWindow):
    """Everything a person sees: at first a frame, until `furnish` has built what is in it.

    Parameters
    ----------
    session
        What is shown.
    desk
        Who does what is asked for; it ends with the window.
    settings
        Where the layout is kept between runs; None keeps nothing.
    """

    painted = Signal()
    """The window is on the screen for the first time."""
    furnished = Signal()
    """Everything is in it."""

    def __init__(
        self, session: Session, desk: Desk, settings: QSettings | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.desk = desk
        desk.setParent(self)
        self._settings = settings
        self._painted = False
        self._furnished = False
        self._presenting = False
        self._kept_state = QByteArray()
        self.setWindowIcon(icon("app", themes.ACCENT))
        self.setWindowTitle(TITLE)
        self.resize(self._first_size())
        self._restore_one("geometry", self.restoreGeometry)

    def sizeHint(self) -> QSize:
        """A window for a laptop."""
        return QSize(1280, 800)

    def _first_size(self) -> QSize:
        style, metric = self.style(), QStyle.PixelMetric
        side = 2 * style.pixelMetric(metric.PM_MdiSubWindowFrameWidth)
        frame = (side, side + style.pixelMetric(metric.PM_TitleBarHeight))
        return first_size(self.sizeHint(), self.screen().availableGeometry().size(), frame)

    # What is in it

    def furnish(self) -> None:
        """Build everything in the frame."""
        for _ in self.furnishing():
            pass

    def furnishing(self) -> Iterator[None]:
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
        for _ in self.docking.placing():
            yield
        # The last that Tab comes to: the chain has the order in which widgets are put into the window.
        self.setStatusBar(self.status)
        for part in (self._connect, self.docking.share_out, self._restore):
            part()
            yield
        self._retitle()
        self._furnished = True
        # A panel that floats is a window: switching updates on again does not reach it from here.
        for widget in (self, *self.docks):
            widget.setUpdatesEnabled(True)
        self.furnished.emit()

    def _make_box(self) -> None:
        from viewer.window.box_view import BoxView
        from viewer.window.compare_area import CompareArea
        from viewer.window.showing import Showing

        self.showing = Showing(self.session, self.desk, self, self.desk.ahead)
        self.box = BoxView(self.session)
        self.area = CompareArea(self.session, self.box, box_scene)

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
        from viewer.window.status import StatusBar

        self.model_dock = ModelDock(self.session)
        self.maps_dock = MapsDock(self.session)
        self.status = StatusBar(self.session)

    def _make_forms(self) -> None:
        from viewer.window.method_dock import MethodDock
        from viewer.window.show_dock import ShowDock

        self.method_dock = MethodDock(self.session)
        self.show_dock = ShowDock(self.session)

    def _make_clusters(self) -> None:
        from viewer.window.clusters_dock import ClustersDock
        from viewer.window.compare_dock import CompareDock
        from viewer.window.comparing import Comparing
        from viewer.window.naming import Naming

        self.naming = Naming(self.session, self.showing, self.desk, self)
        self.clusters_dock = ClustersDock(self.session, self.showing, self.desk)
        self.comparing = Comparing(self.session, self.showing, self.desk, self)
        self.compare_dock = CompareDock(self.session)

    def _make_layers(self) -> None:
        from viewer.window.features_show import FeatureShow
        from viewer.window.layer_dock import LayerDock

        self.layer_dock = LayerDock(self.session, self.desk)
        self.features = FeatureShow(self.session, self.desk, self.layer_dock)

    def _make_study(self) -> None:
        from viewer.window.study_dock import StudyDock

        self.study_dock = StudyDock(self.session, self.desk)

    def _make_trust(self) -> None:
        from viewer.window.asking import Asking
        from viewer.window.exports import Exports
        from viewer.window.file_dialogs import FileDialogs
        from viewer.window.trust_dock import TrustDock
        from viewer.window.unsaved import UnsavedWork

        self.trust_dock = TrustDock(self.session, self.desk, self.showing)
        self.files = FileDialogs(self, self.session, self._settings)
        self.asking = Asking(self, self.desk, self.files, self._settings)
        self.exports = Exports(self, self.desk, self.files)
        self.trust_dock.set_files(self.files)
        self.unsaved = UnsavedWork(self, self.desk, self.asking, self.study_dock)

    def _lay_out(self) -> None:
        from viewer.window.centre import Centre
        from viewer.window.docking import Docking

        self.centre = Centre(self.session, self.area, self.slices, self.profiles, self.mosaic)
        self.setCentralWidget(self.centre)
        self.docking = Docking(self)

    def _connect(self) -> None:
        from viewer.window.menus import Menus
        from viewer.window.presentation import Presentation
        from viewer.window.wiring import Wiring

        self.menus = Menus(self)
        self.presentation = Presentation(self.session, self.showing, self.box)
        self.wiring = Wiring(self)
        self.setAcceptDrops(True)
        self.session.subscribe(self._retheme, "theme")
        self.session.subscribe(self._retitle, "scan", "model")

    @property
    def is_furnished(self) -> bool:
        """Return whether panels, menus and dialogs are there."""
        return self._furnished

    @property
    def docks(self) -> tuple[QDockWidget, ...]:
        """The panels: two on the left, two on the right, and those that share the place of another."""
        return (
            self.model_dock,
            self.method_dock,
            self.maps_dock,
            self.show_dock,
            self.layer_dock,
            self.study_dock,
            self.clusters_dock,
            self.compare_dock,
            self.trust_dock,
        )

    # What it says of itself

    def _retheme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            themes.apply(app, self.session.view.theme)

    def _retitle(self) -> None:
        scan, model = self.session.scan, self.session.model
        names = [part for part in (scan and scan.name, model and model.card.name) if part]
        self.setWindowTitle(" · ".join([*names, TITLE]))

    # Presentation mode

    def present(self) -> None:
        """Show only the box, over the whole screen, turning slowly; and back, with the camera as it was."""
        self._presenting = not self._presenting
        if self._presenting:
            self._kept_state = self.saveState()
        for widget in (self.menuBar(), self.status, self.centre.below, *self.docks):
            widget.setVisible(not self._presenting)
        if self._presenting:
            self.presentation.begin()
        else:
            self.presentation.end()
        full = Qt.WindowState.WindowFullScreen
        if self._presenting:
            self.setWindowState(self.windowState() | full)
        else:
            self.setWindowState(self.windowState() & ~full)
            self.restoreState(self._kept_state)

    def cancel(self) -> None:
        """Stop what is being computed, or the presentation."""
        if self._presenting:
            self.present()
        else:
            self.desk.cancel()

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
            self.desk.open_any(paths)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The program's name while there is nothing else, and once the word that the window can be seen."""
        super().paintEvent(event)
        if not self._furnished:
            painter = QPainter(self)
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, TITLE)
            painter.end()
        if not self._painted:
            self._painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the work, give the scene back, keep the layout; not before unsaved work was asked about."""
        if self._furnished and not self.desk.closed and not self.unsaved.may_close():
            event.ignore()
            return
        self._keep()
        self.hide()
        self.shut()
        super().closeEvent(event)

    def shut(self) -> None:
        """Stop everything that works for this window; safe to call again."""
        self.desk.close()
        if self._furnished:
            self.study_dock.shut()
            self.area.close_scenes()

    def _keep(self) -> None:
        if self._settings is not None and self._furnished and not self._presenting:
            self._settings.setValue("geometry", self.saveGeometry())
            self._settings.setValue("state", self.saveState(LAYOUT))
            self._settings.setValue("centre", self.centre.saveState())
            self._settings.setValue("theme", str(self.session.view.theme))
            self._settings.setValue("convention", str(self.session.view.convention))

    def _restore(self) -> None:
        self._restore_one("state", lambda kept: self.restoreState(kept, LAYOUT))
        self._restore_one("centre", self.centre.restoreState)
        self.docking.raise_default_tabs()

    def reset_panels(self) -> None:
        """Put the panels, the box and the slices back to where they stand in a new window."""
        self.docking.reset()
        self.centre.share_out()

    def _restore_one(self, name: str, restore: Callable[[QByteArray], object]) -> None:
        kept = None if self._settings is None else self._settings.value(name)
        if isinstance(kept, QByteArray):
            restore(kept)


def first_size(wanted: QSize, room: QSize, frame: tuple[int, int]) -> QSize:
    """Return the wanted size, or as much of it as the screen has room for inside a frame (width, height)."""
    return wanted.boundedTo(room - QSize(*frame))


def box_scene() -> BoxScene:
    """A scene of its own; by then its libraries are there."""
    from viewer.scene.box import BoxScene

    return BoxScene()
