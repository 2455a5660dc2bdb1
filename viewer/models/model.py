"""A network ready to be explained."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.card import Card, Kind
from viewer.models.output import LINEAR, Ending, OutputMeaning, decide_output, outputs_named
from viewer.scans.grid import Grid

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import OperatorGraph
    from viewer.models.graph.lowering.aten_call import CaptureError
    from viewer.scans.scan import Scan


@dataclass(frozen=True, eq=False)
class Prepared:
    """A scan as the network takes it, and the way back.

    ``tensor`` has the shape (1, C, spatial...) on the CPU, or (slices, C, X, Y) where a network in two
    dimensions is shown several. ``grid`` says where its voxels lie in mm, in the tensor's own axis order with
    the slices behind, so that a map on it can be carried back by the affine alone.
    """

    tensor: torch.Tensor
    grid: Grid
    notes: tuple[str, ...] = ()

    @property
    def slices(self) -> int:
        """How many slices of the scan the network is shown one after the other; 1 is all there is to see."""
        return len(self.tensor)

    def one(self, number: int | None = None) -> Prepared:
        """One slice alone, the middle one by default; the same where there are no others."""
        if self.slices == 1:
            return self
        number = self.slices // 2 if number is None else number
        affine = self.grid.affine.copy()
        affine[:3, 3] = self.grid.to_world((0, 0, number))
        return Prepared(self.tensor[number : number + 1], Grid((*self.grid.shape[:2], 1), affine), self.notes)

    def volume(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Values of the tensor's shape on the grid: channels summed, slices stacked along the third axis."""
        summed = np.asarray(values.sum(axis=1))
        return (np.moveaxis(summed, 0, -1) if self.slices > 1 else summed).reshape(self.grid.shape)

    def carry_back(self, values: npt.NDArray[np.float32], scan: Scan) -> npt.NDArray[np.float32]:
        """Values on the network's grid, resampled (trilinear) onto the scan's; zero outside.

        A single slice, of a network in two dimensions, fills the one layer of voxels that it was cut from.
        """
        from viewer.scans.resample import resample

        return resample(values.reshape(self.grid.shape), self.grid, scan.grid)


