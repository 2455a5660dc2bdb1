"""Simulated head: an unprocessed scan, derived from the MNI152 template.

The template has no skull. Cerebrospinal fluid, skull, scalp, neck and eyes are added around its brain; the
head is rotated, shifted and scaled, and its intensities are changed, with a bias field and noise.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scans.simulated_lesions import Lesion, insert_lesions

Floats = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

SIMULATED_HEAD = "simulated-head"
"""Name of the built-in scan."""

BRAIN_LEVEL = 0.2
"""Intensity above which a voxel of the template is brain, as in nilearn's ``load_mni152_brain_mask``."""

STEP = 2
"""Step in voxels of the template at which the distance to the brain is computed."""

SHELLS = ((0.0, 0.20), (2.5, 0.14), (4.0, 0.06), (8.5, 0.06), (10.0, 0.85), (14.5, 0.80), (16.0, 0.0))
"""Intensities at distances in mm from the brain: cerebrospinal fluid, skull, scalp and air."""

LESION = Lesion((34.0, -10.0, 40.0), 9.0, 1.35)
"""In the template's mm; brighter than white matter, to be detected by the lesion networks."""

EYES = ((-33.0, 68.0, -38.0), (33.0, 68.0, -38.0))
EYE_RADIUS = 12.0
NECK = (0.0, -14.0, 46.0)
"""Centre (x, y) and radius in mm of the neck, in the template's mm."""

FACE = (0.0, 38.0, -52.0, 52.0, 52.0, 46.0)
"""Centre and half axes in mm of the face below the brain, in the template's mm."""

CORD = (0.0, -44.0, 11.0, -50.0)
"""Centre (x, y), radius and upper end in mm of the spinal cord, which runs from the skull to the neck."""

TISSUE = 0.42
"""Intensity of muscle in face and neck."""

ANGLES = (-14.0, 7.0, 9.0)
"""Rotation of the head about the x, y and z axes in degrees: a nod, a tilt and a turn to one side."""

SHIFT = (0.0, 5.0, 6.0)
SCALES = (0.95, 0.92, 0.97)
SHAPE = (152, 176, 176)
SPACING = 1.25
CONTRAST = 0.85
"""Exponent of the intensities: 1 keeps the template's contrast."""

BRIGHTEST = 900.0
NOISE = 0.015
BIAS = (0.18, -0.12, 0.2)
"""Coefficients of the bias field's logarithm, per half field of view along x, y and z."""


def head_to_scanner() -> Matrix:
    """Return the matrix from the template's mm to the simulated scanner's mm, 4 by 4, RAS+."""
    x, y, z = np.deg2rad(ANGLES)
    rotation_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    rotation_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    rotation_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_z @ rotation_y @ rotation_x @ np.diag(SCALES)
    matrix[:3, 3] = SHIFT
    return matrix


def simulate_head(template: Scan) -> Scan:
    """Return the simulated head, bitwise reproducible.

    Parameters
    ----------
    template
        The MNI152 template without skull, scaled to a maximum of 1.
    """
    affine = np.diag([SPACING, SPACING, SPACING, 1.0])
    affine[:3, 3] = -SPACING * (np.array(SHAPE) - 1) / 2
    grid = Grid(SHAPE, affine)
    matrix = head_to_scanner()
    data, _ = insert_lesions(template.data, template.grid, [LESION])
    brain = _resample_moved(data, template.grid, grid, matrix)
    surroundings, coarse_grid = _surroundings(template)
    shells = _resample_moved(surroundings, coarse_grid, grid, matrix)
    brain_share = _resample_moved(
        (template.data > BRAIN_LEVEL).astype(np.float32), template.grid, grid, matrix
    )
    values = brain_share * brain + (1 - brain_share) * shells
    values = np.power(np.clip(values, 0, None), np.float32(CONTRAST)) * _bias_field(grid)
    random = np.random.default_rng(0)
    # Rician, as in magnitude images: noise in the real and in the imaginary part.
    real, imaginary = (random.normal(0.0, NOISE, SHAPE).astype(np.float32) for _ in range(2))
    values = np.hypot(values + real, imaginary) * np.float32(BRIGHTEST)
    notes = (
        "Simulated: the brain of the MNI152 template with one artificial lesion in an artificial skull and "
        "scalp, rotated, shifted and scaled, with a bias field and noise; not a patient's scan.",
    )
    return Scan(values.astype(np.float32), grid, SIMULATED_HEAD, notes, Path(SIMULATED_HEAD))


def _surroundings(template: Scan) -> tuple[Floats, Grid]:
    """Return skull, scalp, face and neck around the template's brain, and their grid, larger than its own."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    mask = template.data > BRAIN_LEVEL
    coarse_mask = mask[::STEP, ::STEP, ::STEP]
    # The template's field of view ends close to the brain; the head continues below it.
    pads = ((12, 12), (12, 16), (40, 12))
    affine = template.grid.affine @ np.diag([STEP, STEP, STEP, 1.0])
    start = np.array([-pad[0] for pad in pads])
    affine[:3, 3] = affine[:3, :3] @ start + affine[:3, 3]
    brain = np.pad(coarse_mask, pads)
    grid = Grid(brain.shape, affine)
    brain_distance = distance_transform_edt(~brain, sampling=grid.spacing).astype(np.float32)
    distances, levels = zip(*SHELLS, strict=True)
    values = np.interp(brain_distance, distances, levels).astype(np.float32)
    indices = np.stack(np.meshgrid(*(np.arange(size) for size in grid.shape), indexing="ij"), axis=-1)
    points = grid.to_world(indices).astype(np.float32)
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    a, b, c, wide, deep, tall = FACE
    face = ((x - a) / wide) ** 2 + ((y - b) / deep) ** 2 + ((z - c) / tall) ** 2 < 1
    neck = ((x - NECK[0]) ** 2 + (y - NECK[1] + 0.25 * (z + 60)) ** 2 < NECK[2] ** 2) & (z < -40)
    body = (face | neck) & (brain_distance > 8.5)
    values = np.where(body & (brain_distance > 12), np.maximum(values, TISSUE), values)
    a, b, radius, top = CORD
    cord = ((x - a) ** 2 + (y - b) ** 2 < radius**2) & (z < top)
    values = np.where(cord & ~brain, np.float32(TISSUE), values)
    for eye in EYES:
        distance = np.linalg.norm(points - np.array(eye, dtype=np.float32), axis=-1)
        values = np.where((distance < EYE_RADIUS) & (brain_distance > 4), np.float32(0.15), values)
    return gaussian_filter(values, 0.5).astype(np.float32), grid


def _resample_moved(data: Floats, source: Grid, target: Grid, matrix: Matrix) -> Floats:
    return resample(data, Grid(source.shape, matrix @ source.affine), target)


def _bias_field(grid: Grid) -> Floats:
    """Return a smooth factor around 1, larger near the coils."""
    x, y, z = (
        np.linspace(-1, 1, size, dtype=np.float32).reshape([-1 if axis == other else 1 for other in range(3)])
        for axis, size in enumerate(grid.shape)
    )
    return np.asarray(np.exp(BIAS[0] * x + BIAS[1] * y**2 + BIAS[2] * z), dtype=np.float32)
