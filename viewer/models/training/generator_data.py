"""Training data of the generators: simulated scans with and without a lesion, or given scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.models.training.brain_simulator import BrainSimulator, draw_cube, z_score
from viewer.progress import Progress
from viewer.scans.simulated_lesions import Floats

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class LesionPair:
    """A brain with a lesion and the same brain without it, both preprocessed for the network, (X, Y, Z).

    ``places`` are the indices of the lesion's voxels, (n, 3).
    """

    sick: Floats
    healthy: Floats
    places: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SimulatedScanSampler:
    """Sampler of simulated scans, most of them with a lesion.

    Parameters
    ----------
    pairs
        Pairs to draw from.
    cube
        Edge in voxels of the cube around the lesion; None for whole scans.
    batch
        Batch size.
    healthy
        Share of samples without the lesion, at the same position.
    """

    pairs: Sequence[LesionPair]
    cube: int | None = None
    batch: int = 1
    healthy: float = 0.25

    def __call__(self, rng: np.random.Generator) -> torch.Tensor:
        """Draw a batch, (batch, 1, X, Y, Z)."""
        import torch

        return torch.from_numpy(np.stack([self._one(rng) for _ in range(self.batch)]))[:, None]

    def _one(self, rng: np.random.Generator) -> Floats:
        pair = self.pairs[int(rng.integers(len(self.pairs)))]
        image = pair.healthy if rng.random() < self.healthy else pair.sick
        if self.cube is None:
            return image
        return image[draw_cube(pair.places, image.shape, self.cube, rng)]


@dataclass(frozen=True, eq=False)
class GivenScanSampler:
    """Sampler of prepared scans (1, C, spatial...), one at a time."""

    scans: Sequence[torch.Tensor]

    def __call__(self, rng: np.random.Generator) -> torch.Tensor:
        """Draw one scan."""
        return self.scans[int(rng.integers(len(self.scans)))]


def plant_lesions(
    simulator: BrainSimulator,
    healthy: Sequence[Floats],
    count: int,
    rng: np.random.Generator,
    progress: Progress,
) -> list[LesionPair]:
    """Plant ``count`` lesions in the brains in turn: one lesion per scan."""
    healthy_inputs = [z_score(brain) for brain in healthy]
    pairs = []
    for index in range(count):
        progress.step(index, count, f"planting lesion {index + 1} of {count}")
        lesioned, truth = simulator.add_lesions(healthy[index % len(healthy)], rng)
        voxels = np.argwhere(truth > 0.5 * truth.max())
        pairs.append(LesionPair(z_score(lesioned), healthy_inputs[index % len(healthy)], voxels))
    return pairs
