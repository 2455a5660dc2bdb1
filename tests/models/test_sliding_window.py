"""Windows over large inputs: weights that sum to 1, answers that equal the whole's, one at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from viewer.errors import Cancelled, ModelError
from viewer.fit.predict import predict
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind, card_from_json
from viewer.models.sliding_window import SlidingWindows, make_sliding_windows, sliding_window_logits
from viewer.progress import Progress, ProgressStep
from viewer.scans.scan import Scan


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 16), st.integers(0, 8))
def test_weights_sum_to_one_at_every_voxel(whole: int, size: int, overlap: int) -> None:
    size = min(size, whole)
    windows = SlidingWindows((whole, 5), (size, 3), (min(overlap, size // 2), 1))
    total = np.zeros(windows.shape)
    for place in windows.slices():
        weights = windows.weights(place)
        assert weights.shape == windows.size
        assert (weights >= 0).all()
        total[place] += weights
    assert total == pytest.approx(1, abs=1e-6)


def test_weights_leave_out_the_outer_third_and_keep_the_borders_of_the_whole() -> None:
    windows = SlidingWindows((18,), (12,), (6,))
    first, last = (windows.weights(place) for place in windows.slices())
    assert first.tolist() == [*[1] * 8, 0.75, 0.25, 0, 0]
    assert last.tolist() == first[::-1].tolist()


def test_windows_must_fit() -> None:
    for shape, size, overlap in [((8,), (4,), (3,)), ((8,), (0,), (0,))]:
        with pytest.raises(ValueError, match="windows of"):
            SlidingWindows(shape, size, overlap)


class Dense(nn.Module):
    """Looks two voxels far to each side, and, with a stride, answers on a coarser grid."""

    def __init__(self, stride: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, 3, 3, padding=1), nn.Tanh(), nn.Conv3d(3, 2, 3, padding=1), nn.AvgPool3d(stride)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def dense(stride: int = 1, card: Card | None = None) -> Model:
    torch.manual_seed(2)
    return Model.from_module(Dense(stride).eval(), torch.zeros(1, 1, 12, 12, 12), card)


X = torch.randn(1, 1, 20, 12, 28, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("stride", [1, 2])
def test_answers_joined_are_those_of_the_whole(stride: int) -> None:
    """The network looks two voxels far: a third of an overlap of six."""
    model = dense(stride)
    found = sliding_window_logits(model, X, SlidingWindows((20, 12, 28), (12, 12, 12), (6, 6, 6)))
    assert found.shape == (1, 2, 20 // stride, 12 // stride, 28 // stride)
    torch.testing.assert_close(found, model.logits(X), atol=1e-5, rtol=0)


def test_without_overlap_cut_edges_show() -> None:
    """What the test above would see if the weights were wrong."""
    model = dense()
    found = sliding_window_logits(model, X, SlidingWindows((20, 12, 28), (12, 12, 12), (0, 0, 0)))
    wrong = (found - model.logits(X)).abs()[0].amax(0)
    assert wrong.max() > 1e-2
    assert wrong[:6, :, :10].max() < 1e-5


def test_no_more_than_a_window_is_shown_at_once_and_progress_is_told() -> None:
    model = dense()
    shown: list[int] = []
    real = model.logits

    def counted(x: torch.Tensor) -> torch.Tensor:
        shown.append(x.numel())
        return real(x)

    model.logits = counted  # type: ignore[method-assign]
    steps: list[ProgressStep] = []
    windows = SlidingWindows((20, 12, 28), (12, 12, 12), (6, 6, 6))
    sliding_window_logits(model, X, windows, progress=Progress(steps.append))
    assert shown == [12**3] * len(windows)
    assert [step.message for step in steps[:2]] == ["window 1 of 12", "window 2 of 12"]
    assert steps[-1].fraction == 1


def test_cancelling_stops_between_windows() -> None:
    steps: list[ProgressStep] = []
    progress = Progress(steps.append, lambda: len(steps) >= 3)
    with pytest.raises(Cancelled):
        sliding_window_logits(
            dense(), X, SlidingWindows((20, 12, 28), (12, 12, 12), (6, 6, 6)), progress=progress
        )
    assert len(steps) == 3


def test_answers_that_lie_on_no_grid_are_refused() -> None:
    with pytest.raises(ModelError, match="a window of 12 voxels has an output of 6"):
        SlidingWindows((20, 12, 27), (12, 12, 12), (6, 6, 6)).on_output_grid((6, 6, 6))
    once = Model.from_module(nn.Sequential(nn.AdaptiveAvgPool3d(1), nn.Flatten()), X)
    with pytest.raises(ModelError, match="only dense predictions"):
        sliding_window_logits(once, X, SlidingWindows((20, 12, 28), (12, 12, 12), (6, 6, 6)))


WINDOWED = InputSpec(
    placement="foreground",  # type: ignore[arg-type]
    spacing=(2.0, 2.0, 2.0),
    multiple=4,
    window=(12, 12, 12),
)


def test_a_card_asks_for_windows() -> None:
    assert make_sliding_windows(WINDOWED, (20, 12, 28)) == SlidingWindows(
        (20, 12, 28), (12, 12, 12), (4, 4, 4)
    )
    assert make_sliding_windows(WINDOWED, (12, 12, 12)) is None
    assert make_sliding_windows(InputSpec((20, 12, 28)), (20, 12, 28)) is None
    assert make_sliding_windows(None, (20, 12, 28)) is None


def test_a_card_s_windows_are_read_written_and_checked() -> None:
    card = Card("dense", kind=ModelKind.SEGMENTATION, input=replace(WINDOWED, overlap=0.25))
    entries = card.as_json()
    assert card_from_json(entries, "card") == card
    for name, value, line in (
        ("window", [12, 12], "must be three sizes, multiples of 4"),
        ("window", [12, 12, 10], "must be three sizes, multiples of 4"),
        ("overlap", 0.6, "must be 0 to 0.5"),
    ):
        with pytest.raises(ModelError, match=line):
            card_from_json(entries | {"input": entries["input"] | {name: value}}, "card")
    fixed = {"placement": "field-of-view", "shape": [8, 8, 8], "window": [4, 4, 4]}
    fixed |= {"intensity": {"scaling": "none"}}
    with pytest.raises(ModelError, match="window"):
        card_from_json({"name": "fixed", "input": fixed}, "card")


def test_a_grid_is_never_smaller_than_a_window(placed: Scan) -> None:
    wanted = replace(WINDOWED, spacing=(20.0, 20.0, 20.0))
    prepared = Model(Dense(), Card("dense", input=wanted), "0").prepare(placed)
    assert prepared.grid.shape == (12, 12, 12)


def test_a_scan_is_predicted_in_windows(placed: Scan) -> None:
    """The volumes are those of the network shown the whole grid at once."""
    torch.manual_seed(2)
    network = Dense().eval()
    card = Card("dense", classes=("a", "b"), kind=ModelKind.SEGMENTATION, input=WINDOWED)
    whole = Card("dense", classes=("a", "b"), kind=ModelKind.SEGMENTATION, input=replace(WINDOWED, window=()))
    steps: list[ProgressStep] = []
    example = torch.zeros(1, 1, 12, 12, 12)
    found = predict(Model.from_module(network, example, card), placed, progress=Progress(steps.append))
    assert len(steps) > 2
    expected = predict(Model.from_module(network, example, whole), placed)
    assert found.volumes == pytest.approx(expected.volumes, rel=0.01)
    assert min(found.volumes) > 0