class Model:
    """A network, its card, and where both came from. The network is never changed.

    Parameters
    ----------
    module
        A private copy in evaluation mode whose parameters ask for no gradient.
    card
        What it is and what it wants.
    hash
        SHA-256 of the weights file, or of the weights themselves for a module from memory.
    path
        The weights file, if any.
    opaque
        Why no operator graph can be made of it, such as "TorchScript"; empty where one may be.
    notes
        What a reader of any of its answers should know, such as which of several outputs is explained.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        card: Card,
        hash: str,  # noqa: A002  the word for it
        path: Path | None = None,
        opaque: str = "",
        notes: tuple[str, ...] = (),
    ) -> None:
        self.card = card
        self.hash = hash
        self.path = path
        self.opaque = opaque
        self.notes = notes
        self._modules = {"cpu": module}
        self._moving = threading.Lock()
        self._graphs: dict[tuple[object, ...], OperatorGraph] = {}
        self._ending: Ending | None = None
        self._refusals: dict[tuple[object, ...], CaptureError] = {}
        self._capturing = threading.Lock()

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
        from viewer.models.from_memory import example_for, private_copy, settle_answer
        from viewer.models.weights import hash_of

        private = private_copy(module)
        x = example_for(private, example)
        outputs, note = settle_answer(private, x, outputs_named(card) if card is not None else (), answer)
        if card is None:
            card = Card(
                name=type(module).__name__,
                classes=tuple(str(index) for index in range(outputs.shape[1])),
                kind=Kind.SEGMENTATION if outputs.dim() > 2 else Kind.CLASSIFICATION,
            )
        return cls(private, card, hash_of(private.state_dict()), notes=(note,) if note else ())

    @property
    def dtype(self) -> torch.dtype:
        """The kind of number it computes with."""
        from viewer.models.from_memory import precision

        return precision(self._modules["cpu"])

    def module(self, device: torch.device | str = "cpu") -> torch.nn.Module:
        """The network on a device; moved there once, and shared by all who ask."""
        key = str(device)
        with self._moving:
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
        if self.card.registered or self.opaque or self._keeps_ending:
            parts = self._separable(x)
            return _joined([self._one_of(self.module(x.device)(part), part) for part in parts])
        if not self.without_graph(x):
            from viewer.models.graph.interpreter import run

            graph = self.graph(x)
            if graph.input.shape[0] in (None, len(x)):
                return run(graph, x)
        from viewer.models.eager_ending import EagerEnding

        answers = []
        for part in self._separable(x):
            ending = EagerEnding()
            with ending:
                given = self._one_of(self.module(x.device)(part), part)
                answer, name = ending.before(given)
            self._ending = Ending(name, range=ending.range_of(given))
            answers.append(answer)
        return _joined(answers)

    def _separable(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The batch whole, or sample by sample where a layer takes the statistics of the batch."""
        mixes = len(x) > 1 and any(_mixes_samples(part) for part in self.module(x.device).modules())
        return tuple(x[number : number + 1] for number in range(len(x))) if mixes else (x,)

    def _one_of(self, answer: object, x: torch.Tensor) -> torch.Tensor:
        """The tensor (N, outputs, ...) that is the answer among all that the network gives back.

        Raises
        ------
        ModelError
            None of them clearly is.
        """
        import torch

        from viewer.models.answers import Candidate, choose, tensors_in

        if not isinstance(answer, torch.Tensor):
            there = dict(tensors_in(answer))
            candidates = [Candidate(label, tuple(tensor.shape)) for label, tensor in there.items()]
            found, note = choose(candidates, outputs_named(self.card), None, self.card.name)
            self._tell(note)
            answer = there[found.label]
        return answer.unsqueeze(1) if answer.shape == x.shape[:1] else answer

    def _tell(self, note: str) -> None:
        """Keep a sentence for whoever reads an answer."""
        if note and note not in self.notes:
            self.notes = (*self.notes, note)

    def meaning(self, outputs: torch.Tensor, x: torch.Tensor) -> OutputMeaning:
        """Decide what the ``outputs`` (N, outputs, ...) that `logits` gave for ``x`` mean.

        Raises
        ------
        ModelError
            The card contradicts the network.
        """
        return decide_output(self.card, outputs.shape[1], self._ends_in(x), outputs)

    @property
    def _keeps_ending(self) -> bool:
        """Whether a final softmax or sigmoid is part of what is explained."""
        return self.card.kind is Kind.REGRESSION and not self.card.values

    def _ends_in(self, x: torch.Tensor) -> Ending:
        """How the network ends for inputs like ``x``."""
        import torch

        if self._ending is None and (self.card.registered or self._keeps_ending):
            self._ending = LINEAR
        if self._ending is None and self.opaque:
            from viewer.models.script_ending import script_ending

            self._ending = script_ending(self.module())
        if self._ending is None:
            self.without_graph(x)  # tells it
        if self._ending is None:
            with torch.no_grad():
                self.logits(x[:1].clone())  # tells it, too
        assert self._ending is not None
        return self._ending

    def without_graph(self, x: torch.Tensor) -> str:
        """Why no operator graph can be made of the network for inputs like ``x``; empty where one can be."""
        from viewer.models.graph.lowering.aten_call import CaptureError

        if self.opaque:
            return self.opaque
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

        if self.opaque:
            raise ModelError(
                self.card.name, f"{self.opaque} gives no operator graph", "take a method that needs none"
            )
        kind = (tuple(x.shape[1:]), x.dtype)
        with self._capturing:
            if kind in self._refusals:
                # Asked for again and again, such as by methods that run the network hundreds of times.
                known = self._refusals[kind]
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
                        self._refusals[kind] = error.with_traceback(None)
                        raise
                captured, note = keep_one_output(captured, outputs_named(self.card), self.card.name)
                self._tell(note)
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

    def prepare(self, scan: Scan) -> Prepared:
        """The scan on the network's grid, with the intensities the card asks for.

        Raises
        ------
        ModelError
            The card says neither grid nor intensities, or the scan cannot be brought there.
        """
        from viewer.models.prepare import prepare

        found = prepare(scan, self.card)
        notes = (*found.notes, *self.notes)
        return replace(found, tensor=found.tensor.to(self.dtype), notes=notes)


def _joined(answers: list[torch.Tensor]) -> torch.Tensor:
    """The answers for parts of a batch as one."""
    import torch

    return torch.cat(answers) if len(answers) > 1 else answers[0]


def _mixes_samples(module: torch.nn.Module) -> bool:
    """Whether a layer is a batch norm without stored statistics, which takes those of the batch."""
    name = getattr(module, "original_name", type(module).__name__)  # what a TorchScript module was
    return "BatchNorm" in name and getattr(module, "running_mean", None) is None
