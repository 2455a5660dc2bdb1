"""Figure 4a of Kindermans et al. 2017: output against the share of patches removed, best first."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.checks.context import CheckContext, make_context
from viewer.checks.explanations import explain_with_method
from viewer.checks.infill import Fill
from viewer.checks.perturbation_curves import PatchGrid, PerturbationPlan, deletion_curve, make_patches
from viewer.commands.reproduce_figures import figure_output
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.methods.registry import find_method
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model

Array = npt.NDArray[np.float64]

BRAINS = 4
LEARNED_FROM = 24
"""Number of degraded simulated brains with lesions, and of others that the patterns are fitted to."""

EDGE = 4
STEPS = 10
REACH = 0.3
DRAWS = 2
"""Edge of a patch in voxels; number of steps; share of patches removed in total; random orders per brain."""

NETWORK = "digits-convolutional"
IMAGES = 150
DIGIT_EDGE = 7
"""Number of degraded digits of 28 × 28 pixels; edge of a patch in pixels, for sixteen patches per image."""

PAPER = ("S_a+-", "S_x", "S_w", "S_a", "random")
"""The paper's order, steepest first."""

SIMULATED = "Simulated: brains made from the MNI152 template with artificial lesions; no patients."
TITLES = {Fill.MEAN: "brains, filled with the head's mean", Fill.INPAINT: "brains, filled from around"}
DIGITS = "digits, filled with each patch's mean"


@dataclass(frozen=True)
class Estimator:
    """An estimator: name, colour, method that implements it, and the method's parameters."""

    name: str
    colour: str
    method: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    needs_patterns: bool = False


ESTIMATORS = (
    Estimator("S_x", "#0072b2", "input-times-gradient"),
    Estimator("S_w", "#56b4e9", "pattern-attribution", {"estimator": "filter"}),
    Estimator("S_a", "#e69f00", "pattern-attribution", {"estimator": "linear"}, needs_patterns=True),
    Estimator("S_a+-", "#009e73", "pattern-attribution", {"estimator": "two-component"}, needs_patterns=True),
)
"""S_x is gradient × input, which equals backpropagating w ⊙ x through rectifiers."""

RANDOM = "random"


