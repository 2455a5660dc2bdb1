"""What the generators are trained on: simulated scans with and without a lesion, or scans that are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from viewer.models.training.simulate import Simulator, standard
from viewer.progress import Progress
from viewer.scans.simulated import Floats

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class Simulated:
    """Simulated brains, most of them with a lesion.

    Parameters
    ----------
    simulator
        Plants the lesions.
    brains
        Without lesions.
    cube
        Edge in voxels of the cube around the lesion that is shown; None shows the whole scan.
    healthy
        The share that is shown without the lesion, at the same place.
    """

    simulator: Simulator
    brains: Sequence[Floats]
    cube: int | None = None
    healthy: float = 0.25

    def __call__(self, draw: np.random.Generator) -> torch.Tensor:
        """One brain: (1, 1, X, Y, Z)."""
        import torch

        brain = self.brains[int(draw.integers(len(self.brains)))]
        sick, truth = self.simulator.with_lesions(brain, draw)
        box = (slice(None),) * 3 if self.cube is None else _around(truth, self.cube, draw)
        shown = brain if draw.random() < self.healthy else sick
        return torch.from_numpy(standard(shown)[box])[None, None]


def _around(truth: Floats, edge: int, draw: np.random.Generator) -> tuple[slice, ...]:
    """A cube that holds the middle of the lesion, at a random place in it."""
    places = np.argwhere(truth > 0.5 * truth.max())
    corner = places[draw.integers(len(places))] - draw.integers(edge // 6, edge - edge // 6, 3)
    low = np.clip(corner, 0, np.array(truth.shape) - edge)
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
