"""Training of the two generators whose difference explains a classifier (Charachon et al. 2021).

For a scan x that the frozen classifier f predicts as c, g_s(x) must stay close to x and be predicted as c;
g_a(x) must be predicted as another class and differ from g_s(x) as little as possible. Both have the same
initial weights and are kept close to each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from viewer.models.training.optimization import run_steps
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.training.generator_network import GeneratorPair

Classifier = Callable[["torch.Tensor"], "torch.Tensor"]
"""Frozen classifier: (N, C, spatial...) to logits (N, classes), differentiable in its input."""

ScanSampler = Callable[[np.random.Generator], "torch.Tensor"]
"""Function that draws training scans as inputs of the classifier: (N, C, spatial...)."""


MIN_MARGIN = 1.0
"""Smallest margin in logits by which the margins of generated images are divided."""


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms of the loss.

    Parameters
    ----------
    preserved_prediction
        Weight of the margin that g_s(x) has lost, relative to that of x.
    changed_prediction
        Weight of the margin that g_a(x) still has to lose, relative to that of x, both as logarithms: the
        last tenth of a remaining lesion counts as much as the first nine.
    distance_to_input
        Weight of the mean |g_s(x) − x| over the nonzero voxels.
    distance_between_outputs
        Weight of the mean |g_s(x) − g_a(x)| over the nonzero voxels.
    distance_between_weights
        Weight of the squared distance between the two generators' weights.
    """

    preserved_prediction: float = 1.0
    changed_prediction: float = 1.0
    distance_to_input: float = 2.0
    distance_between_outputs: float = 10.0
    distance_between_weights: float = 1e-3


@dataclass(frozen=True)
class GeneratorStage:
    """One stage of the training.

    Parameters
    ----------
    steps, learning_rate
        Number of Adam steps, and learning rate.
    sampler
        Sampler of the scans.
    margin
        Margin in logits from which a changed prediction adds no more loss. A network that averages over the
        whole scan has larger logits for a part of it, which needs a larger margin.
    warmup_share
        Share of the steps in which the weights of changes grow from zero to their values. A new generator's
        first changes are spread over the whole scan; penalised from the start, they would never become
        sparse.
    loss_weights
        Weights of the loss.
    averages_weights
        Whether the stage ends with the mean of the weights after each step (Izmailov et al. 2018), which
        reduces the noise of small batches.
    """

    steps: int
    learning_rate: float
    sampler: ScanSampler
    margin: float = 1.0
    warmup_share: float = 0.0
    loss_weights: LossWeights = LossWeights()
    averages_weights: bool = False


@dataclass(frozen=True)
class GeneratorScore:
    """Number of test scans for which g_s preserves the prediction and g_a changes it."""

    scan_count: int
    preserved: int
    changed: int

    def __str__(self) -> str:
        """Return the counts as a clause."""
        return (
            f"on {self.scan_count} scans, g_s keeps {self.preserved} predictions "
            f"and g_a changes {self.changed}"
        )


@dataclass(frozen=True, eq=False)
class TrainedPair:
    """Trained generators and their training record."""

    pair: GeneratorPair
    steps: int
    seconds: float


