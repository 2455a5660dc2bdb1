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
    include_optional: bool


class ClinicalDialog(ExportDialog):
    """Dialog with the identity and one check box.

    Parameters
    ----------
    title
        Title of the dialog.
    optional_label
        Label of the check box.
    optional_checked
        Whether it is checked initially.
    """

    def __init__(
        self, title: str, optional_label: str, optional_checked: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._identity_combo = ComboBox()
        self._identity_combo.addItem(self.tr("From the scan's header"), False)
        self._identity_combo.addItem(self.tr("Pseudonym"), True)
        self._pseudonym_edit = QLineEdit()
        self._pseudonym_edit.setMaxLength(MAX_PSEUDONYM_LENGTH)
        self._pseudonym_edit.setEnabled(False)
        self._pseudonym_edit.setPlaceholderText("sub-01")
        self._optional_box = QCheckBox(optional_label)
        self._optional_box.setChecked(optional_checked)
        form = QFormLayout()
        form.addRow(self.tr("Identity"), self._identity_combo)
        form.addRow(self.tr("Pseudonym"), self._pseudonym_edit)
        form.addRow("", self._optional_box)
        self._lay_out(form)
        self._identity_combo.currentIndexChanged.connect(
            lambda _: self._pseudonym_edit.setEnabled(bool(self._identity_combo.currentData()))
        )

    def options(self) -> ClinicalOptions:
        """Return the chosen options; an empty pseudonym means the placeholder, not the identity."""
        hidden = bool(self._identity_combo.currentData())
        pseudonym = self._pseudonym_edit.text().strip() or self._pseudonym_edit.placeholderText()
        return ClinicalOptions(pseudonym if hidden else "", self._optional_box.isChecked())
