"""Concept relevance propagation (CRP): the part of the output that passes through channels of one layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.base import Attribution, ExplanationRequest, PerSampleMethod, parameter
from viewer.methods.cam import choose_default_layer
from viewer.methods.graph_attribution import sum_in_float64
from viewer.methods.lrp import LRPComposite, linearised_notes
from viewer.number_format import format_count, format_share

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class ConceptRelevance(PerSampleMethod, LRPComposite):
    """R(x | θ): LRP in which only the channels θ of one layer pass on their relevance.

    At the layer, R_j ← R_j for channels j in θ and 0 for all others (Achtibat et al. 2023, Methods, with the
    channels of one layer as concepts). No relevance bypasses the layer, so the maps of all channels sum to
    the relevance that LRP propagates through the layer. A map sums to the relevance of its channels, minus
    the relevance absorbed by biases and stabilisers below the layer.
    """

    name: ClassVar[str] = "crp"
    title: ClassVar[str] = "Concept relevance (CRP)"
    source: ClassVar[str] = "Achtibat et al. 2023, Methods; rules: Montavon et al. 2019, section 10.3"
    description: ClassVar[str] = (
        "each voxel's share of the output that passes through the chosen channels of a layer"
    )
    limitations: ClassVar[str] = (
        "say what a channel stands for: look at its feature visualization, or at its maps for several scans"
    )
    not_for: ClassVar[str] = (
        "Without a reason for the choice of channels: most channels explain a small part of the output."
    )

    channel: str = parameter(
        "",
        "numbers of the layer's channels, such as 7 or 7,12; if empty, the most relevant channel. "
        '"saliency-viewer channels" ranks them',
    )

    @property
    def map_title(self) -> str:
        """Title of the map, with the channels if they are named."""
        if not self.channel.strip():
            return self.title
        return f"{self.title}, {_name_channels(self.channel.split(','))}"

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute relevance of the shape of ``request.x``, in units of the output, with its residual."""
        from viewer.models.graph.backward import backward
        from viewer.scans.provenance import Residual

        first, second = request.progress.subtask(0.0, 0.5), request.progress.subtask(0.5, 1.0)
        layer, relevance, notes = self.layer_relevance(replace(request, progress=first))
        sums = channel_sums(relevance, request.x)
        chosen = self._select_channels(layer, sums)
        axis = channel_axis(relevance, request.x)
        masked = relevance.new_zeros(relevance.shape)
        for channel in chosen:
            masked.select(axis, channel).copy_(relevance.select(axis, channel))
        graph = self.build_graph(request)
        table = self.backward_rules(graph, request)
        values = backward(graph, request.x, lambda _: masked, table, second, start=layer).relevance
        absorbed = table.absorption.total
        expected = sum_in_float64(masked) - absorbed.total
        residual = Residual("conservation", expected, sum_in_float64(values), absorbed)
        total = float(sums.abs().sum())
        share = float(sums[chosen].abs().sum()) / total if total else 0.0
        note = (
            f"what passes through {_name_channels(chosen)} of {layer}: "
            f"{format_share(share, unit='%')} of the |relevance| of its {format_count(len(sums), 'channel')}"
        )
        if not self.channel.strip():
            note += "; the most relevant one was taken, as none is named"
        return Attribution(values, residual, (note, *notes, *linearised_notes(table)))

    def layer_relevance(self, request: ExplanationRequest) -> tuple[str, torch.Tensor, tuple[str, ...]]:
        """Return the layer's name, the relevance of its units (in the layer's shape), and notes.

        The notes are about the choice of the layer and about operators without a rule.
        """
        graph = self.build_graph(request)
        layer, why = self._resolve_layer(request, graph)
        table = self.backward_rules(graph, request)
        start = partial(self.start_relevance, request.target)
        result, _ = self.propagate(replace(request, layer=layer), graph, table, start)
        notes = (f"{layer} is {why}",) if why else ()
        return layer, result.relevance, (*notes, *linearised_notes(table))

    def _resolve_layer(self, request: ExplanationRequest, graph: OperatorGraph) -> tuple[str, str]:
        if request.layer is not None:
            return request.layer, ""
        return choose_default_layer(graph, request)

    def _select_channels(self, layer: str, sums: torch.Tensor) -> list[int]:
        """Return the channels to keep: those given, or the one with the largest |relevance|.

        Raises
        ------
        MethodError
            The parameter does not list channels of the layer.
        """
        if not self.channel.strip():
            return [int(sums.abs().argmax())]
        parts = [part.strip() for part in self.channel.split(",")]
        if not all(part.isdecimal() for part in parts):
            raise MethodError(
                self.name, f"{self.channel!r} is not a channel", "write channel=7 or channel=7,12"
            )
        numbers = list(dict.fromkeys(map(int, parts)))
        missing = [number for number in numbers if number >= len(sums)]
        if missing:
            raise MethodError(
                self.name, f"{layer} has no channel {missing[0]}", f"it has 0 to {len(sums) - 1}"
            )
        return numbers


def _name_channels(channels: Sequence[object]) -> str:
    """Return channels as text: ``channel 7`` or ``channels 7, 12``."""
    numbers = ", ".join(str(channel).strip() for channel in channels)
    return f"channels {numbers}" if len(channels) > 1 else f"channel {numbers}"


def channel_axis(values: torch.Tensor, x: torch.Tensor) -> int:
    """Return the axis of the channels in a layer's values: the last for tokens, else the second."""
    return 2 if values.dim() == 3 and x.dim() > 3 else 1


def channel_sums(relevance: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return each channel's relevance for one sample, summed over its units: float64 (channels,)."""
    values = relevance.cpu() if relevance.device.type == "mps" else relevance
    return values.double().movedim(channel_axis(values, x), 0).flatten(1).sum(1).cpu()
