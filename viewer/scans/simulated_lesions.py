"""Simulated lesions in a scan, and the demonstration scan with lesions.

Following Eitel et al. 2021: round lesions with soft edges, and square ones with sharp edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.enums import coerce_fields
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

Floats = npt.NDArray[np.float32]

SOFTNESS = 1 / 3
"""Standard deviation of the Gaussian that blurs a round lesion, as a share of its radius."""


class LesionShape(StrEnum):
    """Shape of a lesion: a sphere blurred by a Gaussian, or a cube with sharp edges."""

    GAUSSIAN = "gaussian"
    SQUARE = "square"


@dataclass(frozen=True)
class Lesion:
    """Simulated lesion.

    Parameters
    ----------
    centre
        Centre in mm, RAS+.
    radius
        Radius in mm of the sphere before blurring, or half the edge length of the cube.
    brightness
        Intensity at the centre as a multiple of white matter: below 1 darker, above 1 brighter.
    form
        Blurred sphere or sharp cube.
    """

    centre: tuple[float, float, float]
    radius: float
    brightness: float
    form: LesionShape = LesionShape.GAUSSIAN

    def __post_init__(self) -> None:
        coerce_fields(self, form=LesionShape)

    @property
    def extent(self) -> float:
        """Largest distance from the centre along each world axis at which it is visible, in mm."""
        return self.radius * (1 + 4 * SOFTNESS if self.form is LesionShape.GAUSSIAN else 1)

    def tissue_share(self, offsets: npt.NDArray[np.float64]) -> Floats:
        """Return the lesion's share of the tissue, 0 to 1, at ``offsets`` in mm from its centre.

        ``offsets`` has shape (..., 3), the result shape (...).
        """
        if self.form is LesionShape.SQUARE:
            return np.asarray(np.abs(offsets).max(axis=-1) <= self.radius, dtype=np.float32)
        distances = np.linspace(0, self.extent, 257)
        profile = [blurred_sphere(distance, self.radius, SOFTNESS * self.radius) for distance in distances]
        share = np.interp(np.linalg.norm(offsets, axis=-1), distances, profile, right=0.0)
        return np.asarray(share, dtype=np.float32)


def blurred_sphere(distance: float, radius: float, sigma: float) -> float:
    """Return the value of a sphere of height 1 convolved with a Gaussian, at ``distance`` from its centre.

    All arguments have the same unit. In spherical coordinates the integral has a closed form: two error
    functions and two Gaussians.
    """
    scale = math.sqrt(2) * sigma
    if distance < 1e-6 * radius:
        edge = radius / sigma
        return math.erf(radius / scale) - math.sqrt(2 / math.pi) * edge * math.exp(-(edge**2) / 2)
    near, far = radius - distance, radius + distance
    difference = math.exp(-((near / scale) ** 2)) - math.exp(-((far / scale) ** 2))
    return (math.erf(near / scale) + math.erf(far / scale)) / 2 - sigma * difference / (
        math.sqrt(2 * math.pi) * distance
    )


def white_matter_level(data: Floats) -> float:
    """Return the intensity of white matter in a skull-stripped T1 scan: 95th percentile of voxels above 0."""
    inside = data[data > 0]
    return float(np.percentile(inside, 95)) if inside.size else 0.0


def insert_lesions(data: Floats, grid: Grid, lesions: Iterable[Lesion]) -> tuple[Floats, Floats]:
    """Add lesions to a skull-stripped scan; voxels of 0 are outside the brain and stay 0.

    Parameters
    ----------
    data
        Intensities, shape ``grid.shape``; not changed.
    grid
        Voxel grid of the scan.
    lesions
        Lesions to add; where two overlap, the later one covers the earlier.

    Returns
    -------
    The scan with lesions, and the lesion's share of each voxel, 0 to 1; both of the shape of ``data``.
    """
    planted = np.array(data, dtype=np.float32)
    truth = np.zeros(planted.shape, dtype=np.float32)
    white_level = white_matter_level(planted[::2, ::2, ::2])
    widths = np.linalg.norm(np.linalg.inv(grid.affine[:3, :3]), axis=1)
    for lesion in lesions:
        centre = grid.to_voxel(lesion.centre)
        # A cube reaches further along an oblique axis than along its own, by a factor of at most sqrt(3).
        half_size = widths * lesion.extent * (math.sqrt(3) if lesion.form is LesionShape.SQUARE else 1)
        low = np.clip(np.floor(centre - half_size), 0, grid.shape).astype(int)
        high = np.clip(np.ceil(centre + half_size) + 1, 0, grid.shape).astype(int)
        box = tuple(slice(start, stop) for start, stop in zip(low, high, strict=True))
        indices = np.stack(
            np.meshgrid(
                *[np.arange(start, stop) for start, stop in zip(low, high, strict=True)], indexing="ij"
            ),
            -1,
        )
        share = lesion.tissue_share(grid.to_world(indices) - np.array(lesion.centre))
        share *= planted[box] != 0
        planted[box] += share * (np.float32(lesion.brightness * white_level) - planted[box])
        truth[box] = np.maximum(truth[box], share)
    return planted, truth


SIMULATED = "simulated-lesions"
"""Name of the demonstration's built-in scan."""

DEMONSTRATION = (
    Lesion((-30.0, 38.0, 16.0), 10.0, 1.35),
    Lesion((34.0, -10.0, 40.0), 9.0, 1.35),
    Lesion((46.0, -22.0, -14.0), 8.0, 1.35),
    Lesion((-26.0, -66.0, 20.0), 9.0, 0.3),
    Lesion((22.0, -64.0, -34.0), 8.0, 1.35),
)
"""Lesions of the demonstration's scan: four brighter than white matter and one darker."""


def demonstration_scan(template: Scan) -> Scan:
    """Return the demonstration's scan: the MNI152 template with simulated lesions."""
    data, _ = insert_lesions(template.data, template.grid, DEMONSTRATION)
    count = {4: "four", 5: "five", 6: "six"}[len(DEMONSTRATION)]
    note = f"Simulated: the MNI152 template with {count} artificial lesions added, not a patient's scan."
    return Scan(data, template.grid, SIMULATED, (note,), Path(SIMULATED), template.stored)
