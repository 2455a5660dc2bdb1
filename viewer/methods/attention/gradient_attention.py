"""Relevance of attention weighted by its gradient, over all layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.attention.attention_method import AttentionMethod, reshape_to_heads
from viewer.methods.base import ExplanationRequest

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class GradientAttention(AttentionMethod):
    """R ← R + Ā R from R = I, with Ā = E_h((∂S/∂A ⊙ A)⁺) (Chefer et al. 2021, eq. 5 and 6)."""

    name: ClassVar[str] = "gradient-attention"
    title: ClassVar[str] = "Gradient-weighted attention"
    source: ClassVar[str] = "Chefer et al. 2021, eq. 5 and 6"
    description: ClassVar[str] = "which patches are reached by the attention that raises the output"
    limitations: ClassVar[str] = (
        "show evidence against the output, as negative products are dropped, or be finer than a patch"
    )
    not_for: ClassVar[str] = "To find evidence against a class, or to outline findings smaller than a patch."

    def join_layers(
        self, request: ExplanationRequest, graph: OperatorGraph, names: tuple[str, ...]
    ) -> torch.Tensor:
        """Return R − I, (tokens, tokens): the relevance of tokens for one another, without the identity."""
        import torch

        from viewer.models.graph.backward import backward
        from viewer.models.graph.backward_rules import gradient_rules

        result = backward(
            graph, request.x, request.target.output_gradient, gradient_rules, request.progress, stops=names
        )
        identity: torch.Tensor | None = None
        for name in names:
            products = reshape_to_heads(result.values[name]) * reshape_to_heads(result.relevances[name])
            mean = products.clamp(min=0).mean(0)
            if identity is None:
                identity = torch.eye(len(mean), dtype=mean.dtype, device=mean.device)
                joined = identity
            joined = joined + mean @ joined
        assert identity is not None
        return joined - identity
