"""Menu bar and keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from viewer.session.view import Convention, Layout, Theme, View
from viewer.window.translation import Language

if TYPE_CHECKING:
    from viewer.window.guide_window import GuideWindow
    from viewer.window.main import MainWindow
    from viewer.window.palette_entries import Heading
    from viewer.window.palette_search import PaletteEntry


class Menus(QObject):
    """Menu bar of a window, whose entries follow the session."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._guide: GuideWindow | None = None
        self._guide_entries: list[PaletteEntry] = []
        self._fill_file()
        self._fill_edit()
        self._fill_view()
        self._fill_help()
        self._session.subscribe(
            self._update_actions,
            *("theme", "convention", "current", "scan", "maps", "atlas"),
            *("preparation", "template_outline", "mask_outline"),
        )
        self._session.subscribe(self._update_history)
        self._update_actions()
        self._update_history()

    def _fill_file(self) -> None:
        menu, file_actions = self._add_menu(self.tr("&File")), self._window.file_actions
        self._add_action(menu, self.tr("Open &scan …"), file_actions.open_scan, "Ctrl+O")
        self._add_action(menu, self.tr("Open DICOM or BIDS fol&der …"), file_actions.open_folder)
        self._add_action(menu, self.tr("Open m&odel …"), file_actions.open_model, "Ctrl+Shift+O")
        self._add_action(menu, self.tr("Open model folder …"), file_actions.open_model_folder)
        self._add_action(menu, self.tr("Open &map …"), file_actions.open_map, "Ctrl+M")
        self._add_action(menu, self.tr("Open s&ession …"), file_actions.open_session)
        self._add_action(menu, self.tr("Open co&hort folder …"), self._window.cohort_dock.ask_folder)
        self._add_action(
            menu, self.tr("S&tudy of 1995 …"), self._window.study_dock.open_dialog, "Ctrl+Shift+T"
        )
        self._add_action(menu, self.tr("Ope&n atlas …"), self._window.exports.open_atlas)
        self._close_atlas_action = self._add_action(
            menu, self.tr("&Close atlas"), partial(self._session.set_atlas, None)
        )
        self._recent_menu = menu.addMenu(self.tr("Open &recent"))
        self._recent_menu.setToolTipsVisible(True)
        self._recent_menu.aboutToShow.connect(self._fill_recent)
        examples, example_actions = menu.addMenu(self.tr("E&xamples")), self._window.examples
        self._add_action(
            examples, self.tr("&Demonstration: simulated lesions"), example_actions.open_demonstration
        )
        self._add_action(
            examples, self.tr("&Raw head: prepare it (simulated)"), example_actions.open_raw_head
        )
        self._add_action(
            examples, self.tr("&Two maps compared (simulated lesions)"), example_actions.open_comparison
        )
        self._add_action(examples, self.tr("&PET study as in 1995 (simulated)"), example_actions.open_study)
        menu.addSeparator()
        self._save_map_action = self._add_action(
            menu, self.tr("Save m&ap …"), file_actions.save_map, "Ctrl+S"
        )
        self._save_figure_action = self._add_action(
            menu,
            self.tr("Save &figure …"),
            partial(file_actions.save_figure, self._window.compare_area),
            "Ctrl+E",
        )
        exports = self._window.exports
        self._export_actions = [
            self._add_action(menu, self.tr("Save s&lices …"), exports.save_slices, "Ctrl+Shift+E"),
            self._add_action(menu, self.tr("Save mo&vie …"), exports.save_movie),
            self._add_action(menu, self.tr("Save m&esh …"), exports.save_mesh),
            self._add_action(menu, self.tr("Save cl&usters …"), exports.save_clusters),
        ]
        self._share_page_action = self._add_action(menu, self.tr("S&hare as page …"), exports.save_page)
        self._save_preparation_action = self._add_action(
            menu, self.tr("Save mask and &transform …"), exports.save_preparation
        )
        clinical = self._window.clinical_exports
        self._export_dicom_action = self._add_action(
            menu, self.tr("Export as &DICOM …"), clinical.export_dicom
        )
        self._save_report_action = self._add_action(menu, self.tr("Save repo&rt …"), clinical.save_report)
        self._add_action(menu, self.tr("Save report of checks …"), self._window.checks_dock.ask_report)
        menu.setToolTipsVisible(True)
        self._save_session_action = self._add_action(
            menu, self.tr("Save sess&ion …"), file_actions.save_session
        )
        menu.addSeparator()
        self._add_action(menu, self.tr("&Quit"), self._window.close, "Ctrl+Q")

    def _fill_edit(self) -> None:
        menu, window = self._add_menu(self.tr("&Edit")), self._window
        self._undo_action = self._add_action(menu, self.tr("&Undo view change"), self._session.undo, "Ctrl+Z")
        self._redo_action = self._add_action(
            menu, self.tr("&Redo view change"), self._session.redo, "Ctrl+Shift+Z"
        )
        picture = partial(window.exports.copy_figure, window.compare_area)
        self._copy_picture_action = self._add_action(menu, self.tr("Copy &figure"), picture)
        window.box.copy_requested.connect(picture)
        copy_figure = partial(window.exports.copy_figure_command, window.compare_area)
        self._copy_command_action = self._add_action(
            menu, self.tr("Copy as co&mmand"), copy_figure, "Ctrl+Shift+C"
        )
        script = partial(window.exports.copy_script, window.compare_area)
        self._copy_script_action = self._add_action(menu, self.tr("Copy as scr&ipt"), script)
        copy_slices = window.exports.copy_slices_command
        self._export_actions.append(self._add_action(menu, self.tr("Copy slices as c&ommand"), copy_slices))
        menu.addSeparator()
        self._add_action(menu, self.tr("&Compute map"), window.method_dock.compute, "Ctrl+Return")
        self._rename_action = self._add_action(
            menu, self.tr("Re&name map …"), window.maps_dock.rename_map, "F2"
        )
        self._prepare_action = self._add_action(
            menu, self.tr("&Prepare scan"), window.preparation_dock.prepare, "Ctrl+Shift+P"
        )
        self._add_action(menu, self.tr("C&ancel"), window.cancel, "Esc")

    def _fill_view(self) -> None:
        menu, window = self._add_menu(self.tr("&View")), self._window
        self._theme_actions = self._add_choices(
            menu.addMenu(self.tr("&Theme")),
            {Theme.DARK: self.tr("&Dark"), Theme.LIGHT: self.tr("&Light")},
            lambda value: self._session.change(theme=value),
        )
        self._convention_actions = self._add_choices(
            menu.addMenu(self.tr("&Left and right")),
            {
                Convention.NEUROLOGICAL: self.tr("&Neurological: the brain's left on the left"),
                Convention.RADIOLOGICAL: self.tr("&Radiological: the brain's left on the right"),
            },
            lambda value: self._session.change(convention=value),
        )
        self._language_actions = self._add_choices(
            menu.addMenu(self.tr("Lan&guage")),
            {
                Language.SYSTEM: self.tr("&System default"),
                Language.ENGLISH: "&English",
                Language.GERMAN: "&Deutsch",
            },
            window.set_language,
        )
        self._language_actions[window.language].setChecked(True)
        self._add_action(menu, self.tr("Switch dark and &light theme"), self._switch_theme, "Ctrl+T")
        self._add_action(menu, self.tr("Swap left and ri&ght"), self._switch_convention, "Ctrl+R")
        self._add_action(menu, self.tr("&Mosaic or three slices"), self._switch_layout, "Ctrl+L")
        self._outline_actions = {
            name: self._add_toggle(menu, text, partial(self._set_view, name))
            for name, text in (
                ("template_outline", self.tr("Template &outline on slices")),
                ("mask_outline", self.tr("&Brain mask on slices")),
            )
        }
        self._keep_action = self._add_toggle(
            menu, self.tr("Draw map with the others"), lambda _checked: window.maps_dock.toggle_kept()
        )
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
        for index, (name, text) in enumerate(sides.items()):
            self._add_action(cameras, text, partial(self._fly_to, name), f"Alt+{index}")
        self._add_action(menu, self.tr("Reset &view"), self._reset_view, "Ctrl+0")
        menu.addSeparator()
        panels = menu.addMenu(self.tr("&Panels"))
        for dock in window.docks:
            panels.addAction(dock.toggleViewAction())
        self._layouts_menu = menu.addMenu(self.tr("La&youts"))
        self._layouts_menu.aboutToShow.connect(self._fill_layouts)
        save_action = self._add_action(menu, self.tr("Save layout …"), window.layouts.ask_save)
        remove_action = self._add_action(menu, self.tr("Remove layout …"), window.layouts.ask_remove)
        for action in (save_action, remove_action):
            action.setEnabled(window.layouts.is_available)
        self._add_action(menu, self.tr("R&eset panels"), window.reset_panels)
        self._add_action(menu, self.tr("&Presentation mode"), window.toggle_presentation, "F11")

    def _fill_help(self) -> None:
        menu = self._add_menu(self.tr("&Help"))
        self._add_action(menu, self.tr("&Guide"), self.show_guide)
        self._add_action(menu, self.tr("Guide to this &panel"), self._show_panel_guide, "F1")
        self._add_action(menu, self.tr("S&earch everything …"), self._open_palette, "Ctrl+K")
        self._add_action(menu, self.tr("&Shortcuts"), self._show_shortcuts, "?")
        self._add_action(menu, self.tr("&About"), self._show_about)

    # Creating entries

    def _add_menu(self, title: str) -> QMenu:
        return self._window.menuBar().addMenu(title)

    def _add_action(self, menu: QMenu, text: str, callback: Callable[[], Any], keys: str = "") -> QAction:
        action = QAction(text, self._window)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda *_: callback())
        menu.addAction(action)
        # Also added to the window, because shortcuts must work while the menu bar is hidden.
        self._window.addAction(action)
        return action

    def _add_toggle(self, menu: QMenu, text: str, callback: Callable[[bool], None]) -> QAction:
        """Add a checkable entry; ``callback`` is called with its new state."""
        action = QAction(text, self._window, checkable=True)
        action.triggered.connect(lambda checked=False: callback(checked))
        menu.addAction(action)
        self._window.addAction(action)
        return action

    def _set_view(self, name: str, value: bool) -> None:
        self._session.change(**{name: value})

    def _add_choices(
        self, menu: QMenu, entries: dict[Any, str], callback: Callable[[Any], None]
    ) -> dict[Any, QAction]:
        group = QActionGroup(self)
        actions = {}
        for value, text in entries.items():
            action = QAction(text, self._window, checkable=True)
            action.triggered.connect(lambda _checked=False, value=value: callback(value))
            group.addAction(action)
            menu.addAction(action)
            actions[value] = action
        return actions

    # Following the session

    def _update_actions(self) -> None:
        session = self._session
        self._theme_actions[session.view.theme].setChecked(True)
        self._convention_actions[session.view.convention].setChecked(True)
        self._save_map_action.setEnabled(session.current is not None)
        self._rename_action.setEnabled(session.current is not None)
        self._keep_action.setEnabled(session.current is not None)
        self._keep_action.setChecked(
            session.current_layer is not None and session.current_layer.look is not None
        )
        self._save_figure_action.setEnabled(session.scan is not None)
        self._copy_command_action.setEnabled(session.scan is not None)
        self._copy_picture_action.setEnabled(session.scan is not None)
        self._copy_script_action.setEnabled(session.scan is not None)
        self._share_page_action.setEnabled(session.scan is not None)
        for action in self._export_actions:
            action.setEnabled(session.scan is not None and session.current is not None)
        clinical = self._window.clinical_exports
        for action, reason in (
            (self._export_dicom_action, clinical.dicom_unavailable_reason()),
            (self._save_report_action, clinical.report_unavailable_reason()),
        ):
            action.setEnabled(not reason)
            action.setToolTip(reason or action.text().replace("&", ""))
        self._save_session_action.setEnabled(session.scan is not None or bool(session.maps))
        self._close_atlas_action.setEnabled(session.atlas is not None)
        self._prepare_action.setEnabled(session.scan is not None)
        prepared = session.preparation
        self._save_preparation_action.setEnabled(prepared is not None)
        for name, action in self._outline_actions.items():
            action.setChecked(getattr(session.view, name))
        self._outline_actions["template_outline"].setEnabled(
            prepared is not None and prepared.registration is not None
        )
        self._outline_actions["mask_outline"].setEnabled(prepared is not None and prepared.mask is not None)

    def _update_history(self) -> None:
        session = self._session
        self._undo_action.setEnabled(session.can_undo)
        self._redo_action.setEnabled(session.can_redo)
        undo, redo = self.tr("&Undo view change"), self.tr("&Redo view change")
        self._undo_action.setText(self.tr("&Undo removing the map") if session.undoes_removal else undo)
        self._redo_action.setText(self.tr("&Redo removing the map") if session.redoes_removal else redo)

    def _fill_recent(self) -> None:
        self._recent_menu.clear()
        for path in self._window.file_actions.recent_files:
            action = self._recent_menu.addAction(Path(path).name)
            action.setToolTip(path)
            action.triggered.connect(
                lambda _checked=False, path=path: self._window.controller.open_any([Path(path)])
            )
        if self._recent_menu.isEmpty():
            self._recent_menu.addAction(self.tr("None yet")).setEnabled(False)

    def _fill_layouts(self) -> None:
        self._layouts_menu.clear()
        for name in self._window.layouts.names:
            action = self._layouts_menu.addAction(name.replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, name=name: self._window.layouts.show(name))
        if self._layouts_menu.isEmpty():
            self._layouts_menu.addAction(self.tr("None yet")).setEnabled(False)

    # Actions

    def _switch_theme(self) -> None:
        is_dark = self._session.view.theme is Theme.DARK
        self._session.change(theme=Theme.LIGHT if is_dark else Theme.DARK)

    def _switch_convention(self) -> None:
        neurological = self._session.view.convention is Convention.NEUROLOGICAL
        convention = Convention.RADIOLOGICAL if neurological else Convention.NEUROLOGICAL
        self._session.change(convention=convention)

    def _switch_layout(self) -> None:
        slices = self._session.view.layout is Layout.SLICES
        self._session.change(layout=Layout.MOSAIC if slices else Layout.SLICES)

    def _fly_to(self, name: str) -> None:
        from viewer.scene.camera import PRESETS

        self._window.box.fly_to(PRESETS[name])

    def _reset_view(self) -> None:
        fresh = View()
        self._session.change(camera=fresh.camera, crosshair=None, walls=fresh.walls, walls_at=None)
        for view in self._window.slices:
            view.reset_zoom()

    def _open_palette(self) -> None:
        from viewer.window.command_palette import CommandPalette

        palette = CommandPalette(self.entries(), self._window)
        self.read_guide(palette.add_entries)
        palette.exec()

    def entries(self) -> list[PaletteEntry]:
        """Return all entries of the command palette; those of the guide only after they are read."""
        from viewer.window.palette_entries import window_entries

        return [*window_entries(self._window), *self._guide_entries]

    def read_guide(self, on_read: Callable[[list[PaletteEntry]], object] = lambda _: None) -> None:
        """Read the guide's headings in the background, for the palette, unless they are already read."""
        from viewer.window.palette_entries import guide_entries, read_headings

        if self._guide_entries:
            return

        def add_entries(headings: list[Heading]) -> None:
            self._guide_entries = guide_entries(headings, self.show_guide)
            on_read(self._guide_entries)

        self._window.controller.run(
            lambda progress: read_headings(), self.tr("Reading the guide"), add_entries
        )

    @property
    def choice_actions(self) -> tuple[QAction, ...]:
        """Entries of the exclusive menus: themes and left-right conventions."""
        return (*self._theme_actions.values(), *self._convention_actions.values())

    @property
    def guide(self) -> GuideWindow | None:
        """Window of the guide; None until it is opened."""
        return self._guide

    def show_guide(self, page: str = "index", heading: str = "") -> None:
        """Open the guide at a page, scrolled to the heading with the given anchor, if any."""
        from viewer.window.guide_window import GuideWindow

        if self._guide is None:
            self._guide = GuideWindow(self._window.controller, self._window)
        self._guide.open_page(page, heading)

    def _show_panel_guide(self) -> None:
        from viewer.window.guide_window import current_page

        self.show_guide(current_page())

    def _show_shortcuts(self) -> None:
        from viewer.window.help_dialogs import ShortcutsDialog

        ShortcutsDialog(self._window).exec()

    def _show_about(self) -> None:
        from viewer.window.help_dialogs import AboutDialog

        AboutDialog(self._window).exec()
