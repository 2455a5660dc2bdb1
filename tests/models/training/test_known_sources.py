"""Simulated brains whose answer comes from a known place: nothing else than that place changes it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.models.training.known_sources import (
    CENTRES,
    GRID,
    RADIUS,
    TASKS,
    Quantity,
    SourceSimulator,
    default_simulator,
    find_task,
    measure_quantity,
    scale_brain,
    simulate_samples,
)
from viewer.models.training.source_networks import NetworkKind, TwoLogits, build_source_network
from viewer.models.training.train_source import area_under_curve, measure_reliance
from viewer.progress import Progress


@pytest.fixture(scope="module")
def simulator() -> SourceSimulator:
    return default_simulator()


def test_balls_do_not_overlap_and_lie_in_the_brain(simulator: SourceSimulator) -> None:
    brain = simulator.simulate_brain(np.random.default_rng(0))
    balls = np.stack([simulator.ball(name) for name in CENTRES])
    assert balls.sum(0).max() == 1
    assert all((brain[ball] != 0).mean() > 0.7 for ball in balls)
    points = GRID.to_world(np.argwhere(simulator.ball("left temporal")))
    assert points[:, 0].max() < 0
    assert np.linalg.norm(points - CENTRES["left temporal"], axis=1).max() <= RADIUS


@pytest.mark.parametrize("quantity", [Quantity.MEAN, Quantity.VOLUME, Quantity.TEXTURE])
def test_a_quantity_depends_on_no_voxel_outside(simulator: SourceSimulator, quantity: Quantity) -> None:
    first, second = (simulator.simulate_brain(np.random.default_rng(seed)) for seed in (1, 2))
    ball = simulator.ball(find_task(quantity).ball)
    joined = np.where(ball, first, second)
    assert measure_quantity(quantity, joined, ball) == measure_quantity(quantity, first, ball)
    assert measure_quantity(quantity, second, ball) != measure_quantity(quantity, first, ball)


def test_quantities_are_what_their_names_say(simulator: SourceSimulator) -> None:
    brain = simulator.simulate_brain(np.random.default_rng(3))
    ball = simulator.ball("central")
    inside = ball & (brain != 0)
    assert measure_quantity(Quantity.MEAN, brain, ball) == pytest.approx(scale_brain(brain)[inside].mean())
    dark = np.where(inside, 0.4, brain).astype(np.float32)
    assert measure_quantity(Quantity.VOLUME, dark, ball) == 1.0
    squares = [
        (float(scale_brain(brain)[place]) - float(scale_brain(brain)[tuple(np.add(place, step))])) ** 2
        for place in map(tuple, np.argwhere(inside))
        for step in np.eye(3, dtype=int)
        if inside[tuple(np.add(place, step))]
    ]
    assert measure_quantity(Quantity.TEXTURE, brain, ball) == pytest.approx(
        np.log(np.mean(squares)), rel=1e-4
    )


def test_tasks_about_a_ball_share_their_brains_and_answers_are_balanced(
    simulator: SourceSimulator,
) -> None:
    made = {task.quantity: simulate_samples(simulator, task, 8, 0, 1, None, Progress())[0] for task in TASKS}
    np.testing.assert_array_equal(made[Quantity.MEAN][3].brain, made[Quantity.TEXTURE][3].brain)
    assert sum(one.label for one in made[Quantity.VOLUME]) == 4
    again, _ = simulate_samples(simulator, TASKS[0], 4, 0, 1, None, Progress())
    np.testing.assert_array_equal(again[3].brain, made[Quantity.MEAN][3].brain)
    for one in made[Quantity.LESION]:
        assert one.source_mask.any() == bool(one.label)
        assert (one.brain[one.source_mask] != 0).all()


def test_networks_of_all_kinds_give_two_logits_and_leave_the_random_state_alone() -> None:
    state = torch.random.get_rng_state()
    for kind in NetworkKind:
        network = build_source_network(kind, (16, 16, 16), 0).eval()
        assert network(torch.zeros(2, 1, 16, 16, 16)).shape == (2, 2)
    assert torch.equal(state, torch.random.get_rng_state())
    np.testing.assert_array_equal(TwoLogits()(torch.tensor([[3.0]])), [[-1.5, 1.5]])


def test_reliance_is_1_where_the_source_decides_and_0_where_the_rest_does() -> None:
    draw = torch.Generator().manual_seed(0)
    inputs = torch.randn(40, 1, 2, 2, 2, generator=draw)
    source = torch.zeros(2, 2, 2, dtype=torch.bool)
    source[0] = True
    exchanged = torch.where(source, inputs, inputs.roll(1, 0))

    class Sum(torch.nn.Module):
        def __init__(self, part: torch.Tensor) -> None:
            super().__init__()
            self.part = part

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            total = (x * self.part).flatten(1).sum(1, keepdim=True)
            return torch.cat([-total, total], 1)

    assert measure_reliance(Sum(source.float()), inputs, exchanged) > 0.9
    assert measure_reliance(Sum(1 - source.float()), inputs, exchanged) < 0.1


def test_the_area_under_the_curve_is_that_of_pairs() -> None:
    assert area_under_curve(torch.tensor([0.1, 0.4, 0.35, 0.8]), torch.tensor([0, 0, 1, 1])) == 0.75
    assert area_under_curve(torch.tensor([0.1, 0.4]), torch.tensor([1, 1])) == 0.5
