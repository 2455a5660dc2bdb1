"""What is checked: a network's answer to one scan, and a map that says why."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.methods.method import Family, Method, Question, Target
from viewer.models.output import OutputKind
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance, Residual
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model, Prepared
    from viewer.models.output import OutputMeaning

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
T = TypeVar("T")

CHECKED = "check"
"""What stands for a method in the provenance of maps that checks make on the way."""

LARGEST_BATCH = 32
AT_WORST = 24
"""How many times its own size an input takes on its way through a network, roughly."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network said to several inputs: the explained number S, and its class's probability if any."""

    scores: Doubles
    shares: Doubles | None


@dataclass(frozen=True, eq=False)
class Subject:
    """A network, a scan, and the output that is explained; asked about changed scans again and again.

    Parameters
    ----------
    model, scan
        As they are; neither is changed by a check.
    prepared
        The scan as the network takes it, and where its voxels lie.
    x
        The same on the device, (1, C, spatial...).
    target
        The output.
    output, meaning
        Of the network, on the CPU: (1, outputs) or, of a dense prediction, (1, outputs, spatial...); and what
        they mean.
    foreground
        The head without the air, on the network's voxels: bool, shape (spatial...).
    seconds
        What one answer takes.
    seed
        Of every random draw.
    """

    model: Model
    scan: Scan
    prepared: Prepared
    x: torch.Tensor
    target: Target
    output: torch.Tensor
    meaning: OutputMeaning
    foreground: Mask
    seconds: float
    seed: int = 0
    _kept: dict[object, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a map on the network's voxels."""
        return tuple(self.x.shape[2:])

    @property
    def spacing(self) -> Doubles:
        """Millimetres between the network's voxels along each of their axes."""
        return self.prepared.grid.spacing[: len(self.shape)]

    @property
    def classifies(self) -> bool:
        """Whether the target is a class of the whole scan, with a probability."""
        return self.output.dim() == 2 and self.meaning.kind is not OutputKind.VALUE

    @cached_property
    def answer(self) -> tuple[float, float | None]:
        """S of the scan itself, and the class's probability."""
        found = self._told(self.output)
        return float(found.scores[0]), None if found.shares is None else float(found.shares[0])

    def ask(self, changed: Callable[[int], torch.Tensor], count: int, progress: Progress) -> Answers:
        """What the network says to ``count`` inputs; ``changed`` makes each by its number, of ``x``'s shape.

        Raises
        ------
        Cancelled
            When ``progress`` says so.
        """
        import torch

        from viewer.jobs.memory import AdaptiveBatches, batch_size

        size = batch_size(AT_WORST * self.x.nbytes, self.x.device, LARGEST_BATCH)
        told: list[Answers] = []

        def work(first: int, last: int) -> torch.Tensor:
            progress.step(first, max(count, 1))
            with torch.no_grad():
                return self.model.logits(torch.cat([changed(number) for number in range(first, last)]))

        told = [self._told(output) for output in AdaptiveBatches(count, size).run(work)]
        progress.step(1, 1)
        shares = [one.shares for one in told if one.shares is not None]
        scores = np.concatenate([one.scores for one in told]) if told else np.zeros(0)
        return Answers(scores, np.concatenate(shares) if shares else None)

    def _told(self, output: torch.Tensor) -> Answers:
        output = output.detach().double().cpu()
        scores = self.target.score(output).numpy()
        shares = self.meaning.probabilities(output) if self.classifies else None
        if shares is None:
            return Answers(scores, None)
        own = shares[:, self.target.index]
        return Answers(scores, (own if self.target.sign == 1 else 1 - own).numpy())

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What ``make`` answers, computed once for all the maps of this subject."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def has(self, key: object) -> bool:
        """Whether that was computed already."""
        return key in self._kept

    def random(self, *key: int) -> np.random.Generator:
        """Random draws of this subject's seed, and of these numbers."""
        return np.random.default_rng([self.seed, *key])


def subject_of(
    model: Model,
    scan: Scan,
    target: str | int | None = None,
    region: object = None,
    device: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> Subject:
    """Ask the network about a scan; the arguments are those of `viewer.explain`.

    Raises
    ------
    ViewerError
        The scan cannot be prepared, there is no such device or target, or the network sees scans in windows.
    """
    import torch

    from viewer.jobs.device import select_device
    from viewer.methods.derivative import graph_of
    from viewer.methods.regions import read_region
    from viewer.methods.targets import target_for
    from viewer.models.windows import windows_for
    from viewer.scans.foreground import foreground_mask
    from viewer.scans.resample import resample

    progress = progress or Progress()
    progress.step(0, 1, "Preparing the scan")
    prepared = model.prepare(scan)
    if windows_for(model.card.input, tuple(prepared.tensor.shape[2:])) is not None:
        raise MethodError(
            model.card.name,
            "it is shown this scan in windows, and checks need it whole",
            "check it on a scan of the windows' size",
        )
    if len(prepared.tensor) > 1:
        raise MethodError(
            model.card.name,
            "it is shown this scan slice by slice, and checks need it whole",
            "check a network that takes volumes, or one slice",
        )
    x = prepared.tensor.to(select_device(device))
    # Captured once for all methods: the first one's time would else be no measure of what it costs again.
    graph_of(model, x)
    with torch.no_grad():
        output = model.logits(x.clone())
        progress.step(0.5, 1, "Asking the network")
        began = time.monotonic()
        model.logits(x.clone())
        seconds = time.monotonic() - began
    dense = output.dim() > 2
    grid = prepared.grid.resized((*output.shape[2:], 1)[:3]) if dense else None
    meaning = model.meaning(output, x)
    found, _ = target_for(target, model.card, output, meaning, read_region(region), grid)
    inside = resample(foreground_mask(scan).astype(np.float32), scan.grid, prepared.grid) >= 0.5
    inside = inside.reshape(tuple(x.shape[2:]))
    if not inside.any():
        inside = np.ones_like(inside)
    return Subject(model, scan, prepared, x, found, output.detach().cpu(), meaning, inside, seconds, seed)


@dataclass(frozen=True, eq=False)
class Case:
    """A map of a subject, on the network's own voxels.

    Parameters
    ----------
    subject
        What it explains.
    name
        What a person calls it.
    values
        float32, shape ``subject.shape``; channels are summed.
    method, layer
        How it is made again; None where it cannot be.
    why
        A sentence that says why it cannot be made again; empty where it can.
    residual
        How far it is from the sum it must have, if any.
    seconds
        What making it takes.
    notes
        What a reader should know of it.
    kind
        The family of the method, where that is known but the map cannot be made again.
    foreign
        Why it is no map of this subject's output; empty where it is one, or where nobody knows.
    """

    subject: Subject
    name: str
    values: Floats
    method: Method | None = None
    layer: str | None = None
    why: str = ""
    residual: Residual | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    kind: Family | None = None
    foreign: str = ""

    @property
    def family(self) -> Family | None:
        """The family of its method, as far as it is known."""
        return self.kind if self.method is None else self.method.family

    @property
    def directed(self) -> bool:
        """Whether a value above zero says that a voxel speaks for the output.

        A slope, a signal, and a change that turns the answer say by their size alone how much one matters.
        """
        return self.family not in (Family.FUNCTION, Family.SIGNAL, Family.ADVERSARIAL)

    @property
    def importance(self) -> Doubles:
        """How much each voxel matters for the output: its value where that is directed, else its size."""
        values = self.values.astype(np.float64)
        return values if self.directed else np.abs(values)

    def again(
        self,
        progress: Progress,
        *,
        x: torch.Tensor | None = None,
        model: Model | None = None,
        target: Target | None = None,
        seed: int | None = None,
    ) -> Floats:
        """The map made anew with something changed, shape ``subject.shape``.

        Raises
        ------
        MethodError
            It cannot be made again.
        Cancelled
            When ``progress`` says so.
        """
        if self.method is None:
            raise MethodError(self.name, self.why or "it cannot be made again")
        subject = self.subject
        question = Question(
            model or subject.model,
            subject.x if x is None else x,
            target or subject.target,
            self.layer,
            subject.seed if seed is None else seed,
            progress,
        )
        return summed(self.method.explain(question).values)

    def map(self, values: Floats, name: str) -> Map:
        """Values on the network's voxels as a map that can be shown over the scan."""
        subject = self.subject
        grid = subject.prepared.grid
        provenance = Provenance(
            method=CHECKED,
            model={"name": subject.model.card.name, "hash": subject.model.hash},
            scan={"name": subject.scan.name, "hash": subject.scan.hash},
            notes=(f"made by a check of {self.name}",),
        )
        return Map(values.reshape(grid.shape), grid, name, provenance)


def summed(values: torch.Tensor) -> Floats:
    """A method's values (1, C, spatial...) as one number a voxel; those that are not finite are 0."""
    array = values.detach().to("cpu").float().numpy()[0].sum(axis=0)
    return np.asarray(np.nan_to_num(array, posinf=0.0, neginf=0.0), dtype=np.float32)
