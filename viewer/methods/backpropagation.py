"""Signals carried back through rectifiers: DeconvNet and guided backpropagation."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.layerwise import LayerwiseMethod
from viewer.methods.method import Attribution, Family, Question

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.nodes import Node, OperatorGraph
    from viewer.models.graph.rules import Rule, Rules


@dataclass(frozen=True)
class BackpropagatedSignal(LayerwiseMethod):
    """Base of the two: the gradient, with another rule at every rectifier."""

    family: ClassVar[Family] = Family.SIGNAL

    @abstractmethod
    def rectifier(self) -> Rule:
        """The rule of a rectifier."""

    def rules(self, graph: OperatorGraph, question: Question) -> Rules:
        """The derivative of every operator, but the rectifiers' own rule."""
        from viewer.methods.relevance.rectifiers import is_rectifier
        from viewer.models.graph.rules import GradientRule

        derivative, rectifier = GradientRule(), self.rectifier()

        def rule(node: Node) -> Rule:
            return rectifier if is_rectifier(node) else derivative

        return rule

    def explain(self, question: Question) -> Attribution:
        """The signal in the shape of ``question.x``, in output per input unit."""
        from viewer.methods.relevance.rectifiers import alike, is_rectifier

        graph = self.graph(question)

        def one(value: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return mask

        found, _ = self.carried(question, graph, self.rules(graph, question), one)
        rectified = any(is_rectifier(node) for node in graph.nodes)
        notes: tuple[str, ...] = ()
        if not rectified:
            notes = ("the network has no rectifier that is known: the map is the plain gradient",)
        if unknown := alike(graph):
            line = (
                f"taken by their plain derivative, though they act like rectifiers: {', '.join(unknown[:5])}"
            )
            notes = (*notes, line + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""))
        return self.answered(question, found.relevance, None, notes)


@dataclass(frozen=True)
class DeconvNet(BackpropagatedSignal):
    """Rectifiers pass what is positive on the way back, whatever was on the way forth (Zeiler and Fergus
    2014).
    """

    name: ClassVar[str] = "deconvnet"
    title: ClassVar[str] = "DeconvNet"
    source: ClassVar[str] = "Zeiler and Fergus 2014; Ayyar et al. 2021, section 4"
    shows: ClassVar[str] = "the pattern in the scan that the network's positive weights respond to"
    cannot: ClassVar[str] = (
        "separate the classes well: it reconstructs the input more than it explains the output"
    )

    def rectifier(self) -> Rule:
        """R⁺."""
        from viewer.methods.relevance.rectifiers import Deconvolution

        return Deconvolution()


@dataclass(frozen=True)
class GuidedBackpropagation(BackpropagatedSignal):
    """Rectifiers pass what is positive on both ways (Springenberg et al. 2014)."""

    name: ClassVar[str] = "guided-backprop"
    title: ClassVar[str] = "Guided backpropagation"
    source: ClassVar[str] = "Springenberg et al. 2014; Ayyar et al. 2021, section 4"
    shows: ClassVar[str] = "fine structure that activates the network on its way to the output"
    cannot: ClassVar[str] = (
        "be relied on alone: it changes little when the network's upper layers are randomised"
    )

    def rectifier(self) -> Rule:
        """R⁺ where the output was positive."""
        from viewer.methods.relevance.rectifiers import Guided

        return Guided()
