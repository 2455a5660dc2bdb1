"""Whether a softmax is along the classes of what a network gives back, after its values are moved.

A softmax of three heads with two classes each, flattened into six outputs, is none of six classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch


def softmax_groups(shape: Sequence[int], dim: int) -> torch.Tensor:
    """Number the softmaxes in a tensor: of ``shape``, equal where values add up to 1 along ``dim``.

    It takes memory for one value a softmax. To see where they go, move it as the tensor is moved.
    """
    others = [size for axis, size in enumerate(shape) if axis != dim % len(shape)]
    numbers = torch.arange(math.prod(others)).reshape(others)
    return numbers.unsqueeze(dim % len(shape)).expand(tuple(shape))


def is_along_classes(groups: torch.Tensor, count: int) -> bool:
    """Whether each softmax, of ``count`` values, is that of one sample's classes, at one place.

    Parameters
    ----------
    groups
        What `softmax_groups` gave, moved as the softmax was: (N, outputs, ...).
    count
        The size of the axis along which the softmax is.
    """
    return groups.dim() > 1 and groups.shape[1] == count and bool((groups == groups[:, :1]).all())
