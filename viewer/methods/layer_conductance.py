"""Layer conductance: the output's change from a baseline that flows through each unit of a layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.base import (
    Attribution,
    ExplanationRequest,
    Family,
    PerSampleMethod,
    Requirement,
    parameter,
)
from viewer.methods.baseline import (
    BASELINE_HELP,
    BASELINES,
    EACH,
    REFERENCES,
    REFERENCES_HELP,
    Baselines,
    constant_baseline_notes,
    make_baselines,
)
from viewer.methods.cam import LayerActivationMethod, reshape_tokens_to_grid
from viewer.methods.layer_integrated_gradients import BYPASSED
from viewer.number_format import format_count
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class LayerConductance(PerSampleMethod, LayerActivationMethod):
    """R_y = Σ_i (x_i − x′_i) ∫₀¹ ∂f/∂y · ∂y/∂x_i dα along x′ + α(x − x′), for every unit y of the layer.

    The total conductance of Dhamdhere, Sundararajan and Yan 2018. By the chain rule this is ∫ ∂f/∂y dy along
    the path (Shrikumar, Su and Kundaje 2018), computed as Σ_n ½(∂f/∂y_n + ∂f/∂y_{n−1}) (y_n − y_{n−1}). The
    sum of R is f(x) − f(x′), up to the error of that sum, if all paths through the network pass through the
    layer.

    With several reference scans, the map is the mean over them; the number of steps is per reference.
    """

    name: ClassVar[str] = "layer-conductance"
    title: ClassVar[str] = "Layer conductance"
    family: ClassVar[Family] = Family.ATTRIBUTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRAPH})
    source: ClassVar[str] = "Dhamdhere et al. 2018, total conductance; Shrikumar et al. 2018"
    description: ClassVar[str] = (
        "how much of the output's change flows through each position of a layer when the scan replaces the "
        "baseline"
    )
    limitations: ClassVar[str] = "be finer than the layer it uses, or be interpreted without its baseline"
    not_for: ClassVar[str] = "To outline a lesion that is smaller than the layer's voxels."
    zero_map_reason: ClassVar[str] = "nothing flows through the layer compared with the baseline"

    baseline: str | tuple[object, ...] = parameter(
        "black",
        BASELINE_HELP,
        choices=BASELINES,
        source="Dhamdhere et al. 2018",
        scans=True,
    )
    blur: float = parameter(
        4.0,
        "standard deviation of the blurred baseline",
        unit="voxels (network grid)",
        limits=(0.0, 50.0),
    )
    references: str = parameter(EACH, REFERENCES_HELP, choices=REFERENCES)
    steps: int = parameter(
        32, "initial number of steps on the path from the baseline to the scan", limits=(1, 4096)
    )
    tolerance: float = parameter(
        0.01,
        "steps are doubled until the map adds up to f(x) − f(baseline) within this share of it; 0, or a "
        "layer with paths around it, uses the given number of steps",
        limits=(0.0, 1.0),
    )
    max_steps: int = parameter(512, "maximum number of steps", limits=(1, 65536))

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (1, 1, spatial...), in units of the output."""
        request, why, contributions = self.layer_contributions(request)
        graph = request.model.graph(request.x)
        result = self.finish(request, reshape_tokens_to_grid(graph, request, contributions.values), why)
        return replace(result, residual=contributions.residual, notes=(*result.notes, *contributions.notes))

    def layer_contributions(self, request: ExplanationRequest) -> tuple[ExplanationRequest, str, Attribution]:
        """Compute conductances of the shape of the layer's output.

        Returns
        -------
        The request with its layer resolved, a note on the choice of the layer, and the conductances.
        """
        from viewer.methods.differentiable_network import network_after_layer
        from viewer.scans.provenance import Residual

        graph = request.model.graph(request.x)
        request, why = self.resolve_layer(request, graph)
        assert request.layer is not None
        bypassed = network_after_layer(graph, request.layer, request.x).is_bypassed
        baselines = make_baselines(request, self.baseline, self.blur, self.references)
        steps, start = self.steps, 0.0
        while True:
            last = self.tolerance == 0 or bypassed or 2 * steps > self.max_steps
            end = 1.0 if last else start + (1 - start) / 2
            subtask = request.progress.subtask(start, end)
            total, expected = _mean_path_sum(request, graph, baselines, steps, subtask)
            residual = Residual("completeness", expected, float(total.sum()))
            rounding = 1e-6 * float(total.abs().sum())
            enough = residual.absolute <= max(self.tolerance * abs(expected), rounding)
            if last or enough:
                break
            steps, start = 2 * steps, end
        request.progress.step(1, 1, self.title)
        notes = list(constant_baseline_notes(graph, baselines.constant))
        if steps > self.steps:
            notes.insert(0, f"{steps} steps were used to reach the tolerance of {self.tolerance:.2%}")
        if bypassed:
            share = residual.found / expected if expected else 0.0
            notes.append(f"{BYPASSED}; it contains {share:.0%} of f(x) − f(baseline)")
        elif self.tolerance > 0 and not enough:
            notes.insert(
                0,
                f"the sum misses f(x) − f(baseline) by {residual.relative:.2%} after "
                f"{format_count(steps, 'step')}",
            )
        if len(baselines) > 1:
            notes.insert(0, f"the mean of the maps against {len(baselines)} reference scans")
        # With paths around the layer, the map has no expected sum.
        checked = None if bypassed else residual
        return request, why, Attribution(total.to(request.x.dtype), checked, tuple(notes))


