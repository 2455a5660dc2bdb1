"""DeepLIFT: contributions to the difference from a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.base import Attribution, ExplanationRequest, Family, parameter
from viewer.methods.baseline import BASELINE_HELP, BASELINES, constant_baseline_notes, make_baseline
from viewer.methods.graph_attribution import GraphMethod, sum_in_float64

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.backward_rules import Rules
    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class DeepLift(GraphMethod):
    """R_i = m_i (x_i − x⁰_i), summing to f(x) − f(x⁰) (Shrikumar, Greenside and Kundaje 2017)."""

    name: ClassVar[str] = "deeplift"
    title: ClassVar[str] = "DeepLIFT"
    family: ClassVar[Family] = Family.ATTRIBUTION
    source: ClassVar[str] = "Shrikumar et al. 2017; Ayyar et al. 2021, section 4"
    explains_covariates: ClassVar[bool] = True
    description: ClassVar[str] = "how much each voxel adds to the output compared with the reference"
    limitations: ClassVar[str] = "be interpreted without its reference: another reference gives another map"

    rule: str = parameter(
        "rescale",
        "at rectifiers: rescale, or RevealCancel after dense layers or after every layer, which "
        "propagates cancelling parts separately",
        choices=("rescale", "reveal-cancel-dense", "reveal-cancel"),
        source="Shrikumar et al. 2017, sections 3.5.2 and 3.5.3",
    )
    baseline: str = parameter(
        "black",
        BASELINE_HELP,
        choices=BASELINES,
    )
    blur: float = parameter(
        4.0,
        "standard deviation of the blurred reference",
        unit="voxels (network grid)",
        limits=(0.0, 50.0),
    )

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
        x = request.x
        reference = make_baseline(request.model, x, self.baseline, self.blur)

        def start(value: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return mask

        found, mask = self.propagate(request, graph, self.backward_rules(graph, request), start, reference)
        top, bottom = (
            graph.output if self.start_point.layer is None else graph.node_of(self.start_point.layer),
            graph.input.name if request.layer is None else graph.node_of(request.layer),
        )
        values = found.relevance * (found.values[bottom] - found.reference[bottom])
        expected = sum_in_float64((found.output.double() - found.reference[top].double()) * mask)
        residual = Residual("completeness", expected, sum_in_float64(values))
        return self.finish(request, values, residual, constant_baseline_notes(graph, self.baseline))
