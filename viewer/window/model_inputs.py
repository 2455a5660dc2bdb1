"""Input images and covariates of the network: one row each, if it takes more than a single image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from viewer.session.session import Session
from viewer.window.dock_panel import as_sentence, make_label, set_text
from viewer.window.translation import translate_sentence

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.models.model import Model
    from viewer.scans.scan import Scan

MAX_BUTTON_CHARACTERS = 24


class ModelInputs(QWidget):
    """Form with the image of each channel and the covariates; hidden for a network that takes one image.

    Nothing is opened until every channel has an image and every covariate a value. After that, the rows show
    the images and covariates of the session's scan. A covariate that is changed or deleted is immediately
    removed from the scan, so that no prediction or map uses a value that is not shown. The entries belong to
    one person: another scan clears them.
    """

    file_requested = Signal(str)
    """Emitted with the channel whose image is to be chosen; empty for one file with all channels."""

    completed = Signal(object, object)
    """Emitted with two dictionaries: all images by channel, as `Path` or `Scan`, and the known covariates."""

    align_requested = Signal()
    """Emitted to align the images of the person to the first one."""

    covariates_withdrawn = Signal(object)
    """Emitted with the current scan without the covariates that are being changed."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model_inputs")
        self.setAccessibleName(self.tr("Inputs of the network"))
        self._session = session
        self._model: Model | None = None
        self._chosen_images: dict[str, Path | Scan] = {}
        self._scan_data: npt.NDArray[np.float32] | None = None
        self.buttons: dict[str, QPushButton] = {}
        self.editors: dict[str, QLineEdit] = {}
        self._heading_label = make_label(self.tr("Images and covariates of the person"), "section")
        self._missing_label = make_label(role="warning")
        self._rows = QWidget()
        self._form = QFormLayout(self._rows)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self.one_file: QPushButton | None = None
        self.align: QPushButton | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._heading_label, self._rows, self._missing_label):
            column.addWidget(widget)
        session.subscribe(self._show_model, "model")
        session.subscribe(self._show_scan, "scan")
        self._show_model()

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the network's input images; empty if it takes one image, or one for all channels."""
        spec = None if self._model is None else self._model.card.input
        if spec is None or spec.channels < 2 or spec.repeat:
            return ()
        return spec.channel_names or tuple(str(index + 1) for index in range(spec.channels))

    def set_image(self, channel: str, path: Path) -> None:
        """Set the image of a channel; the images are opened when all channels have one.

        If all images are already shown, the row shows the new one after it is read.
        """
        images = {**self._chosen_images, channel: path}
        if not self._shows_all_images:
            self._chosen_images = images
            self._update_rows()
        self._emit_if_complete(images)

    @property
    def _shows_all_images(self) -> bool:
        """Whether the current scan has an image for every channel."""
        from viewer.scans.multichannel_scan import MultichannelScan

        scan = self._session.scan
        channels = scan.channels if isinstance(scan, MultichannelScan) else ()
        return {name.casefold() for name in self.channels} <= {name.casefold() for name in channels}

    def _entered_covariates(self) -> dict[str, float]:
        """Return the covariates whose rows have a valid number."""
        return {
            name: float(editor.text())
            for name, editor in self.editors.items()
            if editor.text().strip() and editor.hasAcceptableInput()
        }

    def _withdraw_changed_covariates(self) -> None:
        """Emit the scan without the covariates whose rows have another value or none."""
        from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan

        scan = self._session.scan
        if not isinstance(scan, MultichannelScan):
            return
        entered = {name.casefold(): value for name, value in self._entered_covariates().items()}
        rows = {name.casefold() for name in self.editors}
        remaining = {
            name: value
            for name, value in scan.covariates.items()
            if name.casefold() not in rows or entered.get(name.casefold()) == value
        }
        if len(remaining) < len(scan.covariates):
            is_single = len(scan.channels) == 1 and not remaining
            self.covariates_withdrawn.emit(
                scan.first if is_single else make_multichannel_scan(scan.images, remaining)
            )

    def _show_model(self) -> None:
        if self._session.model is self._model and self._model is not None:
            return
        self._model = self._session.model
        while self._form.rowCount():
            self._form.removeRow(0)
        self.buttons, self.editors, self.one_file, self.align = {}, {}, None, None
        # Above the images, in one row: below them, a panel of 800 pixels would hide both.
        if self.channels:
            self.one_file = QPushButton(self.tr("All from one file …"))
            self.one_file.setToolTip(
                self.tr("A file with one volume for each image, in the order of the rows")
            )
            self.one_file.clicked.connect(lambda: self.file_requested.emit(""))
            self.align = QPushButton(self.tr("Align images"))
            self.align.setToolTip(
                self.tr("Register the images to the first one (rigid), if the head moved between them")
            )
            self.align.clicked.connect(lambda: self.align_requested.emit())
            row = QHBoxLayout()
            row.setSpacing(6)
            row.addWidget(self.one_file, 1)
            row.addWidget(self.align, 1)
            self._form.addRow(row)
        for channel in self.channels:
            self._form.addRow(channel, self._make_button(channel))
        for covariate in () if self._model is None else self._model.covariates:
            self._form.addRow(covariate.name, self._make_editor(covariate.name, covariate.unit))
        self.setVisible(bool(self.buttons or self.editors))
        self._show_scan()

    def _make_button(self, channel: str) -> QPushButton:
        button = QPushButton()
        button.setObjectName(f"image_{channel}")
        button.setAccessibleName(self.tr("Image {}").format(channel))
        button.clicked.connect(lambda: self.file_requested.emit(channel))
        self.buttons[channel] = button
        return button

    def _make_editor(self, name: str, unit: str) -> QLineEdit:
        editor = QLineEdit()
        editor.setObjectName(f"covariate_{name}")
        editor.setAccessibleName(name)
        editor.setPlaceholderText(unit or self.tr("a number"))
        validator = QDoubleValidator(editor)
        validator.setLocale(QLocale.c())
        editor.setValidator(validator)
        editor.textEdited.connect(self._withdraw_changed_covariates)
        editor.editingFinished.connect(lambda: self._emit_if_complete(self._chosen_images))
        self.editors[name] = editor
        return editor

    def _show_scan(self) -> None:
        """Show the images and covariates of the current scan, and clear those of another one."""
        from numpy import may_share_memory

        from viewer.scans.multichannel_scan import MultichannelScan

        scan = self._session.scan
        data = None if scan is None else scan.data
        same_scan = (
            data is not None and self._scan_data is not None and may_share_memory(data, self._scan_data)
        )
        self._scan_data = data
        covariates: Mapping[str, Any] = {}
        if isinstance(scan, MultichannelScan):
            by_name = {name.casefold(): image for name, image in scan.images.items()}
            images = {name: by_name[name.casefold()] for name in self.channels if name.casefold() in by_name}
            self._chosen_images = dict(images) if len(images) == len(self.channels) else {}
            covariates = {name.casefold(): value for name, value in scan.covariates.items()}
        else:
            self._chosen_images = {}
        for name, editor in self.editors.items():
            value = covariates.get(name.casefold())
            if value is not None:
                editor.setText(f"{value:.10g}")
            elif not same_scan:
                editor.clear()
        self._update_rows()

    def _update_rows(self) -> None:
        for channel, button in self.buttons.items():
            image = self._chosen_images.get(channel)
            name = "" if image is None else image.name
            short_name = (
                name if len(name) <= MAX_BUTTON_CHARACTERS else f"{name[: MAX_BUTTON_CHARACTERS - 1]}…"
            )
            button.setText(short_name or self.tr("Choose …"))
            button.setToolTip(name)
        if self.align is not None:
            self.align.setEnabled(self._shows_all_images)
        self._show_missing()

    def _show_missing(self) -> None:
        from viewer.models.preprocessing import describe_missing_inputs

        if self._model is None or self.isHidden():
            set_text(self._missing_label, "")
            return
        missing = [channel for channel in self.channels if channel not in self._chosen_images]
        text = ""
        if missing:
            text = self.tr("Choose an image for {}.").format(", ".join(missing))
        elif self._session.scan is not None:
            card, covariates = self._model.card, self._model.covariates
            problem = describe_missing_inputs(self._session.scan, card, covariates)
            text = (
                as_sentence(self.tr("The network {}").format(translate_sentence(problem))) if problem else ""
            )
        set_text(self._missing_label, text)

    def _emit_if_complete(self, selected: Mapping[str, Path | Scan]) -> None:
        """Emit all images and covariates if anything differs from the current scan.

        Without a current scan, nothing is emitted until all of them are given.
        """
        from viewer.scans.multichannel_scan import MultichannelScan

        scan = self._session.scan
        if any(channel not in selected for channel in self.channels):
            return
        covariates = self._entered_covariates()
        if scan is None and (not self.channels or len(covariates) < len(self.editors)):
            return
        images = {channel: selected[channel] for channel in self.channels}
        current = scan.images.values() if isinstance(scan, MultichannelScan) else (scan,)
        numbers = dict(scan.covariates) if isinstance(scan, MultichannelScan) else {}
        same_images = all(
            any(image is current_image for current_image in current) for image in images.values()
        )
        if not same_images or covariates != numbers:
            self.completed.emit(images, covariates)
