"""Training of the age network (three age bins from grey matter) after Taylor 2019 and Cole et al. 2017.

It is trained on simulated maps only (`simulated_ageing`), the same number per bin. Early stopping uses a
validation set; the score in the card is that of a separate test set.

A batch has only six maps, and the filters change considerably within the roughly ten steps over which batch
norm's running statistics average: after 20 steps the network classified everyone correctly with the batch's
own statistics (loss 0.42) and guessed with the running ones (loss 1.15). The running statistics are therefore
recomputed over the whole training set before every evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model_card import Card
from viewer.models.output_kind import OutputKind
from viewer.models.training.optimization import (
    TrainedClassifier,
    TrainingClock,
    Validation,
    build_network,
    convert_to_channels_last,
    run_steps,
    stack_batch,
)
from viewer.models.training.save_network import save_network
from viewer.models.training.simulated_ageing import AGE_BINS, AGE_GRID, GreyMatterSimulator, draw_age
from viewer.progress import Progress
from viewer.scans.simulated_lesions import Floats

if TYPE_CHECKING:
    import torch

ARCHITECTURE = "taylor-age-3d"
CLASSES = ("10 to 39 years", "40 to 69 years", "70 years and more")


@dataclass(frozen=True)
class AgeTrainingOptions:
    """All options of a training run, except torch's version and the number of threads.

    Parameters
    ----------
    seed
        Seed of every random draw.
    people_counts
        Number of simulated people per bin for training, validation and test.
    steps, people_per_step
        Maximum number of Adam steps, and number of people per bin in a step.
    learning_rate, weight_decay
        Learning rate and weight decay.
    validation_interval, patience
        Steps between validations, and validations without a smaller loss before training stops.
    """

    seed: int = 0
    people_counts: tuple[int, int, int] = (40, 8, 50)
    steps: int = 100
    people_per_step: int = 2
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    validation_interval: int = 25
    patience: int = 3


@dataclass(frozen=True)
class AgeScore:
    """Number of correctly classified people per bin, and their total."""

    correct: tuple[int, ...]
    total: tuple[int, ...]

    @property
    def accuracy(self) -> float:
        """Accuracy over all bins."""
        return sum(self.correct) / sum(self.total)

    def __str__(self) -> str:
        """Return the counts as a clause."""
        text = ", ".join(
            f"{correct} of {total} ({name})"
            for correct, total, name in zip(self.correct, self.total, CLASSES, strict=True)
        )
        return f"it finds the bin of {text}, an accuracy of {self.accuracy:.1%}"


def train_age(options: AgeTrainingOptions, progress: Progress | None = None) -> TrainedClassifier[AgeScore]:
    """Simulate the people and train the network, on the CPU with torch's number of threads.

    Raises
    ------
    ViewerError
        nilearn's copies of the templates are missing.
    Cancelled
        Cancelled through ``progress``.
    """
    import torch
    from torch.nn import functional

    progress, clock = progress or Progress(), TrainingClock()
    rng = np.random.default_rng(options.seed)
    training, validation, test = _simulate(options.people_counts, rng, progress.subtask(0.0, 0.15))
    network = build_network(ARCHITECTURE, options.seed, {"shape": AGE_GRID.shape})
    convert_to_channels_last(network)
    targets = torch.arange(len(AGE_BINS)).repeat_interleave(options.people_per_step)
    training_progress = progress.subtask(0.15, 0.95)

    def compute_loss(step: int) -> torch.Tensor:
        batch = [
            people[int(index)]
            for people in training
            for index in rng.integers(len(people), size=options.people_per_step)
        ]
        flipped = [person[::-1] if rng.random() < 0.5 else person for person in batch]
        return functional.cross_entropy(network(stack_batch(flipped)), targets)

    def compute_validation_loss() -> float:
        recalibrate_batch_norm(network, training, options.people_per_step)
        return _validation_loss(network, validation)

    steps_taken = run_steps(
        network,
        torch.optim.Adam(network.parameters(), options.learning_rate, weight_decay=options.weight_decay),
        options.steps,
        compute_loss,
        lambda step: training_progress.step(step, options.steps, f"step {step + 1} of {options.steps}"),
        Validation(compute_validation_loss, options.validation_interval, options.patience),
    )
    score = evaluate_age(network, test, progress.subtask(0.95, 1.0))
    return clock.record(network, score, steps_taken, _training_inputs(training))


def simulate_training_inputs(
    options: AgeTrainingOptions, progress: Progress | None = None
) -> list[torch.Tensor]:
    """Simulate again the maps that a network was trained on, as inputs of the network."""
    rng = np.random.default_rng(options.seed)
    (training,) = _simulate(options.people_counts[:1], rng, progress or Progress())
    return _training_inputs(training)


def _training_inputs(people: Sequence[Sequence[Floats]]) -> list[torch.Tensor]:
    """Return the maps of the people of each bin as inputs of the network."""
    return [stack_batch([person]) for group in people for person in group]


def recalibrate_batch_norm(
    network: torch.nn.Module, people: Sequence[Sequence[Floats]], people_per_step: int
) -> None:
    """Recompute batch norm's running statistics from batches with ``people_per_step`` people of every bin."""
    import torch

    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm3d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # cumulative average: all batches count equally
    with torch.no_grad():
        for start in range(0, min(map(len, people)), people_per_step):
            network(
                stack_batch([person for group in people for person in group[start : start + people_per_step]])
            )
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def evaluate_age(
    network: torch.nn.Module, people: Sequence[Sequence[Floats]], progress: Progress | None = None
) -> AgeScore:
    """Count the people classified into the correct bin; ``people`` are the maps of each bin."""
    progress = progress or Progress()
    correct = []
    for bin_index, group in enumerate(people):
        progress.step(bin_index, len(people), "testing")
        correct.append(
            sum(int(outputs.argmax()) == bin_index for outputs in _compute_outputs(network, group))
        )
    return AgeScore(tuple(correct), tuple(len(group) for group in people))


