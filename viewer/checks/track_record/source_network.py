"""A network trained on a task whose source is known, and its maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from viewer.methods.base import Method, Requirement
from viewer.models.training.known_sources import Mask, SourceSample, SourceTask
from viewer.progress import Progress
from viewer.scans.simulated_lesions import Floats

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.training.train_source import SourceScore

MakeInputs = Callable[[Sequence[Floats]], "torch.Tensor"]
"""Function that returns brains (X, Y, Z) as one tensor (N, C, spatial...) of the network's inputs."""


@dataclass(frozen=True, eq=False)
class SourceNetwork:
    """A trained network.

    Parameters
    ----------
    name
        Task, kind and seed, such as ``mean/plain/0``.
    task
        Its task.
    model
        The network.
    score
        How well it has learned the task.
    make_inputs
        Function that makes its inputs.
    to_volume
        Function that resamples a map of an input (1, C, spatial...) to the brain's voxels (X, Y, Z).
    layer
        Layer for methods that need one and do not choose it themselves; None if there is none.
    """

    name: str
    task: SourceTask
    model: Model
    score: SourceScore
    make_inputs: MakeInputs
    to_volume: Callable[[Floats], Floats]
    layer: str | None = None

    def classifies_correctly(self, sample: SourceSample) -> bool:
        """Return whether the network classifies the sample correctly."""
        import torch

        with torch.no_grad():
            logits = self.model.logits(self.make_inputs([sample.brain]))
        return int(logits.argmax()) == sample.label

    def explain(self, sample: SourceSample, method: Method, seed: int, progress: Progress) -> Floats:
        """Return the map of the sample's own class, on the brain's voxels.

        Raises
        ------
        MethodError
            The method cannot explain the network.
        """
        from viewer.methods.explain import explain

        map_ = explain(
            self.model,
            self.make_inputs([sample.brain]),
            method,
            target=sample.label,
            layer=self.layer if Requirement.LAYER in method.requirements else None,
            device="cpu",
            seed=seed,
            progress=progress,
        )
        return self.to_volume(map_.data)


def exchange_source(brains: Sequence[Floats], source: Mask) -> list[Floats]:
    """Return each brain's source region pasted into the preceding brain (the first: into the last).

    Voxels within the source are the brain's, all others those of the preceding brain.
    """
    exchanged = []
    for index, brain in enumerate(brains):
        preceding = brains[index - 1]
        exchanged.append(np.where(source, brain, preceding).astype(np.float32))
    return exchanged
