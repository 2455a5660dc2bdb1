"""The main window: menus, panels, the box above the three slices, and the bottom line.

Dialogs are imported when they are opened: the window's first paint waits for every class it names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QMenu,
    QSplitter,
    QWidget,
)

from viewer.session.session import Session
from viewer.session.view import Convention, Theme
from viewer.window import theme as themes
from viewer.window.box_view import BoxView
from viewer.window.desk import Desk, Doing
from viewer.window.icons import icon
from viewer.window.maps_dock import MapsDock
from viewer.window.method_dock import MethodDock
from viewer.window.model_dock import ModelDock
from viewer.window.panel import WIDTH
from viewer.window.plane import Orientation
from viewer.window.show_dock import ShowDock
from viewer.window.showing import Showing
from viewer.window.slice_view import MARGIN, SliceView
from viewer.window.status import StatusBar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from viewer.scene.content import MapContent, ScanContent

TITLE = "Saliency Viewer"


class MainWindow(QMainWindow):
    """Everything a person sees.

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

    def __init__(
        self, session: Session, desk: Desk, settings: QSettings | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.desk = desk
        desk.setParent(self)
        self._settings = settings
        self._painted = False
        self._presenting = False
        self._kept_state = QByteArray()
        self._errors: list[QMessageBox] = []
        self.setWindowIcon(icon("app", themes.ACCENT))
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.showing = Showing(session, desk, self)
        self.box = BoxView(session)
        self.slices = tuple(SliceView(session, orientation) for orientation in Orientation)
        self.model_dock = ModelDock(session)
        self.method_dock = MethodDock(session)
        self.maps_dock = MapsDock(session)
        self.show_dock = ShowDock(session)
        self._status = StatusBar(session)
        self.setStatusBar(self._status)
        self._lay_out()
        self._make_menus()
        self._connect()
        self._restore()
        self._retitle()

    def sizeHint(self) -> QSize:
        """A window for a laptop."""
        return QSize(1280, 800)

    # Layout

    def _lay_out(self) -> None:
        row = QSplitter(Qt.Orientation.Horizontal)
        for view in self.slices:
            row.addWidget(view)
            view.set_beside([other for other in self.slices if other is not view])
        row.setChildrenCollapsible(False)
        row.setHandleWidth(4)
        self._centre = QSplitter(Qt.Orientation.Vertical)
        self._centre.addWidget(self.box)
        self._centre.addWidget(row)
        self._centre.setSizes([440, 300])
        self._centre.setStretchFactor(0, 5)
        self._centre.setStretchFactor(1, 3)
        self._centre.setHandleWidth(4)
        self._centre.setChildrenCollapsible(False)
        self._row = row
        self.setCentralWidget(self._centre)
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        for side, docks in ((left, self.docks[:2]), (right, self.docks[2:])):
            for dock in docks:
                self.addDockWidget(side, dock)
        for corner, side in (
            (Qt.Corner.TopLeftCorner, left),
            (Qt.Corner.BottomLeftCorner, left),
            (Qt.Corner.TopRightCorner, right),
            (Qt.Corner.BottomRightCorner, right),
        ):
            self.setCorner(corner, side)
        self.resizeDocks(list(self.docks[:2]), [270, 450], Qt.Orientation.Vertical)
        self.resizeDocks(list(self.docks[2:]), [300, 420], Qt.Orientation.Vertical)

    @property
    def docks(self) -> tuple[QDockWidget, ...]:
        """The panels, left ones first."""
        return self.model_dock, self.method_dock, self.maps_dock, self.show_dock

    # Menus

    def _make_menus(self) -> None:
        files = self._menu(self.tr("&File"))
        self._action(files, self.tr("Open &scan …"), self.ask_scan, "Ctrl+O")
        self._action(files, self.tr("Open m&odel …"), self.ask_model, "Ctrl+Shift+O")
        self._action(files, self.tr("Open &map …"), self.ask_map, "Ctrl+M")
        self._action(files, self.tr("Open s&ession …"), self.ask_session, "")
        files.addSeparator()
        self._save_map = self._action(files, self.tr("Save m&ap …"), self.ask_save_map, "Ctrl+S")
        self._save_figure = self._action(files, self.tr("Save &figure …"), self.ask_save_figure, "Ctrl+E")
        self._save_session = self._action(files, self.tr("Save sess&ion …"), self.ask_save_session, "")
        files.addSeparator()
        self._action(files, self.tr("&Quit"), self.close, "Ctrl+Q")

        edit = self._menu(self.tr("&Edit"))
        self._undo = self._action(edit, self.tr("&Undo view change"), self.session.undo, "Ctrl+Z")
        self._redo = self._action(edit, self.tr("&Redo view change"), self.session.redo, "Ctrl+Shift+Z")
        edit.addSeparator()
        self._action(edit, self.tr("&Compute map"), self.method_dock.compute, "Ctrl+Return")
        self._action(edit, self.tr("C&ancel"), self.desk.cancel, "Esc")

        view = self._menu(self.tr("&View"))
        themes_menu = view.addMenu(self.tr("&Theme"))
        self._themes = self._choice(
            themes_menu,
            {Theme.DARK: self.tr("&Dark"), Theme.LIGHT: self.tr("&Light")},
            lambda chosen: self.session.change(theme=chosen),
        )
        hands = view.addMenu(self.tr("&Left and right"))
        self._conventions = self._choice(
            hands,
            {
                Convention.NEUROLOGICAL: self.tr("&Neurological: the brain's left on the left"),
                Convention.RADIOLOGICAL: self.tr("&Radiological: the brain's left on the right"),
            },
            lambda chosen: self.session.change(convention=chosen),
        )
        self._action(view, self.tr("Switch dark and li&ght"), self._other_theme, "Ctrl+T")
        self._action(view, self.tr("Switch &sides"), self._other_convention, "Ctrl+R")
        view.addSeparator()
        cameras = view.addMenu(self.tr("&Camera"))
        sides = {
            "home": self.tr("First view"),
            "left": self.tr("From the left"),
            "right": self.tr("From the right"),
            "front": self.tr("From the front"),
            "back": self.tr("From the back"),
            "top": self.tr("From the top"),
            "bottom": self.tr("From below"),
            "corner": self.tr("From the front corner"),
        }
        for number, (name, words) in enumerate(sides.items()):
            self._action(cameras, words, partial(self._fly, name), f"Alt+{number}")
        self._action(view, self.tr("Reset &view"), self._reset, "Ctrl+0")
        view.addSeparator()
        panels = view.addMenu(self.tr("&Panels"))
        for dock in self.docks:
            panels.addAction(dock.toggleViewAction())
        self._presenter = self._action(view, self.tr("&Presenter's mode"), self._present, "F11")

        about = self._menu(self.tr("&Help"))
        self._action(about, self.tr("&Shortcuts"), self._show_shortcuts, "?")
        self._action(about, self.tr("&About"), self._show_about, "")

    def _menu(self, title: str) -> QMenu:
        return self.menuBar().addMenu(title)

    def _action(self, menu: QMenu, words: str, act: Callable[[], Any], keys: str) -> QAction:
        action = QAction(words, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda *_: act())
        menu.addAction(action)
        # On the window, too: shortcuts must work while the menu bar is hidden.
        self.addAction(action)
        return action

    def _choice(self, menu: QMenu, entries: dict[Any, str], act: Callable[[Any], None]) -> dict[Any, QAction]:
        group = QActionGroup(self)
        made = {}
        for value, words in entries.items():
            action = QAction(words, self, checkable=True)
            action.triggered.connect(lambda _checked=False, value=value: act(value))
            group.addAction(action)
            menu.addAction(action)
            made[value] = action
        return made

    # Wiring

    def _connect(self) -> None:
        session, desk, showing = self.session, self.desk, self.showing
        for view in self.slices:
            showing.range_changed.connect(view.set_range)
            for other in self.slices:
                view.range_asked.connect(other.set_range)
            showing.overlay_changed.connect(view.set_overlay)
        showing.scan_changed.connect(self._scan_shown)
        showing.map_changed.connect(self._map_shown)
        showing.counts_changed.connect(self.show_dock.set_counts)
        self.show_dock.dragging.connect(self.box.set_coarse)
        self.model_dock.open_asked.connect(self.ask_model)
        self.maps_dock.open_asked.connect(self.ask_map)
        self.maps_dock.save_asked.connect(self.ask_save_map)
        self.method_dock.compute_asked.connect(desk.compute)
        self.method_dock.cancel_asked.connect(desk.cancel_computing)
        desk.computing_changed.connect(self.method_dock.set_computing)
        desk.doing_changed.connect(self._show_doing)
        desk.failed.connect(self.show_error)
        desk.volumes_found.connect(self._ask_volume)
        desk.device_found.connect(self._status.set_device)
        desk.said.connect(lambda words: self._status.showMessage(words, 8000))
        self._status.cancel_asked.connect(desk.cancel)
        session.subscribe(self._retheme, "theme")
        session.subscribe(self._recheck, "theme", "convention", "current", "scan")
        session.subscribe(self._retitle, "scan", "model")
        session.subscribe(self._sign_changed, "sign")
        session.subscribe(self._history)
        self._recheck()
        self._history()

    def _scan_shown(self, content: ScanContent) -> None:
        self.box.set_scan(content)
        frame = content.frame
        widths = []
        for view in self.slices:
            view.set_fitted(frame.low, frame.high)
            shown = view.plane
            if shown is not None:
                widths.append(round(shown.part(frame.low, frame.high)[2]) + 2 * round(MARGIN))
        self._row.setSizes(widths)

    def _map_shown(self, content: MapContent | None) -> None:
        self.box.set_map(content)
        self.show_dock.set_ranking(self.showing.ranking)

    def _show_doing(self, doing: Doing | None) -> None:
        self._status.show_doing(doing)
        self.box.set_waiting(any(not one.long for one in self.desk.doing))

    def _sign_changed(self) -> None:
        self.show_dock.set_ranking(self.showing.ranking)

    def _history(self) -> None:
        self._undo.setEnabled(self.session.can_undo)
        self._redo.setEnabled(self.session.can_redo)

    def _recheck(self) -> None:
        view = self.session.view
        self._themes[view.theme].setChecked(True)
        self._conventions[view.convention].setChecked(True)
        self._save_map.setEnabled(self.session.current is not None)
        self._save_figure.setEnabled(self.session.scan is not None)
        self._save_session.setEnabled(self.session.scan is not None)

    def _retheme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            themes.apply(app, self.session.view.theme)

    def _retitle(self) -> None:
        scan, model = self.session.scan, self.session.model
        names = [part for part in (scan and scan.name, model and model.card.name) if part]
        self.setWindowTitle(" · ".join([*names, TITLE]))

    def _other_theme(self) -> None:
        dark = self.session.view.theme is Theme.DARK
        self.session.change(theme=Theme.LIGHT if dark else Theme.DARK)

    def _other_convention(self) -> None:
        neurological = self.session.view.convention is Convention.NEUROLOGICAL
        chosen = Convention.RADIOLOGICAL if neurological else Convention.NEUROLOGICAL
        self.session.change(convention=chosen)

    def _fly(self, name: str) -> None:
        from viewer.scene.camera import PRESETS

        self.box.fly(PRESETS[name])

    def _reset(self) -> None:
        fresh = type(self.session.view)()
        self.session.change(camera=fresh.camera, crosshair=None, walls=fresh.walls, walls_at=None)
        for view in self.slices:
            view.fit()

    def _show_shortcuts(self) -> None:
        from viewer.window.shortcuts import Shortcuts

        Shortcuts(self).exec()

    def _show_about(self) -> None:
        from viewer.window.about import About

        About(self).exec()

    # Presenter's mode

    def _present(self) -> None:
        self._presenting = not self._presenting
        if self._presenting:
            self._kept_state = self.saveState()
        for widget in (self.menuBar(), self._status, self._row, *self.docks):
            widget.setVisible(not self._presenting)
        self.box.set_turning(self._presenting)
        if self._presenting:
            self.showFullScreen()
        else:
            self.showNormal()
            self.restoreState(self._kept_state)

    # Files

    def _asked(self, title: str, names: str) -> Path | None:
        from PySide6.QtWidgets import QFileDialog

        path, _ = QFileDialog.getOpenFileName(self, title, "", names)
        return Path(path) if path else None

    IMAGES = "Images (*.nii *.nii.gz *.mgh *.mgz *.mnc *.img *.hdr *.HEAD *.BRIK *.PAR *.REC);;All files (*)"

    def ask_scan(self) -> None:
        """Let a person choose a scan."""
        path = self._asked(self.tr("Open scan"), self.IMAGES)
        if path is not None:
            self.desk.open_scan(path)

    def ask_model(self) -> None:
        """Let a person choose a weights file."""
        names = "Networks (*.safetensors *.pt *.pth *.ckpt *.pt2 *.card.json);;All files (*)"
        path = self._asked(self.tr("Open model"), names)
        if path is not None:
            self.desk.open_model(path)

    def ask_map(self) -> None:
        """Let a person choose a map."""
        path = self._asked(self.tr("Open map"), self.IMAGES)
        if path is not None:
            self.desk.open_map(path)

    SESSIONS = "Sessions (*.session.json);;All files (*)"

    def ask_session(self) -> None:
        """Let a person choose a saved session."""
        path = self._asked(self.tr("Open session"), self.SESSIONS)
        if path is not None:
            self.desk.open_session(path)

    def ask_save_session(self) -> None:
        """Let a person say where the session goes."""
        from PySide6.QtWidgets import QFileDialog

        scan = self.session.scan
        if scan is None:
            return
        name = f"{scan.name}.session.json"
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save session"), name, self.SESSIONS)
        if path:
            self.desk.save_session(Path(path))

    def ask_save_map(self) -> None:
        """Let a person say where the current map goes."""
        from PySide6.QtWidgets import QFileDialog

        place, layer = self.session.current, self.session.layer
        if place is None or layer is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save map"), f"{layer.map.name}.nii.gz", "NIfTI (*.nii.gz *.nii)"
        )
        if path:
            self.desk.save_map(place, Path(path))

    def ask_save_figure(self) -> None:
        """Let a person say how large a picture of the box is, and where it goes."""
        from PySide6.QtWidgets import QFileDialog

        from viewer.window.figure_dialog import FigureDialog

        if self.session.scan is None:
            return
        dialog = FigureDialog(self.box.size(), self.session.view.theme, self)
        if dialog.exec() != FigureDialog.DialogCode.Accepted:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save figure"), "figure.png", "PNG, SVG, PDF (*.png *.svg *.pdf)"
        )
        if path:
            self.desk.save_figure(Path(path), dialog.wanted())

    def _ask_volume(self, path: Path, count: int, is_map: bool) -> None:
        from PySide6.QtWidgets import QInputDialog

        number, chosen = QInputDialog.getInt(
            self,
            path.name,
            self.tr("This file holds {} volumes. Which one, counted from 0?").format(count),
            0,
            0,
            count - 1,
        )
        if chosen:
            (self.desk.open_map if is_map else self.desk.open_scan)(path, number)

    def show_error(self, title: str, line: str) -> None:
        """A dialog with one clear line; nothing that is there is touched, and nothing waits for it."""
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(QMessageBox.Icon.Warning, title, line, QMessageBox.StandardButton.Close, self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(lambda *_: self._errors.remove(box))
        self._errors.append(box)
        box.open()

    @property
    def errors(self) -> tuple[QMessageBox, ...]:
        """The error dialogs that are open."""
        return tuple(self._errors)

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
        """Say once that the window can be seen."""
        super().paintEvent(event)
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
        self.box.close_scene()

    def _keep(self) -> None:
        if self._settings is not None and not self._presenting:
            self._settings.setValue("geometry", self.saveGeometry())
            self._settings.setValue("state", self.saveState())
            self._settings.setValue("centre", self._centre.saveState())
            self._settings.setValue("theme", str(self.session.view.theme))
            self._settings.setValue("convention", str(self.session.view.convention))

    def _restore(self) -> None:
        self.resize(self.sizeHint())
        self.resizeDocks([self.docks[0], self.docks[2]], [WIDTH, WIDTH], Qt.Orientation.Horizontal)
        if self._settings is None:
            return
        for name, restore in (
            ("geometry", self.restoreGeometry),
            ("state", self.restoreState),
            ("centre", self._centre.restoreState),
        ):
            kept = self._settings.value(name)
            if isinstance(kept, QByteArray):
                restore(kept)
