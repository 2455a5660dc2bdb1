"""Training of the classifiers of scans with and without artificial lesions, after Eitel et al. 2021.

Five convolutions, on MNI space at 3 mm or on axial slices at 1 mm. A network is first trained on cubes (in
slices: squares) around lesions, which is fast, and then on whole scans, every brain once with and once
without lesions, so that the two differ only in lesions. Early stopping uses a validation set; the score in
the card is that of a separate test set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from viewer.models.training.brain_simulator import (
    SLICE,
    SLICES,
    BrainSimulator,
    LesionOptions,
    draw_cube,
    simulate_brains,
    z_score,
)
from viewer.models.training.optimization import (
    TrainedClassifier,
    TrainingClock,
    Validation,
    build_network,
    convert_to_channels_last,
    run_steps,
    stack_batch,
)
from viewer.progress import Progress
from viewer.scans.simulated_lesions import Floats, LesionShape

if TYPE_CHECKING:
    import torch

ARCHITECTURES = {2: "eitel-2d", 3: "eitel-3d"}
CLASSES = ("no lesion", "lesion")


@dataclass(frozen=True)
class LesionStage:
    """One stage of the training.

    Parameters
    ----------
    steps
        Maximum number of Adam steps.
    pairs_per_step
        Brains (or slices) per step; each is used with and without lesions.
    learning_rate
        Learning rate.
    cube_size
        Edge in voxels of the cube (or square) around a lesion; None for the whole scan, with early stopping.
    """

    steps: int
    pairs_per_step: int
    learning_rate: float
    cube_size: int | None = None


@dataclass(frozen=True)
class LesionTrainingOptions:
    """All options of a training run, except torch's version and the number of threads.

    Parameters
    ----------
    shapes
        Shapes of the planted lesions.
    seed
        Seed of every random draw.
    dimensions
        3 for whole brains, 2 for single axial slices.
    brain_counts
        Number of simulated brains for training, validation and test.
    stages
        Stages of the training, in order.
    validation_interval, patience
        Steps between validations, and validations without a smaller loss before training stops.
    weight_decay
        Adam's weight decay.
    min_reference_brains
        Minimum number of brains for the card's statistics; if the training set is smaller, more are
        simulated.
    """

    shapes: tuple[LesionShape, ...] = tuple(LesionShape)
    seed: int = 0
    dimensions: int = 3
    brain_counts: tuple[int, int, int] = (48, 12, 100)
    stages: tuple[LesionStage, ...] = (LesionStage(400, 3, 1e-3, cube_size=39), LesionStage(300, 1, 5e-4))
    validation_interval: int = 50
    patience: int = 3
    weight_decay: float = 1e-4
    min_reference_brains: int = 0

    @property
    def lesion_options(self) -> LesionOptions:
        """Options of the planted lesions; in slices all are bright, like the paper's conspicuous squares."""
        if self.dimensions == 2:
            return LesionOptions(self.shapes, bright_range=(1.35, 1.7), bright_share=1.0)
        return LesionOptions(self.shapes)


def slice_training_options(shapes: tuple[LesionShape, ...], seed: int) -> LesionTrainingOptions:
    """Return the training options of the 2D networks; a brain gives 28 slices.

    Sharp edges are learned in minutes. Distinguishing soft ones from a bright gyrus takes more brains and
    steps.
    """
    if shapes == (LesionShape.SQUARE,):
        brains, steps = (16, 2, 20), (160, 120, 80)
    else:
        brains, steps = (48, 4, 40), (350, 300, 120)
    cube_steps, scan_steps, final_steps = steps
    stages = (
        LesionStage(cube_steps, 16, 1e-3, cube_size=64),
        LesionStage(scan_steps, 3, 5e-4),
        LesionStage(final_steps, 3, 1e-4),
    )
    return LesionTrainingOptions(
        shapes,
        seed,
        dimensions=2,
        brain_counts=brains,
        stages=stages,
        validation_interval=40,
        min_reference_brains=48,
    )


