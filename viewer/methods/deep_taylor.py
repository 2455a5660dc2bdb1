"""Deep Taylor decomposition: relevance that is never negative and sums to the output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.lrp import RelevanceMethod, span
from viewer.methods.method import Attribution, Family, Question, parameter
from viewer.methods.relevance.names import Named

if TYPE_CHECKING:
    from viewer.methods.relevance.facts import Bounds
    from viewer.methods.relevance.table import Composite
    from viewer.models.graph.nodes import OperatorGraph

INPUT_RULES = ("w-square", "z-box", "z-plus")
BATCH_NORM = ("fold", "pass")
BOUNDS = ("scan", "given")


@dataclass(frozen=True)
class DeepTaylor(RelevanceMethod):
    """z⁺ in hidden layers; w², z^B or z⁺ at the scan (Montavon et al. 2017; Taylor 2019).

    Pools share by activation, a maximum's winner takes all.
    """

    name: ClassVar[str] = "deep-taylor"
    title: ClassVar[str] = "Deep Taylor decomposition"
    family: ClassVar[Family] = Family.ATTRIBUTION
    source: ClassVar[str] = "Montavon et al. 2017; Taylor 2019, sections 2 and 3"
    shows: ClassVar[str] = (
        "how the evidence for the output is distributed over the voxels, never negative for an output above 0"
    )
    cannot: ClassVar[str] = (
        "show evidence against the output: look at another class's map for that; what an output below 0 "
        "hands down is negative"
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
        choices=BOUNDS,
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
        choices=BATCH_NORM,
        source="Taylor 2019, section 3.4: passed through",
    )
    anti: bool = parameter(
        False,
        "anti-heatmap: the map is negative, to be displayed from −1 to 0; use the target min for "
        "the least likely class",
        source="Taylor 2019, section 4.2",
    )

    def graph(self, question: Question) -> OperatorGraph:
        """The network's graph, with batch norm folded where it can be."""
        graph = super().graph(question)
        if self.batch_norm == "pass":
            return graph
        from viewer.models.graph.fold import folded

        return folded(graph)

    def composite(self, question: Question) -> Composite:
        """z⁺ everywhere but at the scan."""
        from viewer.methods.relevance.table import Composite

        plus = Named("z-plus")
        return Composite(
            Named(self.input),
            plus,
            plus,
            plus,
            bounds=self._bounds(question),
            linearise=self.unruled == "linearise",
        )

    def _bounds(self, question: Question) -> Bounds:
        if self.bounds == "scan":
            return span(question)
        low, high = (float(value) for value in question.x.aminmax())
        if low < self.low or high > self.high:
            raise MethodError(
                self.name,
                f"the input runs from {low:g} to {high:g}, outside the bounds {self.low:g} to {self.high:g}",
                "set low and high, or take bounds=scan",
            )
        return question.x.new_tensor([self.low]), question.x.new_tensor([self.high])

    def explain(self, question: Question) -> Attribution:
        """Relevance ≥ 0 (where the output is) of the shape of ``question.x``, in units of the output."""
        found = super().explain(question)
        if bool((found.values < 0).any()):
            line = "negative where an output below 0 is explained, as of some voxels of a segmentation"
            found = replace(found, notes=(*found.notes, line))
        if not self.anti:
            return found
        notes = ("an anti-heatmap: what speaks for this class counts against the others", *found.notes)
        return Attribution(-found.values, found.residual, notes)
