"""Simulated grey-matter maps of people of any age: the MNI152 templates with cortical thinning and atrophy.

The two changes that Taylor 2019 describes for an aged brain are simulated: the cortex becomes thinner from
the outside, so that sulci widen, and the ventricles grow. Everything else about a person is random. This is
not a model of real ageing, and results do not apply to patients. Does not use torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from viewer.models.training.brain_simulator import BrainSimulator, BrainVariation
from viewer.scans.grid import Grid
from viewer.scans.simulated_lesions import Floats
from viewer.scans.simulated_studies.phantom import load_tissue_share

AGE_GRID = Grid((76, 94, 78), np.array([[2, 0, 0, -75], [0, 2, 0, -111], [0, 0, 2, -71], [0, 0, 0, 1]]))
"""The whole brain at 2 mm; Taylor's maps have 100 × 124 × 104 voxels."""

AGE_BINS = ((10, 39), (40, 69), (70, 100))
"""Ages in years, first and last inclusive, of the paper's three classes."""

EXAMPLE_PERSON = (80.0, 0)
"""Age and seed of the person whose map is the built-in scan "simulated-grey-matter"."""

AGE_RANGE = (17.0, 90.0)
"""Youngest and oldest of the paper's subjects, and of the simulated ones."""


@dataclass(frozen=True)
class AgeingOptions:
    """Effect of age on a simulated brain, and variation between people of the same age.

    Parameters
    ----------
    thinning
        Increase, from the youngest to the oldest, of the tissue share below which a voxel is lost to a
        sulcus.
    growth
        Outward shift in mm of the ventricles' walls from the youngest to the oldest.
    displacement_range
        Distance in mm from the wall within which the tissue around the ventricles is displaced.
    spread
        Standard deviation in years by which a person's cortex, and independently the ventricles, look older
        or younger than the person is.
    noise
        Standard deviation of the noise in the map, as a share of grey matter.
    """

    thinning: float = 0.55
    growth: float = 4.0
    displacement_range: float = 15.0
    spread: float = 7.0
    noise: float = 0.03


@dataclass(frozen=True, eq=False)
class GreyMatterSimulator:
    """Simulator of grey-matter maps on a grid."""

    grid: Grid = AGE_GRID
    ageing: AgeingOptions = field(default_factory=AgeingOptions)
    variation: BrainVariation = field(default_factory=BrainVariation)

    def simulate_map(self, age: float, rng: np.random.Generator) -> Floats:
        """Simulate a map of grey matter: its share in each voxel, 0 to 1, float32 of the grid's shape."""
        from scipy import ndimage

        ageing = self.ageing
        cortex, ventricles = (_age_fraction(age + rng.normal(0, ageing.spread)) for _ in range(2))
        grey, all_tissue, displacement, _ = self._templates
        simulator = self._simulator
        positions = simulator.draw_deformation(rng)
        sample = [
            ndimage.map_coordinates(volume, positions, order=1, output=np.float32) for volume in displacement
        ]
        positions -= np.float32(ageing.growth * ventricles / 2.0) * np.stack(sample)
        grey_matter, tissue_fraction = (
            ndimage.map_coordinates(volume, positions, order=1, output=np.float32)
            for volume in (grey, all_tissue)
        )
        loss = 0.05 + ageing.thinning * cortex
        grey_matter *= np.clip((tissue_fraction - loss) / (0.95 - loss), 0, 1)
        grey_matter += (
            ageing.noise * rng.standard_normal(grey_matter.shape, dtype=np.float32) * (grey_matter > 0.02)
        )
        return np.asarray(np.clip(grey_matter, 0, 1), dtype=np.float32)

    @property
    def _simulator(self) -> BrainSimulator:
        grey, _, _, source = self._templates
        return BrainSimulator(grey, source, self.grid, self.variation)

    @cached_property
    def _templates(self) -> tuple[Floats, Floats, Floats, Grid]:
        """Grey matter, all tissue, displacement from the ventricles (3, X, Y, Z), and their 2 mm grid."""
        from scipy import ndimage

        (grey, grid), (white, _) = load_tissue_share("gm"), load_tissue_share("wm")
        all_tissue = grey + white
        distance = ndimage.distance_transform_edt(~find_ventricles(all_tissue, grid), sampling=grid.spacing)
        direction = np.stack(np.gradient(ndimage.gaussian_filter(distance, 1.0), *grid.spacing))
        direction /= np.maximum(np.linalg.norm(direction, axis=0), 0.5)
        displacement = direction * np.exp(-distance / self.ageing.displacement_range)
        return grey, all_tissue, displacement.astype(np.float32), grid


def find_ventricles(tissue: Floats, grid: Grid) -> npt.NDArray[np.bool_]:
    """Return the lateral and the third ventricle: the largest central holes in the tissue."""
    from scipy import ndimage

    points = grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1))
    low, high = np.array([-40.0, -55.0, -8.0]), np.array([40.0, 40.0, 30.0])
    box = ((points >= low) & (points <= high)).all(-1)
    labels, count = ndimage.label(box & (tissue < 0.5))
    sizes = ndimage.sum_labels(np.ones_like(tissue), labels, np.arange(1, count + 1))
    return np.isin(labels, 1 + np.flatnonzero(sizes * grid.voxel_volume > 1000.0))


def draw_age(bin_index: int, rng: np.random.Generator) -> float:
    """Draw an age uniformly from one of `AGE_BINS`."""
    youngest, oldest = AGE_BINS[bin_index]
    return float(rng.uniform(max(youngest, AGE_RANGE[0]), min(oldest + 1, AGE_RANGE[1])))


def _age_fraction(age: float) -> float:
    """Return 0 for the youngest age and 1 for the oldest, and up to 1.15 beyond."""
    return float(np.clip((age - AGE_RANGE[0]) / (AGE_RANGE[1] - AGE_RANGE[0]), 0.0, 1.15))
