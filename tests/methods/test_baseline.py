from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from viewer.methods.baseline import gaussian_blur, make_baseline
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec
from viewer.models.model import Model
from viewer.models.model_card import Card

TAKES_TENSORS = Model(torch.nn.Identity(), Card("any"), "")


@pytest.mark.parametrize("sigma", [0.5, 1.3, 4.0, 12.0])
@pytest.mark.parametrize("shape", [(17,), (9, 12), (7, 10, 13)])
def test_blur_equals_scipy(shape: tuple[int, ...], sigma: float) -> None:
    x = np.random.default_rng(5).normal(size=(2, 3, *shape))
    axes = tuple(range(2, x.ndim))
    # scipy's kernel ends at a rounded radius, this one at the next whole voxel.
    radius = int(np.ceil(4 * sigma))
    expected = gaussian_filter(x, sigma, mode="reflect", axes=axes, radius=radius)
    found = gaussian_blur(torch.from_numpy(x), sigma).numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def test_zero_blur_returns_the_input() -> None:
    x = torch.randn(1, 1, 4, 5, 6)
    found = gaussian_blur(x, 0.0)
    assert torch.equal(found, x)
    assert found.data_ptr() != x.data_ptr()


@pytest.mark.parametrize(("kind", "of"), [("minimum", torch.amin), ("mean", torch.mean)])
def test_the_value_of_each_channel(kind: str, of: object) -> None:
    x = torch.randn(2, 3, 4, 5, 6)
    found = make_baseline(TAKES_TENSORS, x, kind, 0.0)
    assert found.shape == x.shape
    for sample in range(2):
        for channel in range(3):
            expected = of(x[sample, channel])  # type: ignore[operator]
            torch.testing.assert_close(found[sample, channel], expected.expand(4, 5, 6))


def test_features_without_space_have_one_value_a_sample() -> None:
    x = torch.tensor([[3.0, 1.0, 2.0], [5.0, 4.0, 9.0]])
    assert make_baseline(TAKES_TENSORS, x, "minimum", 0.0).tolist() == [[1, 1, 1], [4, 4, 4]]
    assert make_baseline(TAKES_TENSORS, x, "mean", 0.0).tolist() == [[2, 2, 2], [6, 6, 6]]
    assert torch.equal(make_baseline(TAKES_TENSORS, x, "blurred", 2.0), x)
    assert not make_baseline(TAKES_TENSORS, x, "zero", 0.0).any()


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (None, 0.0),
        (IntensitySpec(IntensityScaling.NONE), 0.0),
        (IntensitySpec(IntensityScaling.MAXIMUM), 0.0),
        (IntensitySpec(IntensityScaling.MEAN), 0.0),
        (IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero"), -1.5),
        (IntensitySpec(IntensityScaling.Z_SCORE, background="kept"), 0.0),
        (IntensitySpec(IntensityScaling.RANGE, to=(-1.0, 1.0)), -1.0),
        (IntensitySpec(IntensityScaling.BOUNDS, bounds=(0.0, 900.0), to=(0.25, 1.0)), 0.25),
    ],
)
def test_black_is_what_an_empty_scan_becomes(rule: IntensitySpec | None, value: float) -> None:
    wanted = None if rule is None else InputSpec((2, 2, 2), intensity=rule)
    model = Model(torch.nn.Identity(), Card("any", input=wanted), "")
    x = torch.tensor([-1.5, 0.0, 0.5, 2.0, 3.0, 0.0, 1.0, 1.0]).reshape(1, 1, 2, 2, 2)
    assert torch.equal(make_baseline(model, x, "black", 0.0), torch.full_like(x, value))
