"""Properties of a graph's values known without running it: signs, bounds, gates and first layers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import torch

from viewer.methods.relevance.linear_operator import LINEAR_OPERATORS
from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.operators.aten_passthrough import COMPARISONS as COMPARISON_WORDS
from viewer.models.graph.operators.aten_passthrough import POINTWISE

MOVING_OPERATORS = frozenset(
    {
        "view",
        "flatten",
        "unflatten",
        "squeeze",
        "unsqueeze",
        "permute",
        "expand",
        "cat",
        "slice",
        "select",
        "pad",
        "cast",
    }
    | {
        f"aten.{name}"
        for name in (
            "index_select.default",
            "gather.default",
            "flip.default",
            "roll.default",
            "repeat.default",
            "tile.default",
            "repeat_interleave.self_int",
            "pixel_shuffle.default",
            "pixel_unshuffle.default",
            "channel_shuffle.default",
            "rot90.default",
        )
    }
)
"""Operators that move or repeat values and change none (padding adds constants)."""

CONDITION_INPUTS: Mapping[str, int] = MappingProxyType(
    {
        "aten.masked_fill.Scalar": 1,
        "aten.masked_fill.Tensor": 1,
        "aten.where.self": 0,
        "aten.where.ScalarOther": 0,
        "aten.where.ScalarSelf": 0,
    }
)
"""Operators that select values by a mask, and the index of the mask among their inputs."""


COMPARISONS = frozenset(
    f"aten.{name}.{kind}" for name in COMPARISON_WORDS.split() for kind in ("Tensor", "Scalar")
)
"""Operators that compare values."""

STEPS = frozenset(f"aten.{name}.default" for name in ("sign", "floor", "ceil", "trunc", "round"))
"""Elementwise functions whose derivative is 0 wherever they have one."""

FLAT_NAMES = (
    "ones_like zeros_like full_like argmax argmin isnan isinf isfinite logical_not logical_and logical_or "
    "logical_xor bitwise_not one_hot"
)
FLAT = frozenset(f"aten.{name}.default" for name in FLAT_NAMES.split()) | COMPARISONS | STEPS
"""Operators whose output does not change with small changes of their inputs."""

ELEMENTWISE = (
    frozenset({"exp", "sqrt", "log", "abs", "pow"})
    | frozenset(f"aten.{name}.default" for name in POINTWISE.split() if name not in ("glu", "nan_to_num"))
    - FLAT
)
"""Elementwise functions of one value that are not usual activation functions."""

RESAMPLING = frozenset(f"aten.grid_sampler{kind}.default" for kind in ("", "_2d", "_3d"))
"""Operators that interpolate their first input at the positions of their second."""


def find_locally_constant_nodes(graph: OperatorGraph) -> frozenset[str]:
    """Return the nodes that depend on the input but do not change with small changes of it: masks, counts."""
    flat: set[str] = set()
    for node in graph.nodes:
        inputs = [name for name in node.inputs if name in graph.input_dependent]
        if inputs and (node.operator in FLAT or all(name in flat for name in inputs)):
            flat.add(node.name)
    return frozenset(flat)


def only_moves_values(node: Node, graph: OperatorGraph) -> bool:
    """Return whether an operator only moves, repeats or selects values, in a way independent of the input."""
    if node.operator not in CONDITION_INPUTS:
        return node.operator in MOVING_OPERATORS
    return node.inputs[CONDITION_INPUTS[node.operator]] not in graph.input_dependent


SIGN_KEEPING = frozenset(
    {
        "max_pool",
        "avg_pool",
        "adaptive_avg_pool",
        "adaptive_max_pool",
        "amax",
        "max",
        "mean",
        "sum",
        "add",
        "mul",
    }
)
"""Operators whose output is non-negative if all inputs are."""

RECTIFYING = frozenset({"relu", "sigmoid", "softmax", "exp", "softplus", "abs"})
"""Operators whose output is never negative."""


def find_nonnegative(graph: OperatorGraph) -> frozenset[str]:
    """Return the names of the nodes whose values cannot be negative, whatever the input."""
    nonnegative: set[str] = set()
    for node in graph.nodes:
        inputs = [name for name in node.inputs if name is not None]
        if _is_never_negative(node) or (
            _keeps_sign(node) and inputs and all(name in nonnegative for name in inputs)
        ):
            nonnegative.add(node.name)
    return frozenset(nonnegative)


def _is_never_negative(node: Node) -> bool:
    low = node.attributes.get("low")
    return node.operator in RECTIFYING or (node.operator == "clamp" and low is not None and low >= 0)


def _keeps_sign(node: Node) -> bool:
    if node.operator == "pad" and (node.attributes.get("value") or 0) < 0:
        return False
    return node.operator in MOVING_OPERATORS | SIGN_KEEPING


def find_relu_inputs(graph: OperatorGraph) -> frozenset[str]:
    """Return the nodes whose only user is a ReLU: relevance reaches them only where they are positive."""
    return frozenset(
        node.name
        for node in graph.nodes
        if node.name != graph.output
        and [graph.by_name[user].operator for user in graph.users.get(node.name, ())] == ["relu"]
    )


def find_moved_input(graph: OperatorGraph) -> frozenset[str]:
    """Return the network's input, and the nodes that only move or scale it."""
    reached = {graph.input.name}
    for node in graph.nodes:
        moves = node.operator in MOVING_OPERATORS or node.operator == "affine"
        if moves and any(name in reached for name in node.inputs):
            reached.add(node.name)
    return frozenset(reached)


