"""Registration of a scan to the template: a rigid, similarity or affine transform, and its quality of fit.

SimpleITK 2.5.7 was chosen by measurement, on the same masks, one thread, correlation and Dice for two real
heads (machine under load): SimpleITK 0.540 and 0.581, 0.967 and 0.962, 30 and 7 s, 264 MB installed;
antspyx 0.6.3 0.544 and 0.585, 0.970 and 0.966, 67 s each, but it requires NumPy < 2.4 and SciPy < 1.16;
itk-elastix 0.25.4 0.540 and 0.584, 0.967 and 0.962, 28 and 31 s, 1.5 GB installed. All three agree to 0.04.
Compared within 10 mm of the template's brain only, as here, SimpleITK reaches 0.547 and 0.581 (0.971, 0.962).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.downsampling import bounding_grid, crop_to_brain, downsample, smooth_for_downsampling
from viewer.preparation.itk_image import (
    centred_matrix,
    import_simpleitk,
    ras_to_lps,
    to_itk_image,
    use_single_thread,
)
from viewer.preparation.pose import SimilarityTransform, dilate, find_pose
from viewer.preparation.template import Template, load_template
from viewer.progress import Progress
from viewer.scans.foreground import nonempty_grid
from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.scan import Scan, StoredOrientation
from viewer.scans.transform_problems import rotation_degrees, transform_problems

Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

REGISTRATION_METHOD = "SimpleITK"

STEPS = (4.0, 2.0)
"""Voxel sizes in mm at which the transform is optimised, one after the other."""

BORDER = 10.0
"""Margin in mm around the template's brain that is included in the comparison, for the outline."""

HISTOGRAM_BINS = 32

MIN_CORRELATION = {"affine": 0.35, "similarity": 0.35, "rigid": 0.2}
"""Correlation with the template below which a registration has failed. Two real heads have 0.54 to 0.58
(affine), 0.51 and 0.53 (similarity), 0.31 and 0.40 (rigid); inverted contrast, noise and a t-map have less
than 0.16."""

MIN_DICE = {"affine": 0.90, "similarity": 0.85, "rigid": 0.80}
"""Dice below which a registration has failed. Two real heads have 0.96, 0.94 and 0.90."""

MAX_CUT = 0.25
"""Share of the brain's surface at the edge of the scan above which no registration is tried. One head without
its upper third has 0.46 (cropped) and 0.60 (set to zero), and its registration failed."""

MIN_COVERAGE = 0.95
"""Share of the template's brain that must lie in the scan's field of view."""

MNI_CODE = 4
ALIGNED_CODE = 2
"""NIfTI's codes for a scan in MNI space, and for one that is aligned to another."""


class RegistrationKind(StrEnum):
    """Degrees of freedom: 6, 7 or 12."""

    RIGID = "rigid"
    SIMILARITY = "similarity"
    AFFINE = "affine"


@dataclass(frozen=True, eq=False)
class Registration:
    """Transform from a scan to the template, with measures of its fit.

    Parameters
    ----------
    matrix : numpy.ndarray
        4 by 4, float64, from the scan's mm to the template's mm, both RAS+.
    kind : str
        ``"rigid"``, ``"similarity"`` or ``"affine"``.
    dice : float
        Overlap of the scan's brain mask with the template's, on the template's grid.
    correlation : float
        Correlation of the scan, with its skull, and the template, inside the template's brain.
    coverage : float
        Share of the template's brain within the non-empty part of the scan's field of view.
    seconds : float
        Computation time.
    template : str
        Name of the template.
    method : str
        Registration method, or the file that the transform was read from.
    """

    matrix: Matrix
    kind: RegistrationKind
    dice: float
    correlation: float
    coverage: float
    seconds: float
    template: str
    method: str = REGISTRATION_METHOD

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "kind", RegistrationKind(self.kind))

    @property
    def inverse(self) -> Matrix:
        """4 by 4 matrix from the template's mm to the scan's mm."""
        return np.asarray(np.linalg.inv(self.matrix))

    @property
    def rotation(self) -> float:
        """Rotation of the head relative to the template in degrees, 0 to 180."""
        return rotation_degrees(self.matrix)

    @property
    def scales(self) -> tuple[float, float, float]:
        """Singular values of the 3 by 3 part, the largest first: template mm per scan mm."""
        a, b, c = np.linalg.svd(self.matrix[:3, :3], compute_uv=False)
        return float(a), float(b), float(c)

    @property
    def is_correlated(self) -> bool:
        """Whether the registered scan resembles the template."""
        return self.correlation >= MIN_CORRELATION[self.kind]

    @property
    def brains_overlap(self) -> bool:
        """Whether the brains overlap enough, or there was no mask to measure it (``dice`` is NaN)."""
        return not self.dice < MIN_DICE[self.kind]

    @property
    def has_failed(self) -> bool:
        """Whether the correlation with the template or the overlap with its brain is too low."""
        return not (self.is_correlated and self.brains_overlap)

    @property
    def problems(self) -> tuple[str, ...]:
        """Reasons not to trust the registration, as sentences; empty if there are none."""
        problems = []
        if not self.is_correlated:
            problems.append(
                f"registration failed: the correlation with the template is {self.correlation:.2f}, where "
                f"{MIN_CORRELATION[self.kind]:.2f} or more is expected; is it a T1-weighted head?"
            )
        if not self.brains_overlap:
            reason = "registration failed" + (", or the brain mask is wrong" if self.is_correlated else "")
            problems.append(
                f"{reason}: the Dice of the brain and the template's is {self.dice:.2f}, where "
                f"{MIN_DICE[self.kind]:.2f} or more is expected"
            )
        if not self.coverage >= MIN_COVERAGE:
            problems.append(f"{1 - self.coverage:.0%} of the brain lies outside the scan's field of view")
        return (*problems, *transform_problems(self.matrix))

    @property
    def is_successful(self) -> bool:
        """Whether the registration has no problems."""
        return not self.problems


