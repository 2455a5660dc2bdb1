"""Brain mask of a T1-weighted scan by the two networks of deepbet, or a stripped scan's foreground.

Dice with an independent network's masks (hippodeep) of two real heads: deepbet 1.0.2 as used here 0.967 and
0.961 (``pytest --slow -s tests/preparation/test_real_heads.py``), brainextractor 0.3.0 (a BET-like surface)
0.951 and 0.804 in 38 and 11 s. deepbet's networks tolerate a tilt of 30°; more tilted heads are first rotated
upright: when rotated by up to 45°, the second head has a Dice of at least 0.959.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.preparation.downsampling import Matrix
from viewer.preparation.optional_packages import import_optional
from viewer.preparation.pose import GOOD_FIT, SimilarityTransform, find_pose
from viewer.preparation.template import Template, load_template
from viewer.progress import Progress
from viewer.scans.foreground import fill_holes, foreground_mask, nonempty_grid
from viewer.scans.grid import Grid
from viewer.scans.length_unit import describe_sides, describe_unit
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scans.transform_problems import rotation_degrees

if TYPE_CHECKING:
    import torch

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

COARSE_SIZE = 128
FINE_SIZE = 256
MARGIN = 0.1
"""Margin of the second network's input on every side, as a share of the brain's size, as in deepbet."""

LEVEL = 0.5
MAX_TILT = 20.0
"""Tilt in degrees above which a head is rotated upright before its brain is extracted."""

MAX_TURNS = 3

MIN_GAIN = 0.03
"""Gain of fit below which the head is not rotated further; without a brain, rotations gain less."""

MIN_FIT = 0.6
"""Fit of the first pose below which the search for a head stops. Inverted contrast, noise, labels and a t-map
have 0.50 to 0.58, a head without its upper third 0.64."""

MIN_VOLUME = 200_000.0
MAX_VOLUME = 3_000_000.0
"""Limits in mm³ of a brain's volume. In noise with a field of view of 256³ mm, 11 million are found."""

DEEPBET = "deepbet"
STRIPPED = "foreground of the stripped scan"
"""Methods of a brain mask."""

BRAIN_VOLUMES = (700_000.0, 2_300_000.0)
"""Limits in mm³ of a stripped brain. MNI152's brain has 1.9 million, an adult's head more than 3 million."""

AIR = 1e-3
"""Share of the intensity range (up to the 99.5th percentile) within which a voxel counts as air."""

MAX_LITRES = 2.5
"""Largest volume of a brain mask in litres. The template's brain, larger than most, has 1.9; heads 3 to 5."""

MAX_SHARE_AT_EDGE = 0.10
"""Share of the brain's surface at the edge of the scan above which the brain counts as cut off."""

MAX_AT_EDGE = 0.05
"""Largest share of a stripped brain's surface at the edge of the scan."""


@dataclass(frozen=True, eq=False)
class BrainMask:
    """Brain mask of a scan.

    Parameters
    ----------
    data : numpy.ndarray
        bool, on the scan's grid.
    grid : Grid
        The scan's grid.
    method : str
        Method of extraction, or the file that it was read from.
    seconds : float
        Computation time.
    notes : tuple of str
        Notes for the user.
    problems : tuple of str
        Reasons not to trust the mask.
    """

    data: Mask
    grid: Grid
    method: str
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())
    problems: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.data.shape != self.grid.shape:
            raise ValueError(f"a mask of shape {self.data.shape} on a grid of shape {self.grid.shape}")
        mask = np.asarray(self.data, dtype=np.bool_).view()
        mask.setflags(write=False)
        object.__setattr__(self, "data", mask)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of shape, affine and voxels: equal for the same mask at the same position."""
        import hashlib

        digest = hashlib.sha256(repr(self.grid.shape).encode())
        digest.update(np.ascontiguousarray(self.grid.affine).tobytes())
        digest.update(np.packbits(self.data).tobytes())
        return digest.hexdigest()

    @property
    def volume_ml(self) -> float:
        """Volume in ml."""
        return float(np.count_nonzero(self.data)) * self.grid.voxel_volume / 1000.0

    def share_at_edge(self, scan: Scan) -> float:
        """Return the share of the mask's surface at the edge of the non-empty part of a scan on its grid.

        It is large if the brain is cut off, by the field of view or by planes of zeros.
        """
        return share_at_edge(self.data, self.grid, nonempty_grid(scan))


def share_at_edge(mask: Mask, grid: Grid, field_of_view: Grid) -> float:
    """Return the share of a mask's surface voxels at or beyond the edge of another grid."""
    from scipy.ndimage import binary_erosion

    surface = np.argwhere(mask & ~binary_erosion(mask))
    if not len(surface):
        return 0.0
    voxels = field_of_view.to_voxel(grid.to_world(surface))
    # A voxel is at the edge if any part of it is, within half its size from its centre.
    half_voxel = 0.5 * float(grid.spacing.max()) / field_of_view.spacing
    upper = np.array(field_of_view.shape) - 0.5
    at_edge = (voxels - half_voxel < -0.5 + 1e-3) | (voxels + half_voxel > upper - 1e-3)
    return float(at_edge.any(axis=1).mean())


