"""Digits as the paper's networks take them, and the two networks trained on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.errors import Cancelled
from viewer.models.loading import load_model
from viewer.models.training.digits import (
    BORDER,
    TESTED,
    DigitCourse,
    Digits,
    DigitsTrained,
    Layers,
    digits,
    moved,
    save_digits,
    train_digits,
)
from viewer.progress import Progress, ProgressStep
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan


@pytest.fixture(scope="module")
def both() -> tuple[Digits, Digits]:
    return digits(0)


def test_all_digits_are_there_once(both: tuple[Digits, Digits]) -> None:
    from sklearn.datasets import load_digits

    fitted, tested = both
    assert len(tested.labels) == TESTED
    assert len(fitted.labels) + TESTED == 1797
    whole = np.concatenate([fitted.pictures, tested.pictures])[:, 0, BORDER:-BORDER, BORDER:-BORDER]
    # A mean over each 5 by 5 pixels of 20 is one over each 2 by 2 of 8, but for the interpolation.
    large = np.sort(whole.mean(axis=(1, 2)))
    small = np.sort(load_digits().images.mean(axis=(1, 2)) / 16)
    np.testing.assert_allclose(large, small, atol=0.02)
    assert sorted(np.concatenate([fitted.labels, tested.labels])) == sorted(load_digits().target)


def test_pictures_lie_as_those_of_mnist(both: tuple[Digits, Digits]) -> None:
    for part in both:
        assert part.pictures.shape[1:] == (1, 28, 28)
        assert part.pictures.dtype == np.float32
        assert part.pictures.min() == 0
        assert 0.95 < part.pictures.max() <= 1
        frame = part.pictures.copy()
        frame[:, :, BORDER:-BORDER, BORDER:-BORDER] = 0
        assert not frame.any()


def test_the_seed_says_which_are_left_for_testing(both: tuple[Digits, Digits]) -> None:
    np.testing.assert_array_equal(digits(0)[1].pictures, both[1].pictures)
    assert not np.array_equal(digits(1)[1].labels, both[1].labels)


def test_moving_loses_no_ink(both: tuple[Digits, Digits]) -> None:
    pictures = both[1].pictures[:50]
    found = moved(pictures, 2, np.random.default_rng(0))
    np.testing.assert_allclose(found.sum((1, 2, 3)), pictures.sum((1, 2, 3)), rtol=1e-6)
    rows = np.arange(28)
    middles = [(part.sum((1, 3)) * rows).sum(1) / part.sum((1, 2, 3)) for part in (pictures, found)]
    steps = middles[1] - middles[0]
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-4)
    assert set(np.round(steps)) == {-2, -1, 0, 1, 2}


@pytest.fixture(scope="module")
def trained() -> DigitsTrained:
    return train_digits(DigitCourse(Layers.DENSE, seed=1, epochs=2))


def test_a_seed_trains_the_same_network_again(trained: DigitsTrained) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    again = train_digits(DigitCourse(Layers.DENSE, seed=1, epochs=2))
    assert torch.equal(torch.random.get_rng_state(), before)
    for name, tensor in trained.network.state_dict().items():
        assert torch.equal(tensor, again.network.state_dict()[name]), name
    assert trained.right == again.right


def test_two_epochs_read_most_digits(trained: DigitsTrained) -> None:
    assert trained.asked == TESTED
    assert trained.right > 0.8 * TESTED


def test_it_stops_when_asked() -> None:
    steps: list[ProgressStep] = []
    with pytest.raises(Cancelled):
        train_digits(
            DigitCourse(Layers.CONVOLUTIONAL, epochs=9), Progress(steps.append, lambda: len(steps) > 0)
        )


def test_what_is_saved_can_be_loaded(trained: DigitsTrained, tmp_path: Path) -> None:
    model = load_model(save_digits(trained, DigitCourse(Layers.DENSE, seed=1), tmp_path, "little"))
    assert str(trained) in model.card.description
    assert model.card.source == (
        "saliency-viewer train digits --layers dense --seed 1 "
        f"--threads {torch.get_num_threads()} --name little"
    )


@pytest.mark.parametrize(("layers", "count"), [("dense", 266_610), ("convolutional", 93_322)])
def test_the_shipped_networks_do_what_their_cards_say(layers: str, count: int) -> None:
    model = load_model(f"digits-{layers}")
    assert sum(parameter.numel() for parameter in model.module().parameters()) == count
    _, tested = digits(0)
    with torch.no_grad():
        read = model.logits(torch.from_numpy(tested.pictures)).argmax(1).numpy()
    right = int((read == tested.labels).sum())
    assert f"it reads {right} of {TESTED} digits right" in model.card.description
    assert right >= 0.96 * TESTED


def test_a_digit_kept_as_a_scan_is_read_as_the_picture_is(both: tuple[Digits, Digits]) -> None:
    model = load_model("digits-convolutional")
    picture = both[1].pictures[0, 0]
    # Stored with rows to the back and columns to the right, turned into canonical order as a reader does it.
    grid = Grid((28, 28, 1), np.diag([1.0, 1.0, 1.0, 1.0]))
    scan = Scan(np.ascontiguousarray(picture[::-1].T[:, :, None]), grid, "digit")
    prepared = model.prepare(scan).tensor[0, 0].numpy()
    np.testing.assert_allclose(prepared, picture / picture.max(), atol=1e-6)
