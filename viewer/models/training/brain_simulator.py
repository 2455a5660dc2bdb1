"""Simulated brains with and without lesions: the MNI152 template with random deformation, shading and noise.

Does not use torch. Every random draw uses the given generator, so that a seed reproduces it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan
from viewer.scans.simulated_lesions import Floats, Lesion, LesionShape, insert_lesions, white_matter_level

MNI_3MM = Grid((63, 75, 63), np.array([[3, 0, 0, -93], [0, 3, 0, -129], [0, 0, 3, -87], [0, 0, 0, 1]]))
"""The whole brain in MNI space, 3 mm; the sizes exactly fit the strides of the five-layer network."""

SLICE = Grid((140, 192, 1), np.array([[1, 0, 0, -70], [0, 1, 0, -112], [0, 0, 1, 0], [0, 0, 0, 1]]))
"""One axial slice as cropped by Eitel et al., 1 mm; its height does not matter."""

SLICES = Grid((140, 192, 28), np.array([[1, 0, 0, -70], [0, 1, 0, -112], [0, 0, 4, -40], [0, 0, 0, 1]]))
"""Such slices every 4 mm, from the temporal poles to the vertex."""


@dataclass(frozen=True)
class BrainVariation:
    """Variation of simulated brains.

    Parameters
    ----------
    rotation_sd, translation_sd, scaling_sd
        Standard deviations of rotation in degrees, of translation in mm, and of scaling along each axis.
    deformation_sd, control_spacing
        Smooth deformation: standard deviation, and distance between its control points, both in mm.
    log_gamma_sd
        Standard deviation of the logarithm of the exponent (gamma) of the intensities.
    bias_field_sd
        Standard deviation of the logarithm of the smooth multiplicative bias field.
    max_noise
        Largest standard deviation of the noise, as a share of white matter's intensity.
    """

    rotation_sd: float = 4.0
    translation_sd: float = 2.0
    scaling_sd: float = 0.04
    deformation_sd: float = 2.5
    control_spacing: float = 36.0
    log_gamma_sd: float = 0.2
    bias_field_sd: float = 0.08
    max_noise: float = 0.05


@dataclass(frozen=True)
class LesionOptions:
    """Options of the planted lesions.

    Parameters
    ----------
    shapes
        Shapes; one is drawn for each lesion.
    max_count
        Maximum number of lesions per scan; the minimum is 1.
    radius
        Smallest and largest radius, in mm.
    dark_range, bright_range
        Ranges of a lesion's intensity as a share of white matter's.
    bright_share
        Share of the lesions that are brighter.
    """

    shapes: tuple[LesionShape, ...] = tuple(LesionShape)
    max_count: int = 1
    radius: tuple[float, float] = (6.0, 12.0)
    dark_range: tuple[float, float] = (0.1, 0.35)
    bright_range: tuple[float, float] = (1.3, 1.6)
    bright_share: float = 0.5


@dataclass(frozen=True, eq=False)
class BrainSimulator:
    """Simulator of brains from one template on one grid.

    Parameters
    ----------
    template
        A T1 scan without skull; zero outside the brain. float32, shape ``template_grid.shape``.
    template_grid
        Grid of the template.
    grid
        Grid of the simulated brains.
    """

    template: Floats
    template_grid: Grid
    grid: Grid = MNI_3MM
    variation: BrainVariation = field(default_factory=BrainVariation)
    lesion_options: LesionOptions = field(default_factory=LesionOptions)

    def simulate_brain(self, rng: np.random.Generator) -> Floats:
        """Simulate a brain without lesions, shape ``grid.shape``; zero outside the brain."""
        from scipy import ndimage

        variety = self.variation
        brain = ndimage.map_coordinates(self.template, self.draw_deformation(rng), order=1, output=np.float32)
        mask = brain > 0
        level = white_matter_level(brain)
        brain = level * (brain / level) ** np.float32(np.exp(rng.normal(0, variety.log_gamma_sd)))
        brain *= np.exp(self._smooth_field(rng, variety.bias_field_sd, 2 * variety.control_spacing))
        noise = rng.uniform(0, variety.max_noise) * level
        brain += noise * rng.standard_normal(brain.shape, dtype=np.float32)
        return np.where(mask, np.maximum(brain, 0.01 * level), 0).astype(np.float32)

    def draw_deformation(self, rng: np.random.Generator) -> Floats:
        """Draw a deformation: the template's fractional voxel index for each voxel of the grid.

        Shape (3, X, Y, Z).
        """
        variety = self.variation
        points = self.grid.to_world(np.moveaxis(np.indices(self.grid.shape), 0, -1)).astype(np.float32)
        centre = self.template_grid.centre.astype(np.float32)
        points = np.asarray((points - centre) @ _draw_transform(variety, rng) + centre, dtype=np.float32)
        points += rng.normal(0, variety.translation_sd, 3).astype(np.float32)
        points += np.stack(
            [self._smooth_field(rng, variety.deformation_sd, variety.control_spacing) for _ in range(3)], -1
        )
        to_voxel = np.linalg.inv(self.template_grid.affine).astype(np.float32)
        return np.moveaxis(points @ to_voxel[:3, :3].T + to_voxel[:3, 3], -1, 0)

    def add_lesions(self, brain: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Add lesions to a brain; return it and each voxel's lesion fraction, both of the grid's shape."""
        from scipy import ndimage

        tissue = brain > 0.5 * white_matter_level(brain)
        steps = int(np.ceil(6.0 / self.grid.spacing.max()))
        structure = ndimage.generate_binary_structure(3, 1)
        if brain.shape[2] == 1:  # a slice has neighbours in its plane only
            structure[:, :, ::2] = False
        voxels = np.argwhere(tissue & ndimage.binary_erosion(brain > 0, structure, iterations=steps))
        planted = []
        for _ in range(int(rng.integers(1, self.lesion_options.max_count + 1))):
            point = self.grid.to_world(voxels[rng.integers(len(voxels))] + rng.uniform(-0.5, 0.5, 3))
            intensity_range = (
                self.lesion_options.bright_range
                if rng.random() < self.lesion_options.bright_share
                else self.lesion_options.dark_range
            )
            planted.append(
                Lesion(
                    (float(point[0]), float(point[1]), float(point[2])),
                    float(rng.uniform(*self.lesion_options.radius)),
                    float(rng.uniform(*intensity_range)),
                    self.lesion_options.shapes[int(rng.integers(len(self.lesion_options.shapes)))],
                )
            )
        return insert_lesions(brain, self.grid, planted)

    def _smooth_field(self, rng: np.random.Generator, sd: float, control_spacing: float) -> Floats:
        """Draw a smooth random field on the grid: cubic between points ``control_spacing`` mm apart."""
        extent = (np.array(self.grid.shape) - 1) * self.grid.spacing
        points = np.ceil(extent / control_spacing).astype(int) + 1
        control = rng.normal(
            0, sd, points + 2
        )  # one more at each end, so that the edges are not a special case
        positions = [
            1 + np.linspace(0, point_count - 1, size)
            for point_count, size in zip(points, self.grid.shape, strict=True)
        ]
        for axis, axis_positions in enumerate(positions):
            weights = _cubic_bspline(axis_positions, control.shape[axis])
            control = np.moveaxis(np.tensordot(weights, control, (1, axis)), 0, axis)
        return control.astype(np.float32)


