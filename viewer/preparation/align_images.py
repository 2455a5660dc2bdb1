"""Rigid alignment of a person's images to the first one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from viewer.errors import ScanError
from viewer.preparation.downsampling import bounding_grid, downsample
from viewer.preparation.itk_image import (
    centred_matrix,
    import_simpleitk,
    ras_to_lps,
    to_itk_image,
    use_single_thread,
)
from viewer.preparation.registration import HISTOGRAM_BINS, Matrix, run_registration
from viewer.progress import Progress
from viewer.scans.aligned_image import replace_affine
from viewer.scans.foreground import foreground_mask
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.scan import Scan
from viewer.scans.transform_problems import rotation_degrees

STEPS = (8.0, 4.0, 2.0)
"""Voxel sizes in mm at which the transform is optimised, one after the other."""

MARGIN = 10.0
"""Margin in mm around the first image's head that is included in the comparison."""

MIN_TURN, MIN_SHIFT = 0.3, 0.5
"""Degrees and mm below which an image counts as aligned: the accuracy of the alignment."""

MAX_TURN = 45.0
"""Rotation in degrees between two images of a person above which the alignment has failed."""


def align_images(scan: Scan, progress: Progress | None = None) -> Scan:
    """Align the images of a person to the first one, each by a rigid transform.

    The transform maximises Mattes' mutual information of the heads at 8, 4 and 2 mm, without random numbers.
    Only the images' affines change: their voxels are resampled once, by the network's preparation. An image
    that does not become more similar to the first keeps its affine.

    Parameters
    ----------
    scan : Scan
        Several images of a person, from `viewer.load_scan`.
    progress : Progress, optional
        Reports progress, and may cancel.

    Returns
    -------
    Scan
        The images with new affines, and a note on each.

    Raises
    ------
    ScanError
        There is only one image, or an image cannot be aligned.
    ViewerError
        SimpleITK is not installed.
    Cancelled
        ``progress`` was cancelled.

    Examples
    --------
    >>> import viewer
    >>> head = viewer.load_scan("mni152")
    >>> pair = viewer.align_images(viewer.load_scan({"T1": head, "T2": head}))
    >>> [note for note in pair.notes if note.startswith("T2")]
    ['T2 is already aligned with T1 and was not moved.']
    """
    progress = progress or Progress()
    if not isinstance(scan, MultichannelScan) or not scan.other_images:
        raise ScanError(scan.name, "is a single image", "alignment needs several images of a person")
    reference_name, *others = scan.channels
    images: dict[str, Scan] = {reference_name: scan.first}
    notes: list[str] = []
    for number, name in enumerate(others):
        subtask = progress.subtask(number / len(others), (number + 1) / len(others), f"aligning {name}")
        images[name], note = _align_image(scan.images[name], name, scan.first, reference_name, subtask)
        notes.append(note)
    aligned = make_multichannel_scan(images, scan.covariates)
    own_notes = tuple(note for note in scan.notes if note not in aligned.notes)
    return replace(aligned, notes=(*aligned.notes, *own_notes, *notes))


