"""PatternNet and PatternAttribution: propagate patterns of neurons backward to the scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.files import is_file
from viewer.methods.base import Attribution, ExplanationRequest, Family, Requirement, parameter
from viewer.methods.graph_attribution import GraphMethod

if TYPE_CHECKING:
    from viewer.methods.patterns.layers import NeuronLayer, Tensor
    from viewer.methods.patterns.pattern_io import Patterns
    from viewer.models.graph.backward_rules import Rules
    from viewer.models.graph.graph import OperatorGraph
    from viewer.models.model import Model

ESTIMATORS = ("two-component", "linear", "filter")
PATTERN_SUFFIX = ".patterns.safetensors"


@dataclass(frozen=True)
class PatternMethod(GraphMethod):
    """Base class of PatternNet and PatternAttribution: the gradient with a, or w ⊙ a, in place of w."""

    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRAPH, Requirement.PATTERNS})
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

    def build_graph(self, request: ExplanationRequest) -> OperatorGraph:
        """Return the network's graph, with batch norm folded where possible."""
        from viewer.models.graph.batch_norm_folding import fold_batch_norms

        return fold_batch_norms(super().build_graph(request))

    def backward_rules(self, graph: OperatorGraph, request: ExplanationRequest) -> Rules:
        """Return rules with patterns in place of weights."""
        return self._make_rules(graph, self._load_patterns(request.model))

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute a map of the shape of ``request.x``; the output itself is propagated backward."""
        graph, learned = self.build_graph(request), self._load_patterns(request.model)
        rules = self._make_rules(graph, learned)
        result, _ = self.propagate(request, graph, rules, lambda value, mask: value * mask)
        notes: tuple[str, ...] = ()
        if learned is not None:
            scans = len(learned.origin.scans)
            notes = (f"patterns learned from {scans} scan{'s' * (scans != 1)}", *learned.notes())
        return self.finish(request, result.relevance, None, notes)

    def _load_patterns(self, model: Model) -> Patterns | None:
        """Return the patterns in the file; None if none are needed.

        Raises
        ------
        MethodError
            No file is given, and there is none beside the network.
        ModelError
            The file is damaged, or belongs to another network.
        """
        if self.estimator == "filter":
            return None
        from viewer.methods.patterns.pattern_io import load_patterns

        path = Path(self.patterns) if self.patterns else find_pattern_file(model)
        if path is None:
            raise MethodError(
                self.name,
                f"it needs the patterns of {model.card.name}, and no file is named or found beside it",
                "make one with saliency-viewer patterns fit, and set patterns=FILE",
            )
        learned = load_patterns(path)
        learned.origin.check_model(model, path)
        return learned

    def _make_rules(self, graph: OperatorGraph, patterns: Patterns | None) -> Rules:
        from viewer.methods.patterns.graph_layers import find_layers
        from viewer.methods.patterns.pattern_rules import PatternRules

        layers = find_layers(graph, self.name)
        directions = {layer.key: self._direction(layer, patterns) for layer in layers}
        return PatternRules(self.name, layers, directions, self.attributes)

    def _direction(self, layer: NeuronLayer, patterns: Patterns | None) -> Tensor:
        from viewer.methods.patterns.estimators import filter_direction

        if patterns is None:
            return filter_direction(layer.weight)
        layer_patterns = patterns.for_layer(layer)
        return layer_patterns.positive if self.estimator == "two-component" else layer_patterns.linear


def find_pattern_file(model: Model) -> Path | None:
    """Return the pattern file beside a network's own file; None if there is none."""
    if model.path is None:
        return None
    path = model.path.with_name(f"{model.path.name.partition('.')[0]}{PATTERN_SUFFIX}")
    return path if is_file(path) else None


@dataclass(frozen=True)
class PatternNet(PatternMethod):
    """Signal: weights replaced by patterns a₊ in the backward pass, from the output (Kindermans et al. 2017).

    For a linear neuron without bias, a wᵀx: the part of x that its output covaries with.
    """

    name: ClassVar[str] = "pattern-net"
    title: ClassVar[str] = "PatternNet"
    family: ClassVar[Family] = Family.SIGNAL
    attributes: ClassVar[bool] = False
    description: ClassVar[str] = "the part of the scan that varies with the output, in units of the input"
    limitations: ClassVar[str] = "go beyond the scans its patterns were learned from"
    not_for: ClassVar[str] = "With patterns learned from few scans, from other scans or for another network."


@dataclass(frozen=True)
class PatternAttribution(PatternMethod):
    """Attribution of the signal: weights replaced by w ⊙ a₊ in the backward pass (Kindermans et al. 2017)."""

    name: ClassVar[str] = "pattern-attribution"
    title: ClassVar[str] = "PatternAttribution"
    family: ClassVar[Family] = Family.ATTRIBUTION
    attributes: ClassVar[bool] = True
    description: ClassVar[str] = "how much each voxel's signal adds to the output, without its distractor"
    limitations: ClassVar[str] = (
        "guarantee to add up to the output, nor go beyond the scans its patterns were learned from"
    )
    not_for: ClassVar[str] = (
        "With patterns learned from other scans or for another network, or if the map must add up to the "
        "output."
    )
