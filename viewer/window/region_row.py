"""Which part of a dense prediction is explained: a choice of what `viewer.methods.regions` understands."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from viewer.session.session import Session
from viewer.window.combo_box import ComboBox

ABOVE = "above:0.5"
AT = "at the crosshair"
FILE = "a file"


class RegionRow(ComboBox):
    """Where the class is probable, the body at the crosshair, everything, or the voxels of a mask's file."""

    file_asked = Signal()
    """A mask is wanted, and `set_mask` is to say which."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._before = 0
        self.setAccessibleName(self.tr("Region"))
        self.setToolTip(self.tr("The part of the prediction whose scores are summed and explained"))
        self.addItem(self.tr("Where its probability is above 50 %"), ABOVE)
        self.addItem(self.tr("The region at the crosshair"), AT)
        self.addItem(self.tr("Everywhere"), "all")
        self.addItem(self.tr("A mask…"), FILE)
        self.activated.connect(self._chosen)

    def set_mask(self, path: Path | None) -> None:
        """The mask that was asked for; None takes the choice back."""
        if path is None:
            self.setCurrentIndex(self._before)
            return
        place = self.findData(str(path))
        if place < 0:
            place = self.count() - 1
            self.insertItem(place, path.name, str(path))
        self.setCurrentIndex(place)
        self._before = place

    @property
    def region(self) -> str:
        """The region, as `viewer.methods.regions.read_region` reads it."""
        chosen = str(self.currentData())
        if chosen != AT:
            return chosen
        x, y, z = self._session.crosshair
        return f"{ABOVE}@{x:z.2f},{y:z.2f},{z:z.2f}"

    def _chosen(self, place: int) -> None:
        if self.itemData(place) == FILE:
            self.file_asked.emit()
        else:
            self._before = place
