"""Training the two generators whose difference explains a classifier (Charachon et al. 2021).

For a scan x of which the frozen classifier f says c, g_s(x) must stay near x and be told c; g_a(x) must be
told something else and differ from g_s(x) as little as it can. Both begin with the same weights and are held
near each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.training.generator_network import Pair

Classify = Callable[["torch.Tensor"], "torch.Tensor"]
"""The frozen classifier: (N, C, spatial...) to logits (N, classes), differentiable in its input."""

Draw = Callable[[np.random.Generator], "torch.Tensor"]
"""A scan to train on, as the classifier takes it: (1, C, spatial...)."""


@dataclass(frozen=True)
class Stage:
    """A stretch of the training: steps of Adam, at a learning rate, on scans drawn from a source."""

    steps: int
    rate: float
    scans: Draw


@dataclass(frozen=True)
class Weights:
    """What counts how much in the loss.

    Parameters
    ----------
    kept, turned
        Of g_s being told otherwise than x, and of g_a being told the same.
    near
        Of the mean |g_s(x) − x| over the voxels that are not zero.
    alike
        Of the mean |g_s(x) − g_a(x)| over them.
    together
        Of the squared distance between the two generators' weights.
    margin
        By how many logits the prediction must be kept or turned before it counts no more.
    """

    kept: float = 1.0
    turned: float = 1.0
    near: float = 4.0
    alike: float = 30.0
    together: float = 1e-3
    margin: float = 1.0


@dataclass(frozen=True)
class Outcome:
    """On scans that were not trained on: for how many g_s keeps the prediction, and g_a turns it."""

    scans: int
    kept: int
    turned: int

    def __str__(self) -> str:
        """The counts as a clause."""
        return f"of {self.scans} scans g_s keeps {self.kept} predictions, and g_a turns {self.turned}"


@dataclass(frozen=True, eq=False)
class TrainedPair:
    """The generators, and how they came about."""

    pair: Pair
    steps: int
    seconds: float


def train(
    classify: Classify,
    shape: tuple[int, ...],
    stages: tuple[Stage, ...],
    weights: Weights,
    seed: int,
    progress: Progress | None = None,
) -> TrainedPair:
    """Train a pair on the CPU, with torch's number of threads.

    Parameters
    ----------
    classify
        The classifier; it is not changed.
    shape
        (C, spatial...) of a scan; the spatial sizes do not matter.
    stages, weights
        What is trained on, and for what.
    seed
        Of every random draw.
    progress
        Told after every step.

    Raises
    ------
    Cancelled
        ``progress`` said so.
    """
    import torch

    from viewer.models.training.generator_network import Pair

    progress = progress or Progress()
    began = time.monotonic()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pair = Pair(shape[0], len(shape) - 1)
    draw = np.random.default_rng(seed)
    total, done = sum(stage.steps for stage in stages), 0
    for stage in stages:
        optimiser = torch.optim.Adam(pair.parameters(), stage.rate)
        for _ in range(stage.steps):
            progress.step(done, total, f"step {done + 1} of {total}")
            optimiser.zero_grad()
            loss(pair, classify, stage.scans(draw), weights).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            done += 1
    progress.step(1, 1, "Done")
    return TrainedPair(pair.eval(), done, time.monotonic() - began)


def loss(pair: Pair, classify: Classify, x: torch.Tensor, weights: Weights) -> torch.Tensor:
    """What the generators are to make small for one scan (1, C, spatial...)."""
    import torch
    from torch.nn import functional as F

    with torch.no_grad():
        said = classify(x)
    chosen = int(said.argmax(1))
    similar, adversarial = pair(x)
    inside = max(int((x != 0).sum()), 1)
    # Both images through the classifier at once.
    leads = lead(classify(torch.cat([similar, adversarial])), chosen)
    kept = F.relu(weights.margin - leads[0])
    turned = F.relu(weights.margin + leads[1])
    near = (similar - x).abs().sum() / inside
    alike = (similar - adversarial).abs().sum() / inside
    apart = torch.stack(
        [
            (a - b).square().sum()
            for a, b in zip(pair.similar.parameters(), pair.adversarial.parameters(), strict=True)
        ]
    ).sum()
    changes: torch.Tensor = weights.near * near + weights.alike * alike + weights.together * apart
    return changes + weights.kept * kept + weights.turned * turned


def lead(logits: torch.Tensor, chosen: int) -> torch.Tensor:
    """By how much a class's logit exceeds the largest other one, (N,)."""
    import torch

    others = torch.cat([logits[:, :chosen], logits[:, chosen + 1 :]], 1)
    found: torch.Tensor = logits[:, chosen] - others.amax(1)
    return found


def tried(
    pair: Pair, classify: Classify, scans: list[torch.Tensor], progress: Progress | None = None
) -> Outcome:
    """Count how many predictions are kept and turned; each scan is (1, C, spatial...)."""
    import torch

    progress = progress or Progress()
    kept = turned = 0
    with torch.inference_mode():
        for number, x in enumerate(scans):
            progress.step(number, len(scans), "testing")
            chosen = int(classify(x).argmax(1))
            similar, adversarial = pair(x)
            kept += int(classify(similar).argmax(1)) == chosen
            turned += int(classify(adversarial).argmax(1)) != chosen
    return Outcome(len(scans), kept, turned)