def extract_brain(
    scan: Scan, progress: Progress | None = None, template: Template | None = None
) -> BrainMask:
    """Find the brain in a T1-weighted scan, for any orientation of the head.

    In an already skull-stripped scan, it is the foreground: see `find_stripped_brain`.

    Raises
    ------
    ScanError
        No brain is found.
    ViewerError
        The package deepbet is not installed.
    """
    progress = progress or Progress()
    start = time.perf_counter()
    template = template or load_template()
    if float(np.ptp(scan.data)) == 0:
        raise ScanError(scan.name, "has no contrast, so no brain can be found in it")
    volume = float(np.prod(scan.grid.shape)) * scan.grid.voxel_volume
    if volume < MIN_VOLUME:
        problem = f"has a field of view of {describe_sides(scan.grid)}, which is smaller than a brain"
        raise ScanError(scan.name, problem, describe_unit(scan.grid))
    progress.step(0.0, 1.0, "looking for the brain")
    stripped = find_stripped_brain(scan)
    if stripped is not None:
        return replace(stripped, seconds=time.perf_counter() - start)
    networks = _load_networks()
    mask, grid, pose = _find_brain_and_pose(scan, networks, template, progress.subtask(0.0, 0.4))
    rotation_note = f"the head was rotated by {pose.rotation_angle:.0f}° to find the brain"
    notes = (rotation_note,) if pose.rotation_angle > MAX_TILT else ()
    progress.step(0.4, 1.0, "extracting the brain")
    axes = _upright_axes(grid.affine[:3, :3] / grid.spacing, pose)
    probability, grid = _fine_probability(scan, mask, grid, axes, networks)
    progress.step(0.9, 1.0, "extracting the brain")
    brain = resample(probability, grid, scan.grid) > LEVEL
    brain = fill_holes(_largest_component(brain, scan.name))
    fit_text = f"no head resembling the template was found: the best fit of a pose is only {pose.fit:.2f}"
    problems = (f"{fit_text}, where {GOOD_FIT} or more is usual",) if pose.fit < MIN_FIT else ()
    result = BrainMask(brain, scan.grid, DEEPBET, time.perf_counter() - start, notes, problems)
    if not MIN_VOLUME <= result.volume_ml * 1000 <= MAX_VOLUME:
        raise ScanError(
            scan.name,
            f"has no detectable head: its brain would have {result.volume_ml:.0f} ml",
            f"is it a T1-weighted scan? {describe_unit(scan.grid)}",
        )
    progress.step(1.0, 1.0, "extracting the brain")
    return result


