"""Correction of the bias field, the smooth intensity variation caused by the coils (N4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.errors import Cancelled, ScanError
from viewer.preparation.downsampling import bounding_grid, downsample
from viewer.preparation.itk_image import import_simpleitk, to_array, to_itk_image, use_single_thread
from viewer.progress import Progress
from viewer.scans.foreground import foreground_mask
from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.scan import Scan

Floats = npt.NDArray[np.float32]

STEP = 4.0
"""Voxel size in mm at which the field is fitted; N4's authors also shrink by 4."""

LEVELS = 4
ITERATIONS = 50
CONVERGENCE = 1e-4


@dataclass(frozen=True, eq=False)
class BiasField:
    """Multiplicative bias field: float32, on the scan's grid, on average 1 in the head."""

    data: Floats
    grid: Grid

    @property
    def percentile_ratio(self) -> float:
        """Ratio of the 99th to the 1st percentile."""
        low, high = np.percentile(self.data[::4, ::4, ::4], (1, 99))
        return float(high / low)


def estimate_bias_field(scan: Scan, progress: Progress | None = None) -> BiasField:
    """Estimate the bias field of a head with N4 (Tustison et al. 2010, IEEE Trans. Med. Imaging 29:1310).

    Raises
    ------
    ScanError
        The scan has no positive voxel in the head (N4 takes logarithms), is too small, or N4 fails.
    ViewerError
        SimpleITK is not installed.
    """
    progress = progress or Progress()
    sitk = import_simpleitk()
    progress.step(0.0, 1.0, "correcting the bias field")
    head = foreground_mask(scan.data) & (scan.data > 0)
    if not head.any():
        raise ScanError(scan.name, "has no positive voxel, so its bias field cannot be estimated")
    coarse = bounding_grid(scan.grid, STEP, head, STEP)
    values = downsample(np.maximum(scan.data, 0), scan.grid, coarse)
    inside = downsample(head.astype(np.float32), scan.grid, coarse) > 0.5
    inside &= values > 0
    if not inside.any():
        raise ScanError(scan.name, "is too small for its bias field to be estimated")
    method = sitk.N4BiasFieldCorrectionImageFilter()
    use_single_thread(method)
    method.SetMaximumNumberOfIterations([ITERATIONS] * LEVELS)
    method.SetConvergenceThreshold(CONVERGENCE)
    cancellations: list[Cancelled] = []

    def report_iteration() -> None:
        try:
            level, iteration = method.GetCurrentLevel(), method.GetElapsedIterations()
            progress.step(
                (level + min(iteration / ITERATIONS, 1.0)) / LEVELS, 1.0, "correcting the bias field"
            )
        except Cancelled as error:
            cancellations.append(error)
            method.Abort()

    method.AddCommand(sitk.sitkIterationEvent, report_iteration)
    mask = sitk.Cast(to_itk_image(inside, coarse), sitk.sitkUInt8)
    try:
        method.Execute(to_itk_image(values, coarse), mask)
    except RuntimeError as error:
        if cancellations:
            raise cancellations[0] from None
        raise ScanError(scan.name, "has a bias field that N4 cannot estimate") from error
    if cancellations:
        raise cancellations[0]
    log_field = to_array(method.GetLogBiasFieldAsImage(to_itk_image(values, coarse)))
    log_field -= np.float32(log_field[inside].mean(dtype=np.float64))
    # Outside the fitted box, which contains the head, the factor is 1.
    field = np.exp(resample(log_field, coarse, scan.grid))
    progress.step(1.0, 1.0, "correcting the bias field")
    return BiasField(field.astype(np.float32), scan.grid)


def correct_bias_field(scan: Scan, field: BiasField) -> Floats:
    """Return the scan's values divided by the field."""
    return np.asarray(scan.data / field.data, dtype=np.float32)
