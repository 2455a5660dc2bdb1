"""Two simulated studies of eight subjects with eight scans each, with parameters typical of PET of water.

Random numbers depend on the seed, the subject and the scan, so that any scan can be simulated alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan
from viewer.scans.simulated_studies.phantom import (
    GREY_FLOW,
    Floats,
    Focus,
    Templates,
    blood_flow_templates,
    draw_deformation,
    draw_smooth_field,
    warp_to_grid,
)

SIMULATED = "The scans are simulated from the MNI152 templates; what is found was planted in them."

_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))


def pet_grid(spacing: float = 3.75) -> Grid:
    """Return a grid of the MNI brain with cubic voxels; 3.75 mm give about as many as in the paper's mask."""
    corner, far = np.array([-77.0, -110.0, -76.0]), np.array([77.0, 78.0, 86.0])
    shape = np.floor((far - corner) / spacing).astype(int) + 1
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = (corner + far - spacing * (shape - 1)) / 2
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine)


@dataclass(frozen=True)
class Physics:
    """Parameters of the scanner and of the subjects' variability.

    Parameters
    ----------
    resolution
        Full width at half maximum in mm of the final image: half of its square before the noise, half by
        the reconstruction's filter after it.
    counts
        Events in a voxel of pure grey matter; the noise before the filter is Poisson noise.
    effect
        Relative increase of pure grey matter's flow at the centre of a focus. Blurring and partial volumes
        reduce 8 per cent to 5.
    deformation_sd, deformation_scale
        Anatomical variability that remains after normalization to the template: standard deviation in mm of
        a smooth deformation, and the distance in mm over which it varies.
    subject_global_sd, scan_global_sd
        Standard deviation of the logarithm of the global flow between subjects, and between scans.
    subject_regional_sd, scan_regional_sd
        Standard deviation of smooth regional differences of flow between subjects, and between scans, as a
        share of the flow.
    """

    resolution: float = 7.0
    counts: float = 200.0
    effect: float = 0.08
    deformation_sd: float = 2.0
    deformation_scale: float = 15.0
    subject_global_sd: float = 0.12
    scan_global_sd: float = 0.05
    subject_regional_sd: float = 0.05
    scan_regional_sd: float = 0.01


@dataclass(frozen=True)
class Study:
    """Simulated study: subjects, conditions and activated foci.

    Parameters
    ----------
    name, title
        Name in commands, and title shown to the user.
    levels
        Strength of the effect in each of a subject's scans, 0 to 1; their order is random for each subject.
    labels
        Label of each level in the table: a number, or the name of a class.
    foci
        Activated foci.
    """

    name: str
    title: str
    levels: tuple[float, ...]
    labels: tuple[str, ...]
    foci: tuple[Focus, ...]
    subject_count: int = 8
    grid: Grid = field(default_factory=pet_grid)
    physics: Physics = field(default_factory=Physics)
    seed: int = 1995

    @cached_property
    def templates(self) -> Templates:
        """Flow and activation, blurred to the resolution before the noise."""
        return blood_flow_templates(self.foci, self.physics.resolution / np.sqrt(2.0))

    @property
    def scan_count(self) -> int:
        """Number of scans, J."""
        return self.subject_count * len(self.levels)

    def activated_mask(self) -> npt.NDArray[np.bool_]:
        """Return the mask of voxels whose effect is at least half of its maximum, shape ``grid.shape``."""
        still = np.zeros((3, *self.grid.shape))
        share = warp_to_grid(self.templates.activation, self.templates.grid, self.grid, still)
        return share >= 0.5 * float(share.max())

    def level_order(self, subject: int) -> npt.NDArray[np.int64]:
        """Return the random order of the levels in a subject's scans, as indices."""
        return np.random.default_rng([self.seed, subject, 0]).permutation(len(self.levels))

    def scan_names(self, subject: int) -> list[str]:
        """Return the names of a subject's scans in their order."""
        return [
            f"sub-{subject + 1:02d}_run-{run:02d}_pet" for run in range(1, len(self.level_order(subject)) + 1)
        ]

    def simulate_scans(self, subject: int) -> Iterator[tuple[Scan, str]]:
        """Simulate the scans of a subject in their order; yield each with its label."""
        physics, source = self.physics, self.templates
        draw = np.random.default_rng([self.seed, subject, 1])
        displacement = draw_deformation(draw, self.grid, physics.deformation_sd, physics.deformation_scale)
        flow = warp_to_grid(source.flow, source.grid, self.grid, displacement)
        activation = warp_to_grid(source.activation, source.grid, self.grid, displacement)
        level = np.exp(draw.normal(0.0, physics.subject_global_sd))
        regional = 1.0 + physics.subject_regional_sd * draw_smooth_field(draw, self.grid, 12.0)
        for number, chosen in enumerate(self.level_order(subject)):
            draw = np.random.default_rng([self.seed, subject, 2 + number])
            scan_level = level * np.exp(draw.normal(0.0, physics.scan_global_sd))
            drift = 1.0 + physics.scan_regional_sd * draw_smooth_field(draw, self.grid, 12.0)
            effect = physics.effect * self.levels[chosen] * activation
            image = self._simulate_acquisition(scan_level * regional * drift * (flow + effect), draw)
            name = self.scan_names(subject)[number]
            yield Scan(image, self.grid, name, ("Simulated.",)), self.labels[chosen]

    def _simulate_acquisition(self, flow: npt.NDArray[np.float64], rng: np.random.Generator) -> Floats:
        from scipy.ndimage import gaussian_filter

        physics = self.physics
        per_unit = physics.counts / GREY_FLOW
        counts = rng.poisson(np.maximum(flow, 0.0) * per_unit) / per_unit
        sigma = physics.resolution / np.sqrt(2.0) / _FWHM / self.grid.spacing
        return np.asarray(gaussian_filter(counts.astype(np.float32), sigma, mode="constant"))


SACCADES = Study(
    name="saccades",
    title="Saccades at eight rates (simulated)",
    levels=tuple(number / 7 for number in range(8)),
    labels=tuple(f"{number * 0.25:g}" for number in range(8)),
    foci=(
        Focus("visual cortex, left", (-9.0, -88.0, 2.0), 20.0),
        Focus("visual cortex, right", (11.0, -86.0, 4.0), 20.0),
    ),
)
"""After Law et al.: saccades at eight rates, and the visual cortex. The label is the rate in Hz."""

FINGERS = Study(
    name="fingers",
    title="Finger opposition against rest (simulated)",
    levels=(0.0, 1.0) * 4,
    labels=("rest", "active") * 4,
    foci=(
        Focus("sensory-motor cortex, left", (-38.0, -24.0, 56.0), 20.0),
        Focus("sensory-motor cortex, right", (38.0, -22.0, 56.0), 20.0),
    ),
)
"""After Strother et al. 1995: four scans at rest and four active, and the primary sensory-motor cortex."""

STUDIES = (SACCADES, FINGERS)


def find_study(name: str) -> Study:
    """Return the simulated study of that name.

    Raises
    ------
    ScanError
        There is no such study.
    """
    for study in STUDIES:
        if study.name == name:
            return study
    known = ", ".join(study.name for study in STUDIES)
    raise ScanError(name, "no such simulated study", f"there are {known}")
