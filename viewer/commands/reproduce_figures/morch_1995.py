"""Figures 1 to 4 of Mørch et al. 1995 from simulated scans, since the paper's data were never public."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.commands.reproduce_figures.figure_output import (
    FigureResult,
    label_sides,
    load_pyplot,
    save_figure,
)
from viewer.methods.morch_1995.approximation import Approximation, NegativeValues
from viewer.methods.morch_1995.pipeline import Analysis, analyse
from viewer.methods.morch_1995.saliency_maps import normalised_error
from viewer.methods.morch_1995.study_plan import StudyPlan
from viewer.methods.morch_1995.voxel_saliency import compute_voxel_saliency
from viewer.models.training.morch.targets import graded_targets
from viewer.models.training.morch.training import train_network
from viewer.models.training.morch.training_options import TrainingOptions
from viewer.progress import Progress
from viewer.scans.cohort import GLOBAL_MEAN
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.masked_matrix import MaskedMatrix
from viewer.scans.metrics import area_under_roc_curve, dice_of_mask, pearson_correlation
from viewer.scans.simulated_studies.save import write_study
from viewer.scans.simulated_studies.study import FINGERS, SACCADES, SIMULATED, Study
from viewer.scans.simulated_studies.t_map import t_map

Array = npt.NDArray[np.float64]

HEIGHTS = (-17.0, 0.0, 17.0)
"""Heights in mm above the AC-PC plane; here above z = 0 in MNI space."""

COLUMNS = {
    Approximation.EXACT: "exact",
    Approximation.FIRST: "first order",
    Approximation.SECOND: "second order, as printed",
}
NAMES = {
    Approximation.FIRST: "first order",
    Approximation.SECOND: "second order, equation (10) as printed",
    Approximation.SECOND_CROSS: "second order with the terms between components",
    Approximation.EXACT: "exact change of the cost",
    Approximation.RETRAINED: "change of the cost after retraining",
}
"""Name of each approximation, beside the colour bar of figures 1 and 3."""

STEPS = range(1, 10)
"""Sub-sampling steps in pixels along each axis of the slice."""

SMOOTHING = 6.0
"""Full width at half maximum in mm."""

SLICE_PIXEL = 1.5
SLICE_HEIGHT = 3.75


def draw_saccades(
    folder: Path, seed: int, progress: Progress, accuracy: Approximation = Approximation.SECOND
) -> FigureResult:
    """Draw figure 1: the visual cortex, from a graded paradigm and a regression."""
    return _draw_in_box(SACCADES, folder / "morch-1.png", seed, progress, accuracy)


def draw_fingers(
    folder: Path, seed: int, progress: Progress, accuracy: Approximation = Approximation.SECOND
) -> FigureResult:
    """Draw figure 3: the primary sensory-motor cortex, from two classes."""
    return _draw_in_box(FINGERS, folder / "morch-3.png", seed, progress, accuracy)


def _draw_in_box(
    study: Study, path: Path, seed: int, progress: Progress, accuracy: Approximation
) -> FigureResult:
    """Draw the most salient voxels for one approximation; the paper's figures use equation (10)."""
    from viewer.scans.threshold import Threshold, ThresholdKind
    from viewer.scene.figure import figure
    from viewer.session.view import Theme, View

    analysis, truth = _analyse_study(study, seed, tuple(Approximation), progress.subtask(0.0, 0.9))
    numbers = _compute_numbers(analysis, truth)
    saliency = _maps(analysis)[accuracy]
    # Footnote 7: a negative saliency counts as zero.
    positive = replace(saliency, data=np.maximum(saliency.data, 0), name=f"simulated PET: {NAMES[accuracy]}")
    view = View(
        theme=Theme.LIGHT,
        threshold=Threshold(ThresholdKind.VOXELS, 2 * int(truth.sum())),
        smallest_cluster=5 * analysis.cohort.matrix.grid.voxel_volume,
        smoothing=SMOOTHING,
    )
    progress.step(0.9, 1.0, "drawing")
    figure(load_scan("mni152"), positive, path, view)
    paper = "the paper's figures use equation (10), second order without the terms between components" + (
        " too" if accuracy is Approximation.SECOND else f", as does --accuracy {Approximation.SECOND}"
    )
    notes = (
        SIMULATED,
        f"Shown: {NAMES[accuracy]}; {paper}. Negative saliencies count as zero, as in its footnote 7.",
        "The clusters contain twice as many of the most salient voxels as were planted; only for the picture "
        f"the map was smoothed by {SMOOTHING:g} mm.",
    )
    correlations = {
        f"{approximation}: correlation with what is shown": pearson_correlation(
            map_.data[analysis.cohort.matrix.mask], saliency.data[analysis.cohort.matrix.mask]
        )
        for approximation, map_ in _maps(analysis).items()
        if approximation is not accuracy
    }
    return FigureResult((path,), numbers | correlations | {"shown": str(accuracy)}, notes)


