"""Dialogs of the help menu: About, and the list of shortcuts."""

from __future__ import annotations

import platform

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from viewer.window.dock_panel import make_label
from viewer.window.theme import ACCENT, render_icon


class AboutDialog(QDialog):
    """About dialog: name, version, purpose, licence, library versions, and citation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from importlib.metadata import PackageNotFoundError, version

        try:
            version_text = version("saliency-viewer")
        except PackageNotFoundError:
            version_text = self.tr("from a checkout")
        self.setWindowTitle(self.tr("About Saliency Viewer"))
        picture = QLabel()
        picture.setPixmap(render_icon("app", ACCENT, 56))
        text_column = QVBoxLayout()
        text_column.addWidget(make_label("Saliency Viewer", "title"))
        text_column.addWidget(make_label(version_text, "quiet"))
        text_column.addWidget(
            make_label(self.tr("Explains the decisions of neural networks on brain scans."))
        )
        text_column.addWidget(make_label(self.tr("Not for diagnosis."), "warning"))
        text_column.addWidget(
            make_label(self.tr("A map shows what a network used, not what is there. MIT licence."), "quiet")
        )
        libraries = make_label(", ".join(library_versions()), "quiet")
        libraries.setAccessibleName(self.tr("Versions"))
        text_column.addWidget(libraries)
        text_column.addWidget(
            make_label(
                self.tr("Please cite the method of a map (named in its panel) and this program."), "quiet"
            )
        )
        text_column.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(picture)
        row.addLayout(text_column, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(14)
        column.addLayout(row)
        column.addWidget(buttons)
        self.setMinimumWidth(420)
        # The size hint of wrapped labels is higher than the space they need.
        self.resize(420, self.heightForWidth(420))


def library_versions() -> tuple[str, ...]:
    """Return the names and versions of Python and the installed main libraries."""
    from importlib.metadata import PackageNotFoundError, version

    versions = [f"Python {platform.python_version()}"]
    for name, package in (
        ("Qt", "PySide6-Essentials"),
        ("VTK", "vtk"),
        ("torch", "torch"),
        ("NiBabel", "nibabel"),
    ):
        try:
            versions.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            continue
    return tuple(versions)


class ShortcutsDialog(QDialog):
    """List of shortcuts, read from the actions of the window to be always up to date."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Shortcuts"))
        views = [
            (self.tr("Drag, arrows"), self.tr("Box: rotate. Slice: move the crosshair")),
            (self.tr("Wheel"), self.tr("Box: zoom. Slice: next slice")),
            (self.tr("Ctrl+wheel, + and −"), self.tr("Zoom")),
            (self.tr("Middle drag"), self.tr("Slice: pan")),
            (self.tr("Right drag"), self.tr("Slice: brightness and contrast")),
            (self.tr("Page up, page down"), self.tr("Slice: next and previous slice")),
            (self.tr("Shift+arrows"), self.tr("Larger steps")),
            (self.tr("Click"), self.tr("Box: move the crosshair there")),
            (self.tr("Double-click, Home"), self.tr("Box: home view. Slice: fit to window")),
            ("W", self.tr("Box: walls at the crosshair or in the middle")),
            ("O", self.tr("Mosaic: axial, coronal or sagittal")),
            (self.tr("Click, arrows, Home"), self.tr("Profile: go to slice, move, go to peak")),
            (self.tr("Space, Delete"), self.tr("Maps: hide or show, remove")),
            ("K", self.tr("Maps: draw with the others")),
            (self.tr("Ctrl+C"), self.tr("Box: copy the figure")),
            (self.tr("Wheel, ↑ ↓, 1–9"), self.tr("Presentation: threshold, map")),
            (self.tr("S, C, H"), self.tr("Presentation: threshold sweep, caption, keys")),
        ]
        actions = [
            (action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), _plain_text(action))
            for action in window.actions()
            if not action.shortcut().isEmpty()
        ]
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        for column, (title, entries) in enumerate(((self.tr("Menus"), actions), (self.tr("Views"), views))):
            grid.addWidget(make_label(title, "section"), 0, 2 * column, 1, 2)
            for row, (keys, description) in enumerate(entries, start=1):
                label = QLabel(keys)
                label.setProperty("role", "quiet")
                grid.addWidget(label, row, 2 * column)
                grid.addWidget(QLabel(description), row, 2 * column + 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(20, 16, 20, 14)
        column_layout.setSpacing(14)
        column_layout.addLayout(grid)
        column_layout.addWidget(buttons)


def _plain_text(action: QAction) -> str:
    return action.text().replace("&", "").removesuffix(" …")