def simulate_scans(
    count: int, seed: int, stream: int, has_lesions: Callable[[int], bool], progress: Progress
) -> Iterator[Scan]:
    """Yield simulated brains as scans.

    Parameters
    ----------
    count
        Number of brains.
    seed, stream
        Equal values give the same brains; streams of one seed are independent.
    has_lesions
        Returns whether the brain with an index from 0 has lesions.
    progress
        Updated for every brain.
    """
    from viewer.scans.load import load_scan

    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid)
    for index in range(count):
        progress.step(index, count, f"simulating brain {index + 1}")
        rng = np.random.default_rng([seed, stream, index])
        brain = simulator.simulate_brain(rng)
        if has_lesions(index):
            brain, _ = simulator.add_lesions(brain, rng)
        yield Scan(brain, simulator.grid, f"simulated brain {index + 1}", ("Simulated: no person's scan.",))


def simulate_brains(
    simulator: BrainSimulator, count: int, rng: np.random.Generator, progress: Progress
) -> list[Floats]:
    """Simulate brains without lesions."""
    brains = []
    for index in range(count):
        progress.step(index, count, f"simulating brain {index + 1} of {count}")
        brains.append(simulator.simulate_brain(rng))
    return brains


def draw_cube(
    lesion_voxels: npt.NDArray[np.int64], shape: tuple[int, ...], edge: int, rng: np.random.Generator
) -> tuple[slice, ...]:
    """Draw a cube (in a slice: a square) at a random position that contains one of the places.

    Parameters
    ----------
    lesion_voxels
        Indices of a lesion's voxels, (n, 3).
    shape
        Shape of the image to crop; without the third axis for a slice.
    edge
        Edge of the cube in voxels.
    rng
        Generator of the draws.
    """
    corner = lesion_voxels[rng.integers(len(lesion_voxels))] - rng.integers(edge // 6, edge - edge // 6, 3)
    low = np.clip(corner[: len(shape)], 0, np.array(shape) - edge)
    return tuple(slice(int(start), int(start) + edge) for start in low)


def z_score(data: Floats) -> Floats:
    """Standardise by the mean and standard deviation of the nonzero voxels; zero voxels stay zero."""
    mask = data != 0
    values = data[mask].astype(np.float64)
    return np.where(mask, (data - values.mean()) / values.std(), 0).astype(np.float32)


def _draw_transform(variation: BrainVariation, rng: np.random.Generator) -> Floats:
    """Draw a rotation about a random axis times a scaling along the three axes, 3 by 3."""
    from scipy.spatial.transform import Rotation

    rotation = Rotation.from_rotvec(
        rng.normal(0, variation.rotation_sd / np.sqrt(3), 3), degrees=True
    ).as_matrix()
    scaling = np.diag(np.exp(rng.normal(0, variation.scaling_sd, 3)))
    return np.asarray(rotation @ scaling, dtype=np.float32)


def _cubic_bspline(positions: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return the weights of the uniform cubic B-spline at fractional indices: (len(positions), count)."""
    distance = np.abs(positions[:, None] - np.arange(count))
    near = (4 - 6 * distance**2 + 3 * distance**3) / 6
    far = np.maximum(2 - distance, 0) ** 3 / 6
    return np.asarray(np.where(distance < 1, near, far))
