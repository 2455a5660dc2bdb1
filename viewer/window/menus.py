"""The menus, and the keys that do the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from viewer.session.view import Convention, Layout, Theme, View

if TYPE_CHECKING:
    from viewer.window.main import MainWindow
    from viewer.window.search import Entry


class Menus(QObject):
    """Fills a window's menu bar, and keeps its entries in step with the session."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._fill_file()
        self._fill_edit()
        self._fill_view()
        self._fill_help()
        self._session.subscribe(self._check, "theme", "convention", "current", "scan", "maps", "atlas")
        self._session.subscribe(self._history)
        self._check()
        self._history()

    def _fill_file(self) -> None:
        menu, asking = self._menu(self.tr("&File")), self._window.asking
        self._action(menu, self.tr("Open &scan …"), asking.open_scan, "Ctrl+O")
        self._action(menu, self.tr("Open DICOM fol&der …"), asking.open_folder)
        self._action(menu, self.tr("Open m&odel …"), asking.open_model, "Ctrl+Shift+O")
        self._action(menu, self.tr("Open &map …"), asking.open_map, "Ctrl+M")
        self._action(menu, self.tr("Open s&ession …"), asking.open_session)
        self._action(menu, self.tr("S&tudy …"), self._window.study_dock.set_up, "Ctrl+Shift+T")
        self._action(menu, self.tr("Ope&n atlas …"), self._window.exports.open_atlas)
        self._close_atlas = self._action(
            menu, self.tr("&Close atlas"), partial(self._session.set_atlas, None)
        )
        self._recent = menu.addMenu(self.tr("Open &recent"))
        self._recent.setToolTipsVisible(True)
        self._recent.aboutToShow.connect(self._fill_recent)
        menu.addSeparator()
        self._save_map = self._action(menu, self.tr("Save m&ap …"), asking.save_map, "Ctrl+S")
        self._save_figure = self._action(
            menu, self.tr("Save &figure …"), partial(asking.save_figure, self._window.area), "Ctrl+E"
        )
        exports = self._window.exports
        self._exported = [
            self._action(menu, self.tr("Save s&lices …"), exports.save_slices, "Ctrl+Shift+E"),
            self._action(menu, self.tr("Save mo&vie …"), exports.save_movie),
            self._action(menu, self.tr("Save m&esh …"), exports.save_mesh),
            self._action(menu, self.tr("Save cl&usters …"), exports.save_clusters),
        ]
        self._action(menu, self.tr("Save repo&rt …"), self._window.trust_dock.ask_report)
        self._save_session = self._action(menu, self.tr("Save sess&ion …"), asking.save_session)
        menu.addSeparator()
        self._action(menu, self.tr("&Quit"), self._window.close, "Ctrl+Q")

    def _fill_edit(self) -> None:
        menu, window = self._menu(self.tr("&Edit")), self._window
        self._undo = self._action(menu, self.tr("&Undo view change"), self._session.undo, "Ctrl+Z")
        self._redo = self._action(menu, self.tr("&Redo view change"), self._session.redo, "Ctrl+Shift+Z")
        copy = partial(window.exports.copy_command, window.area)
        self._copy_figure = self._action(menu, self.tr("Copy as co&mmand"), copy, "Ctrl+Shift+C")
        copy_slices = window.exports.copy_slices_command
        self._exported.append(self._action(menu, self.tr("Copy slices as c&ommand"), copy_slices))
        menu.addSeparator()
        self._action(menu, self.tr("&Compute map"), window.method_dock.compute, "Ctrl+Return")
        self._action(menu, self.tr("C&ancel"), window.cancel, "Esc")

    def _fill_view(self) -> None:
        menu, window = self._menu(self.tr("&View")), self._window
        self._themes = self._choice(
            menu.addMenu(self.tr("&Theme")),
            {Theme.DARK: self.tr("&Dark"), Theme.LIGHT: self.tr("&Light")},
            lambda chosen: self._session.change(theme=chosen),
        )
        self._conventions = self._choice(
            menu.addMenu(self.tr("&Left and right")),
            {
                Convention.NEUROLOGICAL: self.tr("&Neurological: the brain's left on the left"),
                Convention.RADIOLOGICAL: self.tr("&Radiological: the brain's left on the right"),
            },
            lambda chosen: self._session.change(convention=chosen),
        )
        self._action(menu, self.tr("Switch dark and &light theme"), self._other_theme, "Ctrl+T")
        self._action(menu, self.tr("Swap left and ri&ght"), self._other_convention, "Ctrl+R")
        self._action(menu, self.tr("&Mosaic or three slices"), self._other_layout, "Ctrl+L")
        menu.addSeparator()
        cameras = menu.addMenu(self.tr("&Camera"))
        sides = {
            "home": self.tr("Home view"),
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
        self._action(menu, self.tr("Reset &view"), self._reset, "Ctrl+0")
        menu.addSeparator()
        panels = menu.addMenu(self.tr("&Panels"))
        for dock in window.docks:
            panels.addAction(dock.toggleViewAction())
        self._action(menu, self.tr("R&eset panels"), window.reset_panels)
        self._action(menu, self.tr("&Presentation mode"), window.present, "F11")

    def _fill_help(self) -> None:
        menu = self._menu(self.tr("&Help"))
        self._action(menu, self.tr("S&earch everything …"), self._search, "Ctrl+K")
        self._action(menu, self.tr("&Shortcuts"), self._show_shortcuts, "?")
        self._action(menu, self.tr("&About"), self._show_about)

    # Making entries

    def _menu(self, title: str) -> QMenu:
        return self._window.menuBar().addMenu(title)

    def _action(self, menu: QMenu, words: str, act: Callable[[], Any], keys: str = "") -> QAction:
        action = QAction(words, self._window)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda *_: act())
        menu.addAction(action)
        # On the window, too: shortcuts must work while the menu bar is hidden.
        self._window.addAction(action)
        return action

    def _choice(self, menu: QMenu, entries: dict[Any, str], act: Callable[[Any], None]) -> dict[Any, QAction]:
        group = QActionGroup(self)
        made = {}
        for value, words in entries.items():
            action = QAction(words, self._window, checkable=True)
            action.triggered.connect(lambda _checked=False, value=value: act(value))
            group.addAction(action)
            menu.addAction(action)
            made[value] = action
        return made

    # Keeping them in step

    def _check(self) -> None:
        session = self._session
        self._themes[session.view.theme].setChecked(True)
        self._conventions[session.view.convention].setChecked(True)
        self._save_map.setEnabled(session.current is not None)
        self._save_figure.setEnabled(session.scan is not None)
        self._copy_figure.setEnabled(session.scan is not None)
        for action in self._exported:
            action.setEnabled(session.scan is not None and session.current is not None)
        self._save_session.setEnabled(session.scan is not None or bool(session.maps))
        self._close_atlas.setEnabled(session.atlas is not None)

    def _history(self) -> None:
        session = self._session
        self._undo.setEnabled(session.can_undo)
        self._redo.setEnabled(session.can_redo)
        undo, redo = self.tr("&Undo view change"), self.tr("&Redo view change")
        self._undo.setText(self.tr("&Undo removing the map") if session.undoes_removal else undo)
        self._redo.setText(self.tr("&Redo removing the map") if session.redoes_removal else redo)

    def _fill_recent(self) -> None:
        self._recent.clear()
        for told in self._window.asking.recent:
            action = self._recent.addAction(Path(told).name)
            action.setToolTip(told)
            action.triggered.connect(
                lambda _checked=False, told=told: self._window.desk.open_any([Path(told)])
            )
        if self._recent.isEmpty():
            self._recent.addAction(self.tr("None yet")).setEnabled(False)

    # What they do

    def _other_theme(self) -> None:
        dark = self._session.view.theme is Theme.DARK
        self._session.change(theme=Theme.LIGHT if dark else Theme.DARK)

    def _other_convention(self) -> None:
        neurological = self._session.view.convention is Convention.NEUROLOGICAL
        chosen = Convention.RADIOLOGICAL if neurological else Convention.NEUROLOGICAL
        self._session.change(convention=chosen)

    def _other_layout(self) -> None:
        slices = self._session.view.layout is Layout.SLICES
        self._session.change(layout=Layout.MOSAIC if slices else Layout.SLICES)

    def _fly(self, name: str) -> None:
        from viewer.scene.camera import PRESETS

        self._window.box.fly(PRESETS[name])

    def _reset(self) -> None:
        fresh = View()
        self._session.change(camera=fresh.camera, crosshair=None, walls=fresh.walls, walls_at=None)
        for view in self._window.slices:
            view.fit()

    def _search(self) -> None:
        from viewer.window.search import Search

        Search(self.entries(), self._window).exec()

    def _also(self, action: QAction) -> str:
        """Return an action's keys; what saves can be found as an export, too."""
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        saves = action.text().startswith(self.tr("Save"))
        return "  ".join(part for part in (keys, self.tr("export") if saves else "") if part)

    def entries(self) -> list[Entry]:
        """Everything that can be found by its name: actions, controls, methods, layers, maps and regions."""
        from viewer.methods.registry import methods
        from viewer.session.method_availability import leaf_modules
        from viewer.window.controls import controls
        from viewer.window.search import Entry

        dock, session = self._window.method_dock, self._session
        shown = [
            Entry(
                action.text().replace("&", "").removesuffix(" …"),
                self.tr("action"),
                action.trigger,
                self._also(action),
            )
            for action in self._window.actions()
            if action.isEnabled()
        ]
        shown += [
            Entry(method.title, self.tr("{} method").format(method.family), partial(dock.choose, name), name)
            for name, method in methods().items()
        ]
        shown.append(
            Entry(
                self.tr("Feature visualisation"),
                self.tr("of the channel chosen in {}").format(self._window.layer_dock.windowTitle()),
                self._window.features.begin_chosen,
                "feature visualization",
            )
        )
        if session.model is not None:
            shown += [
                Entry(path, self.tr("layer, {}").format(kind), partial(dock.choose_layer, path))
                for path, kind in leaf_modules(session.model)
            ]
        shown += [
            Entry(
                layer.map.name,
                " ".join(part for part in (self.tr("map"), session.origin(layer.map).of_scan) if part),
                partial(session.select_map, place),
            )
            for place, layer in enumerate(session.maps)
        ]
        if session.atlas is not None:
            kind = self.tr("region of {}").format(session.atlas.name)
            shown += [Entry(name, kind, partial(self._go_to, name)) for name in session.atlas.regions]
        return shown + controls(self._window)

    def _go_to(self, region: str) -> None:
        """Move the crosshair into a region of the atlas that is open."""
        atlas = self._session.atlas
        if atlas is None:
            return

        def done(point: tuple[float, float, float] | None) -> None:
            if point is not None:
                self._session.change(crosshair=point)

        title = self.tr("Finding {}").format(region)
        self._window.desk.run(lambda progress: atlas.region_centre(region), title, done)

    def _show_shortcuts(self) -> None:
        from viewer.window.shortcuts import Shortcuts

        Shortcuts(self._window).exec()

    def _show_about(self) -> None:
        from viewer.window.about import About

        About(self._window).exec()
