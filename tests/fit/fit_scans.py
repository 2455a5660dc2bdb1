"""Scans to check: a ball of tissue, and the real heads registered to the template by another program."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan, StoredOrientation

GRID = Grid((60, 70, 60), np.array([[3.0, 0, 0, -89], [0, 3, 0, -124], [0, 0, 3, -71], [0, 0, 0, 1]]))
HEADS = {"t1_crop": "scans/t1_crop.nii.gz", "example_brain_t1": "heads/example_brain_t1.nii.gz"}


def ball(radius: float, codes: tuple[int, int] | None = (4, 4), grid: Grid = GRID) -> Scan:
    """Return smooth tissue of about 100 within a radius in mm, and 0 around it."""
    places = np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1)
    points = grid.to_world(places) - grid.centre
    inside = np.linalg.norm(points, axis=-1) < radius
    shades = 100 + 20 * np.sin(points[..., 0] / 15) + np.random.default_rng(0).normal(0, 2, grid.shape)
    stored = StoredOrientation(grid, xform_codes=codes)
    return Scan((inside * shades).astype(np.float32), grid, "ball", stored=stored)


def changed(scan: Scan, data: np.ndarray, grid: Grid | None = None) -> Scan:
    return Scan(np.ascontiguousarray(data, dtype=np.float32), grid or scan.grid, scan.name, scan.notes)


def registered(real_data: Path, name: str, stripped: bool = False) -> Scan:
    """Return a real head on the template's grid, by the affine that hippodeep found."""
    head, template = load_scan(real_data / HEADS[name]), load_scan("mni152")
    words = (real_data / "heads" / f"{name}_to_mni_affine.txt").read_text().split("Parameters: ")[-1]
    numbers = np.array(words.split(), dtype=float)
    to_head = np.eye(4)
    to_head[:3, :3], to_head[:3, 3] = numbers[:9].reshape(3, 3), numbers[9:]
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])  # ITK's axes are L P S
    grid = Grid(head.grid.shape, np.linalg.inv(flip @ to_head @ flip) @ head.grid.affine)
    data = head.data
    if stripped:
        data = data * (load_scan(real_data / "heads" / f"{name}_mask.nii.gz").data > 0.5)
    return Scan(resample(data, grid, template.grid), template.grid, name)


def upside_down(scan: Scan) -> Scan:
    return changed(scan, scan.data[:, :, ::-1])


def turned(scan: Scan) -> Scan:
    """Return the data turned by 90° about the left–right axis, under the same affine."""
    data = np.rot90(scan.data, 1, (1, 2))
    return changed(scan, data, Grid(data.shape, scan.grid.affine))
