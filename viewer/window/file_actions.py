"""The questions a person is asked in dialogs: which file, where to, which volume, whether to trust.

Qt's dialogs are imported when one is opened: the window's first paint waits for every class it names.
"""

from __future__ import annotations

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
    from viewer.session.session import MapLayer

MAX_RECENT_FILES = 10
ALL_FILES = ";;All files (*)"
IMAGE_FILTER = (
    f"Images (*.nii *.nii.gz *.mgh *.mgz *.mnc *.img *.hdr *.HEAD *.BRIK *.PAR *.REC *.dcm){ALL_FILES}"
)
MODEL_FILTER = f"Networks (*.safetensors *.pt *.pth *.ckpt *.pt2 *.py){ALL_FILES}"
SESSION_FILTER = f"Sessions (*.session.json *.session.zip){ALL_FILES}"
FIGURE_FILTER = "PNG, SVG, PDF (*.png *.svg *.pdf)"
MAP_FILTER = "NIfTI (*.nii.gz *.nii)"


class FileActions(QObject):
    """Asks, and hands the answers to the controller; shows its errors and questions.

    Parameters
    ----------
    window
        Over which dialogs are shown.
    controller
        Does what was answered.
    files
        Asks which file.
    settings
        Where the files that were opened last are kept; None keeps nothing.
    """

    def __init__(
        self, window: QWidget, controller: Controller, files: FileDialogs, settings: QSettings | None
    ) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._files = files
        self._settings = settings
        self._errors: list[QMessageBox] = []
        controller.failed.connect(self.show_error)
        controller.volume_choice_needed.connect(self.ask_volume)
        controller.trust_needed.connect(self.ask_trust)
        controller.card_needed.connect(self.ask_card)
        controller.opened.connect(self._remember)

    # Opening

    def open_scan(self) -> None:
        """Let a person choose a scan."""
        path = self._files.ask_open(self.tr("Open scan"), IMAGE_FILTER)
        if path is not None:
            self._controller.open_as(path, "scan", self._controller.open_scan)

    def open_folder(self) -> None:
        """Let a person choose a folder of DICOM."""
        found = self._files.ask_folder(self.tr("Open DICOM folder"))
        if found is not None:
            self._controller.open_scan(found)

    def open_model(self) -> None:
        """Let a person choose a network's file."""
        path = self._files.ask_open(self.tr("Open model"), MODEL_FILTER)
        if path is not None:
            self._controller.open_as(path, "model", self._controller.open_model)

    def open_map(self) -> None:
        """Let a person choose a map."""
        path = self._files.ask_open(self.tr("Open map"), IMAGE_FILTER)
        if path is not None:
            self._controller.open_as(path, "map", self._controller.open_map)

    def ask_mask(self) -> Path | None:
        """Let a person choose a mask's file; None where they choose none."""
        return self._files.ask_open(self.tr("Open mask"), IMAGE_FILTER)

    def open_session(self) -> None:
        """Let a person choose a saved session."""
        path = self._files.ask_open(self.tr("Open session"), SESSION_FILTER)
        if path is not None:
            self._controller.open_as(path, "session", self._controller.open_session)

    def ask_volume(self, path: Path, count: int, is_map: bool) -> None:
        """Which volume of a series is meant."""
        from PySide6.QtWidgets import QInputDialog

        words = self.tr("This file holds {} volumes. Volume number (first is 0):").format(count)
        number, chosen = QInputDialog.getInt(self._window, path.name, words, 0, 0, count - 1)
        if chosen:
            (self._controller.open_map if is_map else self._controller.open_scan)(path, number)

    def ask_trust(self, path: Path, kind: str) -> None:
        """Nothing in a file is run before a person has said yes to it."""
        from PySide6.QtWidgets import QMessageBox

        words = self.tr(
            "{} is {}. Opening it runs code from the file. Continue only if you trust its source."
        ).format(path.name, kind)
        box = QMessageBox(QMessageBox.Icon.Warning, path.name, words, parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        trusted = box.addButton(self.tr("Trust and open"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        trusted.clicked.connect(lambda: self._controller.open_model(path, trust=True))
        box.open()

    def ask_card(self, needed: MissingCardError) -> None:
        """Let a person say what a network's card leaves out; the one that is open stays until they did."""
        from viewer.window.model_card_dialog import ModelCardDialog

        dialog = ModelCardDialog(needed, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(
            lambda: self._controller.open_model(needed.path, needed.trust, needed.expected, dialog.card)
        )
        dialog.open()

    # The files that were opened last

    @property
    def recent(self) -> list[str]:
        """The files that were opened last, the latest first."""
        kept = self._settings.value("recent") if self._settings is not None else None
        return [kept] if isinstance(kept, str) else list(kept or [])

    def _remember(self, path: Path) -> None:
        if self._settings is None or not path.exists():
            return
        told = str(path.resolve())
        others = [other for other in self.recent if other != told]
        self._settings.setValue("recent", [told, *others][:MAX_RECENT_FILES])

    # Saving

    def save_session(self) -> Job[tuple[MapLayer, ...]] | None:
        """Let a person say where the session goes; answers its saving, None where they do not."""
        session = self._controller.session
        if session.scan is None and not session.maps:
            return None
        name = "maps" if session.scan is None else session.scan.name
        kinds = self.tr(
            "Session that names its files (*.session.json);;Session that carries its files (*.session.zip)"
        )
        path = self._files.ask_save(self.tr("Save session"), f"{name}.session.json", kinds)
        if path is None:
            return None
        named = with_session_suffix(path)
        if named != path and named.exists():
            # The dialog has asked about another name.
            self.show_error(path.name, self.tr("{} exists already; choose another name.").format(named.name))
            return None
        return self._controller.save_session(named)

    def save_map(self) -> None:
        """Let a person say where the current map goes."""
        place, layer = self._controller.session.current, self._controller.session.current_layer
        if place is None or layer is None:
            return
        path = self._files.ask_save(self.tr("Save map"), self._files.suggest_name("", ".nii.gz"), MAP_FILTER)
        if path is not None:
            self._controller.save_map(place, path)

    def save_figure(self, shown: QWidget) -> None:
        """Let a person say how large a picture of the box is, and where it goes.

        It starts with the shape that the box has on the screen, in the widget ``shown``.
        """
        from viewer.window.export_dialogs import FigureDialog

        session = self._controller.session
        if session.scan is None:
            return
        dialog = FigureDialog(shown.size(), session.view.theme, self._window)
        if dialog.exec() != FigureDialog.DialogCode.Accepted:
            return
        path = self._files.ask_save(
            self.tr("Save figure"), self._files.suggest_name("figure", ".png"), FIGURE_FILTER
        )
        if path is not None:
            self._controller.save_figure(path, dialog.options())

    # Errors

    def show_error(self, title: str, line: str, details: str = "") -> None:
        """A dialog with one clear line; nothing that is there is touched, and nothing waits for it.

        ``details`` are shown on request, to be copied.
        """
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(
            QMessageBox.Icon.Warning, title, line, QMessageBox.StandardButton.Close, self._window
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.setDetailedText(details)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(lambda *_: self._errors.remove(box))
        self._errors.append(box)
        box.open()

    @property
    def errors(self) -> tuple[QMessageBox, ...]:
        """The error dialogs that are open."""
        return tuple(self._errors)


def with_session_suffix(path: Path) -> Path:
    """A session's path with an ending by which it is known again."""
    name = path.name.lower()
    if name.endswith((".session.json", ".session.zip")):
        return path
    for ending in (".json", ".zip"):
        if name.endswith(ending):
            return path.with_name(f"{path.name[: -len(ending)]}.session{ending}")
    return path.with_name(f"{path.name}.session.json")
