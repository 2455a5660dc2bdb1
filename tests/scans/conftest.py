"""Grids of every awkward kind, and NIfTI files written on them by nibabel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import numpy.typing as npt
import pytest

Affine = npt.NDArray[np.float64]
Writer = Callable[..., Path]


def rotation(x: float, y: float, z: float) -> Affine:
    """A turn by three angles in degrees, about one world axis after the other."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians((x, y, z))):
        turn = np.eye(3)
        one, other = (axis + 1) % 3, (axis + 2) % 3
        turn[one, one] = turn[other, other] = np.cos(angle)
        turn[one, other], turn[other, one] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    return matrix


def affine_of(matrix: npt.ArrayLike, offset: npt.ArrayLike) -> Affine:
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = offset
    # As a NIfTI header keeps it.
    return affine.astype(np.float32).astype(np.float64)


LIA = np.array([[-1.0, 0, 0], [0, 0, 1.2], [0, -0.9, 0]])
OBLIQUE = rotation(25, 15, 22) @ np.diag([1.0, 1.2, 0.9])
SHEAR = np.array([[1.0, 0.2, 0.05], [0, 1.1, -0.1], [0, 0, 0.9]])

PLACEMENTS = {
    "RAS": affine_of(np.diag([1.0, 1.2, 0.9]), (-11, -14, -8)),
    "LAS": affine_of(np.diag([-1.0, 1.2, 0.9]), (11, -14, -8)),
    "LIA": affine_of(LIA, (11.5, -14, 8.25)),
    "oblique": affine_of(OBLIQUE, (-7, -12, -9)),
    "oblique-LAS": affine_of(OBLIQUE @ np.diag([-1, 1, 1]), (9, -12, -9)),
    "sheared": affine_of(SHEAR, (-11, -14, -8)),
    "sheared-LIA": affine_of(rotation(-12, 8, 19) @ SHEAR @ LIA, (12, -14, 8)),
}
"""Affines of voxels of about 1 mm in all the ways that files have them."""


@pytest.fixture(params=list(PLACEMENTS))
def placement(request: pytest.FixtureRequest) -> Affine:
    return PLACEMENTS[request.param]


@pytest.fixture
def noise() -> npt.NDArray[np.float32]:
    """Numbers that are all different, in a shape whose sides are all different."""
    return np.random.default_rng(5).normal(size=(22, 24, 18)).astype(np.float32)


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Writes an array with an affine through nibabel; keywords set header entries byte for byte."""

    def write(
        data: npt.NDArray[np.generic],
        affine: Affine,
        name: str = "scan.nii.gz",
        kind: type = nib.Nifti1Image,
        **entries: object,
    ) -> Path:
        path = tmp_path / name
        image = kind(data, affine)
        if not entries:
            image.to_filename(path)
            return path
        assert path.suffix == ".nii", "header entries are patched in plain files"
        image.to_filename(path)
        content = bytearray(path.read_bytes())
        header = kind.header_class(bytes(content[: kind.header_class.sizeof_hdr]), check=False)
        for entry, value in entries.items():
            header[entry] = value
        content[: len(header.binaryblock)] = header.binaryblock
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def placement_named() -> Callable[[str], Affine]:
    return PLACEMENTS.__getitem__
