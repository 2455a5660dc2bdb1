"""Tensors of a weights file: names, dtypes and shapes, without reading their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

PREFIXES = ("module.", "model.", "net.", "network.", "_orig_mod.")
"""Prefixes that training programs add to every name: DataParallel, Lightning, torch.compile."""


@dataclass(frozen=True)
class TensorInfo:
    """One tensor: its dtype as torch names it, its shape, and the tensor that it shares values with."""

    dtype: str
    shape: tuple[int, ...]
    shares_with: str = ""

    @property
    def numel(self) -> int:
        """Number of elements."""
        return prod(self.shape)


def tensor_shapes(tensors: Mapping[str, TensorInfo]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor by name."""
    return {name: tensor.shape for name, tensor in tensors.items()}


def strip_prefixes(names: list[str], drop_others: bool) -> dict[str, str]:
    """Return every name without the prefixes that training programs add: old name to new.

    A prefix is removed if all names have it. With ``drop_others``, it is removed if most have it, and names
    without it are dropped: a Lightning checkpoint may also contain tensors of losses and metrics.
    """
    renamed = {name: name for name in names}
    while renamed:
        shortened = None
        for wrapper in PREFIXES:
            matching = [
                original
                for original, current in renamed.items()
                if current.startswith(wrapper) and current != wrapper
            ]
            enough = len(matching) * 2 > len(renamed) if drop_others else len(matching) == len(renamed)
            if enough:
                shortened = {original: renamed[original][len(wrapper) :] for original in matching}
                break
        if shortened is None:
            break
        renamed = shortened
    return renamed
