"""Compare all methods on one scan, as in the figures of Ayyar et al. 2021: slices, and clusters in a box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.explanations import explain_with_method
from viewer.checks.localisation import GroundTruth, localisation_scores, make_ground_truth
from viewer.commands.reproduce_figures import figure_output
from viewer.commands.reproduce_figures.explanation_panels import grey_levels
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.errors import ViewerError
from viewer.methods.base import Method
from viewer.methods.registry import find_method
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.metrics import dice_of_strongest, pearson_correlation

if TYPE_CHECKING:
    from viewer.scans.scan import Scan

Array = npt.NDArray[np.float64]

SCAN, MODEL, TARGET = "simulated-lesions", "demo", "lesion"


@dataclass(frozen=True)
class ReviewMethod:
    """A method of the review, and its parameters that differ from the defaults."""

    method: str
    parameters: tuple[tuple[str, object], ...] = ()

    def make_method(self) -> Method:
        """Return the method, ready to explain. Raises MethodError."""
        return find_method(self.method).from_parameters(dict(self.parameters))


WHITE_BOX = (
    ReviewMethod("gradient"),
    ReviewMethod("deconvnet"),
    ReviewMethod("guided-backprop"),
    ReviewMethod("integrated-gradients"),
    ReviewMethod("smoothgrad"),
    ReviewMethod("grad-cam"),
    ReviewMethod("guided-grad-cam"),
    ReviewMethod("lrp-epsilon"),
    ReviewMethod("lrp-gamma"),
    ReviewMethod("lrp-alpha-beta"),
    ReviewMethod("deep-taylor"),
    ReviewMethod("deeplift"),
    ReviewMethod("fem"),
    ReviewMethod("fgsm"),
    ReviewMethod("deepfool"),
    ReviewMethod("generated-difference"),
)
"""Methods of the review's figures; generators for the demonstration network are shipped with it."""

PANEL = 300
"""Width of a box in the picture, in pixels; it is rendered at twice this width."""


