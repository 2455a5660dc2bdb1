"""Background tasks of a study, and the runner that stores their results: network, errors and maps."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from viewer.session.study_config import StudyTable, make_study_table

if TYPE_CHECKING:
    from viewer.jobs.worker import Job
    from viewer.methods.morch_1995.approximation import Approximation
    from viewer.methods.morch_1995.pipeline import Analysis, GroundTruthScore
    from viewer.methods.morch_1995.study_plan import StudyPlan
    from viewer.models.model import Model
    from viewer.progress import Progress, ProgressStep
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.window.controller import Controller


SIMULATION_SHARE = 0.6
"""Share of the progress that the simulation takes if its scans are not written yet."""


@dataclass(frozen=True, eq=False)
class TrainedStudy:
    """A study with its trained network: settings, output folder, and the results so far.

    ``keep_folder`` is whether the user chose the folder; a temporary one is deleted with the window.
    ``scores`` measure how well the maps find the simulated effect; they are empty for real scans.
    """

    study_table: StudyTable
    plan: StudyPlan
    folder: Path
    keep_folder: bool
    analysis: Analysis
    scores: Mapping[str, GroundTruthScore] = field(default_factory=dict)


def train_study(
    study_table: StudyTable,
    plan: StudyPlan,
    folder: Path,
    device: str,
    accuracy: str,
    progress: Progress,
    keep_folder: bool = False,
) -> TrainedStudy:
    """Simulate the scans if needed, read them, train the network, cross-validate it, and compute the maps.

    All maps without retraining are computed, with their errors f1 and f2, because this is cheap; the map with
    retraining is computed only if ``accuracy`` is its name. ``progress`` reports a `TrainedStudy` as a
    partial result after every stage.

    Raises
    ------
    ViewerError
        The table, a scan or a setting is invalid; the message names it.
    Cancelled
        The task was cancelled through ``progress``.
    """
    from viewer.jobs.device import select_device
    from viewer.methods.morch_1995.pipeline import analyse
    from viewer.progress import Progress as Reporting
    from viewer.scans.load import open_image
    from viewer.scans.scan_table import read_table
    from viewer.scans.simulated_studies.save import write_study
    from viewer.scans.simulated_studies.study import SIMULATED, find_study

    if plan.atlas is not None:
        # The atlas is used last; an unreadable one is reported before the training.
        open_image(plan.atlas)
    torch_device = select_device(device)
    plan = replace(
        plan,
        device=str(torch_device) if torch_device.type == "cuda" else "cpu",
        about=(SIMULATED,) if study_table.simulated_study else (),
    )
    begin = 0.0
    if study_table.table_path is None:
        begin = SIMULATION_SHARE
        table = write_study(
            find_study(study_table.simulated_study), folder / "study", progress.subtask(0.0, begin)
        )
        study_table = make_study_table(table, plan.paradigm or "", study_table.simulated_study)
    else:
        table = read_table(study_table.table_path)

    def report_analysis(analysis: Analysis) -> None:
        progress.report_partial(
            TrainedStudy(study_table, plan, folder, keep_folder, name_maps(analysis, study_table))
        )

    remaining_progress = progress.subtask(begin, 1.0)

    def is_cancelled() -> bool:
        remaining_progress.raise_if_cancelled()
        return False

    staged = Reporting(
        lambda step: remaining_progress.step(step.fraction, 1.0, step.message), is_cancelled, report_analysis
    )
    analysis = analyse(
        table, replace(plan, approximations=approximations_to_compute(accuracy)), folder, staged
    )
    return add_scores(TrainedStudy(study_table, plan, folder, keep_folder, name_maps(analysis, study_table)))


def add_study_map(trained: TrainedStudy, accuracy: str, progress: Progress) -> TrainedStudy:
    """Compute the map of a further accuracy and add it. Raises like `train_study`."""
    from viewer.methods.morch_1995.pipeline import add_maps

    missing = tuple(
        name for name in approximations_to_compute(accuracy) if name not in computed_maps(trained)
    )
    analysis = add_maps(
        trained.analysis, replace(trained.plan, approximations=missing), trained.folder, progress
    )
    return add_scores(replace(trained, analysis=name_maps(analysis, trained.study_table)))


def add_scores(trained: TrainedStudy) -> TrainedStudy:
    """Add the scores of the maps if the scans are simulated. Raises like `train_study`."""
    from viewer.methods.morch_1995.pipeline import score_maps

    if not trained.study_table.simulated_study or trained.study_table.table_path is None:
        return trained
    return replace(trained, scores=score_maps(trained.analysis, trained.study_table.table_path.parent))


def approximations_to_compute(accuracy: str) -> tuple[Approximation, ...]:
    """Return the accuracies to compute for a requested one: all without retraining, and the requested one."""
    from viewer.methods.morch_1995.approximation import Approximation

    return tuple(
        approximation
        for approximation in Approximation
        if approximation is not Approximation.RETRAINED or accuracy == approximation
    )


def computed_maps(trained: TrainedStudy) -> dict[Approximation, Map]:
    """Return the computed maps by accuracy."""
    return trained.analysis.saliency.maps if trained.analysis.saliency is not None else {}


def name_maps(analysis: Analysis, study_table: StudyTable) -> Analysis:
    """Name the maps by their accuracy, and store the study's title in their provenance."""
    saliency = analysis.saliency
    if saliency is None:
        return analysis
    maps = {
        accuracy: map_
        if "name" in map_.provenance.model
        else replace(
            map_,
            name=f"Saliency, {str(accuracy).replace('-', ' ')}",
            provenance=replace(map_.provenance, model={"name": study_table.title, **map_.provenance.model}),
        )
        for accuracy, map_ in saliency.maps.items()
    }
    return replace(analysis, saliency=replace(saliency, maps=maps))


