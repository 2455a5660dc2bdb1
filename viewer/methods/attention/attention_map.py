"""Attention map of one head of one layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.attention.attention_method import AttentionMethod, reshape_to_heads
from viewer.methods.base import ExplanationRequest, parameter

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class AttentionMap(AttentionMethod):
    """Row q of A = softmax(Q Kᵀ / √d), the attention of one head (Vaswani et al. 2017)."""

    name: ClassVar[str] = "attention"
    title: ClassVar[str] = "Attention of a head"
    source: ClassVar[str] = "Vaswani et al. 2017, on scaled dot-product attention"
    description: ClassVar[str] = "which patches a query token attends to, in one layer"
    limitations: ClassVar[str] = (
        "say what the output depends on: it considers neither the values that are weighted nor the later "
        "layers"
    )
    not_for: ClassVar[str] = (
        "As an explanation of the output: it shows the routing in one layer, not how its result is used."
    )
    accepts_layer: ClassVar[bool] = True
    zero_map_reason: ClassVar[str] = "the query attends to no patch"

    head: str = parameter("mean", "head of the layer, counted from 0, or mean for the mean over all heads")

    @property
    def map_title(self) -> str:
        """Title with the head and the query."""
        return ", ".join(["Attention", self._heads_text, *([f"query {self.query}"] if self.query else [])])

    def choose_layers(
        self, request: ExplanationRequest, graph: OperatorGraph, names: tuple[str, ...]
    ) -> tuple[tuple[str, ...], str]:
        """Return the node of the chosen layer, by default the last.

        Raises
        ------
        MethodError
            The layer names no attention, or several.
        """
        from viewer.methods.attention.token_layout import attention_labels, resolve_attention

        labels = attention_labels(graph)
        if request.layer is None:
            return names[-1:], f"at {labels[-1]}, the last attention, {self._heads_text}"
        name = resolve_attention(graph, request.layer)
        if name is None:
            raise MethodError(
                f"layer {request.layer}",
                "names no attention layer, or several",
                f"choose one of {', '.join(labels)}",
            )
        return (name,), f"at {labels[names.index(name)]}, {self._heads_text}"

    @property
    def _heads_text(self) -> str:
        return "the mean over its heads" if self.head == "mean" else f"head {self.head}"

    def join_layers(
        self, request: ExplanationRequest, graph: OperatorGraph, names: tuple[str, ...]
    ) -> torch.Tensor:
        """Return the attention of the head, or the mean over the heads; every row sums to 1.

        Raises
        ------
        MethodError
            The layer has no such head.
        """
        from viewer.models.graph.interpreter import compute_values

        heads = reshape_to_heads(compute_values(graph, request.x, names, request.progress)[names[0]])
        if self.head == "mean":
            return heads.mean(0)
        if not self.head.isdecimal() or int(self.head) >= len(heads):
            raise MethodError(
                f"{self.name}, head {self.head}", "no such head", f"choose 0 to {len(heads) - 1}, or mean"
            )
        return heads[int(self.head)]
