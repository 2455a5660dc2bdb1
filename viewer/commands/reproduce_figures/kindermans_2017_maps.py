"""Figures 1, 4b and 5 of Kindermans et al. 2017: function, signal and attribution.

They show the demonstration network and simulated brains. The three kinds of explanation answer different
questions and are not compared with each other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.checks.context import CheckContext, Mask, make_context
from viewer.checks.explanations import explain_with_method
from viewer.checks.localisation import localisation_scores, make_ground_truth
from viewer.commands.reproduce_figures.explanation_panels import PanelRow, draw_panels
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.errors import ViewerError
from viewer.methods.base import Family
from viewer.methods.registry import find_method
from viewer.number_format import format_probability
from viewer.progress import Progress
from viewer.scans.metrics import pearson_correlation
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    from viewer.models.model import Model

Array = npt.NDArray[np.float64]

NETWORK = "demo"
LEARNED_FROM = 24
"""Number of simulated brains that patterns are fitted to, every other one with a lesion; none is shown."""

BRAINS = 6
"""Number of random brains in figure 5, every other one with a lesion."""

TRIES = 20
"""Number of brains tried to find one whose lesion the network detects, for figures 1 and 4b."""

STRONGEST = 0.01
"""Share of the head's voxels whose share of the map is reported."""

SIMULATED = (
    "Simulated: brains made from the MNI152 template, with or without artificial lesions; no patients."
)


@dataclass(frozen=True)
class PanelMethod:
    """A method with its title; ``needs_patterns`` methods receive the fitted patterns."""

    title: str
    method: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    needs_patterns: bool = False


METHODS = (
    PanelMethod("gradient", "gradient"),
    PanelMethod("DeconvNet", "deconvnet"),
    PanelMethod("guided backpropagation", "guided-backprop"),
    PanelMethod("PatternNet", "pattern-net", needs_patterns=True),
    PanelMethod("LRP-0", "lrp-0"),
    PanelMethod("PatternAttribution", "pattern-attribution", needs_patterns=True),
)
"""Methods of figures 1 and 5; the paper's LRP is the z-rule, which is LRP-0."""

ESTIMATORS: Mapping[str, tuple[PanelMethod | None, PanelMethod]] = {
    "S_x": (None, PanelMethod("S_x", "input-times-gradient")),
    "S_w": (
        PanelMethod("S_w", "pattern-net", {"estimator": "filter"}),
        PanelMethod("S_w", "pattern-attribution", {"estimator": "filter"}),
    ),
    "S_a": (
        PanelMethod("S_a", "pattern-net", {"estimator": "linear"}, needs_patterns=True),
        PanelMethod("S_a", "pattern-attribution", {"estimator": "linear"}, needs_patterns=True),
    ),
    "S_a+-": (
        PanelMethod("S_a+-", "pattern-net", {"estimator": "two-component"}, needs_patterns=True),
        PanelMethod("S_a+-", "pattern-attribution", {"estimator": "two-component"}, needs_patterns=True),
    ),
}
"""Methods for the signal and attribution of each estimator in figure 4b; the signal of S_x is the input."""

FAMILIES = {
    Family.FUNCTION: "function",
    Family.SIGNAL: "signal",
    Family.ATTRIBUTION: "attribution",
}


@dataclass(frozen=True, eq=False)
class SimulatedCase:
    """A simulated brain with its lesion on the network's grid (None without one) and the prediction."""

    context: CheckContext
    lesion: Mask | None

    @property
    def true_class(self) -> str:
        """Class of the simulated brain."""
        return "no lesion" if self.lesion is None else "lesion"

    @property
    def predicted_class(self) -> str:
        """Name of the predicted class."""
        return self.context.target.name

    @property
    def probability(self) -> float:
        """Probability of the predicted class."""
        share = self.context.original_scores[1]
        assert share is not None
        return share