def degradation(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Plot the mean output and its probability against the share of removed patches, for two fills."""
    import torch

    from viewer.methods.patterns.fit import fit_patterns
    from viewer.models.loading import load_model
    from viewer.models.training.brain_simulator import simulate_scans

    model = load_model("demo")
    training_scans = simulate_scans(
        LEARNED_FROM, seed, 1, lambda index: index % 2 == 1, progress.subtask(0, 0.1)
    )
    tensor = torch.cat([model.prepare(scan).tensor for scan in training_scans])
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "demo.patterns.safetensors"
        fit_patterns(model, [tensor], path, device="cpu", progress=progress.subtask(0.1, 0.4))
        brains = degrade_brains(model, ESTIMATORS, seed, path, progress.subtask(0.4, 0.8))
    digits = degrade_digits(ESTIMATORS, seed, progress.subtask(0.8, 0.97))
    progress.step(0.97, 1, "drawing")
    path = folder / "kindermans-4a.png"
    curves = {DIGITS: digits} | {TITLES[fill]: data_curves for fill, data_curves in brains.items()}
    _draw(curves, path)
    notes = (
        SIMULATED,
        "The paper degrades photographs, fills each patch with its own mean, and plots a class probability. "
        "The same is done for the digits, which are scikit-learn's. For the brains the network is so certain "
        "that its output before the softmax is more informative; both are in the numbers.",
        *(_compare_with_paper(title, data_curves) for title, data_curves in curves.items()),
    )
    return FigureResult((path,), _compute_numbers(curves), notes)


@dataclass(frozen=True, eq=False)
class DegradationCurves:
    """Curves of one fill by estimator: output relative to that of the unmodified scan, and probability."""

    removed_shares: Array
    outputs: Mapping[str, Array]
    probabilities: Mapping[str, Array]


def degrade_brains(
    model: Model, estimators: Sequence[Estimator], seed: int, patterns_path: Path, progress: Progress
) -> dict[Fill, DegradationCurves]:
    """Return mean deletion curves over scans with lesions, for the estimators and for random orders."""
    from viewer.models.training.brain_simulator import simulate_scans

    scans = list(simulate_scans(BRAINS, seed, 2, lambda index: True, progress.subtask(0, 0.1)))
    curves: dict[Fill, dict[str, list[tuple[Array, Array]]]] = {fill: {} for fill in TITLES}
    for index, scan in enumerate(scans):
        subtask = progress.subtask(0.1 + 0.9 * index / BRAINS, 0.1 + 0.9 * (index + 1) / BRAINS)
        subject = make_context(model, scan, "lesion", device="cpu", seed=seed)
        patches = make_patches(subject.foreground, EDGE)
        orders = _rank_patches(subject, patches, estimators, patterns_path, subtask.subtask(0, 0.2))
        total = len(orders) * len(TITLES)
        for order_index, (fill, (name, ranks)) in enumerate(
            (fill, order) for fill in TITLES for order in orders
        ):
            order_progress = subtask.subtask(
                0.2 + 0.8 * order_index / total, 0.2 + 0.8 * (order_index + 1) / total
            )
            order_progress = order_progress.with_message(f"brain {index + 1} of {BRAINS}, {name}")
            curve = deletion_curve(
                subject, patches, ranks, PerturbationPlan(EDGE, fill, STEPS, REACH), order_progress
            )
            assert curve.probabilities is not None
            relative = curve.scores / abs(curve.scores[0])
            curves[fill].setdefault(name, []).append((relative, curve.probabilities))
    shares = PerturbationPlan(EDGE, Fill.MEAN, STEPS, REACH).shares
    return {
        fill: DegradationCurves(
            shares,
            {name: np.mean([pair[0] for pair in pairs], axis=0) for name, pairs in rows.items()},
            {name: np.mean([pair[1] for pair in pairs], axis=0) for name, pairs in rows.items()},
        )
        for fill, rows in curves.items()
    }


def degrade_digits(estimators: Sequence[Estimator], seed: int, progress: Progress) -> DegradationCurves:
    """Return mean curves over digits as in the paper: all patches, each replaced by its mean.

    The patterns are fitted to the network's training digits; the curves are those of correctly classified
    test digits.
    """
    import torch

    from viewer.methods.explain import explain
    from viewer.methods.patterns.fit import fit_patterns
    from viewer.models.loading import load_model
    from viewer.models.training.digits import load_digit_images

    model = load_model(NETWORK)
    train, test = load_digit_images(0)
    x, labels = torch.from_numpy(test.images), torch.from_numpy(test.labels)
    correct = torch.nonzero(model.logits(x).argmax(1) == labels).flatten()[:IMAGES]
    patches = make_patches(np.ones(tuple(x.shape[2:]), dtype=bool), DIGIT_EDGE)
    rng = np.random.default_rng([seed, 3])
    relative: dict[str, list[Array]] = {}
    probabilities: dict[str, list[Array]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "digits.patterns.safetensors"
        training = torch.from_numpy(train.images)
        fit_patterns(model, [training], path, device="cpu", progress=progress.subtask(0, 0.3))
        for count, index in enumerate(correct.tolist()):
            progress.step(0.3 + 0.7 * count / len(correct), 1, f"digit {count + 1} of {len(correct)}")
            image, target = x[index : index + 1], int(labels[index])
            orders = {RANDOM: rng.permutation(patches.count)}
            for line in estimators:
                values = dict(line.parameters) | ({"patterns": str(path)} if line.needs_patterns else {})
                explainer = find_method(line.method).from_parameters(values)
                result = explain(model, image, explainer, target=target, device="cpu")
                orders[line.name] = patches.ranks(result.data[0, 0], rng)
            for name, ranks in orders.items():
                logits = model.logits(_fill_patches(image, patches, ranks)).double()
                outputs = logits[:, target].numpy()
                relative.setdefault(name, []).append(outputs / abs(outputs[0]))
                probabilities.setdefault(name, []).append(logits.softmax(1)[:, target].numpy())
    return DegradationCurves(
        np.arange(patches.count + 1) / patches.count,
        {name: np.mean(result, axis=0) for name, result in relative.items()},
        {name: np.mean(result, axis=0) for name, result in probabilities.items()},
    )


def _fill_patches(x: torch.Tensor, patches: PatchGrid, ranks: npt.NDArray[np.int64]) -> torch.Tensor:
    """Fill the first 0, 1, … patches of the image with their means: (patches + 1, 1, rows, columns)."""
    import torch

    values = x[0, 0].double().numpy()
    means = patches.sums(values) / np.bincount(patches.labels.ravel(), minlength=patches.count)
    steps = np.arange(patches.count + 1).reshape(-1, 1, 1)
    removed = ranks[patches.labels] < steps
    return torch.from_numpy(np.where(removed, means[patches.labels], values)).to(x)[:, None]


def _compare_with_paper(title: str, curves: DegradationCurves) -> str:
    """Return a sentence on whether the order by the class probability is that of the paper."""
    areas = _compute_sorted_areas(curves.probabilities, curves.removed_shares)
    names = list(areas)
    order = " < ".join(f"{name} ({area:.3f})" for name, area in areas.items())
    paper = " < ".join(PAPER)
    if names == list(PAPER):
        return f"{title}: area of the probability {order}, as in the paper."
    extremes = [
        "S_a+- is the steepest" if names[0] == PAPER[0] else f"{names[0]}, not S_a+-, is the steepest",
        "random orders are the flattest"
        if names[-1] == RANDOM
        else f"{names[-1]} is flatter than random orders",
    ]
    return (
        f"{title}: area of the probability {order}; the paper has {paper}. {extremes[0]} and {extremes[1]}."
    )


def _compute_sorted_areas(curves: Mapping[str, Array], removed_shares: Array) -> dict[str, float]:
    areas = {
        name: float(np.trapezoid(line, removed_shares) / removed_shares[-1]) for name, line in curves.items()
    }
    return dict(sorted(areas.items(), key=lambda entry: entry[1]))


def _rank_patches(
    context: CheckContext,
    patches: PatchGrid,
    estimators: Sequence[Estimator],
    patterns_path: Path,
    progress: Progress,
) -> list[tuple[str, npt.NDArray[np.int64]]]:
    """Return the ranks of the patches for each estimator, and in random orders."""
    ranks = []
    for index, estimator in enumerate(estimators):
        values = dict(estimator.parameters) | (
            {"patterns": str(patterns_path)} if estimator.needs_patterns else {}
        )
        subtask = progress.subtask(index / len(estimators), (index + 1) / len(estimators))
        case = explain_with_method(
            context, find_method(estimator.method).from_parameters(values), progress=subtask
        )
        ranks.append((estimator.name, patches.ranks(case.importance, context.make_generator(72))))
    random_ranks = [
        (RANDOM, context.make_generator(71, index).permutation(patches.count)) for index in range(DRAWS)
    ]
    return ranks + random_ranks


def _compute_numbers(curves: Mapping[str, DegradationCurves]) -> dict[str, Any]:
    """Return areas under the curves (smaller means steeper) and the curves themselves."""
    numbers: dict[str, Any] = {
        "brains": BRAINS,
        "patterns learned from": LEARNED_FROM,
        "patch in voxels": EDGE,
        "digits": IMAGES,
        "patch of a digit in pixels": DIGIT_EDGE,
    }
    for title, curves_of_data in curves.items():
        areas = _compute_sorted_areas(curves_of_data.outputs, curves_of_data.removed_shares)
        order = " < ".join(f"{name} ({area:.3f})" for name, area in areas.items())
        numbers[f"{title}: steepest first"] = order
        numbers[f"{title}: area of the relative output"] = areas
        numbers[f"{title}: area of the probability"] = _compute_sorted_areas(
            curves_of_data.probabilities, curves_of_data.removed_shares
        )
        numbers[f"{title}: curves"] = {
            "share of the patches": curves_of_data.removed_shares.tolist(),
            "relative output": {name: values.tolist() for name, values in curves_of_data.outputs.items()},
            "probability": {name: values.tolist() for name, values in curves_of_data.probabilities.items()},
        }
    return numbers


def _draw(curves: Mapping[str, DegradationCurves], path: Path) -> None:
    pyplot = figure_output.load_pyplot()
    layout: dict[str, Any] = {"sharex": "col", "sharey": "row", "squeeze": False, "layout": "constrained"}
    fig, axes = pyplot.subplots(
        2, len(curves), figsize=(4.2 * len(curves) + 0.6, 6.4), facecolor="white", **layout
    )
    colours = {line.name: line.colour for line in ESTIMATORS} | {RANDOM: "#8a8a8a"}
    for column, (title, data_curves) in enumerate(curves.items()):
        for row, (label, values) in enumerate(
            (
                ("output, relative to the full scan", data_curves.outputs),
                ("probability", data_curves.probabilities),
            )
        ):
            ax = axes[row][column]
            for name, line in values.items():
                style = "--" if name == RANDOM else "-"
                label_text = name.replace("+-", "+−")
                ax.plot(
                    100 * data_curves.removed_shares,
                    line,
                    style,
                    color=colours[name],
                    lw=1.8,
                    label=label_text,
                )
            ax.spines[["top", "right"]].set_visible(False)
            ax.grid(alpha=0.25)
            if column == 0:
                ax.set_ylabel(label)
        axes[0][column].set_title(title, fontsize=10)
        axes[1][column].set_xlabel("patches removed, %")
    handles, names = axes[0][0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False, fontsize=9)
    fig.suptitle("Degradation in each estimator's order, digits and simulated brains", fontsize=11)
    figure_output.save_figure(fig, path)
