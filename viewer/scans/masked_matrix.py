"""Scans as the rows of one matrix: the voxels of a mask, less their mean over the scans.

The matrix lies in a file and is mapped into memory, so that it may be larger than the memory there is.
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
"""Voxels of a block, all scans counted: half a megabyte in float32, which stays in a core's cache."""


@dataclass(frozen=True, eq=False)
class MaskedMatrix:
    """X of Mørch et al. 1995, a scan a row.

    Parameters
    ----------
    values
        float32, shape (J scans, I voxels), every column's mean removed; usually mapped from a file,
        copy-on-write, since torch takes only arrays that may be written.
    mean
        float32, shape (I,): what was removed, the scan c of the paper.
    mask
        Shape ``grid.shape``: the I voxels that take part, in C order.
    grid
        Where they lie, in mm.
    path
        The file of ``values``, if any.
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
            raise ValueError("values that may not be written; map the file copy-on-write")

    @property
    def scans(self) -> int:
        """J, the number of scans."""
        return int(self.values.shape[0])

    @property
    def voxels(self) -> int:
        """I, the number of voxels in the mask."""
        return int(self.values.shape[1])

    def volume(self, values: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Values of the mask's voxels, shape (I,), laid back into the grid; zero outside the mask."""
        full = np.zeros(self.grid.shape, dtype=np.float32)
        full[self.mask] = values
        return full

    def gram(self, progress: Progress | None = None) -> npt.NDArray[np.float64]:
        """X Xᵀ, shape (J, J), multiplied and summed in float64 in one pass over the file."""
        import torch

        def product(block: slice) -> torch.Tensor:
            x = torch.from_numpy(self.values[:, block]).double()
            return x @ x.T

        total = torch.zeros(self.scans, self.scans, dtype=torch.float64)
        for _, part in map_blocks(self.voxels, block_width(self.scans), product, progress=progress):
            total += part
        total = (total + total.T) / 2
        return np.asarray(total.numpy())


def block_width(scans: int) -> int:
    """How many columns make a block."""
    return max(BLOCK // scans, 256)


def map_values(path: Path, shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """A matrix that was written before, mapped into memory; what is changed in memory stays there.

    Raises
    ------
    ScanError
        There is no such file, or it is of another size.
    """
    wanted = 4 * shape[0] * shape[1]
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ScanError(path, f"cannot be read ({error.strerror})") from error
    if size != wanted:
        raise ScanError(path, f"has {size} bytes where {shape[0]} scans of {shape[1]} voxels take {wanted}")
    return np.memmap(path, dtype=np.float32, mode="c", shape=shape)
