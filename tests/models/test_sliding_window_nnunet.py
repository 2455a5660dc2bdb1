"""Gaussian windows, even steps and mirroring: nnU-Net's inference in float64, MONAI's, and autograd."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from torch import nn

import viewer
from viewer.errors import Cancelled, ModelError
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind, card_from_json
from viewer.models.model_facts import model_facts
from viewer.models.sliding_window import (
    SlidingWindows,
    gaussian_weights,
    make_sliding_windows,
    overlap_slices,
    sliding_window_logits,
)
from viewer.progress import Progress, ProgressStep

SIZE = (8, 12, 10)
SPEC = InputSpec(
    placement="foreground",  # type: ignore[arg-type]
    spacing=(2.0, 2.0, 2.0),
    window=SIZE,
    blending="gaussian",  # type: ignore[arg-type]
    steps="even",  # type: ignore[arg-type]
    mirror_axes=(0, 2),
)
X = torch.randn(1, 1, 19, 12, 27, generator=torch.Generator().manual_seed(5))


class Wide(nn.Module):
    """Looks far and normalises over its input, so that every window and mirroring answers differently."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, 3, 3, padding=1), nn.InstanceNorm3d(3), nn.Tanh(), nn.Conv3d(3, 2, 3, padding=1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(2)
    return Wide().eval()


def model_of(network: nn.Module, spec: InputSpec = SPEC) -> Model:
    card = Card("dense", classes=("a", "b"), kind=ModelKind.SEGMENTATION, input=spec)
    return Model.from_module(network, torch.zeros(1, 1, *SIZE), card)


def gaussian_map(size: tuple[int, ...]) -> np.ndarray:
    """Return nnU-Net's weights of a tile: a filtered delta, the largest 1."""
    delta = np.zeros(size)
    delta[tuple(length // 2 for length in size)] = 1
    filtered = gaussian_filter(delta, [length / 8 for length in size], 0, mode="constant")
    return filtered / filtered.max()


def nnunet_starts(whole: int, size: int, step: float = 0.5) -> list[int]:
    steps = math.ceil((whole - size) / (size * step)) + 1
    actual = (whole - size) / (steps - 1) if steps > 1 else 1e9
    return [int(np.round(actual * number)) for number in range(steps)]


def nnunet_logits(network: nn.Module, x: torch.Tensor, size: tuple[int, ...], axes: tuple[int, ...]):
    """Return nnU-Net's sliding-window prediction; differentiable in ``x``."""
    weights = torch.from_numpy(gaussian_map(size)).to(x)
    total, counts = 0, torch.zeros(x.shape[2:], dtype=x.dtype)
    flips = [turn for count in range(len(axes) + 1) for turn in combinations([a + 2 for a in axes], count)]
    starts = [nnunet_starts(whole, length) for whole, length in zip(x.shape[2:], size, strict=True)]
    for corner in product(*starts):
        place = tuple(slice(start, start + length) for start, length in zip(corner, size, strict=True))
        tile = x[(slice(None), slice(None), *place)]
        answer = sum(network(tile.flip(turn)).flip(turn) for turn in flips) / len(flips)
        margins = [n for s, w in zip(reversed(place), reversed(x.shape[2:]), strict=True)
                   for n in (s.start, w - s.stop)]  # fmt: skip
        total = total + nn.functional.pad(answer * weights, margins)
        counts[place] += weights
    return total / counts


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 60), st.integers(2, 20), st.sampled_from(["linear", "gaussian"]))
def test_even_windows_lie_where_nnunet_puts_them_and_weights_sum_to_one(whole, size, blending):
    size = min(size, whole)
    windows = make_sliding_windows(
        replace(SPEC, window=(size, 2, 2), blending=blending), (whole, 2, 3)
    )  # the third axis has more than the window
    assert windows is not None
    assert list(windows.starts[0]) == nnunet_starts(whole, size)
    total = np.zeros(windows.shape)
    for place in windows.slices():
        total[place] += windows.weights(place)
    assert total == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("size", [1, 2, 7, 8, 20])
def test_gaussian_weights_are_those_of_nnunet(size: int) -> None:
    """Up to the truncation and sampling of its filter."""
    assert gaussian_weights(size) == pytest.approx(gaussian_map((size,)), abs=2e-2 if size < 4 else 1e-6)


def test_the_prediction_is_that_of_nnunet(network: nn.Module) -> None:
    windows = make_sliding_windows(SPEC, tuple(X.shape[2:]))
    assert windows is not None
    found = sliding_window_logits(model_of(network), X, windows)
    expected = nnunet_logits(network.double(), X.double(), SIZE, (0, 2))
    network.float()
    torch.testing.assert_close(found, expected.float(), atol=2e-5, rtol=0)
    plain = nnunet_logits(network, X, SIZE, ())
    assert (found - plain).abs().max() > 1e-3, "mirroring makes a difference"


def test_the_prediction_is_that_of_monai(network: nn.Module) -> None:
    """With MONAI's steps and the same weights; its own Gaussian is cut off at 0.001."""
    inferers = pytest.importorskip("monai.inferers")
    whole = (16, 12, 20)
    x = X[..., :16, :, :20]
    windows = SlidingWindows(whole, SIZE, (4, 6, 5), "gaussian")  # type: ignore[arg-type]
    found = sliding_window_logits(model_of(network), x, windows)
    weights = torch.from_numpy(gaussian_map(SIZE)).float()
    expected = inferers.sliding_window_inference(
        x, SIZE, 1, network, overlap=0.5, mode="gaussian", roi_weight_map=weights
    )
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=0)


