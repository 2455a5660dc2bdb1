"""The two simulated studies: eight subjects, eight scans each, in numbers that PET of water had.

Everything is drawn from one seed, subject by subject and scan by scan, so that any scan can be made alone.
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
    deformation,
    smooth_field,
    warp_to_grid,
)

SIMULATED = "The scans are simulated from the MNI152 templates; what is found was planted in them."

_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))


def pet_grid(spacing: float = 3.75) -> Grid:
    """The MNI brain in cubic voxels; 3.75 mm put about as many voxels into the mask as the paper had."""
    corner, far = np.array([-77.0, -110.0, -76.0]), np.array([77.0, 78.0, 86.0])
    shape = np.floor((far - corner) / spacing).astype(int) + 1
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = (corner + far - spacing * (shape - 1)) / 2
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine)


@dataclass(frozen=True)
class Physics:
    """What the scanner and the subjects do to the flow.

    Parameters
    ----------
    resolution
        Full width at half maximum in mm of the final image: half of its square before the noise, half by
        the reconstruction's filter after it.
    counts
        Events in a voxel of pure grey matter: the noise before the filter is Poisson's.
    effect
        Growth of pure grey matter's flow in the middle of a focus, as a share. Blurred, and mixed with other
        tissue, 5 per cent are left of 8.
    bend, bend_scale
        What is left of the subjects' anatomy after it was brought to the template: standard deviation in mm
        of a smooth deformation, and the distance in mm over which it changes.
    subject_global, scan_global
        Standard deviation of the logarithm of the global flow between subjects, and between scans.
    subject_regional, scan_regional
        Standard deviation of smooth regional differences of flow between subjects, and between scans, as a
        share of the flow.
    """

    resolution: float = 7.0
    counts: float = 200.0
    effect: float = 0.08
    bend: float = 2.0
    bend_scale: float = 15.0
    subject_global: float = 0.12
    scan_global: float = 0.05
    subject_regional: float = 0.05
    scan_regional: float = 0.01


@dataclass(frozen=True)
class Study:
    """A simulated study: who is scanned, what they do in each scan, and where their brains answer.

    Parameters
    ----------
    name, title
        As a command and a person call it.
    levels
        How strong the effect is in each of a subject's scans, 0 to 1; the order is drawn for each subject.
    labels
        What the table says of each level: a number, or the name of a class.
    foci
        The activated places.
    """

    name: str
    title: str
    levels: tuple[float, ...]
    labels: tuple[str, ...]
    foci: tuple[Focus, ...]
    subjects: int = 8
    grid: Grid = field(default_factory=pet_grid)
    physics: Physics = field(default_factory=Physics)
    seed: int = 1995

    @cached_property
    def templates(self) -> Templates:
        """Flow and activation, blurred to what is resolved before the noise."""
        return blood_flow_templates(self.foci, self.physics.resolution / np.sqrt(2.0))

    @property
    def scans(self) -> int:
        """J."""
        return self.subjects * len(self.levels)

    def truth(self) -> npt.NDArray[np.bool_]:
        """Where the effect is at least half of its largest value, shape ``grid.shape``."""
        still = np.zeros((3, *self.grid.shape))
        share = warp_to_grid(self.templates.activation, self.templates.grid, self.grid, still)
        return share >= 0.5 * float(share.max())

    def order(self, subject: int) -> npt.NDArray[np.int64]:
        """The order in which a subject goes through the levels."""
        return np.random.default_rng([self.seed, subject, 0]).permutation(len(self.levels))

    def scans_of(self, subject: int) -> Iterator[tuple[Scan, str]]:
        """A subject's scans in the order in which they were made, each with its label."""
        physics, source = self.physics, self.templates
        draw = np.random.default_rng([self.seed, subject, 1])
        displacement = deformation(draw, self.grid, physics.bend, physics.bend_scale)
        flow = warp_to_grid(source.flow, source.grid, self.grid, displacement)
        activation = warp_to_grid(source.activation, source.grid, self.grid, displacement)
        level = np.exp(draw.normal(0.0, physics.subject_global))
        regional = 1.0 + physics.subject_regional * smooth_field(draw, self.grid, 12.0)
        for number, chosen in enumerate(self.order(subject)):
            draw = np.random.default_rng([self.seed, subject, 2 + number])
            scan_level = level * np.exp(draw.normal(0.0, physics.scan_global))
            drift = 1.0 + physics.scan_regional * smooth_field(draw, self.grid, 12.0)
            effect = physics.effect * self.levels[chosen] * activation
            image = self._scanned(scan_level * regional * drift * (flow + effect), draw)
            name = f"sub-{subject + 1:02d}_run-{number + 1:02d}_pet"
            yield Scan(image, self.grid, name, ("Simulated.",)), self.labels[chosen]

    def _scanned(self, flow: npt.NDArray[np.float64], draw: np.random.Generator) -> Floats:
        from scipy.ndimage import gaussian_filter

        physics = self.physics
        per_unit = physics.counts / GREY_FLOW
        counts = draw.poisson(np.maximum(flow, 0.0) * per_unit) / per_unit
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
    """The study of that name.

    Raises
    ------
    ScanError
        There is none.
    """
    for study in STUDIES:
        if study.name == name:
            return study
    known = ", ".join(study.name for study in STUDIES)
    raise ScanError(name, "no such simulated study", f"there are {known}")
