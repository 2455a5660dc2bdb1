"""Base class of methods based on attention weights, of one layer or of all layers combined."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.attention.query import QUERY_HELP
from viewer.methods.base import (
    Attribution,
    ExplanationRequest,
    Family,
    PerSampleMethod,
    Requirement,
    parameter,
)
from viewer.methods.graph_attribution import upsample_to_input

if TYPE_CHECKING:
    import torch

    from viewer.methods.attention.token_layout import TokenLayout
    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class AttentionMethod(PerSampleMethod):
    """Base class of methods that compute a matrix (tokens, tokens), whose row of the query is the map."""

    family: ClassVar[Family] = Family.ACTIVATION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRAPH, Requirement.ATTENTION})
    zero_map_reason: ClassVar[str] = "no attention raises the output"

    query: str = parameter("", QUERY_HELP)

    @abstractmethod
    def join_layers(
        self, request: ExplanationRequest, graph: OperatorGraph, names: tuple[str, ...]
    ) -> torch.Tensor:
        """Return the matrix (tokens, tokens) of one sample; ``names`` are the nodes of attention weights."""

    def choose_layers(
        self, request: ExplanationRequest, graph: OperatorGraph, names: tuple[str, ...]
    ) -> tuple[tuple[str, ...], str]:
        """Return which of the attention nodes ``names`` to use, and their description for a note."""
        del request, graph
        return names, f"over {len(names)} layer{'s' * (len(names) > 1)}"

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (1, 1, spatial...); it has no unit.

        Raises
        ------
        MethodError
            The network has no attention, or only windowed attention; or there is no such query.
        """
        from viewer.methods.attention.query import parse_query
        from viewer.methods.attention.token_layout import find_attention

        graph = request.model.graph(request.x)
        names = find_attention(graph)
        if not names:
            raise MethodError(self.name, "the network has no attention", "choose another method")
        names, description = self.choose_layers(request, graph, names)
        layout = require_layout(self.name, graph, request.x, names)
        query = parse_query(self.query, layout, request.grid, tuple(request.x.shape[2:]), self.name)
        joined = self.join_layers(request, graph, names)
        volume = layout.to_volume(query.select_row(joined)[None, :, None])
        return self.finish(request, volume, f"{description}, {query.text}", layout.dropped_note)

    def finish(
        self, request: ExplanationRequest, volume: torch.Tensor, description: str, dropped_note: str = ""
    ) -> Attribution:
        """Return the map of patch values (1, 1, grid); ``description`` describes the layers and the query."""
        size = "×".join(str(length) for length in volume.shape[2:])
        line = f"computed for patches ({size}) {description}, enlarged to the input's grid"
        zero = "" if bool(volume.any()) else f"the map is zero everywhere: {self.zero_map_reason}"
        notes = tuple(note for note in (line, dropped_note, zero) if note)
        return Attribution(upsample_to_input(volume, request), None, notes)


def require_layout(method: str, graph: OperatorGraph, x: torch.Tensor, names: tuple[str, ...]) -> TokenLayout:
    """Return the layout of the tokens that some attention nodes, ``names``, combine.

    Raises
    ------
    MethodError
        The tokens are not the patches of one grid, or their positions are unknown.
    """
    from viewer.methods.attention.token_layout import find_patch_grid, find_token_layout

    layout = find_token_layout(graph, x, names)
    if layout is not None:
        return layout
    if find_patch_grid(graph, x, graph.by_name[names[0]]) is None:
        problem = "the positions of its tokens in the image do not follow from the network's operators"
        raise MethodError(method, problem, "choose LRP, DeepLIFT or occlusion")
    raise MethodError(
        method,
        "the network's attention is not over all patches of one grid, as in networks with windowed attention",
        "choose LRP" if method == "attention-rollout" else "choose attention rollout, Grad-CAM or LRP",
    )


def reshape_to_heads(weights: torch.Tensor) -> torch.Tensor:
    """Return the attention weights of one sample as (heads, tokens, tokens)."""
    return weights.reshape(-1, *weights.shape[-2:])