def _mean_path_sum(
    request: ExplanationRequest, graph: OperatorGraph, baselines: Baselines, steps: int, progress: Progress
) -> tuple[torch.Tensor, float]:
    """Return the means of the results of `_path_sum` over baselines."""
    count = len(baselines)
    sums: list[torch.Tensor] = []
    changes: list[float] = []
    for index in range(count):
        subtask = progress.subtask(index / count, (index + 1) / count)
        path_sum, change = _path_sum(request, graph, baselines.load(index), steps, subtask)
        sums = [sums[0].add_(path_sum)] if sums else [path_sum]
        changes.append(change)
    return sums[0] / count, sum(changes) / count


def _path_sum(
    request: ExplanationRequest, graph: OperatorGraph, start: torch.Tensor, steps: int, progress: Progress
) -> tuple[torch.Tensor, float]:
    """Return Σ_n ½(∂f/∂y_n + ∂f/∂y_{n−1}) (y_n − y_{n−1}) in float64, and f(x) − f(x′)."""
    import torch

    from viewer.models.graph.backward import backward
    from viewer.models.graph.backward_rules import gradient_rules

    layer, target = request.layer, request.target
    assert layer is not None
    node = graph.resolve_layer(layer)
    scores: list[float] = []

    def output_gradient(output: torch.Tensor) -> torch.Tensor:
        scores.append(float(target.score(output).double().cpu().sum()))
        return target.output_gradient(output)

    total = previous = previous_slope = None
    for step in range(steps + 1):
        subtask = progress.subtask(step / (steps + 1), (step + 1) / (steps + 1))
        point = start + step / steps * (request.x - start)
        subtask = subtask.with_message(f"step {step} of {steps}")
        result = backward(graph, point, output_gradient, gradient_rules, subtask, stops=(layer,))
        values, slope = result.values[node], result.relevance
        values, slope = (
            tensor.cpu() if tensor.device.type == "mps" else tensor for tensor in (values, slope)
        )
        values, slope = values.double(), slope.double()
        if previous is None or previous_slope is None:
            total = torch.zeros_like(values)
        else:
            assert total is not None
            total.add_((slope + previous_slope) * (values - previous), alpha=0.5)
        previous, previous_slope = values, slope
    assert total is not None
    return total, scores[-1] - scores[0]
