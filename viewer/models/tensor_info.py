"""The tensors of a weights file as a list: names, kinds and shapes, without reading their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

PREFIXES = ("module.", "model.", "net.", "network.", "_orig_mod.")
"""What training programs put before every name: DataParallel, Lightning, torch.compile."""


@dataclass(frozen=True)
class TensorInfo:
    """One tensor: its kind of number, as torch names it, its shape, and another whose numbers it shares."""

    dtype: str
    shape: tuple[int, ...]
    shares_with: str = ""

    @property
    def numel(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)


def tensor_shapes(tensors: Mapping[str, TensorInfo]) -> dict[str, tuple[int, ...]]:
    """Name to shape."""
    return {name: tensor.shape for name, tensor in tensors.items()}


def strip_prefixes(names: list[str], drop_others: bool) -> dict[str, str]:
    """Every name without the wrappers that training programs put before it: old name to new.

    A wrapper goes when all names have it. With ``drop_others`` it goes when most have it, and names without
    it are left out: a Lightning checkpoint keeps its losses' and metrics' tensors beside the network's.
    """
    renamed = {name: name for name in names}
    while renamed:
        found = None
        for wrapper in PREFIXES:
            having = [old for old, new in renamed.items() if new.startswith(wrapper) and new != wrapper]
            enough = len(having) * 2 > len(renamed) if drop_others else len(having) == len(renamed)
            if enough:
                found = {old: renamed[old][len(wrapper) :] for old in having}
                break
        if found is None:
            break
        renamed = found
    return renamed
