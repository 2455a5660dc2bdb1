"""Parameter randomisation: whether a map depends on the learned weights, which are randomised layer by layer.

The copies with random weights are operator graphs that share everything with the network's own graph but the
randomised tensors; the network itself is never modified. Where the network has no graph, its module is copied
and the copy's parameters are overwritten.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from viewer.checks.base import Check, CheckCost, Finding, Verdict, grade
from viewer.checks.context import Explanation, Floats
from viewer.checks.svg_charts import ChartSeries, LineChart, LineStyle
from viewer.errors import ModelError
from viewer.methods.base import parameter
from viewer.methods.input_gradient import find_graph
from viewer.models.model import Model
from viewer.progress import Progress
from viewer.scans.metrics import spearman_correlation, structural_similarity

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph


WEIGHTED_OPERATORS = frozenset({"conv", "conv_transpose", "linear", "matmul"})
"""Operators that start a stage; normalisation and similar operators belong to the preceding stage."""


@dataclass(frozen=True)
class WeightGroup:
    """One layer with weights, or several that are randomised together: its name and its tensors' names."""

    name: str
    tensors: tuple[str, ...]


def make_weight_groups(model: Model, x: torch.Tensor, max_groups: int) -> tuple[WeightGroup, ...]:
    """Return the network's layers with weights from output to input, in at most ``max_groups`` groups.

    Raises
    ------
    ModelError
        There are no weights to randomise.
    """
    graph = find_graph(model, x.cpu())
    groups = _group_graph_weights(graph) if graph is not None else _group_module_weights(model.module())
    if not groups:
        raise ModelError(model.card.name, "has no weights to randomise")
    return _join_groups(groups[::-1], max_groups)


def randomise_weights(model: Model, x: torch.Tensor, tensors: Sequence[str], seed: int) -> Model:
    """Return a copy of the network in which these tensors are randomised.

    The values of a tensor with two or more axes are drawn from a normal distribution with mean 0 and the
    tensor's own standard deviation; those of a vector (a bias, a normalisation scale) with its own mean as
    well. For a given seed, a tensor always gets the same values, whatever else is randomised, so that a
    cascade changes one stage after the other.
    """
    import torch

    graph = find_graph(model, x.cpu())
    names = frozenset(tensors)
    if graph is None:
        module = copy.deepcopy(model.module())
        with torch.no_grad():
            for index, (name, tensor) in enumerate(module.named_parameters()):
                if name in names:
                    tensor.copy_(_draw_tensor(tensor, seed, index))
        return Model(module, model.card, f"{model.hash}-random-{seed}", no_graph_reason=model.no_graph_reason)
    from viewer.models.graph_module import GraphModule

    constants = {
        name: _draw_tensor(tensor, seed, index) if name in names else tensor
        for index, (name, tensor) in enumerate(graph.constants.items())
    }
    card = replace(model.card, architecture="", arguments={}, weights="")
    randomised = GraphModule(replace(graph, constants=constants), model.card.name)
    return Model(randomised, card, f"{model.hash}-random-{seed}")


def _draw_tensor(tensor: torch.Tensor, seed: int, index: int) -> torch.Tensor:
    import numpy as np
    import torch

    noise = np.random.default_rng([seed, index]).standard_normal(tuple(tensor.shape))
    values = tensor.detach().double().cpu()
    sd = values.std(unbiased=False)
    # A batch norm's scale has the shape (C, 1, 1, 1), but counts as a vector.
    is_vector = sum(size > 1 for size in tensor.shape) < 2
    mean = values.mean() if is_vector else values.new_zeros(())
    return (torch.from_numpy(np.asarray(noise)) * sd + mean).to(tensor)


def _group_graph_weights(graph: OperatorGraph) -> list[WeightGroup]:
    groups: list[WeightGroup] = []
    pending: list[str] = []
    assigned: set[str] = set()
    for node in graph.nodes:
        parameters = [
            name
            for name in node.inputs
            if name is not None
            and name not in assigned
            and name in graph.constants
            and graph.constants[name].is_floating_point()
            and graph.constants[name].numel() > 1
        ]
        if not parameters:
            continue
        assigned.update(parameters)
        if node.operator in WEIGHTED_OPERATORS:
            groups.append(WeightGroup(node.path or node.name, (*pending, *parameters)))
            pending = []
        elif groups:
            groups[-1] = WeightGroup(groups[-1].name, (*groups[-1].tensors, *parameters))
        else:
            pending += parameters
    return groups


def _group_module_weights(module: torch.nn.Module) -> list[WeightGroup]:
    groups = []
    for path, submodule in module.named_modules():
        parameters = tuple(
            f"{path}.{name}" if path else name for name, _ in submodule.named_parameters(recurse=False)
        )
        if parameters:
            groups.append(WeightGroup(path or type(submodule).__name__, parameters))
    return groups


def _join_groups(weight_groups: Sequence[WeightGroup], max_groups: int) -> tuple[WeightGroup, ...]:
    """Join neighbouring groups until no more than ``max_groups`` are left, as equal in size as possible."""
    count = min(len(weight_groups), max(max_groups, 1))
    edges = [round(number * len(weight_groups) / count) for number in range(count + 1)]
    groups = []
    for start, end in pairwise(edges):
        members = weight_groups[start:end]
        name = members[0].name if len(members) == 1 else f"{members[0].name} to {members[-1].name}"
        groups.append(WeightGroup(name, tuple(tensor for stage in members for tensor in stage.tensors)))
    return tuple(groups)


@dataclass(frozen=True)
class MapSimilarity:
    """Similarity to the map of a network with random weights."""

    spearman: float
    ssim: float


