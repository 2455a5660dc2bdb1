"""DeepLIFT: contributions to the difference from a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.baseline import BASELINE_HELP, BASELINES, baseline, constant_notes
from viewer.methods.layerwise import LayerwiseMethod, total
from viewer.methods.method import Attribution, Family, Question, parameter

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.nodes import OperatorGraph
    from viewer.models.graph.rules import Rules


@dataclass(frozen=True)
class DeepLift(LayerwiseMethod):
    """R_i = m_i (x_i − x⁰_i), summing to f(x) − f(x⁰) (Shrikumar, Greenside and Kundaje 2017)."""

    name: ClassVar[str] = "deeplift"
    title: ClassVar[str] = "DeepLIFT"
    family: ClassVar[Family] = Family.ATTRIBUTION
    source: ClassVar[str] = "Shrikumar et al. 2017; Ayyar et al. 2021, section 4"
    shows: ClassVar[str] = "how much each voxel adds to the output compared with the reference"
    cannot: ClassVar[str] = "be interpreted without its reference: another reference gives another map"

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

    def rules(self, graph: OperatorGraph, question: Question) -> Rules:
        """Multipliers of every operator."""
        from viewer.methods.relevance.multiplier_table import MultiplierTable

        return MultiplierTable(self.name, graph, self.rule)

    def explain(self, question: Question) -> Attribution:
        """Contributions of the shape of ``question.x``, in units of the output, with their residual."""
        from viewer.models.graph.fold import folded
        from viewer.scans.provenance import Residual

        graph = folded(self.graph(question)) if self.rule != "rescale" else self.graph(question)
        x = question.x
        reference = baseline(question.model, x, self.baseline, self.blur)

        def start(value: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return mask

        found, mask = self.carried(question, graph, self.rules(graph, question), start, reference)
        top, bottom = (
            graph.output if self.start.layer is None else graph.place(self.start.layer),
            graph.input.name if question.layer is None else graph.place(question.layer),
        )
        values = found.relevance * (found.values[bottom] - found.reference[bottom])
        expected = total((found.output.double() - found.reference[top].double()) * mask)
        residual = Residual("completeness", expected, total(values))
        return self.answered(question, values, residual, constant_notes(graph, self.baseline))
