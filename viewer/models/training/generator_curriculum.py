"""Training of generators for a network, on simulated lesions or on given scans, and their evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from viewer.errors import ModelError
from viewer.models.output_kind import OutputKind
from viewer.models.output_meaning import output_counts
from viewer.models.training.brain_simulator import MNI_3MM, BrainSimulator, simulate_brains, z_score
from viewer.models.training.generator_data import (
    LesionPair,
    PreparedScanSampler,
    SimulatedScanSampler,
    plant_lesions,
)
from viewer.models.training.generator_files import PairCard
from viewer.models.training.generator_network import WIDTHS
from viewer.models.training.generators import (
    GeneratorScore,
    GeneratorStage,
    LossWeights,
    TrainedPair,
    evaluate_generators,
    train_generators,
)
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.scans.scan import Scan

CUBE_SIZE = 27
"""Edge in voxels: the receptive field of the five-layer network, so that changing every cube's prediction
changes that of a scan."""

CUBE_BATCH_SIZE = 8
"""Cubes per step."""

SCAN_BATCH_SIZE = 2
"""Whole scans per step."""

SCAN_TURN_WEIGHT = 2.0
"""Factor on the weight of unchanged predictions of g_a, for whole scans."""

WARMUP_SHARE = 0.5
"""Share of the first stage in which the weights of the change terms grow."""


@dataclass(frozen=True)
class GeneratorTrainingOptions:
    """All options of a training run, except the network and the scans.

    Parameters
    ----------
    steps
        Total number of Adam steps.
    learning_rate
        Initial learning rate.
    loss_weights
        Weights of the loss.
    seed
        Seed of every random draw.
    brain_counts
        Number of simulated brains for training, and for the score in the card.
    lesion_count
        Number of lesions planted in those for training, one per scan.
    """

    steps: int = 1500
    learning_rate: float = 3e-3
    loss_weights: LossWeights = field(default_factory=LossWeights)
    seed: int = 0
    brain_counts: tuple[int, int] = (24, 24)
    lesion_count: int = 192


@dataclass(frozen=True)
class LesionDetection:
    """Detection of planted lesions by the map |g_s − g_a|, for scans that the network classifies as lesioned.

    ``auc`` is the mean area under the ROC curve over the brain's voxels; ``hits`` is the number of scans
    whose largest difference is in a lesion.
    """

    scan_count: int
    auc: float
    hits: int

    def __str__(self) -> str:
        """Return the numbers as a clause."""
        return (
            f"in {self.scan_count} simulated scans whose lesion the network found, the difference has an "
            f"area under the ROC curve of {self.auc:.3f}, and is largest in the lesion in {self.hits}"
        )


@dataclass(frozen=True, eq=False)
class GeneratorTraining:
    """Generator pair, its effect on predictions, and, for simulated lesions, their detection."""

    trained: TrainedPair
    score: GeneratorScore
    detection: LesionDetection | None
    card: PairCard


def train_on_lesions(
    model: Model, options: GeneratorTrainingOptions, progress: Progress | None = None
) -> GeneratorTraining:
    """Train generators for a lesion classifier on simulated brains.

    Raises
    ------
    ModelError
        The network's grid is not that of the simulated brains.
    Cancelled
        Cancelled through ``progress``.
    """
    import torch

    from viewer.scans.load import load_scan

    progress = progress or Progress()
    check_exclusive_classes(model)
    spec = model.card.input
    if spec is None or tuple(spec.shape) != MNI_3MM.shape:
        size = "×".join(map(str, MNI_3MM.shape))
        raise ModelError(
            model.card.name, f"does not take the simulated brains ({size})", "give a table of scans"
        )
    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid)
    rng = np.random.default_rng(options.seed)
    training_brains = simulate_brains(simulator, options.brain_counts[0], rng, progress.subtask(0, 0.05))
    test_brains = simulate_brains(simulator, options.brain_counts[1], rng, progress.subtask(0.05, 0.1))
    lesions = plant_lesions(
        simulator, training_brains, options.lesion_count, rng, progress.subtask(0.1, 0.15)
    )
    trained = train_generators(
        model.logits,
        (1, *MNI_3MM.shape),
        lesion_stages(options, lesions),
        options.seed,
        progress.subtask(0.15, 0.95),
    )
    test_pairs = [simulator.add_lesions(brain, rng) for brain in test_brains]
    test_inputs = [torch.from_numpy(z_score(lesioned))[None, None] for lesioned, _ in test_pairs]
    truth_masks = [truth > 0.5 for _, truth in test_pairs]
    detection = evaluate_detection(trained, model, test_inputs, truth_masks)
    score = evaluate_generators(trained.pair, model.logits, test_inputs, progress.subtask(0.95, 1))
    description = f"trained on simulated lesions; {score}; {detection}"
    return GeneratorTraining(trained, score, detection, _pair_card(model, 1, 3, description))


def check_exclusive_classes(model: Model) -> None:
    """Raise ModelError if a network's classes are not exclusive: there would be no other class to predict."""
    card = model.card
    if card.output not in (None, OutputKind.SOFTMAX) or 1 in output_counts(card)[:1]:
        raise ModelError(
            card.name,
            "does not choose one of several classes, but generators change one into another",
            "use a network with a softmax",
        )