def register_to_template(
    scan: Scan,
    mask: BrainMask,
    kind: RegistrationKind | str = RegistrationKind.AFFINE,
    progress: Progress | None = None,
    template: Template | None = None,
) -> Registration:
    """Register a scan to the template by its brain.

    The initial pose is found by `find_pose` for any orientation of the head; then the transform maximises
    Mattes' mutual information of the brains without skull, at 4 and 2 mm. No random numbers are used: the
    same input gives bitwise the same result. The template is symmetric: left and right come from the scan's
    affine.

    Parameters
    ----------
    scan
        A T1-weighted scan.
    mask
        Its brain mask, on its grid.
    kind
        ``"rigid"``, ``"similarity"`` or ``"affine"``.
    progress
        Reports progress, and may cancel.
    template
        Template to register to; by default MNI152.

    Returns
    -------
    The registration; its `Registration.problems` state what failed.

    Raises
    ------
    ScanError
        The mask is empty, the brain is cut off, or the brains do not overlap.
    ViewerError
        SimpleITK is not installed.
    """
    progress = progress or Progress()
    start = time.perf_counter()
    kind = RegistrationKind(kind)
    import_simpleitk()
    template = template or load_template()
    edge_share = mask.share_at_edge(scan)
    if edge_share > MAX_CUT:
        problem = (
            f"shows only a part of the brain: {edge_share:.0%} of its surface lies at the edge of the scan"
        )
        raise ScanError(scan.name, problem, "it cannot be registered; use a scan of the whole head")
    pose = find_pose(scan.data, mask.data, scan.grid, template, progress.subtask(0.0, 0.3))
    brain, inside, grid = crop_to_brain(scan.data, mask.data, scan.grid)
    transform = _initial_transform(kind, pose)
    for number, step in enumerate(STEPS):
        subtask = progress.subtask((0.3, 0.5)[number], (0.5, 0.95)[number], f"registering at {step:g} mm")
        _optimise(transform, brain, inside, grid, template, step, subtask, scan.name)
    matrix: Matrix = np.asarray(np.linalg.inv(ras_to_lps(_transform_matrix(transform))))
    progress.step(0.95, 1.0, "measuring the fit")
    return measure_registration(scan, mask, matrix, kind, template, start_time=start)


def measure_registration(
    scan: Scan,
    mask: BrainMask | None,
    matrix: Matrix,
    kind: RegistrationKind | str,
    template: Template,
    *,
    start_time: float | None = None,
    method: str = REGISTRATION_METHOD,
) -> Registration:
    """Return a transform with its measures of fit; the Dice is NaN without a mask.

    Raises
    ------
    ScanError
        The transform moves the scan out of the template.
    """
    start_time = time.perf_counter() if start_time is None else start_time
    moved_grid = Grid(scan.grid.shape, matrix @ scan.grid.affine)
    field_of_view = nonempty_grid(scan)
    inside = np.argwhere(template.brain_mask)
    covered = Grid(field_of_view.shape, matrix @ field_of_view.affine).contains(
        template.grid.to_world(inside)
    )
    if not covered.any():
        raise ScanError(scan.name, "does not overlap the template after the registration")
    values = resample(scan.data, moved_grid, template.grid)[template.brain_mask]
    deviation = float(np.std(values))
    correlation = (
        float(np.corrcoef(values, template.scan.data[template.brain_mask])[0, 1]) if deviation else 0.0
    )
    overlap = float("nan")
    if mask is not None:
        brain = resample(mask.data.astype(np.float32), moved_grid, template.grid) > 0.5
        overlap = dice(brain, template.brain_mask)
    return Registration(
        matrix,
        RegistrationKind(kind),
        overlap,
        correlation,
        float(covered.mean()),
        time.perf_counter() - start_time,
        template.name,
        method,
    )