def train_generators(
    classify: Classifier,
    shape: tuple[int, ...],
    stages: tuple[GeneratorStage, ...],
    seed: int,
    progress: Progress | None = None,
) -> TrainedPair:
    """Train a pair on the CPU, with torch's number of threads.

    Parameters
    ----------
    classify
        The classifier; it is not changed.
    shape
        (C, spatial...) of a scan; the spatial sizes do not matter.
    stages
        Stages of the training, in order.
    seed
        Seed of every random draw.
    progress
        Updated after every step.

    Raises
    ------
    Cancelled
        Cancelled through ``progress``.
    """
    import torch
    from torch.optim.swa_utils import AveragedModel

    from viewer.models.training.generator_network import GeneratorPair

    progress = progress or Progress()
    start = time.monotonic()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pair = GeneratorPair(shape[0], len(shape) - 1)
    rng = np.random.default_rng(seed)
    total, steps_done = sum(stage.steps for stage in stages), 0
    for stage in stages:
        optimiser = torch.optim.Adam(pair.parameters(), stage.learning_rate)
        mean = AveragedModel(pair) if stage.averages_weights else None

        def compute_loss(step: int, stage: GeneratorStage = stage) -> torch.Tensor:
            ramp = min(1.0, step / (stage.warmup_share * stage.steps)) if stage.warmup_share else 1.0
            weights = stage.loss_weights
            ramped_weights = replace(
                weights,
                distance_to_input=ramp * weights.distance_to_input,
                distance_between_outputs=ramp * weights.distance_between_outputs,
            )
            return generator_loss(pair, classify, stage.sampler(rng), ramped_weights, stage.margin)

        def report_step(step: int, offset: int = steps_done) -> None:
            progress.step(offset + step, total, f"step {offset + step + 1} of {total}")

        after = None if mean is None else partial(mean.update_parameters, pair)
        steps_done += run_steps(pair, optimiser, stage.steps, compute_loss, report_step, after=after)
        if mean is not None:
            pair.load_state_dict(mean.module.state_dict())
    progress.step(1, 1, "Done")
    return TrainedPair(pair.eval(), steps_done, time.monotonic() - start)


def generator_loss(
    pair: GeneratorPair, classify: Classifier, x: torch.Tensor, weights: LossWeights, margin: float = 1.0
) -> torch.Tensor:
    """Compute the loss of a pair, the mean over scans (N, C, spatial...).

    Margins are relative to that of the prediction for x: a lesion that fills a cube has a hundred times the
    margin of a faint one in a whole brain, and both must contribute.
    """
    import torch
    from torch.nn import functional as F

    with torch.no_grad():
        logits = classify(x)
        classes = logits.argmax(1)
        own_margin = class_margin(logits, classes)
    similar, adversarial = pair(x)
    # Both images pass through the classifier in one batch.
    margins = class_margin(classify(torch.cat([similar, adversarial])), classes.repeat(2)).reshape(2, -1)
    kept = F.relu(own_margin - margins[0]) / own_margin.clamp(min=MIN_MARGIN)
    turned = F.relu(margin + margins[1]).log1p() / (margin + own_margin).log1p()
    voxels = (x != 0).flatten(1).sum(1).clamp(min=1)
    near = (similar - x).abs().flatten(1).sum(1) / voxels
    alike = (similar - adversarial).abs().flatten(1).sum(1) / voxels
    apart = torch.stack(
        [
            (a - b).square().sum()
            for a, b in zip(pair.similar.parameters(), pair.adversarial.parameters(), strict=True)
        ]
    ).sum()
    losses = (
        weights.preserved_prediction * kept
        + weights.changed_prediction * turned
        + weights.distance_to_input * near
        + weights.distance_between_outputs * alike
    )
    total: torch.Tensor = losses.mean() + weights.distance_between_weights * apart
    return total


def class_margin(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Return the margin of each scan's class, (N,), over the largest other logit: (N, classes) to (N,)."""
    column = classes[:, None]
    runner_up = logits.scatter(1, column, float("-inf")).amax(1)
    return logits.gather(1, column)[:, 0] - runner_up


def evaluate_generators(
    pair: GeneratorPair, classify: Classifier, scans: list[torch.Tensor], progress: Progress | None = None
) -> GeneratorScore:
    """Count preserved and changed predictions; each scan is (1, C, spatial...)."""
    import torch

    progress = progress or Progress()
    kept = turned = 0
    with torch.inference_mode():
        for index, x in enumerate(scans):
            progress.step(index, len(scans), "testing")
            predicted = int(classify(x).argmax(1))
            similar, adversarial = pair(x)
            kept += int(classify(similar).argmax(1)) == predicted
            turned += int(classify(adversarial).argmax(1)) != predicted
    return GeneratorScore(len(scans), kept, turned)
