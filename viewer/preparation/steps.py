"""Steps of a preparation: each processes a scan and records the step."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.preparation.bias_field import correct_bias_field, estimate_bias_field
from viewer.preparation.brain_mask import BrainMask, extract_brain
from viewer.preparation.prepared import StepRecord
from viewer.preparation.registration import (
    Registration,
    apply_registration,
    measure_registration,
    register_to_template,
)
from viewer.preparation.requirements import TargetSpace
from viewer.preparation.template import Template
from viewer.preparation.transform_files import read_registration, read_transform_problems, transform_kind
from viewer.progress import Progress
from viewer.scans.foreground import bounding_box, crop_grid
from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.scan import Scan

Transform = Registration | npt.NDArray[np.float64] | str | Path
"""A registration, a matrix from the scan's mm to the template's mm (RAS+), or a transform file."""

TEMPLATE_MARGIN = 3.0
"""Distance in mm from the template's brain up to which a registered brain without its skull is kept."""

MAX_EXCESS = 0.005
"""Largest relative change of length by a transform that should be rigid."""


def correct_bias(scan: Scan, steps: list[StepRecord], progress: Progress) -> Scan:
    """Correct the bias field with N4, and record the step."""
    start = time.perf_counter()
    bias = estimate_bias_field(scan, progress)
    corrected = _replace_data(scan, correct_bias_field(scan, bias), "its bias field was corrected by N4")
    results = {"field_ratio": round(bias.percentile_ratio, 4)}
    steps.append(StepRecord("bias-field", {"method": "N4"}, results, time.perf_counter() - start))
    return corrected


def find_mask(
    scan: Scan,
    known_mask: BrainMask | None,
    template: Template,
    steps: list[StepRecord],
    progress: Progress,
) -> BrainMask:
    """Return the given brain mask, or find the brain, and record the step.

    Raises
    ------
    ScanError
        No brain is found, or the mask is on another grid.
    """
    if known_mask is None:
        mask = extract_brain(scan, progress, template)
    elif known_mask.grid.same_as(scan.grid):
        mask = known_mask
    else:
        raise ScanError("brain mask", f"is on another grid than {scan.name}")
    results: dict[str, Any] = {
        "ml": round(mask.volume_ml, 1),
        "share_at_edge": round(mask.share_at_edge(scan), 4),
    }
    # A given mask is assumed to have been checked by the user.
    if known_mask is None:
        results |= {key: list(texts) for key in ("notes", "problems") if (texts := getattr(mask, key))}
    steps.append(StepRecord("brain-mask", {"method": mask.method}, results, mask.seconds))
    return mask


def register(
    scan: Scan,
    mask: BrainMask | None,
    known_transform: Transform | None,
    space: TargetSpace,
    template: Template,
    steps: list[StepRecord],
    progress: Progress,
    original: Scan,
) -> Registration:
    """Return the given transform with its measures of fit, or register the scan, and record the step.

    ``original`` is the scan before preparation, which a transform file may name.

    Raises
    ------
    ScanError
        The scan cannot be registered, or the transform file cannot be read.
    """
    cautions: tuple[str, ...] = ()
    if isinstance(known_transform, Registration):
        registration = known_transform
    elif isinstance(known_transform, np.ndarray):
        kind = transform_kind(known_transform)
        registration = measure_registration(scan, mask, known_transform, kind, template, method="given")
    elif known_transform is not None:
        registration = read_registration(known_transform, scan, mask, template)
        cautions = read_transform_problems(Path(known_transform), original.hash)
    else:
        assert mask is not None
        registration = register_to_template(scan, mask, str(space), progress, template)
    if known_transform is not None:
        cautions = (*cautions, *_degrees_of_freedom_problems(registration, space))
    results: dict[str, Any] = {
        "dice": registration.dice if np.isfinite(registration.dice) else None,
        "correlation": registration.correlation,
        "coverage": registration.coverage,
        "rotation": registration.rotation,
    }
    results |= {"problems": list(cautions)} if cautions else {}
    parameters = {
        "kind": str(registration.kind),
        "template": registration.template,
        "method": registration.method,
    }
    steps.append(StepRecord("registration", parameters, results, registration.seconds))
    return registration


def _degrees_of_freedom_problems(registration: Registration, space: TargetSpace) -> tuple[str, ...]:
    """Return a sentence if a given transform has more degrees of freedom than required."""
    scales = np.array(registration.scales)
    if space is TargetSpace.RIGID:
        excess, action = float(np.abs(scales - 1).max()), "also scales"
    elif space is TargetSpace.SIMILARITY:
        excess, action = float(scales.max() / scales.min() - 1), "scales unevenly"
    else:
        return ()
    if excess < MAX_EXCESS:
        return ()
    return (f"the transform {action} ({excess:.0%}), but the network needs {space}".replace("%", " %"),)


def remove_skull(
    scan: Scan,
    mask: BrainMask,
    template: Template | None,
    registration: Registration | None,
    steps: list[StepRecord],
) -> Scan:
    """Set everything outside the brain to 0; for a registered scan, also outside the template's brain.

    Brain masks end anywhere in the brain stem; the template, and networks trained on it, end at a fixed
    level.
    """
    start = time.perf_counter()
    kept, results = mask.data, {}
    if template is not None and registration is not None:
        beyond = _outside_template_brain(scan.grid, template, registration)
        removed = kept & beyond
        results = {
            "beyond_template_ml": round(float(np.count_nonzero(removed)) * scan.grid.voxel_volume / 1000, 1)
        }
        kept = kept & ~beyond
    stripped = _replace_data(scan, np.where(kept, scan.data, np.float32(0)), "its skull was removed")
    steps.append(StepRecord("skull", {}, results, time.perf_counter() - start))
    return stripped


def _outside_template_brain(
    grid: Grid, template: Template, registration: Registration
) -> npt.NDArray[np.bool_]:
    """Return the voxels of a scan's grid farther than `TEMPLATE_MARGIN` from the template's brain."""
    from scipy.ndimage import binary_dilation

    box = bounding_box(template.brain_mask, TEMPLATE_MARGIN + 2.0, template.grid)
    dilated = binary_dilation(template.brain_mask[box], _ball(TEMPLATE_MARGIN, template.grid.spacing))
    cropped_grid = crop_grid(template.grid, box)
    moved_grid = Grid(cropped_grid.shape, registration.inverse @ cropped_grid.affine)
    return np.asarray(resample(dilated.astype(np.float32), moved_grid, grid) < 0.5)


def _ball(radius: float, spacing: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return the voxels within a radius in mm of the centre voxel, as a structuring element."""
    half_size = np.ceil(radius / spacing).astype(int)
    offsets = np.indices(tuple((2 * half_size + 1).tolist())) - half_size.reshape(3, 1, 1, 1)
    return np.asarray(np.linalg.norm(offsets * spacing.reshape(3, 1, 1, 1), axis=0) <= radius + 1e-6)


def move_to_template(scan: Scan, registration: Registration, grid: Grid, steps: list[StepRecord]) -> Scan:
    """Resample a scan to the template's space, and record the step."""
    start = time.perf_counter()
    moved = apply_registration(scan, registration, grid)
    parameters = {"shape": list(grid.shape), "interpolation": "trilinear"}
    steps.append(StepRecord("grid", parameters, {}, time.perf_counter() - start))
    return moved


def _replace_data(scan: Scan, data: Any, note: str) -> Scan:
    return Scan(data, scan.grid, scan.name, (*scan.notes, note), None, scan.stored)
