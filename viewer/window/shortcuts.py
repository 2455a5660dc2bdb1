"""The sheet of shortcuts: what the menus say, and what the views take."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QMainWindow, QVBoxLayout

from viewer.window.panel import text


class Shortcuts(QDialog):
    """Read from the window's own actions, so that it cannot be out of date."""

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
            (self.tr("Wheel, ↑ ↓, 1–9"), self.tr("Presentation: threshold, map")),
        ]
        actions = [
            (action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), _plain(action))
            for action in window.actions()
            if not action.shortcut().isEmpty()
        ]
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        for column, (title, entries) in enumerate(((self.tr("Menus"), actions), (self.tr("Views"), views))):
            grid.addWidget(text(title, "section"), 0, 2 * column, 1, 2)
            for row, (keys, words) in enumerate(entries, start=1):
                label = QLabel(keys)
                label.setProperty("role", "quiet")
                grid.addWidget(label, row, 2 * column)
                grid.addWidget(QLabel(words), row, 2 * column + 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(20, 16, 20, 14)
        column_layout.setSpacing(14)
        column_layout.addLayout(grid)
        column_layout.addWidget(buttons)


def _plain(action: QAction) -> str:
    return action.text().replace("&", "").removesuffix(" …")
