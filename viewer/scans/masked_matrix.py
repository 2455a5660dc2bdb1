"""Matrix of masked scans: one scan per row, one voxel of the mask per column, columns centred.

The matrix is memory-mapped from a file, so it may be larger than memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.progress import Progress
from viewer.scans.blockwise import map_blocks
from viewer.scans.grid import Grid

BLOCK = 1 << 17
"""Values per block over all scans: half a megabyte in float32, which fits into a core's cache."""


@dataclass(frozen=True, eq=False)
class MaskedMatrix:
    """Matrix X of Mørch et al. 1995, one scan per row.

    Parameters
    ----------
    values
        float32, shape (J scans, I voxels), the mean of every column removed; usually memory-mapped
        copy-on-write, since torch accepts only writable arrays.
    mean
        float32, shape (I,): the removed mean, the scan c of the paper.
    mask
        Shape ``grid.shape``: the I voxels of the columns, in C order.
    grid
        Voxel grid of the mask.
    path
        File of ``values``, if any.
    """

    values: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]
    grid: Grid
    path: Path | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != int(self.mask.sum()):
            raise ValueError(f"values of shape {self.values.shape} for {int(self.mask.sum())} voxels")
        if self.mean.shape != self.values.shape[1:] or self.mask.shape != self.grid.shape:
            raise ValueError("mean, mask and grid do not fit the values")
        if not self.values.flags.writeable:
            raise ValueError("the values are not writable; map the file copy-on-write")

    @property
    def scan_count(self) -> int:
        """Number of scans, J."""
        return int(self.values.shape[0])

    @property
    def voxel_count(self) -> int:
        """Number of voxels in the mask, I."""
        return int(self.values.shape[1])

    def to_volume(self, values: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return a volume with the values of the mask's voxels, shape (I,); zero outside the mask."""
        full = np.zeros(self.grid.shape, dtype=np.float32)
        full[self.mask] = values
        return full

    def gram(self, progress: Progress | None = None) -> npt.NDArray[np.float64]:
        """Compute the Gram matrix X Xᵀ, shape (J, J), in float64 in one pass over the file."""
        import torch

        def block_product(block: slice) -> torch.Tensor:
            x = torch.from_numpy(self.values[:, block]).double()
            return x @ x.T

        total = torch.zeros(self.scan_count, self.scan_count, dtype=torch.float64)
        for _, block_gram in map_blocks(
            self.voxel_count, block_width(self.scan_count), block_product, progress=progress
        ):
            total += block_gram
        total = (total + total.T) / 2
        return np.asarray(total.numpy())


def block_width(scan_count: int) -> int:
    """Return the number of columns per block."""
    return max(BLOCK // scan_count, 256)


def memory_map_matrix(path: Path, shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Map a matrix file into memory copy-on-write: changes in memory are not written to the file.

    Raises
    ------
    ScanError
        The file does not exist, or has another size.
    """
    expected_size = 4 * shape[0] * shape[1]
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ScanError(path, f"cannot be read ({error.strerror})") from error
    if size != expected_size:
        raise ScanError(
            path, f"has {size} bytes, but {shape[0]} scans of {shape[1]} voxels take {expected_size}"
        )
    return np.memmap(path, dtype=np.float32, mode="c", shape=shape)