def apply_registration(scan: Scan, registration: Registration, grid: Grid) -> Scan:
    """Return a scan on a grid in the template's space, smoothed first if the new voxels are larger."""
    smoothed = smooth_for_downsampling(scan.data, scan.grid, float(grid.spacing.min()))
    moved_grid = Grid(scan.grid.shape, registration.matrix @ scan.grid.affine)
    data = resample(smoothed, moved_grid, grid)
    codes = (ALIGNED_CODE, ALIGNED_CODE) if registration.kind == "rigid" else (MNI_CODE, MNI_CODE)
    note = f"it was moved to {registration.template} by a transform ({registration.kind})"
    return Scan(data, grid, scan.name, (*scan.notes, note), None, StoredOrientation(grid, xform_codes=codes))


def dice(first: Mask, second: Mask) -> float:
    """Return the Dice coefficient of two masks: twice the intersection over the sum of the sizes."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2.0 * int(np.count_nonzero(first & second)) / total if total else 0.0


def _initial_transform(kind: RegistrationKind, pose: SimilarityTransform) -> Any:
    """Return the initial ITK transform from template to scan (LPS): the pose, about the template's centre."""
    sitk = import_simpleitk()
    matrix = ras_to_lps(pose.matrix)
    centre = (np.diag([-1.0, -1.0, 1.0]) @ pose.template_centre).tolist()
    scale = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
    centre_moved = matrix[:3, :3] @ centre + matrix[:3, 3]
    shift = (centre_moved - centre).tolist()
    if kind is RegistrationKind.AFFINE:
        transform = sitk.AffineTransform(3)
        linear = matrix[:3, :3]
    elif kind is RegistrationKind.SIMILARITY:
        transform = sitk.Similarity3DTransform()
        linear = matrix[:3, :3]
    else:
        transform = sitk.VersorRigid3DTransform()
        linear = matrix[:3, :3] / scale
    transform.SetCenter(centre)
    # Only the affine transform accepts any matrix; the others check for a rotation, to a tolerance.
    tolerance = () if kind is RegistrationKind.AFFINE else (1e-6,)
    transform.SetMatrix(linear.ravel().tolist(), *tolerance)
    transform.SetTranslation(shift)
    return transform


def _transform_matrix(transform: Any) -> Matrix:
    return centred_matrix(
        np.array(transform.GetMatrix()).reshape(3, 3),
        np.array(transform.GetTranslation()),
        np.array(transform.GetCenter()),
    )


def _optimise(
    transform: Any,
    brain: npt.NDArray[np.float32],
    mask: Mask,
    grid: Grid,
    template: Template,
    voxel_size: float,
    progress: Progress,
    scan_name: str,
) -> None:
    """Optimise a transform in place at one resolution."""
    sitk = import_simpleitk()
    template_grid = bounding_grid(template.grid, voxel_size, template.brain_mask, BORDER)
    scan_grid = bounding_grid(grid, voxel_size, mask, 2 * BORDER)
    fixed = to_itk_image(downsample(template.scan.data, template.grid, template_grid), template_grid)
    moving = to_itk_image(downsample(brain, grid, scan_grid), scan_grid)
    brain_share = downsample(template.brain_mask.astype(np.float32), template.grid, template_grid)
    metric_mask = sitk.Cast(
        to_itk_image(dilate(brain_share > 0.5, BORDER / voxel_size), template_grid), sitk.sitkUInt8
    )
    run_registration(transform, fixed, moving, metric_mask, progress, scan_name, "the template")


def run_registration(
    transform: Any,
    fixed: Any,
    moving: Any,
    fixed_mask: Any,
    progress: Progress,
    moving_name: str,
    fixed_name: str,
) -> None:
    """Optimise a transform in place, by Mattes' mutual information of two SimpleITK images.

    Parameters
    ----------
    transform
        ITK transform from the fixed image to the moving one.
    fixed, moving, fixed_mask
        The images, and the mask of the fixed image's voxels that are compared.
    progress
        Reports progress, and may cancel.
    moving_name, fixed_name
        Names of the moving image and of the target, for messages.

    Raises
    ------
    ScanError
        The optimiser failed.
    """
    sitk = import_simpleitk()
    method = sitk.ImageRegistrationMethod()
    use_single_thread(method)
    method.SetMetricAsMattesMutualInformation(HISTOGRAM_BINS)
    method.SetMetricFixedMask(fixed_mask)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 200, 0.5, 1e-6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, True)
    cancelled = []

    def report_iteration() -> None:
        iteration = method.GetOptimizerIteration()
        try:
            progress.step(1 - 0.97**iteration)
        except BaseException as error:  # noqa: BLE001  an exception in ITK's callback would be lost
            cancelled.append(error)
            method.StopRegistration()

    method.AddCommand(sitk.sitkIterationEvent, report_iteration)
    try:
        method.Execute(fixed, moving)
    except RuntimeError as error:
        if cancelled:
            raise cancelled[0] from None
        reason = str(error).strip().splitlines()[-1].partition("ERROR: ")[2] or "its optimiser failed"
        raise ScanError(moving_name, f"cannot be registered to {fixed_name}: {reason}") from error
    if cancelled:
        raise cancelled[0]