def age_card(trained: TrainedClassifier[AgeScore], options: AgeTrainingOptions, name: str) -> Card:
    """Return the card of the trained network."""
    affine = tuple(tuple(float(value) for value in row) for row in AGE_GRID.affine)
    return Card(
        name=name,
        architecture=ARCHITECTURE,
        arguments={"shape": list(AGE_GRID.shape)},
        classes=CLASSES,
        output=OutputKind.SOFTMAX,
        input=InputSpec(
            shape=AGE_GRID.shape,
            placement=Placement.AFFINE,
            affine=affine,
            intensity=IntensitySpec(IntensityScaling.NONE),
        ),
        description=(
            "Classifies a person into one of three age bins from a map of grey matter (fractions from 0 to 1 "
            "in MNI space). It was trained only on simulated maps: the MNI152 templates of grey and white "
            "matter, randomly deformed, with a cortex that becomes thinner and ventricles that become larger "
            "with age, in some people earlier than in others. The grid is coarser than the paper's, 2 mm "
            "instead of 100×124×104 voxels. On "
            f"{sum(trained.score.total)} simulated people outside the training set, "
            f"{trained.score}. It has learned nothing about real ageing. Not for diagnosis."
        ),
        population="simulated: the MNI152 templates of grey and white matter, randomly deformed; no persons",
        not_for="scans of real people",
        training_statistics=trained.statistics,
        licence="MIT",
        citation=(
            "Network after Taylor: Brain ageing heat maps via deep Taylor decomposition (2019), and Cole et "
            "al., NeuroImage 163 (2017) 115"
        ),
        source=f"saliency-viewer train age --seed {options.seed} --threads {trained.threads} --name {name}",
    )


def save_age(
    trained: TrainedClassifier[AgeScore], options: AgeTrainingOptions, folder: Path, name: str
) -> Path:
    """Write NAME.safetensors and its card; return the path of the weights. Raises ModelError."""
    return save_network(trained.network, age_card(trained, options, name), folder)


def _simulate(
    counts: Sequence[int], rng: np.random.Generator, progress: Progress
) -> list[list[list[Floats]]]:
    """Simulate the maps of ``counts`` people per bin, in groups: for training, validation and test."""
    simulator = GreyMatterSimulator()
    count_done, total = 0, len(AGE_BINS) * sum(counts)
    groups: list[list[list[Floats]]] = []
    for count in counts:
        groups.append([[] for _ in AGE_BINS])
        for bin_index, group in enumerate(groups[-1]):
            for _ in range(count):
                progress.step(count_done, total, f"simulating person {count_done + 1} of {total}")
                group.append(simulator.simulate_map(draw_age(bin_index, rng), rng))
                count_done += 1
    return groups


def _compute_outputs(network: torch.nn.Module, maps: Sequence[Floats]) -> list[torch.Tensor]:
    """Return the network's output for each map, in evaluation mode."""
    import torch

    network.eval()
    with torch.no_grad():
        outputs = [network(stack_batch([person]))[0] for person in maps]
    network.train()
    return outputs


def _validation_loss(network: torch.nn.Module, people: Sequence[Sequence[Floats]]) -> float:
    import torch
    from torch.nn import functional

    losses = [
        float(functional.cross_entropy(outputs, torch.tensor(bin_index)))
        for bin_index, group in enumerate(people)
        for outputs in _compute_outputs(network, group)
    ]
    return float(np.mean(losses))
