"""Attention rollout: the attention of all layers multiplied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.attention.attention_method import AttentionMethod, heads_of
from viewer.methods.base import ExplanationRequest

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class AttentionRollout(AttentionMethod):
    """R = Ã_L ⋯ Ã_1 with Ã = (Ā + I) / 2 and Ā the mean over the heads (Abnar and Zuidema 2020)."""

    name: ClassVar[str] = "attention-rollout"
    title: ClassVar[str] = "Attention rollout"
    source: ClassVar[str] = "Abnar and Zuidema 2020, on attention rollout"
    description: ClassVar[str] = "which patches the attention of all layers reaches, whatever the output"
    limitations: ClassVar[str] = (
        "depend on the class, or say whether a patch speaks for or against it: it uses no output, and takes "
        "the values that attention weighs, and the dense layers, for equal"
    )

    def join_layers(
        self, request: ExplanationRequest, graph: OperatorGraph, names: tuple[str, ...]
    ) -> torch.Tensor:
        """Return the product over the layers, (tokens, tokens); every row sums to 1."""
        import torch

        from viewer.models.graph.interpreter import compute_values

        values = compute_values(graph, request.x, names, request.progress)
        joined: torch.Tensor | None = None
        for name in names:
            mean = heads_of(values[name]).mean(0)
            layer = (mean + torch.eye(len(mean), dtype=mean.dtype, device=mean.device)) / 2
            joined = layer if joined is None else layer @ joined
        assert joined is not None
        return joined
