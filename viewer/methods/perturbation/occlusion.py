"""Occlusion: a window is slid over the scan, and what is under it taken away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from viewer.errors import MethodError
from viewer.methods.method import Attribution, Family, Needs, Question, parameter
from viewer.methods.perturbation.each import OneByOne
from viewer.methods.perturbation.filling import Filling
from viewer.methods.perturbation.lattice import Floats, Lattice, Whole

if TYPE_CHECKING:
    import torch

LARGEST_BATCH = 8
"""Windows at once in the local way: more fill the caches."""

SHOWN_APART = 1.0
"""Seconds between two maps that are shown on the way."""


@dataclass(frozen=True)
class Occlusion(OneByOne, Filling):
    """R = mean over the windows that hold a voxel of S(x) − S(x without the window) (Zeiler and Fergus 2014).

    Where the network is local, only what a window can reach is computed again; the map is the same.
    """

    name: ClassVar[str] = "occlusion"
    title: ClassVar[str] = "Occlusion"
    family: ClassVar[Family] = Family.PERTURBATION
    needs: ClassVar[frozenset[Needs]] = frozenset({Needs.FORWARD})
    source: ClassVar[str] = "Zeiler and Fergus 2014, arXiv:1311.2901; Ayyar et al. 2021, section 2.1"
    shows: ClassVar[str] = "how much the output falls when the region around a voxel is occluded"
    cannot: ClassVar[str] = (
        "see redundant evidence, nor distinguish missing evidence from an unnatural-looking scan"
    )

    window: int = parameter(16, "edge of the window", unit="voxels (network grid)", limits=(1, 512))
    stride: int = parameter(
        8, "distance from one window to the next", unit="voxels (network grid)", limits=(1, 512)
    )
    local: bool = parameter(
        True, ("recompute only what a window can affect, where the network allows it; the map is the same")
    )

    def explain(self, question: Question) -> Attribution:
        """Effects (N, 1, spatial...) in units of the output; of inputs without space, of their own shape."""
        if self.stride > self.window:
            raise MethodError(
                self.name,
                f"windows of {self.window} every {self.stride} voxels leave gaps",
                "take a stride no larger than the window",
            )
        return super().explain(question)

    def one(self, question: Question) -> Attribution:
        """Effects (1, 1, spatial...) in units of the output; of inputs without space, (1, features)."""
        filling = self.filling(question)
        x = question.x
        lattice = Lattice(tuple(x.shape[2:] or x.shape[1:]), self.window, self.stride)
        local = local_way(question, filling, lattice) if self.local else None
        way = local or PlainWay(question, filling, lattice)
        effects = np.zeros(lattice.counts)
        known = np.zeros(lattice.counts, dtype=bool)
        done, shown = 0, time.monotonic()
        for step, places in lattice.rounds():
            for some, scores in way.scores(places):
                effects[tuple(some.T)] = way.whole - scores
                known[tuple(some.T)] = True
                done += len(some)
                question.progress.step(done, len(lattice), f"window {done} of {len(lattice)}")
                if time.monotonic() - shown > SHOWN_APART:
                    shown = time.monotonic()
                    guessed = lattice.completed(effects, known, step)
                    question.progress.report_partial(Attribution(self._values(lattice, guessed, x)))
        note = f"{len(lattice)} windows; {way.note}"
        return Attribution(self._values(lattice, effects, x), None, (note, *way.notes))

    def _values(self, lattice: Lattice, effects: Floats, x: torch.Tensor) -> torch.Tensor:
        import torch

        found = torch.from_numpy(lattice.covered(effects)).to(x.dtype).to(x.device)
        return found[None, None] if x.dim() > 2 else found[None]


class PlainWay:
    """Windows answered by running the whole network on every changed input."""

    note = "the whole network was run for each"

    def __init__(self, question: Question, filling: torch.Tensor, lattice: Lattice) -> None:
        from viewer.methods.perturbation.scores import Scores

        self._x, self._filling, self._lattice = question.x, filling, lattice
        self._scores = Scores(question)
        self.whole = self._scores.whole

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether memory ran out."""
        return self._scores.notes

    def scores(self, places: Whole) -> Iterator[tuple[Whole, Floats]]:
        """Some of the places, and S without their windows, until all are done."""
        starts = self._lattice.starts(places)

        def make(first: int, last: int) -> torch.Tensor:
            inputs = self._x.repeat(last - first, *(1,) * (self._x.dim() - 1))
            for number, start in enumerate(starts[first:last].tolist()):
                box: Any = (
                    ...,
                    *(slice(low, low + wide) for low, wide in zip(start, self._lattice.size, strict=True)),
                )
                inputs[number][box] = self._filling[0][box]
            return inputs

        for first, scores in self._scores.each(len(places), make):
            yield places[first : first + len(scores)], scores.numpy()


