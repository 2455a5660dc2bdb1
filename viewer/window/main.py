"""The main window: panels, the box above the three slices, and what connects them.

Its frame is on the screen as soon as Qt can paint. What is in it is imported and built afterwards, part by
part, so that the window answers in between.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from viewer.session.session import Session
from viewer.session.view import Layout
from viewer.window import theme as themes
from viewer.window.icons import icon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from viewer.scene.box import BoxScene
    from viewer.scene.content import MapContent, ScanContent
    from viewer.window.desk import Desk
    from viewer.window.work import Doing

TITLE = "Saliency Viewer"
LAYERS_HEIGHT = 430
LAYOUT = 2
"""Which panels there are: a layout that was kept with others is not taken up again."""
CARD_HEIGHT = 120


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
        self.resize(self.sizeHint())
        self._restore_one("geometry", self.restoreGeometry)

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
            self._connect,
        ):
            part()
            yield
        self._share_out()
        self._restore()
        self._retitle()
        self._furnished = True
        self.setUpdatesEnabled(True)
        self.furnished.emit()

    def _make_box(self) -> None:
        from viewer.window.box_view import BoxView
        from viewer.window.compare_area import CompareArea
        from viewer.window.showing import Showing

        self.showing = Showing(self.session, self.desk, self, self.desk.ahead)
        self.box = BoxView(self.session)
        self.area = CompareArea(self.session, self.box, box_scene)

    def _make_slices(self) -> None:
        from viewer.scene.plane import Orientation
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
        self._status = StatusBar(self.session)
        self.setStatusBar(self._status)

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
        from viewer.window.trust_dock import TrustDock

        self.trust_dock = TrustDock(self.session, self.desk, self.showing)
        self.asking = Asking(self, self.desk, self._settings)
        self.exports = Exports(self, self.desk)

    def sizeHint(self) -> QSize:
        """A window for a laptop."""
        return QSize(1280, 800)

    # Layout

    def _lay_out(self) -> None:
        row = QSplitter(Qt.Orientation.Horizontal)
        for view, profile in zip(self.slices, self.profiles, strict=True):
            row.addWidget(stacked(view, profile))
            view.set_beside([other for other in self.slices if other is not view])
        row.setChildrenCollapsible(False)
        row.setHandleWidth(4)
        self._centre = QSplitter(Qt.Orientation.Vertical)
        self._centre.addWidget(self.area)
        self._below = QStackedWidget()
        self._below.addWidget(row)
        self._below.addWidget(self.mosaic)
        self._centre.addWidget(self._below)
        self._centre.setSizes([440, 300])
        self._centre.setStretchFactor(0, 5)
        self._centre.setStretchFactor(1, 3)
        self._centre.setHandleWidth(4)
        self._centre.setChildrenCollapsible(False)
        self._row = row
        self.setCentralWidget(self._centre)
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self.painted.connect(self._name_tabs)
        for dock in self.docks:
            dock.dockLocationChanged.connect(self._name_tabs)
        for side, docks in ((left, self.docks[:2]), (right, self.docks[2:4])):
            for dock in docks:
                self.addDockWidget(side, dock)
        self.tabifyDockWidget(self.model_dock, self.layer_dock)
        self.model_dock.raise_()
        self.tabifyDockWidget(self.method_dock, self.study_dock)
        self.study_dock.hide()
        self.tabifyDockWidget(self.maps_dock, self.clusters_dock)
        self.tabifyDockWidget(self.clusters_dock, self.compare_dock)
        self.maps_dock.raise_()
        self.tabifyDockWidget(self.show_dock, self.trust_dock)
        self.show_dock.raise_()
        self.setDockNestingEnabled(True)
        for corner, side in (
            (Qt.Corner.TopLeftCorner, left),
            (Qt.Corner.BottomLeftCorner, left),
            (Qt.Corner.TopRightCorner, right),
            (Qt.Corner.BottomRightCorner, right),
        ):
            self.setCorner(corner, side)

    def _share_out(self) -> None:
        """Give the panels their sizes, which a window that is seen heeds only once they are laid out."""
        from viewer.window.panel import WIDTH

        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.resizeDocks(list(self.docks[:2]), [270, 450], Qt.Orientation.Vertical)
        self.resizeDocks(list(self.docks[2:4]), [300, 420], Qt.Orientation.Vertical)
        self.resizeDocks([self.docks[0], self.docks[2]], [WIDTH, WIDTH], Qt.Orientation.Horizontal)

    def _name_tabs(self) -> None:
        """Name the tabs that Qt makes where panels share a place, for a screen reader."""
        for tabs in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            tabs.setAccessibleName(self.tr("Panels"))

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

    # Wiring

    def _connect(self) -> None:
        from viewer.window.menus import Menus

        self.menus = Menus(self)
        self.setAcceptDrops(True)
        session, desk, showing = self.session, self.desk, self.showing
        for view in self.slices:
            showing.range_changed.connect(view.set_range)
            for other in self.slices:
                view.range_asked.connect(other.set_range)
            showing.overlay_changed.connect(view.set_overlay)
        showing.range_changed.connect(self.mosaic.set_range)
        showing.overlay_changed.connect(self.mosaic.set_overlay)
        showing.scan_changed.connect(self._scan_shown)
        showing.map_changed.connect(self._map_shown)
        self.box.set_naming(self.naming.name)
        self.naming.ready.connect(self.box.look)
        showing.counts_changed.connect(self.show_dock.set_counts)
        for box in self.area.boxes:
            self.show_dock.dragging.connect(box.set_coarse)
        self.comparing.changed.connect(self.area.set_compared)
        self.comparing.told.connect(self.compare_dock.set_numbers)
        self.comparing.refused.connect(self.compare_dock.refuse)
        for view in self.slices:
            self.comparing.overlay_changed.connect(view.set_second)
            self.area.shared.connect(view.set_share)
        self.model_dock.open_asked.connect(self.asking.open_model)
        self.maps_dock.open_asked.connect(self.asking.open_map)
        self.maps_dock.save_asked.connect(self.asking.save_map)
        self.clusters_dock.atlas_asked.connect(self.exports.open_atlas)
        self.clusters_dock.csv_asked.connect(self.exports.save_clusters)
        self.trust_dock.mask_asked.connect(lambda: self.trust_dock.set_mask(self.asking.ask_mask()))
        self.layer_dock.visibilityChanged.connect(self._make_room)
        self.study_dock.visibilityChanged.connect(self._make_room_for_study)
        self.layer_dock.layer_chosen.connect(self.method_dock.choose_layer)
        self.method_dock.compute_asked.connect(desk.compute)
        self.method_dock.region.file_asked.connect(self._ask_mask)
        self.method_dock.cancel_asked.connect(lambda: desk.cancel_computing())
        self.method_dock.queue.dropped.connect(desk.cancel_computing)
        desk.queue_changed.connect(self.method_dock.queue.show_waiting)
        desk.computing_changed.connect(self.method_dock.set_computing)
        desk.doing_changed.connect(self._show_doing)
        desk.loading_changed.connect(self.model_dock.show_loading)
        desk.loading_changed.connect(self.method_dock.show_loading)
        desk.device_found.connect(self._status.set_device)
        desk.said.connect(lambda words: self._status.showMessage(words, 8000))
        self._status.cancel_asked.connect(desk.cancel)
        session.subscribe(self._retheme, "theme")
        session.subscribe(self._retitle, "scan", "model")
        session.subscribe(self._sign_changed, "sign")
        session.subscribe(self._lay_below, "layout")
        self._lay_below()

    def _scan_shown(self, content: ScanContent) -> None:
        from viewer.window.slice_frame import MARGIN

        self.box.set_scan(content)
        frame = content.frame
        widths = []
        self.mosaic.set_fitted(frame.low, frame.high)
        for profile in self.profiles:
            profile.set_fitted(frame.low, frame.high)
        for view in self.slices:
            view.set_fitted(frame.low, frame.high)
            shown = view.plane
            if shown is not None:
                widths.append(round(shown.part(frame.low, frame.high)[2]) + 2 * round(MARGIN))
        self._row.setSizes(widths)

    def _lay_below(self) -> None:
        mosaic = self.session.view.layout is Layout.MOSAIC
        self._below.setCurrentWidget(self.mosaic if mosaic else self._row)

    def _make_room(self, seen: bool) -> None:
        """The layers take more room than the card: the tree, and the channels of a layer below it."""
        shared = self.layer_dock.height() + self.method_dock.height()
        if seen and not self.layer_dock.isFloating() and self.layer_dock.height() < LAYERS_HEIGHT:
            self.resizeDocks(
                [self.layer_dock, self.method_dock],
                [LAYERS_HEIGHT, shared - LAYERS_HEIGHT],
                Qt.Orientation.Vertical,
            )

    def _make_room_for_study(self, seen: bool) -> None:
        """The study takes all the height that the card above it can do without."""
        shared = self.model_dock.height() + self.study_dock.height()
        if seen and not self.study_dock.isFloating() and self.study_dock.height() < shared - CARD_HEIGHT:
            self.resizeDocks(
                [self.model_dock, self.study_dock],
                [CARD_HEIGHT, shared - CARD_HEIGHT],
                Qt.Orientation.Vertical,
            )

    def _map_shown(self, content: MapContent | None) -> None:
        self.box.set_map(content)
        for profile in self.profiles:
            profile.set_prepared(self.showing.prepared)
        self.show_dock.set_ranking(self.showing.ranking)

    def _show_doing(self, doing: Doing | None) -> None:
        self._status.show_doing(doing)
        self.box.set_waiting(any(not one.long for one in self.desk.doing))

    def _ask_mask(self) -> None:
        self.method_dock.region.set_mask(self.asking.ask_mask())

    def _sign_changed(self) -> None:
        self.show_dock.set_ranking(self.showing.ranking)

    def _retheme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            themes.apply(app, self.session.view.theme)

    def _retitle(self) -> None:
        scan, model = self.session.scan, self.session.model
        names = [part for part in (scan and scan.name, model and model.card.name) if part]
        self.setWindowTitle(" · ".join([*names, TITLE]))

    # Presenter's mode

    def present(self) -> None:
        """Only the box, over the whole screen, turning slowly; and back."""
        self._presenting = not self._presenting
        if self._presenting:
            self._kept_state = self.saveState()
        for widget in (self.menuBar(), self._status, self._below, *self.docks):
            widget.setVisible(not self._presenting)
        self.box.set_turning(self._presenting)
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
        """Stop the work, give the scene back, keep the layout."""
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
            self._settings.setValue("centre", self._centre.saveState())
            self._settings.setValue("theme", str(self.session.view.theme))
            self._settings.setValue("convention", str(self.session.view.convention))

    def _restore(self) -> None:
        self._restore_one("state", lambda kept: self.restoreState(kept, LAYOUT))
        self._restore_one("centre", self._centre.restoreState)

    def _restore_one(self, name: str, restore: Callable[[QByteArray], object]) -> None:
        kept = None if self._settings is None else self._settings.value(name)
        if isinstance(kept, QByteArray):
            restore(kept)


def stacked(*widgets: QWidget) -> QWidget:
    """Widgets below each other, close together."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget)
    return whole


def box_scene() -> BoxScene:
    """A scene of its own; by then its libraries are there."""
    from viewer.scene.box import BoxScene

    return BoxScene()
