"""Pose of a head: the similarity transform between the template's mm and its mm, for any orientation.

The pose given by the header is refined. If it does not fit, all rotations are tried in steps of 30°. Large
rotations mostly come from wrong headers. As the template is symmetric and heads seldom lie on their side, a
rotation of more than 60° is only accepted if it fits better by `ADVANTAGE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.preparation.downsampling import Mask, bounding_grid, crop_to_brain, downsample
from viewer.preparation.template import Template
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.resample import sample
from viewer.scans.transform_problems import UPRIGHT, rotation_degrees

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

COARSE_STEP = 8.0
FINE_STEP = 5.0
BORDER = 12.0
"""Margin in mm around the template's brain that is included in the comparison, for the outline."""

ADVANTAGE = 0.05
"""Gain of fit required to accept a rotation beyond `UPRIGHT`."""

REFINED = 3
"""Number of best starts that are refined, up to `UPRIGHT` and beyond it each."""

GOOD_FIT = 0.9
"""Fit of the pose nearest to the header from which no other pose is tried. Two real heads have 0.95 each, and
at most 0.81 with an axis reversed in the file."""


@dataclass(frozen=True, eq=False)
class SimilarityTransform:
    """Rotation about the brain's centre, shift and isotropic scale, from template mm to scan mm.

    x_scan = c_scan + s · R (x_template − c_template) + t
    """

    rotation_vector: Doubles
    shift: Doubles
    log_scale: float
    template_centre: Doubles
    scan_centre: Doubles
    fit: float = 0.0  # correlation with the template, see `find_pose`

    @cached_property
    def matrix(self) -> Doubles:
        """4 by 4 matrix from template mm to scan mm."""
        from scipy.spatial.transform import Rotation

        matrix = np.eye(4)
        matrix[:3, :3] = np.exp(self.log_scale) * Rotation.from_rotvec(self.rotation_vector).as_matrix()
        centre = self.scan_centre + self.shift
        matrix[:3, 3] = centre - matrix[:3, :3] @ self.template_centre
        return matrix

    @property
    def rotation_angle(self) -> float:
        """Angle of the rotation in degrees, 0 to 180."""
        return rotation_degrees(self.matrix)


def find_pose(
    values: Floats,
    mask: Mask,
    grid: Grid,
    template: Template,
    progress: Progress | None = None,
    *,
    header_pose_only: bool = False,
) -> SimilarityTransform:
    """Find the pose of a brain relative to the template.

    The fit is the mean of two correlations with the template, within 12 mm of its brain: of the intensities
    without skull, and of the masks.

    Parameters
    ----------
    values
        Intensities, shape ``grid.shape``.
    mask
        Brain mask, which may be coarse.
    grid
        Grid of both.
    template
        Template to compare with.
    progress
        Reports progress, and may cancel.
    header_pose_only
        Whether to refine only the pose given by the header. A brain that is cut off may resemble a whole one
        in any orientation.

    Raises
    ------
    ScanError
        The mask is empty.
    """
    progress = progress or Progress()
    if not mask.any():
        raise ScanError("brain mask", "is empty")
    coarse = _PoseOptimiser(values, mask, grid, template, COARSE_STEP)
    best = coarse.refine(coarse.initial_pose(np.zeros(3)))
    if not header_pose_only and (best.fit < GOOD_FIT or best.rotation_angle > UPRIGHT):
        best = _search_rotations(coarse, progress)
    progress.step(0.8, 1.0, "finding the pose")
    pose = _PoseOptimiser(values, mask, grid, template, FINE_STEP).refine(best)
    progress.step(1.0, 1.0, "finding the pose")
    return pose


def _search_rotations(optimiser: _PoseOptimiser, progress: Progress) -> SimilarityTransform:
    """Return the best pose over all rotations."""
    starts = []
    rotations = rotation_grid()
    for number, rotation in enumerate(rotations):
        if number % 64 == 0:
            progress.step(0.6 * number / len(rotations), 1.0, "finding the pose")
        starts.append(optimiser.initial_pose(rotation))
    starts.sort(key=lambda pose: -pose.fit)
    upright = [pose for pose in starts if pose.rotation_angle <= UPRIGHT][:REFINED]
    candidates = upright + [pose for pose in starts if pose.rotation_angle > UPRIGHT][:REFINED]
    refined = [optimiser.refine(pose) for pose in candidates]
    return max(refined, key=lambda pose: pose.fit - (ADVANTAGE if pose.rotation_angle > UPRIGHT else 0.0))


