"""Simulated brains for tasks with a known source, whose images are not changed for the task.

Every brain varies in twelve balls, each independently of the others, in brightness, grain (noise) and local
expansion. A task is to classify one quantity of one ball. All tasks share the same images, so that nothing in
an image reveals which ball matters. After Siegel et al. 2025 (arXiv 2508.02560), who compute targets with
known locations from real brains. Does not use torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from viewer.models.training.brain_simulator import BrainSimulator, BrainVariation, LesionOptions
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.simulated_lesions import Floats, LesionShape, white_matter_level

Mask = npt.NDArray[np.bool_]

GRID = Grid((28, 32, 28), np.array([[6, 0, 0, -81], [0, 6, 0, -112], [0, 0, 6, -72], [0, 0, 0, 1]]))
"""The brain in MNI space, 6 mm."""

RADIUS = 22.0
"""Radius of the balls, in mm."""

CENTRES = {
    "left temporal": (-46, -20, -16),
    "right temporal": (46, -20, -16),
    "left frontal": (-28, 36, 14),
    "right frontal": (28, 36, 14),
    "central": (0, -8, 16),
    "left parietal": (-34, -54, 36),
    "right parietal": (34, -54, 36),
    "occipital": (0, -80, 4),
    "left dorsal": (-30, -6, 54),
    "right dorsal": (30, -6, 54),
    "left inferior": (-24, -62, -34),
    "right inferior": (24, -62, -34),
}
"""Centres of the balls in MNI space, in mm; the names describe rough locations and are from no atlas."""

LEVEL, SPREAD = 0.67, 0.2
"""Mean and standard deviation of the brains' intensities, by which all brains are scaled: if each were scaled
by its own, the rest of the brain would reveal the quantity of the ball."""


class Quantity(StrEnum):
    """Quantity of a ball that a network classifies, or a lesion anywhere."""

    MEAN = "mean"
    VOLUME = "volume"
    TEXTURE = "texture"
    LESION = "lesion"


@dataclass(frozen=True)
class SourceTask:
    """A task: whether a quantity of a ball is above its median, or whether there is a lesion.

    Parameters
    ----------
    quantity
        ``mean`` of the intensities; ``volume`` of dark tissue (fluid), with partial volumes; ``texture``:
        the mean squared difference of neighbours; or a planted ``lesion``.
    ball
        Name of the ball; empty for a lesion, which may be anywhere.
    """

    quantity: Quantity
    ball: str = ""

    @property
    def classes(self) -> tuple[str, str]:
        """Names of the two outputs."""
        return ("no lesion", "lesion") if self.quantity is Quantity.LESION else ("lower", "higher")


TASKS = (
    SourceTask(Quantity.MEAN, "left temporal"),
    SourceTask(Quantity.VOLUME, "central"),
    SourceTask(Quantity.TEXTURE, "right frontal"),
    SourceTask(Quantity.LESION),
)


def find_task(quantity: str) -> SourceTask:
    """Return the task of a quantity. Raises ValueError if there is none."""
    return next(task for task in TASKS if task.quantity is Quantity(quantity))


@dataclass(frozen=True, eq=False)
class SourceSample:
    """A brain, its label, and the source of the label.

    Parameters
    ----------
    brain
        Intensities in the template's units, zero outside the brain, (X, Y, Z).
    label
        0 or 1.
    source_mask
        Voxels that the label was computed from, (X, Y, Z).
    is_unambiguous
        Whether the quantity is at least half a standard deviation from the median.
    """

    brain: Floats
    label: int
    source_mask: Mask
    is_unambiguous: bool


@dataclass(frozen=True, eq=False)
class SourceSimulator:
    """Simulator of the brains on one grid.

    Parameters
    ----------
    template
        A T1 scan without skull; zero outside the brain.
    template_grid
        Its grid.
    grid
        Grid of the brains.
    log_gain_sd, log_noise_sd, expansion_sd
        Standard deviation of the logarithm of a ball's gain, of that of its noise, and of its local
        expansion.
    """

    template: Floats
    template_grid: Grid
    grid: Grid = GRID
    log_gain_sd: float = 0.5
    log_noise_sd: float = 1.0
    expansion_sd: float = 0.3

    @cached_property
    def distances(self) -> dict[str, Floats]:
        """Distance of every voxel from each centre, in mm."""
        points = self._voxel_positions
        return {
            name: np.linalg.norm(points - np.array(centre), axis=-1).astype(np.float32)
            for name, centre in CENTRES.items()
        }

    def ball(self, name: str) -> Mask:
        """Return the voxels of a ball."""
        voxels: Mask = self.distances[name] <= RADIUS
        return voxels

    def simulate_brain(self, rng: np.random.Generator) -> Floats:
        """Simulate a brain, in the template's units; zero outside the brain."""
        gains, noise, stretch = (rng.normal(0, 1, len(CENTRES)) for _ in range(3))
        variety = BrainVariation(
            rotation_sd=3.0,
            translation_sd=1.5,
            scaling_sd=0.03,
            deformation_sd=1.5,
            log_gamma_sd=0.1,
            bias_field_sd=0.05,
            max_noise=0.0,
        )
        simulator = _ExpandingSimulator(
            self.template,
            self.template_grid,
            self.grid,
            variety,
            displacement=self._expansion_displacement(np.clip(self.expansion_sd * stretch, -0.45, 0.45)),
        )
        brain = simulator.simulate_brain(rng)
        mask = brain > 0
        level = white_matter_level(brain)
        gain, grain = (
            self._sum_ball_windows(self.log_gain_sd * gains),
            self._sum_ball_windows(self.log_noise_sd * noise),
        )
        samples = rng.standard_normal(brain.shape, dtype=np.float32)
        changed = brain * np.exp(gain) + 0.06 * level * np.exp(grain) * samples
        return np.where(mask, np.maximum(changed, 0.01 * level), 0).astype(np.float32)

    def add_lesion(self, brain: Floats, rng: np.random.Generator) -> tuple[Floats, Mask]:
        """Add one lesion; return the brain and the voxels of the lesion."""
        lesions = LesionOptions((LesionShape.GAUSSIAN,), 1, (12.0, 18.0), (0.0, 0.2), (1.7, 2.2))
        simulator = BrainSimulator(self.template, self.template_grid, self.grid, lesion_options=lesions)
        lesioned, fraction = simulator.add_lesions(brain, rng)
        return lesioned, fraction > 0.5 * fraction.max()

    @cached_property
    def _voxel_positions(self) -> Floats:
        indices = np.moveaxis(np.indices(self.grid.shape), 0, -1)
        return np.asarray(self.grid.to_world(indices), dtype=np.float32)

    def _ball_window(self, name: str) -> Floats:
        """Return a window of a ball: 1 at its centre, 0 from its surface on, so that balls do not overlap."""
        distance = self.distances[name]
        window = np.cos(np.pi * distance / (2 * RADIUS)) ** 2
        return np.where(distance < RADIUS, window, 0).astype(np.float32)

    def _sum_ball_windows(self, values: npt.NDArray[np.float64]) -> Floats:
        total = np.zeros(self.grid.shape, dtype=np.float32)
        for name, value in zip(CENTRES, values, strict=True):
            total += np.float32(value) * self._ball_window(name)
        return total

    def _expansion_displacement(self, values: npt.NDArray[np.float64]) -> Floats:
        """Return the displacement of every voxel in mm, (X, Y, Z, 3)."""
        total = np.zeros((*self.grid.shape, 3), dtype=np.float32)
        for (name, centre), value in zip(CENTRES.items(), values, strict=True):
            offset = self._voxel_positions - np.array(centre, dtype=np.float32)
            total += np.float32(value) * self._ball_window(name)[..., None] * offset
        return total


