"""DeconvNet and guided backpropagation: gradients with a modified rule at rectifiers."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.base import Attribution, ExplanationRequest, Family
from viewer.methods.graph_attribution import GraphMethod

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.backward_rules import Rule, Rules
    from viewer.models.graph.graph import Node, OperatorGraph


@dataclass(frozen=True)
class ReluBackpropagation(GraphMethod):
    """Base class of DeconvNet and guided backpropagation: the gradient with a modified rule at rectifiers."""

    family: ClassVar[Family] = Family.SIGNAL
    explains_covariates: ClassVar[bool] = True

    @abstractmethod
    def relu_rule(self) -> Rule:
        """Return the rule of a rectifier."""

    def backward_rules(self, graph: OperatorGraph, request: ExplanationRequest) -> Rules:
        """Return the gradient rule for every operator, except for rectifiers, which use `relu_rule`."""
        from viewer.methods.relevance.relu_rules import is_rectifier
        from viewer.models.graph.backward_rules import GradientRule

        derivative, rectifier = GradientRule(), self.relu_rule()

        def choose_rule(node: Node) -> Rule:
            return rectifier if is_rectifier(node) else derivative

        return choose_rule

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the signal in the shape of ``request.x``, in output per input unit."""
        from viewer.methods.relevance.relu_rules import find_unknown_rectifiers, is_rectifier

        graph = self.build_graph(request)

        def start_gradient(value: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return mask

        result, _ = self.propagate(request, graph, self.backward_rules(graph, request), start_gradient)
        rectified = any(is_rectifier(node) for node in graph.nodes)
        notes: tuple[str, ...] = ()
        if not rectified:
            notes = ("the network has no known rectifier: the map is the plain gradient",)
        if unknown := find_unknown_rectifiers(graph):
            note = (
                f"propagated by their derivative, although they act like rectifiers: {', '.join(unknown[:5])}"
            )
            notes = (*notes, note + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""))
        return self.finish(request, result.relevance, None, notes)


@dataclass(frozen=True)
class DeconvNet(ReluBackpropagation):
    """Rectifiers pass on positive values backward, whatever the forward values (Zeiler and Fergus 2014)."""

    name: ClassVar[str] = "deconvnet"
    title: ClassVar[str] = "DeconvNet"
    source: ClassVar[str] = "Zeiler and Fergus 2014; Ayyar et al. 2021, section 4"
    description: ClassVar[str] = "the pattern in the scan that the network's positive weights respond to"
    limitations: ClassVar[str] = (
        "separate the classes well: it reconstructs the input more than it explains the output"
    )
    not_for: ClassVar[str] = (
        "To compare classes, or to judge a network: a network with random upper layers gives almost the same "
        "map."
    )

    def relu_rule(self) -> Rule:
        """Return the rule R⁺."""
        from viewer.methods.relevance.relu_rules import DeconvNetRule

        return DeconvNetRule()


@dataclass(frozen=True)
class GuidedBackpropagation(ReluBackpropagation):
    """Rectifiers pass on values that are positive both forward and backward (Springenberg et al. 2014)."""

    name: ClassVar[str] = "guided-backprop"
    title: ClassVar[str] = "Guided backpropagation"
    source: ClassVar[str] = "Springenberg et al. 2014; Ayyar et al. 2021, section 4"
    description: ClassVar[str] = "fine structure that activates the network on its way to the output"
    limitations: ClassVar[str] = (
        "be relied on alone: it changes little when the network's upper layers are randomised"
    )
    not_for: ClassVar[str] = (
        "To compare classes, or to judge a network: a network with random upper layers gives almost the same "
        "map."
    )

    def relu_rule(self) -> Rule:
        """Return the rule: R⁺ where the output was positive."""
        from viewer.methods.relevance.relu_rules import GuidedBackpropRule

        return GuidedBackpropRule()
