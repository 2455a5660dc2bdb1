"""Pipeline of Mørch et al. 1995: from a table of scans to the trained network, its error and its maps.

The results of every stage are written as soon as they are available, so that a later failure loses nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from viewer.enums import enum_member
from viewer.errors import MethodError, ScanError
from viewer.methods.morch_1995.region_saliency import VoxelSets, make_atlas_regions, make_cubes
from viewer.methods.morch_1995.saliency_maps import SaliencyMaps, compute_saliency_maps, describe_network
from viewer.methods.morch_1995.study_plan import StudyPlan
from viewer.models.training.morch.crossvalidation import CrossValidation, leave_one_subject_out
from viewer.models.training.morch.export import export_network
from viewer.models.training.morch.fit import Fit, save_fit
from viewer.models.training.morch.pruning import prune
from viewer.models.training.morch.targets import Targets, class_targets, graded_targets
from viewer.models.training.morch.training import train_network
from viewer.models.training.morch.training_options import Paradigm
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.cohort import Cohort, check_study_folder, prepare_cohort
from viewer.scans.confounds import confound_design, residual_share
from viewer.scans.load import load_scan
from viewer.scans.metrics import area_under_roc_curve, dice_of_mask
from viewer.scans.scan_table import ScanTable
from viewer.scans.simulated_studies.t_map import t_map

T_STATISTIC = "t"
TRUTH_FILE = "truth.nii.gz"


@dataclass(frozen=True)
class GroundTruthScore:
    """Score of a map against the simulated truth.

    ``roc_auc`` is that under the ROC curve, ``dice`` the Dice coefficient with as many of the largest values.
    """

    roc_auc: float
    dice: float


def score_maps(analysis: Analysis, folder: Path) -> dict[str, GroundTruthScore]:
    """Return the score of every map by its approximation, and of |t| of each voxel under "t".

    ``folder`` is that of the simulated study, with ``truth.nii.gz``.

    Raises
    ------
    ScanError
        The truth cannot be read.
    """
    matrix = analysis.cohort.matrix
    truth = load_scan(folder / TRUTH_FILE).data[matrix.mask] > 0
    maps = analysis.saliency.maps if analysis.saliency is not None else {}
    values = {str(approximation): map_.data[matrix.mask] for approximation, map_ in maps.items()}
    values[T_STATISTIC] = np.abs(t_map(matrix, analysis.targets.Y[0], analysis.cohort.confound_basis)).astype(
        np.float32
    )
    return {
        name: GroundTruthScore(area_under_roc_curve(scores, truth), dice_of_mask(scores, truth))
        for name, scores in values.items()
    }


@dataclass(frozen=True, eq=False)
class Analysis:
    """Results of an analysis, as far as it has been run.

    ``pruning_history`` has (parameters, E, C) before and after every round of pruning. ``cross_validation``
    is None if there is only one subject.
    """

    cohort: Cohort
    targets: Targets
    fit: Fit
    cross_validation: CrossValidation | None = None
    pruning_history: tuple[tuple[int, float, float], ...] = ()
    saliency: SaliencyMaps | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        matrix, minimum = self.cohort.matrix, self.fit.minimum
        entries: dict[str, Any] = {
            "scans": matrix.scan_count,
            "voxels": matrix.voxel_count,
            "subjects": len(set(self.cohort.table.subjects)),
            "notes": list(self.cohort.notes),
            "paradigm": str(self.targets.paradigm),
            "network": dict(describe_network(self.fit)),
            "training": {
                "error": self.fit.error,
                "cost": minimum.value,
                "steps": minimum.steps,
                "converged": minimum.converged,
            },
        }
        if self.targets.classes:
            entries["classes"] = list(self.targets.classes)
            accuracy = float((self.fit.predictions() == self.targets.labels).mean())
            entries["training"]["right"] = accuracy
        if len(self.pruning_history) > 1:
            entries["pruning"] = [
                {"parameters": count, "error": error, "cost": cost}
                for count, error, cost in self.pruning_history
            ]
        if self.cross_validation is not None:
            measure = "correlation" if self.targets.paradigm is Paradigm.GRADED else "right"
            entries["leave one subject out"] = {
                "cost": self.cross_validation.cost,
                measure: self.cross_validation.score,
                "predictions": self.cross_validation.predictions.tolist(),
            }
        if self.saliency is not None:
            entries["maps"] = {
                str(approximation): {"largest": float(map_.data.max()), "notes": list(map_.provenance.notes)}
                for approximation, map_ in self.saliency.maps.items()
            }
            for approximation, error in self.saliency.errors.items():
                entries["maps"][str(approximation)]["normalised error"] = error
            if self.saliency.refit_check is not None:
                entries["re-fits"] = {
                    "voxels": len(self.saliency.refit_check.voxels),
                    "largest voxels": self.saliency.refit_check.largest_count,
                    "correlation": self.saliency.refit_check.correlation,
                    "relative error": self.saliency.refit_check.relative_error,
                    "relative error of the largest": self.saliency.refit_check.relative_error_of_largest,
                }
        return entries


def analyse(table: ScanTable, plan: StudyPlan, folder: Path, progress: Progress | None = None) -> Analysis:
    """Prepare the scans, train, cross-validate by subject, compute the maps; write all into ``folder``.

    ``progress`` is given an `Analysis` after every stage. The files are the scans' matrix with its mask and
    mean, ``network.safetensors`` with its card, ``fit.safetensors``, ``fit.json``, and
    ``saliency-ACCURACY.nii.gz`` with a JSON each, with a suffix for sets of voxels. The cross-validation uses
    the recipe without pruning.

    Raises
    ------
    ViewerError
        The table, a scan, y or the plan is invalid; the message names it.
    Cancelled
        Cancelled through ``progress``; files already written stay.
    """
    progress = progress or Progress()
    check_study_folder(folder, _file_names(plan))
    targets = make_targets(table, plan.paradigm)
    cohort = prepare_cohort(table, plan.preparation, folder, progress.subtask(0.0, 0.3))
    _check_target_varies(cohort, targets)
    gram = cohort.matrix.gram(progress.subtask(0.3, 0.35, "components"))
    fit = train_network(gram, targets, plan.recipe, progress.subtask(0.35, 0.4))
    _check_output_varies(fit)
    analysis = Analysis(cohort, targets, fit)
    if plan.pruned:
        pruned = prune(fit, plan.pruned, progress=progress.subtask(0.4, 0.45))
        analysis = replace(analysis, fit=pruned.fit, pruning_history=pruned.history)
    save_fit(analysis.fit, folder / "fit.safetensors")
    export_network(analysis.fit, cohort, folder / "network.safetensors", plan.about)
    _write_analysis(analysis, folder)
    progress.report_partial(analysis)
    if len(set(table.subjects)) > 1:
        inner = progress.subtask(0.45, 0.6)
        preparation = plan.preparation
        design = confound_design(table, preparation.subject_means, preparation.covariates)
        left_out = leave_one_subject_out(gram, targets, table.subjects, plan.recipe, inner, design)
        analysis = replace(analysis, cross_validation=left_out)
        _write_analysis(analysis, folder)
        progress.report_partial(analysis)
    if plan.approximations:
        analysis = add_maps(analysis, plan, folder, progress.subtask(0.6, 0.98))
        progress.report_partial(analysis)
    progress.step(1, 1, "done")
    return analysis


def add_maps(analysis: Analysis, plan: StudyPlan, folder: Path, progress: Progress | None = None) -> Analysis:
    """Add the maps of the plan's approximations to an analysis, and write each into ``folder``.

    Raises
    ------
    ViewerError
        An accuracy or the regions are invalid for this network, or a file cannot be written.
    Cancelled
        Cancelled through ``progress``.
    """
    cohort, previous = analysis.cohort, analysis.saliency
    saliency = compute_saliency_maps(
        analysis.fit,
        cohort.matrix,
        plan.approximations,
        negative=plan.negative,
        regions=_make_regions(cohort, plan),
        double=plan.double,
        device=plan.device,
        refits=plan.refits,
        seed=plan.recipe.seed,
        scan_notes=plan.about,
        progress=progress,
    )
    for approximation, map_ in saliency.maps.items():
        map_.save(folder / f"saliency-{approximation}{_file_suffix(plan)}.nii.gz")
    if previous is not None:
        saliency = SaliencyMaps(
            previous.maps | saliency.maps,
            previous.errors | saliency.errors,
            saliency.refit_check or previous.refit_check,
        )
    analysis = replace(analysis, saliency=saliency)
    _write_analysis(analysis, folder)
    return analysis


def _file_names(plan: StudyPlan) -> tuple[str, ...]:
    """Return the names of the files that an analysis writes in addition to those of its cohort."""
    maps = [f"saliency-{approximation}{_file_suffix(plan)}" for approximation in plan.approximations]
    images = [f"{name}{ending}" for name in maps for ending in (".nii.gz", ".json")]
    return ("fit.safetensors", "network.safetensors", "network.card.json", "fit.json", *images)


def make_targets(table: ScanTable, paradigm: Paradigm | None = None) -> Targets:
    """Return the targets of the network from the table's y.

    Raises
    ------
    ViewerError
        y is constant, has only one class, or is not a number although graded values are requested.
    """
    if paradigm is None:
        try:
            numbers = table.numeric_y()
        except ScanError:
            paradigm = Paradigm.CLASSES
        else:
            paradigm = Paradigm.CLASSES if len(set(numbers)) == 2 else Paradigm.GRADED
    if enum_member(Paradigm, paradigm) is Paradigm.GRADED:
        return graded_targets(table.numeric_y(), table.path)
    return class_targets(table.y, table.path)


def _check_target_varies(cohort: Cohort, targets: Targets) -> None:
    """Raise MethodError if removing the confounds removed all variance of y.

    Raises
    ------
    MethodError
        y does not vary beyond the subjects' means and the covariates.
    """
    if all(residual_share(cohort.confound_basis, row) < 1e-6 for row in targets.Y):
        raise MethodError(
            cohort.table.path,
            "y does not vary within subjects, so that removing their means removes all there is to learn",
            "keep the subjects' means",
        )


def _check_output_varies(fit: Fit) -> None:
    """Raise MethodError if the network's output is the same for every scan: its maps would be zero.

    Raises
    ------
    MethodError
        The decay has left no weights.
    """
    if np.ptp(fit.state.F, axis=1).max() < 1e-9:
        raise MethodError(
            "decay", f"of {fit.objective.decay:g} leaves the network without weights", "use less decay"
        )


def _make_regions(cohort: Cohort, plan: StudyPlan) -> VoxelSets | None:
    if plan.cube is not None:
        return make_cubes(cohort.matrix, plan.cube)
    if plan.atlas is None:
        return None
    from viewer.scans.load import load_scan
    from viewer.scans.resample import resample

    scan = load_scan(plan.atlas)
    labels = resample(scan.data, scan.grid, cohort.matrix.grid, order=0)
    return make_atlas_regions(cohort.matrix, labels, plan.atlas_names)


def _file_suffix(plan: StudyPlan) -> str:
    """Return the file name suffix of maps of cubes or regions."""
    if plan.cube is not None:
        return f"-cubes-{plan.cube:g}mm"
    return "-regions" if plan.atlas is not None else ""


def _write_analysis(analysis: Analysis, folder: Path) -> None:
    path = folder / "fit.json"
    try:
        with atomic_write(path) as file:
            file.write(json.dumps(analysis.as_json(), indent=2, ensure_ascii=False).encode())
    except OSError as error:
        raise ScanError(path, f"cannot be written ({error.strerror})") from error
