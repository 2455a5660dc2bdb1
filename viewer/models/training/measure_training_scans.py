"""Statistics of the scans that a network was trained on, measured after training for the network's card."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.model_card import Card
from viewer.models.training_reference import make_training_statistics
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.scans.scan import Scan

MIN_SCANS = 10
"""Minimum number of scans for deriving limits."""


def measure_training_scans(
    model: Model, scans: Sequence[Scan] | None = None, progress: Progress | None = None
) -> Card:
    """Return a network's card with the statistics of its training scans; its weights are not changed.

    Parameters
    ----------
    model
        The network.
    scans
        Scans that it was trained on. None simulates again those of a network of `viewer.train`, from its
        card's ``source``.
    progress
        Updated after every scan, and checked for cancellation.

    Raises
    ------
    ModelError
        There are too few scans, one cannot be prepared, or ``source`` does not say how to simulate them.
    Cancelled
        Cancelled through ``progress``.
    """
    progress = progress or Progress()
    if scans is None:
        inputs = _simulate_inputs(model.card, progress.subtask(0.0, 0.5))
    else:
        inputs = []
        for index, scan in enumerate(scans):
            progress.step(0.5 * index, len(scans), f"preparing {scan.name}")
            inputs.append(model.prepare(scan).tensor)
    if len(inputs) < MIN_SCANS:
        raise ModelError(
            model.card.name,
            f"{len(inputs)} training scans are too few for statistics",
            f"give {MIN_SCANS} or more",
        )
    statistics = make_training_statistics(model.module(), inputs, progress.subtask(0.5, 1.0))
    return replace(model.card, training_statistics=statistics)


def _simulate_inputs(card: Card, progress: Progress) -> list[torch.Tensor]:
    """Simulate again the training data of a network of `viewer.train`, from its card's ``source``."""
    words = shlex.split(card.source)
    options = dict(pairwise(words))
    network = options.get("train", "")
    try:
        seed = int(options.get("--seed", "0"))
        if network == "lesions":
            from viewer.models.training import lesions
            from viewer.models.training.train import LESION_KINDS
            from viewer.scans.simulated_lesions import LesionShape

            shapes = tuple(LesionShape(shape) for shape in LESION_KINDS[options.get("--kind", "both")])
            is_2d = options.get("--dimensions") == "2"
            make_options = lesions.slice_training_options if is_2d else lesions.LesionTrainingOptions
            return lesions.simulate_training_inputs(make_options(shapes, seed), progress)
        if network == "age":
            from viewer.models.training import age

            return age.simulate_training_inputs(age.AgeTrainingOptions(seed=seed), progress)
        if network == "digits":
            from viewer.models.training import digits

            layers = digits.DigitNetwork(options.get("--layers", "dense"))
            return digits.load_training_inputs(digits.DigitTrainingOptions(layers, seed))
    except (KeyError, ValueError) as error:
        raise ModelError(card.name, f"its card's source is not understood ({error})") from error
    raise ModelError(card.name, "its card does not say how to simulate its training scans", "name them")
