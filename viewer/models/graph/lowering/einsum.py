"""Lowering of ``einsum`` of two operands to permutations and one product, which have relevance rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from viewer.models.graph.graph import Shape, SymbolicSize
from viewer.models.graph.lowering.aten_call import AtenCall, TensorReference
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, make_lowering_table
from viewer.models.graph.lowering.linear import add_matmul
from viewer.models.graph.lowering.passthrough import lower_passthrough

Size = int | SymbolicSize


@dataclass(frozen=True)
class Contraction:
    """Equation of two operands, with its indices by role.

    Parameters
    ----------
    first, second, output
        Indices of the operands and of the result, in order.
    """

    first: str
    second: str
    output: str

    @property
    def batch_indices(self) -> str:
        """Indices of both operands and of the result."""
        return "".join(index for index in self.output if index in self.first and index in self.second)

    @property
    def summed_indices(self) -> str:
        """Indices of both operands that are summed over."""
        return "".join(index for index in self.first if index in self.second and index not in self.output)

    @property
    def left_only_indices(self) -> str:
        """Indices of the result that only the first operand has."""
        return "".join(index for index in self.output if index not in self.second)

    @property
    def right_only_indices(self) -> str:
        """Indices of the result that only the second operand has."""
        return "".join(index for index in self.output if index not in self.first)


def parse_equation(equation: str) -> Contraction | None:
    """Return an equation of two operands, such as ``ab,bc->ac``; None for any other.

    An equation with an index twice in an operand (a diagonal) or in the result, with an ellipsis, or with a
    summed index that only one operand has, is not supported.
    """
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    operands = inputs.split(",")
    if len(operands) != 2:
        return None
    first, second = operands
    if not arrow:
        unique = [index for index in sorted({*first, *second}) if (first + second).count(index) == 1]
        output = "".join(unique)
    contraction = Contraction(first, second, output)
    is_valid = all(
        (term.isalpha() or term == output == "") and len(set(term)) == len(term)
        for term in (first, second, output)
    )
    shared = contraction.batch_indices + contraction.summed_indices
    is_complete = set(first) == {*shared, *contraction.left_only_indices} and set(second) == {
        *shared,
        *contraction.right_only_indices,
    }
    return contraction if is_valid and is_complete else None


def einsum(call: AtenCall, builder: GraphBuilder) -> str | tuple[str, ...]:
    """Lower ``einsum`` of two operands; any other is run unchanged, and has no relevance rule."""
    tensors = call["tensors"]
    equation = parse_equation(str(call["equation"]))
    if (
        equation is None
        or call.get("path")
        or not all(isinstance(operand, TensorReference) for operand in tensors)
    ):
        return lower_passthrough(call, builder)
    x, y = (operand.name for operand in tensors)
    if builder.constant(x) is not None and builder.constant(y) is None:
        x, y = y, x
        equation = Contraction(equation.second, equation.first, equation.output)
    sizes = find_index_sizes(builder, equation, x, y)
    if sizes is None:
        return lower_passthrough(call, builder)
    return contract(builder, equation, x, y, sizes)


def find_index_sizes(builder: GraphBuilder, equation: Contraction, x: str, y: str) -> dict[str, Size] | None:
    """Return the size of every index; None if one is broadcast or a shape does not fit."""
    sizes: dict[str, Size] = {}
    for name, indices in ((x, equation.first), (y, equation.second)):
        shape = builder.shape(name)
        if shape is None or len(shape) != len(indices):
            return None
        for dim, (index, size) in enumerate(zip(indices, shape, strict=True)):
            previous = sizes.get(index)
            if isinstance(previous, int) and size is not None and previous != size:
                return None
            if size is not None:
                sizes[index] = size
            elif previous is None:
                sizes[index] = SymbolicSize(builder.add_size(name, dim))
    return sizes


def contract(builder: GraphBuilder, equation: Contraction, x: str, y: str, sizes: dict[str, Size]) -> str:
    """Add the nodes of a contraction: the operands as matrices, their product, and its permutation."""
    batch, summed = list(equation.batch_indices), equation.summed_indices
    left, right = equation.left_only_indices, equation.right_only_indices

    def arrange(name: str, indices: str, groups: Sequence[str]) -> str:
        return reshape(builder, permute(builder, name, indices, "".join(groups), sizes), groups, sizes)

    if not summed:
        x = arrange(x, equation.first, [*batch, *left, *[""] * len(right)])
        y = arrange(y, equation.second, [*batch, *[""] * len(left), *right])
        product = builder.add("mul", (x, y), shape=make_shape([*batch, *left, *right], sizes))
    elif not batch and builder.constant(y) is not None:
        x = arrange(x, equation.first, [*left, summed])
        y = arrange(y, equation.second, [right, summed])
        product = builder.add("linear", (x, y, None), shape=make_shape([*left, right], sizes))
        product = reshape(builder, product, [*left, *right], sizes, input_groups=[*left, right])
    else:
        x = arrange(x, equation.first, [*batch, left, summed])
        y = arrange(y, equation.second, [*batch, summed, right])
        product = add_matmul(builder, x, y, shape=make_shape([*batch, left, right], sizes))
        product = reshape(
            builder, product, [*batch, *left, *right], sizes, input_groups=[*batch, left, right]
        )
    return permute(builder, product, "".join([*batch, *left, *right]), equation.output, sizes)


def permute(
    builder: GraphBuilder, name: str, indices: str, target_indices: str, sizes: dict[str, Size]
) -> str:
    """Add a permutation of a value's indices to another order, unless they are in that order."""
    if indices == target_indices:
        return name
    dims = tuple(indices.index(index) for index in target_indices)
    return builder.add("permute", (name,), {"dims": dims}, shape=make_shape(target_indices, sizes))


def reshape(
    builder: GraphBuilder,
    name: str,
    groups: Sequence[str],
    sizes: dict[str, Size],
    input_groups: Sequence[str] | None = None,
) -> str:
    """Add a view in which each group of indices is one dimension; ``input_groups`` are the value's groups."""
    input_groups = list("".join(groups)) if input_groups is None else list(input_groups)
    if input_groups == list(groups):
        return name
    shape = tuple(compute_group_size(builder, group, sizes) for group in groups)
    return builder.add("view", (name,), {"shape": shape}, shape=make_shape(groups, sizes))


def compute_group_size(builder: GraphBuilder, group: str, sizes: dict[str, Size]) -> Size:
    """Return the product of the sizes of some indices, computed at run time where one is not fixed."""
    total: Size = 1
    for index in group:
        size = sizes[index]
        if isinstance(total, int) and isinstance(size, int):
            total *= size
        else:
            total = SymbolicSize(builder.add_number("mul", (total, size)))
    return total


def make_shape(groups: Sequence[str], sizes: dict[str, Size]) -> Shape:
    """Return the shape with one dimension for every group, None if a size is not fixed."""
    size_groups = [[sizes[index] for index in group] for group in groups]
    return tuple(
        math.prod(size for size in size_group if isinstance(size, int))
        if all(isinstance(size, int) for size in size_group)
        else None
        for size_group in size_groups
    )


LOWERINGS: Lowerings = make_lowering_table({einsum: "einsum.default"})
