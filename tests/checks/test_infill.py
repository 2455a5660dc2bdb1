"""What is put where something was taken away."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.checks.context import CheckContext
from viewer.checks.infill import Fill, inpaint, make_filler


@pytest.mark.parametrize("kind", list(Fill))
def test_only_the_hole_changes(context: CheckContext, spot: np.ndarray, kind: Fill) -> None:
    before = context.x.clone()
    found = make_filler(context, kind)(spot)
    hole = torch.from_numpy(spot)
    assert torch.equal(found[0, 0][~hole], context.x[0, 0][~hole])
    assert torch.equal(context.x, before)
    # The spot is three times as bright as what surrounds it.
    assert float(found[0, 0][hole].mean()) < 0.75 * float(before[0, 0][hole].mean())


def test_the_mean_is_that_of_the_head(context: CheckContext, spot: np.ndarray) -> None:
    found = make_filler(context, Fill.MEAN)(spot)[0, 0].numpy()
    expected = context.x[0, 0].numpy()[context.foreground].mean()
    np.testing.assert_allclose(found[spot], expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(17, 12, 9), (31, 20)])
def test_a_hole_in_something_even_is_filled_evenly(shape: tuple[int, ...]) -> None:
    x = torch.full((1, 2, *shape), 2.5)
    x[:, 1] = -1
    hole = torch.zeros(shape, dtype=torch.bool)
    hole[2:8, 3:9] = True
    changed = torch.where(hole, 99.0, x)
    torch.testing.assert_close(inpaint(changed, hole, torch.zeros(1, 2, *(1,) * len(shape))), x)


def test_linear_ramp_is_continued_through_the_hole() -> None:
    ramp = torch.arange(32.0).reshape(1, 1, 32, 1, 1).expand(1, 1, 32, 16, 16).contiguous()
    hole = torch.zeros(32, 16, 16, dtype=torch.bool)
    hole[12:18, 4:12, 4:12] = True
    found = inpaint(torch.where(hole, 0.0, ramp), hole, torch.zeros(1, 1, 1, 1, 1))
    assert float((found - ramp).abs().max()) < 3.5
    assert float((found - ramp)[0, 0][hole].mean().abs()) < 0.7


def test_fully_masked_input_takes_the_fallback() -> None:
    x = torch.rand(1, 1, 5, 6, 7)
    found = inpaint(x, torch.ones(5, 6, 7, dtype=torch.bool), torch.full((1, 1, 1, 1, 1), 4.0))
    assert torch.equal(found, torch.full_like(x, 4.0))
    assert torch.equal(inpaint(x, torch.zeros(5, 6, 7, dtype=torch.bool), x[..., :1, :1, :1]), x)


def test_long_grids_of_one_voxel_can_be_filled() -> None:
    x = torch.rand(1, 1, 9, 1, 1)
    hole = torch.tensor([False] + [True] * 8).reshape(9, 1, 1)
    found = inpaint(x, hole, torch.zeros(1, 1, 1, 1, 1))
    torch.testing.assert_close(found, x[:, :, :1].expand_as(x))
