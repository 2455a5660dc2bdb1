"""The run that all trainings share: seeded weights, steps, early stopping, and what is reported."""

from __future__ import annotations

import pytest
import torch

from viewer.errors import Cancelled
from viewer.models.training.optimization import (
    TrainingClock,
    Validation,
    build_network,
    run_steps,
    stack_batch,
)


class Scalar(torch.nn.Module):
    """One weight, from 0; its loss falls by gradient descent of rate 0.25 to w = 1: 0, 1/2, 3/4, ..."""

    def __init__(self) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(0.0))

    def loss(self, step: int) -> torch.Tensor:
        return (self.w - 1).square()


def descend(network: Scalar, steps: int, **options: object) -> int:
    optimiser = torch.optim.SGD(network.parameters(), 0.25)
    return run_steps(network, optimiser, steps, network.loss, **options)  # type: ignore[arg-type]


def test_every_step_follows_the_gradient_and_is_reported_before() -> None:
    network, seen, after = Scalar(), [], []
    taken = descend(
        network,
        3,
        report=lambda step: seen.append((step, network.w.item())),
        after=lambda: after.append(network.w.item()),
    )
    assert taken == 3
    assert seen == [(0, 0.0), (1, 0.5), (2, 0.75)]
    assert after == [0.5, 0.75, 0.875]


def test_a_run_stops_when_the_validation_loss_no_longer_falls_and_keeps_the_best_weights() -> None:
    network = Scalar()
    # Smallest at w = 1/2, which the first step reaches.
    validation = Validation(lambda: abs(network.w.item() - 0.5), interval=1, patience=2)
    assert descend(network, 10, validation=validation) == 3
    assert network.w.item() == 0.5


def test_validations_are_as_far_apart_as_is_said() -> None:
    network, seen = Scalar(), []

    def loss() -> float:
        seen.append(network.w.item())
        return 1 - network.w.item()

    assert descend(network, 5, validation=Validation(loss, interval=2, patience=1)) == 5
    assert seen == [0.75, 0.9375]
    assert network.w.item() == 0.9375


def test_a_report_may_cancel_before_a_step() -> None:
    network = Scalar()

    def report(step: int) -> None:
        if step == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        descend(network, 3, report=report)
    assert network.w.item() == 0.5


def test_a_seed_draws_the_weights_and_leaves_the_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    first, again, other = (build_network("taylor-mnist-dense", seed) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    key = next(iter(first.state_dict()))
    assert torch.equal(first.state_dict()[key], again.state_dict()[key])
    assert not torch.equal(first.state_dict()[key], other.state_dict()[key])
    assert first.training
    trained = TrainingClock().record(first, "fine", 7, ())
    assert (trained.score, trained.steps, trained.threads) == ("fine", 7, torch.get_num_threads())
    assert not first.training


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_batch_is_stacked_in_channels_last_format(dimensions: int) -> None:
    images = [torch.full((4,) * dimensions, float(n)).numpy() for n in range(3)]
    batch = stack_batch(images)
    assert batch.shape == (3, 1, *(4,) * dimensions)
    assert batch[2].unique().tolist() == [2.0]
    wanted = torch.channels_last if dimensions == 2 else torch.channels_last_3d
    assert batch.is_contiguous(memory_format=wanted)
