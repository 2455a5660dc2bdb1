"""What the generators are trained on: simulated scans with and without a lesion, or scans that are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.models.training.simulate import Simulator, standard
from viewer.progress import Progress
from viewer.scans.simulated_lesions import Floats

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class Planted:
    """A brain with a lesion and the same brain without, both as the network takes them, (X, Y, Z).

    ``places`` are the lesion's voxels, (n, 3).
    """

    sick: Floats
    healthy: Floats
    places: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Simulated:
    """Simulated scans, most of them with a lesion.

    Parameters
    ----------
    planted
        What they are drawn from.
    cube
        Edge in voxels of the cube around the lesion that is shown; None shows whole scans.
    batch
        How many at once.
    healthy
        The share that is shown without the lesion, at the same place.
    """

    planted: Sequence[Planted]
    cube: int | None = None
    batch: int = 1
    healthy: float = 0.25

    def __call__(self, draw: np.random.Generator) -> torch.Tensor:
        """So many of them: (batch, 1, X, Y, Z)."""
        import torch

        return torch.from_numpy(np.stack([self._one(draw) for _ in range(self.batch)]))[:, None]

    def _one(self, draw: np.random.Generator) -> Floats:
        chosen = self.planted[int(draw.integers(len(self.planted)))]
        shown = chosen.healthy if draw.random() < self.healthy else chosen.sick
        if self.cube is None:
            return shown
        return shown[_around(chosen.places, shown.shape, self.cube, draw)]


def _around(
    places: npt.NDArray[np.int64], shape: tuple[int, ...], edge: int, draw: np.random.Generator
) -> tuple[slice, ...]:
    """A cube with a voxel of the lesion in it, at a random place."""
    corner = places[draw.integers(len(places))] - draw.integers(edge // 6, edge - edge // 6, 3)
    low = np.clip(corner, 0, np.array(shape) - edge)
    return tuple(slice(int(start), int(start) + edge) for start in low)


@dataclass(frozen=True, eq=False)
class Given:
    """Prepared scans (1, C, spatial...), one drawn at a time."""

    scans: Sequence[torch.Tensor]

    def __call__(self, draw: np.random.Generator) -> torch.Tensor:
        """One of them."""
        return self.scans[int(draw.integers(len(self.scans)))]


def brains(simulator: Simulator, count: int, draw: np.random.Generator, progress: Progress) -> list[Floats]:
    """Simulated brains without lesions."""
    made = []
    for number in range(count):
        progress.step(number, count, f"simulating brain {number + 1} of {count}")
        made.append(simulator.brain(draw))
    return made


def planted(
    simulator: Simulator,
    healthy: Sequence[Floats],
    count: int,
    draw: np.random.Generator,
    progress: Progress,
) -> list[Planted]:
    """So many lesions, in one brain after the other: each lesion is in one scan."""
    shown = [standard(brain) for brain in healthy]
    made = []
    for number in range(count):
        progress.step(number, count, f"planting lesion {number + 1} of {count}")
        sick, truth = simulator.with_lesions(healthy[number % len(healthy)], draw)
        places = np.argwhere(truth > 0.5 * truth.max())
        made.append(Planted(standard(sick), shown[number % len(healthy)], places))
    return made
