"""Masks found by gradient: how they fade a scan, that they find what counts, and that the area is kept."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from viewer.errors import MethodError
from viewer.methods.base import Attribution, ExplanationRequest, Target
from viewer.methods.perturbation.mask_optimization import (
    PYRAMID_LEVELS,
    ExtremalPerturbation,
    MaskOptimization,
    MeaningfulPerturbation,
    blend_levels,
    blur_pyramid,
    shift_gradient_back,
    shift_image,
    total_variation,
    upsample_mask,
)
from viewer.models.model import Model
from viewer.progress import Progress


def random(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(8))


def test_a_mask_of_ones_leaves_the_scan_and_one_of_zeros_its_blur() -> None:
    x = random(1, 2, 7, 8, 6)
    levels = blur_pyramid(x, 2.0)
    assert len(levels) == PYRAMID_LEVELS
    mask = torch.ones(1, 1, 7, 8, 6, dtype=x.dtype)
    torch.testing.assert_close(blend_levels(levels, mask), x)
    torch.testing.assert_close(blend_levels(levels, 0 * mask), levels[-1:])
    # Between two levels it is their mixture.
    share = 1 - 1.25 / (PYRAMID_LEVELS - 1)
    torch.testing.assert_close(blend_levels(levels, share * mask), 0.75 * levels[1:2] + 0.25 * levels[2:3])
    spread = [float(level.std()) for level in levels]
    assert spread == sorted(spread, reverse=True)


def test_fading_is_differentiable_in_the_mask() -> None:
    levels = blur_pyramid(random(1, 1, 4, 5), 1.5)
    mask = torch.rand(1, 1, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert torch.autograd.gradcheck(lambda m: blend_levels(levels, m), mask.requires_grad_(True))
    small = random(1, 1, 3, 3).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda m: total_variation(upsample_mask(m, (5, 6)), 3.0), small)


@pytest.mark.parametrize("offsets", [(0, 0), (2, -1), (-3, 0), (1, 3)])
def test_a_shift_is_carried_back(offsets: tuple[int, int]) -> None:
    x, gradient = torch.zeros(1, 1, 9, 10, dtype=torch.float64), random(1, 1, 9, 10)
    x[:, :, 3:6, 3:7] = random(1, 1, 3, 4)
    shifted = shift_image(x, offsets)
    assert torch.equal(shifted[0, 0, 3 + offsets[0], 3 + offsets[1]], x[0, 0, 3, 3])
    torch.testing.assert_close((shifted * gradient).sum(), (x * shift_gradient_back(gradient, offsets)).sum())


class Spot(nn.Module):
    """How rough the scan is in one place: all that counts, and what blurring takes away."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        value = x[:, :, 9:13, 3:7, 10:14].var((2, 3, 4))
        return torch.cat([value, -value], 1)


@pytest.fixture(scope="module")
def spot() -> tuple[Model, torch.Tensor]:
    x = 1 + 0.3 * torch.randn(1, 1, 18, 16, 17, generator=torch.Generator().manual_seed(3))
    return Model.from_module(Spot(), x), x


def run_method(
    method: MaskOptimization, spot: tuple[Model, torch.Tensor], target: int = 0, seed: int = 0
) -> Attribution:
    return method.explain(ExplanationRequest(*spot, Target(target, str(target)), seed=seed))


METHODS = {
    "deletion": MeaningfulPerturbation(coarse=3.0, blur=3.0, jitter=1, steps=60),
    "preservation": MeaningfulPerturbation(form="preservation", coarse=3.0, blur=3.0, jitter=1, steps=60),
    "extremal": ExtremalPerturbation(coarse=3.0, blur=3.0, jitter=1, steps=80, area=0.05),
    "extremal deletion": ExtremalPerturbation(
        form="deletion", coarse=3.0, blur=3.0, jitter=1, steps=80, area=0.05
    ),
}


@pytest.mark.parametrize("name", list(METHODS))
def test_mask_finds_the_decisive_region(spot: tuple[Model, torch.Tensor], name: str) -> None:
    found = run_method(METHODS[name], spot)
    values = found.values[0, 0]
    assert found.values.shape == spot[1].shape
    assert 0 <= float(values.min()) <= float(values.max()) <= 1
    inside = float(values[9:13, 3:7, 10:14].mean())
    far = float(torch.cat([values[:5].flatten(), values[:, 12:].flatten()]).mean())
    assert inside > 0.5
    assert far < 0.2 * inside
    left = int(found.notes[0].split("%")[1].rsplit(" ", 1)[1])
    assert left < 30 if "deletion" in name else left > 70


@pytest.mark.parametrize("area", [0.05, 0.3])
def test_an_extremal_mask_has_its_area(spot: tuple[Model, torch.Tensor], area: float) -> None:
    found = run_method(
        ExtremalPerturbation(coarse=2.0, blur=3.0, steps=80, area=area, jitter=0, pull=300.0), spot
    ).values
    assert float((found > 0.5).double().mean()) == pytest.approx(area, rel=0.35)


def test_a_seed_gives_the_same_mask(spot: tuple[Model, torch.Tensor]) -> None:
    method = MeaningfulPerturbation(steps=5, jitter=2)
    first, again, other = (run_method(method, spot, seed=seed).values for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_output_raised_by_blurring_adds_a_note(spot: tuple[Model, torch.Tensor]) -> None:
    found = run_method(MeaningfulPerturbation(steps=3), spot, target=1)
    assert any("does not lower the output" in note for note in found.notes)


def test_maps_are_shown_on_the_way(spot: tuple[Model, torch.Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.methods.perturbation.mask_optimization.SECONDS_BETWEEN_PREVIEWS", 0.0)
    shown: list[Attribution] = []
    request = ExplanationRequest(*spot, Target(0, "0"), progress=Progress(partial=shown.append))
    found = MeaningfulPerturbation(steps=4).explain(request).values
    assert len(shown) == 4
    assert torch.equal(shown[-1].values, found)


def test_an_input_without_space_is_refused() -> None:
    x = torch.randn(1, 5)
    with pytest.raises(MethodError, match="no spatial axes"):
        MeaningfulPerturbation().explain(
            ExplanationRequest(Model.from_module(nn.Linear(5, 2), x), x, Target(0, "0"))
        )
