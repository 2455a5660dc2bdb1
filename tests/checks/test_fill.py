"""What is put where something was taken away."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.checks.fill import Fill, filler, inpainted
from viewer.checks.subject import Subject


@pytest.mark.parametrize("kind", list(Fill))
def test_only_the_hole_changes(subject: Subject, spot: np.ndarray, kind: Fill) -> None:
    before = subject.x.clone()
    found = filler(subject, kind)(spot)
    hole = torch.from_numpy(spot)
    assert torch.equal(found[0, 0][~hole], subject.x[0, 0][~hole])
    assert torch.equal(subject.x, before)
    # The spot is three times as bright as what surrounds it.
    assert float(found[0, 0][hole].mean()) < 0.75 * float(before[0, 0][hole].mean())


def test_the_mean_is_that_of_the_head(subject: Subject, spot: np.ndarray) -> None:
    found = filler(subject, Fill.MEAN)(spot)[0, 0].numpy()
    expected = subject.x[0, 0].numpy()[subject.foreground].mean()
    np.testing.assert_allclose(found[spot], expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(17, 12, 9), (31, 20)])
def test_a_hole_in_something_even_is_filled_evenly(shape: tuple[int, ...]) -> None:
    x = torch.full((1, 2, *shape), 2.5)
    x[:, 1] = -1
    hole = torch.zeros(shape, dtype=torch.bool)
    hole[2:8, 3:9] = True
    changed = torch.where(hole, 99.0, x)
    torch.testing.assert_close(inpainted(changed, hole, torch.zeros(1, 2, *(1,) * len(shape))), x)


def test_a_ramp_goes_on_through_the_hole() -> None:
    ramp = torch.arange(32.0).reshape(1, 1, 32, 1, 1).expand(1, 1, 32, 16, 16).contiguous()
    hole = torch.zeros(32, 16, 16, dtype=torch.bool)
    hole[12:18, 4:12, 4:12] = True
    found = inpainted(torch.where(hole, 0.0, ramp), hole, torch.zeros(1, 1, 1, 1, 1))
    assert float((found - ramp).abs().max()) < 3.5
    assert float((found - ramp)[0, 0][hole].mean().abs()) < 0.7


def test_where_nothing_is_known_there_is_the_other() -> None:
    x = torch.rand(1, 1, 5, 6, 7)
    found = inpainted(x, torch.ones(5, 6, 7, dtype=torch.bool), torch.full((1, 1, 1, 1, 1), 4.0))
    assert torch.equal(found, torch.full_like(x, 4.0))
    assert torch.equal(inpainted(x, torch.zeros(5, 6, 7, dtype=torch.bool), x[..., :1, :1, :1]), x)


def test_long_grids_of_one_voxel_can_be_filled() -> None:
    x = torch.rand(1, 1, 9, 1, 1)
    hole = torch.tensor([False] + [True] * 8).reshape(9, 1, 1)
    found = inpainted(x, hole, torch.zeros(1, 1, 1, 1, 1))
    torch.testing.assert_close(found, x[:, :, :1].expand_as(x))
