"""What every method on the operator graph shares: where it begins, where it ends, and what must come out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.method import Attribution, Method, Needs, Question, parameter

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.nodes import OperatorGraph
    from viewer.models.graph.reverse import Reversed
    from viewer.models.graph.rules import Rules
    from viewer.scans.provenance import Residual


@dataclass(frozen=True)
class Beginning:
    """Where relevance starts: the target's output, or one layer's channel (or all of its channels)."""

    layer: str | None = None
    channel: int | None = None

    @classmethod
    def read(cls, text: str, method: str) -> Beginning:
        """From ``PATH`` or ``PATH:CHANNEL``; an empty text is the target's output.

        Raises
        ------
        MethodError
            The channel is no number.
        """
        if not text:
            return cls()
        layer, colon, channel = text.rpartition(":")
        if not colon:
            return cls(text)
        if not channel.isdecimal():
            raise MethodError(method, f"{channel!r} is no channel", "write begin=PATH:CHANNEL")
        return cls(layer, int(channel))

    def mask(self, value: torch.Tensor, question: Question, method: str) -> torch.Tensor:
        """1 where relevance starts and 0 elsewhere, of the shape of ``value``: (N, channels, ...).

        Raises
        ------
        MethodError
            The layer has no such channel.
        """
        import torch

        if self.layer is None:
            return question.target.mask(value)
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
class LayerwiseMethod(Method):
    """Base of the methods that carry a value back through the operator graph.

    ``Question.layer`` is where it ends: the map is then that layer's, its channels summed, drawn on the
    input's grid.
    """

    needs: ClassVar[frozenset[Needs]] = frozenset({Needs.GRAPH})
    takes_layer: ClassVar[bool] = True

    begin: str = parameter(
        "",
        "start from a layer, PATH, or from one of its channels, PATH:CHANNEL, instead of the target",
    )

    @abstractmethod
    def rules(self, graph: OperatorGraph, question: Question) -> Rules:
        """The rule of every operator of the graph."""

    @property
    def start(self) -> Beginning:
        """Where relevance starts.

        Raises
        ------
        MethodError
            The channel is no number.
        """
        return Beginning.read(self.begin, self.name)

    def graph(self, question: Question) -> OperatorGraph:
        """The graph that is explained."""
        return question.model.graph(question.x)

    def carried(
        self,
        question: Question,
        graph: OperatorGraph,
        rules: Rules,
        start: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        reference: torch.Tensor | None = None,
    ) -> tuple[Reversed, torch.Tensor]:
        """Run forward and carry ``start(value, mask)`` back; the answer, and what was started with.

        ``reference`` is run, too, where rules compare the input with one.
        """
        from viewer.models.graph.reverse import reverse

        where = self.start
        started: list[torch.Tensor] = []

        def begin(value: torch.Tensor) -> torch.Tensor:
            started.append(start(value, where.mask(value, question, self.name)))
            return started[0]

        ends = () if question.layer is None else (question.layer,)
        found = reverse(
            graph,
            question.x,
            begin,
            rules,
            question.progress,
            begin=where.layer,
            ends=ends,
            reference=reference,
        )
        return found, started[0]

    def answered(
        self, question: Question, values: torch.Tensor, residual: Residual | None, notes: tuple[str, ...] = ()
    ) -> Attribution:
        """The map in the input's shape; a layer's map is brought onto the input's grid."""
        if question.layer is None:
            return Attribution(values, residual, notes)
        line = f"the map is that of {question.layer}, enlarged to the input's grid"
        return Attribution(on_input_grid(values, question), residual, (line, *notes))


def on_input_grid(values: torch.Tensor, question: Question) -> torch.Tensor:
    """A layer's values (N, C, spatial...), channels summed, enlarged (linear) to the input's: (N, 1,
    spatial...).

    Raises
    ------
    MethodError
        The layer has no spatial axes left.
    """
    import torch

    rank = question.x.dim() - 2
    if values.dim() != question.x.dim() or rank < 1:
        raise MethodError(
            f"layer {question.layer}", "it has no place in space", "take a layer before the network flattens"
        )
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[rank]
    summed = values.sum(1, keepdim=True)
    return torch.nn.functional.interpolate(summed, question.x.shape[2:], mode=mode, align_corners=False)


def total(values: torch.Tensor) -> float:
    """The sum in float64, on the CPU where the device knows no float64."""
    import torch

    values = values.cpu() if values.device.type == "mps" else values
    return float(values.sum(dtype=torch.float64))
