"""A file or a folder among the choices of a form, asked for when a person wants another."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from viewer.window.combo_box import ComboBox
from viewer.window.file_dialogs import file_dialogs

IMAGES = "Images (*.nii *.nii.gz *.mgh *.mgz *.mnc *.img *.hdr);;All files (*)"


class PathChoice(ComboBox):
    """Nothing, under the name ``without``, or a file or folder that a person chooses when asked for it.

    Parameters
    ----------
    without
        What it is called where no path is chosen.
    ask
        The entry that opens the file dialog.
    title
        Of the file dialog, and of this editor for a screen reader.
    folder
        Whether a folder is chosen.
    """

    def __init__(self, without: str, ask: str, title: str, folder: bool = False) -> None:
        super().__init__()
        self._title = title
        self._folder = folder
        self._before = 0
        self.setAccessibleName(title)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.addItem(without, "")
        self.addItem(ask, None)
        self.activated.connect(self._chosen)

    @property
    def path(self) -> Path | None:
        """What was chosen."""
        told = self.currentData()
        return Path(told) if told else None

    def choose(self, path: Path) -> None:
        """Choose a path as a person does."""
        place = self.findData(str(path))
        if place < 0:
            place = self.count() - 1
            self.insertItem(place, path.name, str(path))
            self.setItemData(place, str(path), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(place)
        self._before = place

    def _chosen(self, place: int) -> None:
        if self.itemData(place) is not None:
            self._before = place
            return
        dialogs = file_dialogs(self)
        ask = dialogs.ask_folder if self._folder else partial(dialogs.ask_open, names=IMAGES)
        told = ask(self._title, over=self)
        if told is not None:
            self.choose(told)
        else:
            self.setCurrentIndex(self._before)
