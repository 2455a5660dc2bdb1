"""Composite of relevance rules: assigns a rule to every operator of one graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from viewer.errors import MethodError
from viewer.methods.relevance import graph_analysis
from viewer.methods.relevance.absorption import Absorption
from viewer.methods.relevance.elementwise_rules import (
    AffineEpsilonRule,
    FirstInputRule,
    GateRule,
    LinearisedRule,
    MatmulRule,
    MoveRule,
    NoRelevanceRule,
    NormalisationRule,
    PadRule,
    PassRule,
    SelectionRule,
    SoftmaxRule,
    StopRule,
    SumRule,
)
from viewer.methods.relevance.linear_operator import LINEAR_OPERATORS
from viewer.methods.relevance.linear_rules import (
    AlphaBeta,
    Epsilon,
    Flat,
    Gamma,
    LinearRule,
    WSquare,
    ZBox,
    ZPlus,
)
from viewer.methods.relevance.rule_parser import ATTENTION_RULES, RuleSpec
from viewer.models.graph.backward_rules import GradientRule, Rule
from viewer.models.graph.graph import Node, OperatorGraph

ACTIVATIONS = frozenset(
    {"relu", "leaky_relu", "prelu", "elu", "gelu", "silu", "sigmoid", "tanh", "clamp", "hardtanh"}
    | {
        f"aten.{name}.default"
        for name in ("hardswish", "hardsigmoid", "mish", "celu", "log_sigmoid", "softplus")
    }
)
"""Elementwise functions of one value, which pass relevance on unchanged."""

SELECTING_OPERATORS = graph_analysis.MOVING_OPERATORS | {
    "max_pool",
    "adaptive_max_pool",
    "amax",
    "max",
    "topk",
    "logsumexp",
}
"""Operators whose rule is their derivative: those that move values, and maxima (winner takes all). For
logsumexp it is the softmax: each value gets its share (Kauffmann et al. 2020, min-take-most).
"""

NORMALISATIONS = frozenset({"layer_norm", "instance_norm", "group_norm"})


@dataclass(frozen=True)
class Composite:
    """Assignment of relevance rules to layers.

    Parameters
    ----------
    input
        Rule of the operators that receive the network's input.
    lower, middle
        Rules of the lower and the upper half of the other convolutions.
    dense
        Rule of dense layers and matrix products.
    layers
        Rules of individual layers, by module path or node name; these take precedence.
    bias
        Whether rules with a bias term include the biases.
    bounds
        The smallest and the largest possible value of the network's input, for every sample; required by the
        z-box rule.
    linearise
        Whether an operator without a rule is linearised (otherwise: an error).
    conserve
        For the αβ rule: whether outputs with contributions of one sign propagate exactly their relevance.
    attention
        Rules of products and of the softmax: one of `ATTENTION_RULES`.
    """

    input: RuleSpec
    lower: RuleSpec
    middle: RuleSpec
    dense: RuleSpec
    layers: Mapping[str, RuleSpec] = field(default_factory=dict)
    bias: bool = False
    bounds: graph_analysis.Bounds | None = None
    linearise: bool = False
    conserve: bool = True
    attention: str = ATTENTION_RULES[0]


class RelevanceRules:
    """Rule of every node of one graph; implements `Rules` for the backward pass."""

    def __init__(self, method: str, graph: OperatorGraph, composite: Composite) -> None:
        self._method = method
        self._graph = graph
        self._composite = composite
        self._nonnegative = graph_analysis.find_nonnegative(graph)
        self._relu_inputs = graph_analysis.find_relu_inputs(graph)
        self._masked_sums = graph_analysis.find_masked_sums(graph)
        self._locally_constant = graph_analysis.find_locally_constant_nodes(graph)
        self._gates = self._find_gates()
        self._without_relevance = graph_analysis.find_nodes_without_relevance(graph, self._gates)
        self._first_layers = graph_analysis.find_first_layers(graph)
        self._bounds = (
            {} if composite.bounds is None else graph_analysis.propagate_bounds(graph, composite.bounds)
        )
        convolutions = [
            node.name
            for node in graph.nodes
            if node.operator in LINEAR_OPERATORS
            and node.operator != "linear"
            and node.name not in self._first_layers
        ]
        self._lower_convolutions = frozenset(convolutions[: len(convolutions) // 2])
        names = {node.name for node in graph.nodes} | {node.path for node in graph.nodes}
        for layer in composite.layers:
            if layer not in names:
                raise MethodError(
                    method, f"the network has no layer {layer!r}", "use one from the layer list"
                )
        self.linearised: list[str] = []
        self.absorption = Absorption()

    def __call__(self, node: Node) -> Rule:
        """Return the rule of a node.

        Raises
        ------
        MethodError
            There is no rule for its operator; the message names the operator and the layer.
        """
        spec = self._find_spec(node)
        if spec.name == "gradient":
            return GradientRule()
        if node.operator in LINEAR_OPERATORS:
            return self._make_linear_rule(node, spec)
        if node.name in self._masked_sums:
            # A mask selects scores and adds nothing to them; −∞ as a bias would give NaN.
            return PassRule() if node.operator == "affine" else GateRule()
        if node.name in self._locally_constant:
            return StopRule()
        if node.operator in graph_analysis.CONDITION_INPUTS:
            return SelectionRule(self._constant_inputs(node), self.absorption)
        if node.operator == "pad":
            return PadRule(self.absorption)
        if graph_analysis.only_moves_values(node, self._graph):
            constant = self._constant_inputs(node)
            return MoveRule(constant, self.absorption) if any(constant) else GradientRule()
        for operators, make_rule in self._rule_makers.items():
            if node.operator in operators:
                return make_rule(node, spec)
        if graph_analysis.is_dispersion_operator(node) and "var" not in node.operator:
            # Norms and standard deviations are homogeneous: values contribute by their squares.
            return FirstInputRule(absorption=self.absorption)
        refusal = MethodError(
            self._method, f"there is no rule for {node.label}", "set unruled to linearise to use its gradient"
        )
        if node.name in self._without_relevance:
            return NoRelevanceRule(refusal)
        if not self._composite.linearise:
            raise refusal
        if node.label not in self.linearised:
            self.linearised.append(node.label)
        return LinearisedRule()

    @property
    def _rule_makers(self) -> Mapping[frozenset[str], Callable[[Node, RuleSpec], Rule]]:
        return {
            ACTIVATIONS | graph_analysis.ELEMENTWISE: lambda node, spec: PassRule(),
            SELECTING_OPERATORS: lambda node, spec: GradientRule(),
            frozenset({"affine"}): self._make_affine_rule,
            frozenset({"add", "sub"}): self._make_sum_rule,
            frozenset({"mul", "div"}): lambda node, spec: GateRule(self._gates.get(node.name)),
            graph_analysis.RESAMPLING: lambda node, spec: FirstInputRule(absorption=self.absorption),
            frozenset({"matmul"}): lambda node, spec: MatmulRule(
                self._gates.get(node.name), absorption=self.absorption
            ),
            NORMALISATIONS: self._make_norm_rule,
            # With its scale held constant, each output of an RMS norm has one input.
            frozenset({"rms_norm"}): lambda node, spec: PassRule(),
            frozenset({"softmax"}): lambda node, spec: SoftmaxRule(self.absorption),
        }

    def _find_gates(self) -> Mapping[str, int]:
        """Return the products and quotients with a factor that receives no relevance, and its index.

        It is the scale of an explicitly written normalisation, a denominator, a mask, the positions at which
        an image is sampled or, except for AttnLRP, a gate.
        """
        gates = dict(graph_analysis.find_scales(self._graph))
        varying = self._graph.input_dependent - self._locally_constant
        for node in self._graph.nodes:
            if node.operator in ("mul", "div", "matmul"):
                flat = [index for index, name in enumerate(node.inputs) if name in self._locally_constant]
                if len(flat) == 1:
                    gates.setdefault(node.name, flat[0])
            if node.operator in graph_analysis.RESAMPLING | {"div"} and node.inputs[0] in varying:
                gates.setdefault(node.name, 1)
        if self._composite.attention == "attnlrp":
            return gates
        for node in self._graph.nodes:
            gate = graph_analysis.find_gate(node, self._graph) if node.operator in ("mul", "matmul") else None
            if gate is not None:
                gates.setdefault(node.name, gate)
        return gates

    def _find_spec(self, node: Node) -> RuleSpec:
        composite = self._composite
        for key in (node.name, node.path):
            if key and key in composite.layers:
                return composite.layers[key]
        if node.name in self._first_layers:
            return composite.input
        if node.operator in ("linear", "matmul"):
            return composite.dense
        return composite.lower if node.name in self._lower_convolutions else composite.middle

    def _make_linear_rule(self, node: Node, spec: RuleSpec) -> LinearRule:
        inputs = [name for name in node.inputs[:1] if name is not None]
        nonnegative = all(name in self._nonnegative for name in inputs)
        common = (nonnegative, node.name in self._relu_inputs, self._composite.bias)
        numbers = spec.parameters
        match spec.name:
            case "zero":
                return Epsilon(*common, absorption=self.absorption)
            case "epsilon":
                return Epsilon(*common, absorption=self.absorption, epsilon=numbers[0], relative=True)
            case "epsilon-absolute":
                return Epsilon(*common, absorption=self.absorption, epsilon=numbers[0])
            case "gamma":
                return Gamma(*common, absorption=self.absorption, gamma=numbers[0])
            case "alpha-beta":
                return AlphaBeta(
                    *common,
                    absorption=self.absorption,
                    alpha=numbers[0],
                    beta=numbers[1],
                    conserve=self._composite.conserve,
                )
            case "w-square":
                return WSquare(*common)
            case "flat":
                return Flat(*common)
            case "z-box" if node.name in self._first_layers:
                low, high = self._bounds[inputs[0]]
                return ZBox(*common, low=low, high=high)
            case "z-plus" | "z-box":
                return ZPlus(*common)
        raise MethodError(self._method, f"no rule {spec.name!r}")

    def _make_affine_rule(self, node: Node, spec: RuleSpec) -> Rule:
        if self._composite.bias and spec.name in ("zero", "epsilon", "epsilon-absolute"):
            return AffineEpsilonRule(*self._epsilon_and_relative(spec), absorption=self.absorption)
        if self._composite.bias and spec.name in ("gamma", "alpha-beta") and node.inputs[2] is not None:
            return self._make_linear_rule(node, spec)
        return PassRule()

    def _make_norm_rule(self, node: Node, spec: RuleSpec) -> Rule:
        if spec.name in ("zero", "epsilon", "epsilon-absolute"):
            return NormalisationRule(
                *self._epsilon_and_relative(spec), bias=self._composite.bias, absorption=self.absorption
            )
        # A centred value is a difference; rules that keep relevance non-negative treat the norm as a scaling.
        if spec.name == "gamma":
            return NormalisationRule(bias=self._composite.bias, absorption=self.absorption)
        return PassRule()

    def _make_sum_rule(self, node: Node, spec: RuleSpec) -> Rule:
        if spec.name in ("zero", "epsilon", "epsilon-absolute", "gamma"):
            return SumRule(
                *self._epsilon_and_relative(spec),
                is_constant=self._constant_inputs(node),
                absorption=self.absorption,
            )
        return SumRule(positive=True, is_constant=self._constant_inputs(node), absorption=self.absorption)

    def _constant_inputs(self, node: Node) -> tuple[bool, ...]:
        """Return for each input whether it is a constant of the network, or does not change with the scan."""
        varying = self._graph.input_dependent - self._locally_constant
        return tuple(name is not None and name not in varying for name in node.inputs)

    @staticmethod
    def _epsilon_and_relative(spec: RuleSpec) -> tuple[float, bool]:
        if spec.name == "epsilon":
            return spec.parameters[0], True
        return (spec.parameters[0] if spec.name == "epsilon-absolute" else 0.0), False
