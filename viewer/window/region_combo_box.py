"""Choice of the region of a dense prediction that is explained, and of its reduction."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from viewer.session.session import Session
from viewer.window.combo_box import ComboBox

ABOVE_HALF = "above:0.5"
AT_CROSSHAIR = "at the crosshair"
MASK_FILE = "a file"
NORMALISED = "normalised:"


class RegionComboBox(ComboBox):
    """Choice of the output region: probability above 50 %, body at the crosshair, everywhere, or a mask."""

    file_requested = Signal()
    """Emitted when the user chooses to open a mask; the receiver calls `set_mask`."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._previous_index = 0
        self.setAccessibleName(self.tr("Region"))
        self.setToolTip(self.tr("The part of the prediction whose scores are summed and explained"))
        self.addItem(self.tr("Where its probability is above 50 %"), ABOVE_HALF)
        self.addItem(self.tr("The predicted body at the crosshair"), AT_CROSSHAIR)
        self.addItem(self.tr("Everywhere"), "all")
        self.addItem(self.tr("A mask…"), MASK_FILE)
        self.activated.connect(self._on_activated)

    def set_mask(self, path: Path | None) -> None:
        """Select a mask file; None restores the previous choice."""
        if path is None:
            self.setCurrentIndex(self._previous_index)
            return
        index = self.findData(str(path))
        if index < 0:
            index = self.count() - 1
            self.insertItem(index, path.name, str(path))
        self.setCurrentIndex(index)
        self._previous_index = index

    @property
    def choice(self) -> str:
        """Value of the selected entry, or the path of a mask."""
        index = self._previous_index if self.currentData() == MASK_FILE else self.currentIndex()
        return str(self.itemData(index))

    def set_choice(self, choice: str) -> None:
        """Select a value returned by `choice`; an empty one selects the default region."""
        index = self.findData(choice)
        if choice and index < 0:
            self.set_mask(Path(choice))
            return
        self._previous_index = index if choice and choice != MASK_FILE else 0
        self.setCurrentIndex(self._previous_index)

    @property
    def is_at_crosshair(self) -> bool:
        """Whether the region is the predicted body at the crosshair."""
        return str(self.currentData()) == AT_CROSSHAIR

    @property
    def region(self) -> str:
        """Region in the form that `viewer.methods.region_parser.parse_region` reads."""
        value = str(self.currentData())
        if not self.is_at_crosshair:
            return value
        x, y, z = self._session.crosshair
        return f"component:{x:z.2f},{y:z.2f},{z:z.2f}"

    def _on_activated(self, index: int) -> None:
        if self.itemData(index) == MASK_FILE:
            self.file_requested.emit()
        else:
            self._previous_index = index


class ReductionComboBox(ComboBox):
    """Choice of the reduction over a region's voxels: sum, mean, or equal shares."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Reduction"))
        self.setToolTip(self.tr("How the outputs of the region's voxels are combined"))
        self.addItem(self.tr("Sum over the region"), "")
        self.addItem(self.tr("Mean over the region"), "mean:")
        self.addItem(self.tr("The same share for every voxel"), NORMALISED)

    @property
    def prefix(self) -> str:
        """Text before the region: ``mean:``, ``normalised:``, or nothing."""
        return str(self.currentData())

    def take_prefix(self, choice: str) -> str:
        """Select the reduction of a stored choice, and return the choice without its prefix."""
        prefixes = [str(self.itemData(index)) for index in range(1, self.count())]
        prefix = next((candidate for candidate in prefixes if choice.startswith(candidate)), "")
        self.setCurrentIndex(self.findData(prefix))
        return choice.removeprefix(prefix)