@dataclass(frozen=True)
class LesionScore:
    """Test score of a lesion classifier; each brain is tested with and without lesions.

    ``unit`` names the counted unit: brains or slices.
    """

    lesioned_count: int
    true_positives: int
    healthy_count: int
    true_negatives: int
    unit: str = "brains"

    @property
    def balanced_accuracy(self) -> float:
        """Mean of sensitivity and specificity."""
        return (self.true_positives / self.lesioned_count + self.true_negatives / self.healthy_count) / 2

    def __str__(self) -> str:
        """Return the counts as a clause."""
        accuracy = f"{self.balanced_accuracy:.{1 if self.healthy_count < 1000 else 2}%}"
        return (
            f"it finds {self.true_positives} of {self.lesioned_count} lesions and no lesion in "
            f"{self.true_negatives} of {self.healthy_count} {self.unit} without, "
            f"a balanced accuracy of {accuracy}"
        )


def train_lesions(
    options: LesionTrainingOptions, progress: Progress | None = None
) -> TrainedClassifier[LesionScore]:
    """Simulate the brains and train the network, on the CPU with torch's number of threads.

    Raises
    ------
    ViewerError
        nilearn's copy of the template is missing.
    Cancelled
        Cancelled through ``progress``.
    """
    progress, clock = progress or Progress(), TrainingClock()
    rng = np.random.default_rng(options.seed)
    simulator, groups = _simulate_groups(options, options.brain_counts, rng, progress.subtask(0.0, 0.2))
    training, validation, test = groups
    network = build_network(ARCHITECTURES[options.dimensions], options.seed)
    convert_to_channels_last(network)
    steps_taken = 0
    stage_share = 0.7 / len(options.stages)
    validation_pairs = [_make_pair(simulator, brain, rng) for brain in validation]
    for index, stage in enumerate(options.stages):
        stage_progress = progress.subtask(0.2 + index * stage_share, 0.2 + (index + 1) * stage_share)
        steps_taken += _train_stage(
            network, stage, options, simulator, training, validation_pairs, rng, stage_progress
        )
    test_pairs = [_make_pair(simulator, brain, rng) for brain in test]
    score = evaluate_lesions(network, test_pairs, progress.subtask(0.9, 1.0))
    return clock.record(network, score, steps_taken, _training_inputs(options, simulator, training))


def simulate_training_inputs(
    options: LesionTrainingOptions, progress: Progress | None = None
) -> list[torch.Tensor]:
    """Simulate again the brains that a network was trained on, as inputs of the network."""
    rng = np.random.default_rng(options.seed)
    simulator, (training,) = _simulate_groups(options, options.brain_counts[:1], rng, progress or Progress())
    return _training_inputs(options, simulator, training)


def _training_inputs(
    options: LesionTrainingOptions, simulator: BrainSimulator, brains: Sequence[Floats]
) -> list[torch.Tensor]:
    """Return the training brains as inputs of the network, every other one with lesions; slices by brain.

    Each brain occurs once: no brain may be compared with its own copy with a lesion.
    """
    rng = np.random.default_rng([options.seed, 1])
    count = SLICES.shape[2] if options.dimensions == 2 else 1
    missing = options.min_reference_brains - len(brains) // count
    if missing > 0:
        _, (extra,) = _simulate_groups(options, (missing,), rng, Progress())
        brains = [*brains, *extra]
    inputs = []
    for index, start in enumerate(range(0, len(brains), count)):
        pairs = [_make_pair(simulator, brain, rng) for brain in brains[start : start + count]]
        inputs.append(_stack_pairs(pairs)[index % 2 :: 2])
    return inputs


def _simulate_groups(
    options: LesionTrainingOptions, counts: Sequence[int], rng: np.random.Generator, progress: Progress
) -> tuple[BrainSimulator, list[list[Floats]]]:
    """Return the simulator of single inputs, and simulated brains (or their slices) in groups."""
    from viewer.scans.load import load_scan

    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid, lesion_options=options.lesion_options)
    if options.dimensions == 3:
        return simulator, _simulate(simulator, counts, rng, progress)
    groups = _simulate(replace(simulator, grid=SLICES), counts, rng, progress)
    return replace(simulator, grid=SLICE), [_axial_slices(brains) for brains in groups]