@dataclass(frozen=True, eq=False)
class _ExpandingSimulator(BrainSimulator):
    """A simulator that adds a given displacement (X, Y, Z, 3) in mm to the deformation that it draws."""

    displacement: Floats | None = None

    def draw_deformation(self, rng: np.random.Generator) -> Floats:
        assert self.displacement is not None
        to_voxel = np.linalg.inv(self.template_grid.affine)[:3, :3].astype(np.float32)
        return super().draw_deformation(rng) + np.moveaxis(self.displacement @ to_voxel.T, -1, 0)


def measure_quantity(quantity: Quantity, brain: Floats, ball: Mask) -> float:
    """Compute a quantity of the brain's voxels within a ball; it depends on no other voxel."""
    mask = ball & (brain != 0)
    scaled = scale_brain(brain)
    if quantity is Quantity.MEAN:
        return float(scaled[mask].mean())
    if quantity is Quantity.VOLUME:
        return float(np.clip(-scaled[mask], 0, 1).mean())
    squares = []
    for axis in range(3):
        axis_mask = np.moveaxis(mask, axis, 0)
        values = np.moveaxis(scaled, axis, 0)
        squares.append(np.square(values[1:] - values[:-1])[axis_mask[1:] & axis_mask[:-1]])
    return float(np.log(np.concatenate(squares).mean()))


