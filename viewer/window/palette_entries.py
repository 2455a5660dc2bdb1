"""Entries of the command palette: actions, contents and controls of the window, pages of the guide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QLabel, QMenu, QScrollArea, QWidget

from viewer.window.palette_search import PaletteEntry
from viewer.window.palette_words import find_synonyms
from viewer.window.translation import CHECKS, METHODS, translate, translate_sentence

if TYPE_CHECKING:
    from viewer.window.main import MainWindow

API = "api/"
ANSWERS = ("faq", "glossary", "scan")
"""Pages of the guide whose headings are entries, too."""

ACTIONS, CONTROLS, GUIDE = 0, 1, 2
"""Ranks of equal matches: actions come before controls, and controls before pages of the guide."""


@dataclass(frozen=True)
class Heading:
    """A page of the guide, or a heading in it with its anchor."""

    title: str
    page: str
    section: str
    anchor: str = ""


def window_entries(window: MainWindow) -> list[PaletteEntry]:
    """Return the entries for the current state of the window."""
    return [
        *_action_entries(window),
        *_method_entries(window),
        *_content_entries(window),
        *_check_entries(window),
        *_control_entries(window),
    ]


def read_headings() -> list[Heading]:
    """Read the titles of the guide's pages, and the headings of the pages in `ANSWERS`.

    Meant for a background thread: it imports the modules that the pages describe.
    """
    from viewer.guide.contents import guide_sections
    from viewer.guide.markdown import headings, slug

    entries = []
    for section in guide_sections():
        for page in section.pages:
            entries.append(Heading(page.title, page.name, section.title))
            if page.name in ANSWERS:
                entries += [
                    Heading(title, page.name, page.title, slug(title)) for title in headings(page.read())[1:]
                ]
    return entries


def guide_entries(headings: Sequence[Heading], show_page: Callable[[str, str], object]) -> list[PaletteEntry]:
    """Return an entry for each page of the guide and each heading; choosing one shows it."""
    kind = translate("PaletteEntries", "guide, {}")
    return [
        PaletteEntry(
            heading.title,
            kind.format(heading.section),
            partial(show_page, heading.page, heading.anchor),
            hidden_keywords=translate("PaletteEntries", "help explain read meaning how why"),
            rank=GUIDE,
        )
        for heading in headings
    ]


def _action_entries(window: MainWindow) -> list[PaletteEntry]:
    """Return the entries of the menus; a disabled one reports the reason, or that it is not available."""
    actions = [(action, translate("PaletteEntries", "action")) for action in window.actions()]
    for action in window.menus.choice_actions:
        menus = [owner.title() for owner in action.associatedObjects() if isinstance(owner, QMenu)]
        actions.append(
            (action, translate("PaletteEntries", "action in {}").format(_strip_mnemonic(menus[0])))
        )
    entries = []
    for action, kind in actions:
        name, run, available = _strip_mnemonic(action.text()), action.trigger, action.isEnabled()
        if not available:
            kind = translate("PaletteEntries", "{}, not available now").format(kind)
            reason = action.toolTip() if _strip_mnemonic(action.toolTip()) != name else kind
            run = partial(window.controller.message.emit, f"{name}: {reason}")
        entries.append(
            PaletteEntry(name, kind, run, _shortcut(action), find_synonyms(name), is_available=available)
        )
    return entries


def _shortcut(action: QAction) -> str:
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _strip_mnemonic(text: str) -> str:
    """Return the text of a menu entry or button without its mnemonic and dots."""
    return text.replace("&", "").removesuffix(" …")


def _method_entries(window: MainWindow) -> list[PaletteEntry]:
    """Return the methods; choosing one shows its parameters."""
    from viewer.methods.registry import list_methods

    choose = window.method_dock.choose_method
    entries = [
        PaletteEntry(
            method.title,
            translate("PaletteEntries", "{} method").format(translate(METHODS, str(method.family))),
            partial(choose, name),
            name,
            find_synonyms(method.title),
        )
        for name, method in list_methods().items()
    ]
    name = translate("PaletteEntries", "Feature visualisation")
    kind = translate("PaletteEntries", "of the channel chosen in {}").format(window.layer_dock.windowTitle())
    keyword = "feature visualization"
    entries.append(
        PaletteEntry(name, kind, window.feature_visualizer.start_selected, keyword, find_synonyms(name))
    )
    return entries


def _content_entries(window: MainWindow) -> list[PaletteEntry]:
    """Return the saved layouts, the network's layers, the maps, and the regions of the open atlas."""
    from viewer.session.method_availability import leaf_modules

    session = window.session
    entries = [
        PaletteEntry(name, translate("PaletteEntries", "layout"), partial(window.layouts.show, name))
        for name in window.layouts.names
    ]
    if session.model is not None:
        entries += [
            PaletteEntry(
                path,
                translate("PaletteEntries", "layer, {}").format(kind),
                partial(window.method_dock.choose_layer, path),
            )
            for path, kind in leaf_modules(session.model)
        ]
    for index, layer in enumerate(session.maps):
        origin = translate_sentence(session.origin(layer.map).other_scan_text)
        kind = " ".join(part for part in (translate("PaletteEntries", "map"), origin) if part)
        entries.append(PaletteEntry(layer.map.name, kind, partial(session.select_map, index)))
    if session.atlas is not None:
        kind = translate("PaletteEntries", "region of {}").format(session.atlas.name)
        keywords = translate("PaletteEntries", "area brain structure")
        entries += [
            PaletteEntry(name, kind, partial(_go_to_region, window, name), hidden_keywords=keywords)
            for name in session.atlas.regions
        ]
    return entries