def find_peak(map_: Map) -> tuple[float, float, float]:
    """Return the position of a map's largest value, in mm."""
    from viewer.scans.clusters import peak_voxel

    if map_.grid is None:
        return 0.0, 0.0, 0.0
    x, y, z = (float(value) for value in map_.grid.to_world(peak_voxel(map_.data)))
    return x, y, z


def load_underlay(trained: TrainedStudy, use_template: bool) -> Scan:
    """Return the underlay of the maps: the MNI152 template, or the mean of the study's scans in the mask.

    Raises
    ------
    ScanError
        The template is missing.
    """
    from viewer.scans.file_types import TEMPLATE
    from viewer.scans.load import load_scan
    from viewer.scans.scan import Scan

    if use_template:
        return load_scan(TEMPLATE)
    matrix = trained.analysis.cohort.matrix
    title = trained.study_table.name
    path = trained.folder / "mean.nii.gz" if trained.keep_folder else None
    return Scan(matrix.to_volume(matrix.mean), matrix.grid, f"mean of {title}", trained.plan.about, path)


@dataclass(frozen=True)
class Predictions:
    """True values and predictions of all scans.

    Continuous values have their own unit, classes are numbers. ``held_out`` are the predictions of networks
    trained without the scan's subject; empty until they are computed.
    """

    targets: Sequence[float]
    fitted: Sequence[float]
    held_out: Sequence[float] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class FitQuality:
    """Quality of a network on its training scans and on held-out subjects.

    ``error`` is the mean cost per scan; ``agreement`` is the correlation with continuous values, or the
    accuracy of classes. The held-out measures are None until they are computed. ``baseline_error`` is the
    error of a constant prediction.
    """

    error: float
    agreement: float
    held_out_error: float | None
    held_out_agreement: float | None
    baseline_error: float
    predictions: Predictions


def compute_fit_quality(analysis: Analysis) -> FitQuality:
    """Compute the quality of the network, and collect its predictions for all scans."""
    import numpy as np

    from viewer.models.training.morch.training_options import Paradigm

    fit, targets, left_out = analysis.fit, analysis.targets, analysis.cross_validation
    predicted = fit.predictions()
    if targets.paradigm is Paradigm.GRADED:
        truth = targets.Y[0] * targets.deviation + targets.mean
        agreement, chance = float(np.corrcoef(predicted, truth)[0, 1]), 1.0
    else:
        truth = targets.labels
        counts = np.bincount(truth.astype(int))
        shares = counts[counts > 0] / len(truth)
        agreement, chance = float((predicted == truth).mean()), float(-(shares * np.log(shares)).sum())
    predictions = Predictions(
        tuple(map(float, truth)),
        tuple(map(float, predicted)),
        () if left_out is None else tuple(map(float, left_out.predictions)),
        targets.classes,
    )
    return FitQuality(
        fit.error,
        agreement,
        None if left_out is None else left_out.cost,
        None if left_out is None else left_out.score,
        chance,
        predictions,
    )


def write_network(trained: TrainedStudy, path: Path) -> Path:
    """Write the network as safetensors, and its card next to it.

    Raises
    ------
    ModelError
        A file cannot be written.
    """
    from viewer.models.training.morch.export import export_network

    path.parent.mkdir(parents=True, exist_ok=True)
    return export_network(trained.analysis.fit, trained.analysis.cohort, path, trained.plan.about)


def load_network(trained: TrainedStudy) -> Model:
    """Write and load the network as a model under the study's name. Raises like `write_network`."""
    from viewer.models.loading import load_model

    name = "-".join(trained.study_table.name.split())
    return load_model(write_network(trained, trained.folder / "models" / f"{Path(name).stem}.safetensors"))


