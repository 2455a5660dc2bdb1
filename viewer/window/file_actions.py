"""File and confirmation dialogs: open, save, choice of a volume, trust in a model file, errors.

Qt's dialogs are imported when one is opened: each class imported here delays the window's first paint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtWidgets import QWidget

from viewer.window.controller import Controller
from viewer.window.file_dialogs import FileDialogs

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from viewer.jobs.worker import Job
    from viewer.models.missing_card import MissingCardError
    from viewer.models.output_selection import OutputCandidate
    from viewer.session.map_layer import MapLayer
    from viewer.window.model_request import ModelRequest

MAX_RECENT_FILES = 10
ALL_FILES = ";;All files (*)"
IMAGE_FILTER = (
    f"Images (*.nii *.nii.gz *.mgh *.mgz *.mnc *.img *.hdr *.HEAD *.BRIK *.PAR *.REC *.dcm){ALL_FILES}"
)
MODEL_FILTER = f"Networks (*.safetensors *.pt *.pth *.ckpt *.pt2 *.onnx *.keras *.h5 *.py){ALL_FILES}"
TRANSFORM_FILTER = f"Transforms (*.json *.tfm *.txt *.mat){ALL_FILES}"
SESSION_FILTER = f"Sessions (*.session.json *.session.zip){ALL_FILES}"
FIGURE_FILTER = "PNG, SVG, PDF (*.png *.svg *.pdf)"
MAP_FILTER = "NIfTI (*.nii.gz *.nii)"


class FileActions(QObject):
    """Handler of the file actions: shows dialogs, and calls the controller with the answers.

    Parameters
    ----------
    window
        Parent of the dialogs.
    controller
        Opens and saves the files.
    file_dialogs
        File dialogs.
    settings
        Storage of the recent files; None stores nothing.
    """

    def __init__(
        self, window: QWidget, controller: Controller, file_dialogs: FileDialogs, settings: QSettings | None
    ) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._file_dialogs = file_dialogs
        self._settings = settings
        self._error_boxes: list[QMessageBox] = []
        controller.failed.connect(self.show_error)
        controller.volume_choice_needed.connect(self.ask_volume)
        controller.trust_needed.connect(self.ask_trust)
        controller.output_choice_needed.connect(self.ask_output)
        controller.card_needed.connect(self.ask_card)
        controller.opened.connect(self._remember)

    # Opening

    def open_scan(self) -> None:
        """Ask for a scan and open it."""
        path = self._file_dialogs.ask_open(self.tr("Open scan"), IMAGE_FILTER)
        if path is not None:
            self._controller.open_as(path, "scan", self._controller.open_scan)

    def open_folder(self) -> None:
        """Ask for a DICOM folder, or a subject's folder of a BIDS dataset, and open it."""
        folder = self._file_dialogs.ask_folder(self.tr("Open DICOM or BIDS folder"))
        if folder is not None:
            self._controller.open_scan(folder)

    def open_model(self) -> None:
        """Ask for a model file and open it."""
        path = self._file_dialogs.ask_open(self.tr("Open model"), MODEL_FILTER)
        if path is not None:
            self._controller.open_as(path, "model", self._controller.open_model)

    def open_model_folder(self) -> None:
        """Ask for the folder of a network (nnU-Net's results, a MONAI bundle) and open it."""
        folder = self._file_dialogs.ask_folder(self.tr("Open model folder"))
        if folder is not None:
            self._controller.open_as(folder, "model", self._controller.open_model)

    def open_map(self) -> None:
        """Ask for a map and open it."""
        path = self._file_dialogs.ask_open(self.tr("Open map"), IMAGE_FILTER)
        if path is not None:
            self._controller.open_as(path, "map", self._controller.open_map)

    def ask_image(self, channel: str) -> Path | None:
        """Ask for the image of a channel or, without a name, for one file with all; None if cancelled."""
        title = self.tr("Open image {}").format(channel) if channel else self.tr("Open file with all images")
        return self._file_dialogs.ask_open(title, IMAGE_FILTER)

    def ask_mask(self) -> Path | None:
        """Ask for a mask file; return None if cancelled."""
        return self._file_dialogs.ask_open(self.tr("Open mask"), IMAGE_FILTER)

    def ask_transform(self) -> Path | None:
        """Ask for the file of a transform to the template; return None if cancelled."""
        return self._file_dialogs.ask_open(self.tr("Open transform"), TRANSFORM_FILTER)

    def open_session(self) -> None:
        """Ask for a saved session and open it."""
        path = self._file_dialogs.ask_open(self.tr("Open session"), SESSION_FILTER)
        if path is not None:
            self._controller.open_as(path, "session", self._controller.open_session)

    def ask_volume(self, path: Path, count: int, is_map: bool) -> None:
        """Ask which volume of a 4D file to open."""
        from PySide6.QtWidgets import QInputDialog

        question = self.tr("This file contains {} volumes. Volume number (the first is 0):").format(count)
        volume, accepted = QInputDialog.getInt(self._window, path.name, question, 0, 0, count - 1)
        if accepted:
            (self._controller.open_map if is_map else self._controller.open_scan)(path, volume)

    def ask_trust(self, request: ModelRequest, file_description: str) -> None:
        """Ask for confirmation before a file that runs code is opened."""
        from PySide6.QtWidgets import QMessageBox

        question = self.tr(
            "{} is {}. Opening it runs code from the file. Continue only if you trust its source."
        ).format(request.path.name, file_description)
        box = QMessageBox(QMessageBox.Icon.Warning, request.path.name, question, parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        trust_button = box.addButton(self.tr("Trust and open"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        trust_button.clicked.connect(
            lambda: self._controller.open_requested_model(replace(request, trust=True))
        )
        box.open()

    def ask_output(self, request: ModelRequest, candidates: Sequence[OutputCandidate]) -> None:
        """Ask which of several tensors is the prediction; the current network stays until one is chosen."""
        from PySide6.QtWidgets import QInputDialog

        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(request.path.name)
        dialog.setLabelText(
            self.tr("This network returns {} tensors. Which one is the prediction?").format(len(candidates))
        )
        dialog.setComboBoxItems([candidate.text for candidate in candidates])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        labels = {candidate.text: candidate.label for candidate in candidates}
        dialog.textValueSelected.connect(
            lambda text: self._controller.open_requested_model(replace(request, output_name=labels[text]))
        )
        dialog.open()

    def ask_card(self, request: ModelRequest, missing_card: MissingCardError) -> None:
        """Ask for the missing entries of a model card; the current network stays until they are given."""
        from viewer.window.model_card_dialog import ModelCardDialog

        dialog = ModelCardDialog(missing_card, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(
            lambda: self._controller.open_requested_model(replace(request, card=dialog.card))
        )
        dialog.open()

    # Recent files

    @property
    def recent_files(self) -> list[str]:
        """Paths of the recently opened files, the latest first."""
        paths = self._settings.value("recent") if self._settings is not None else None
        return [paths] if isinstance(paths, str) else list(paths or [])

    def _remember(self, path: Path) -> None:
        if self._settings is None or not path.exists():
            return
        resolved = str(path.resolve())
        others = [other for other in self.recent_files if other != resolved]
        self._settings.setValue("recent", [resolved, *others][:MAX_RECENT_FILES])

    # Saving

    def save_session(self) -> Job[tuple[MapLayer, ...]] | None:
        """Ask for a path and save the session; return the job, or None if cancelled."""
        session = self._controller.session
        if session.scan is None and not session.maps:
            return None
        name = "maps" if session.scan is None else session.scan.name
        file_filter = self.tr(
            "Session that refers to its files (*.session.json);;"
            "Session that includes its files (*.session.zip)"
        )
        path = self._file_dialogs.ask_save(self.tr("Save session"), f"{name}.session.json", file_filter)
        if path is None:
            return None
        session_path = with_session_suffix(path)
        if session_path != path and session_path.exists():
            # The dialog asked about overwriting a file of another name.
            self.show_error(
                path.name, self.tr("{} already exists; choose another name.").format(session_path.name)
            )
            return None
        return self._controller.save_session(session_path)

    def save_map(self) -> None:
        """Ask for a path and save the current map."""
        index, layer = self._controller.session.current, self._controller.session.current_layer
        if index is None or layer is None:
            return
        path = self._file_dialogs.ask_save(
            self.tr("Save map"), self._file_dialogs.suggest_name("", ".nii.gz"), MAP_FILTER
        )
        if path is not None:
            self._controller.save_map(index, path)

    def save_figure(self, box: QWidget) -> None:
        """Ask for the options and a path, and save a figure of the box.

        The initial aspect ratio is that of the widget ``box``.
        """
        from viewer.window.export_dialogs import FigureDialog

        session = self._controller.session
        if session.scan is None:
            return
        dialog = FigureDialog(box.size(), session.view.theme, self._window)
        if dialog.exec() != FigureDialog.DialogCode.Accepted:
            return
        path = self._file_dialogs.ask_save(
            self.tr("Save figure"), self._file_dialogs.suggest_name("figure", ".png"), FIGURE_FILTER
        )
        if path is not None:
            self._controller.save_figure(path, dialog.options())

    # Errors

    def show_error(self, title: str, message: str, details: str = "") -> None:
        """Show an error dialog that does not block the window.

        ``details`` are shown on request.
        """
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(
            QMessageBox.Icon.Warning, title, message, QMessageBox.StandardButton.Close, self._window
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.setDetailedText(details)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(lambda *_: self._error_boxes.remove(box))
        self._error_boxes.append(box)
        box.open()

    @property
    def error_boxes(self) -> tuple[QMessageBox, ...]:
        """Open error dialogs."""
        return tuple(self._error_boxes)


def with_session_suffix(path: Path) -> Path:
    """Return the path with a suffix that identifies it as a session."""
    name = path.name.lower()
    if name.endswith((".session.json", ".session.zip")):
        return path
    for suffix in (".json", ".zip"):
        if name.endswith(suffix):
            return path.with_name(f"{path.name[: -len(suffix)]}.session{suffix}")
    return path.with_name(f"{path.name}.session.json")
