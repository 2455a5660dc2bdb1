"""The network that tells scans with artificial lesions from scans without, after Eitel et al. 2021.

Five convolutions on MNI space at 3 mm. It is first trained on cubes around lesions, which is quick, and then
on whole scans, every brain once with lesions and once without, so that nothing but lesions can tell them
apart. Early stopping by the loss on brains of its own; the numbers of the card come from brains that took
no part in either.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from viewer.models.training.simulate import Lesions, Simulator, standard
from viewer.progress import Progress
from viewer.scans.simulated import Floats, Form

if TYPE_CHECKING:
    import torch

ARCHITECTURE = "eitel-3d"
CLASSES = ("no lesion", "lesion")


@dataclass(frozen=True)
class Stage:
    """A stretch of the training.

    Parameters
    ----------
    steps
        At most so many steps of Adam.
    pairs
        Brains in a step; each is shown with and without lesions.
    rate
        Learning rate.
    cube
        Edge in voxels of the cube around a lesion that is shown; None shows the whole scan, and only
        then is training stopped early.
    """

    steps: int
    pairs: int
    rate: float
    cube: int | None = None


@dataclass(frozen=True)
class Course:
    """Everything a training depends on, besides torch's version and the number of threads.

    Parameters
    ----------
    forms
        Which lesions are planted.
    seed
        Of every random draw.
    brains
        How many are simulated for training, for stopping, and for the numbers of the card.
    stages
        One after the other.
    every, patience
        Steps between two looks at the brains for stopping, and looks without a smaller loss before it stops.
    decay
        Adam's weight decay.
    """

    forms: tuple[Form, ...] = tuple(Form)
    seed: int = 0
    brains: tuple[int, int, int] = (48, 12, 100)
    stages: tuple[Stage, ...] = (Stage(400, 3, 1e-3, cube=39), Stage(300, 1, 5e-4))
    every: int = 50
    patience: int = 3
    decay: float = 1e-4


@dataclass(frozen=True)
class Score:
    """How well a network tells scans with lesions from scans without, each brain shown in both ways."""

    with_lesions: int
    found: int
    without: int
    cleared: int

    @property
    def balanced_accuracy(self) -> float:
        """Mean of sensitivity and specificity."""
        return (self.found / self.with_lesions + self.cleared / self.without) / 2

    def __str__(self) -> str:
        """The counts as a clause."""
        return (
            f"it finds {self.found} of {self.with_lesions} lesions and clears {self.cleared} of "
            f"{self.without} brains without, a balanced accuracy of {self.balanced_accuracy:.1%}"
        )


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network and how it came about; ``steps`` counts those of every stage that were taken."""

    network: torch.nn.Module
    score: Score
    steps: int
    seconds: float


@dataclass(eq=False)
class _Best:
    """The weights with the smallest loss so far, on scans that are not trained on."""

    loss: float = float("inf")
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    looks_since: int = 0

    def look(self, network: torch.nn.Module, pairs: Sequence[tuple[Floats, Floats]]) -> None:
        """Measure the loss and keep the weights where it is the smallest yet."""
        import torch
        from torch.nn import functional

        with torch.no_grad():
            losses = [float(functional.cross_entropy(network(_batch([pair])), _targets(1))) for pair in pairs]
        self.looks_since += 1
        if np.mean(losses) < self.loss:
            self.loss = float(np.mean(losses))
            self.looks_since = 0
            self.weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}


def train(course: Course, progress: Progress | None = None) -> Trained:
    """Simulate the brains and train the network, on the CPU with torch's number of threads.

    Raises
    ------
    ViewerError
        nilearn's copy of the template is missing.
    Cancelled
        ``progress`` said so.
    """
    import torch

    from viewer.models.architectures.registry import find
    from viewer.scans.reading import load_scan

    progress = progress or Progress()
    began = time.monotonic()
    template = load_scan("mni152")
    simulator = Simulator(template.data, template.grid, lesions=Lesions(course.forms))
    draw = np.random.default_rng(course.seed)
    fitting, stopping, testing = _simulate(simulator, course.brains, draw, progress.part(0.0, 0.2))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(course.seed)
        network = find(ARCHITECTURE, "training").build({}, "training").train()
    _channels_last(network)
    taken = 0
    share = 0.7 / len(course.stages)
    watched = [_pair(simulator, brain, draw) for brain in stopping]
    for number, stage in enumerate(course.stages):
        part = progress.part(0.2 + number * share, 0.2 + (number + 1) * share)
        taken += _fit(network, stage, course, simulator, fitting, watched, draw, part)
    tested = [_pair(simulator, brain, draw) for brain in testing]
    score = measure(network, tested, progress.part(0.9, 1.0))
    return Trained(network.eval(), score, taken, time.monotonic() - began)