def find_first_layers(graph: OperatorGraph) -> frozenset[str]:
    """Return the linear operators that receive the network's input itself, at most moved or scaled."""
    moved = find_moved_input(graph)
    return frozenset(
        node.name
        for node in graph.nodes
        if node.operator in LINEAR_OPERATORS
        and node.operator in ("conv", "conv_transpose", "linear")
        and any(name in moved for name in node.inputs)
    )


Bounds = tuple[torch.Tensor, torch.Tensor]
"""Smallest and largest possible value of every sample: shape (N,), or (1,) if all samples share them."""


def propagate_bounds(graph: OperatorGraph, input_bounds: Bounds) -> Mapping[str, Bounds]:
    """Return the bounds of the inputs of `find_first_layers` operators from those of the network's input.

    Scalings by constants transform the bounds; if the constants differ by channel, the widest bounds are used
    for all channels.
    """
    bounds = {graph.input.name: input_bounds}
    for node in graph.nodes:
        inputs = [bounds[name] for name in node.inputs if name in bounds]
        if inputs and node.operator == "affine":
            bounds[node.name] = _scale_bounds(node, graph, inputs[0])
        elif inputs and node.operator in MOVING_OPERATORS:
            if node.operator == "pad":
                padding = torch.full_like(inputs[0][0], node.attributes.get("value") or 0.0)
                inputs.append((padding, padding))
            lows, highs = zip(*inputs, strict=True)
            bounds[node.name] = (torch.stack(lows).amin(0), torch.stack(highs).amax(0))
    return bounds


def _scale_bounds(node: Node, graph: OperatorGraph, bounds: Bounds) -> Bounds:
    scale, shift = (None if name is None else graph.constants[name] for name in node.inputs[1:])
    limits = torch.stack(bounds)
    rank = max(0 if constant is None else constant.dim() for constant in (scale, shift))
    scaled = limits.reshape(*limits.shape, *(1,) * rank)
    scaled = scaled if scale is None else scaled * scale
    scaled = scaled if shift is None else scaled + shift
    flat = scaled.reshape(*limits.shape, -1)
    return flat.amin((0, 2)), flat.amax((0, 2))


def find_gate(node: Node, graph: OperatorGraph) -> int | None:
    """Return the index of the factor of a product that is a gate: output of a sigmoid, softmax or similar.

    None if both or neither are gates.
    """
    gates = [index for index, name in enumerate(node.inputs) if name is not None and _is_gate(name, graph)]
    return gates[0] if len(gates) == 1 else None


