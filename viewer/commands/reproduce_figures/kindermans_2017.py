"""Figures 2 and 3 of Kindermans et al. 2017: the 2D toy example, and the quality of signal estimators."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.commands.reproduce_figures import figure_output
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.methods.patterns.signal_quality import SignalQuality
    from viewer.models.model import Model

Array = npt.NDArray[np.float64]

SIGNAL = (1.0, 0.0)
DISTRACTORS = ((1.0, 1.0), (0.5, -1.5))
"""The paper's direction, and another one: the filter changes with it, the pattern does not."""

POINTS = 400
WIDTH = 0.7
METHODS = ("gradient", "guided-backprop", "lrp-0", "pattern-net", "pattern-attribution")

BRAINS = {"patterns": 24, "v": 24, "correlation": 24}
"""Number of simulated brains for each part of figure 3; the paper uses halves of ImageNet."""

SIMULATED = (
    "Simulated: brains made from the MNI152 template, half of them with artificial lesions; no patients."
)

COLOURS = {"random": "#9a9a9a", "S_w": "#56b4e9", "S_a": "#e69f00", "S_a+-": "#009e73"}
MIN_BAR_HEIGHT = 0.005
"""Height below which the value of a bar is written as a number."""
LABELS = {"random": "random", "S_w": "S_w (filter)", "S_a": "S_a (linear)", "S_a+-": "S_a+−"}