@pytest.mark.parametrize("sign", ["signed", "absolute"])
def test_the_gradient_is_that_of_the_joined_prediction(network: nn.Module, sign: str) -> None:
    region = np.zeros(X.shape[2:], dtype=bool)
    region[3:12, 2:9, 6:20] = True
    found = viewer.explain(model_of(network), X, "gradient", target=1, region=region, device="cpu", sign=sign)
    x = X.double().requires_grad_(True)
    joined = nnunet_logits(network.double(), x, SIZE, (0, 2))
    (expected,) = torch.autograd.grad(joined[0, 1][torch.from_numpy(region)].sum(), x)
    network.float()
    expected = expected.abs() if sign == "absolute" else expected
    scale = float(expected.abs().max())
    np.testing.assert_allclose(found.data, expected.numpy(), atol=2e-5 * scale)
    notes = " ".join(found.provenance.notes)
    assert "windows of 8×12×10 voxels, Gaussian weights, each mirrored in 4 ways" in notes


def test_a_whole_input_is_mirrored_without_windows(network: nn.Module) -> None:
    x = X[..., :8, :, :10]
    found = viewer.explain(model_of(network), x, "gradient", target=0, region="all", device="cpu")
    leaf = x.clone().requires_grad_(True)
    joined = sum(network(leaf.flip(turn)).flip(turn) for turn in ((), (2,), (4,), (2, 4))) / 4
    (expected,) = torch.autograd.grad(joined[0, 0].sum(), leaf)
    np.testing.assert_allclose(found.data, expected.numpy(), atol=2e-5 * float(expected.abs().max()))


def test_one_window_at_a_time_with_progress_and_cancelling(network: nn.Module) -> None:
    model, sizes = model_of(network), []
    real = model.logits
    model.logits = lambda x: (sizes.append(x.numel()), real(x))[1]  # type: ignore[method-assign]
    windows = make_sliding_windows(SPEC, tuple(X.shape[2:]))
    assert windows is not None
    steps: list[ProgressStep] = []
    sliding_window_logits(model, X, windows, progress=Progress(steps.append))
    assert sizes == [math.prod(SIZE)] * (len(windows) * 4)
    assert steps[5].message == f"window 2 of {len(windows)}, mirrored 2 of 4"
    seen: list[ProgressStep] = []
    stop = Progress(seen.append, lambda: any("mirrored 3" in step.message for step in seen))
    with pytest.raises(Cancelled):
        viewer.explain(model, X, "gradient", target=1, region="all", device="cpu", progress=stop)


def test_a_card_reads_and_writes_how_windows_are_joined() -> None:
    card = Card("dense", kind=ModelKind.SEGMENTATION, input=SPEC)
    entries = card.as_json()
    assert (entries["input"]["blending"], entries["input"]["steps"]) == ("gaussian", "even")
    assert entries["input"]["mirror_axes"] == [0, 2]
    assert card_from_json(entries, "card") == card
    assert dict(model_facts(card))["windows"] == (
        "8×12×10 voxels, 50% overlap, Gaussian weights, mirrored along the axes 0 and 2 (4 passes)"
    )
    for name, value, line in (
        ("mirror_axes", [0, 3], "must be some of 0, 1 and 2"),
        ("mirror_axes", [1, 1], "must be some of 0, 1 and 2"),
        ("blending", "flat", "blending"),
        ("steps", "random", "steps"),
        ("overlap", 0.95, "must be 0 to 0.9"),
    ):
        with pytest.raises(ModelError, match=line):
            card_from_json(entries | {"input": entries["input"] | {name: value}}, "card")


PADDED = replace(SPEC, placement="nonzero", window=(24, 17, 40), mirror_axes=(1,))  # type: ignore[arg-type]


def padded_logits(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Return the outputs for a whole input that is padded with zeros, the odd voxel at the end."""
    missing = [wanted - size for wanted, size in zip((24, 17, 40), x.shape[2:], strict=True)]
    margins = [side for lack in reversed(missing) for side in (lack // 2, lack - lack // 2)]
    padded = nn.functional.pad(x, margins)
    joined = (network(padded) + network(padded.flip(3)).flip(3)) / 2
    first = [lack // 2 for lack in missing]
    a, b, c = (slice(start, start + size) for start, size in zip(first, x.shape[2:], strict=True))
    return joined[:, :, a, b, c]


def test_a_window_larger_than_the_scan_is_padded_and_its_margin_left_out(network: nn.Module) -> None:
    windows = make_sliding_windows(PADDED, tuple(X.shape[2:]))
    assert windows is not None
    assert len(windows) == 1
    with torch.no_grad():
        expected = padded_logits(network, X)
    found = sliding_window_logits(model_of(network, PADDED), X, windows)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    mixed = make_sliding_windows(replace(PADDED, window=(8, 17, 27), mirror_axes=()), tuple(X.shape[2:]))
    assert mixed is not None
    assert len(mixed) == 4
    total = torch.zeros(X.shape[2:])
    for window in mixed.slices():
        inside, part = overlap_slices(window, X.shape[2:])
        total[inside] += torch.from_numpy(mixed.weights(window))[part]
    torch.testing.assert_close(total, torch.ones_like(total))


def test_the_gradient_through_a_padded_window_is_that_of_autograd(network: nn.Module) -> None:
    found = viewer.explain(model_of(network, PADDED), X, "gradient", target=1, region="all", device="cpu")
    leaf = X.clone().requires_grad_()
    (expected,) = torch.autograd.grad(padded_logits(network, leaf)[:, 1].sum(), leaf)
    np.testing.assert_allclose(
        found.data.reshape(X.shape), expected.numpy(), atol=1e-5 * float(expected.abs().max())
    )