def train_on_scans(
    model: Model, scans: list[Scan], options: GeneratorTrainingOptions, progress: Progress | None = None
) -> GeneratorTraining:
    """Train generators for any network on scans; every fifth scan is used for evaluation.

    Raises
    ------
    ModelError
        A scan cannot be prepared, or there are fewer than two.
    Cancelled
        Cancelled through ``progress``.
    """
    progress = progress or Progress()
    check_exclusive_classes(model)
    if len(scans) < 2:
        raise ModelError("scans", "one is too few to train generators on", "give more")
    inputs = []
    for index, scan in enumerate(scans):
        progress.step(0.1 * index / len(scans), 1, f"preparing scan {index + 1} of {len(scans)}")
        inputs.append(model.prepare(scan).tensor)
    test_inputs = inputs[::5]
    training_inputs = [x for index, x in enumerate(inputs) if index % 5]
    shape = tuple(inputs[0].shape[1:])
    trained = train_generators(
        model.logits,
        shape,
        scan_stages(options, PreparedScanSampler(training_inputs)),
        options.seed,
        progress.subtask(0.1, 0.95),
    )
    score = evaluate_generators(trained.pair, model.logits, test_inputs, progress.subtask(0.95, 1))
    description = f"trained on {len(training_inputs)} scans; {score}"
    return GeneratorTraining(trained, score, None, _pair_card(model, shape[0], len(shape) - 1, description))


def evaluate_detection(
    trained: TrainedPair, model: Model, scans: list[torch.Tensor], truth_masks: list[np.ndarray]
) -> LesionDetection:
    """Evaluate the detection of lesions by the difference, in scans predicted as lesioned (class 1)."""
    import torch
    from sklearn.metrics import roc_auc_score

    aucs, hits = [], 0
    with torch.inference_mode():
        for x, truth in zip(scans, truth_masks, strict=True):
            if int(model.logits(x).argmax(1)) != 1 or not truth.any():
                continue
            similar, adversarial = trained.pair(x)
            difference = (similar - adversarial).abs()[0, 0].numpy()
            mask = x[0, 0].numpy() != 0
            aucs.append(float(roc_auc_score(truth[mask], difference[mask])))
            hits += bool(truth.flat[int(difference.argmax())])
    return LesionDetection(len(aucs), float(np.mean(aucs)) if aucs else float("nan"), hits)


def lesion_stages(
    options: GeneratorTrainingOptions, pairs: Sequence[LesionPair]
) -> tuple[GeneratorStage, ...]:
    """Return the training stages: cubes around lesions, to learn lesions; then whole scans, to locate them.

    Changes that suffice in every cube leave part of a lesion in most whole scans, which have more context.
    """
    final_steps, scan_steps = options.steps // 6, options.steps // 3
    cubes, scans = (
        SimulatedScanSampler(pairs, CUBE_SIZE, CUBE_BATCH_SIZE),
        SimulatedScanSampler(pairs, batch_size=SCAN_BATCH_SIZE),
    )
    scan_weights = replace(
        options.loss_weights, changed_prediction=SCAN_TURN_WEIGHT * options.loss_weights.changed_prediction
    )
    return (
        GeneratorStage(
            options.steps - scan_steps - final_steps,
            options.learning_rate,
            cubes,
            warmup_share=WARMUP_SHARE,
            loss_weights=options.loss_weights,
        ),
        GeneratorStage(scan_steps, options.learning_rate / 3, scans, loss_weights=scan_weights),
        GeneratorStage(
            final_steps, options.learning_rate / 6, scans, loss_weights=scan_weights, averages_weights=True
        ),
    )


def scan_stages(
    options: GeneratorTrainingOptions, sampler: PreparedScanSampler
) -> tuple[GeneratorStage, ...]:
    """Return the training stages on given scans: the last quarter at a quarter of the learning rate."""
    final_steps = options.steps // 4
    return (
        GeneratorStage(
            options.steps - final_steps,
            options.learning_rate,
            sampler,
            warmup_share=WARMUP_SHARE,
            loss_weights=options.loss_weights,
        ),
        GeneratorStage(final_steps, options.learning_rate / 4, sampler, loss_weights=options.loss_weights),
    )


def _pair_card(model: Model, channels: int, dimensions: int, description: str) -> PairCard:
    return PairCard(model.card.name, model.hash, channels, dimensions, WIDTHS, description)
