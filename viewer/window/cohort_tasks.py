"""Background tasks of a cohort: reading its folder, opening a participant, and group analyses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from viewer.errors import ViewerError
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.cli_export import join_command
from viewer.session.cohort_view import CohortView
from viewer.session.view import Sign
from viewer.window.translation import translate_count

if TYPE_CHECKING:
    from viewer.cohorts.cohort_table import CohortTable
    from viewer.cohorts.group_result import GroupResult
    from viewer.cohorts.nearest_scans import NearestScans
    from viewer.cohorts.participant_images import ParticipantImages
    from viewer.cohorts.participants import Participant
    from viewer.jobs.worker import Job
    from viewer.progress import Progress, ProgressStep
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.session.group_request import GroupRequest
    from viewer.window.controller import Controller

STRONGEST = Threshold(ThresholdKind.PERCENTILE, 99.0)
"""Threshold of a map that is not tested or has no significant voxels."""

Point = tuple[float, float, float]


class CohortRunner(QObject):
    """Runner of a cohort's tasks; it keeps the last result of a group analysis.

    Parameters
    ----------
    controller
        Runs the tasks in the background and reports their errors.
    """

    running_changed = Signal(bool)
    progress_changed = Signal(object)
    """Progress of a group analysis, a `ProgressStep`."""

    scan_missing = Signal(str, str)
    """Label of the participant whose map is shown, and why its scan is missing; empty if it is not."""

    finished = Signal()
    """Emitted when there is a new result."""

    def __init__(self, controller: Controller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._session = controller.session
        self._job: Job[Any] | None = None
        self._task_title = ""
        self._open_job: Job[Any] | None = None
        self._browsed_map: Map | None = None
        self.request: GroupRequest | None = None
        self.result: GroupResult | None = None
        controller.task_changed.connect(self._on_task_changed)

    @property
    def is_running(self) -> bool:
        """Whether a group analysis is running."""
        return self._job is not None

    # Folder and participants

    def read(self, folder: Path, on_done: Callable[[CohortTable | ViewerError], None]) -> None:
        """Read a cohort's folder; ``on_done`` gets the table, or the error."""

        def read_table(progress: Progress) -> CohortTable | ViewerError:
            from viewer.cohorts.cohort_table import read_cohort_table

            try:
                return read_cohort_table(folder, progress)
            except ViewerError as error:
                return error

        self._controller.run(read_table, self.tr("Reading {}").format(folder.name), on_done)

    def find_nearest(
        self,
        view: CohortView,
        scan: str | Scan,
        count: int,
        on_done: Callable[[NearestScans | ViewerError], None],
    ) -> None:
        """Find the scans nearest to a participant's, or to another; ``on_done`` gets them, or the error."""

        def find_scans(progress: Progress) -> NearestScans | ViewerError:
            from viewer.cohorts.nearest_scans import nearest

            try:
                return nearest(
                    scan,
                    view.folder,
                    count=count,
                    among=view.among or None,
                    model=view.model,
                    method=view.method,
                    progress=progress,
                )
            except ViewerError as error:
                return error

        self._controller.run(find_scans, self.tr("Finding the nearest scans"), on_done)

    def open_participant(
        self, table: CohortTable, view: CohortView, participant: Participant, keep_previous: bool
    ) -> None:
        """Show a participant's map over its scan; it replaces the previous one unless ``keep_previous``."""
        if self._open_job is not None:
            self._open_job.cancel()
        description = table.cohort_folder.description(view.model, view.method)

        def load_images(progress: Progress) -> ParticipantImages:
            from viewer.cohorts.participant_images import open_participant
            from viewer.scans.file_types import TEMPLATE
            from viewer.scans.load import load_scan

            images = open_participant(table.cohort_folder, participant, description)
            if images.scan is None and _in_mni_space(images.map):
                images = replace(images, scan=load_scan(TEMPLATE))
            if images.scan is not None:
                # Computed here: the main thread needs it as soon as the scan is shown.
                _ = images.scan.hash
            return images

        def show_images(images: ParticipantImages) -> None:
            if self._open_job is not job:
                return
            self._session.set_cohort(replace(view, participant=participant.label))
            self._show_images(images, keep_previous)
            self.scan_missing.emit(participant.label, images.problem)

        self._open_job = job = self._controller.run(
            load_images, self.tr("Opening {}").format(participant.label), show_images
        )

    def _show_images(self, images: ParticipantImages, keep_previous: bool) -> None:
        session, scan = self._session, images.scan
        if scan is not None and (session.scan is None or session.scan.hash != scan.hash):
            self._controller.show_scan(scan)
        open_indices = [index for index, layer in enumerate(session.maps) if layer.file == images.map.path]
        if open_indices:
            session.select_map(open_indices[0])
            session.set_visible(open_indices[0], True)
            return
        previous = next((entry for entry in session.maps if entry.map is self._browsed_map), None)
        replaces = previous is not None and not keep_previous and not previous.check_results
        if replaces and session.compared_layer is not previous and self._browsed_map is not None:
            # Nothing is lost: the map is in its file, and a click opens it again.
            session.replace_map(self._browsed_map, None)
        new_index = session.add_map(images.map)
        self._browsed_map = images.map
        if images.problem and scan is not None:
            # The user requested the map, and it is in the template's space; only its own scan is missing.
            session.set_visible(new_index, True)

    # Group analyses

    def start(self, request: GroupRequest) -> None:
        """Compute a group analysis in the background."""
        if self.is_running:
            return
        current = self._session.scan
        current_path = None if current is None else current.path

        def analyse(progress: Progress) -> tuple[GroupResult, Scan | None, Point | None]:
            result = request.run(progress)
            first = result.maps[request.first_map]
            return result, _find_underlay(first, request, result, current_path), _find_peak(first)

        def show_result(outcome: tuple[GroupResult, Scan | None, Point | None]) -> None:
            self.result, underlay, peak = outcome
            self.request = request
            if underlay is not None:
                self._controller.show_scan(underlay)
            self.show_map(request.first_map)
            if peak is not None:
                self._session.change(crosshair=peak)
            self.finished.emit()

        def clear_job() -> None:
            self._job = None
            self.running_changed.emit(False)

        self._task_title = self.tr("Group map of {}").format(request.folder.name)
        self._job = self._controller.run_long(
            analyse, self._task_title, show_result, clear_job, warn_if_lost=True
        )
        self.running_changed.emit(True)

    def cancel(self) -> None:
        """Cancel the group analysis; the previous result is kept."""
        if self._job is not None:
            self._job.cancel()

    def show_map(self, name: str) -> None:
        """Show a map of the result, thresholded at significance or at the 95 % limit, if it has either."""
        if self.result is None or self.request is None:
            return
        session, map_ = self._session, self.result.maps[name]
        threshold = self.request.threshold(self.result, name) or STRONGEST
        session.change(
            threshold=threshold,
            smoothing=0.0,
            smallest_cluster=0.0,
            largest_clusters=0,
            sign=Sign.BOTH,
            display_range=None,
        )
        for index, layer in enumerate(session.maps):
            if layer.map is map_:
                session.select_map(index)
                return
        session.add_map(map_)

    def save(self, path_prefix: Path) -> Job[Any] | None:
        """Write all maps and the table as the command does; return the job, or None if there is no result."""
        result = self.result
        if result is None:
            return None

        def write_files(progress: Progress) -> tuple[Path, ...]:
            return result.save(path_prefix)

        def on_saved(paths: tuple[Path, ...]) -> None:
            for map_, path in zip(result.maps.values(), paths, strict=False):
                self._session.set_map_file(map_, path.resolve())
            self._controller.message.emit(
                self.tr("Saved {}, {} …").format(translate_count(len(paths), "file"), paths[0])
            )

        return self._controller.run(
            write_files, self.tr("Saving {}").format(path_prefix.name), on_saved, saves_file=True
        )

    def _on_task_changed(self) -> None:
        if self._job is None:
            return
        for task in self._controller.tasks:
            if task.title == self._task_title and task.step is not None:
                step: ProgressStep = task.step
                self.progress_changed.emit(step)