def _go_to_region(window: MainWindow, region: str) -> None:
    """Move the crosshair into a region of the open atlas."""
    atlas = window.session.atlas
    if atlas is None:
        return

    def move_crosshair(point: tuple[float, float, float] | None) -> None:
        if point is not None:
            window.session.change(crosshair=point)

    title = translate("PaletteEntries", "Finding {}").format(region)
    window.controller.run(lambda progress: atlas.region_centre(region), title, move_crosshair)


def _check_entries(window: MainWindow) -> list[PaletteEntry]:
    """Return the checks of a map; choosing one selects it in its panel."""
    from viewer.checks.runner import list_checks

    dock = window.checks_dock

    def select_check(name: str) -> None:
        _raise_dock(dock)
        dock.select_check(name)

    return [
        PaletteEntry(
            translate(CHECKS, check.title),
            translate("PaletteEntries", "check"),
            partial(select_check, name),
            hidden_keywords=f"{name} {translate(CHECKS, check.question)}",
        )
        for name, check in list_checks().items()
    ]


def _control_entries(window: MainWindow) -> list[PaletteEntry]:
    """Return every control of the panels and every view; choosing one gives it the focus.

    For a disabled control, the panel is shown, which states what is missing.
    """
    entries = []
    for dock in window.docks:
        title = dock.windowTitle()
        keywords = find_synonyms(translate("PaletteEntries", "{} panel").format(title))
        entries.append(
            PaletteEntry(
                title,
                translate("PaletteEntries", "panel"),
                partial(_raise_dock, dock),
                hidden_keywords=keywords,
            )
        )
        labels = {label.buddy(): label.text() for label in dock.findChildren(QLabel) if label.buddy()}
        names = set()
        for widget in dock.findChildren(QWidget):
            name = _control_name(widget, labels)
            if name and name not in names and not widget.isHidden():
                names.add(name)
                kind, focus = (
                    translate("PaletteEntries", "in {}").format(title),
                    partial(_focus_control, dock, widget),
                )
                available = widget.isEnabled()
                entries.append(PaletteEntry(name, kind, focus, "", find_synonyms(name), CONTROLS, available))
    views = (window.box, *window.slices, window.mosaic)
    return entries + [
        PaletteEntry(view.accessibleName(), translate("PaletteEntries", "view"), view.setFocus)
        for view in views
    ]


def _control_name(widget: QWidget, labels: dict[QWidget, str]) -> str:
    """Return the visible name of a control; empty if it has none."""
    if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        return ""
    if widget.objectName().startswith("qt_"):
        return ""
    name = labels.get(widget, "") or widget.accessibleName()
    return name or (_strip_mnemonic(widget.text()) if isinstance(widget, QAbstractButton) else "")


def _raise_dock(dock: QDockWidget) -> None:
    dock.show()
    dock.raise_()


def _focus_control(dock: QDockWidget, widget: QWidget) -> None:
    _raise_dock(dock)
    for area in dock.findChildren(QScrollArea):
        if area.isAncestorOf(widget):
            area.ensureWidgetVisible(widget)
    widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
