"""Base class of methods on the operator graph: start layer, end layer, and the expected sum."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.base import Attribution, ExplanationRequest, Method, Requirement, parameter

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.backward_rules import Rules
    from viewer.models.graph.graph import OperatorGraph
    from viewer.models.graph.propagate import BackwardResult
    from viewer.scans.provenance import Residual


@dataclass(frozen=True)
class StartPoint:
    """Start of the backward pass: the target's output, or one layer's channel (or all of its channels)."""

    layer: str | None = None
    channel: int | None = None

    @classmethod
    def parse(cls, text: str, method: str) -> StartPoint:
        """Parse ``PATH`` or ``PATH:CHANNEL``; an empty text is the target's output.

        Raises
        ------
        MethodError
            The channel is not a number.
        """
        if not text:
            return cls()
        layer, colon, channel = text.rpartition(":")
        if not colon:
            return cls(text)
        if not channel.isdecimal():
            raise MethodError(method, f"{channel!r} is not a channel", "write begin=PATH:CHANNEL")
        return cls(layer, int(channel))

    def mask(self, value: torch.Tensor, request: ExplanationRequest, method: str) -> torch.Tensor:
        """Return the start values, of the shape of ``value``: the target's gradient, or a one-hot tensor.

        Raises
        ------
        MethodError
            The layer has no such channel.
        """
        import torch

        if self.layer is None:
            return request.target.output_gradient(value)
        mask = torch.zeros_like(value)
        if self.channel is None:
            return mask.fill_(1)
        if self.channel >= value.shape[1]:
            raise MethodError(
                method, f"{self.layer} has no channel {self.channel}", f"it has 0 to {value.shape[1] - 1}"
            )
        mask[:, self.channel] = 1
        return mask


@dataclass(frozen=True)
class GraphMethod(Method):
    """Base class of methods that propagate a value backward through the operator graph.

    Propagation ends at ``ExplanationRequest.layer``: the map is then that layer's, summed over channels and
    upsampled to the input's grid.
    """

    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRAPH})
    accepts_layer: ClassVar[bool] = True

    begin: str = parameter(
        "",
        "start from a layer, PATH, or from one of its channels, PATH:CHANNEL, instead of the target",
    )

    @abstractmethod
    def backward_rules(self, graph: OperatorGraph, request: ExplanationRequest) -> Rules:
        """Return the rule of every operator of the graph."""

    @property
    def start_point(self) -> StartPoint:
        """Start of the backward pass.

        Raises
        ------
        MethodError
            The channel is not a number.
        """
        return StartPoint.parse(self.begin, self.name)

    def build_graph(self, request: ExplanationRequest) -> OperatorGraph:
        """Return the graph that is explained."""
        return request.model.graph(request.x)

    def propagate(
        self,
        request: ExplanationRequest,
        graph: OperatorGraph,
        rules: Rules,
        make_start: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        reference: torch.Tensor | None = None,
    ) -> tuple[BackwardResult, torch.Tensor]:
        """Run forward and propagate ``make_start(value, mask)`` backward; return the result and start values.

        ``reference`` is also run forward, for rules that compare the input with a reference.
        """
        from viewer.models.graph.backward import backward

        start_point = self.start_point
        relevances: list[torch.Tensor] = []

        def start_relevance(value: torch.Tensor) -> torch.Tensor:
            relevances.append(make_start(value, start_point.mask(value, request, self.name)))
            return relevances[0]

        stops = () if request.layer is None else (request.layer,)
        result = backward(
            graph,
            request.x,
            start_relevance,
            rules,
            request.progress,
            start=start_point.layer,
            stops=stops,
            reference=reference,
        )
        return result, relevances[0]

    def finish(
        self,
        request: ExplanationRequest,
        values: torch.Tensor,
        residual: Residual | None,
        notes: tuple[str, ...] = (),
    ) -> Attribution:
        """Return the map in the input's shape; a layer's map is upsampled to the input's grid."""
        if request.layer is None:
            return Attribution(values, residual, notes)
        note = f"the map is that of {request.layer}, enlarged to the input's grid"
        return Attribution(upsample_to_input(values, request), residual, (note, *notes))


def upsample_to_input(values: torch.Tensor, request: ExplanationRequest) -> torch.Tensor:
    """Upsample a layer's values (N, C, spatial...), summed over channels, to (N, 1, input's spatial...).

    Raises
    ------
    MethodError
        The layer has no spatial axes left.
    """
    import torch

    rank = request.x.dim() - 2
    if values.dim() != request.x.dim() or rank < 1:
        raise MethodError(
            f"layer {request.layer}", "it has no spatial axes", "choose a layer before the network flattens"
        )
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[rank]
    summed = values.sum(1, keepdim=True)
    return torch.nn.functional.interpolate(summed, request.x.shape[2:], mode=mode, align_corners=False)


def sum_in_float64(values: torch.Tensor) -> float:
    """Return the sum in float64, computed on the CPU where the device has no float64."""
    import torch

    values = values.cpu() if values.device.type == "mps" else values
    return float(values.sum(dtype=torch.float64))