def make_nearest_command(view: CohortView, scan: str, count: int) -> str:
    """Return the command that lists the scans nearest to a participant's, or to a file."""
    args = ["nearest", scan, "--cohort", str(view.folder), "-n", str(count)]
    for option, value in (("--model", view.model), ("--method", view.method), ("--among", view.among)):
        args += [option, value] if value else []
    return join_command(args)


def _find_underlay(
    map_: Map, request: GroupRequest, result: GroupResult, open_scan_path: Path | None
) -> Scan | None:
    """Return the scan to show a group map over; None to keep the open one.

    A map in MNI space is shown over the template; any other map over the open scan or, if there is none,
    over the first participant's scan that can be opened.
    """
    from viewer.cohorts.cohort_folder import read_cohort_folder
    from viewer.cohorts.participant_images import open_participant
    from viewer.scans.file_types import TEMPLATE
    from viewer.scans.load import load_scan

    if _in_mni_space(map_):
        return None if str(open_scan_path) == TEMPLATE else load_scan(TEMPLATE)
    if open_scan_path is not None:
        return None
    folder = read_cohort_folder(request.folder)
    description = folder.description(request.model, request.method)
    for row in folder.rows:
        if row.label in result.participants:
            images = open_participant(folder, row, description)
            if images.scan is not None:
                return images.scan
    return None


def _in_mni_space(map_: Map) -> bool:
    """Return whether a map's header says that it is in MNI space."""
    from viewer.scans.space import Space, coordinate_space

    return map_.grid is not None and coordinate_space(map_.grid, map_.stored) is Space.MNI


def _find_peak(map_: Map) -> Point | None:
    """Return the position of the largest |value| in mm; None for a map of zeros."""
    from viewer.scans.clusters import peak_voxel

    if map_.grid is None or not map_.data.any():
        return None
    x, y, z = (float(value) for value in map_.grid.to_world(peak_voxel(abs(map_.data))))
    return x, y, z