def _is_gate(name: str, graph: OperatorGraph) -> bool:
    node = graph.by_name.get(name)
    # An affine function of a gate, such as 1 − z, is also a gate.
    passed = MOVING_OPERATORS | {"affine"}
    while node is not None and node.operator in passed and node.inputs[0] is not None:
        node = graph.by_name.get(node.inputs[0])
    gating = ("sigmoid", "softmax", "aten.hardsigmoid.default")
    return node is not None and node.operator in gating


MASKING_VALUE = -50.0
"""Value below which a constant added to the scores of a softmax is a mask: it leaves a weight of 1e-22."""


def find_masked_sums(graph: OperatorGraph) -> frozenset[str]:
    """Return the sums that add a mask (−∞, or a large negative number) to the scores of a softmax."""
    scores = [node.inputs[0] for node in graph.nodes if node.operator == "softmax"]
    masked: set[str] = set()
    while scores:
        node = graph.by_name.get(scores.pop() or "")
        if node is None or node.operator not in MOVING_OPERATORS | {"add", "affine"}:
            continue
        # The shift of an affine is its third input; a sum's constant may be either of two.
        operands = node.inputs[2:] if node.operator == "affine" else node.inputs
        constants = [
            graph.constants[name] for name in operands if name is not None and name in graph.constants
        ]
        if node.operator in ("add", "affine") and any(_is_mask(constant) for constant in constants):
            masked.add(node.name)
        scores += [name for name in node.inputs if name in graph.input_dependent]
    return frozenset(masked)


def _is_mask(constant: torch.Tensor) -> bool:
    return constant.is_floating_point() and constant.numel() > 0 and float(constant.min()) < MASKING_VALUE


DISPERSIONS = frozenset({"var", "std", "var_mean", "linalg_vector_norm", "norm"})
"""ATen operators that measure how large or how spread values are; of ``var_mean`` the first result."""


def find_scales(graph: OperatorGraph) -> Mapping[str, int]:
    """Return the products and quotients that scale values by a measure of their size, and the scale's index.

    The measure is a root mean square, a norm, a variance or a standard deviation, as in an explicitly written
    normalisation: x · rsqrt(mean(x²) + ε), x / ‖x‖, (x − μ) / σ.
    """
    scales: dict[str, int] = {}
    for node in graph.nodes:
        if node.operator not in ("mul", "div"):
            continue
        for index in (1,) if node.operator == "div" else (1, 0):
            if node.inputs[index] in graph.input_dependent and _is_dispersion(node.inputs[index], graph):
                scales[node.name] = index
                break
    return MappingProxyType(scales)


def _is_dispersion(name: str | None, graph: OperatorGraph) -> bool:
    node = graph.by_name.get(name or "")
    while node is not None:
        if is_dispersion_operator(node):
            return True
        if node.operator in ("mean", "sum"):
            return _is_square(node.inputs[0], graph)
        if node.operator not in MOVING_OPERATORS | {"affine", "clamp", "pow", "sqrt"}:
            return False
        node = graph.by_name.get(node.inputs[0] or "")
    return False


def is_dispersion_operator(node: Node) -> bool:
    """Return whether a node computes a variance, a standard deviation or a norm."""
    parts = node.operator.split(".")
    return len(parts) == 3 and parts[1] in DISPERSIONS and node.attributes["output"] == 0


def _is_square(name: str | None, graph: OperatorGraph) -> bool:
    node = graph.by_name.get(name or "")
    if node is None:
        return False
    if node.operator == "mul":
        return node.inputs[0] == node.inputs[1]
    return node.operator == "pow" and node.attributes["exponent"] == 2


def find_nodes_without_relevance(graph: OperatorGraph, gates: Mapping[str, int]) -> frozenset[str]:
    """Return the nodes that no relevance of the output reaches, as they only lead to gates.

    ``gates`` maps nodes to the index of the input that receives no relevance.
    """
    reached = {graph.output}
    for node in reversed(graph.nodes):
        if node.name in reached:
            reached.update(
                name for index, name in enumerate(node.inputs) if name and gates.get(node.name) != index
            )
    return frozenset(node.name for node in graph.nodes if node.name not in reached)