def scale_brain(brain: Floats) -> Floats:
    """Return a brain scaled by two constants, as input of the networks; 0 outside the brain."""
    return np.where(brain != 0, (brain - LEVEL) / SPREAD, 0).astype(np.float32)


def simulate_samples(
    simulator: SourceSimulator,
    task: SourceTask,
    count: int,
    seed: int,
    stream: int,
    median_and_sd: tuple[float, float] | None,
    progress: Progress,
) -> tuple[list[SourceSample], tuple[float, float]]:
    """Simulate labelled brains; for the lesion task, each has a lesion with a probability of ½.

    Parameters
    ----------
    simulator, task
        The simulator and the task. The brains are the same for all tasks about a ball.
    count
        Number of brains.
    seed, stream
        Equal values give the same brains; streams of one seed are independent.
    median_and_sd
        Median and standard deviation of the quantity in the training data; None uses those of these brains.
    progress
        Updated for every brain.

    Returns
    -------
    tuple
        The samples, and the median and standard deviation that were used.
    """
    brains, masks, values = [], [], []
    for index, rng in _random_generators(count, seed, stream):
        progress.step(index, count, f"simulating brain {index + 1} of {count}")
        brain = simulator.simulate_brain(rng)
        if task.quantity is Quantity.LESION:
            lesioned, mask = simulator.add_lesion(brain, rng)
            has_lesion = rng.random() < 0.5
            brains.append(lesioned if has_lesion else brain)
            masks.append(mask if has_lesion else np.zeros_like(mask))
            values.append(float(has_lesion))
        else:
            region = simulator.ball(task.ball)
            brains.append(brain)
            masks.append(region & (brain != 0))
            values.append(measure_quantity(task.quantity, brain, region))
    if task.quantity is Quantity.LESION:
        median_and_sd = (0.5, 0.5)
    elif median_and_sd is None:
        median_and_sd = (float(np.median(values)), float(np.std(values)))
    return [
        SourceSample(
            brain,
            int(value > median_and_sd[0]),
            mask,
            abs(value - median_and_sd[0]) >= 0.5 * median_and_sd[1],
        )
        for brain, mask, value in zip(brains, masks, values, strict=True)
    ], median_and_sd


def _random_generators(count: int, seed: int, stream: int) -> Iterator[tuple[int, np.random.Generator]]:
    for index in range(count):
        yield index, np.random.default_rng([seed, stream, index])


def default_simulator(grid: Grid = GRID) -> SourceSimulator:
    """Return the simulator of the MNI152 template on a grid. Raises ViewerError if it is missing."""
    from viewer.scans.load import load_scan

    template = load_scan("mni152")
    return replace(SourceSimulator(template.data, template.grid), grid=grid)