def toy(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 2: x = y a_s + d in 2D, with the filter and the pattern, for two distractors."""
    from viewer.methods.patterns.fit import fit_patterns

    numbers: dict[str, Any] = {}
    panels = []
    for index, distractor in enumerate(DISTRACTORS):
        x, y, w = _draw_points(distractor, seed)
        model, tensor = _make_linear_model(w, x)
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / "toy.safetensors"
            patterns = fit_patterns(
                model, [tensor], path, device="cpu", progress=progress.subtask(0.4 * index, 0.3)
            )
            pattern = patterns.layers[0].linear.flatten().numpy()
            maps = {name: _explain_points(model, tensor, name, path) for name in METHODS}
        title = f"distractor ({distractor[0]:g}, {distractor[1]:g})".replace("-", "−")
        numbers[title] = {
            "filter w": [round(float(value), 6) for value in w],
            "pattern a": [round(float(value), 6) for value in pattern],
            "a in the positive regime": [
                round(float(value), 6) for value in patterns.layers[0].positive.flatten()
            ],
        } | {
            f"{name}, share of the second input": _second_input_share(map_values)
            for name, map_values in maps.items()
        }
        panels.append((title, x, y, w, pattern))
    progress.step(0.95, 1.0, "drawing")
    path = folder / "kindermans-2.png"
    _draw_toy(panels, path)
    notes = ("The signal is in the first input only. Shares are those of the mean absolute values of a map.",)
    return FigureResult((path,), numbers, notes)


def estimators(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 3: ρ by layer for random directions, S_w, S_a and S_a+−, for the demonstration network."""
    from viewer.methods.patterns.fit import fit_patterns
    from viewer.methods.patterns.signal_quality import pattern_quality
    from viewer.models.loading import load_model

    model = load_model("demo")
    total = sum(BRAINS.values())
    brains = _simulate_inputs(model, total, seed, progress.subtask(0.0, 0.3))
    split = BRAINS["patterns"]
    patterns = fit_patterns(model, [brains[:split]], device="cpu", progress=progress.subtask(0.3, 0.6))
    quality = pattern_quality(
        model, patterns, [brains[split:]], seed=seed, progress=progress.subtask(0.6, 0.95)
    )
    layers = [layer.as_json() for layer in quality.layers]
    numbers: dict[str, Any] = {row["layer"]: row["rho"] for row in layers}
    numbers["order, mean over layers"] = _format_order(layers)
    numbers["layers"] = layers
    numbers["brains"] = BRAINS
    numbers["left out"] = list(quality.left_out)
    numbers["never fire"] = {layer.label: int(layer.dead.sum()) for layer in patterns.layers}
    progress.step(0.97, 1.0, "drawing")
    path = folder / "kindermans-3.png"
    _draw_quality(quality, path)
    note = "ρ is 1 if the residual of the estimator has no information about the output; bars are means."
    return FigureResult((path,), numbers, (SIMULATED, note, *quality.notes))


def _draw_points(distractor: tuple[float, float], seed: int) -> tuple[Array, Array, Array]:
    """Draw points with their signal and the filter that extracts it exactly.

    The distractor's strength is made uncorrelated with y, and both have mean 0.
    """
    rng = np.random.default_rng(seed)
    y = rng.uniform(-1, 1, POINTS)
    y -= y.mean()
    strength = rng.normal(0, WIDTH, POINTS)
    strength -= strength.mean()
    strength -= y * (strength @ y) / (y @ y)
    x = np.outer(y, SIGNAL) + np.outer(strength, distractor)
    w = np.array([distractor[1], -distractor[0]])
    return x, y, w / (w @ np.array(SIGNAL))


def _make_linear_model(w: Array, x: Array) -> tuple[Model, torch.Tensor]:
    import torch

    from viewer.models.model import Model

    layer = torch.nn.Linear(2, 1, bias=False)
    layer.weight.data = torch.from_numpy(w[None]).float()
    tensor = torch.from_numpy(x).float()
    return Model.from_module(layer, tensor), tensor


def _explain_points(
    model: Model, x: torch.Tensor, method_name: str, patterns_path: Path
) -> npt.NDArray[np.float32]:
    from viewer.methods.explain import explain
    from viewer.methods.registry import find_method

    explainer = find_method(method_name).from_parameters(
        {"patterns": str(patterns_path)} if method_name.startswith("pattern") else {}
    )
    return explain(model, x[:20], explainer, target=0, device="cpu").data


def _second_input_share(values: npt.NDArray[np.float32]) -> float:
    sizes = np.abs(values).mean(axis=0)
    return round(float(sizes[1] / sizes.sum()), 6)


def _simulate_inputs(model: Model, count: int, seed: int, progress: Progress) -> torch.Tensor:
    """Return simulated scans preprocessed for the network, every other one with a lesion."""
    import torch

    from viewer.models.training.brain_simulator import simulate_scans

    # Both halves of the brains used for measuring must contain some with a lesion.
    scans = simulate_scans(count, seed, 7, lambda index: index % 4 >= 2, progress)
    return torch.cat([model.prepare(scan).tensor for scan in scans])


def _format_order(layers: list[dict[str, Any]]) -> str:
    means = {name: float(np.mean([layer["rho"][name] for layer in layers])) for name in COLOURS}
    ranked = sorted(means, key=lambda name: means[name])
    return " < ".join(f"{name} ({means[name]:.3f})" for name in ranked)


def _draw_toy(panels: list[tuple[str, Array, Array, Array, Array]], path: Path) -> None:
    pyplot = figure_output.load_pyplot()
    fig, axes = pyplot.subplots(
        1, len(panels), figsize=(8.4, 4.2), facecolor="white", layout="constrained", sharex=True, sharey=True
    )
    scatter: Any = None
    for ax, (title, x, y, w, pattern) in zip(axes, panels, strict=True):
        scatter = ax.scatter(x[:, 0], x[:, 1], c=y, s=9, cmap="coolwarm", linewidths=0)
        for vector, colour, label in ((w, "black", "filter w"), (pattern, "#009e73", "pattern a")):
            ax.annotate("", vector, (0, 0), arrowprops={"arrowstyle": "-|>", "lw": 2.2, "color": colour})
            ax.plot([], [], color=colour, lw=2.2, label=label)
        ax.set_title(title, fontsize=10)
        ax.set_aspect("equal")
        ax.set_xlim(-2.6, 2.6)
        ax.set_ylim(-2.6, 2.6)
        ax.set_xlabel("first input")
    axes[0].set_ylabel("second input")
    axes[0].legend(frameon=False, loc="upper left", fontsize=9)
    fig.colorbar(scatter, ax=axes, shrink=0.75).set_label("output y = wᵀx", fontsize=9)
    fig.suptitle("The filter depends on the distractor; the pattern follows the signal", fontsize=11)
    figure_output.save_figure(fig, path)


def _draw_quality(quality: SignalQuality, path: Path) -> None:
    pyplot = figure_output.load_pyplot()
    fig, ax = pyplot.subplots(figsize=(7.4, 4.2), facecolor="white", layout="constrained")
    width = 0.8 / len(COLOURS)
    for index, (name, colour) in enumerate(COLOURS.items()):
        values: list[Mapping[str, Any]] = [layer.as_json() for layer in quality.layers]
        positions = np.arange(len(values)) + (index - (len(COLOURS) - 1) / 2) * width
        means = [row["rho"][name] for row in values]
        deviations = [row["standard deviation"][name] for row in values]
        errors = {"elinewidth": 0.8, "ecolor": "#404040"}
        ax.bar(positions, means, width, yerr=deviations, color=colour, label=LABELS[name], error_kw=errors)
        for x, mean in zip(positions, means, strict=True):
            if mean < MIN_BAR_HEIGHT:
                ax.text(x, 0.01, f"{mean:.2f}", color="#404040", fontsize=6.5, ha="center", rotation=90)
    ax.set_xticks(range(len(quality.layers)), [layer.label.rpartition(" ")[2] for layer in quality.layers])
    ax.set_ylim(0, 1.25)
    ax.set_yticks(np.arange(0, 1.01, 0.2))
    ax.axhline(1.0, color="#404040", lw=0.6)
    ax.set_ylabel("ρ, quality on held-out brains")
    ax.legend(frameon=False, ncols=4, loc="upper center", fontsize=9)
    ax.set_title("Signal estimators by layer, simulated brains; lines: SD over neurons", fontsize=10)
    figure_output.save_figure(fig, path)
