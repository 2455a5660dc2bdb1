"""Random transforms of the image, composed into one affine transform and one brightness factor.

The transform of a step depends only on the seed and the step's number, so that a resumed run continues
exactly. Angles and distances are in world space, in degrees and mm, on any grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.methods.feature_visualization.affine_resampling import resample_affine, wrap_pad

if TYPE_CHECKING:
    import torch

    from viewer.methods.feature_visualization.recipe import VisualizationRecipe

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ImageTransform:
    """Affine transform of the image with a brightness factor.

    Parameters
    ----------
    matrix, shift
        Position in the input for output voxel o: y = middle + matrix (o − middle) + shift, in voxels.
    brightness
        Factor of the intensities.
    """

    matrix: Doubles
    shift: Doubles
    brightness: float

    @property
    def is_integer(self) -> bool:
        """Whether voxels map to voxels, so that no interpolation is needed."""
        return bool((self.matrix == np.eye(len(self.matrix))).all() and (self.shift % 1 == 0).all())

    def apply(
        self,
        image: torch.Tensor,
        pad_before: Sequence[int],
        pad_after: Sequence[int],
        interpolation: str,
        padding_mode: str,
    ) -> torch.Tensor:
        """Return the transformed image, padded at both ends of each axis.

        Parameters
        ----------
        image
            (1, C, spatial...).
        pad_before, pad_after
            Padding in voxels per axis; nonzero only for periodic images ("wrap").
        interpolation, padding_mode
            As for `resample_affine`.
        """
        sizes = np.array(image.shape[2:])
        shape = sizes + pad_before + pad_after
        if self.is_integer and padding_mode == "wrap":
            rolled = image.roll([-int(step) for step in self.shift], tuple(range(2, image.dim())))
            result = wrap_pad(rolled, pad_before, pad_after)
        elif self.is_integer and not self.shift.any():
            result = image
        else:
            center = (sizes - 1) / 2
            start = center + self.shift - self.matrix @ (center + pad_before)
            result = resample_affine(image, self.matrix, start, shape.tolist(), interpolation, padding_mode)
        return result if self.brightness == 1.0 else result * self.brightness


def draw_transform(
    recipe: VisualizationRecipe, voxel_axes: Doubles, shape: Sequence[int], seed: int, step: int
) -> ImageTransform:
    """Draw the transform of one step.

    Parameters
    ----------
    recipe
        Parameters of the transforms.
    voxel_axes
        (d, d): step along each voxel axis in mm, in d orthogonal directions.
    shape
        Spatial shape of the image, to which the crop is relative.
    seed, step
        Seed and step number of the random draw.
    """
    generator = np.random.default_rng([seed, step])
    rank = len(voxel_axes)
    # All are drawn even if switched off, so that one more regularizer does not change the others' draws.
    angle, axis = generator.uniform(-1, 1), generator.normal(size=3)
    translation, steps = (
        generator.uniform(-1, 1, rank),
        generator.integers(-recipe.shift, recipe.shift, rank, endpoint=True),
    )
    scale, edges = generator.uniform(-1, 1), generator.uniform(recipe.crop, 1.0, rank)
    crop_position = generator.uniform(-1, 1, rank)
    brightness = float(generator.uniform(recipe.darkest, recipe.brightest))
    inverse = np.linalg.inv(voxel_axes)
    matrix, offset = np.eye(rank), steps.astype(float)
    if recipe.rotation:
        matrix = inverse @ rotation(np.deg2rad(recipe.rotation) * angle, axis, rank) @ voxel_axes
    if recipe.resize:
        # Enlarged as often as reduced, by the same factor.
        matrix = matrix / (1 + recipe.resize) ** scale
    if recipe.crop < 1:
        matrix = matrix * edges
        offset = offset + crop_position * (1 - edges) * np.array(shape) / 2
    if recipe.translation:
        offset = offset + inverse @ (recipe.translation * translation)
    return ImageTransform(matrix, offset, brightness)


def rotation(angle: float, axis: Doubles, rank: int) -> Doubles:
    """Return a rotation of the plane, or of space about an axis (Rodrigues), by an angle in radians."""
    if rank == 2:
        return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def compute_voxel_axes(affine: Doubles, rank: int) -> Doubles:
    """Return the voxel axes of an affine in a frame of their own plane or space, (rank, rank) in mm.

    Lengths and angles are those of the world, for oblique and sheared grids too.
    """
    return np.asarray(np.linalg.qr(affine[:3, :rank], mode="r"))