class LocalWay:
    """Windows answered by running again what they can reach; see `viewer.methods.perturbation.local`."""

    note = "of the network what each can reach was run again"

    def __init__(self, question: Question, filling: torch.Tensor, lattice: Lattice, network: object) -> None:
        from viewer.methods.perturbation.local.network import LocalNetwork

        assert isinstance(network, LocalNetwork)
        self._question, self._filling, self._lattice = question, filling, lattice
        self._network = network
        self.whole = float(question.target.score(network.output).double().sum())
        self.notes: tuple[str, ...] = ()

    def scores(self, places: Whole) -> Iterator[tuple[Whole, Floats]]:
        """Some of the places, and S without their windows, until all are done."""
        import torch

        from viewer.jobs.memory import AdaptiveBatches
        from viewer.methods.perturbation.local.patches import Patch, gathered

        x, size = self._question.x, self._lattice.size
        starts = self._lattice.starts(places)
        kept = np.minimum(starts, np.array(x.shape[2:]) - np.array(size))

        def work(first: int, last: int) -> tuple[Whole, Floats]:
            # A window that reaches over the end begins earlier, with what is there at its beginning.
            boxes = kept[first:last]
            held = gathered(x, None, boxes, size)
            filled = gathered(self._filling, None, boxes, size)
            same = torch.zeros(len(boxes), dtype=torch.bool)
            for number, over in enumerate((starts[first:last] - boxes).tolist()):
                window = (slice(None), *(slice(begin, None) for begin in over))
                same[number] = bool((held[number][window] == filled[number][window]).all())
                held[number][window] = filled[number][window]
            scores = np.full(len(boxes), self.whole)
            changed = np.flatnonzero(~same.numpy())
            if len(changed):
                patch = Patch(held[torch.from_numpy(changed).to(held.device)], boxes[changed])
                with torch.no_grad():
                    answers = self._network.outputs(patch, self._question.progress)
                scores[changed] = self._question.target.score(answers).double().cpu().numpy()
            return places[first:last], scores

        pieces = AdaptiveBatches(len(places), LARGEST_BATCH)
        yield from pieces.run(work)
        self.notes = self.notes or pieces.notes


def local_way(question: Question, filling: torch.Tensor, lattice: Lattice) -> LocalWay | None:
    """The local way, where the network has a graph that begins locally, and its values fit in memory."""
    from viewer.jobs.memory import free_memory
    from viewer.methods.derivative import graph_of

    x = question.x
    graph = graph_of(question.model, x) if x.dim() > 2 else None
    if graph is None:
        return None
    from viewer.methods.perturbation.local.network import LocalNetwork
    from viewer.methods.perturbation.local.plan import Plan

    plan = Plan.of(graph, tuple(x.shape[1:]))
    room = free_memory(x.device)
    if not plan.local or graph.output not in graph.varying:
        return None
    if room is not None and plan.held(x.element_size()) > room // 2:
        return None
    return LocalWay(question, filling, lattice, LocalNetwork(graph, plan, x))
