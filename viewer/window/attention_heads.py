"""Background task of the layer panel: the heads of an attention layer, and the patches a query attends to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.window.layer_tasks import CapturedNetwork, ChannelThumbnails, make_channel_thumbnails

if TYPE_CHECKING:
    import torch

    from viewer.methods.attention.token_layout import TokenLayout
    from viewer.models.preprocessing import PreparedInput
    from viewer.progress import Progress


@dataclass(frozen=True, eq=False)
class AttentionHeads:
    """Attention weights of one layer for one scan.

    Parameters
    ----------
    weights
        (heads, tokens, tokens), float32, on the CPU.
    means
        (heads, tokens): mean over all queries.
    layout
        Layout of the tokens.
    prepared
        Input of the network.
    """

    weights: torch.Tensor
    means: torch.Tensor
    layout: TokenLayout
    prepared: PreparedInput

    @property
    def count(self) -> int:
        """Number of heads."""
        return len(self.weights)

    def thumbnails(self, query: str, max_size: int) -> ChannelThumbnails:
        """Return the attention of the query: first the mean over the heads, then each head.

        Raises
        ------
        MethodError
            There is no such query token.
        """
        import torch

        from viewer.methods.attention.attention_map import AttentionMap
        from viewer.methods.attention.query import parse_query

        shape = tuple(self.prepared.tensor.shape[2:])
        selection = parse_query(query, self.layout, self.prepared.grid, shape, AttentionMap.name)
        rows = self.means if selection.index is None else selection.select_row(self.weights)
        rows = torch.cat([rows.mean(0, keepdim=True), rows])
        volumes = self.layout.to_volume(rows[..., None])[:, 0]
        return make_channel_thumbnails(volumes.numpy(), self.prepared, max_size)


def compute_attention_heads(
    network: CapturedNetwork, layer: str, device: str, progress: Progress
) -> AttentionHeads | None:
    """Compute the attention weights of a layer for the scan.

    Return None for a layer that is not an attention layer, or whose output is a volume: its channels can be
    shown instead.

    Raises
    ------
    ModelError
        The layer's tokens are not the patches of one grid.
    ViewerError
        There is no such device, or memory runs out.
    """
    from viewer.jobs.device import select_device
    from viewer.jobs.memory import out_of_memory_as_error
    from viewer.methods.attention.attention_method import reshape_to_heads
    from viewer.methods.attention.token_layout import find_token_layout, resolve_attention
    from viewer.models.graph.interpreter import compute_values

    prepared = network.prepared_input
    assert prepared is not None
    graph = network.model.graph(prepared.tensor)
    name = resolve_attention(graph, layer)
    output_name = graph.resolve_layer(layer)
    if name is None or (
        name != output_name and len(graph.by_name[output_name].shape or ()) == prepared.tensor.dim()
    ):
        return None
    layout = find_token_layout(graph, prepared.tensor, (name,))
    if layout is None:
        raise ModelError(
            layer, "its attention is computed within windows, so no head gives a map of the whole scan"
        )
    with out_of_memory_as_error():
        x = prepared.tensor.to(select_device(device))
        weights = reshape_to_heads(compute_values(graph, x, (name,), progress)[name]).detach().float().cpu()
        return AttentionHeads(weights, weights.mean(1), layout, prepared)