def _align_image(
    image: Scan, name: str, reference: Scan, reference_name: str, progress: Progress
) -> tuple[Scan, str]:
    """Return an image aligned to the first one, and a note."""
    head = foreground_mask(reference.data)
    coarse_pair = _make_image_pair(reference, head, image, STEPS[0])
    transform = _initial_transform(reference, head, image, coarse_pair)
    similarity_before = _mutual_information(np.eye(4), coarse_pair)
    finest_spacing = max(float(reference.grid.spacing.min()), float(image.grid.spacing.min()))
    steps = [step for step in STEPS if step == STEPS[0] or step > 0.9 * finest_spacing]
    for number, step in enumerate(steps):
        subtask = progress.subtask(number / len(steps), (number + 1) / len(steps))
        pair = coarse_pair if step == STEPS[0] else _make_image_pair(reference, head, image, step)
        run_registration(transform, *pair, subtask, image.name, reference_name)
    # From the first image's mm to this one's.
    matrix = ras_to_lps(
        centred_matrix(
            np.array(transform.GetMatrix()).reshape(3, 3),
            np.array(transform.GetTranslation()),
            np.array(transform.GetCenter()),
        )
    )
    similarity_after = _mutual_information(matrix, coarse_pair)
    inverse: Matrix = np.asarray(np.linalg.inv(matrix))
    rotation = rotation_degrees(inverse)
    head_centre = reference.grid.to_world(np.argwhere(head).mean(axis=0))
    shift = float(np.linalg.norm(inverse[:3, :3] @ head_centre + inverse[:3, 3] - head_centre))
    if not similarity_after > similarity_before or (rotation < MIN_TURN and shift < MIN_SHIFT):
        return image, f"{name} is already aligned with {reference_name} and was not moved."
    if rotation > MAX_TURN:
        problem = f"cannot be aligned with {reference_name}: it would be rotated by {rotation:.0f}°"
        raise ScanError(image.name, problem, "are both images of the same person?")
    note = f"{name} was aligned with {reference_name}: rotated by {rotation:.1f}°, shifted by {shift:.1f} mm."
    return replace_affine(image, inverse @ image.grid.affine), note


def _initial_transform(
    reference: Scan, head_mask: Any, image: Scan, coarse_pair: tuple[Any, Any, Any]
) -> Any:
    """Return the initial rigid ITK transform from the first image to the other (LPS).

    It is the identity or the shift between the heads' centres, whichever gives the higher similarity.
    """
    sitk = import_simpleitk()
    centre = reference.grid.to_world(np.argwhere(head_mask).mean(axis=0))
    image_centre = image.grid.to_world(np.argwhere(foreground_mask(image.data)).mean(axis=0))
    shift = np.eye(4)
    shift[:3, 3] = image_centre - centre
    best = max((np.eye(4), shift), key=lambda matrix: _mutual_information(matrix, coarse_pair))
    flip = np.array([-1.0, -1.0, 1.0])
    transform = sitk.VersorRigid3DTransform()
    transform.SetCenter((flip * centre).tolist())
    transform.SetTranslation((flip * best[:3, 3]).tolist())
    return transform


def _make_image_pair(reference: Scan, head_mask: Any, image: Scan, voxel_size: float) -> tuple[Any, Any, Any]:
    """Return both images at one resolution, and the mask of compared voxels, as SimpleITK images."""
    sitk = import_simpleitk()
    reference_grid = bounding_grid(reference.grid, voxel_size, head_mask, MARGIN)
    image_grid = bounding_grid(image.grid, voxel_size)
    inside = downsample(head_mask.astype(np.float32), reference.grid, reference_grid) > 0.05
    return (
        to_itk_image(downsample(reference.data, reference.grid, reference_grid), reference_grid),
        to_itk_image(downsample(image.data, image.grid, image_grid), image_grid),
        sitk.Cast(to_itk_image(inside, reference_grid), sitk.sitkUInt8),
    )


def _mutual_information(matrix: Matrix, image_pair: tuple[Any, Any, Any]) -> float:
    """Return the mutual information of two images under a transform from the first one's mm (RAS+)."""
    sitk = import_simpleitk()
    fixed, moving, mask = image_pair
    lps = ras_to_lps(matrix)
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(lps[:3, :3].ravel().tolist())
    transform.SetTranslation(lps[:3, 3].tolist())
    method = sitk.ImageRegistrationMethod()
    use_single_thread(method)
    method.SetMetricAsMattesMutualInformation(HISTOGRAM_BINS)
    method.SetMetricFixedMask(mask)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetInitialTransform(transform)
    try:
        return -float(method.MetricEvaluate(fixed, moving))
    except RuntimeError:  # they do not overlap
        return -np.inf
