"""Query tokens, whose attention is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from viewer.errors import MethodError

if TYPE_CHECKING:
    import torch

    from viewer.methods.attention.token_layout import TokenLayout
    from viewer.scans.grid import Grid

CLASS, MEAN = "class", "mean"

QUERY_HELP = (
    "token whose attention is read: class, the first token; mean, the mean over all tokens; I,J,K, the patch "
    "with these indices, from 0, on the network's grid; @X,Y,Z, the patch at that point in mm; empty: the "
    "class token if the network has one, otherwise the mean"
)


@dataclass(frozen=True)
class Query:
    """Row of a matrix (tokens, tokens); ``index`` is the token, None for the mean over all."""

    index: int | None
    text: str

    def select_row(self, matrix: torch.Tensor) -> torch.Tensor:
        """Return the row (..., tokens) of a matrix (..., tokens, tokens)."""
        return matrix.mean(-2) if self.index is None else matrix[..., self.index, :]


def parse_query(
    text: str, layout: TokenLayout, grid: Grid | None, shape: tuple[int, ...], method: str
) -> Query:
    """Return the query that a text names; see `QUERY_HELP`.

    Parameters
    ----------
    text
        The query.
    layout
        Layout of the network's tokens.
    grid
        Positions of the voxels of the network's input in mm; None for a bare tensor.
    shape
        Spatial shape of the network's input.
    method
        Name of the method, for errors.

    Raises
    ------
    MethodError
        The text is not a query, or the network has no such token.
    """
    subject = f"{method}, query {text!r}"
    if text == MEAN or (not text and not layout.num_prefix_tokens):
        return Query(None, "the mean over all tokens")
    if text in ("", CLASS):
        if not layout.num_prefix_tokens:
            raise MethodError(subject, "the network has no class token before its patches", "choose mean")
        return Query(0, "read at the first token, the class token")
    values = _parse_numbers(text.removeprefix("@"), subject)
    if text.startswith("@"):
        patch = _patch_at(values, layout, grid, shape, subject)
    elif len(values) == len(layout.grid) and all(value == int(value) for value in values):
        patch = tuple(int(value) for value in values)
    else:
        raise MethodError(
            subject, f"a patch has {len(layout.grid)} integer indices", "give them, or write @X,Y,Z"
        )
    if not all(0 <= index < size for index, size in zip(patch, layout.grid, strict=True)):
        size = "×".join(str(number) for number in layout.grid)
        problem = "the point lies outside" if text.startswith("@") else "the patch lies outside"
        raise MethodError(subject, f"{problem} the network's {size} patches")
    index = layout.num_prefix_tokens + int(np.ravel_multi_index(patch, layout.grid))
    return Query(index, f"read at the patch {', '.join(str(number) for number in patch)}")


def _parse_numbers(text: str, subject: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or not all(math.isfinite(value) for value in values):
        raise MethodError(subject, "no such query", f"choose {CLASS}, {MEAN}, I,J,K or @X,Y,Z")
    return values


def _patch_at(
    point: tuple[float, ...], layout: TokenLayout, grid: Grid | None, shape: tuple[int, ...], subject: str
) -> tuple[int, ...]:
    """Return the indices of the patch at a point in mm; they may lie outside the patches."""
    if grid is None:
        raise MethodError(subject, "a bare tensor has no positions in mm", "give the patch as I,J,K")
    if len(point) != 3:
        raise MethodError(subject, "a point has three coordinates", "write @X,Y,Z")
    return tuple(
        math.floor((position + 0.5) * count / size)
        for position, count, size in zip(grid.to_voxel(point), layout.grid, shape, strict=False)
    )