@dataclass(frozen=True)
class ParameterRandomisation(Check):
    """Parameter randomisation: cascading from the output to the input, and of each layer independently."""

    name: ClassVar[str] = "randomisation"
    title: ClassVar[str] = "Random weights"
    question: ClassVar[str] = "Does the map change when the network's weights are randomised?"
    limits: ClassVar[str] = (
        "A map that changes is not necessarily correct; a noisy one changes more easily than a smooth one. "
        "Methods that multiply by the scan keep the scan's structure whatever the network."
    )
    source: ClassVar[str] = "Adebayo et al. 2018; caveats: Hedström et al. 2024"
    reading: ClassVar[str] = (
        "The network's weights are replaced by random ones, layer after layer from the output to the input. "
        "The headline is the rank correlation of the map's magnitudes with the original ones. It should fall "
        "towards 0: a map that stays the same does not depend on what the network learned."
    )
    needs_method: ClassVar[bool] = True

    stages: int = parameter(
        6, "number of layers, or groups of layers, that are randomised one after the other", limits=(1, 1000)
    )
    alone: bool = parameter(True, "also randomise each layer independently, with the others unchanged")
    good: float = parameter(0.5, "|Spearman| up to which the map depends on the weights", limits=(0.0, 1.0))
    bad: float = parameter(0.8, "|Spearman| beyond which it does not depend on them", limits=(0.0, 1.0))

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the cost: a map per stage of the cascade and per independent stage; the first is shared."""
        count = len(self._weight_groups(explanation))
        return CheckCost(maps=2 * count - 1 if self.alone else count)

    def _weight_groups(self, explanation: Explanation) -> tuple[WeightGroup, ...]:
        context = explanation.context
        return context.cached(
            ("stages", self.stages), lambda: make_weight_groups(context.model, context.x, self.stages)
        )

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Compute the similarity to the original map after every stage."""
        plan = self._weight_groups(explanation)
        cascade: list[MapSimilarity] = []
        alone: list[MapSimilarity] = []
        maps: list[tuple[str, Floats]] = []
        total, finished = (2 * len(plan) - 1 if self.alone else len(plan)), 0
        for index, stage in enumerate(plan):
            tensors = tuple(name for group in plan[: index + 1] for name in group.tensors)
            subtask = progress.subtask(finished / total, (finished + 1) / total)
            map_values = self._explain_randomised(explanation, tensors, subtask)
            finished += 1
            cascade.append(self._compare_maps(explanation, map_values))
            maps.append((f"random from the output to {stage.name}", map_values))
        for index, stage in enumerate(plan if self.alone else ()):
            if index == 0:
                alone.append(cascade[0])
                continue
            subtask = progress.subtask(finished / total, (finished + 1) / total)
            alone.append(
                self._compare_maps(explanation, self._explain_randomised(explanation, stage.tensors, subtask))
            )
            finished += 1
        progress.step(1, 1)
        return self._make_finding(plan, cascade, alone, tuple(maps))

    def _explain_randomised(
        self, explanation: Explanation, tensors: tuple[str, ...], progress: Progress
    ) -> Floats:
        context = explanation.context
        model = randomise_weights(context.model, context.x, tensors, context.seed)
        return explanation.recompute(progress, model=model)

    def _compare_maps(self, explanation: Explanation, randomised: Floats) -> MapSimilarity:
        foreground = explanation.context.foreground
        original, changed = np.abs(explanation.values), np.abs(randomised)
        if not changed.any():
            return MapSimilarity(0.0, 0.0)
        return MapSimilarity(
            spearman_correlation(original[foreground], changed[foreground]),
            structural_similarity(original, changed, foreground),
        )

    def _make_finding(
        self,
        groups: tuple[WeightGroup, ...],
        cascade: list[MapSimilarity],
        independent: list[MapSimilarity],
        maps: tuple[tuple[str, Floats], ...],
    ) -> Finding:
        last = cascade[-1]
        verdict = grade(abs(last.spearman), self.good, self.bad)
        phrases = {
            Verdict.HOLDS: "it depends on what the network learned",
            Verdict.DOUBTFUL: "part of it does not depend on what the network learned",
            Verdict.FAILS: "it hardly depends on what the network learned",
            Verdict.OPEN: "it is constant and cannot be compared",
        }
        names = tuple(group.name for group in groups)
        steps = tuple(float(step) for step in range(len(groups) + 1))
        series = [
            ChartSeries(
                "cascading, Spearman", steps, (1.0, *(similarity.spearman for similarity in cascade))
            ),
            ChartSeries(
                "cascading, SSIM",
                steps,
                (1.0, *(similarity.ssim for similarity in cascade)),
                LineStyle.SECOND,
            ),
        ]
        if independent:
            series.append(
                ChartSeries(
                    "layer alone, Spearman",
                    steps[1:],
                    tuple(similarity.spearman for similarity in independent),
                    LineStyle.QUIET,
                )
            )
        numbers = {
            "layers": list(names),
            "cascading": {
                "Spearman": [similarity.spearman for similarity in cascade],
                "SSIM": [similarity.ssim for similarity in cascade],
            },
        }
        if independent:
            numbers["alone"] = {
                "Spearman": [similarity.spearman for similarity in independent],
                "SSIM": [similarity.ssim for similarity in independent],
            }
        return Finding(
            verdict,
            f"Spearman {last.spearman:z.2f}",
            f"With all weights random, |map| keeps a rank correlation of {last.spearman:z.2f} and a "
            f"structural similarity of {last.ssim:.2f} with itself: {phrases[verdict]}.",
            numbers,
            LineChart(
                "randomised layers", "", tuple(series), ("none", *names), (min(0.0, last.spearman), 1.0)
            ),
            maps,
        )
