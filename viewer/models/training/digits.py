"""Training of the two digit classifiers of Taylor 2019, one dense and one convolutional.

MNIST needs a download, whereas scikit-learn includes 1,797 digits of 8 × 8 pixels. They are enlarged here to
20 × 20 in the centre of 28 × 28, as in MNIST, so that the networks have exactly the paper's sizes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.errors import ViewerError
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model_card import Card
from viewer.models.output_kind import OutputKind
from viewer.models.training.optimization import TrainedClassifier, TrainingClock, build_network, run_steps
from viewer.models.training.save_network import save_network
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

Floats = npt.NDArray[np.float32]

CLASSES = tuple(str(digit) for digit in range(10))
TEST_COUNT = 500
"""Number of digits in the test set, which the seed selects."""
INPUT_SPEC = InputSpec(
    shape=(28, 28),
    placement=Placement.FIELD_OF_VIEW,
    axes="PRS",
    intensity=IntensitySpec(IntensityScaling.MAXIMUM),
)
"""An image's rows run down and its columns to the right: an axial slice with anterior up."""
BORDER = 4
"""Empty pixels around a digit."""


class DigitNetwork(StrEnum):
    """Kind of network."""

    DENSE = "dense"
    CONVOLUTIONAL = "convolutional"


ARCHITECTURES = {DigitNetwork.DENSE: "taylor-mnist-dense", DigitNetwork.CONVOLUTIONAL: "taylor-mnist-cnn"}


@dataclass(frozen=True)
class DigitTrainingOptions:
    """All options of a training run, except torch's version and the number of threads.

    Parameters
    ----------
    network
        Kind of network.
    seed
        Seed of every random draw and of the test set.
    epochs, max_shift
        Number of epochs, and largest random shift in pixels along both axes.
    batch_size, learning_rate, weight_decay
        Batch size, learning rate and weight decay of Adam.
    """

    network: DigitNetwork = DigitNetwork.DENSE
    seed: int = 0
    epochs: int = 20
    max_shift: int = 1
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4


@dataclass(frozen=True, eq=False)
class DigitImages:
    """Images (N, 1, 28, 28) with values from 0 to 1, white on black, and their labels."""

    images: Floats
    labels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class DigitScore:
    """Number of correctly classified digits of the test set, and their total."""

    correct: int
    total: int

    def __str__(self) -> str:
        """Return the counts as a clause."""
        return (
            f"it classifies {self.correct} of {self.total} digits correctly, {self.correct / self.total:.1%}"
        )


def load_digit_images(seed: int) -> tuple[DigitImages, DigitImages]:
    """Return the digits of the training set and of the test set.

    Raises
    ------
    ViewerError
        scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ViewerError(
            "scikit-learn", "is not installed, and holds the digits", "pip install scikit-learn"
        ) from error
    from scipy import ndimage

    dataset = load_digits()
    scaled = dataset.images.astype(np.float32) / 16
    # Pixels as squares: the enlarged image covers the same area; beyond it the outermost pixels are repeated.
    enlarged = ndimage.zoom(scaled, (1, 2.5, 2.5), order=1, mode="nearest", grid_mode=True)
    images = np.pad(enlarged, ((0, 0), (BORDER, BORDER), (BORDER, BORDER)))[:, None].astype(np.float32)
    order = np.random.default_rng(seed).permutation(len(images))
    test_indices, train_indices = np.sort(order[:TEST_COUNT]), np.sort(order[TEST_COUNT:])
    return tuple(  # type: ignore[return-value]
        DigitImages(images[indices], dataset.target[indices].astype(np.int64))
        for indices in (train_indices, test_indices)
    )


def train_digits(
    options: DigitTrainingOptions, progress: Progress | None = None
) -> TrainedClassifier[DigitScore]:
    """Train one of the networks, on the CPU with torch's number of threads.

    Raises
    ------
    ViewerError
        scikit-learn is not installed.
    Cancelled
        Cancelled through ``progress``.
    """
    import torch
    from torch.nn import functional

    progress, clock = progress or Progress(), TrainingClock()
    training, test = load_digit_images(options.seed)
    rng = np.random.default_rng(options.seed)
    network = build_network(ARCHITECTURES[options.network], options.seed)
    optimiser = torch.optim.Adam(
        network.parameters(), options.learning_rate, weight_decay=options.weight_decay
    )
    count, steps_taken = len(training.labels), 0

    def epoch_loss(order: npt.NDArray[np.int64], step: int) -> torch.Tensor:
        indices = order[step * options.batch_size : (step + 1) * options.batch_size]
        images = torch.from_numpy(shift_images(training.images[indices], options.max_shift, rng))
        return functional.cross_entropy(network(images), torch.from_numpy(training.labels[indices]))

    for epoch in range(options.epochs):
        progress.step(epoch, options.epochs, f"epoch {epoch + 1} of {options.epochs}")
        loss = partial(epoch_loss, rng.permutation(count))
        steps_taken += run_steps(network, optimiser, math.ceil(count / options.batch_size), loss)
    network.eval()
    with torch.no_grad():
        predictions = network(torch.from_numpy(test.images)).argmax(1).numpy()
    score = DigitScore(int((predictions == test.labels).sum()), len(predictions))
    return clock.record(network, score, steps_taken, _training_inputs(training))


def load_training_inputs(options: DigitTrainingOptions) -> list[torch.Tensor]:
    """Return the digits that a network was trained on, as inputs of the network."""
    return _training_inputs(load_digit_images(options.seed)[0])


def _training_inputs(training: DigitImages) -> list[torch.Tensor]:
    import torch

    return [torch.from_numpy(image)[None] for image in training.images]


def shift_images(images: Floats, max_shift: int, rng: np.random.Generator) -> Floats:
    """Shift each image by up to ``max_shift`` whole pixels on both axes; the empty border is wide enough."""
    steps = rng.integers(-max_shift, max_shift + 1, (len(images), 2))
    return np.stack(
        [np.roll(picture, step, axis=(1, 2)) for picture, step in zip(images, steps, strict=True)]
    )


def digits_card(trained: TrainedClassifier[DigitScore], options: DigitTrainingOptions, name: str) -> Card:
    """Return the card of the trained network."""
    return Card(
        name=name,
        architecture=ARCHITECTURES[options.network],
        classes=CLASSES,
        output=OutputKind.SOFTMAX,
        input=INPUT_SPEC,
        description=(
            "Classifies handwritten digits, white on black, 28×28 pixels from 0 to 1; the paper's "
            f"{options.network} network. Trained on 1,297 of scikit-learn's digits (8×8, enlarged to 20×20), "
            f"not on MNIST. On the other {trained.score.total}, {trained.score}. For a scan, it uses the "
            "middle axial slice."
        ),
        training_statistics=trained.statistics,
        licence="MIT",
        citation=(
            "Network after Taylor: Brain ageing heat maps via deep Taylor decomposition (2019). Digits: UCI, "
            "Optical recognition of handwritten digits, as scikit-learn has them"
        ),
        source=(
            f"saliency-viewer train digits --layers {options.network} --seed {options.seed} "
            f"--threads {trained.threads} --name {name}"
        ),
    )


def save_digits(
    trained: TrainedClassifier[DigitScore], options: DigitTrainingOptions, folder: Path, name: str
) -> Path:
    """Write NAME.safetensors and its card; return the path of the weights. Raises ModelError."""
    return save_network(trained.network, digits_card(trained, options, name), folder)
