"""What a person takes away besides maps and figures: slices, movies, meshes, tables, and commands.

Also the atlas that names the regions of what is taken away. Dialogs are imported when one is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from viewer.errors import ViewerError
from viewer.window.controller import Controller
from viewer.window.file_dialogs import FileDialogs

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

ATLAS_FILTER = "Images (*.nii *.nii.gz *.mgz *.mgh *.img *.hdr);;All files (*)"
LABELS_FILTER = "Names (*.tsv *.csv *.json *.xml *.txt *.lut *.label);;All files (*)"
DPI = 300


class Exports(QObject):
    """Asks where to, and has it written in the background.

    Parameters
    ----------
    window
        Over which dialogs are shown.
    controller
        Does the work; its session is what is taken away.
    files
        Asks where to.
    """

    def __init__(self, window: QWidget, controller: Controller, files: FileDialogs) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._files = files

    # The atlas

    def open_atlas(self) -> None:
        """Let a person choose an atlas, and the file with its names where none lies beside it."""
        path = self._files.ask_open(self.tr("Open atlas"), ATLAS_FILTER)
        if path is not None:
            self._controller.open_as(path, "atlas", self._open_atlas)

    def _open_atlas(self, path: Path) -> None:
        from viewer.scans.atlas import find_names_file

        if find_names_file(path) is not None:
            self._controller.open_atlas(path)
            return
        from PySide6.QtWidgets import QMessageBox

        words = self.tr("No file beside {} names its regions.").format(path.name)
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Names of regions"), words, parent=self._window)
        choose = box.addButton(self.tr("Choose file …"), QMessageBox.ButtonRole.AcceptRole)
        numbers = box.addButton(self.tr("Use numbers"), QMessageBox.ButtonRole.ActionRole)
        box.setEscapeButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setDefaultButton(choose)
        box.exec()
        if box.clickedButton() is numbers:
            self._controller.open_atlas(path)
        elif box.clickedButton() is choose:
            names = self._files.ask_open(self.tr("Names of regions"), LABELS_FILTER)
            if names is not None:
                self._controller.open_atlas(path, names)

    # Files

    def save_slices(self) -> None:
        """The three slices through the crosshair, as a figure."""
        scan, shown = self._scan_and_map()
        if scan is None:
            return
        from viewer.window.export_dialogs import SlicesDialog

        dialog = SlicesDialog(self._window)
        if dialog.exec() != SlicesDialog.DialogCode.Accepted:
            return
        wanted = dialog.options()
        name = self._files.suggest_name("slices", ".png")
        path = self._files.ask_save(self.tr("Save slices"), name, "PNG, SVG, PDF (*.png *.svg *.pdf)")
        if path is None:
            return
        view = self._controller.session.view

        def work(progress: Progress) -> Path:
            from viewer.scene.slices_figure import slices_figure

            return slices_figure(scan, shown, path, view, dpi=wanted.dpi, free_width=wanted.width)

        self._run(work, path)

    def save_movie(self) -> None:
        """A movie of the box or of the slices."""
        scan, shown = self._scan_and_map()
        if scan is None or shown is None:
            return
        from viewer.window.export_dialogs import MovieDialog

        dialog = MovieDialog(self._window)
        if dialog.exec() != MovieDialog.DialogCode.Accepted:
            return
        wanted = dialog.options()
        path = self._files.ask_save(
            self.tr("Save movie"), self._files.suggest_name("", f"_{wanted.name}"), "MP4, GIF (*.mp4 *.gif)"
        )
        if path is None:
            return
        view = self._controller.session.view

        def work(progress: Progress) -> Path:
            from viewer.scene.movie import Sweep, movie

            return movie(
                scan, shown, path, Sweep(wanted.sweep), view, wanted.seconds, wanted.size, progress=progress
            )

        self._controller.run_long(
            work, self.tr("Saving {}").format(path.name), partial(self._on_saved, path), saves_file=True
        )

    def save_mesh(self) -> None:
        """The bodies for other programs; with the brain where its glass is shown."""
        scan, shown = self._scan_and_map()
        if scan is None or shown is None:
            return
        path = self._files.ask_save(
            self.tr("Save mesh"),
            self._files.suggest_name("mesh", ".glb"),
            "GLB, STL, OBJ (*.glb *.stl *.obj)",
        )
        if path is None:
            return
        view = self._controller.session.view

        def work(progress: Progress) -> Path:
            from viewer.scene.mesh import mesh

            return mesh(scan, shown, path, view, brain=view.glass)

        self._run(work, path)

    def save_clusters(self) -> None:
        """The table of the clusters; measured anew, so that every body has its regions."""
        _, shown = self._scan_and_map()
        if shown is None:
            return
        path = self._files.ask_save(
            self.tr("Save clusters"), self._files.suggest_name("clusters", ".csv"), "CSV (*.csv)"
        )
        if path is None:
            return
        session = self._controller.session
        view, atlas = session.view, session.atlas

        def work(progress: Progress) -> Path:
            from viewer.scans.atomic_write import atomic_write
            from viewer.scans.cluster_table import cluster_table, to_csv
            from viewer.scene.thresholding import threshold_map

            left = threshold_map(shown, view)
            sign = left.signs[0] if len(left.signs) == 1 else 0
            found = cluster_table(
                left.volume.values,
                left.volume.grid,
                left.cutoff,
                sign,
                view.smallest_cluster,
                atlas,
                progress,
                max_clusters=view.largest_clusters,
            )
            with atomic_write(path) as file:
                file.write(to_csv(found).encode())
            return path

        self._run(work, path)

    # Commands

    def copy_figure_command(self, shown: QWidget) -> None:
        """The command that draws the box as it is seen now, put on the clipboard.

        Its size is that with which the figure's dialog begins: twice that of the widget ``shown``.
        """
        from viewer.scene.figure import LARGEST
        from viewer.session.cli_export import figure_command

        wide, high = 2 * shown.width(), 2 * shown.height()
        scale = min(1.0, LARGEST / max(wide, high, 1))
        size = (round(wide * scale), round(high * scale))
        self._copy(lambda: figure_command(self._controller.session, "figure.png", size, DPI))

    def copy_slices_command(self) -> None:
        """The command that draws the three slices through the crosshair, put on the clipboard."""
        from viewer.session.cli_export import slices_command

        self._copy(lambda: slices_command(self._controller.session, "slices.png", DPI))

    def _copy(self, command: Callable[[], str]) -> None:
        try:
            line = command()
        except ViewerError as error:
            self._controller.failed.emit(self.tr("Copy as command"), str(error))
            return
        QGuiApplication.clipboard().setText(line)
        layer = self._controller.session.current_layer
        warning = "" if layer is None else self._controller.session.origin(layer.map).warning
        self._controller.message.emit(
            " ".join(part for part in (warning, self.tr("Copied: {}").format(line)) if part)
        )

    # How it is done

    def _scan_and_map(self) -> tuple[Scan | None, Map | None]:
        layer = self._controller.session.current_layer
        return self._controller.session.scan, layer.map if layer is not None and layer.visible else None

    def _run(self, work: Callable[[Progress], Path], path: Path) -> None:
        self._controller.run(
            work, self.tr("Saving {}").format(path.name), partial(self._on_saved, path), saves_file=True
        )

    def _on_saved(self, path: Path, _result: object) -> None:
        self._controller.message.emit(self.tr("Saved {}").format(path))
