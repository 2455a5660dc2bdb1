"""Parts shared by all training runs: a seeded network, steps of gradient descent, and early stopping."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from viewer.models.training.early_stopping import EarlyStopping
from viewer.scans.simulated_lesions import Floats

if TYPE_CHECKING:
    import torch

Score = TypeVar("Score")


@dataclass(frozen=True, eq=False)
class TrainedClassifier(Generic[Score]):
    """Trained network with its score on test data and its training record.

    It is reproducible with the same number of ``threads``. ``statistics`` are those of the training data, for
    the card.
    """

    network: torch.nn.Module
    score: Score
    steps: int
    seconds: float
    threads: int
    statistics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Validation:
    """Early stopping of a training run.

    Parameters
    ----------
    compute_loss
        Function that computes the current validation loss of the network.
    interval, patience
        Steps between validations, and validations without a smaller loss before the run stops.
    """

    compute_loss: Callable[[], float]
    interval: int
    patience: int


@dataclass(eq=False)
class TrainingClock:
    """Clock of a training run, which writes the run's record."""

    start_time: float = field(default_factory=time.monotonic)

    def record(
        self, network: torch.nn.Module, score: Score, steps: int, inputs: Sequence[torch.Tensor]
    ) -> TrainedClassifier[Score]:
        """Return the trained network, in evaluation mode, with its record.

        ``inputs`` are the training data for `make_training_statistics`.
        """
        import torch

        from viewer.models.training_reference import make_training_statistics

        statistics = make_training_statistics(network.eval(), inputs)
        seconds = time.monotonic() - self.start_time
        return TrainedClassifier(network, score, steps, seconds, torch.get_num_threads(), statistics)


def build_network(
    architecture: str, seed: int, arguments: Mapping[str, Any] | None = None
) -> torch.nn.Module:
    """Build a network in training mode with weights drawn from a seed; torch's random state is kept."""
    import torch

    from viewer.models.architectures.registry import find_architecture

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: torch.nn.Module = (
            find_architecture(architecture, "training").build(arguments or {}, "training").train()
        )
    return network


def run_steps(
    network: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    steps: int,
    compute_loss: Callable[[int], torch.Tensor],
    report: Callable[[int], None] | None = None,
    validation: Validation | None = None,
    after: Callable[[], None] | None = None,
) -> int:
    """Take steps of gradient descent; return the number taken.

    Parameters
    ----------
    network
        The network. With validation, it ends with the weights of the smallest validation loss.
    optimiser
        Optimiser of its parameters.
    steps
        Maximum number of steps.
    compute_loss
        Function that draws the data of a step, counted from 0, and computes its loss.
    report
        Function that reports the progress before a step, and may raise `Cancelled`.
    validation
        Early stopping; None takes all steps.
    after
        Function to call after every step.
    """
    early_stopping, steps_taken = EarlyStopping(), 0
    for step in range(steps):
        if report is not None:
            report(step)
        optimiser.zero_grad()
        compute_loss(step).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        steps_taken = step + 1
        if after is not None:
            after()
        if validation is not None and steps_taken % validation.interval == 0:
            early_stopping.update(network, validation.compute_loss())
            if early_stopping.validations_since_best >= validation.patience:
                break
    early_stopping.restore(network)
    return steps_taken


def stack_batch(images: Sequence[Floats]) -> torch.Tensor:
    """Return images (spatial...) as a batch (N, 1, spatial...), in channels-last memory format."""
    import torch

    return channels_last(torch.from_numpy(np.stack(images))[:, None])


def channels_last(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor of images in channels-last memory format, which is a fifth faster on the CPU."""
    import torch

    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    if tensor.ndim not in formats:
        return tensor
    return tensor.contiguous(memory_format=formats[tensor.ndim])


def convert_to_channels_last(network: torch.nn.Module) -> None:
    """Convert a network's parameters to channels-last memory format, in place."""
    for parameter in network.parameters():
        parameter.data = channels_last(parameter.data)
