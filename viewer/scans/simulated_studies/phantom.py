"""Simulated blood flow: grey and white matter of the MNI152 templates, deformed for every subject."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.scan import Scan

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

GREY_FLOW, WHITE_FLOW = 80.0, 20.0
"""Flow in ml/100 g/min, in the usual ratio of four to one."""

_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))


@dataclass(frozen=True)
class Focus:
    """Activated focus of the brain.

    ``centre`` in mm, MNI; ``fwhm`` is the full width at half maximum in mm of the Gaussian around it;
    ``share`` is its share of the study's effect at the centre. Only grey matter is activated.
    """

    name: str
    centre: tuple[float, float, float]
    fwhm: float
    share: float = 1.0


@dataclass(frozen=True, eq=False)
class Templates:
    """Blood flow at rest, and its increase for an effect of one, at 2 mm in MNI space.

    Both are blurred to the scanner's resolution; ``grey_share`` is the share of grey matter, not blurred.
    """

    flow: Floats
    activation: Floats
    grey_share: Floats
    grid: Grid


def blood_flow_templates(foci: Sequence[Focus], resolution: float) -> Templates:
    """Compute flow templates from nilearn's grey and white matter; ``resolution`` is the FWHM in mm.

    Raises
    ------
    ScanError
        nilearn's templates are missing.
    """
    from scipy.ndimage import gaussian_filter

    (share, grid), (white, _) = (load_tissue_share(name) for name in ("gm", "wm"))
    flow = GREY_FLOW * share + WHITE_FLOW * white
    activation = np.zeros(grid.shape, dtype=np.float32)
    for focus in foci:
        _add_focus(activation, grid, focus)
    activation *= share * np.float32(GREY_FLOW)
    sigma = resolution / _FWHM / grid.spacing
    blurred = [np.asarray(gaussian_filter(data, sigma, mode="constant")) for data in (flow, activation)]
    return Templates(blurred[0], blurred[1], np.asarray(share), grid)


def load_tissue_share(name: str) -> tuple[Floats, Grid]:
    """Load the share of grey ("gm") or white matter ("wm") at 2 mm in MNI space, 0 to 1, and its grid.

    Raises
    ------
    ScanError
        nilearn's template is missing.
    """
    return _halve_resolution(load_scan(_tissue_path(name)))


def draw_deformation(
    rng: np.random.Generator, grid: Grid, amplitude: float, smoothing_sigma: float
) -> Doubles:
    """Draw a smooth random displacement field in mm, shape (3, *grid.shape).

    ``amplitude`` is its standard deviation in mm along each axis, ``smoothing_sigma`` the standard deviation
    in mm of the Gaussian that smooths it.
    """
    return np.stack([draw_smooth_field(rng, grid, smoothing_sigma) * amplitude for _ in range(3)])


def draw_smooth_field(rng: np.random.Generator, grid: Grid, smoothing_sigma: float) -> Doubles:
    """Draw a random field of mean 0 and variance 1, smoothed by a Gaussian of ``smoothing_sigma`` mm."""
    from scipy.ndimage import gaussian_filter

    sigma = smoothing_sigma / grid.spacing
    # Drawn on a larger grid and cropped, so that the edge has the same statistics as the centre.
    margin = np.ceil(2 * sigma).astype(int)
    shape = np.array(grid.shape) + 2 * margin
    field = gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap", truncate=3.0)
    field = field[tuple(slice(m, m + n) for m, n in zip(margin, grid.shape, strict=True))]
    field -= field.mean()
    return np.asarray(field / field.std())


def warp_to_grid(values: Floats, source: Grid, grid: Grid, displacement: Doubles) -> Floats:
    """Interpolate values at the voxels of another grid, displaced by ``displacement`` in mm; 0 outside."""
    from scipy.ndimage import map_coordinates

    points = grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1)) + np.moveaxis(displacement, 0, -1)
    positions = np.moveaxis(source.to_voxel(points), -1, 0)
    return np.asarray(map_coordinates(values, positions, order=1, mode="constant", output=np.float32))


def _add_focus(values: Floats, grid: Grid, focus: Focus) -> None:
    """Add a focus to ``values`` in place, truncated at three widths from its centre."""
    reach = 3 * focus.fwhm / grid.spacing
    centre = grid.to_voxel(focus.centre)
    low = np.maximum(np.floor(centre - reach), 0).astype(int)
    high = np.minimum(np.ceil(centre + reach) + 1, grid.shape).astype(int)
    box = tuple(slice(start, stop) for start, stop in zip(low, high, strict=True))
    points = grid.to_world(np.moveaxis(np.indices(high - low), 0, -1) + low)
    squared = ((points - np.array(focus.centre)) ** 2).sum(axis=-1)
    inside = squared < (3 * focus.fwhm) ** 2
    values[box] += focus.share * inside * np.exp(-0.5 * squared / (focus.fwhm / _FWHM) ** 2)


def _halve_resolution(scan: Scan) -> tuple[Floats, Grid]:
    """Return a template divided by its maximum and downsampled by 2 along each axis, and its grid."""
    shape = np.array(scan.grid.shape) // 2
    i, j, k = (int(n) for n in shape)
    trimmed = scan.data[: 2 * i, : 2 * j, : 2 * k].reshape(i, 2, j, 2, k, 2)
    affine = np.array(scan.grid.affine)
    affine[:3, 3] = scan.grid.to_world([0.5, 0.5, 0.5])
    affine[:3, :3] *= 2
    return np.asarray(trimmed.mean(axis=(1, 3, 5)) / scan.data.max()), Grid((i, j, k), affine)


def _tissue_path(name: str) -> Path:
    spec = importlib.util.find_spec("nilearn")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "datasets" / "data"
        for path in sorted(folder.glob(f"mni_icbm152_{name}_tal_nlin_sym_09a_converted*.nii.gz")):
            return path
    raise ScanError(f"mni152 {name}", "nilearn's copy of the template is missing", "install nilearn again")
