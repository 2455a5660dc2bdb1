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
    TEST_COUNT,
    DigitImages,
    DigitNetwork,
    DigitScore,
    DigitTrainingOptions,
    load_digit_images,
    save_digits,
    shift_images,
    train_digits,
)
from viewer.models.training.optimization import TrainedClassifier
from viewer.progress import Progress, ProgressStep
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan


@pytest.fixture(scope="module")
def digit_sets() -> tuple[DigitImages, DigitImages]:
    return load_digit_images(0)


def test_all_digits_are_there_once(digit_sets: tuple[DigitImages, DigitImages]) -> None:
    from sklearn.datasets import load_digits

    fitted, tested = digit_sets
    assert len(tested.labels) == TEST_COUNT
    assert len(fitted.labels) + TEST_COUNT == 1797
    whole = np.concatenate([fitted.images, tested.images])[:, 0, BORDER:-BORDER, BORDER:-BORDER]
    # A mean over each 5 by 5 pixels of 20 is one over each 2 by 2 of 8, but for the interpolation.
    large = np.sort(whole.mean(axis=(1, 2)))
    small = np.sort(load_digits().images.mean(axis=(1, 2)) / 16)
    np.testing.assert_allclose(large, small, atol=0.02)
    assert sorted(np.concatenate([fitted.labels, tested.labels])) == sorted(load_digits().target)


def test_images_are_placed_as_in_mnist(digit_sets: tuple[DigitImages, DigitImages]) -> None:
    for part in digit_sets:
        assert part.images.shape[1:] == (1, 28, 28)
        assert part.images.dtype == np.float32
        assert part.images.min() == 0
        assert 0.95 < part.images.max() <= 1
        frame = part.images.copy()
        frame[:, :, BORDER:-BORDER, BORDER:-BORDER] = 0
        assert not frame.any()


def test_the_seed_says_which_are_left_for_testing(digit_sets: tuple[DigitImages, DigitImages]) -> None:
    np.testing.assert_array_equal(load_digit_images(0)[1].images, digit_sets[1].images)
    assert not np.array_equal(load_digit_images(1)[1].labels, digit_sets[1].labels)


def test_shifting_loses_no_pixel(digit_sets: tuple[DigitImages, DigitImages]) -> None:
    pictures = digit_sets[1].images[:50]
    found = shift_images(pictures, 2, np.random.default_rng(0))
    np.testing.assert_allclose(found.sum((1, 2, 3)), pictures.sum((1, 2, 3)), rtol=1e-6)
    rows = np.arange(28)
    middles = [(part.sum((1, 3)) * rows).sum(1) / part.sum((1, 2, 3)) for part in (pictures, found)]
    steps = middles[1] - middles[0]
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-4)
    assert set(np.round(steps)) == {-2, -1, 0, 1, 2}


@pytest.fixture(scope="module")
def trained() -> TrainedClassifier[DigitScore]:
    return train_digits(DigitTrainingOptions(DigitNetwork.DENSE, seed=1, epochs=2))


@pytest.mark.slow
def test_the_same_seed_trains_the_same_network(trained: TrainedClassifier[DigitScore]) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    again = train_digits(DigitTrainingOptions(DigitNetwork.DENSE, seed=1, epochs=2))
    assert torch.equal(torch.random.get_rng_state(), before)
    for name, tensor in trained.network.state_dict().items():
        assert torch.equal(tensor, again.network.state_dict()[name]), name
    assert trained.score == again.score


def test_two_epochs_read_most_digits(trained: TrainedClassifier[DigitScore]) -> None:
    assert trained.score.total == TEST_COUNT
    assert trained.score.correct > 0.8 * TEST_COUNT


@pytest.mark.slow
def test_training_can_be_cancelled() -> None:
    steps: list[ProgressStep] = []
    with pytest.raises(Cancelled):
        train_digits(
            DigitTrainingOptions(DigitNetwork.CONVOLUTIONAL, epochs=9),
            Progress(steps.append, lambda: len(steps) > 0),
        )


def test_a_saved_network_can_be_loaded(trained: TrainedClassifier[DigitScore], tmp_path: Path) -> None:
    model = load_model(
        save_digits(trained, DigitTrainingOptions(DigitNetwork.DENSE, seed=1), tmp_path, "little")
    )
    assert str(trained.score) in model.card.description
    assert model.card.source == (
        "saliency-viewer train digits --layers dense --seed 1 "
        f"--threads {torch.get_num_threads()} --name little"
    )


@pytest.mark.parametrize(("layers", "count"), [("dense", 266_610), ("convolutional", 93_322)])
def test_the_shipped_networks_do_what_their_cards_say(layers: str, count: int) -> None:
    model = load_model(f"digits-{layers}")
    assert sum(parameter.numel() for parameter in model.module().parameters()) == count
    _, tested = load_digit_images(0)
    with torch.no_grad():
        read = model.logits(torch.from_numpy(tested.images)).argmax(1).numpy()
    right = int((read == tested.labels).sum())
    assert f"it classifies {right} of {TEST_COUNT} digits correctly" in model.card.description
    assert right >= 0.96 * TEST_COUNT


def test_a_digit_kept_as_a_scan_is_read_as_the_picture_is(
    digit_sets: tuple[DigitImages, DigitImages],
) -> None:
    model = load_model("digits-convolutional")
    picture = digit_sets[1].images[0, 0]
    # Stored with rows to the back and columns to the right, turned into canonical order as a reader does it.
    grid = Grid((28, 28, 1), np.diag([1.0, 1.0, 1.0, 1.0]))
    scan = Scan(np.ascontiguousarray(picture[::-1].T[:, :, None]), grid, "digit")
    prepared = model.prepare(scan).tensor[0, 0].numpy()
    np.testing.assert_allclose(prepared, picture / picture.max(), atol=1e-6)
