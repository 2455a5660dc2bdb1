"""File > Save report and Export as DICOM: the commands report and dicom, with the window's view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from viewer.errors import ViewerError
from viewer.methods.feature_visualization import is_feature_image
from viewer.scans.dicom_source import missing_dicom_reason
from viewer.window.controller import Controller
from viewer.window.file_dialogs import FileDialogs, file_name_part
from viewer.window.translation import error_sentence, translate_count, translate_sentence

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.scene.dicom_export.save_dicom import DicomExport
    from viewer.session.map_layer import MapLayer


class ClinicalExports(QObject):
    """Handler of both actions: asks for the identity and the path, then writes in the background.

    Parameters
    ----------
    window
        Parent of the dialogs.
    controller
        Runs the tasks; its session is exported.
    file_dialogs
        File dialogs.
    """

    def __init__(self, window: QWidget, controller: Controller, file_dialogs: FileDialogs) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._file_dialogs = file_dialogs

    def report_unavailable_reason(self) -> str:
        """Return why no report can be written, as a sentence; empty if one can."""
        layer = self._visible_layer()
        if self._controller.session.scan is None:
            return self.tr("Open a scan first.")
        if layer is None:
            return self.tr("Compute or open a map first.")
        origin = self._controller.session.origin(layer.map)
        return self.tr("The map belongs to another scan.") if origin.is_from_other_scan else ""

    def dicom_unavailable_reason(self) -> str:
        """Return why the map cannot be exported as DICOM, as a sentence; empty if it can."""
        return (
            translate_sentence(missing_dicom_reason(self._controller.session.scan))
            or self.report_unavailable_reason()
        )

    def save_report(self) -> None:
        """Ask for the identity and a path, and save a report of the current map on one page."""
        session, layer = self._controller.session, self._visible_layer()
        scan = session.scan
        if scan is None or layer is None:
            return
        from viewer.window.clinical_dialogs import ClinicalDialog

        dialog = ClinicalDialog(
            self.tr("Save report"), self.tr("Include the interactive page (HTML)"), False, self._window
        )
        if dialog.exec() != ClinicalDialog.DialogCode.Accepted:
            return
        options = dialog.options()
        name = f"{file_name_part(options.pseudonym)}_report.pdf"
        name = name if options.pseudonym else self._file_dialogs.suggest_name("report", ".pdf")
        path = self._file_dialogs.ask_save(
            self.tr("Save report"), name, self.tr("PDF, web page (*.pdf *.html)")
        )
        if path is None:
            return
        view, atlas = session.view, session.atlas
        prediction, checks = session.prediction, layer.check_results
        model = session.model if prediction is not None else None
        interactive = options.include_optional and path.suffix.lower() != ".pdf"

        def write_report(progress: Progress) -> Path:
            from viewer.scene.result_report.report import report

            return report(
                scan,
                layer.map,
                path,
                view,
                prediction=prediction,
                model=model,
                atlas=atlas,
                checks=checks,
                pseudonym=options.pseudonym,
                interactive=interactive,
                progress=progress,
            )

        def on_saved(_: object) -> None:
            self._controller.message.emit(self.tr("Saved {}").format(path))

        self._controller.run_long(
            write_report, self.tr("Saving {}").format(path.name), on_saved, saves_file=True
        )

    def export_dicom(self) -> None:
        """Ask for the identity and a folder, and export the current map to a new subfolder."""
        session, layer = self._controller.session, self._visible_layer()
        scan = session.scan
        if scan is None or layer is None:
            return
        from viewer.window.clinical_dialogs import ClinicalDialog

        dialog = ClinicalDialog(self.tr("Export as DICOM"), self.tr("Include pictures"), True, self._window)
        if dialog.exec() != ClinicalDialog.DialogCode.Accepted:
            return
        options = dialog.options()
        parent = self._file_dialogs.ask_folder(self.tr("Export as DICOM"))
        if parent is None:
            return
        folder = parent / f"{file_name_part(options.pseudonym or scan.name)}_dicom"
        if folder.exists():
            problem = ViewerError(folder, "already exists", "choose another folder")
            self._controller.failed.emit(folder.name, error_sentence(problem))
            return
        view, atlas = session.view, session.atlas

        def write_dicom(progress: Progress) -> DicomExport:
            from viewer.scene.dicom_export.save_dicom import save_dicom

            return save_dicom(
                scan,
                layer.map,
                folder,
                view,
                atlas=atlas,
                pseudonym=options.pseudonym,
                pictures=options.include_optional,
                progress=progress,
            )

        def on_saved(export: DicomExport) -> None:
            text = self.tr("Saved {} in {}").format(translate_count(len(export.files), "file"), folder)
            self._controller.message.emit(". ".join((text, *export.notes)))

        self._controller.run_long(
            write_dicom, self.tr("Saving {}").format(folder.name), on_saved, saves_file=True
        )

    def _visible_layer(self) -> MapLayer | None:
        layer = self._controller.session.current_layer
        is_shown = layer is not None and layer.visible and not is_feature_image(layer.map)
        return layer if is_shown else None
