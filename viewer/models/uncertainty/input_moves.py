"""Small moves of the input: shifts of less than a voxel, small rotations, and noise.

The network's grid stays fixed in space, and the scan moves under it. The map of a moved scan is placed on the
network's grid in the space of the original scan, so that no value is interpolated twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.models.preprocessing import PreparedInput, prepare
from viewer.models.uncertainty.member import Member
from viewer.preparation.prepared import Prepared
from viewer.preparation.registration import apply_registration
from viewer.scans.grid import Grid
from viewer.scans.multichannel_scan import MultichannelScan, apply_to_images
from viewer.scans.noise_level import noise_level
from viewer.scans.scan import Scan

Doubles = npt.NDArray[np.float64]

MAX_SHIFT = 0.5
"""In voxels of the scan along each axis: the position of its grid relative to the head is arbitrary."""

MAX_TURN = 1.0
"""In degrees, about any axis. A guess of the accuracy to which two people, or programs, align a head."""


@dataclass(frozen=True, eq=False)
class InputMove:
    """One move of a scan, and the seed of its noise.

    Parameters
    ----------
    matrix
        4 by 4, from the scan's mm to the moved scan's mm.
    shift
        Shift of the scan's centre, in mm.
    rotation_degrees
        Rotation about the scan's centre, in degrees.
    noise
        Standard deviation by channel, in the image's units.
    seed
        Seed of the noise.
    """

    matrix: Doubles
    shift: Doubles
    rotation_degrees: float
    noise: dict[str, float]
    seed: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        noise = self.noise if len(self.noise) > 1 else next(iter(self.noise.values()))
        return {"shift": self.shift.tolist(), "turn": self.rotation_degrees, "noise": noise}

    def add_noise(self, scan: Scan) -> Scan:
        """Return a scan with Gaussian noise in nonzero voxels, drawn separately for each of its images."""
        rng = np.random.default_rng(self.seed)
        levels = iter(self.noise.values())

        def add_image_noise(image: Scan) -> Scan:
            noise = rng.standard_normal(image.data.shape, dtype=np.float32)
            noisy = image.data + np.float32(next(levels)) * noise
            return replace(image, data=np.where(image.data != 0, noisy, np.float32(0)))

        return apply_to_images(scan, add_image_noise)


def make_affine_about(centre: Doubles, matrix: Doubles) -> Doubles:
    """Return the affine, 4 by 4, of a linear map (3, 3) about a centre in mm."""
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = centre - matrix @ centre
    return affine


def move_images(scan: Scan, matrix: Doubles) -> Scan:
    """Return a scan that is moved in space by a matrix in mm, 4 by 4; its voxel values do not change."""
    return apply_to_images(scan, partial(_move_image, matrix=matrix))


def _move_image(image: Scan, matrix: Doubles) -> Scan:
    return replace(image, grid=Grid(image.grid.shape, matrix @ image.grid.affine))


def draw_moves(scan: Scan, sample_count: int, seed: int) -> Iterator[InputMove]:
    """Yield random moves of a scan: a shift, a rotation about its centre, and noise.

    The noise has the level measured in each image: two scans of one head differ by at least that.
    """
    from scipy.spatial.transform import Rotation

    images = scan.images if isinstance(scan, MultichannelScan) else {"": scan}
    levels = {name: noise_level(image) for name, image in images.items()}
    for sample in range(sample_count):
        rng = np.random.default_rng((seed, sample))
        axis = rng.standard_normal(3)
        angle = float(rng.uniform(-MAX_TURN, MAX_TURN))
        voxels = rng.uniform(-MAX_SHIFT, MAX_SHIFT, 3)
        rotation = Rotation.from_rotvec(np.deg2rad(angle) * axis / np.linalg.norm(axis)).as_matrix()
        matrix = make_affine_about(scan.grid.centre, rotation)
        shift = scan.grid.affine[:3, :3] @ voxels
        matrix[:3, 3] += shift
        yield InputMove(matrix, shift, angle, levels, (seed, sample, 1))


def iterate_moved_members(
    model: Model, source: Scan | Prepared, sample_count: int, seed: int
) -> Iterator[Member]:
    """Yield the network with its scan moved, each time by a different small move."""
    original = source if isinstance(source, Scan) else source.original
    prepared = prepare(source, model.card)
    for move in draw_moves(original, sample_count, seed):
        yield Member(model.with_preprocessing(_make_moved_preprocessing(move, prepared)), move.as_json())


def _make_moved_preprocessing(
    move: InputMove, reference: PreparedInput
) -> Callable[[Scan | Prepared, Card], PreparedInput]:
    """Return the preprocessing of a moved scan on the network's grid for the original scan."""

    def preprocess(source: Scan | Prepared, card: Card) -> PreparedInput:
        moved_input = prepare(_move_source(source, move), card, reference.template_grid)
        grid = Grid(reference.grid.shape, np.linalg.inv(move.matrix) @ reference.grid.affine)
        return replace(reference, tensor=moved_input.tensor, grid=grid)

    return preprocess


def _move_source(source: Scan | Prepared, move: InputMove) -> Scan | Prepared:
    """Return a scan, or a prepared scan, moved and noisy; the registration of the original scan is kept."""
    if isinstance(source, Scan):
        return move_images(move.add_noise(source), move.matrix)
    native = move.add_noise(source.native)
    if source.registration is None:
        return move_images(native, move.matrix)
    registration = replace(source.registration, matrix=source.registration.matrix @ move.matrix)
    transform = partial(apply_registration, registration=registration, grid=source.scan.grid)
    return apply_to_images(native, transform)
