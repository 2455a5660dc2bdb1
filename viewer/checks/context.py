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
from viewer.methods.base import ExplanationRequest, Family, Method, Target
from viewer.models.output_meaning import OutputKind
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance, Residual
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.output_meaning import OutputMeaning
    from viewer.models.preprocessing import PreparedInput

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
T = TypeVar("T")

CHECK_METHOD = "check"
"""What stands for a method in the provenance of maps that checks make on the way."""

LARGEST_BATCH = 32
ACTIVATION_FACTOR = 24
"""How many times its own size an input takes on its way through a network, roughly."""


@dataclass(frozen=True, eq=False)
class OutputScores:
    """What a network said to several inputs: the explained number S, and its class's probability if any."""

    scores: Doubles
    probabilities: Doubles | None


@dataclass(frozen=True, eq=False)
class CheckContext:
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
    prepared: PreparedInput
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
    def is_classification(self) -> bool:
        """Whether the target is a class of the whole scan, with a probability."""
        return self.output.dim() == 2 and self.meaning.kind is not OutputKind.VALUE

    @cached_property
    def original_scores(self) -> tuple[float, float | None]:
        """S of the scan itself, and the class's probability."""
        found = self._score_output(self.output)
        return float(found.scores[0]), None if found.probabilities is None else float(found.probabilities[0])

    def score_inputs(
        self, changed: Callable[[int], torch.Tensor], count: int, progress: Progress
    ) -> OutputScores:
        """What the network says to ``count`` inputs; ``changed`` makes each by its number, of ``x``'s shape.

        Raises
        ------
        Cancelled
            When ``progress`` says so.
        """
        import torch

        from viewer.jobs.memory import AdaptiveBatches, batch_size

        size = batch_size(ACTIVATION_FACTOR * self.x.nbytes, self.x.device, LARGEST_BATCH)
        told: list[OutputScores] = []

        def work(first: int, last: int) -> torch.Tensor:
            progress.step(first, max(count, 1))
            with torch.no_grad():
                return self.model.logits(torch.cat([changed(number) for number in range(first, last)]))

        told = [self._score_output(output) for output in AdaptiveBatches(count, size).run(work)]
        progress.step(1, 1)
        shares = [one.probabilities for one in told if one.probabilities is not None]
        scores = np.concatenate([one.scores for one in told]) if told else np.zeros(0)
        return OutputScores(scores, np.concatenate(shares) if shares else None)

    def _score_output(self, output: torch.Tensor) -> OutputScores:
        output = output.detach().double().cpu()
        scores = self.target.score(output).numpy()
        shares = self.meaning.probabilities(output) if self.is_classification else None
        if shares is None:
            return OutputScores(scores, None)
        own = shares[:, self.target.index]
        return OutputScores(scores, (own if self.target.sign == 1 else 1 - own).numpy())

    def cached(self, key: object, make: Callable[[], T]) -> T:
        """What ``make`` answers, computed once for all the maps of this subject."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def is_cached(self, key: object) -> bool:
        """Whether that was computed already."""
        return key in self._kept

    def make_generator(self, *key: int) -> np.random.Generator:
        """Random draws of this subject's seed, and of these numbers."""
        return np.random.default_rng([self.seed, *key])


def make_context(
    model: Model,
    scan: Scan,
    target: str | int | None = None,
    region: object = None,
    device: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> CheckContext:
    """Ask the network about a scan; the arguments are those of `viewer.explain`.

    Raises
    ------
    ViewerError
        The scan cannot be prepared, there is no such device or target, or the network sees scans in windows.
    """
    import torch

    from viewer.jobs.device import select_device
    from viewer.methods.input_gradient import find_graph
    from viewer.methods.output_regions import parse_region
    from viewer.methods.targets import resolve_target
    from viewer.models.sliding_window import sliding_windows_for
    from viewer.scans.foreground import foreground_mask
    from viewer.scans.resample import resample

    progress = progress or Progress()
    progress.step(0, 1, "Preparing the scan")
    prepared = model.prepare(scan)
    if sliding_windows_for(model.card.input, tuple(prepared.tensor.shape[2:])) is not None:
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
    find_graph(model, x)
    with torch.no_grad():
        output = model.logits(x.clone())
        progress.step(0.5, 1, "Asking the network")
        began = time.monotonic()
        model.logits(x.clone())
        seconds = time.monotonic() - began
    dense = output.dim() > 2
    grid = prepared.grid.resized((*output.shape[2:], 1)[:3]) if dense else None
    meaning = model.output_meaning(output, x)
    found, _ = resolve_target(target, model.card, output, meaning, parse_region(region), grid)
    inside = resample(foreground_mask(scan).astype(np.float32), scan.grid, prepared.grid) >= 0.5
    inside = inside.reshape(tuple(x.shape[2:]))
    if not inside.any():
        inside = np.ones_like(inside)
    return CheckContext(
        model, scan, prepared, x, found, output.detach().cpu(), meaning, inside, seconds, seed
    )


@dataclass(frozen=True, eq=False)
class Explanation:
    """A map of a subject, on the network's own voxels.

    Parameters
    ----------
    context
        What it explains.
    name
        What a person calls it.
    values
        float32, shape ``context.shape``; channels are summed.
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

    context: CheckContext
    name: str
    values: Floats
    method: Method | None = None
    layer: str | None = None
    unavailable_reason: str = ""
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
    def is_signed(self) -> bool:
        """Whether a value above zero says that a voxel speaks for the output.

        A slope, a signal, and a change that turns the answer say by their size alone how much one matters.
        """
        return self.family not in (Family.FUNCTION, Family.SIGNAL, Family.ADVERSARIAL)

    @property
    def importance(self) -> Doubles:
        """How much each voxel matters for the output: its value where that is directed, else its size."""
        values = self.values.astype(np.float64)
        return values if self.is_signed else np.abs(values)

    def recompute(
        self,
        progress: Progress,
        *,
        x: torch.Tensor | None = None,
        model: Model | None = None,
        target: Target | None = None,
        seed: int | None = None,
    ) -> Floats:
        """The map made anew with something changed, shape ``context.shape``.

        Raises
        ------
        MethodError
            It cannot be made again.
        Cancelled
            When ``progress`` says so.
        """
        if self.method is None:
            raise MethodError(self.name, self.unavailable_reason or "it cannot be made again")
        context = self.context
        request = ExplanationRequest(
            model or context.model,
            context.x if x is None else x,
            target or context.target,
            self.layer,
            context.seed if seed is None else seed,
            progress,
        )
        return sum_channels(self.method.explain(request).values)

    def to_map(self, values: Floats, name: str) -> Map:
        """Values on the network's voxels as a map that can be shown over the scan."""
        context = self.context
        grid = context.prepared.grid
        provenance = Provenance(
            method=CHECK_METHOD,
            model={"name": context.model.card.name, "hash": context.model.hash},
            scan={"name": context.scan.name, "hash": context.scan.hash},
            notes=(f"made by a check of {self.name}",),
        )
        return Map(values.reshape(grid.shape), grid, name, provenance)


def sum_channels(values: torch.Tensor) -> Floats:
    """A method's values (1, C, spatial...) as one number a voxel; those that are not finite are 0."""
    array = values.detach().to("cpu").float().numpy()[0].sum(axis=0)
    return np.asarray(np.nan_to_num(array, posinf=0.0, neginf=0.0), dtype=np.float32)
