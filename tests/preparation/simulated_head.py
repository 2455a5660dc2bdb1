"""A simulated head: the template's brain in a skull and a scalp, moved by a known transform."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial.transform import Rotation

from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.downsampling import FWHM, bounding_grid
from viewer.preparation.template import Template
from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.scan import Scan

Matrix = npt.NDArray[np.float64]


def head_values(template: Template) -> npt.NDArray[np.float32]:
    """Brain, dark cerebrospinal fluid and skull around it, bright scalp, on the template's grid."""
    away = distance_transform_edt(~template.brain_mask)
    values = np.where(template.brain_mask, template.scan.data, 0.0)
    values = np.where((away > 0) & (away <= 5), 0.15, values)
    values = np.where((away > 5) & (away <= 12), 0.75, values)
    noise = np.random.default_rng(0).normal(0, 0.02, values.shape)
    return np.abs(values + noise).astype(np.float32)


def moved_head(matrix: Matrix, template: Template, step: float | tuple[float, ...] = 2.0) -> Scan:
    """The simulated head moved by ``matrix`` (template mm to scan mm), in a scan of its own."""
    placed = Grid(template.grid.shape, matrix @ template.grid.affine)
    grid = bounding_grid(placed, step)
    # A slice is as thick as its step: along each axis the scan is as smooth as its voxels are long.
    fine = bounding_grid(placed, 1.0)
    fwhm = np.sqrt(np.maximum(grid.spacing**2 - 1, 0))
    values = gaussian_filter(resample(head_values(template), placed, fine), fwhm / FWHM)
    return Scan(resample(values, fine, grid), grid, "simulated")


def moved_brain(matrix: Matrix, template: Template, head: Scan) -> BrainMask:
    """The brain of `moved_head`, as it is known."""
    placed = Grid(template.grid.shape, matrix @ template.grid.affine)
    inside = resample(template.brain_mask.astype(np.float32), placed, head.grid) > 0.5
    return BrainMask(inside, head.grid, "simulated")


def transform(
    degrees: tuple[float, float, float] = (0, 0, 0),
    shift: tuple[float, float, float] = (0, 0, 0),
    scales: tuple[float, float, float] = (1, 1, 1),
) -> Matrix:
    """A matrix of Euler angles (x, y, z), a shift in mm and scales along the template's axes."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix() @ np.diag(scales)
    matrix[:3, 3] = shift
    return matrix


def largest_distance(first: Matrix, second: Matrix, template: Template) -> float:
    """How far apart two transforms move the points of the template's brain, in mm, at most."""
    points = template.grid.to_world(np.argwhere(template.brain_mask)[::997])
    one, other = (points @ m[:3, :3].T + m[:3, 3] for m in (first, second))
    return float(np.linalg.norm(one - other, axis=1).max())
