"""Named layouts of the panels, kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote

from PySide6.QtCore import QByteArray, QObject, QSettings
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

GROUP = "layouts"

LayoutState = tuple[QByteArray, QByteArray]
"""State of the panels, and of the box and the slices between them."""


class SavedLayouts(QObject):
    """Layouts that the user has saved under a name.

    Parameters
    ----------
    window
        Parent of the dialogs.
    settings
        Storage of the layouts; None saves none.
    read_layout, restore_layout
        Functions that return the current layout and show another.
    """

    def __init__(
        self,
        window: QWidget,
        settings: QSettings | None,
        read_layout: Callable[[], LayoutState],
        restore_layout: Callable[[QByteArray, QByteArray], object],
    ) -> None:
        super().__init__(window)
        self._window, self._settings = window, settings
        self._read_layout, self._restore_layout = read_layout, restore_layout

    @property
    def is_available(self) -> bool:
        """Whether layouts can be saved."""
        return self._settings is not None

    @property
    def names(self) -> list[str]:
        """Names of the saved layouts, in alphabetical order."""
        if self._settings is None:
            return []
        self._settings.beginGroup(GROUP)
        keys = self._settings.childGroups()
        self._settings.endGroup()
        return sorted(map(unquote, keys), key=str.casefold)

    def show(self, name: str) -> None:
        """Show a saved layout; do nothing if it no longer exists or cannot be read."""
        if self._settings is None:
            return
        state, centre = (
            self._settings.value(f"{_settings_group(name)}/{key}") for key in ("state", "centre")
        )
        if isinstance(state, QByteArray) and isinstance(centre, QByteArray):
            self._restore_layout(state, centre)

    def ask_save(self) -> None:
        """Ask for a name and save the current layout under it; confirm before replacing another."""
        title = self.tr("Save layout")
        name, accepted = QInputDialog.getText(self._window, title, self.tr("Name of the layout:"))
        name = " ".join(name.split())
        if not accepted or not name or self._settings is None:
            return
        if name in self.names:
            question = self.tr("Replace the layout {}?").format(name)
            if QMessageBox.question(self._window, title, question) != QMessageBox.StandardButton.Yes:
                return
        for key, value in zip(("state", "centre"), self._read_layout(), strict=True):
            self._settings.setValue(f"{_settings_group(name)}/{key}", value)

    def ask_remove(self) -> None:
        """Ask for a layout and remove it."""
        if self._settings is None or not self.names:
            return
        title, label = self.tr("Remove layout"), self.tr("Layout:")
        name, accepted = QInputDialog.getItem(self._window, title, label, self.names, 0, False)
        if accepted:
            self._settings.remove(_settings_group(name))


def _settings_group(name: str) -> str:
    """Return the group of a layout in the settings; quoted, because a slash would begin another group."""
    return f"{GROUP}/{quote(name, safe='')}"