class StudyRunner(QObject):
    """Runner of one study at a time; the previous results stay until a new network is trained.

    Parameters
    ----------
    controller
        Runs the tasks in the background and reports their errors.
    """

    changed = Signal()
    """Emitted when there are new results: a network, its errors, or maps."""

    finished = Signal()
    """Emitted when the requested task is finished."""

    running_changed = Signal(bool)
    progress_changed = Signal(object)
    """Progress of the task, a `ProgressStep`."""

    def __init__(self, controller: Controller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._trained: TrainedStudy | None = None
        self._saved_fit: object = None
        self._job: Job[Any] | None = None
        self._task_title = ""
        self._temporary_folder: tempfile.TemporaryDirectory[str] | None = None
        controller.task_changed.connect(self._on_task_changed)

    @property
    def trained(self) -> TrainedStudy | None:
        """Study with its network; None until one is trained."""
        return self._trained

    @property
    def is_running(self) -> bool:
        """Whether a task is running."""
        return self._job is not None

    @property
    def has_unsaved_network(self) -> bool:
        """Whether the network would be lost with the window, because it is not saved to a chosen file."""
        trained = self._trained
        return trained is not None and not trained.keep_folder and trained.analysis.fit is not self._saved_fit

    def map(self, accuracy: str) -> Map | None:
        """Return the map of an accuracy, or None if it is not computed."""
        if self._trained is None:
            return None
        return {str(name): map_ for name, map_ in computed_maps(self._trained).items()}.get(accuracy)

    def start(self, study_table: StudyTable, plan: StudyPlan, folder: Path | None, accuracy: str) -> None:
        """Train a study and compute its maps; without a folder, in a temporary one."""
        output, device = folder or self._study_folder(study_table), self._controller.device

        def train(progress: Progress) -> TrainedStudy:
            return train_study(study_table, plan, output, device, accuracy, progress, folder is not None)

        self._run(train, self.tr("Training on {}").format(study_table.name))

    def add_map(self, accuracy: str) -> None:
        """Compute the map of a further accuracy."""
        trained = self._trained
        if trained is None:
            return

        def compute_map(progress: Progress) -> TrainedStudy:
            return add_study_map(trained, accuracy, progress)

        self._run(compute_map, self.tr("Mapping {}").format(trained.study_table.name))

    def cancel(self) -> None:
        """Cancel the task; finished results are kept."""
        if self._job is not None:
            self._job.cancel()

    def save(self, path: Path) -> Job[Any] | None:
        """Write the network to a file in the background; return the job, or None without a network."""
        trained = self._trained
        if trained is None:
            return None

        def write_files(progress: Progress) -> Path:
            return write_network(trained, path)

        title = self.tr("Saving {}").format(path.name)
        message = self.tr("Saved {}")

        def on_saved(saved_path: Path) -> None:
            self._saved_fit = trained.analysis.fit
            self._controller.message.emit(message.format(saved_path))

        return self._controller.run(write_files, title, on_saved, saves_file=True)

    def use_as_model(self) -> None:
        """Make the network the session's model."""
        trained = self._trained
        if trained is None:
            return

        def load(progress: Progress) -> Model:
            return load_network(trained)

        def show_model(model: Model) -> None:
            self._controller.show_model(model)
            if not trained.keep_folder:
                message = self.tr("The network is in a temporary folder; save it to keep it.")
                self._controller.message.emit(message)

        self._controller.run_long(load, self.tr("Loading the network"), show_model)

    def close(self) -> None:
        """Delete the temporary folder; call it only after the tasks have ended."""
        if self._temporary_folder is not None:
            self._trained = None
            self._temporary_folder.cleanup()
            self._temporary_folder = None

    def _run(self, function: Callable[[Progress], TrainedStudy], title: str) -> None:
        if self.is_running:
            return

        def set_result(trained: TrainedStudy) -> None:
            self._set_trained(trained)
            self.finished.emit()

        def clear_job() -> None:
            self._job = None
            self.running_changed.emit(False)

        self._task_title = title
        self._job = self._controller.run_long(
            function, title, set_result, clear_job, self._set_trained, warn_if_lost=True
        )
        self.running_changed.emit(True)

    def _set_trained(self, trained: TrainedStudy) -> None:
        self._trained = trained
        self.changed.emit()

    def _on_task_changed(self) -> None:
        if self._job is None:
            return
        for task in self._controller.tasks:
            if task.title == self._task_title and task.step is not None:
                step: ProgressStep = task.step
                self.progress_changed.emit(step)

    def _study_folder(self, study_table: StudyTable) -> Path:
        """Return a temporary folder, the same for the same study, so that its scans are not read again."""
        if self._temporary_folder is None:
            self._temporary_folder = tempfile.TemporaryDirectory(prefix="study-", ignore_cleanup_errors=True)
        if study_table.simulated_study:
            return Path(self._temporary_folder.name) / study_table.simulated_study
        return Path(self._temporary_folder.name) / f"{abs(hash(study_table.table_path)):x}"