def find_stripped_brain(scan: Scan) -> BrainMask | None:
    """Return the foreground of a skull-stripped scan; None for any other scan.

    A stripped scan has a constant background and one connected foreground of the size of a brain that is not
    cut by the edge of the scan. A whole head in constant air is larger, except for an infant's.
    """
    low, high = np.quantile(scan.data[::2, ::2, ::2], (0.0, 0.995))
    faces = [scan.data[index] for index in (np.s_[[0, -1]], np.s_[:, [0, -1]], np.s_[:, :, [0, -1]])]
    air = float(np.median(np.concatenate([face.reshape(-1) for face in faces])))
    inside = np.abs(scan.data - np.float32(air)) > AIR * float(high - low)
    smallest, largest = (volume / scan.grid.voxel_volume for volume in BRAIN_VOLUMES)
    if not 0.5 * smallest < np.count_nonzero(inside) < largest:
        return None
    brain = fill_holes(_largest_component(inside, scan.name))
    result = BrainMask(brain, scan.grid, STRIPPED, notes=("the skull had been removed from the scan before",))
    outside = np.count_nonzero(inside & ~brain)
    if not smallest < np.count_nonzero(brain) < largest or outside > 0.01 * np.count_nonzero(brain):
        return None
    return result if result.share_at_edge(scan) <= MAX_AT_EDGE else None


def read_brain_mask(path: str | Path, scan: Scan) -> BrainMask:
    """Read a mask from an image file, resampled to the scan's grid; voxels other than 0 are brain.

    Raises
    ------
    ScanError
        The file cannot be read, or the mask does not overlap the scan or is larger than any brain.
    """
    from viewer.scans.load import load_scan, require_single_volume

    start = time.perf_counter()
    with require_single_volume():
        image = load_scan(path)
    inside = (image.data != 0).astype(np.float32)
    data = resample(inside, image.grid, scan.grid) > LEVEL
    if not data.any():
        raise ScanError(path, f"has no brain voxel within {scan.name}")
    litres = float(inside.sum()) * image.grid.voxel_volume / 1e6
    if litres > MAX_LITRES:
        raise ScanError(
            path,
            f"is not a brain mask: {litres:.1f} litres of it are not 0, more than any brain",
            "give an image that is 0 outside the brain; threshold a probability map at 0.5",
        )
    return BrainMask(data, scan.grid, image.name, time.perf_counter() - start)


def import_deepbet() -> Any:
    """Return deepbet; raise ViewerError if it is not installed."""
    return import_optional("deepbet", "finds the brain")


def _load_networks() -> Any:
    """Return deepbet's networks, on the CPU: ``bbox_model`` locates the brain, ``model`` segments it."""
    import warnings

    deepbet = import_deepbet()
    with warnings.catch_warnings():
        # deepbet ships TorchScript programs, and torch.jit.load is deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return deepbet.BrainExtraction(no_gpu=True)


def _find_brain_and_pose(
    scan: Scan, networks: Any, template: Template, progress: Progress
) -> tuple[Mask, Grid, SimilarityTransform]:
    """Return a coarse brain mask on a grid along the head's own axes, and the head's pose.

    The coarse network is applied to the scan along the world's axes, then to the head along the axes of the
    pose found from its mask, until the pose is stable. If the brain does not fit the template, the search is
    repeated from other tilts, unless the first pose fits so badly that there is no head, or the brain is cut
    off and cannot fit better in any orientation.
    """
    best: tuple[Mask, Grid, SimilarityTransform] | None = None
    field_of_view = nonempty_grid(scan)
    for number, start in enumerate(_starting_axes()):
        axes, previous_fit = start, -1.0
        for _ in range(MAX_TURNS):
            progress.step(number, len(_starting_axes()), "looking for the brain")
            probability, grid = _coarse_probability(scan, axes, networks)
            mask = _largest_component(probability > LEVEL, scan.name)
            is_cut = share_at_edge(mask, grid, field_of_view) > MAX_SHARE_AT_EDGE
            values = resample(scan.data, scan.grid, grid)
            pose = find_pose(values, mask, grid, template, progress.subtask(0, 0), header_pose_only=is_cut)
            if best is None and pose.fit < MIN_FIT:
                return mask, grid, pose
            if best is None or pose.fit > best[2].fit:
                best = mask, grid, pose
            upright = _upright_axes(axes, pose)
            if upright is axes or pose.fit < previous_fit + MIN_GAIN:
                break
            axes, previous_fit = upright, pose.fit
        if is_cut or (best is not None and best[2].fit >= GOOD_FIT):
            break
    assert best is not None
    return best


