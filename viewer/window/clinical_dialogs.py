"""Options dialog of reports and DICOM exports: identity and optional content."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QWidget

from viewer.window.combo_box import ComboBox
from viewer.window.export_dialogs import ExportDialog

MAX_PSEUDONYM_LENGTH = 64


@dataclass(frozen=True)
class ClinicalOptions:
    """Pseudonym, empty for the identity in the scan's header; and whether to add the optional content."""

    pseudonym: str
    additional: bool


class ClinicalDialog(ExportDialog):
    """Dialog with the identity and one check box.

    Parameters
    ----------
    title
        Title of the dialog.
    additional
        Label of the check box.
    chosen
        Whether it is checked initially.
    """

    def __init__(self, title: str, additional: str, chosen: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._identity = ComboBox()
        self._identity.addItem(self.tr("From the scan's header"), False)
        self._identity.addItem(self.tr("Pseudonym"), True)
        self._pseudonym = QLineEdit()
        self._pseudonym.setMaxLength(MAX_PSEUDONYM_LENGTH)
        self._pseudonym.setEnabled(False)
        self._pseudonym.setPlaceholderText("sub-01")
        self._additional = QCheckBox(additional)
        self._additional.setChecked(chosen)
        form = QFormLayout()
        form.addRow(self.tr("Identity"), self._identity)
        form.addRow(self.tr("Pseudonym"), self._pseudonym)
        form.addRow("", self._additional)
        self._lay_out(form)
        self._identity.currentIndexChanged.connect(
            lambda _: self._pseudonym.setEnabled(bool(self._identity.currentData()))
        )

    def options(self) -> ClinicalOptions:
        """Return the chosen options; an empty pseudonym means the placeholder, not the identity."""
        hidden = bool(self._identity.currentData())
        pseudonym = self._pseudonym.text().strip() or self._pseudonym.placeholderText()
        return ClinicalOptions(pseudonym if hidden else "", self._additional.isChecked())
