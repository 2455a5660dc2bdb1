"""Running a part again gives what running the whole gives: every operator, border and join, in float64."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from viewer.errors import Cancelled
from viewer.methods.perturbation.incremental_network import IncrementalNetwork, IncrementalPlan
from viewer.methods.perturbation.incremental_operators import (
    CombiningStep,
    FullStep,
    IncrementalStep,
    LinearStep,
    Patch,
    ReductionStep,
    SlidingStep,
)
from viewer.models.model import Model
from viewer.progress import Progress


class Pooled(nn.Module):
    """A convolution, a pool, a convolution and a head on the mean."""

    def __init__(self, pool: nn.Module, channels: int = 2, **laid: object) -> None:
        super().__init__()
        self.first, self.pool = nn.Conv3d(channels, 3, 3, padding=1), pool
        self.second = nn.Conv3d(3, 4, 3, **laid)
        self.head = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(F.relu(self.second(self.pool(torch.tanh(self.first(x))))).mean((2, 3, 4)))


class Joined(nn.Module):
    """A sum and a product around batch norms, branches of different reach side by side, and no mean."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv3d(2, 4, 3, 2, 1), nn.BatchNorm3d(4)
        self.inner, self.gate = nn.Conv3d(4, 4, 3, padding=1), nn.Conv3d(4, 4, 1)
        self.wide = nn.Conv3d(4, 2, 5, padding=2, groups=2)
        self.slope = nn.PReLU(6)
        self.head = nn.Linear(6 * 6 * 5 * 6, 7)
        self.last = nn.Linear(7, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.norm(self.stem(x)))
        x = F.relu(x + self.inner(x)) * self.gate(x).sigmoid()
        x = self.slope(torch.cat([x, self.wide(x)], 1))
        return self.last(F.relu(self.head(x.flatten(1))))


