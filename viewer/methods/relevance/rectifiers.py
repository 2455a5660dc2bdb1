"""Rules of rectifiers for DeconvNet and guided backpropagation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from viewer.models.graph.nodes import Node
from viewer.models.graph.operators.operator import Gradients, Keep, Kept
from viewer.models.graph.operators.table import find

RECTIFIERS = frozenset({"relu", "leaky_relu", "prelu", "elu", "gelu", "silu", "softplus"})
"""The rectifier and its softer kin; the papers know the first alone."""


@dataclass(frozen=True)
class Deconvolution:
    """R⁺: only what is positive goes on (Zeiler and Fergus 2014)."""

    channelwise: ClassVar[bool] = True

    def keeps(self, node: Node, wanted: tuple[bool, ...]) -> Keep:
        """Nothing."""
        del node, wanted
        return Keep.NOTHING

    def backward(self, node: Node, relevance: torch.Tensor, kept: Kept) -> Gradients:
        """R⁺."""
        del node
        passed = relevance.clamp_(min=0) if kept.owned else relevance.clamp(min=0)
        return (passed, *(None,) * (len(kept.inputs) - 1))


@dataclass(frozen=True)
class Guided:
    """The derivative of R⁺: what is positive both ways (Springenberg et al. 2014)."""

    channelwise: ClassVar[bool] = True

    def keeps(self, node: Node, wanted: tuple[bool, ...]) -> Keep:
        """What the rectifier's derivative needs."""
        del wanted
        return find(node.operator).keeps

    def backward(self, node: Node, relevance: torch.Tensor, kept: Kept) -> Gradients:
        """The derivative of R⁺."""
        passed = relevance.clamp_(min=0) if kept.owned else relevance.clamp(min=0)
        return find(node.operator).backward(node.settings, passed, kept)
