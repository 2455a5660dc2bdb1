"""Check that a softmax is over the classes of a network's output, even if its values were reshaped.

A softmax over two classes in each of three heads, flattened to six outputs, is not one over six classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch


def softmax_groups(shape: Sequence[int], dim: int) -> torch.Tensor:
    """Return group numbers of ``shape``: equal for values that a softmax along ``dim`` makes add up to 1.

    It is an expanded view with one value in memory per group. Reshaped like the softmax's output, it shows
    the position of each group.
    """
    other_sizes = [size for axis, size in enumerate(shape) if axis != dim % len(shape)]
    numbers = torch.arange(math.prod(other_sizes)).reshape(other_sizes)
    return numbers.unsqueeze(dim % len(shape)).expand(tuple(shape))


def is_along_classes(groups: torch.Tensor, count: int) -> bool:
    """Return whether each softmax, of ``count`` values, is over one sample's classes, at one position.

    Parameters
    ----------
    groups
        Result of `softmax_groups`, reshaped like the softmax's output: (N, outputs, ...).
    count
        Size of the softmax's axis.
    """
    return groups.dim() > 1 and groups.shape[1] == count and bool((groups == groups[:, :1]).all())
