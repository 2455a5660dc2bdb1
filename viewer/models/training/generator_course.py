"""Generators for a network, from simulated lesions or from scans that are given; and how well they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from viewer.errors import ModelError
from viewer.models.output_meaning import OutputKind, output_counts
from viewer.models.training.generator_files import PairCard
from viewer.models.training.generator_network import WIDTHS
from viewer.models.training.generator_scans import Given, Planted, Simulated, brains, planted
from viewer.models.training.generators import Outcome, Stage, TrainedPair, Weights, train, tried
from viewer.models.training.simulate import MNI_3MM, Simulator, standard
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.scans.scan import Scan

CUBE = 27
"""Edge in voxels: what one place of the five-layer network sees; what turns every cube turns a scan."""

BATCH = 8
"""Cubes in a step."""

BATCH_OF_SCANS = 2
"""Whole scans in a step."""

HARDER = 2.0
"""How many times as much a prediction that is not turned counts in whole scans."""

EASED = 0.5
"""The share of the first stage in which the weights of changes grow."""


@dataclass(frozen=True)
class GeneratorCourse:
    """Everything the training depends on, besides the network and the scans.

    Parameters
    ----------
    steps
        Of Adam, altogether.
    rate
        Learning rate at first.
    weights
        Of the loss.
    seed
        Of every random draw.
    brains
        Simulated ones: for training, and for the numbers of the card.
    lesions
        How many are planted in those for training, each in a scan of its own.
    """

    steps: int = 1500
    rate: float = 3e-3
    weights: Weights = field(default_factory=Weights)
    seed: int = 0
    brains: tuple[int, int] = (24, 24)
    lesions: int = 192


@dataclass(frozen=True)
class Found:
    """How well the map |g_s − g_a| finds planted lesions that the network found.

    ``area`` is the mean area under the ROC curve over the brain's voxels; ``pointed`` counts scans in which
    the largest difference lies in a lesion.
    """

    scans: int
    area: float
    pointed: int

    def __str__(self) -> str:
        """The numbers as a clause."""
        return (
            f"in {self.scans} simulated scans whose lesion the network found, the difference has an "
            f"area under the ROC curve of {self.area:.3f}, and is largest in the lesion in {self.pointed}"
        )


@dataclass(frozen=True, eq=False)
class Made:
    """The pair, what it does to predictions, and, of simulated lesions, whether it finds them."""

    trained: TrainedPair
    outcome: Outcome
    found: Found | None
    card: PairCard


def from_lesions(model: Model, course: GeneratorCourse, progress: Progress | None = None) -> Made:
    """Generators for a network that tells lesions, on simulated brains.

    Raises
    ------
    ModelError
        The network does not take the simulated brains' grid.
    Cancelled
        ``progress`` said so.
    """
    import torch

    from viewer.scans.load import load_scan

    progress = progress or Progress()
    check_chooses(model)
    wanted = model.card.input
    if wanted is None or tuple(wanted.shape) != MNI_3MM.shape:
        size = "×".join(map(str, MNI_3MM.shape))
        raise ModelError(
            model.card.name, f"does not take the simulated brains ({size})", "give a table of scans"
        )
    template = load_scan("mni152")
    simulator = Simulator(template.data, template.grid)
    draw = np.random.default_rng(course.seed)
    fitting = brains(simulator, course.brains[0], draw, progress.subtask(0, 0.05))
    testing = brains(simulator, course.brains[1], draw, progress.subtask(0.05, 0.1))
    lesions = planted(simulator, fitting, course.lesions, draw, progress.subtask(0.1, 0.15))
    trained = train(
        model.logits,
        (1, *MNI_3MM.shape),
        lesion_stages(course, lesions),
        course.seed,
        progress.subtask(0.15, 0.95),
    )
    tests = [simulator.with_lesions(brain, draw) for brain in testing]
    shown = [torch.from_numpy(standard(sick))[None, None] for sick, _ in tests]
    truths = [truth > 0.5 for _, truth in tests]
    found = finding(trained, model, shown, truths)
    outcome = tried(trained.pair, model.logits, shown, progress.subtask(0.95, 1))
    told = f"trained on simulated lesions; {outcome}; {found}"
    return Made(trained, outcome, found, _card(model, 1, 3, told))


def check_chooses(model: Model) -> None:
    """Raise ModelError where a network does not choose one of several classes: there is none to turn to."""
    card = model.card
    if card.output not in (None, OutputKind.SOFTMAX) or 1 in output_counts(card)[:1]:
        raise ModelError(
            card.name,
            "does not choose one of several classes, and generators turn one into another",
            "take a network with a softmax",
        )


def from_scans(
    model: Model, scans: list[Scan], course: GeneratorCourse, progress: Progress | None = None
) -> Made:
    """Generators for any network, on scans; every fifth is kept for the numbers.

    Raises
    ------
    ModelError
        A scan cannot be prepared, or there are fewer than two.
    Cancelled
        ``progress`` said so.
    """
    progress = progress or Progress()
    check_chooses(model)
    if len(scans) < 2:
        raise ModelError("scans", "one is too few to train generators on", "give more")
    prepared = []
    for number, scan in enumerate(scans):
        progress.step(0.1 * number / len(scans), 1, f"preparing scan {number + 1} of {len(scans)}")
        prepared.append(model.prepare(scan).tensor)
    testing = prepared[::5]
    fitting = [x for number, x in enumerate(prepared) if number % 5]
    shape = tuple(prepared[0].shape[1:])
    trained = train(
        model.logits,
        shape,
        scan_stages(course, Given(fitting)),
        course.seed,
        progress.subtask(0.1, 0.95),
    )
    outcome = tried(trained.pair, model.logits, testing, progress.subtask(0.95, 1))
    told = f"trained on {len(fitting)} scans; {outcome}"
    return Made(trained, outcome, None, _card(model, shape[0], len(shape) - 1, told))


def finding(trained: TrainedPair, model: Model, scans: list[torch.Tensor], truths: list[np.ndarray]) -> Found:
    """How well the difference finds lesions, in those scans whose lesion the network (class 1) found."""
    import torch
    from sklearn.metrics import roc_auc_score

    areas, pointed = [], 0
    with torch.inference_mode():
        for x, truth in zip(scans, truths, strict=True):
            if int(model.logits(x).argmax(1)) != 1 or not truth.any():
                continue
            similar, adversarial = trained.pair(x)
            apart = (similar - adversarial).abs()[0, 0].numpy()
            inside = x[0, 0].numpy() != 0
            areas.append(float(roc_auc_score(truth[inside], apart[inside])))
            pointed += bool(truth.flat[int(apart.argmax())])
    return Found(len(areas), float(np.mean(areas)) if areas else float("nan"), pointed)


def lesion_stages(course: GeneratorCourse, lesions: Sequence[Planted]) -> tuple[Stage, ...]:
    """Cubes around lesions first, which teach what a lesion is; then whole scans, in which it is to be found.

    What turns every cube leaves something of a lesion in most scans, which have room for more.
    """
    late, whole = course.steps // 6, course.steps // 3
    cubes, scans = Simulated(lesions, CUBE, BATCH), Simulated(lesions, batch=BATCH_OF_SCANS)
    harder = replace(course.weights, turned=HARDER * course.weights.turned)
    return (
        Stage(course.steps - whole - late, course.rate, cubes, eased=EASED, weights=course.weights),
        Stage(whole, course.rate / 3, scans, weights=harder),
        Stage(late, course.rate / 6, scans, weights=harder, averaged=True),
    )


def scan_stages(course: GeneratorCourse, scans: Given) -> tuple[Stage, ...]:
    """All the time the scans that are given; the last quarter at a quarter of the rate."""
    late = course.steps // 4
    return (
        Stage(course.steps - late, course.rate, scans, eased=EASED, weights=course.weights),
        Stage(late, course.rate / 4, scans, weights=course.weights),
    )


def _card(model: Model, channels: int, dimensions: int, told: str) -> PairCard:
    return PairCard(model.card.name, model.hash, channels, dimensions, WIDTHS, told)
