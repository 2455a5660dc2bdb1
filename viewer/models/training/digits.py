"""The two networks of Taylor 2019 that read digits, one dense and one convolutional.

MNIST is not at hand everywhere; scikit-learn's digits come with it: 1,797 of 8 × 8 pixels, enlarged here
to 20 × 20 in the middle of 28 × 28, as MNIST's lie, so that the networks are the paper's to the last number.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.errors import ViewerError
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model_card import Card
from viewer.models.output_meaning import OutputKind
from viewer.models.training.saving import save_network
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

Floats = npt.NDArray[np.float32]

CLASSES = tuple(str(digit) for digit in range(10))
TESTED = 500
"""So many of the digits take no part in the training; the seed says which."""
INPUT = InputSpec(
    shape=(28, 28),
    placement=Placement.FIELD_OF_VIEW,
    axes="PRS",
    intensity=IntensitySpec(IntensityScaling.MAXIMUM),
)
"""A picture's rows run down and its columns to the right: an axial slice seen with its front up."""
BORDER = 4
"""Empty pixels around a digit."""


class Layers(StrEnum):
    """What the network is made of."""

    DENSE = "dense"
    CONVOLUTIONAL = "convolutional"


ARCHITECTURES = {Layers.DENSE: "taylor-mnist-dense", Layers.CONVOLUTIONAL: "taylor-mnist-cnn"}


@dataclass(frozen=True)
class DigitCourse:
    """Everything a training depends on, besides torch's version and the number of threads.

    Parameters
    ----------
    layers
        Which of the two networks.
    seed
        Of every random draw, and of which digits are left for testing.
    epochs, moved
        How often every digit is shown, each time moved by up to so many pixels along both axes.
    batch, rate, decay
        Digits in a step of Adam, its learning rate and weight decay.
    """

    layers: Layers = Layers.DENSE
    seed: int = 0
    epochs: int = 20
    moved: int = 1
    batch: int = 32
    rate: float = 1e-3
    decay: float = 1e-4


@dataclass(frozen=True, eq=False)
class Digits:
    """Pictures (N, 1, 28, 28) of 0 to 1, white on black, and which digit each shows."""

    pictures: Floats
    labels: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DigitsTrained:
    """A trained network, how many digits that it had not seen it reads right, and how it came about.

    The same numbers can be had again with as many of torch's ``threads``.
    """

    network: torch.nn.Module
    right: int
    asked: int
    seconds: float
    threads: int

    def __str__(self) -> str:
        """The counts as a clause."""
        return f"it reads {self.right} of {self.asked} digits right, {self.right / self.asked:.1%}"


def digits(seed: int) -> tuple[Digits, Digits]:
    """The digits to train with, and those to test with.

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

    bunch = load_digits()
    small = bunch.images.astype(np.float32) / 16
    # Pixels as squares: the enlarged picture covers what the small one does, edges as its outermost pixels.
    large = ndimage.zoom(small, (1, 2.5, 2.5), order=1, mode="nearest", grid_mode=True)
    pictures = np.pad(large, ((0, 0), (BORDER, BORDER), (BORDER, BORDER)))[:, None].astype(np.float32)
    order = np.random.default_rng(seed).permutation(len(pictures))
    tested, fitted = np.sort(order[:TESTED]), np.sort(order[TESTED:])
    return tuple(  # type: ignore[return-value]
        Digits(pictures[part], bunch.target[part].astype(np.int64)) for part in (fitted, tested)
    )


def train_digits(course: DigitCourse, progress: Progress | None = None) -> DigitsTrained:
    """Train one of the networks, on the CPU with torch's number of threads.

    Raises
    ------
    ViewerError
        scikit-learn is not installed.
    Cancelled
        ``progress`` said so.
    """
    import torch
    from torch.nn import functional

    from viewer.models.architectures.registry import find_architecture

    progress = progress or Progress()
    began = time.monotonic()
    fitted, tested = digits(course.seed)
    draw = np.random.default_rng(course.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(course.seed)
        network = find_architecture(ARCHITECTURES[course.layers], "training").build({}, "training").train()
    optimiser = torch.optim.Adam(network.parameters(), course.rate, weight_decay=course.decay)
    count = len(fitted.labels)
    for epoch in range(course.epochs):
        progress.step(epoch, course.epochs, f"epoch {epoch + 1} of {course.epochs}")
        order = draw.permutation(count)
        for begin in range(0, count, course.batch):
            chosen = order[begin : begin + course.batch]
            shown = torch.from_numpy(moved(fitted.pictures[chosen], course.moved, draw))
            loss = functional.cross_entropy(network(shown), torch.from_numpy(fitted.labels[chosen]))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    network.eval()
    with torch.no_grad():
        answers = network(torch.from_numpy(tested.pictures)).argmax(1).numpy()
    right = int((answers == tested.labels).sum())
    seconds, threads = time.monotonic() - began, torch.get_num_threads()
    return DigitsTrained(network, right, len(answers), seconds, threads)


def moved(pictures: Floats, most: int, draw: np.random.Generator) -> Floats:
    """Each picture moved by up to ``most`` whole pixels along both axes; the empty border is wide enough."""
    steps = draw.integers(-most, most + 1, (len(pictures), 2))
    return np.stack(
        [np.roll(picture, step, axis=(1, 2)) for picture, step in zip(pictures, steps, strict=True)]
    )


def digits_card(trained: DigitsTrained, course: DigitCourse, name: str) -> Card:
    """What the trained network is, for whoever is given it."""
    return Card(
        name=name,
        architecture=ARCHITECTURES[course.layers],
        classes=CLASSES,
        output=OutputKind.SOFTMAX,
        input=INPUT,
        description=(
            "Reads handwritten digits, white on black, 28×28 pixels of 0 to 1; the paper's "
            f"{course.layers} network. Trained on 1,297 of scikit-learn's digits (8×8, enlarged to 20×20), "
            f"not on MNIST. On the other {trained.asked} {trained}. Of a scan it takes the middle axial "
            "slice for a picture."
        ),
        licence="MIT",
        citation=(
            "Network after Taylor: Brain ageing heat maps via deep Taylor decomposition (2019). Digits: UCI, "
            "Optical recognition of handwritten digits, as scikit-learn has them"
        ),
        source=(
            f"saliency-viewer train digits --layers {course.layers} --seed {course.seed} "
            f"--threads {trained.threads} --name {name}"
        ),
    )


def save_digits(trained: DigitsTrained, course: DigitCourse, folder: Path, name: str) -> Path:
    """Write NAME.safetensors and its card; gives the path of the weights. Raises ModelError."""
    return save_network(trained.network, digits_card(trained, course, name), folder)
