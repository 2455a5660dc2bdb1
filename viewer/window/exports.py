"""Export of slices, movies, meshes, cluster tables and command lines; opening of the atlas.

Dialogs are imported when one is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from viewer.errors import ViewerError
from viewer.methods.feature_visualization import is_feature_image
from viewer.window.controller import Controller
from viewer.window.file_dialogs import FileDialogs, file_name_part
from viewer.window.translation import error_sentence

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

ATLAS_FILTER = "Images (*.nii *.nii.gz *.mgz *.mgh *.img *.hdr);;All files (*)"
LABELS_FILTER = "Names (*.tsv *.csv *.json *.xml *.txt *.lut *.label);;All files (*)"
DPI = 300


class Exports(QObject):
    """Handler of the export actions: asks for a path, then writes the file in the background.

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

    # The atlas

    def open_atlas(self) -> None:
        """Ask for an atlas and open it; ask for the file with the region names if none is found."""
        path = self._file_dialogs.ask_open(self.tr("Open atlas"), ATLAS_FILTER)
        if path is not None:
            self._controller.open_as(path, "atlas", self._open_atlas)

    def _open_atlas(self, path: Path) -> None:
        from viewer.scans.atlas import find_names_file

        if find_names_file(path) is not None:
            self._controller.open_atlas(path)
            return
        from PySide6.QtWidgets import QMessageBox

        question = self.tr("No file with the region names of {} was found.").format(path.name)
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Region names"), question, parent=self._window)
        choose_button = box.addButton(self.tr("Choose file …"), QMessageBox.ButtonRole.AcceptRole)
        numbers_button = box.addButton(self.tr("Use numbers"), QMessageBox.ButtonRole.ActionRole)
        box.setEscapeButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setDefaultButton(choose_button)
        box.exec()
        if box.clickedButton() is numbers_button:
            self._controller.open_atlas(path)
        elif box.clickedButton() is choose_button:
            names = self._file_dialogs.ask_open(self.tr("Region names"), LABELS_FILTER)
            if names is not None:
                self._controller.open_atlas(path, names)

    # Files

    def save_slices(self) -> None:
        """Ask for the options and a path, and save the three slices through the crosshair as a figure."""
        scan, saliency_map = self._scan_and_map()
        if scan is None:
            return
        from viewer.window.export_dialogs import SlicesDialog

        dialog = SlicesDialog(self._window, bool(self._controller.session.kept_layers))
        if dialog.exec() != SlicesDialog.DialogCode.Accepted:
            return
        options = dialog.options()
        name = self._file_dialogs.suggest_name("slices", ".png")
        path = self._file_dialogs.ask_save(self.tr("Save slices"), name, "PNG, SVG, PDF (*.png *.svg *.pdf)")
        if path is None:
            return
        view, prepared = self._controller.session.view, self._controller.session.preparation

        def draw_slices(progress: Progress) -> Path:
            from viewer.scene.slices_figure import slices_figure

            return slices_figure(
                scan, saliency_map, path, view, dpi=options.dpi, free_width=options.width, outlines=prepared
            )

        self._run(draw_slices, path)

    def save_preparation(self) -> None:
        """Ask for a folder, and save mask, transform and prepared scan in a new subfolder."""
        prepared = self._controller.session.preparation
        if prepared is None:
            return
        parent = self._file_dialogs.ask_folder(self.tr("Save mask and transform"))
        if parent is None:
            return
        folder = parent / f"{file_name_part(prepared.original.name)}_preparation"
        if folder.exists():
            problem = ViewerError(folder, "already exists", "choose another folder")
            self._controller.failed.emit(folder.name, error_sentence(problem))
            return

        def write_files(progress: Progress) -> Path:
            from viewer.preparation.prepared_files import write_prepared

            write_prepared(prepared, folder)
            return folder

        self._run(write_files, folder)

    def save_movie(self) -> None:
        """Ask for the options and a path, and save a movie of the box or of the slices."""
        scan, saliency_map = self._scan_and_map()
        if scan is None or saliency_map is None:
            return
        from viewer.window.export_dialogs import MovieDialog

        dialog = MovieDialog(self._window, bool(self._controller.session.kept_layers))
        if dialog.exec() != MovieDialog.DialogCode.Accepted:
            return
        options = dialog.options()
        path = self._file_dialogs.ask_save(
            self.tr("Save movie"),
            self._file_dialogs.suggest_name("", f"_{options.file_name}"),
            "MP4, GIF (*.mp4 *.gif)",
        )
        if path is None:
            return
        view = self._controller.session.view

        def render_movie(progress: Progress) -> Path:
            from viewer.scene.movie import Sweep, movie

            return movie(
                scan,
                saliency_map,
                path,
                Sweep(options.sweep),
                view,
                options.seconds,
                options.size,
                progress=progress,
            )

        self._controller.run_long(
            render_movie,
            self.tr("Saving {}").format(path.name),
            partial(self._on_saved, path),
            saves_file=True,
        )

    def save_mesh(self) -> None:
        """Ask for a path, and save the surfaces as a mesh; with the brain if the glass brain is shown."""
        scan, saliency_map = self._scan_and_map()
        if scan is None or saliency_map is None:
            return
        path = self._file_dialogs.ask_save(
            self.tr("Save mesh"),
            self._file_dialogs.suggest_name("mesh", ".glb"),
            "GLB, STL, OBJ (*.glb *.stl *.obj)",
        )
        if path is None:
            return
        view = self._controller.session.view

        def write_mesh(progress: Progress) -> Path:
            from viewer.scene.mesh import mesh

            return mesh(scan, saliency_map, path, view, brain=view.glass)

        self._run(write_mesh, path)

    def save_page(self) -> None:
        """Ask for a path, and save the scan and its visible maps as a page for a browser.

        The page includes the window's prediction with its fit, if there is one.
        """
        session = self._controller.session
        scan = session.scan
        if scan is None:
            return
        name = self._file_dialogs.suggest_name("page", ".html")
        path = self._file_dialogs.ask_save(self.tr("Share as page"), name, "HTML (*.html)")
        if path is None:
            return
        view, atlas, prediction = session.view, session.atlas, session.prediction
        model = session.model if prediction is not None else None
        current = session.current_layer
        visible = [layer for layer in session.maps if layer.visible and not is_feature_image(layer.map)]
        # The current map comes first, as it is the one that the page shows.
        maps = [layer.map for layer in sorted(visible, key=lambda layer: layer is not current)]

        def write_page(progress: Progress) -> Path:
            from viewer.scene.web_page.page import page

            return page(
                scan, maps, path, view, prediction=prediction, model=model, atlas=atlas, progress=progress
            )

        def on_saved(_: object) -> None:
            from viewer.scene.web_page.page import size_note

            text = self.tr("Saved {}").format(path)
            self._controller.message.emit(". ".join(part for part in (text, size_note(path)) if part))

        self._controller.run_long(
            write_page, self.tr("Saving {}").format(path.name), on_saved, saves_file=True
        )

    def save_clusters(self) -> None:
        """Ask for a path, and save the cluster table, recomputed so that it has all clusters and regions."""
        _, saliency_map = self._scan_and_map()
        if saliency_map is None:
            return
        path = self._file_dialogs.ask_save(
            self.tr("Save clusters"), self._file_dialogs.suggest_name("clusters", ".csv"), "CSV (*.csv)"
        )
        if path is None:
            return
        session = self._controller.session
        view, atlas = session.view, session.atlas

        def write_table(progress: Progress) -> Path:
            from viewer.scans.atomic_write import atomic_write
            from viewer.scans.cluster_table import cluster_table, to_csv
            from viewer.scene.thresholding import threshold_map

            thresholded = threshold_map(saliency_map, view)
            sign = thresholded.signs[0] if len(thresholded.signs) == 1 else 0
            rows = cluster_table(
                thresholded.volume.values,
                thresholded.volume.grid,
                thresholded.cutoff,
                sign,
                view.smallest_cluster,
                atlas,
                progress,
                max_clusters=view.largest_clusters,
            )
            with atomic_write(path) as file:
                file.write(to_csv(rows).encode())
            return path

        self._run(write_table, path)

    # Commands

    def copy_figure(self, box: QWidget) -> None:
        """Copy the current view of the box to the clipboard, as a picture of twice the widget's size."""
        from viewer.window.export_dialogs import FigureOptions

        options = FigureOptions(self._figure_size(box), DPI, self._controller.session.view.theme, False)

        def copy_picture(data: bytes) -> None:
            picture = QMimeData()
            # As PNG with its provenance, and decoded for programs that do not accept PNG.
            picture.setData("image/png", data)
            picture.setImageData(QImage.fromData(data))
            QGuiApplication.clipboard().setMimeData(picture)
            self._controller.message.emit(self.tr("Copied the figure, {} × {} pixels").format(*options.size))

        self._controller.draw_figure(options, copy_picture)

    @staticmethod
    def _figure_size(box: QWidget) -> tuple[int, int]:
        """Return twice the size of a widget in pixels, scaled down to the largest size of a figure."""
        from viewer.scene.figure import MAX_SIDE

        width, height = 2 * box.width(), 2 * box.height()
        scale = min(1.0, MAX_SIDE / max(width, height, 1))
        return round(width * scale), round(height * scale)

    def copy_figure_command(self, box: QWidget) -> None:
        """Copy the command that draws the current view of the box to the clipboard.

        The size is the initial one of the figure dialog: twice that of the widget ``box``.
        """
        from viewer.session.cli_export import figure_command

        size = self._figure_size(box)
        self._copy_command(lambda: figure_command(self._controller.session, "figure.png", size, DPI))

    def copy_script(self, box: QWidget) -> None:
        """Copy a script that computes the shown maps and draws the current view of the box."""
        from viewer.session.script import figure_script

        size = self._figure_size(box)
        self._copy_command(lambda: figure_script(self._controller.session, "figure.png", size, DPI))

    def copy_slices_command(self) -> None:
        """Copy the command that draws the three slices through the crosshair to the clipboard."""
        from viewer.session.cli_export import slices_command

        self._copy_command(lambda: slices_command(self._controller.session, "slices.png", DPI))

    def _copy_command(self, make_command: Callable[[], str]) -> None:
        try:
            line = make_command()
        except ViewerError as error:
            self._controller.failed.emit(self.tr("Copy as command"), error_sentence(error))
            return
        QGuiApplication.clipboard().setText(line)
        command_line = line.strip().splitlines()[-1]
        from viewer.session.cli_export import describe_omissions

        layer = self._controller.session.current_layer
        warning = "" if layer is None else self._controller.session.origin(layer.map).warning
        left_out = describe_omissions(self._controller.session)
        self._controller.message.emit(
            " ".join(part for part in (warning, left_out, self.tr("Copied: {}").format(command_line)) if part)
        )

    # Internals

    def _scan_and_map(self) -> tuple[Scan | None, Map | None]:
        layer = self._controller.session.current_layer
        return self._controller.session.scan, layer.map if layer is not None and layer.visible else None

    def _run(self, function: Callable[[Progress], Path], path: Path) -> None:
        self._controller.run(
            function, self.tr("Saving {}").format(path.name), partial(self._on_saved, path), saves_file=True
        )

    def _on_saved(self, path: Path, _result: object) -> None:
        self._controller.message.emit(self.tr("Saved {}").format(path))