def _upright_axes(axes: Matrix, pose: SimilarityTransform) -> Matrix:
    """Return the given axes (columns), or those of the head if it is tilted against them."""
    rotation: Matrix = pose.matrix[:3, :3] / np.cbrt(np.linalg.det(pose.matrix[:3, :3]))
    return axes if rotation_degrees(axes.T @ rotation) <= MAX_TILT else rotation


def _starting_axes() -> list[Matrix]:
    """Return the world's axes, as they are and tilted by 40° forwards, backwards and to both sides."""
    from scipy.spatial.transform import Rotation

    tilts = np.radians(40.0) * np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    return [np.asarray(Rotation.from_rotvec(tilt).as_matrix()) for tilt in tilts]


def _coarse_probability(scan: Scan, axes: Matrix, networks: Any) -> tuple[Floats, Grid]:
    """Return the brain's probability at 128³ voxels, along the given axes (columns).

    Along the world's axes, the whole scan is covered; along other axes, only the head: a box around the
    corners of a rotated scan is half as large again, too large for the network to find a brain.
    """
    is_identity = np.array_equal(axes, np.eye(3))
    mask = np.ones(scan.grid.shape, dtype=np.bool_) if is_identity else foreground_mask(scan.data)
    grid = _grid_along_axes(axes, scan.grid, mask, 0.0 if is_identity else MARGIN, COARSE_SIZE)
    return _run_network(networks.bbox_model, resample(scan.data, scan.grid, grid), None), grid


def _fine_probability(scan: Scan, mask: Mask, grid: Grid, axes: Matrix, networks: Any) -> tuple[Floats, Grid]:
    """Return the brain's probability at 256³ voxels around a coarse mask, along the given axes (columns)."""
    fine = _grid_along_axes(axes, grid, mask, MARGIN, FINE_SIZE)
    limits = _intensity_limits(resample(scan.data, scan.grid, grid))
    return _run_network(networks.model, resample(scan.data, scan.grid, fine), limits), fine


def _grid_along_axes(axes: Matrix, grid: Grid, mask: Mask, margin: float, size: int) -> Grid:
    """Return a grid of size³ voxels along the axes (columns) around the mask voxels of another grid."""
    rows = mask.any(axis=0, keepdims=True)
    surface = np.zeros_like(mask)
    first, last = mask.argmax(axis=0), mask.shape[0] - 1 - mask[::-1].argmax(axis=0)
    np.put_along_axis(surface, first[None], rows, axis=0)
    np.put_along_axis(surface, last[None], rows, axis=0)
    positions = grid.to_world(np.argwhere(surface)) @ axes
    half_voxel = 0.5 * np.abs(axes.T @ grid.affine[:3, :3]).sum(axis=1)
    low, high = positions.min(axis=0) - half_voxel, positions.max(axis=0) + half_voxel
    low, high = low - margin * (high - low), high + margin * (high - low)
    steps = (high - low) / size
    affine = np.eye(4)
    affine[:3, :3] = axes * steps
    affine[:3, 3] = axes @ (low + steps / 2)
    return Grid((size, size, size), affine)


def _intensity_limits(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, (0.005, 0.995))
    return float(low), float(high)


def _run_network(network: torch.nn.Module, values: Floats, limits: tuple[float, float] | None) -> Floats:
    """Run one network as deepbet does: clip to the percentiles 0.5 and 99.5, then standardise."""
    import torch

    low, high = limits or _intensity_limits(values)
    if not high > low:
        low, high = float(values.min()), float(values.max())
    scaled = np.clip((values - low) / (high - low if high > low else 1.0), 0.0, 1.0)
    deviation = float(scaled.std())
    scaled = 0.226 * (scaled - scaled.mean()) / (deviation if deviation > 0 else 1.0) + 0.449
    with torch.inference_mode():
        output = network(torch.from_numpy(scaled.astype(np.float32))[None, None])
    return np.asarray(output[0, 1].float().numpy())


def _largest_component(mask: Mask, scan_name: str) -> Mask:
    from scipy.ndimage import label

    labels, count = label(mask)
    if not count:
        raise ScanError(scan_name, "has no detectable brain", "is it a T1-weighted scan of a head?")
    sizes = np.bincount(labels.reshape(-1))
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())