class Dense2D(nn.Module):
    """Answers at every pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.border, self.conv = nn.ConstantPad2d((1, 2, 0, 1), 0.7), nn.Conv2d(1, 3, 3, dilation=2)
        self.last = nn.Conv2d(3, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(F.silu(self.conv(self.border(x))))


class Normed(nn.Module):
    """Something global in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv3d(1, 2, 3), nn.InstanceNorm3d(2, affine=True)
        self.second = nn.Conv3d(2, 2, 3, stride=2)
        self.grown = nn.ConvTranspose3d(2, 2, 3, stride=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.grown(self.second(self.norm(self.first(x)))).amax((2, 3, 4))


POOLS = {
    "overlapping": nn.MaxPool3d(3, 1),
    "bordered": nn.MaxPool3d(3, 2, padding=1),
    "dilated": nn.MaxPool3d(2, 2, dilation=2),
    "overhanging": nn.MaxPool3d(3, 2, ceil_mode=True),
    "mean": nn.AvgPool3d(2, 2),
    "mean, bordered": nn.AvgPool3d(3, 2, padding=1),
    "mean, border not counted": nn.AvgPool3d(3, 2, padding=1, count_include_pad=False),
    "mean, overhanging": nn.AvgPool3d(3, 2, padding=1, ceil_mode=True),
    "mean, divisor": nn.AvgPool3d(2, 1, divisor_override=3),
    "none": nn.Identity(),
}
NETWORKS = {
    **{f"pool, {name}": (lambda pool=pool: Pooled(pool), (2, 12, 11, 13)) for name, pool in POOLS.items()},
    "stride 2": (lambda: Pooled(nn.Identity(), stride=2), (2, 12, 11, 13)),
    "stride 3, padding 2": (lambda: Pooled(nn.Identity(), stride=3, padding=2), (2, 12, 11, 13)),
    "stride beyond the kernel": (lambda: Pooled(nn.MaxPool3d(1, 3)), (2, 12, 11, 13)),
    "dilation": (lambda: Pooled(nn.MaxPool3d(2), dilation=2, padding=2), (2, 12, 11, 13)),
    "joined": (Joined, (2, 11, 10, 12)),
    "2D, dense": (Dense2D, (1, 9, 10)),
    "global": (Normed, (1, 9, 8, 7)),
}


@cache
def make_network(name: str) -> tuple[Model, torch.Tensor]:
    build, shape = NETWORKS[name]
    draw = torch.Generator().manual_seed(4)
    network = build().double().eval()
    with torch.no_grad():
        for tensor in (*network.parameters(), *network.buffers()):
            if tensor.is_floating_point():
                tensor.normal_(0, 0.5, generator=draw).add_(0.2)
        for part in network.modules():
            if isinstance(part, nn.BatchNorm3d):
                part.running_var.abs_().add_(0.5)
    x = torch.randn(1, *shape, generator=draw, dtype=torch.float64)
    return Model.from_module(network, x), x


def around(model: Model, x: torch.Tensor) -> tuple[IncrementalNetwork, IncrementalPlan]:
    graph = model.graph(x)
    plan = IncrementalPlan.make(graph, tuple(x.shape[1:]))
    return IncrementalNetwork(graph, plan, x), plan


def placed(x: torch.Tensor, values: torch.Tensor, starts: np.ndarray) -> torch.Tensor:
    """The changed inputs, whole."""
    inputs = x.repeat(len(starts), *(1,) * (x.dim() - 1))
    for number, start in enumerate(starts):
        box = tuple(slice(low, low + wide) for low, wide in zip(start, values.shape[2:], strict=True))
        inputs[(number, slice(None), *box)] = values[number]
    return inputs


def corners(space: tuple[int, ...], size: tuple[int, ...], draw: np.random.Generator) -> np.ndarray:
    """Both ends of every axis, and places between."""
    last = np.array(space) - np.array(size)
    return np.stack([0 * last, last, *(draw.integers(0, last + 1) for _ in range(4))])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", list(NETWORKS))
@pytest.mark.parametrize("edge", [1, 2, 5])
def test_incremental_outputs_equal_full_outputs(name: str, edge: int) -> None:
    model, x = make_network(name)
    local, _ = around(model, x)
    size = (edge,) * (x.dim() - 2)
    starts = corners(tuple(x.shape[2:]), size, np.random.default_rng(edge))
    values = torch.randn(
        len(starts), x.shape[1], *size, dtype=x.dtype, generator=torch.Generator().manual_seed(edge)
    )
    found = local.outputs(Patch(values, starts))
    expected = model.logits(placed(x, values, starts))
    moved = float((expected - model.logits(x)).abs().max())
    assert moved > 1e-8
    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(local.output, model.logits(x), rtol=1e-11, atol=1e-12)


def test_unchanged_patch_gives_the_original_output() -> None:
    model, x = make_network("joined")
    local, _ = around(model, x)
    starts = np.array([[0, 3, 4], [7, 1, 0]])
    same = torch.stack([x[0, :, a : a + 3, b : b + 3, c : c + 3] for a, b, c in starts.tolist()])
    torch.testing.assert_close(
        local.outputs(Patch(same, starts)), local.output.expand(2, -1), rtol=1e-12, atol=1e-12
    )


def kinds(name: str) -> list[type[IncrementalStep]]:
    model, x = make_network(name)
    return [type(step) for step in around(model, x)[1].steps.values()]


def test_local_operators_run_incrementally() -> None:
    assert FullStep not in kinds("joined")[:-2]
    assert {SlidingStep, CombiningStep, LinearStep} <= set(kinds("joined"))
    assert kinds("pool, overlapping").count(SlidingStep) == 3
    assert ReductionStep in kinds("stride 2")
    assert FullStep not in kinds("2D, dense")


def test_operators_after_a_global_one_run_in_full() -> None:
    found = kinds("global")
    assert found[0] is SlidingStep
    assert set(found[1:]) == {FullStep}


def test_original_input_is_unchanged() -> None:
    model, x = make_network("joined")
    local, _ = around(model, x)
    before, given = local.output.clone(), x.clone()
    values, starts = torch.randn(3, 2, 4, 4, 4, dtype=x.dtype), np.array([[0, 0, 0], [1, 2, 3], [4, 4, 4]])
    first = local.outputs(Patch(values, starts))
    torch.testing.assert_close(local.outputs(Patch(values, starts)), first, rtol=0, atol=0)
    assert torch.equal(local.output, before)
    assert torch.equal(x, given)


def test_cancellation_before_every_operator() -> None:
    model, x = make_network("joined")
    local, _ = around(model, x)
    patch = Patch(torch.randn(1, 2, 2, 2, 2, dtype=x.dtype), np.array([[1, 1, 1]]))
    calls: list[int] = []
    local.outputs(patch, Progress(cancelled=lambda: bool(calls.append(1))))
    assert len(calls) >= len(model.graph(x).nodes)
    left = iter([False, False, True])
    with pytest.raises(Cancelled):
        local.outputs(patch, Progress(cancelled=lambda: next(left)))
