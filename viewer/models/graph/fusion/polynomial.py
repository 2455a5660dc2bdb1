"""Polynomials that operators compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viewer.models.graph.fusion.pattern import find_node, find_number
from viewer.models.graph.graph import OperatorGraph

Exponents = tuple[int, ...]
"""Exponent of each variable in a term."""

Polynomial = Mapping[Exponents, float]
"""Coefficient of each term."""

MAX_TERMS = 16
"""Maximum number of terms of a polynomial."""

MAX_DEPTH = 12
"""Maximum number of operators between a value and a variable."""

TOLERANCE = 1e-3
"""Largest difference of a coefficient relative to the expected one; networks write it with few digits."""


def find_polynomial(
    graph: OperatorGraph, name: str | None, variables: Sequence[str], max_depth: int = MAX_DEPTH
) -> Polynomial | None:
    """Return a value as a polynomial of other values.

    Parameters
    ----------
    graph
        The graph.
    name, variables
        The value, and the variables of the polynomial.
    max_depth
        Maximum number of operators followed.

    Returns
    -------
    None if it is not computed by sums, products and integer powers of the variables and of numbers alone.
    """
    if name in variables:
        return {tuple(int(name == variable) for variable in variables): 1.0}
    node = find_node(graph, name)
    if node is None or max_depth == 0:
        return None
    operands = [
        find_polynomial(graph, input_name, variables, max_depth - 1) for input_name in node.inputs[:1]
    ]
    first = operands[0] if operands else None
    if first is None:
        return None
    if node.operator == "affine":
        scale, shift = (find_number(graph, node.inputs[i], value) for i, value in ((1, 1.0), (2, 0.0)))
        if scale is None or shift is None:
            return None
        constant_term = (0,) * len(variables)
        return _add(
            {term: scale * value for term, value in first.items()}, {constant_term: shift} if shift else {}
        )
    if node.operator == "pow":
        exponent = node.attributes["exponent"]
        return _power(first, int(exponent), len(variables)) if exponent in (1, 2, 3) else None
    if node.operator not in ("add", "sub", "mul"):
        return None
    second = find_polynomial(graph, node.inputs[1], variables, max_depth - 1)
    if second is None:
        return None
    if node.operator == "mul":
        return _multiply(first, second)
    sign = -1.0 if node.operator == "sub" else 1.0
    return _add(first, {term: sign * value for term, value in second.items()})


def are_equal(polynomial: Polynomial | None, expected: Polynomial) -> bool:
    """Return whether two polynomials have the same terms and, up to `TOLERANCE`, coefficients."""
    if polynomial is None or polynomial.keys() != expected.keys():
        return False
    return all(abs(polynomial[term] - value) <= TOLERANCE * abs(value) for term, value in expected.items())


def _add(first: Polynomial, second: Polynomial) -> Polynomial:
    return {term: first.get(term, 0.0) + second.get(term, 0.0) for term in {**first, **second}}


def _multiply(first: Polynomial, second: Polynomial) -> Polynomial | None:
    if len(first) * len(second) > MAX_TERMS:
        return None
    product: dict[Exponents, float] = {}
    for first_term, first_factor in first.items():
        for second_term, second_factor in second.items():
            term = tuple(a + b for a, b in zip(first_term, second_term, strict=True))
            product[term] = product.get(term, 0.0) + first_factor * second_factor
    return product


def _power(base: Polynomial, exponent: int, variable_count: int) -> Polynomial | None:
    power: Polynomial | None = {(0,) * variable_count: 1.0}
    for _ in range(exponent):
        power = None if power is None else _multiply(power, base)
    return power