def columns(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 2: three approximations side by side at three heights, on one grey scale."""
    analysis, _ = _analyse_study(SACCADES, seed, tuple(Approximation)[:4], progress.subtask(0.0, 0.9))
    maps, grid = _maps(analysis), analysis.cohort.matrix.grid
    heights = [round(float(grid.to_voxel([0.0, 0.0, z])[2])) for z in HEIGHTS]
    slices = {accuracy: [maps[accuracy].data[:, :, k] for k in heights] for accuracy in COLUMNS}
    numbers: dict[str, Any] = {}
    names = {
        Approximation.FIRST: "f1",
        Approximation.SECOND: "f2",
        Approximation.SECOND_CROSS: "f2 with cross terms",
    }
    exact = maps[Approximation.EXACT].data
    for accuracy, name in names.items():
        data = maps[accuracy].data
        numbers[name] = _normalised_error(data, exact)
        for z, k in zip(HEIGHTS, heights, strict=True):
            numbers[f"{name} at {z:+g} mm"] = _normalised_error(data[:, :, k], exact[:, :, k])
        numbers[f"largest difference, {accuracy}"] = float(np.abs(data - exact).max() / exact.max())
    path = folder / "morch-2.png"
    progress.step(0.9, 1.0, "drawing")
    _draw_columns(slices, path, grid.spacing)
    note = "Largest differences are shares of the exact map's largest value; all slices share one scale."
    return FigureResult((path,), numbers, (SIMULATED, note))


def errors(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 4: f1 and f2 for nine sub-samplings of one slice, with a new analysis for each."""
    slices, y = _simulate_slices(seed, progress.subtask(0.0, 0.6))
    rows = []
    for index, step in enumerate(STEPS):
        rows.append(_compute_errors(slices, y, step, seed))
        progress.step(0.6 + 0.35 * (index + 1) / len(STEPS), 1.0, f"every {step} pixels")
    path = folder / "morch-4.png"
    _draw_errors(rows, path)
    by_size = sorted(rows, key=lambda row: row["I"])
    numbers: dict[str, Any] = {
        f"slope of {name} against I": _fit_slope(
            [row["I"] for row in by_size], [row[name] for row in by_size]
        )
        for name in ("f1", "f2", "f2 with cross terms")
    }
    numbers["sub-samplings"] = rows
    return FigureResult(
        (path,), numbers, (SIMULATED, "Slopes are those of straight lines through both logarithms.")
    )


def _analyse_study(
    study: Study, seed: int, approximations: Sequence[Approximation], progress: Progress
) -> tuple[Analysis, npt.NDArray[np.bool_]]:
    """Analyse a simulated study; also return which voxels of the mask are planted. No files are kept."""
    study = replace(study, seed=study.seed + seed)
    with tempfile.TemporaryDirectory() as temporary:
        table = write_study(study, Path(temporary) / "study", progress.subtask(0.0, 0.5))
        plan = StudyPlan(
            recipe=TrainingOptions(seed=seed),
            approximations=tuple(approximations),
            negative=NegativeValues.KEEP,
            about=(SIMULATED,),
        )
        analysis = analyse(table, plan, Path(temporary) / "out", progress.subtask(0.5, 1.0))
        matrix = analysis.cohort.matrix
        # The file is deleted with the folder.
        in_memory = replace(matrix, values=np.array(matrix.values), path=None)
        analysis = replace(analysis, cohort=replace(analysis.cohort, matrix=in_memory))
    return analysis, study.activated_mask()[matrix.mask]


def _compute_numbers(analysis: Analysis, planted_mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return the numbers of the fit, and how well its maps and the t-map localize the planted signal."""
    matrix, targets = analysis.cohort.matrix, analysis.targets
    facts = analysis.as_json()
    numbers: dict[str, Any] = {
        "voxels": matrix.voxel_count,
        "planted voxels": int(planted_mask.sum()),
        "training error": analysis.fit.error,
        "subjects left out": {
            name: value for name, value in facts["leave one subject out"].items() if name != "predictions"
        },
    }
    if "re-fits" in facts:
        numbers["re-fits"] = facts["re-fits"]
    map_values = {str(name): map_.data[matrix.mask] for name, map_ in _maps(analysis).items()}
    map_values["t"] = np.abs(t_map(matrix, targets.Y[0], analysis.cohort.confound_basis))
    for name, values in map_values.items():
        numbers[f"{name}: AUC"] = area_under_roc_curve(values, planted_mask)
        numbers[f"{name}: overlap"] = dice_of_mask(values, planted_mask)
    positions = np.argwhere(matrix.mask)
    peak = positions[int(np.argmax(map_values[str(Approximation.EXACT)]))]
    numbers["highest peak, mm"] = [round(float(value), 1) for value in matrix.grid.to_world(peak)]
    return numbers


def _maps(analysis: Analysis) -> Mapping[Approximation, Map]:
    return analysis.saliency.maps if analysis.saliency is not None else {}


def _normalised_error(approximation: npt.NDArray[np.float32], exact: npt.NDArray[np.float32]) -> float:
    return normalised_error(approximation.astype(np.float64), exact.astype(np.float64))


def _simulate_slices(seed: int, progress: Progress) -> tuple[npt.NDArray[np.float64], list[float]]:
    """Return one fine slice through the visual cortex of every scan, (scans, X, Y), and y."""
    size = SACCADES.grid.shape
    extent = np.array(size) * SACCADES.grid.spacing
    corner = SACCADES.grid.to_world([0, 0, 0])
    slice_count = 5
    affine = np.diag([SLICE_PIXEL, SLICE_PIXEL, SLICE_HEIGHT, 1.0])
    affine[:3, 3] = (corner[0], corner[1], 2.0 - SLICE_HEIGHT * (slice_count // 2))
    grid = Grid((int(extent[0] / SLICE_PIXEL), int(extent[1] / SLICE_PIXEL), slice_count), affine)
    # The number of events is scaled to the smaller voxels.
    volume_ratio = grid.voxel_volume / SACCADES.grid.voxel_volume
    physics = replace(SACCADES.physics, counts=SACCADES.physics.counts * volume_ratio)
    study = replace(SACCADES, grid=grid, physics=physics, seed=SACCADES.seed + seed)
    images, y = [], []
    for subject in range(study.subject_count):
        subject_scans = [
            (scan.data[:, :, slice_count // 2].astype(np.float64), float(label))
            for scan, label in study.simulate_scans(subject)
        ]
        images += [image for image, _ in subject_scans]
        y += [label for _, label in subject_scans]
        progress.step(subject + 1, study.subject_count, f"simulating subject {subject + 1}")
    return np.stack(images), y


def _compute_errors(slices: Array, y: list[float], step: int, seed: int) -> dict[str, Any]:
    """Return I, K and the errors if every ``step``-th pixel along both axes is kept."""
    images = slices[:, ::step, ::step]
    mean = images.mean(axis=0)
    mask = mean > 0.5 * mean[mean > mean.mean() / 8].mean()
    X = images[:, mask]
    X = X * (GLOBAL_MEAN / X.mean(axis=1, keepdims=True))
    per_subject = X.reshape(SACCADES.subject_count, -1, X.shape[1])
    X = (per_subject - per_subject.mean(axis=1, keepdims=True)).reshape(X.shape)
    grid = Grid((*mask.shape, 1), np.diag([SLICE_PIXEL * step, SLICE_PIXEL * step, SLICE_HEIGHT, 1.0]))
    matrix = MaskedMatrix(X.astype(np.float32), np.zeros(X.shape[1], np.float32), mask[:, :, None], grid)
    fit = train_network(matrix.gram(), graded_targets(y, "saccades"), TrainingOptions(seed=seed))
    values = compute_voxel_saliency(fit, matrix, tuple(Approximation)[:4], double=True)
    exact = values[Approximation.EXACT]
    return {
        "I": matrix.voxel_count,
        "K": fit.components.count,
        "f1": normalised_error(values[Approximation.FIRST], exact),
        "f2": normalised_error(values[Approximation.SECOND], exact),
        "f2 with cross terms": normalised_error(values[Approximation.SECOND_CROSS], exact),
    }


def _fit_slope(sizes: list[int], values: list[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def _draw_columns(
    slices: Mapping[Approximation, list[npt.NDArray[np.float32]]], path: Path, spacing: Array
) -> None:
    pyplot = load_pyplot()
    top = max(float(image.max()) for images in slices.values() for image in images)
    fig, axes = pyplot.subplots(3, 3, figsize=(6.6, 7.6), facecolor="white", layout="compressed")
    for column, (accuracy, images) in enumerate(slices.items()):
        axes[0, column].set_title(COLUMNS[accuracy], fontsize=10)
        for row, image in enumerate(images):
            ax = axes[row, column]
            shown_image = ax.imshow(
                image.T, cmap="gray", vmin=0.0, vmax=top, origin="lower", aspect=spacing[1] / spacing[0]
            )
            ax.set_xticks([])
            ax.set_yticks([])
            if column == 0:
                ax.set_ylabel(f"{HEIGHTS[row]:+g} mm" if HEIGHTS[row] else "AC-PC", fontsize=10)
                label_sides(ax)
    bar = fig.colorbar(shown_image, ax=axes, shrink=0.6, aspect=30)
    bar.set_label("δE, change of the training cost", fontsize=9)
    fig.suptitle("Saliency of a simulated saccade study", fontsize=11)
    save_figure(fig, path)


def _draw_errors(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    pyplot = load_pyplot()
    fig, ax = pyplot.subplots(figsize=(5.6, 4.4), facecolor="white", layout="constrained")
    sizes = [row["I"] for row in rows]
    for name, style, label in (
        ("f1", "o-", "f₁, first order"),
        ("f2", "s:", "f₂, second order as printed"),
        ("f2 with cross terms", "^--", "second order with the terms between components"),
    ):
        ax.loglog(sizes, [row[name] for row in rows], style, color="black", markersize=4, label=label)
    ax.set_xlabel("I, pixels in the mask")
    ax.set_ylabel("normalised mean squared error")
    ax.legend(frameon=False, fontsize=8)
    ax.set_title("Nine sub-samplings of a slice, simulated saccade study", fontsize=10)
    save_figure(fig, path)
