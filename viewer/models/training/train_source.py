"""Training of a network on a task with a known source, and a test of whether it uses that source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from viewer.models.training.optimization import Validation, run_steps
from viewer.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch


@dataclass(frozen=True)
class SourceTrainingOptions:
    """Options of a training run.

    Parameters
    ----------
    steps
        Maximum number of AdamW steps.
    batch_size
        Brains per step.
    learning_rate, weight_decay
        Learning rate, reached after a warm-up of a tenth of the steps, and weight decay.
    validation_interval
        Steps between validations.
    target_auc
        Area under the ROC curve on validation data at which training stops.
    """

    steps: int = 240
    batch_size: int = 8
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    validation_interval: int = 20
    target_auc: float = 0.97


@dataclass(frozen=True)
class SourceScore:
    """How well a network has learned a task.

    Parameters
    ----------
    auc
        Area under the ROC curve on validation data.
    reliance
        How much the output depends on the source. Brains are combined from the source of one brain and the
        remainder of another; r is the correlation of their outputs with those of the brain that the source,
        or the remainder, was taken from: r²(source) / (r²(source) + r²(remainder)). None for a lesion, whose
        location differs between brains.
    steps
        Number of steps taken.
    """

    auc: float
    reliance: float | None
    steps: int

    def has_learned(self, min_auc: float, min_reliance: float) -> bool:
        """Return whether the network classifies accurately, and from the source."""
        return self.auc >= min_auc and (self.reliance is None or self.reliance >= min_reliance)


@dataclass(frozen=True, eq=False)
class LabelledTensors:
    """Network inputs (N, C, spatial...) and labels (N,) of 0 and 1."""

    inputs: torch.Tensor
    labels: torch.Tensor


def train_on_source(
    network: torch.nn.Module,
    training: LabelledTensors,
    validation: LabelledTensors,
    options: SourceTrainingOptions,
    seed: int,
    exchanged_inputs: torch.Tensor | None = None,
    progress: Progress | None = None,
    to_logits: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> SourceScore:
    """Train a network in place, and leave it in evaluation mode.

    Parameters
    ----------
    network
        Returns two logits (N, 2), or outputs that ``to_logits`` converts to them. Its batch norms keep
        their current mode.
    training, validation
        The data. Validation data only determine when to stop.
    options
        The options.
    seed
        Seed of the order of the brains.
    exchanged_inputs
        The validation inputs with all but the source from the input before each (the first: from the last);
        None if the source differs between brains.
    progress
        Updated after every step, and checked for cancellation.
    to_logits
        Converts the network's outputs, such as probabilities, to two logits; None if they are logits.
    """
    import torch
    from torch.nn import functional

    progress = progress or Progress()
    rng = np.random.default_rng([seed, 23])
    optimiser = torch.optim.AdamW(
        network.parameters(), options.learning_rate, weight_decay=options.weight_decay
    )
    warmup_steps = max(options.steps // 10, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, (step + 1) / warmup_steps))
    modes = {module: module.training for module in network.modules()}
    best_auc = 0.0

    def compute_loss(step: int) -> torch.Tensor:
        indices = rng.integers(len(training.labels), size=options.batch_size)
        outputs = network(training.inputs[indices])
        logits = outputs if to_logits is None else to_logits(outputs)
        return functional.cross_entropy(logits, training.labels[indices])

    def validate() -> float:
        nonlocal best_auc
        network.eval()
        best_auc = max(
            best_auc, area_under_curve(score_inputs(network, validation.inputs), validation.labels)
        )
        for module, mode in modes.items():
            module.training = mode
        if best_auc >= options.target_auc:
            raise _TargetReachedError
        return -best_auc

    steps_taken = 0

    def report_step(step: int) -> None:
        nonlocal steps_taken
        steps_taken = step
        progress.step(step, options.steps, f"step {step + 1} of {options.steps}")

    try:
        steps_taken = run_steps(
            network,
            optimiser,
            options.steps,
            compute_loss,
            report_step,
            Validation(validate, options.validation_interval, options.steps),
            schedule.step,
        )
    except _TargetReachedError:
        steps_taken += 1
    network.eval()
    auc = area_under_curve(score_inputs(network, validation.inputs), validation.labels)
    reliance = (
        None if exchanged_inputs is None else measure_reliance(network, validation.inputs, exchanged_inputs)
    )
    return SourceScore(auc, reliance, steps_taken)


class _TargetReachedError(Exception):
    """The validation score suffices: training stops."""


def score_inputs(network: torch.nn.Module, inputs: torch.Tensor, batch_size: int = 16) -> torch.Tensor:
    """Return the second logit minus the first for every input, (N,)."""
    import torch

    with torch.no_grad():
        outputs = [network(inputs[start : start + batch_size]) for start in range(0, len(inputs), batch_size)]
    logits = torch.cat(outputs)
    return logits[:, 1] - logits[:, 0]


def area_under_curve(scores: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the area under the ROC curve; ½ if there is only one class."""
    from viewer.scans.metrics import area_under_roc_curve

    positive = labels.numpy() == 1
    if positive.all() or not positive.any():
        return 0.5
    return area_under_roc_curve(scores.double().numpy(), positive)


def measure_reliance(network: torch.nn.Module, inputs: torch.Tensor, exchanged_inputs: torch.Tensor) -> float:
    """Return how much the outputs depend on the source, from 0 to 1 (`SourceScore.reliance`)."""
    exchanged_scores, own_scores = score_inputs(network, exchanged_inputs), score_inputs(network, inputs)
    by_source, by_rest = (
        _correlate(exchanged_scores, own_scores),
        _correlate(exchanged_scores, own_scores.roll(1)),
    )
    total = by_source**2 + by_rest**2
    return by_source**2 / total if total > 0 else 0.0


def _correlate(first: torch.Tensor, second: torch.Tensor) -> float:
    a, b = first.double() - first.double().mean(), second.double() - second.double().mean()
    size = float(a.norm() * b.norm())
    return float(a @ b) / size if size > 0 else 0.0
