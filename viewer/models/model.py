"""A network ready to be explained."""

from __future__ import annotations

import copy
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from viewer.errors import ModelError
from viewer.models.model_card import Card, ModelKind
from viewer.models.output_meaning import LINEAR, Ending, OutputMeaning, decide_output, output_counts

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph
    from viewer.models.graph.lowering.aten_call import CaptureError
    from viewer.models.preprocessing import PreparedInput
    from viewer.scans.scan import Scan


class Model:
    """A network, its card, and where both came from. The network is never changed.

    Parameters
    ----------
    module : torch.nn.Module
        A private copy in evaluation mode whose parameters ask for no gradient.
    card : Card
        What it is and what it wants.
    hash : str
        SHA-256 of the weights file, or of the weights themselves for a module from memory.
    path : Path, optional
        The weights file, if any.
    no_graph_reason : str
        Why no operator graph can be made of it, such as "TorchScript"; empty where one may be.
    notes : tuple of str
        What a reader of any of its answers should know, such as which of several outputs is explained.

    Examples
    --------
    >>> import torch
    >>> import viewer
    >>> network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(8, 2))
    >>> model = viewer.Model.from_module(network, torch.zeros(1, 1, 2, 2, 2))
    >>> model.card.classes
    ('0', '1')
    """

    def __init__(
        self,
        module: torch.nn.Module,
        card: Card,
        hash: str,  # noqa: A002  the word for it
        path: Path | None = None,
        no_graph_reason: str = "",
        notes: tuple[str, ...] = (),
    ) -> None:
        self.card = card
        self.hash = hash
        self.path = path
        self.no_graph_reason = no_graph_reason
        self.notes = notes
        self._modules = {"cpu": module}
        self._device_lock = threading.Lock()
        self._graphs: dict[tuple[object, ...], OperatorGraph] = {}
        self._ending: Ending | None = None
        self._capture_errors: dict[tuple[object, ...], CaptureError] = {}
        self._capture_lock = threading.Lock()

    @classmethod
    def from_module(
        cls,
        module: torch.nn.Module,
        example: torch.Tensor,
        card: Card | None = None,
        answer: str | int | None = None,
    ) -> Self:
        """Any module, as it is: a copy of it and its weights is made, and the module is left alone.

        What is done to the module afterwards changes nothing here, and the hash stays that of the copy.

        Parameters
        ----------
        module
            Takes one tensor (N, C, spatial...) and answers (N, outputs), (N,), or (N, outputs, spatial...),
            alone or among others in a tuple, list or dictionary.
        example
            One input of the shape it takes.
        card
            Names and wishes; without one, classes are numbered and tensors are taken as they are.
        answer
            Which of several tensors it gives back is explained: its key, or its number from 0. None takes the
            one that is clearly the answer, and a note says which.

        Raises
        ------
        ModelError
            The module cannot be copied, takes several inputs, does not take the example, or none of what it
            gives back is clearly its answer.
        """
        from viewer.models.from_module import convert_example, copy_module, resolve_output
        from viewer.models.state_dict import hash_state_dict

        private = copy_module(module)
        x = convert_example(private, example)
        outputs, note = resolve_output(private, x, output_counts(card) if card is not None else (), answer)
        if card is None:
            card = Card(
                name=type(module).__name__,
                classes=tuple(str(index) for index in range(outputs.shape[1])),
                kind=ModelKind.SEGMENTATION if outputs.dim() > 2 else ModelKind.CLASSIFICATION,
            )
        return cls(private, card, hash_state_dict(private.state_dict()), notes=(note,) if note else ())

    @property
    def dtype(self) -> torch.dtype:
        """The kind of number it computes with."""
        from viewer.models.from_module import module_dtype

        return module_dtype(self._modules["cpu"])

    def module(self, device: torch.device | str = "cpu") -> torch.nn.Module:
        """The network on a device; moved there once, and shared by all who ask."""
        key = str(device)
        with self._device_lock:
            if key not in self._modules:
                self._modules[key] = copy.deepcopy(self._modules["cpu"]).to(device)
            return self._modules[key]

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs before any softmax, shape (N, classes, ...); differentiable in ``x`` alone.

        The registered architectures end in logits. Of any other network a final softmax or sigmoid is left
        out, by its operator graph or, where none can be made, while it runs; of TorchScript it is part of the
        outputs. Of a regression it always is: the value is what the network answers.
        A network that normalises by the statistics of the batch is run for one sample at a time.
        """
        if self.card.registered or self.no_graph_reason or self._keeps_ending:
            parts = self._split_batch(x)
            return _concatenate([self._select_output(self.module(x.device)(part), part) for part in parts])
        if not self.why_no_graph(x):
            from viewer.models.graph.interpreter import run

            graph = self.graph(x)
            if graph.input.shape[0] in (None, len(x)):
                return run(graph, x)
        from viewer.models.ending_tracer import EndingTracer

        answers = []
        for part in self._split_batch(x):
            ending = EndingTracer(self.module(x.device).buffers())
            with ending:
                given = self._select_output(self.module(x.device)(part), part)
                answer, name = ending.find_input(given)
            self._ending = Ending(name, range=ending.range_of(given))
            answers.append(answer)
        return _concatenate(answers)

    def _split_batch(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The batch whole, or sample by sample where a layer takes the statistics of the batch."""
        mixes = len(x) > 1 and any(_mixes_samples(part) for part in self.module(x.device).modules())
        return tuple(x[number : number + 1] for number in range(len(x))) if mixes else (x,)

    def _select_output(self, answer: object, x: torch.Tensor) -> torch.Tensor:
        """The tensor (N, outputs, ...) that is the answer among all that the network gives back.

        Raises
        ------
        ModelError
            None of them clearly is.
        """
        import torch

        from viewer.models.output_selection import OutputCandidate, flatten_outputs, select_output

        if not isinstance(answer, torch.Tensor):
            there = dict(flatten_outputs(answer))
            candidates = [OutputCandidate(label, tuple(tensor.shape)) for label, tensor in there.items()]
            found, note = select_output(candidates, output_counts(self.card), None, self.card.name)
            self._add_note(note)
            answer = there[found.label]
        return answer.unsqueeze(1) if answer.shape == x.shape[:1] else answer

    def _add_note(self, note: str) -> None:
        """Keep a sentence for whoever reads an answer."""
        if note and note not in self.notes:
            self.notes = (*self.notes, note)

    def output_meaning(self, outputs: torch.Tensor, x: torch.Tensor) -> OutputMeaning:
        """Decide what the ``outputs`` (N, outputs, ...) that `logits` gave for ``x`` mean.

        Raises
        ------
        ModelError
            The card contradicts the network.
        """
        return decide_output(self.card, outputs.shape[1], self._find_ending(x), outputs)

    @property
    def _keeps_ending(self) -> bool:
        """Whether a final softmax or sigmoid is part of what is explained."""
        return self.card.kind is ModelKind.REGRESSION and not self.card.values

    def _find_ending(self, x: torch.Tensor) -> Ending:
        """How the network ends for inputs like ``x``."""
        import torch

        if self._ending is None and (self.card.registered or self._keeps_ending):
            self._ending = LINEAR
        if self._ending is None and self.no_graph_reason:
            from viewer.models.torchscript_ending import torchscript_ending

            self._ending = torchscript_ending(self.module())
        if self._ending is None:
            self.why_no_graph(x)  # tells it
        if self._ending is None:
            with torch.no_grad():
                self.logits(x[:1].clone())  # tells it, too
        assert self._ending is not None
        return self._ending

    def why_no_graph(self, x: torch.Tensor) -> str:
        """Why no operator graph can be made of the network for inputs like ``x``; empty where one can be."""
        from viewer.models.graph.lowering.aten_call import CaptureError

        if self.no_graph_reason:
            return self.no_graph_reason
        try:
            self.graph(x)
        except CaptureError as error:
            return f"{error.subject} {error.problem}"
        return ""

    def graph(self, x: torch.Tensor) -> OperatorGraph:
        """The network as an operator graph for inputs like ``x``: of its size, precision and device.

        It ends before a final softmax or sigmoid, but for that of a regression. Captured once for a size, and
        shared by all who ask.

        Raises
        ------
        ModelError
            No graph can be made of the network; the line says why.
        """
        import torch

        from viewer.models.graph.capture import capture
        from viewer.models.graph.ending import ending_of
        from viewer.models.graph.lowering.aten_call import CaptureError
        from viewer.models.graph.passes import keep_one_output, strip_final_activation
        from viewer.models.graph_module import GraphModule

        if self.no_graph_reason:
            raise ModelError(
                self.card.name,
                f"{self.no_graph_reason} gives no operator graph",
                "take a method that needs none",
            )
        kind = (tuple(x.shape[1:]), x.dtype)
        with self._capture_lock:
            if kind in self._capture_errors:
                # Asked for again and again, such as by methods that run the network hundreds of times.
                known = self._capture_errors[kind]
                raise CaptureError(known.subject, known.problem, known.remedy)
            if kind not in self._graphs:
                network = self.module()
                if isinstance(network, GraphModule):
                    captured = network.graph
                else:
                    example = torch.zeros((1, *x.shape[1:]), dtype=x.dtype)
                    try:
                        captured = capture(network, example)
                    except CaptureError as error:
                        self._capture_errors[kind] = error.with_traceback(None)
                        raise
                captured, note = keep_one_output(captured, output_counts(self.card), self.card.name)
                self._add_note(note)
                keeps = self._keeps_ending
                self._ending = LINEAR if keeps else ending_of(captured)
                whole = captured if keeps else strip_final_activation(captured)
                self._graphs[kind] = whole
            if x.device.type == "cpu":
                return self._graphs[kind]
            there = (*kind, str(x.device))
            if there not in self._graphs:
                self._graphs[there] = self._graphs[kind].to(x.device)
            return self._graphs[there]

    def prepare(self, scan: Scan) -> PreparedInput:
        """The scan on the network's grid, with the intensities the card asks for.

        Raises
        ------
        ModelError
            The card says neither grid nor intensities, or the scan cannot be brought there.
        """
        from viewer.models.preprocessing import prepare

        found = prepare(scan, self.card)
        notes = (*found.notes, *self.notes)
        return replace(found, tensor=found.tensor.to(self.dtype), notes=notes)


def _concatenate(answers: list[torch.Tensor]) -> torch.Tensor:
    """The answers for parts of a batch as one."""
    import torch

    return torch.cat(answers) if len(answers) > 1 else answers[0]


def _mixes_samples(module: torch.nn.Module) -> bool:
    """Whether a layer is a batch norm without stored statistics, which takes those of the batch."""
    name = getattr(module, "original_name", type(module).__name__)  # what a TorchScript module was
    return "BatchNorm" in name and getattr(module, "running_mean", None) is None
