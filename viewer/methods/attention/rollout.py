"""Attention rollout: the attention of all layers multiplied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.attention.attention_method import AttentionMethod, reshape_to_heads
from viewer.methods.attention.query import MEAN
from viewer.methods.base import Attribution, ExplanationRequest
from viewer.number_format import format_count

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class AttentionRollout(AttentionMethod):
    """R = Ã_L ⋯ Ã_1 with Ã = (Ā + I) / 2 and Ā the mean over the heads (Abnar and Zuidema 2020).

    Windowed attention, whose windows may be shifted and merged from layer to layer (Swin), is combined by
    `roll_out_windows`.
    """

    name: ClassVar[str] = "attention-rollout"
    title: ClassVar[str] = "Attention rollout"
    source: ClassVar[str] = "Abnar and Zuidema 2020, on attention rollout"
    description: ClassVar[str] = "which patches the attention of all layers reaches, whatever the output"
    limitations: ClassVar[str] = (
        "depend on the class, or say whether a patch is evidence for or against it: it uses no output, and "
        "treats the weighted values and the dense layers as equal"
    )
    not_for: ClassVar[str] = "To explain a class: the map is the same for every class."

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (1, 1, spatial...); it has no unit.

        Raises
        ------
        MethodError
            The network has no attention, or mixes tokens by other means; or there is no such query.
        """
        from viewer.methods.attention.token_layout import (
            find_attention,
            find_patch_volume,
            find_token_layout,
        )
        from viewer.methods.attention.windowed_rollout import roll_out_windows

        graph = request.model.graph(request.x)
        names = find_attention(graph)
        if not names or find_token_layout(graph, request.x, names) is not None:
            return super().explain_sample(request)
        patches = find_patch_volume(graph, request.x, graph.by_name[names[0]])
        if patches is None:
            return super().explain_sample(request)
        if self.query not in ("", MEAN):
            raise MethodError(
                f"{self.name}, query {self.query!r}",
                "windowed attention has no row for each patch of the image",
                "choose mean",
            )
        volume = roll_out_windows(graph, request.x, names, patches.name, request.progress)
        layers = f"over {format_count(len(names), 'layer')} of windows, the mean over all tokens of the last"
        return self.finish(request, volume, layers)

    def join_layers(
        self, request: ExplanationRequest, graph: OperatorGraph, names: tuple[str, ...]
    ) -> torch.Tensor:
        """Return the product over the layers, (tokens, tokens); every row sums to 1."""
        import torch

        from viewer.models.graph.interpreter import compute_values

        values = compute_values(graph, request.x, names, request.progress)
        joined: torch.Tensor | None = None
        for name in names:
            mean = reshape_to_heads(values[name]).mean(0)
            layer = (mean + torch.eye(len(mean), dtype=mean.dtype, device=mean.device)) / 2
            joined = layer if joined is None else layer @ joined
        assert joined is not None
        return joined
