"""Base class of the methods that multiply the attention matrices of all layers."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.base import Attribution, ExplanationRequest, Family, PerSampleMethod, Requirement
from viewer.methods.graph_attribution import upsample_to_input

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class AttentionMethod(PerSampleMethod):
    """Base class: a matrix of tokens by tokens over all layers, read at the tokens that give the answer."""

    family: ClassVar[Family] = Family.ACTIVATION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRAPH, Requirement.ATTENTION})

    @abstractmethod
    def join_layers(
        self, request: ExplanationRequest, graph: OperatorGraph, names: tuple[str, ...]
    ) -> torch.Tensor:
        """Return the matrix (tokens, tokens) of one sample; ``names`` are the nodes of attention weights."""

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (1, 1, spatial...); it has no unit.

        Raises
        ------
        MethodError
            The network has no attention, or one over windows.
        """
        from viewer.methods.attention.token_layout import find_attention, find_token_layout

        graph = request.model.graph(request.x)
        names = find_attention(graph)
        if not names:
            raise MethodError(self.name, "the network has no attention", "choose another method")
        layout = find_token_layout(graph, request.x)
        if layout is None:
            raise MethodError(
                self.name,
                "the network's attention is not over all patches of one grid, as in networks with windows",
                "choose Grad-CAM or LRP",
            )
        joined = self.join_layers(request, graph, names)
        row = joined[0] if layout.before else joined.mean(0)
        volume = layout.to_volume(row[None, :, None])
        size = "×".join(str(number) for number in layout.grid)
        read = "read at the first token, the class token" if layout.before else "the mean over all tokens"
        line = f"computed for patches ({size}) over {len(names)} layers, {read}, enlarged to the input's grid"
        dropped = (layout.dropped,) if layout.dropped else ()
        zero = () if bool(volume.any()) else ("the map is zero everywhere: no attention raises the output",)
        return Attribution(upsample_to_input(volume, request), None, (line, *dropped, *zero))


def heads_of(weights: torch.Tensor) -> torch.Tensor:
    """Return the attention weights of one sample as (heads, tokens, tokens)."""
    return weights.reshape(-1, *weights.shape[-2:])
