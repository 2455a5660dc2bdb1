"""Layer-wise relevance propagation (LRP): one rule for all layers, or the usual composite of several."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.base import Attribution, ExplanationRequest, Family, Target, parameter
from viewer.methods.graph_attribution import GraphMethod, sum_in_float64
from viewer.methods.relevance.rule_parser import (
    ATTENTION_RULES,
    DEFAULT_NUMBERS,
    RuleSpec,
    parse_layer_rules,
    parse_rule,
)

if TYPE_CHECKING:
    import torch

    from viewer.methods.relevance.composite import Composite, RelevanceRules
    from viewer.methods.relevance.graph_analysis import Bounds
    from viewer.models.graph.graph import OperatorGraph

ATTENTION_HELP = (
    "attention of transformers: cp-lrp holds the attention weights constant, so that relevance flows through "
    "the values only; attnlrp also gives relevance to queries and keys, and its softmax absorbs a part"
)

ATTENTION_SOURCE = "Ali et al. 2022; Achtibat et al. 2024, propositions 3.1 and 3.3"

UNRULED_CHOICES = ("refuse", "linearise")
"""Choices for operators without a rule."""

BIAS_HELP = (
    "include biases in the sums, as the papers do: relevance assigned to them is lost to the voxels, and the "
    "notes state how much; without them relevance may grow without bounds in residual and dense networks"
)


@dataclass(frozen=True)
class RelevanceMethod(GraphMethod):
    """Base class of methods that propagate the output itself: the map should sum to f(x)."""

    explains_covariates: ClassVar[bool] = True
    normalises_regions: ClassVar[bool] = True

    unruled: str = parameter(
        "refuse",
        ("operators without a rule: stop and name them, or use their derivative (stated in the notes)"),
        choices=UNRULED_CHOICES,
    )

    @abstractmethod
    def make_composite(self, request: ExplanationRequest) -> Composite:
        """Return the assignment of rules to layers."""

    def backward_rules(self, graph: OperatorGraph, request: ExplanationRequest) -> RelevanceRules:
        """Return the rule of every operator of the graph."""
        from viewer.methods.relevance.composite import RelevanceRules

        return RelevanceRules(self.name, graph, self.make_composite(request))

    def start_relevance(self, target: Target, value: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the initial relevance of the outputs or of the start layer, from the values there."""
        relevance = value * mask
        normalises = target.normalised and self.start_point.layer is None
        return relevance * target.equal_share_factor(relevance) if normalises else relevance

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute relevance of the shape of ``request.x``, in units of the output, with its residual."""
        from viewer.scans.provenance import Residual

        graph = self.build_graph(request)
        table = self.backward_rules(graph, request)
        result, start = self.propagate(request, graph, table, partial(self.start_relevance, request.target))
        absorbed = table.absorption.total
        expected = sum_in_float64(start) - absorbed.total
        residual = Residual("conservation", expected, sum_in_float64(result.relevance), absorbed)
        return self.finish(request, result.relevance, residual, linearised_notes(table))


@dataclass(frozen=True)
class LRP(RelevanceMethod):
    """Base class of LRP with one rule for all layers; individual layers may have other rules."""

    family: ClassVar[Family] = Family.ATTRIBUTION

    layers: str = parameter(
        "",
        f"other rules for some layers: PATH=RULE; PATH=RULE, with the rules {', '.join(DEFAULT_NUMBERS)}",
    )
    attention: str = parameter(
        ATTENTION_RULES[0], ATTENTION_HELP, choices=ATTENTION_RULES, source=ATTENTION_SOURCE
    )

    @property
    @abstractmethod
    def rule(self) -> RuleSpec:
        """Rule of all layers."""

    @property
    def counts_bias(self) -> bool:
        """Whether the denominators include biases."""
        return bool(getattr(self, "bias", False))

    def make_composite(self, request: ExplanationRequest) -> Composite:
        """Return the composite with one rule for all but the named layers."""
        from viewer.methods.relevance.composite import Composite

        rule = self.rule
        return Composite(
            rule,
            rule,
            rule,
            rule,
            layers=parse_layer_rules(self.layers, self.name),
            bias=self.counts_bias,
            bounds=input_bounds(request),
            linearise=self.unruled == "linearise",
            conserve=bool(getattr(self, "conserve", True)),
            attention=self.attention,
        )


@dataclass(frozen=True)
class LRPZero(LRP):
    """R_i = Σ_j x_i w_ij / z_j R_j (Bach et al. 2015; Ayyar et al. 2021, LRP-0)."""

    name: ClassVar[str] = "lrp-0"
    title: ClassVar[str] = "LRP-0"
    source: ClassVar[str] = "Bach et al. 2015, eq. 56; Ayyar et al. 2021, section 4"
    description: ClassVar[str] = "each voxel's share of the output, by its share of every neuron's sum"
    limitations: ClassVar[str] = (
        "be stable where a sum is near 0, as small denominators give large relevances, nor conserve the "
        "output: biases absorb a part of it"
    )
    not_for: ClassVar[str] = (
        "For deep networks, where small denominators make it noisy; use LRP-ε or the composite instead."
    )

    bias: bool = parameter(True, BIAS_HELP, source="Bach et al. 2015; Montavon et al. 2019")

    @property
    def rule(self) -> RuleSpec:
        """The LRP-0 rule."""
        return RuleSpec("zero")


@dataclass(frozen=True)
class LRPEpsilon(LRP):
    """R_i = Σ_j x_i w_ij / (z_j + ε sign z_j) R_j (Bach et al. 2015; Ayyar et al. 2021, LRP-ε)."""

    name: ClassVar[str] = "lrp-epsilon"
    title: ClassVar[str] = "LRP-ε"
    source: ClassVar[str] = "Bach et al. 2015, eq. 58; Ayyar et al. 2021, section 4"
    description: ClassVar[str] = "each voxel's share of the output, with weak and contradictory shares damped"
    limitations: ClassVar[str] = (
        "conserve the output: biases and ε absorb a part of it, which the notes state"
    )
    not_for: ClassVar[str] = (
        "To compare sums of relevance between scans or networks, as ε absorbs different amounts."
    )

    epsilon: float = parameter(0.01, "added to every denominator, with its sign", limits=(0.0, None))
    relative: bool = parameter(
        True, ("ε is relative to the root mean square of the layer's sums, not absolute")
    )
    bias: bool = parameter(True, BIAS_HELP, source="Bach et al. 2015; Montavon et al. 2019")

    @property
    def rule(self) -> RuleSpec:
        """The LRP-ε rule."""
        return RuleSpec("epsilon" if self.relative else "epsilon-absolute", (self.epsilon,))


@dataclass(frozen=True)
class LRPGamma(LRP):
    """Weights w + γ w⁺ (Montavon et al. 2019; Ayyar et al. 2021, LRP-γ)."""

    name: ClassVar[str] = "lrp-gamma"
    title: ClassVar[str] = "LRP-γ"
    source: ClassVar[str] = "Montavon et al. 2019, section 10.2; Ayyar et al. 2021, section 4"
    description: ClassVar[str] = "each voxel's share of the output, with more weight on evidence for it"
    limitations: ClassVar[str] = "show evidence against as strongly as evidence for"
    not_for: ClassVar[str] = "To compare evidence for and against the output: the rule favours the former."

    gamma: float = parameter(0.25, "additional weight of evidence for a neuron", limits=(0.0, None))
    bias: bool = parameter(True, BIAS_HELP, source="Bach et al. 2015; Montavon et al. 2019")

    @property
    def rule(self) -> RuleSpec:
        """The LRP-γ rule."""
        return RuleSpec("gamma", (self.gamma,))


@dataclass(frozen=True)
class LRPAlphaBeta(LRP):
    """Positive and negative parts, weighted by α and β (Bach et al. 2015; Ayyar et al. 2021, LRP-αβ)."""

    name: ClassVar[str] = "lrp-alpha-beta"
    title: ClassVar[str] = "LRP-αβ"
    source: ClassVar[str] = "Bach et al. 2015, eq. 60; Ayyar et al. 2021, section 4"
    description: ClassVar[str] = "evidence for and against the output, in a fixed ratio"
    limitations: ClassVar[str] = "say how much of each there is: the ratio is chosen, not measured"
    not_for: ClassVar[str] = (
        "To compare evidence for and against the output, or sums of relevance: α and β fix the ratio."
    )

    alpha: float = parameter(2.0, "weight of evidence for a neuron; β is α − 1", limits=(1.0, None))
    bias: bool = parameter(
        False, ("include biases in the sums; relevance assigned to them is lost to the voxels")
    )
    conserve: bool = parameter(
        True,
        "neurons without evidence against them pass on exactly their relevance, not α times as much",
        source="Böhle et al. 2019",
    )

    @property
    def rule(self) -> RuleSpec:
        """The LRP-αβ rule."""
        return RuleSpec("alpha-beta", (self.alpha, self.alpha - 1))


@dataclass(frozen=True)
class LRPComposite(RelevanceMethod):
    """Different rules at different depths (Montavon et al. 2019, section 10.3)."""

    name: ClassVar[str] = "lrp"
    title: ClassVar[str] = "LRP, composite"
    family: ClassVar[Family] = Family.ATTRIBUTION
    source: ClassVar[str] = "Montavon et al. 2019, section 10.3; Kohlbrenner et al. 2020"
    description: ClassVar[str] = (
        "each voxel's share of the output, by a rule suited to each depth of the network"
    )
    limitations: ClassVar[str] = "be reduced to a single formula: the choice of rules is part of the result"
    not_for: ClassVar[str] = (
        "To compare networks of different architectures: the rules depend on the layers, so that maps differ "
        "even if predictions agree."
    )

    dense: str = parameter("epsilon:0.25", "rule of the dense layers")
    middle: str = parameter("gamma:0.25", "rule of the upper half of the convolutions")
    lower: str = parameter("z-plus", "rule of the lower half of the convolutions")
    input: str = parameter(
        "w-square", "rule of the first layer, which takes the scan: z-box, w-square, flat or another"
    )
    layers: str = parameter("", "rules for individual layers: PATH=RULE; PATH=RULE")
    bias: bool = parameter(
        False, ("include biases in the sums; relevance assigned to them is lost to the voxels")
    )
    attention: str = parameter(
        ATTENTION_RULES[0], ATTENTION_HELP, choices=ATTENTION_RULES, source=ATTENTION_SOURCE
    )

    def make_composite(self, request: ExplanationRequest) -> Composite:
        """Return the composite with a rule for each of the four depths."""
        from viewer.methods.relevance.composite import Composite

        return Composite(
            parse_rule(self.input, self.name),
            parse_rule(self.lower, self.name),
            parse_rule(self.middle, self.name),
            parse_rule(self.dense, self.name),
            layers=parse_layer_rules(self.layers, self.name),
            bias=self.bias,
            bounds=input_bounds(request),
            linearise=self.unruled == "linearise",
            attention=self.attention,
        )


def linearised_notes(rules: RelevanceRules) -> tuple[str, ...]:
    """Return a note for every operator whose derivative was used, as it has no rule."""
    return tuple(f"the derivative was used in place of a rule at {label}" for label in rules.linearised)


def input_bounds(request: ExplanationRequest) -> Bounds:
    """Return the smallest and the largest value of every sample, extended to include 0; shape (N,) each.

    Raises
    ------
    MethodError
        All voxels have the same value.
    """
    values = request.x.flatten(1)
    low, high = values.amin(1), values.amax(1)
    if not bool((low < high).any()):
        raise MethodError("input", "all its voxels have the same value", "there is nothing to explain")
    return low.clamp(max=0), high.clamp(min=0)
