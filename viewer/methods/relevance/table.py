"""The table of relevance rules for one graph: every operator's rule, chosen by where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from viewer.errors import MethodError
from viewer.methods.relevance import facts
from viewer.methods.relevance.absorption import Absorption
from viewer.methods.relevance.joining import (
    AffineEpsilon,
    Gate,
    Linearised,
    MatrixProduct,
    Move,
    Normalisation,
    Pass,
    Softmax,
    Sum,
)
from viewer.methods.relevance.linear import FACES
from viewer.methods.relevance.names import Named
from viewer.methods.relevance.rules import (
    AlphaBeta,
    Epsilon,
    Flat,
    Gamma,
    LinearRule,
    WSquare,
    ZBox,
    ZPlus,
)
from viewer.models.graph.nodes import Node, OperatorGraph
from viewer.models.graph.rules import GradientRule, Rule

ACTIVATIONS = frozenset(
    {"relu", "leaky_relu", "prelu", "elu", "gelu", "silu", "sigmoid", "tanh", "clamp", "hardtanh"}
    | {
        f"aten.{name}.default"
        for name in ("hardswish", "hardsigmoid", "mish", "celu", "log_sigmoid", "softplus")
    }
)
"""Functions of one value, which hand relevance on as it is."""

SELECTING = facts.MOVING | {"max_pool", "adaptive_max_pool", "amax", "max"}
"""Operators whose derivative is their rule: what moves values, and where the winner takes all."""

NORMS = frozenset({"layer_norm", "instance_norm", "group_norm"})


@dataclass(frozen=True)
class Composite:
    """Which rule stands where.

    Parameters
    ----------
    input
        For the operators that see the network's input.
    lower, middle
        For the lower and the upper half of the convolutions above them.
    dense
        For dense layers; also for matrix products.
    layers
        For single layers, by module path or node name; goes before the others.
    bias
        Whether biases count in the rules that can.
    bounds
        The smallest and the largest possible value of the network's input, of every sample, for the z-box
        rule; without them there is none.
    linearise
        Whether an operator without a rule is linearised instead of refused.
    conserve
        Of the αβ rule: whether outputs with one part only hand down exactly what they have.
    """

    input: Named
    lower: Named
    middle: Named
    dense: Named
    layers: Mapping[str, Named] = field(default_factory=dict)
    bias: bool = False
    bounds: facts.Bounds | None = None
    linearise: bool = False
    conserve: bool = True


class RelevanceTable:
    """The rule of every node of one graph; a `Rules` for the reverse interpreter."""

    def __init__(self, method: str, graph: OperatorGraph, composite: Composite) -> None:
        self._method = method
        self._graph = graph
        self._composite = composite
        self._nonnegative = facts.nonnegative(graph)
        self._gated = facts.gated(graph)
        self._first = facts.first(graph)
        self._bounds = {} if composite.bounds is None else facts.bounds(graph, composite.bounds)
        convolutions = [
            node.name
            for node in graph.nodes
            if node.operator in FACES and node.operator != "linear" and node.name not in self._first
        ]
        self._lower = frozenset(convolutions[: len(convolutions) // 2])
        known = {node.name for node in graph.nodes} | {node.path for node in graph.nodes}
        for layer in composite.layers:
            if layer not in known:
                raise MethodError(
                    method, f"the network has no layer {layer!r}", "take one from the layer list"
                )
        self.linearised: list[str] = []
        self.absorption = Absorption()

    def __call__(self, node: Node) -> Rule:
        """The rule of a node.

        Raises
        ------
        MethodError
            There is none for its operator; the line names it and the layer.
        """
        named = self._named(node)
        if named.word == "gradient":
            return GradientRule()
        if node.operator in FACES:
            return self._linear(node, named)
        if facts.moves(node, self._graph):
            constant = self._constant(node)
            return Move(constant, self.absorption) if any(constant) else GradientRule()
        for operators, make in self._others.items():
            if node.operator in operators:
                return make(node, named)
        if not self._composite.linearise:
            raise MethodError(
                self._method,
                f"there is no rule for {node.place}",
                "set unruled to linearise to use its gradient",
            )
        if node.place not in self.linearised:
            self.linearised.append(node.place)
        return Linearised()

    @property
    def _others(self) -> Mapping[frozenset[str], Callable[[Node, Named], Rule]]:
        return {
            ACTIVATIONS: lambda node, named: Pass(),
            SELECTING: lambda node, named: GradientRule(),
            frozenset({"affine"}): self._affine,
            frozenset({"add", "sub"}): self._sum,
            frozenset({"mul"}): lambda node, named: Gate(facts.gate(node, self._graph)),
            frozenset({"matmul"}): lambda node, named: MatrixProduct(
                facts.gate(node, self._graph), absorption=self.absorption
            ),
            NORMS: self._norm,
            frozenset({"softmax"}): lambda node, named: Softmax(),
        }

    def _named(self, node: Node) -> Named:
        composite = self._composite
        for key in (node.name, node.path):
            if key and key in composite.layers:
                return composite.layers[key]
        if node.name in self._first:
            return composite.input
        if node.operator in ("linear", "matmul"):
            return composite.dense
        return composite.lower if node.name in self._lower else composite.middle

    def _linear(self, node: Node, named: Named) -> LinearRule:
        inputs = [name for name in node.inputs[:1] if name is not None]
        known = all(name in self._nonnegative for name in inputs)
        common = (known, node.name in self._gated, self._composite.bias)
        numbers = named.numbers
        match named.word:
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
            case "z-box" if node.name in self._first:
                low, high = self._bounds[inputs[0]]
                return ZBox(*common, low=low, high=high)
            case "z-plus" | "z-box":
                return ZPlus(*common)
        raise MethodError(self._method, f"no rule {named.word!r}")

    def _affine(self, node: Node, named: Named) -> Rule:
        if self._composite.bias and named.word in ("zero", "epsilon", "epsilon-absolute"):
            return AffineEpsilon(*self._stabiliser(named), absorption=self.absorption)
        if self._composite.bias and named.word in ("gamma", "alpha-beta") and node.inputs[2] is not None:
            return self._linear(node, named)
        return Pass()

    def _norm(self, node: Node, named: Named) -> Rule:
        if named.word in ("zero", "epsilon", "epsilon-absolute"):
            return Normalisation(
                *self._stabiliser(named), bias=self._composite.bias, absorption=self.absorption
            )
        # A centred value is a difference; what never lets relevance turn negative takes it as a scaling.
        if named.word == "gamma":
            return Normalisation(bias=self._composite.bias, absorption=self.absorption)
        return Pass()

    def _sum(self, node: Node, named: Named) -> Rule:
        if named.word in ("zero", "epsilon", "epsilon-absolute", "gamma"):
            return Sum(*self._stabiliser(named), constant=self._constant(node), absorption=self.absorption)
        return Sum(positive=True, constant=self._constant(node), absorption=self.absorption)

    def _constant(self, node: Node) -> tuple[bool, ...]:
        """Which inputs are numbers of the network itself, whatever the scan."""
        return tuple(name is not None and name not in self._graph.varying for name in node.inputs)

    @staticmethod
    def _stabiliser(named: Named) -> tuple[float, bool]:
        if named.word == "epsilon":
            return named.numbers[0], True
        return (named.numbers[0] if named.word == "epsilon-absolute" else 0.0), False
