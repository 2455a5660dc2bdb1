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

    ``lesion_voxels`` are the indices of the lesion's voxels, (n, 3).
    """

    lesioned: Floats
    healthy: Floats
    lesion_voxels: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SimulatedScanSampler:
    """Sampler of simulated scans, most of them with a lesion.

    Parameters
    ----------
    pairs
        Pairs to draw from.
    cube_size
        Edge in voxels of the cube around the lesion; None for whole scans.
    batch_size
        Batch size.
    healthy_share
        Share of samples without the lesion, at the same position.
    """

    pairs: Sequence[LesionPair]
    cube_size: int | None = None
    batch_size: int = 1
    healthy_share: float = 0.25

    def __call__(self, rng: np.random.Generator) -> torch.Tensor:
        """Draw a batch, (batch, 1, X, Y, Z)."""
        import torch

        return torch.from_numpy(np.stack([self._draw_scan(rng) for _ in range(self.batch_size)]))[:, None]

    def _draw_scan(self, rng: np.random.Generator) -> Floats:
        pair = self.pairs[int(rng.integers(len(self.pairs)))]
        image = pair.healthy if rng.random() < self.healthy_share else pair.lesioned
        if self.cube_size is None:
            return image
        return image[draw_cube(pair.lesion_voxels, image.shape, self.cube_size, rng)]


@dataclass(frozen=True, eq=False)
class PreparedScanSampler:
    """Sampler of prepared scans (1, C, spatial...), one at a time."""

    scans: Sequence[torch.Tensor]

    def __call__(self, rng: np.random.Generator) -> torch.Tensor:
        """Draw one scan."""
        return self.scans[int(rng.integers(len(self.scans)))]


def plant_lesions(
    simulator: BrainSimulator,
    brains: Sequence[Floats],
    count: int,
    rng: np.random.Generator,
    progress: Progress,
) -> list[LesionPair]:
    """Plant ``count`` lesions in the brains in turn: one lesion per scan."""
    healthy_inputs = [z_score(brain) for brain in brains]
    pairs = []
    for index in range(count):
        progress.step(index, count, f"planting lesion {index + 1} of {count}")
        lesioned, truth = simulator.add_lesions(brains[index % len(brains)], rng)
        voxels = np.argwhere(truth > 0.5 * truth.max())
        pairs.append(LesionPair(z_score(lesioned), healthy_inputs[index % len(brains)], voxels))
    return pairs
