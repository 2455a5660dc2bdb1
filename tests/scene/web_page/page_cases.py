"""Small scans and maps for pages, on grids that lie in space in every way."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

import viewer
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan

SHAPE = (22, 26, 20)


def _turned() -> np.ndarray:
    a, b = np.deg2rad(20), np.deg2rad(-14)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return about_z @ about_x * 6.0


MATRICES = {
    "LAS": np.diag([-6.0, 6.0, 6.0]),
    "LIA": np.array([[-6.0, 0, 0], [0, 0, 6.0], [0, -6.0, 0]]),
    "oblique": _turned(),
    "sheared": np.array([[6.0, 1.5, 0], [0, 6.0, 1.0], [0.8, 0, 6.0]]),
    "thick": np.diag([4.0, 4.0, 12.0]),
}


def affine_of(name: str) -> np.ndarray:
    """Return the affine of a grid whose middle is at 3, -7, 5 mm."""
    affine = np.eye(4)
    affine[:3, :3] = MATRICES[name]
    affine[:3, 3] = np.array([3.0, -7.0, 5.0]) - MATRICES[name] @ (np.array(SHAPE) - 1) / 2
    return affine


def write_image(path: Path, name: str, values: np.ndarray) -> nib.Nifti1Image:
    image = nib.Nifti1Image(values, affine_of(name))
    nib.save(image, path)
    return image


def distinct_values(name: str) -> np.ndarray:
    """Return a head of bright voxels in dark air, in which every voxel has another value."""
    rng = np.random.default_rng(5)
    values = rng.permutation(np.prod(SHAPE)).reshape(SHAPE).astype(np.int16)
    points = world_points(name)
    inside = (((points - [3.0, -7.0, 5.0]) / [38.0, 50.0, 40.0]) ** 2).sum(axis=-1) < 1
    values[inside] += 18_000
    return values


def world_points(name: str) -> np.ndarray:
    voxels = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    affine = affine_of(name)
    return voxels @ affine[:3, :3].T + affine[:3, 3]


def right_body(name: str) -> np.ndarray:
    """Return values that are large around a point on the person's right, in front and above."""
    away = np.linalg.norm(world_points(name) - [21.0, 12.0, 20.0], axis=-1)
    return (10.0 * np.exp(-((away / 11.0) ** 2))).astype(np.float32)


def plain_scan(name: str = "a head", notes: tuple[str, ...] = ()) -> Scan:
    grid = viewer.Grid(SHAPE, affine_of("thick"))
    return Scan(distinct_values("thick").astype(np.float32), grid, name, notes=notes)


def plain_map(name: str = "a body", provenance: Provenance | None = None, signed: bool = False) -> Map:
    values = right_body("thick")
    if signed:
        values = values - 0.7 * values[::-1]
    return Map(values, viewer.Grid(SHAPE, affine_of("thick")), name, provenance or Provenance())
