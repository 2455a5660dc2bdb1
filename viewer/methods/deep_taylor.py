"""Deep Taylor decomposition: non-negative relevance that sums to the output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.base import Attribution, ExplanationRequest, Family, parameter
from viewer.methods.lrp import RelevanceMethod, input_bounds
from viewer.methods.relevance.rule_parser import RuleSpec

if TYPE_CHECKING:
    from viewer.methods.relevance.composite import Composite
    from viewer.methods.relevance.graph_analysis import Bounds
    from viewer.models.graph.graph import OperatorGraph

INPUT_RULES = ("w-square", "z-box", "z-plus")
BATCH_NORM_CHOICES = ("fold", "pass")
BOUND_CHOICES = ("scan", "given")


@dataclass(frozen=True)
class DeepTaylor(RelevanceMethod):
    """z⁺ in hidden layers; w², z^B or z⁺ at the input (Montavon et al. 2017; Taylor 2019).

    Average pools distribute in proportion to activations; in max pools the winner takes all.
    """

    name: ClassVar[str] = "deep-taylor"
    title: ClassVar[str] = "Deep Taylor decomposition"
    family: ClassVar[Family] = Family.ATTRIBUTION
    source: ClassVar[str] = "Montavon et al. 2017; Taylor 2019, sections 2 and 3"
    description: ClassVar[str] = (
        "how the evidence for the output is distributed over the voxels, never negative for an output above 0"
    )
    limitations: ClassVar[str] = (
        "show evidence against the output: look at another class's map for that; the relevance of an "
        "output below 0 is negative"
    )
    not_for: ClassVar[str] = (
        "To find evidence against a class, or for networks whose layers are not followed by ReLU."
    )

    input: str = parameter(
        "w-square",
        "rule of the first layer: w² for any values, z^B for values between bounds, z⁺ for values ≥ 0",
        choices=INPUT_RULES,
        source="Taylor 2019, table 1",
    )
    bounds: str = parameter(
        "scan",
        "the bounds of z^B: the smallest and largest value of the scan, or low and high",
        choices=BOUND_CHOICES,
    )
    low: float = parameter(
        0.0, 'lowest possible intensity, used when Bounds is "given"', unit="(network intensity)"
    )
    high: float = parameter(
        1.0, 'highest possible intensity, used when Bounds is "given"', unit="(network intensity)"
    )
    batch_norm: str = parameter(
        "fold",
        "fold batch normalisation into the neighbouring convolution, which conserves relevance, "
        "or pass relevance through unchanged",
        choices=BATCH_NORM_CHOICES,
        source="Taylor 2019, section 3.4: passed through",
    )
    anti: bool = parameter(
        False,
        "anti-heatmap: the map is negative, to be displayed from −1 to 0; use the target min for "
        "the least likely class",
        source="Taylor 2019, section 4.2",
    )

    def build_graph(self, request: ExplanationRequest) -> OperatorGraph:
        """Return the network's graph, with batch norm folded where possible."""
        graph = super().build_graph(request)
        if self.batch_norm == "pass":
            return graph
        from viewer.models.graph.batch_norm_folding import fold_batch_norms

        return fold_batch_norms(graph)

    def make_composite(self, request: ExplanationRequest) -> Composite:
        """Return the z⁺ rule for all layers but the first."""
        from viewer.methods.relevance.composite import Composite

        plus = RuleSpec("z-plus")
        return Composite(
            RuleSpec(self.input),
            plus,
            plus,
            plus,
            bounds=self._input_bounds(request),
            linearise=self.unruled == "linearise",
        )

    def _input_bounds(self, request: ExplanationRequest) -> Bounds:
        if self.bounds == "scan":
            return input_bounds(request)
        low, high = (float(value) for value in request.x.aminmax())
        if low < self.low or high > self.high:
            raise MethodError(
                self.name,
                f"the input runs from {low:g} to {high:g}, outside the bounds {self.low:g} to {self.high:g}",
                "set low and high, or use bounds=scan",
            )
        return request.x.new_tensor([self.low]), request.x.new_tensor([self.high])

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute relevance ≥ 0 (if the output is) of the shape of ``request.x``, in units of the output."""
        result = super().explain(request)
        if bool((result.values < 0).any()):
            note = "negative where the explained output is below 0, as in some voxels of a segmentation"
            result = replace(result, notes=(*result.notes, note))
        if not self.anti:
            return result
        notes = ("an anti-heatmap: evidence for this class counts against the others", *result.notes)
        return Attribution(-result.values, result.residual, notes)
