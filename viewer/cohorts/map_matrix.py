"""Maps of a cohort as a matrix on disk, one row per scan, so that they need not fit into memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.resample import resample
from viewer.scans.running_moments import RunningMoments
from viewer.scans.space import Space, coordinate_space
from viewer.scans.threshold import SortedValues, Threshold

Doubles = npt.NDArray[np.float64]

COMMON_SPACES = (Space.MNI, Space.TALAIRACH, Space.TEMPLATE)


@dataclass(frozen=True, eq=False)
class MapMatrix:
    """Values of n maps at the voxels where at least one of them is not zero.

    Parameters
    ----------
    values
        float32, memory-mapped, shape (n, voxels).
    mask
        Shape ``grid.shape``; its voxels, in C order, are the columns.
    grid
        Grid of the first map, to which the others are resampled.
    first_map
        The first map, for its provenance and orientation.
    mean, sd
        Mean and standard deviation (n − 1) of all maps, shape (voxels,).
    exceedance_share
        Share of the maps in which a voxel's |value| reaches the threshold of that map, shape (voxels,).
    """

    values: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]
    grid: Grid
    first_map: Map
    mean: Doubles
    sd: Doubles
    exceedance_share: Doubles

    def columns(self, block: slice) -> npt.NDArray[np.float32]:
        """Return the values of all maps at a range of voxels."""
        return self.values[:, block]

    def to_volume(self, values: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return values of the voxels as a volume; 0 outside the mask."""
        volume = np.zeros(self.grid.shape, dtype=np.float32)
        volume[self.mask] = values
        return volume


@contextmanager
def open_map_matrix(
    paths: Sequence[Path],
    threshold: Threshold,
    *,
    same_space: bool = False,
    progress: Progress | None = None,
) -> Iterator[MapMatrix]:
    """Read maps one by one into a temporary matrix, which is removed at the end of the block.

    Two passes: the first finds the voxels, the second fills the matrix.

    Parameters
    ----------
    paths
        Files of the maps.
    threshold
        What counts as a map's strongest voxels, for ``exceeded``.
    same_space
        Assume that the maps are in the same space even if their headers do not say so.
    progress
        Receives the progress and can cancel.

    Raises
    ------
    ScanError
        A map cannot be read, two are not in the same space, all are zero, or the disk is full.
    """
    progress = progress or Progress()
    first = load_map(paths[0])
    grid = first.grid
    assert grid is not None  # maps from files have a grid
    mask = np.zeros(grid.shape, dtype=bool)
    for index, path in enumerate(paths):
        progress.step(index, 2 * len(paths), f"Reading map {index + 1} of {len(paths)}")
        mask |= load_on_grid(path, first, same_space) != 0
    voxels = int(mask.sum())
    if not voxels:
        raise ScanError(paths[0].parent, "holds maps that are zero everywhere")
    with tempfile.TemporaryFile() as file:
        size, free = 4 * voxels * len(paths), disk_usage(tempfile.gettempdir()).free
        if size > free:
            problem = f"has {free / 1e9:.1f} GB free, but the maps need {size / 1e9:.1f} GB"
            raise ScanError(tempfile.gettempdir(), problem, "set TMPDIR to a larger disk")
        values = np.memmap(file, dtype=np.float32, mode="w+", shape=(len(paths), voxels))
        moments, exceeded = RunningMoments((voxels,)), np.zeros(voxels)
        for index, path in enumerate(paths):
            progress.step(len(paths) + index, 2 * len(paths), f"Reading map {index + 1} of {len(paths)}")
            data = load_on_grid(path, first, same_space)
            row = data[mask]
            values[index] = row
            moments.add(row)
            if row.any():
                exceeded += np.abs(row) >= SortedValues(data, 0).cutoff(threshold)
        yield MapMatrix(values, mask, grid, first, moments.mean, moments.sd, exceeded / len(paths))


def load_on_grid(path: Path, reference_map: Map, same_space: bool) -> npt.NDArray[np.float32]:
    """Return a map's values on the grid of the first one; voxels that are not finite count as 0.

    Raises
    ------
    ScanError
        The map cannot be read or, according to the headers, is not in the same space as the first.
    """
    image = reference_map if path == reference_map.path else load_map(path)
    assert image.grid is not None
    assert reference_map.grid is not None
    spaces = [
        coordinate_space(map_.grid, map_.stored, map_.path)
        for map_ in (reference_map, image)
        if map_.grid is not None
    ]
    if (
        not same_space
        and image is not reference_map
        and (spaces[0] != spaces[1] or spaces[0] not in COMMON_SPACES)
    ):
        description = spaces[1].description
        if spaces[0] != spaces[1]:
            description += f", that of {reference_map.path} says {spaces[0].description}"
        raise ScanError(
            image.path,
            f"is not in a common space: its header says {description}",
            "compute the maps with --prepare card, or use --same-space if the scans are already registered",
        )
    return resample(np.nan_to_num(image.data, posinf=0.0, neginf=0.0), image.grid, reference_map.grid)