def rotation_grid() -> Doubles:
    """Return rotation vectors that cover all rotations in steps of 30°, shape (N, 3), sorted by angle."""
    from scipy.spatial.transform import Rotation

    cube = Rotation.create_group("O")
    angles = np.radians([0.0, 30.0, -30.0])
    local = Rotation.from_euler("xyz", [(a, b, c) for a in angles for b in angles for c in angles])
    vectors = [
        (cube_rotation * local_rotation).as_rotvec() for cube_rotation in cube for local_rotation in local
    ]
    vectors.sort(key=lambda vector: round(float(np.linalg.norm(vector)), 6))
    return np.array(vectors)


class _PoseOptimiser:
    """Correlation of a brain with the template at one resolution, for any similarity transform."""

    def __init__(self, values: Floats, mask: Mask, grid: Grid, template: Template, voxel_size: float) -> None:
        brain, mask, grid = crop_to_brain(values, mask, grid)
        self._grid = bounding_grid(grid, voxel_size, mask, 2 * voxel_size)
        self._values = downsample(brain, grid, self._grid)
        self._mask = downsample(mask.astype(np.float32), grid, self._grid)
        template_grid = bounding_grid(template.grid, voxel_size, template.brain_mask, BORDER)
        template_mask = downsample(template.brain_mask.astype(np.float32), template.grid, template_grid)
        template_values = downsample(template.scan.data, template.grid, template_grid)
        inside = dilate(template_mask > 0.5, BORDER / voxel_size)
        self._points = template_grid.to_world(np.argwhere(inside))
        self._template_values = _standardise(template_values[inside])
        self._template_mask = _standardise(template_mask[inside])
        self._template_centre = _centre_of_mass(template_mask, template_grid)
        self._scan_centre = _centre_of_mass(self._mask, self._grid)
        volume = float(template_mask.sum()) * template_grid.voxel_volume
        ratio = float(self._mask.sum()) * self._grid.voxel_volume / volume
        self.log_scale = float(np.clip(np.log(ratio) / 3, -0.3, 0.3))

    def initial_pose(self, rotation_vector: Doubles) -> SimilarityTransform:
        """Return the transform with a rotation, aligned centres and the scale from the masks' volumes."""
        return self.evaluate(np.concatenate([rotation_vector, np.zeros(3), [self.log_scale]]))

    def evaluate(self, parameters: Doubles) -> SimilarityTransform:
        """Return the transform with seven parameters (rotation vector, shift, log scale) and its fit."""
        pose = SimilarityTransform(
            parameters[:3], parameters[3:6], float(parameters[6]), self._template_centre, self._scan_centre
        )
        points = self._points @ pose.matrix[:3, :3].T + pose.matrix[:3, 3]
        values = sample(self._values, self._grid, points)
        mask = sample(self._mask, self._grid, points)
        fit = 0.5 * float(
            np.mean(_standardise(values) * self._template_values)
            + np.mean(_standardise(mask) * self._template_mask)
        )
        return SimilarityTransform(
            pose.rotation_vector, pose.shift, pose.log_scale, pose.template_centre, pose.scan_centre, fit
        )

    def refine(self, pose: SimilarityTransform) -> SimilarityTransform:
        """Return the best transform near a start (Powell's method)."""
        from scipy.optimize import minimize

        # Units in which a step of 1 moves the outline of the brain by about 8 mm.
        units = np.array([0.1, 0.1, 0.1, 8.0, 8.0, 8.0, 0.1])
        matrix = pose.matrix
        centre = matrix[:3, :3] @ self._template_centre + matrix[:3, 3]
        start_parameters = np.concatenate(
            [pose.rotation_vector, centre - self._scan_centre, [pose.log_scale]]
        )
        optimum = minimize(
            lambda change: -self.evaluate(start_parameters + change * units).fit,
            np.zeros(7),
            method="Powell",
            options={"xtol": 0.02, "ftol": 1e-4, "maxiter": 6},
        )
        return self.evaluate(start_parameters + optimum.x * units)


def _standardise(values: npt.NDArray[np.floating]) -> Doubles:
    centred = np.asarray(values, dtype=np.float64) - values.mean(dtype=np.float64)
    deviation = float(np.sqrt(np.mean(centred**2)))
    return np.asarray(centred / deviation) if deviation > 0 else centred


def _centre_of_mass(weights: Floats, grid: Grid) -> Doubles:
    """Return the centre of mass in mm."""
    from scipy.ndimage import center_of_mass

    centre: Doubles = grid.to_world(np.array(center_of_mass(weights)))
    return centre


def dilate(mask: Mask, radius: float) -> Mask:
    """Return a mask dilated by a distance in voxels."""
    from scipy.ndimage import distance_transform_edt

    return np.asarray(distance_transform_edt(~mask) <= radius)