def measure(
    network: torch.nn.Module, pairs: Sequence[tuple[Floats, Floats]], progress: Progress | None = None
) -> Score:
    """Count how many scans the network names right; ``pairs`` hold a scan with lesions and one without."""
    import torch

    progress = progress or Progress()
    found = cleared = 0
    with torch.inference_mode():
        for number, pair in enumerate(pairs):
            progress.step(number, len(pairs), "testing")
            sick, well = network(_batch([pair])).argmax(1).tolist()
            found += sick == 1
            cleared += well == 0
    return Score(len(pairs), found, len(pairs), cleared)


def _simulate(
    simulator: Simulator, counts: Sequence[int], draw: np.random.Generator, progress: Progress
) -> list[list[Floats]]:
    """Brains without lesions, for each use its own."""
    done, total = 0, sum(counts)
    groups: list[list[Floats]] = []
    for count in counts:
        groups.append([])
        for _ in range(count):
            progress.step(done, total, f"simulating brain {done + 1} of {total}")
            groups[-1].append(simulator.brain(draw))
            done += 1
    return groups


def _pair(simulator: Simulator, brain: Floats, draw: np.random.Generator) -> tuple[Floats, Floats]:
    """One brain with lesions and without, as the network takes them."""
    return standard(simulator.with_lesions(brain, draw)[0]), standard(brain)


def _cube_pair(
    simulator: Simulator, brain: Floats, edge: int, draw: np.random.Generator
) -> tuple[Floats, Floats]:
    """The same, but only a cube that holds the middle of a lesion, at a random place in it."""
    sick, truth = simulator.with_lesions(brain, draw)
    places = np.argwhere(truth > 0.5 * truth.max())
    place = places[draw.integers(len(places))]
    corner = place - draw.integers(edge // 6, edge - edge // 6, 3)
    low = np.clip(corner, 0, np.array(brain.shape) - edge)
    cube = tuple(slice(int(a), int(a) + edge) for a in low)
    return standard(sick)[cube], standard(brain)[cube]


def _batch(pairs: Sequence[tuple[Floats, Floats]]) -> torch.Tensor:
    """(2 × pairs, 1, X, Y, Z): with, without, with, without."""
    import torch

    batch = torch.from_numpy(np.stack([scan for pair in pairs for scan in pair]))[:, None]
    return batch.contiguous(memory_format=torch.channels_last_3d)


def _channels_last(network: torch.nn.Module) -> None:
    """The same numbers in another order in memory, in which the CPU is a fifth faster."""
    import torch

    for parameter in network.parameters():
        if parameter.ndim == 5:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last_3d)


def _targets(pairs: int) -> torch.Tensor:
    import torch

    return torch.tensor([1, 0] * pairs)


def _fit(
    network: torch.nn.Module,
    stage: Stage,
    course: Course,
    simulator: Simulator,
    brains: Sequence[Floats],
    watched: Sequence[tuple[Floats, Floats]],
    draw: np.random.Generator,
    progress: Progress,
) -> int:
    """Take the steps of one stage; gives how many were taken until it stopped."""
    import torch
    from torch.nn import functional

    optimiser = torch.optim.Adam(network.parameters(), stage.rate, weight_decay=course.decay)
    best = _Best()
    said = "cubes" if stage.cube else "whole scans"
    for step in range(stage.steps):
        progress.step(step, stage.steps, f"{said}, step {step + 1} of {stage.steps}")
        chosen = [brains[int(index)] for index in draw.integers(len(brains), size=stage.pairs)]
        if stage.cube is None:
            pairs = [_pair(simulator, brain, draw) for brain in chosen]
        else:
            pairs = [_cube_pair(simulator, brain, stage.cube, draw) for brain in chosen]
        loss = functional.cross_entropy(network(_batch(pairs)), _targets(stage.pairs))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if stage.cube is None and (step + 1) % course.every == 0:
            best.look(network, watched)
            if best.looks_since >= course.patience:
                break
    if best.weights:
        network.load_state_dict(best.weights)
    return step + 1