def all_maps(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw all maps of the demonstration's scan as slices and clusters, and measure their similarity."""
    from viewer.models.loading import load_model
    from viewer.scans.load import load_scan
    from viewer.scans.simulated_lesions import DEMONSTRATION, insert_lesions

    model, scan = load_model(MODEL), load_scan(SCAN)
    subject = make_context(model, scan, TARGET, device="cpu", seed=seed)
    cases, left_out = compute_maps(subject, WHITE_BOX, progress.subtask(0, 0.8))
    _, share = insert_lesions(scan.data, scan.grid, DEMONSTRATION)
    truth = make_ground_truth(subject, share >= 0.5, scan.grid, "lesions")
    slices = folder / "ayyar-maps.png"
    progress.step(0.8, 1, "drawing slices")
    _draw_slices(subject, cases, truth, slices)
    files = [slices]
    notes = ["Simulated: the MNI152 template with artificial lesions, not a patient.", *left_out]
    try:
        box_path = folder / "ayyar-maps-box.png"
        _draw_boxes(scan, cases, box_path, progress.subtask(0.82, 1))
        files.append(box_path)
    except ViewerError as error:
        notes.append(f"The boxes could not be drawn: {error}.")
    return FigureResult(tuple(files), _compute_numbers(cases, truth), tuple(notes))


def compute_maps(
    context: CheckContext, review_methods: Sequence[ReviewMethod], progress: Progress
) -> tuple[list[Explanation], list[str]]:
    """Compute the map of every method; also return a sentence for each method that the network rules out."""
    cases, left_out = [], []
    for index, review_method in enumerate(review_methods):
        subtask = progress.subtask(index / len(review_methods), (index + 1) / len(review_methods))
        try:
            cases.append(
                explain_with_method(
                    context, review_method.make_method(), progress=subtask.with_message(review_method.method)
                )
            )
        except ViewerError as error:
            left_out.append(f"{review_method.method} is left out: {error}")
    return cases, left_out


def _compute_numbers(explanations: Sequence[Explanation], truth: GroundTruth) -> dict[str, Any]:
    """Return how well each map localizes the lesions, and how similar every pair is."""
    head = explanations[0].context.foreground
    numbers: dict[str, Any] = {}
    for case in explanations:
        scores = localisation_scores(np.maximum(case.importance, 0)[head], truth.mask[head])
        numbers[case.name] = {
            "AUC": round(scores["AUC"], 4),
            "relevance mass": round(scores["relevance mass"], 4),
            "pointing game": scores["pointing game"],
            "seconds": round(case.seconds, 2),
        }
    pairs = [
        [pearson_correlation(a.values[head], b.values[head]) for b in explanations] for a in explanations
    ]
    numbers["Pearson"] = [[round(value, 4) for value in row] for row in pairs]
    numbers["Dice"] = [
        [round(dice_of_strongest(a.values, b.values, head), 4) for b in explanations] for a in explanations
    ]
    return numbers


def _draw_slices(
    context: CheckContext, explanations: Sequence[Explanation], truth: GroundTruth, path: Path
) -> None:
    """Draw axial slices, each map on its own scale, with the right of the brain on the right."""
    from viewer.checks.slice_thumbnails import blend_colours

    grid = context.prepared.grid
    weight = np.where(truth.mask.reshape(grid.shape), _compute_mean_map(explanations).reshape(grid.shape), 0)
    level = int(np.argmax(weight.sum(axis=(0, 1))))
    grey_scan = grey_levels(context)
    pyplot = figure_output.load_pyplot()
    panels = len(explanations) + 1
    columns = _choose_column_count(panels)
    rows = math.ceil(panels / columns)
    fig, axes = pyplot.subplots(
        rows, columns, figsize=(2.1 * columns, 2.65 * rows), facecolor="white", layout="constrained"
    )
    for ax in axes.flat:
        ax.set_axis_off()
    flat_axes = list(axes.flat)
    scan = grey_scan[:, :, level]
    _draw_panel(flat_axes[0], np.repeat(scan[..., None], 3, axis=2), grid, "scan, lesions outlined")
    flat_axes[0].contour(truth.mask.reshape(grid.shape)[:, :, level].T, levels=[0.5], colors="#f5821f")
    for ax, case in zip(flat_axes[1:], explanations, strict=False):
        relevance = case.values.reshape(grid.shape)[:, :, level].astype(np.float64)
        largest = float(np.percentile(np.abs(case.values[context.foreground]), 99.5)) or 1.0
        _draw_panel(ax, blend_colours(scan, relevance, largest), grid, case.name)
    height = float(grid.to_world([0, 0, level])[2])
    title = (
        f"{SCAN} (simulated), axial at {height:+g} mm, explained: {context.target.name}; orange above zero"
    )
    fig.suptitle(title, fontsize=10)
    figure_output.save_figure(fig, path)


def _draw_panel(ax: Any, image: Array, grid: Grid, title: str) -> None:
    """Draw one slice (right, anterior, colour) with its title; the network's grid is canonical here."""
    aspect = float(grid.spacing[1] / grid.spacing[0])
    ax.imshow(image.transpose(1, 0, 2), origin="lower", aspect=aspect, interpolation="nearest")
    ax.set_title(title, fontsize=9)


def _compute_mean_map(explanations: Sequence[Explanation]) -> Array:
    """Return the mean of all |maps|, each divided by its maximum."""
    sizes = [np.abs(case.values.astype(np.float64)) for case in explanations]
    return np.asarray(np.mean([size / (size.max() or 1.0) for size in sizes], axis=0))


def _draw_boxes(scan: Scan, explanations: Sequence[Explanation], path: Path, progress: Progress) -> None:
    """Draw the clusters of the same maps in the box, one panel per method, off-screen. Raises ViewerError."""
    import io

    from matplotlib.image import imread

    from viewer.scene.figure import TOP, render_boxes

    maps = [case.to_map(case.values, case.name) for case in explanations]
    pngs = render_boxes(scan, maps, (2 * PANEL, 2 * PANEL * 3 // 4), progress=progress)
    pyplot = figure_output.load_pyplot()
    columns = _choose_column_count(len(pngs))
    rows = math.ceil(len(pngs) / columns)
    fig, axes = pyplot.subplots(
        rows, columns, figsize=(2.6 * columns, 2.25 * rows), facecolor="white", layout="constrained"
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, case, png in zip(axes.flat, explanations, pngs, strict=False):
        ax.imshow(imread(io.BytesIO(png)))
        ax.set_title(case.name, fontsize=9)
    title = f"{SCAN} (simulated): the strongest {100 - TOP:g} % of each map; orange above zero, blue below"
    fig.suptitle(title, fontsize=10)
    figure_output.save_figure(fig, path)


def _choose_column_count(panel_count: int) -> int:
    """Return the number of panels per row that leaves few empty."""
    return min((5, 4, 6), key=lambda columns: -panel_count % columns)
