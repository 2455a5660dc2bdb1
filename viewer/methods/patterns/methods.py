"""PatternNet and PatternAttribution: what a network's neurons vary with, carried back to the scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.files import is_file
from viewer.methods.layerwise import LayerwiseMethod
from viewer.methods.method import Attribution, Family, Needs, Question, parameter

if TYPE_CHECKING:
    from viewer.methods.patterns.file import Patterns
    from viewer.methods.patterns.layer import Layer, Tensor
    from viewer.models.graph.nodes import OperatorGraph
    from viewer.models.graph.rules import Rules
    from viewer.models.model import Model

ESTIMATORS = ("two-component", "linear", "filter")
ENDING = ".patterns.safetensors"


@dataclass(frozen=True)
class PatternMethod(LayerwiseMethod):
    """Base of the two: the gradient's way back with a in place of w, or w ⊙ a."""

    needs: ClassVar[frozenset[Needs]] = frozenset({Needs.GRAPH, Needs.PATTERNS})
    source: ClassVar[str] = "Kindermans et al. 2017, section 4.3"
    attributes: ClassVar[bool]

    patterns: str = parameter(
        "",
        "file written by 'saliency-viewer patterns fit'; if empty, NAME.patterns.safetensors "
        "beside the model file",
    )
    estimator: str = parameter(
        "two-component",
        "how a neuron's signal is estimated: from its input where it fires, from its input "
        "everywhere, or by its filter, which needs no file",
        choices=ESTIMATORS,
        source="Kindermans et al. 2017, section 4: S_a+−, S_a, S_w",
    )

    def graph(self, question: Question) -> OperatorGraph:
        """The network's graph, with batch norm folded where it can be."""
        from viewer.models.graph.fold import folded

        return folded(super().graph(question))

    def rules(self, graph: OperatorGraph, question: Question) -> Rules:
        """Patterns in place of weights."""
        return self._rules(graph, self._learned(question.model))

    def explain(self, question: Question) -> Attribution:
        """A map of the shape of ``question.x``; the output itself is what is carried back."""
        graph, learned = self.graph(question), self._learned(question.model)
        rules = self._rules(graph, learned)
        found, _ = self.carried(question, graph, rules, lambda value, mask: value * mask)
        notes: tuple[str, ...] = ()
        if learned is not None:
            scans = len(learned.origin.scans)
            notes = (f"patterns learned from {scans} scan{'s' * (scans != 1)}", *learned.notes())
        return self.answered(question, found.relevance, None, notes)

    def _learned(self, model: Model) -> Patterns | None:
        """The patterns in the file; None where none are needed.

        Raises
        ------
        MethodError
            None was named, and none lies beside the network.
        ModelError
            The file is damaged, or belongs to another network.
        """
        if self.estimator == "filter":
            return None
        from viewer.methods.patterns.file import load_patterns

        path = Path(self.patterns) if self.patterns else beside(model)
        if path is None:
            raise MethodError(
                self.name,
                f"it needs the patterns of {model.card.name}, and no file is named or lies beside it",
                "make one with saliency-viewer patterns fit, and set patterns=FILE",
            )
        learned = load_patterns(path)
        learned.origin.fits(model, path)
        return learned

    def _rules(self, graph: OperatorGraph, learned: Patterns | None) -> Rules:
        from viewer.methods.patterns.neurons import neurons
        from viewer.methods.patterns.rules import PatternTable

        layers = neurons(graph, self.name)
        directions = {layer.key: self._direction(layer, learned) for layer in layers}
        return PatternTable(self.name, layers, directions, self.attributes)

    def _direction(self, layer: Layer, learned: Patterns | None) -> Tensor:
        from viewer.methods.patterns.estimate import filter_direction

        if learned is None:
            return filter_direction(layer.weight)
        found = learned.of(layer)
        return found.positive if self.estimator == "two-component" else found.linear


def beside(model: Model) -> Path | None:
    """The patterns' file beside a network's own; None where there is none."""
    if model.path is None:
        return None
    path = model.path.with_name(f"{model.path.name.partition('.')[0]}{ENDING}")
    return path if is_file(path) else None


@dataclass(frozen=True)
class PatternNet(PatternMethod):
    """The signal: weights replaced by patterns a₊ on the way back, from the output (Kindermans et al. 2017).

    For a linear neuron without bias, a wᵀx: the part of x that its output varies with.
    """

    name: ClassVar[str] = "pattern-net"
    title: ClassVar[str] = "PatternNet"
    family: ClassVar[Family] = Family.SIGNAL
    attributes: ClassVar[bool] = False
    shows: ClassVar[str] = "the part of the scan that varies with the output, in units of the input"
    cannot: ClassVar[str] = "go beyond the scans its patterns were learned from"


@dataclass(frozen=True)
class PatternAttribution(PatternMethod):
    """Contributions of the signal: weights replaced by w ⊙ a₊ on the way back (Kindermans et al. 2017)."""

    name: ClassVar[str] = "pattern-attribution"
    title: ClassVar[str] = "PatternAttribution"
    family: ClassVar[Family] = Family.ATTRIBUTION
    attributes: ClassVar[bool] = True
    shows: ClassVar[str] = "how much each voxel's signal adds to the output, without its distractor"
    cannot: ClassVar[str] = (
        "promise to add up to the output, nor go beyond the scans its patterns were learned from"
    )
