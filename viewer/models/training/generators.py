"""Training the two generators whose difference explains a classifier (Charachon et al. 2021).

For a scan x of which the frozen classifier f says c, g_s(x) must stay near x and be told c; g_a(x) must be
told something else and differ from g_s(x) as little as it can. Both begin with the same weights and are held
near each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.training.generator_network import GeneratorPair

Classifier = Callable[["torch.Tensor"], "torch.Tensor"]
"""The frozen classifier: (N, C, spatial...) to logits (N, classes), differentiable in its input."""

ScanSampler = Callable[[np.random.Generator], "torch.Tensor"]
"""Scans to train on, as the classifier takes them: (N, C, spatial...)."""


MIN_MARGIN = 1.0
"""Logits; a smaller lead of x's own is none to take shares of."""


@dataclass(frozen=True)
class LossWeights:
    """What counts how much in the loss.

    Parameters
    ----------
    kept
        Of what g_s(x)'s lead lacks of x's own, as a share of it.
    turned
        Of what g_a(x)'s lead still has to lose, as a share of what x's own had, both as logarithms: the
        last tenth of a lesion that is left decides as much as the first nine.
    near
        Of the mean |g_s(x) − x| over the voxels that are not zero.
    alike
        Of the mean |g_s(x) − g_a(x)| over them.
    together
        Of the squared distance between the two generators' weights.
    """

    kept: float = 1.0
    turned: float = 1.0
    near: float = 2.0
    alike: float = 10.0
    together: float = 1e-3


@dataclass(frozen=True)
class GeneratorStage:
    """A stretch of the training.

    Parameters
    ----------
    steps, rate
        Of Adam.
    scans
        Where they are drawn from.
    margin
        By how many logits a prediction must be turned before it counts no more. A network that takes means
        over the whole scan finds more in a part of it, where a larger margin asks for as much.
    eased
        The share of the steps in which the weights of changes grow from zero to what they are. A new
        generator's first changes lie all over the scan; punished at once, they would never become a few.
    weights
        Of the loss.
    averaged
        Whether it ends with the mean of the weights after each of its steps (Izmailov et al. 2018): one
        step's few scans pull them this way, the next one's that way.
    """

    steps: int
    rate: float
    scans: ScanSampler
    margin: float = 1.0
    eased: float = 0.0
    weights: LossWeights = LossWeights()
    averaged: bool = False


@dataclass(frozen=True)
class GeneratorScore:
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

    pair: GeneratorPair
    steps: int
    seconds: float


def train_generators(
    classify: Classifier,
    shape: tuple[int, ...],
    stages: tuple[GeneratorStage, ...],
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
    stages
        What is trained on, and for what, one after the other.
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
    from torch.optim.swa_utils import AveragedModel

    from viewer.models.training.generator_network import GeneratorPair

    progress = progress or Progress()
    began = time.monotonic()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pair = GeneratorPair(shape[0], len(shape) - 1)
    rng = np.random.default_rng(seed)
    total, done = sum(stage.steps for stage in stages), 0
    for stage in stages:
        optimiser = torch.optim.Adam(pair.parameters(), stage.rate)
        mean = AveragedModel(pair) if stage.averaged else None
        for step in range(stage.steps):
            progress.step(done, total, f"step {done + 1} of {total}")
            optimiser.zero_grad()
            share = min(1.0, step / (stage.eased * stage.steps)) if stage.eased else 1.0
            weights = stage.weights
            now = replace(weights, near=share * weights.near, alike=share * weights.alike)
            generator_loss(pair, classify, stage.scans(rng), now, stage.margin).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            if mean is not None:
                mean.update_parameters(pair)
            done += 1
        if mean is not None:
            pair.load_state_dict(mean.module.state_dict())
    progress.step(1, 1, "Done")
    return TrainedPair(pair.eval(), done, time.monotonic() - began)


def generator_loss(
    pair: GeneratorPair, classify: Classifier, x: torch.Tensor, weights: LossWeights, margin: float = 1.0
) -> torch.Tensor:
    """What the generators are to make small, the mean over scans (N, C, spatial...).

    What is kept and turned counts in shares of the lead that x's own prediction has: a lesion that fills a
    cube has a hundred times the lead of a faint one in a whole brain, and each is to be learned from.
    """
    import torch
    from torch.nn import functional as F

    with torch.no_grad():
        said = classify(x)
        chosen = said.argmax(1)
        own = class_margin(said, chosen)
    similar, adversarial = pair(x)
    # Both images through the classifier at once.
    leads = class_margin(classify(torch.cat([similar, adversarial])), chosen.repeat(2)).reshape(2, -1)
    kept = F.relu(own - leads[0]) / own.clamp(min=MIN_MARGIN)
    turned = F.relu(margin + leads[1]).log1p() / (margin + own).log1p()
    inside = (x != 0).flatten(1).sum(1).clamp(min=1)
    near = (similar - x).abs().flatten(1).sum(1) / inside
    alike = (similar - adversarial).abs().flatten(1).sum(1) / inside
    apart = torch.stack(
        [
            (a - b).square().sum()
            for a, b in zip(pair.similar.parameters(), pair.adversarial.parameters(), strict=True)
        ]
    ).sum()
    each = weights.kept * kept + weights.turned * turned + weights.near * near + weights.alike * alike
    total: torch.Tensor = each.mean() + weights.together * apart
    return total


def class_margin(logits: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """By how much each scan's class, (N,), exceeds the largest other one: (N, classes) to (N,)."""
    column = chosen[:, None]
    others = logits.scatter(1, column, float("-inf")).amax(1)
    return logits.gather(1, column)[:, 0] - others


def evaluate_generators(
    pair: GeneratorPair, classify: Classifier, scans: list[torch.Tensor], progress: Progress | None = None
) -> GeneratorScore:
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
    return GeneratorScore(len(scans), kept, turned)
