"""DeepLIFT: contributions to the difference from a reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.base import Attribution, ExplanationRequest, Family, parameter
from viewer.methods.baseline import (
    BASELINE_HELP,
    BASELINES,
    EACH,
    REFERENCES,
    REFERENCES_HELP,
    constant_baseline_notes,
    make_baselines,
)
from viewer.methods.graph_attribution import GraphMethod, sum_in_float64

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.backward_rules import Rules
    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class DeepLift(GraphMethod):
    """R_i = m_i (x_i − x⁰_i), summing to f(x) − f(x⁰) (Shrikumar, Greenside and Kundaje 2017).

    With several reference scans, the map is the mean over them and sums to f(x) − mean f(x⁰).
    """

    name: ClassVar[str] = "deeplift"
    title: ClassVar[str] = "DeepLIFT"
    family: ClassVar[Family] = Family.ATTRIBUTION
    source: ClassVar[str] = "Shrikumar et al. 2017; Ayyar et al. 2021, section 4"
    explains_covariates: ClassVar[bool] = True
    normalises_regions: ClassVar[bool] = True
    description: ClassVar[str] = "how much each voxel adds to the output compared with the reference"
    limitations: ClassVar[str] = "be interpreted without its reference: another reference gives another map"
    not_for: ClassVar[str] = (
        "If there is no sensible reference: a voxel equal to the reference gets 0, however much it matters."
    )

    rule: str = parameter(
        "rescale",
        "at rectifiers: rescale, or RevealCancel after dense layers or after every layer, which "
        "propagates cancelling parts separately",
        choices=("rescale", "reveal-cancel-dense", "reveal-cancel"),
        source="Shrikumar et al. 2017, sections 3.5.2 and 3.5.3",
    )
    baseline: str | tuple[object, ...] = parameter("black", BASELINE_HELP, choices=BASELINES, scans=True)
    blur: float = parameter(
        4.0,
        "standard deviation of the blurred reference",
        unit="voxels (network grid)",
        limits=(0.0, 50.0),
    )
    references: str = parameter(EACH, REFERENCES_HELP, choices=REFERENCES)

    def backward_rules(self, graph: OperatorGraph, request: ExplanationRequest) -> Rules:
        """Return the multiplier rule of every operator."""
        from viewer.methods.relevance.deeplift_composite import DeepLiftRules

        return DeepLiftRules(self.name, graph, self.rule)

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute contributions of the shape of ``request.x``, in units of the output, and their residual."""
        from viewer.models.graph.batch_norm_folding import fold_batch_norms
        from viewer.scans.provenance import Residual

        graph = (
            fold_batch_norms(self.build_graph(request))
            if self.rule != "rescale"
            else self.build_graph(request)
        )
        baselines = make_baselines(request, self.baseline, self.blur, self.references)
        count = len(baselines)

        top, bottom = (
            graph.output if self.start_point.layer is None else graph.resolve_layer(self.start_point.layer),
            graph.input.name if request.layer is None else graph.resolve_layer(request.layer),
        )
        rules = self.backward_rules(graph, request)
        total: torch.Tensor | None = None
        expected = 0.0
        for index in range(count):
            subtask = request.progress.subtask(index / count, (index + 1) / count)
            if count > 1:
                subtask = subtask.with_message(f"reference {index + 1} of {count}")
            baseline = baselines.load(index)
            start = self._make_start_function(request, graph, baseline)
            result, mask = self.propagate(replace(request, progress=subtask), graph, rules, start, baseline)
            values = result.relevance * (result.values[bottom] - result.reference_values[bottom]) / count
            total = values if total is None else total + values
            expected += (
                sum_in_float64((result.output.double() - result.reference_values[top].double()) * mask)
                / count
            )
        assert total is not None  # there is at least one baseline
        residual = Residual("completeness", expected, sum_in_float64(total))
        notes = constant_baseline_notes(graph, baselines.constant)
        if count > 1:
            notes = (f"the mean of the maps against {count} reference scans", *notes)
        return self.finish(request, total, residual, notes)

    def _make_start_function(
        self, request: ExplanationRequest, graph: OperatorGraph, baseline: torch.Tensor
    ) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        """Return a function that computes the initial multipliers from outputs and the target's gradient."""
        if not request.target.normalised or self.start_point.layer is not None:
            return lambda value, mask: mask
        from viewer.models.graph.interpreter import run

        reference = run(graph, baseline)
        return lambda value, mask: mask * request.target.equal_share_factor((value - reference) * mask)