def kinds_of_explanation(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 1: function, signal and attribution of one brain side by side."""
    with _network_with_patterns(seed, progress.subtask(0, 0.7)) as (model, patterns):
        case = find_detected_case(model, seed, progress.subtask(0.7, 0.8))
        maps = _explain(case, METHODS, patterns, progress.subtask(0.8, 0.97))
    row = PanelRow(case.context, case.lesion, maps, "simulated brain")
    path = folder / "kindermans-1.png"
    progress.step(0.97, 1, "drawing")
    draw_panels(
        [row],
        [_column_heading(method) for method in METHODS],
        path,
        f"Kinds of explanation of one simulated brain, explained: {case.predicted_class}",
    )
    numbers = _describe(case) | {
        method.title: _measure(case, maps[index]) for index, method in enumerate(METHODS)
    }
    return FigureResult((path,), numbers, (SIMULATED, _SCALE, _KINDS, _TRUE_CASE))


def signal_estimators(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 4b: signal and attribution of one brain by S_x, S_w, S_a and S_a+−."""
    signals = [pair[0] for pair in ESTIMATORS.values()]
    attributions = [pair[1] for pair in ESTIMATORS.values()]
    with _network_with_patterns(seed, progress.subtask(0, 0.7)) as (model, patterns):
        case = find_detected_case(model, seed, progress.subtask(0.7, 0.8))
        methods = [method for method in signals if method is not None]
        explained = iter(_explain(case, methods, patterns, progress.subtask(0.8, 0.88)))
        x = case.context.x[0, 0].double().cpu().numpy()
        signal_maps = [x if method is None else next(explained) for method in signals]
        attribution_maps = _explain(case, attributions, patterns, progress.subtask(0.88, 0.97))
    rows = [
        PanelRow(case.context, case.lesion, signal_maps, "signal"),
        PanelRow(case.context, case.lesion, attribution_maps, "attribution", is_attribution=True),
    ]
    path = folder / "kindermans-4b.png"
    progress.step(0.97, 1, "drawing")
    draw_panels(
        rows,
        [("", name.replace("+-", "+−")) for name in ESTIMATORS],
        path,
        f"Signal estimators on one simulated brain, explained: {case.predicted_class}",
    )
    head = case.context.foreground
    numbers = _describe(case) | {
        name: {
            "signal: correlation with the input": pearson_correlation(signal[head], x[head]),
            **{f"attribution: {key}": value for key, value in _measure(case, attribution).items()},
        }
        for name, signal, attribution in zip(ESTIMATORS, signal_maps, attribution_maps, strict=True)
    }
    note = (
        "The signal of S_x is the input itself. Its attribution is input × gradient, which equals "
        "backpropagating w ⊙ x through rectifiers."
    )
    return FigureResult((path,), numbers, (SIMULATED, _SCALE, note, _TRUE_CASE))


def random_brains(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 5: random brains with true and predicted class, probability, and the maps of figure 1."""
    rows, numbers = [], {}
    with _network_with_patterns(seed, progress.subtask(0, 0.5)) as (model, patterns):
        for index in range(BRAINS):
            subtask = progress.subtask(0.5 + 0.47 * index / BRAINS, 0.5 + 0.47 * (index + 1) / BRAINS)
            case = simulate_case(model, seed, (5, index), index % 2 == 0)
            maps = _explain(case, METHODS, patterns, subtask)
            label = (
                f"truth: {case.true_class}\npredicted: {case.predicted_class}\n"
                f"{format_probability(case.probability)}"
            )
            rows.append(PanelRow(case.context, case.lesion, maps, label))
            scores = {method.title: _measure(case, maps[column]) for column, method in enumerate(METHODS)}
            numbers[f"brain {index + 1}"] = _describe(case) | scores
    correct = sum(entry["truth"] == entry["predicted"] for entry in numbers.values())
    negative = [name for name, entry in numbers.items() if entry["output"] < 0]
    path = folder / "kindermans-5.png"
    progress.step(0.97, 1, "drawing")
    draw_panels(
        rows,
        [_column_heading(method) for method in METHODS],
        path,
        "Random simulated brains, explained: the predicted class",
    )
    note = f"The network classifies {correct} of {BRAINS} brains correctly."
    if negative:
        note += (
            f" PatternNet and PatternAttribution backpropagate the output itself, which is below zero for "
            f"{', '.join(negative)}; their maps then have the opposite sign."
        )
    return FigureResult((path,), numbers | {"right": correct}, (SIMULATED, _SCALE, _KINDS, note))


_SCALE = (
    "Function and signal are shown as in the paper, x / (2 max|x|) + ½ in grey; attributions in orange above "
    "zero and blue below, divided by their largest absolute value. Each panel has its own scale. The slice "
    "goes through the centre of the lesion; without a lesion, it has the largest share of the maps."
)
_KINDS = (
    "Gradient, signals and attributions are different kinds of explanation; they are compared within a kind."
)
_TRUE_CASE = "The brain is the first of a random sequence with lesions whose lesion the network detects."


def simulate_case(model: Model, seed: int, seed_key: Sequence[int], has_lesion: bool) -> SimulatedCase:
    """Simulate a brain and run the network on it; the predicted class is explained."""
    from viewer.models.training.brain_simulator import BrainSimulator
    from viewer.scans.load import load_scan

    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid)
    rng = np.random.default_rng([seed, *seed_key])
    brain = simulator.simulate_brain(rng)
    share = None
    if has_lesion:
        brain, share = simulator.add_lesions(brain, rng)
    scan = Scan(brain, simulator.grid, "simulated brain", ("Simulated: no person's scan.",))
    context = make_context(model, scan, "max", device="cpu", seed=seed)
    lesion = None
    if share is not None:
        lesion = make_ground_truth(context, share >= 0.5, simulator.grid, "lesion").mask
    return SimulatedCase(context, lesion)


def find_detected_case(model: Model, seed: int, progress: Progress) -> SimulatedCase:
    """Return the first brain of a random sequence whose lesion the network detects.

    Raises
    ------
    ViewerError
        The network detects none of the lesions.
    """
    for index in range(TRIES):
        progress.step(index, TRIES, "looking for a lesion that the network detects")
        case = simulate_case(model, seed, (6, index), has_lesion=True)
        if case.predicted_class == case.true_class:
            return case
    raise ViewerError(NETWORK, f"detects none of {TRIES} simulated lesions", "try another --seed")


@contextmanager
def _network_with_patterns(seed: int, progress: Progress) -> Iterator[tuple[Model, Path]]:
    """Fit the network's patterns to simulated brains; their file is removed at the end."""
    import torch

    from viewer.methods.patterns.fit import fit_patterns
    from viewer.models.loading import load_model
    from viewer.models.training.brain_simulator import simulate_scans

    model = load_model(NETWORK)
    brains = simulate_scans(LEARNED_FROM, seed, 4, lambda index: index % 2 == 1, progress.subtask(0, 0.2))
    tensor = torch.cat([model.prepare(scan).tensor for scan in brains])
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "network.patterns.safetensors"
        fit_patterns(model, [tensor], path, device="cpu", progress=progress.subtask(0.2, 1))
        yield model, path


def _explain(
    case: SimulatedCase, methods: Sequence[PanelMethod], patterns_path: Path, progress: Progress
) -> list[Array]:
    """Return the map of each method, in the shape of the network's input."""
    maps = []
    for index, panel in enumerate(methods):
        values = dict(panel.parameters) | ({"patterns": str(patterns_path)} if panel.needs_patterns else {})
        subtask = progress.subtask(index / len(methods), (index + 1) / len(methods))
        method = find_method(panel.method).from_parameters(values)
        maps.append(explain_with_method(case.context, method, progress=subtask).values.astype(np.float64))
    return maps


def _column_heading(panel_method: PanelMethod) -> tuple[str, str]:
    """Return the kind of explanation and the title of a column."""
    return FAMILIES[find_method(panel_method.method).family], panel_method.title


def _describe(case: SimulatedCase) -> dict[str, Any]:
    return {
        "truth": case.true_class,
        "predicted": case.predicted_class,
        "probability": case.probability,
        "output": case.context.original_scores[0],
        "lesion voxels": 0 if case.lesion is None else int(case.lesion.sum()),
    }


def _measure(case: SimulatedCase, values: Array) -> dict[str, float]:
    """Return the concentration of a map's absolute values in the head, their cancellation, and localization.

    ``cancelled`` is 1 − |Σ| / Σ||: 0 if all values have the same sign, 1 if they sum to zero.
    """
    sizes = np.abs(values[case.context.foreground])
    total = float(sizes.sum())
    strongest = np.sort(sizes)[::-1][: max(1, round(STRONGEST * sizes.size))]
    scores = {
        f"in the strongest {STRONGEST:.0%} of the head": float(strongest.sum()) / total,
        "cancelled": 1 - abs(float(values[case.context.foreground].sum())) / total,
    }
    if case.lesion is not None:
        lesion = case.lesion[case.context.foreground]
        localisation = localisation_scores(sizes, lesion)
        scores |= {"in the lesion": localisation["relevance mass"], "AUC of the lesion": localisation["AUC"]}
    return scores