def evaluate_lesions(
    network: torch.nn.Module, pairs: Sequence[tuple[Floats, Floats]], progress: Progress | None = None
) -> LesionScore:
    """Count the correctly classified scans; ``pairs`` are scans with and without lesions, in this order."""
    import torch

    progress = progress or Progress()
    true_positives = true_negatives = 0
    with torch.inference_mode():
        for index, pair in enumerate(pairs):
            progress.step(index, len(pairs), "testing")
            lesioned, healthy = network(_stack_pairs([pair])).argmax(1).tolist()
            true_positives += lesioned == 1
            true_negatives += healthy == 0
    return LesionScore(
        len(pairs),
        true_positives,
        len(pairs),
        true_negatives,
        "slices" if pairs[0][0].ndim == 2 else "brains",
    )


def _simulate(
    simulator: BrainSimulator, counts: Sequence[int], rng: np.random.Generator, progress: Progress
) -> list[list[Floats]]:
    """Simulate brains without lesions, separate ones for training, validation and test."""
    brains = iter(simulate_brains(simulator, sum(counts), rng, progress))
    return [list(islice(brains, count)) for count in counts]


def _axial_slices(brains: Sequence[Floats]) -> list[Floats]:
    """Return the axial slices of some brains, each with a third size of 1."""
    return [
        np.ascontiguousarray(brain[:, :, index : index + 1])
        for brain in brains
        for index in range(brain.shape[2])
    ]


def _make_pair(simulator: BrainSimulator, brain: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return one brain with and without lesions, as the network's inputs."""
    return _make_input(simulator.add_lesions(brain, rng)[0]), _make_input(brain)


def _make_input(brain: Floats) -> Floats:
    """Return the standardised network input: a slice without its third axis."""
    values = z_score(brain)
    return values[:, :, 0] if values.shape[2] == 1 else values


def _make_cube_pair(
    simulator: BrainSimulator, brain: Floats, edge: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the pair cropped to a cube (or square) that contains a lesion's centre at a random position."""
    lesioned, truth = simulator.add_lesions(brain, rng)
    voxels = np.argwhere(truth > 0.5 * truth.max())
    lesioned, healthy = _make_input(lesioned), _make_input(brain)
    cube = draw_cube(voxels, healthy.shape, edge, rng)
    return lesioned[cube], healthy[cube]


def _stack_pairs(pairs: Sequence[tuple[Floats, Floats]]) -> torch.Tensor:
    """Return a batch (2 × pairs, 1, spatial...): with, without, with, without."""
    return stack_batch([scan for pair in pairs for scan in pair])


def _make_targets(pair_count: int) -> torch.Tensor:
    import torch

    return torch.tensor([1, 0] * pair_count)


def _train_stage(
    network: torch.nn.Module,
    stage: LesionStage,
    options: LesionTrainingOptions,
    simulator: BrainSimulator,
    brains: Sequence[Floats],
    validation_pairs: Sequence[tuple[Floats, Floats]],
    rng: np.random.Generator,
    progress: Progress,
) -> int:
    """Run the steps of one stage; return the number taken until it stopped."""
    import torch
    from torch.nn import functional

    label = "cubes" if stage.cube_size else "whole scans"

    def compute_loss(step: int) -> torch.Tensor:
        selected = [brains[int(index)] for index in rng.integers(len(brains), size=stage.pairs_per_step)]
        if stage.cube_size is None:
            pairs = [_make_pair(simulator, brain, rng) for brain in selected]
        else:
            pairs = [_make_cube_pair(simulator, brain, stage.cube_size, rng) for brain in selected]
        return functional.cross_entropy(network(_stack_pairs(pairs)), _make_targets(stage.pairs_per_step))

    return run_steps(
        network,
        torch.optim.Adam(network.parameters(), stage.learning_rate, weight_decay=options.weight_decay),
        stage.steps,
        compute_loss,
        lambda step: progress.step(step, stage.steps, f"{label}, step {step + 1} of {stage.steps}"),
        None
        if stage.cube_size
        else Validation(
            lambda: _validation_loss(network, validation_pairs), options.validation_interval, options.patience
        ),
    )


def _validation_loss(network: torch.nn.Module, pairs: Sequence[tuple[Floats, Floats]]) -> float:
    """Return the mean validation loss."""
    import torch
    from torch.nn import functional

    with torch.no_grad():
        losses = [
            float(functional.cross_entropy(network(_stack_pairs([pair])), _make_targets(1))) for pair in pairs
        ]
    return float(np.mean(losses))
